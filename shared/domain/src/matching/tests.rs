//! Names, pairs, and how well whole lists are matched.

#[path = "../../benches/matching/generator.rs"]
mod generator;
mod names;
mod pairs;
mod properties;
mod quality;
