//! `cargo run`: see `cargo run -- --help`.

use std::process::ExitCode;

use clap::Parser as _;
use local::cli::Cli;

#[tokio::main]
async fn main() -> ExitCode {
    match local::cli::run(Cli::parse(), local::functions::all()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
