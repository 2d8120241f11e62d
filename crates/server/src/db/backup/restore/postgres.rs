//! On PostgreSQL a backup is restored in one transaction, which this process alone can commit.

use std::io::{self, Read, Write};
use std::process::{Child, Command, Stdio};
use std::thread;

use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use tracing::warn;

use super::super::postgres::{Server, failure, list, server};
use super::super::programs::Programs;
use super::{BackupError, Backups, Manifest, RestoreError, Terms, file_failed, keep};
use crate::db::DatabaseUrl;
use crate::db::prepare::Preparation;

/// Drops what is in the schema, but for what extensions have put there. Names are gathered first: some objects go with
/// others.
const DROP: &str = include_str!("drop.sql");

impl Backups {
    pub(super) async fn restore_postgres(
        &self,
        backup: &Manifest,
        url: &DatabaseUrl,
        terms: Terms,
        now: DateTime<Utc>,
    ) -> Result<Option<Manifest>, RestoreError> {
        let preparation = Preparation::enter(url).await?;
        let Server { version, schema } = server(url, preparation.connection()).await?;
        if let Some(made_of) = backup.schema.clone().filter(|made_of| *made_of != schema) {
            return Err(RestoreError::OtherSchema {
                id: backup.id.clone(),
                made_of,
                here: schema,
                url: Box::new(url.clone()),
            });
        }
        let programs = Programs::find(self.programs.as_deref(), url, version)?;
        let archive = self.file(backup);
        let print = keep::print(archive.clone()).await.map_err(file_failed(format!("read {}", archive.display())))?;
        self.whole(backup, &print)?;
        list(&programs, &archive).await?;
        let before = self.set_aside(url, terms, now).await?;

        let mut restore = programs.command("pg_restore");
        // Of a schema that is named, what is in it is restored, and not it itself.
        restore.args(["--no-owner", "--file=-"]).arg(format!("--schema={schema}")).arg(archive);
        if !backup.is_of(url) {
            // Who may read what elsewhere is for others to say, and they may not exist here.
            restore.arg("--no-privileges");
        }
        let mut psql = programs.command("psql");
        // Whatever went wrong, rows are not quoted.
        psql.args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--set=VERBOSITY=terse"]);
        psql.arg("--set=SHOW_CONTEXT=never");
        let drop = DROP.replace("$SCHEMA$", &format!("'{}'", schema.replace('\'', "''")));
        let piped = keep::blocking(move || pipe(restore, psql, &drop)).await;
        piped.map_err(file_failed("run PostgreSQL's programs"))??;

        if let Err(error) = preparation.connection().execute_unprepared("ANALYZE").await {
            warn!(%error, "the database has not gathered figures for its plans yet");
        }
        preparation.leave().await?;
        Ok(before)
    }
}

/// Lets `psql` do what `pg_restore` writes, and commits when all of it is there. When this process ends before, `psql`
/// comes to the end of what it reads, and the server forgets all of it.
fn pipe(mut restore: Command, mut psql: Command, drop_all: &str) -> io::Result<Result<(), BackupError>> {
    let mut psql = Running(psql.stdin(Stdio::piped()).spawn()?);
    let mut restore = Running(restore.stdout(Stdio::piped()).spawn()?);
    let (psql_said, restore_said) = (said(&mut psql.0), said(&mut restore.0));
    let (script, statements) = (restore.0.stdout.take(), psql.0.stdin.take());
    let (Some(mut script), Some(mut statements)) = (script, statements) else {
        return Err(io::Error::other("a program without its pipes"));
    };
    let written = write!(statements, "BEGIN;\n{drop_all}").and_then(|()| io::copy(&mut script, &mut statements));
    drop(script);
    let restored = restore.0.wait()?.success();
    let written = match written {
        Ok(_) if restored => statements.write_all(b"\nCOMMIT;\n"),
        written => written.map(drop),
    };
    drop(statements);
    let done = psql.0.wait()?.success();
    let words = |said: thread::JoinHandle<Vec<u8>>| said.join().unwrap_or_default();
    if !done {
        return Ok(Err(failure("psql", &words(psql_said))));
    }
    if !restored {
        return Ok(Err(failure("pg_restore", &words(restore_said))));
    }
    written.map(Ok)
}

/// A program that ends with this function, however it ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Gathers what a program says, so that it need not wait for anybody to listen.
fn said(program: &mut Child) -> thread::JoinHandle<Vec<u8>> {
    let stderr = program.stderr.take();
    thread::spawn(move || {
        let mut said = vec![];
        if let Some(mut stderr) = stderr {
            let _ = stderr.read_to_end(&mut said);
        }
        said
    })
}
