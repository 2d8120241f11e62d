//! `patientgraph schema`: what the API offers, as text.

use std::io::Write;
use std::process::ExitCode;

use clap::Args;

use super::Failure;
use crate::graphql::Api;

/// Print the GraphQL schema (SDL), or who may see and do what
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  patientgraph schema > schema.graphql
  patientgraph schema --access > docs/access.md")]
pub(super) struct Schema {
    /// Print who may see and do what instead, as Markdown
    #[arg(long)]
    access: bool,
}

pub(super) fn run(arguments: &Schema) -> Result<ExitCode, Failure> {
    let schema = if arguments.access { Api::access_table() } else { Api::sdl() };
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", schema.trim_end())?;
    Ok(ExitCode::SUCCESS)
}
