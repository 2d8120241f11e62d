//! The `patientgraph` program.

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use patientgraph::commands::{self, Cli};

// A third of a nested query's time went into the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    match commands::run(Cli::parse()).await {
        Ok(code) => code,
        Err(failure) => {
            // Where standard error is closed, the exit code has to say it.
            writeln!(std::io::stderr(), "error: {}", with_sources(failure.as_ref())).ok();
            ExitCode::FAILURE
        }
    }
}

/// The message and what caused it, each cause once.
fn with_sources(failure: &dyn Error) -> String {
    let mut message = failure.to_string();
    let mut source = failure.source();
    while let Some(cause) = source {
        let cause_message = cause.to_string();
        if !message.contains(&cause_message) {
            message = format!("{message}: {cause_message}");
        }
        source = cause.source();
    }
    message
}
