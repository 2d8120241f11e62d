//! `patientgraph schema`: what the API offers, as text.

use std::io::Write;
use std::process::ExitCode;

use clap::Args;

use super::Failure;
use crate::graphql::Api;

/// Print the GraphQL schema (SDL)
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  patientgraph schema > schema.graphql")]
pub(super) struct Schema;

pub(super) fn run() -> Result<ExitCode, Failure> {
    let schema = Api::sdl();
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", schema.trim_end())?;
    Ok(ExitCode::SUCCESS)
}
