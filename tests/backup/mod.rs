//! Backups, by the program itself: made, listed, gone back to, and refused where they would do harm.

mod going_back;
mod killed;
mod migrating;
mod refused;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use chrono::NaiveDate;
use patientgraph::db::Adapted;
use patientgraph::demo::{Clinic, load};
use sea_orm::ConnectionTrait;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::binary;
use crate::support::content::{self, Content};
use crate::support::database::TestDatabase;

/// A clinic of which backups are made.
struct Kept {
    database: TestDatabase,
    url: String,
    /// Where the program runs; backups are in `backups` in it.
    directory: TempDir,
}

impl Kept {
    /// So many patients with all that belongs to them.
    async fn with_patients(database: TestDatabase, patients: u64) -> Self {
        let connection = database.connect().await;
        let today = NaiveDate::from_ymd_opt(2026, 3, 30).expect("a day that exists");
        let clinic = Clinic::new(patients, 1, today, chrono_tz::UTC);
        load(&Adapted::new(connection.clone()), &clinic, 1, |_| ()).await.expect("the clinic is written");
        connection.close().await.expect("the connection closes");
        Self::of(database)
    }

    fn of(database: TestDatabase) -> Self {
        let url = database.url();
        Self { database, url, directory: tempfile::tempdir().expect("a temporary directory") }
    }

    fn backups(&self) -> PathBuf {
        self.directory.path().join("backups")
    }

    /// A command of the program on the database.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = binary::command(arguments, self.directory.path());
        command.env("PATIENTGRAPH_DATABASE__URL", &self.url).env("PATIENTGRAPH_BACKUP__DIRECTORY", self.backups());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program starts")
    }

    /// Runs what must succeed; answers what it printed.
    fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
        String::from_utf8(output.stdout).expect("text")
    }

    /// Runs what must fail; answers what it said.
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(!output.status.success(), "{arguments:?} succeeds: {}", said(&output));
        said(&output)
    }

    /// Makes a backup; answers its id.
    fn create(&self) -> String {
        self.done(&["backup", "create"]).trim().to_owned()
    }

    fn list(&self) -> Vec<Value> {
        serde_json::from_str(&self.done(&["backup", "list", "--json"])).expect("an array")
    }

    async fn content(&self) -> Content {
        content::of(&self.database).await
    }

    async fn change(&self, statements: &str) {
        let connection = self.database.connect().await;
        connection.execute_unprepared(statements).await.unwrap_or_else(|error| panic!("{statements}: {error}"));
        connection.close().await.expect("the connection closes");
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn assert_same(one: &Content, other: &Content, when: &str) {
    let difference = content::difference(one, other);
    assert!(difference.is_empty(), "{when}: {difference:#?}");
}

/// A change that reaches rows, made rows and the log: a patient goes, another is renamed, a visit is new.
const CHANGE: &str = "\
    DELETE FROM patients WHERE mrn = 'PG-000003'; \
    UPDATE patients SET name = 'Somebody Else', name_folded = 'somebody else' WHERE mrn = 'PG-000001'; \
    INSERT INTO consultations (id, patient_id, doctor_id, consultation_date, status) \
        SELECT '01990000-0000-7000-8000-000000000001', \
            (SELECT patient_id FROM patients WHERE mrn = 'PG-000002'), \
            (SELECT doctor_id FROM doctors ORDER BY name LIMIT 1), '2025-01-01T00:00:00.000000Z', 'completed'";

/// The names in a directory.
fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).expect("a directory");
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
