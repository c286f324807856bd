//! `cargo run`: see `cargo run -- --help`.

use std::process::ExitCode;

use clap::Parser as _;
use local::cli::{Cli, Plugs};

#[tokio::main]
async fn main() -> ExitCode {
    match local::cli::run(Cli::parse(), Plugs::default()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
