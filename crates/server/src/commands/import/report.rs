//! What the operator is told: a summary on the terminal, a report on the disk.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use importer::{Circumstances, Code, Outcome, TableCount, markdown};
use migration::Migrator;
use sea_orm_migration::MigratorTrait;
use serde::Serialize;

use super::super::Failure;
use super::Asked;
use super::target::{Safety, Target};
use crate::config::Settings;
use crate::import::Job;

/// A report of which the figures are missing.
pub(super) struct Draft {
    circumstances: Circumstances,
    directory: Option<PathBuf>,
    began: DateTime<Utc>,
}

/// The report for programs.
#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    circumstances: &'a Circumstances,
    total: TableCount,
    #[serde(flatten)]
    outcome: &'a Outcome,
}

impl Draft {
    pub(super) fn new(job: &Job, arguments: &Asked, target: &Target, safety: &Safety, now: DateTime<Utc>) -> Self {
        let (backup, roll_back) = rolling_back(safety, target);
        let circumstances = Circumstances {
            file: job.source.name().to_owned(),
            sha256: job.source.sha256().to_owned(),
            variant: job.source.variant().to_string(),
            target: target.url.to_string(),
            dry_run: arguments.dry_run,
            time_offset: job.terms.offset.to_string(),
            started_at: now.format("%Y-%m-%d %H:%M:%SZ").to_string(),
            seconds: 0.0,
            backup,
            roll_back,
            settings: asked(arguments),
        };
        Self { circumstances, directory: arguments.report.clone(), began: now }
    }

    /// Writes the report and prints its summary.
    pub(super) fn tell(mut self, outcome: &Outcome, took: Duration, settings: &Settings) -> Result<(), Failure> {
        self.circumstances.seconds = took.as_secs_f64();
        let time = self.began.format("%Y%m%dT%H%M%SZ").to_string();
        let usual = (!self.circumstances.dry_run).then(|| settings.server.data.join("imports").join(time));
        let written = match self.directory.or(usual) {
            Some(directory) => Some(write(&directory, outcome, &self.circumstances)?),
            None => None,
        };
        let mut out = std::io::stdout().lock();
        summary(&mut out, outcome, &self.circumstances)?;
        if let Some(file) = written {
            writeln!(out, "\nReport     {}", file.display())?;
        }
        writeln!(out, "Backup     {}", self.circumstances.backup)?;
        writeln!(out, "Roll back  {}", self.circumstances.roll_back)?;
        Ok(out.flush()?)
    }
}

fn rolling_back(safety: &Safety, target: &Target) -> (String, String) {
    let migrations = Migrator::migrations().len();
    match safety {
        Safety::DryRun => ("none: a dry run".to_owned(), "nothing was changed".to_owned()),
        Safety::Taken => ("taken by the operator".to_owned(), "restore that backup".to_owned()),
        Safety::Backup(made) => (made.id.clone(), format!("patientgraph backup restore {}", made.id)),
        Safety::Empty => {
            let how = match target.url.file() {
                Some(file) => format!("stop servers and delete {} (it was empty)", file.display()),
                None => format!("patientgraph migrate down --steps {migrations} --discard-data (it was empty)"),
            };
            ("none: the target was empty".to_owned(), how)
        }
    }
}

fn asked(arguments: &Asked) -> Vec<String> {
    let flags = [
        (arguments.stub_patients, "--stub-patients"),
        (arguments.release_reports, "--release-reports"),
        (arguments.open_session_assignments, "--open-session-assignments"),
        (arguments.files.is_some(), "--files"),
        (arguments.force, "--force"),
    ];
    flags.into_iter().filter(|(given, _)| *given).map(|(_, flag)| flag.to_owned()).collect()
}

fn write(directory: &Path, outcome: &Outcome, circumstances: &Circumstances) -> Result<PathBuf, Failure> {
    let failed =
        |error| format!("the import is done, but its report cannot be written to {}: {error}", directory.display());
    fs::create_dir_all(directory).map_err(failed)?;
    let report = Report { circumstances, total: outcome.total(), outcome };
    fs::write(directory.join("report.json"), serde_json::to_string_pretty(&report)?).map_err(failed)?;
    let file = directory.join("report.md");
    fs::write(&file, markdown(outcome, circumstances)).map_err(failed)?;
    Ok(file)
}

fn summary(out: &mut impl Write, outcome: &Outcome, of: &Circumstances) -> std::io::Result<()> {
    let total = outcome.total();
    let done = if of.dry_run { "Nothing was changed. It would be:" } else { "Imported:" };
    if outcome.changes_nothing() {
        writeln!(out, "Nothing in {} is new: nothing was changed.", of.file)?;
    } else {
        writeln!(out, "{done} {} of {} rows in {:.1} s\n", total.migrated + total.merged, total.rows, of.seconds)?;
    }
    writeln!(
        out,
        "{:27}{:>10}{:>10}{:>10}{:>11}{:>12}{:>9}",
        "", "read", "migrated", "rebuilt", "kept aside", "quarantined", "earlier"
    )?;
    for (name, count) in outcome.tables.iter().filter(|(_, count)| count.rows > 0) {
        line(out, name, count)?;
    }
    line(out, "all", &total)?;
    writeln!(out)?;
    for code in Code::ALL {
        if let Some(count) = outcome.findings.get(code.as_str()) {
            writeln!(out, "{count:>9}  {:38} {}", code.as_str(), code.meaning())?;
        }
    }
    Ok(())
}

fn line(out: &mut impl Write, name: &str, count: &TableCount) -> std::io::Result<()> {
    let TableCount { rows, migrated, merged, rebuilt, kept, quarantined, already, .. } = count;
    let migrated = migrated + merged;
    writeln!(out, "{name:27}{rows:>10}{migrated:>10}{rebuilt:>10}{kept:>11}{quarantined:>12}{already:>9}")
}
