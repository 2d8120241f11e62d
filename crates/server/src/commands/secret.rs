//! `patientgraph secret`: what the server signs with, made, given or kept beside the database.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use tracing::info;

use super::Failure;
use crate::auth::signing::SigningSecret;
use crate::config::AuthSettings;
use crate::config::private::{self, Readers};
use crate::db::DatabaseUrl;

/// Make the secret that a server signs access tokens with
///
/// On SQLite the server makes one itself, beside the database. With PostgreSQL give all servers of a database the same
/// one, by the environment (PATIENTGRAPH_AUTH__SECRET) or in a file that the setting `auth.secret_file` names. Who has
/// it can sign in as anybody. A new one ends all access tokens; people stay signed in by their refresh tokens.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  (umask 077 && patientgraph secret new > /etc/patientgraph/secret)
  PATIENTGRAPH_AUTH__SECRET_FILE=/etc/patientgraph/secret patientgraph serve")]
pub(super) struct Secret {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print a new secret of 256 random bits
    New,
}

pub(super) fn run(arguments: Secret) -> Result<ExitCode, Failure> {
    match arguments.action {
        Action::New => {
            let mut out = std::io::stdout().lock();
            out.write_all(made().reveal())?;
            writeln!(out)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Where a server's secret comes from.
pub(super) enum Source {
    /// The settings have it.
    Given(SigningSecret),
    /// It is beside the SQLite database, or is made there.
    Beside(PathBuf),
}

/// Where the settings say that the secret comes from.
pub(super) fn source(settings: &AuthSettings, url: &DatabaseUrl) -> Result<Source, Failure> {
    match (&settings.secret, &settings.secret_file, url.file()) {
        (Some(_), Some(_), _) => {
            Err("settings `auth.secret` and `auth.secret_file`: give one of them, not both".into())
        }
        (Some(secret), None, _) => Ok(Source::Given(secret.clone())),
        (None, Some(file), _) => read(file, Readers::Group).map(Source::Given),
        (None, None, Some(database)) => Ok(Source::Beside(database.with_added_extension("secret"))),
        (None, None, None) => Err("with PostgreSQL the secret that access tokens are signed with must be given, the \
                                   same to all servers of a database: make one with `patientgraph secret new`, keep it \
                                   in a file that only the server may read, and name that file in \
                                   PATIENTGRAPH_AUTH__SECRET_FILE (setting `auth.secret_file`), or give it in \
                                   PATIENTGRAPH_AUTH__SECRET"
            .into()),
    }
}

impl Source {
    /// The secret; the first start makes the one beside the database.
    pub(super) fn secret(self) -> Result<SigningSecret, Failure> {
        let file = match self {
            Self::Given(secret) => return Ok(secret),
            Self::Beside(file) => file,
        };
        if !file.try_exists()? {
            let mut text = made().reveal().to_vec();
            text.push(b'\n');
            private::make(&file, &text)?;
            info!(file = %file.display(), "made the secret that access tokens are signed with");
        }
        read(&file, Readers::Nobody)
    }
}

fn read(file: &Path, readers: Readers) -> Result<SigningSecret, Failure> {
    let bytes = private::read(file, readers)?;
    let text = String::from_utf8(bytes).map_err(|_| format!("{} is no text", file.display()))?;
    Ok(text.parse().map_err(|why| format!("{}: {why}", file.display()))?)
}

fn made() -> SigningSecret {
    SigningSecret::new(&mut UnwrapErr(SysRng))
}
