//! Archives of PostgreSQL databases, by `pg_dump`.

use std::path::Path;
use std::process::{Command, Output};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};

use super::programs::Programs;
use super::{BackupError, keep};
use crate::db::DatabaseUrl;

/// What a server says about itself.
pub(super) struct Server {
    /// The number before the point.
    pub(super) version: u32,
    /// The schema that our tables are in.
    pub(super) schema: String,
}

/// Asks the server.
pub(super) async fn server(url: &DatabaseUrl, connection: &impl ConnectionTrait) -> Result<Server, BackupError> {
    let ask = "SELECT current_setting('server_version_num')::int / 10000 AS version, current_schema()::text AS schema";
    let failed = |source: DbErr| BackupError::Database { url: Box::new(url.clone()), source };
    let row = connection.query_one_raw(Statement::from_string(DbBackend::Postgres, ask)).await.map_err(failed)?;
    let row = row.ok_or_else(|| failed(DbErr::RecordNotFound("the server's version".to_owned())))?;
    let version: i32 = row.try_get("", "version").map_err(failed)?;
    let schema: Option<String> = row.try_get("", "schema").map_err(failed)?;
    let schema = schema.ok_or_else(|| BackupError::NoSchema(Box::new(url.clone())))?;
    Ok(Server { version: version.unsigned_abs(), schema })
}

/// Writes the schema that our tables are in, with all that is in it, into `partial`; answers its name.
pub(super) async fn dump(
    url: &DatabaseUrl,
    set: Option<&Path>,
    connection: &DatabaseConnection,
    partial: &Path,
) -> Result<String, BackupError> {
    let Server { version, schema } = server(url, connection).await?;
    let programs = Programs::find(set, url, version)?;
    let mut dump = programs.command("pg_dump");
    // In double quotes a pattern is a name.
    let named = format!("--schema=\"{}\"", schema.replace('"', "\"\""));
    dump.arg("--format=custom").arg(named).arg("--file").arg(partial);
    run("pg_dump", dump).await.map_err(|error| match error {
        BackupError::Program { said, .. } if said.contains("server version mismatch") => {
            BackupError::OldProgram { said, server: version }
        }
        error => error,
    })?;
    list(&programs, partial).await.map(|_| schema)
}

/// The table of contents of an archive; whoever can list it has read its head whole.
pub(super) async fn list(programs: &Programs, archive: &Path) -> Result<String, BackupError> {
    let mut list = programs.command("pg_restore");
    list.arg("--list").arg(archive).stdout(std::process::Stdio::piped());
    let output = run("pg_restore", list).await?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a program to its end.
pub(super) async fn run(name: &'static str, mut command: Command) -> Result<Output, BackupError> {
    let output = keep::blocking(move || command.output()).await;
    let output = output.map_err(|source| BackupError::File { what: format!("run {name}"), source })?;
    if output.status.success() { Ok(output) } else { Err(failure(name, &output.stderr)) }
}

/// What a program said, in one line, without its own name.
pub(super) fn failure(name: &'static str, stderr: &[u8]) -> BackupError {
    let said = String::from_utf8_lossy(stderr);
    let lines =
        said.lines().map(|line| line.strip_prefix(name).and_then(|line| line.strip_prefix(": ")).unwrap_or(line));
    let lines = lines.map(|line| line.strip_prefix("error: ").unwrap_or(line).trim());
    let said = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ");
    BackupError::Program { name, said: if said.is_empty() { "it does not say why".to_owned() } else { said } }
}
