//! The console in a real Chromium, against the whole stack: what a person clicks, reads and sees happen.
//!
//! Needs `chromium` and `chromedriver` on the search path; without them every test here says so in one line and does
//! nothing, unless `BROWSER_TESTS=required` is set. Accessibility is checked where `AXE` names axe-core's script. Pictures
//! of the pages go to the folder that `SCREENSHOTS` names.

mod accessibility;
mod billing;
mod chromium;
mod company;
mod connecting;
mod devices;
mod duplicates;
mod looks;
mod mishaps;
mod pages;
mod person;
mod secure_score;
mod stage;
mod statuses;
mod training;
mod walk;

pub(crate) use chromium::setting;
