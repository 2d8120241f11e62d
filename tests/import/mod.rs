//! Taking over the old system's data, by the program itself: what comes, as what, who sees it, and what is refused.

mod access;
mod again;
mod chance;
mod clinic;
mod findings;
mod killed;
mod lost;
mod odd;
mod page;
mod people;
mod private;
mod record;
mod safe;
mod variants;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::actor::Actor;
use crate::support::binary;
use crate::support::content::{self, Content};
use crate::support::database::{Backend, TestDatabase};
use crate::support::legacy::{LegacyFile, Variant};

/// How far the old server's clock was ahead.
const OFFSET: &str = "+05:30";

/// A database that old files are imported into.
struct Target {
    database: TestDatabase,
    url: String,
    /// Where the program runs, and keeps its data; old files are in it too.
    directory: TempDir,
}

impl Target {
    fn of(database: TestDatabase) -> Self {
        let url = database.url();
        Self { database, url, directory: tempfile::tempdir().expect("a temporary directory") }
    }

    /// An old file that `fill` has put rows into.
    fn old(&self, name: &str, variant: Variant, fill: impl FnOnce(&LegacyFile)) -> PathBuf {
        let path = self.path(name);
        let file = LegacyFile::new(&path, variant);
        fill(&file);
        file.close();
        path
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Where scans' files are kept.
    fn files(&self) -> PathBuf {
        self.path("data/files")
    }

    /// The command, on the database.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = binary::command(arguments, self.directory.path());
        command.env("PATIENTGRAPH_DATABASE__URL", &self.url).env("PATIENTGRAPH_SERVER__DATA", self.path("data"));
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
    fn fails(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(!output.status.success(), "{arguments:?} succeeds: {}", said(&output));
        said(&output)
    }

    /// Imports the file; answers the report, and what was printed under `printed`. `verify` must be content.
    fn import(&self, file: &Path, more: &[&str]) -> Value {
        let report = self.path("report");
        let mut arguments = vec!["import", text(file), "--time-offset", OFFSET, "--report", text(&report)];
        arguments.extend(more);
        let printed = self.done(&arguments);
        self.done(&["verify", "--files"]);
        let report = std::fs::read_to_string(report.join("report.json")).expect("a report");
        let mut report: Value = serde_json::from_str(&report).expect("JSON");
        report["printed"] = json!(printed);
        report
    }

    /// An import that must be refused, with nothing changed; answers what it said.
    async fn refused(&self, file: &Path, more: &[&str]) -> String {
        let before = self.content().await;
        let mut arguments = vec!["import", text(file), "--time-offset", OFFSET];
        arguments.extend(more);
        let said = self.fails(&arguments);
        assert_same(&before, &self.content().await, &said);
        said
    }

    /// All rows. What numbers PostgreSQL gives next is left out: numbers that were taken back are not given again.
    async fn content(&self) -> Content {
        let mut content = content::of(&self.database).await;
        content.retain(|table, _| !table.ends_with("_seq"));
        content
    }

    /// The rows that a statement answers, each column as text.
    async fn rows(&self, columns: &[&str], from: &str) -> Vec<Vec<String>> {
        let connection = self.database.connect().await;
        let list = columns.iter().enumerate().map(|(place, column)| format!("CAST({column} AS TEXT) AS c{place}"));
        let sql = format!("SELECT {} {from}", list.collect::<Vec<_>>().join(", "));
        let statement = Statement::from_string(connection.get_database_backend(), &sql);
        let rows = connection.query_all_raw(statement).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        let cell = |row: &sea_orm::QueryResult, place: usize| {
            row.try_get::<Option<String>>("", &format!("c{place}")).expect("text").unwrap_or_else(|| "-".to_owned())
        };
        let rows = rows.iter().map(|row| (0..columns.len()).map(|place| cell(row, place)).collect()).collect();
        connection.close().await.expect("the connection closes");
        rows
    }

    /// The one value that a statement answers.
    async fn value(&self, column: &str, from: &str) -> String {
        let rows = self.rows(&[column], from).await;
        assert_eq!(rows.len(), 1, "{column} {from}: {rows:?}");
        rows[0][0].clone()
    }

    async fn count(&self, from: &str) -> u64 {
        self.value("count(*)", from).await.parse().expect("a number")
    }

    async fn change(&self, statements: &str) {
        let connection = self.database.connect().await;
        connection.execute_unprepared(statements).await.unwrap_or_else(|error| panic!("{statements}: {error}"));
        connection.close().await.expect("the connection closes");
    }

    /// An SQL truth value or instant is written alike by both databases only after this.
    fn is_sqlite(&self) -> bool {
        self.database.backend == Backend::Sqlite
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn assert_same(one: &Content, other: &Content, when: &str) {
    let difference = content::difference(one, other);
    assert!(difference.is_empty(), "{when}: {difference:#?}");
}

/// What a report says of a table: read, migrated, merged, rebuilt, kept, quarantined, already.
fn counts(report: &Value, table: &str) -> [u64; 7] {
    let counts = &report["tables"][table];
    ["rows", "migrated", "merged", "rebuilt", "kept", "quarantined", "already"]
        .map(|name| counts[name].as_u64().unwrap_or_else(|| panic!("{table}.{name}: {report:#}")))
}

/// The key of the account with this name.
async fn account(database: &TestDatabase, username: &str) -> String {
    let connection = database.connect().await;
    let sql = format!("SELECT CAST(id AS TEXT) AS id FROM users WHERE username = '{username}'");
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let row = connection.query_one_raw(statement).await.expect("the statement runs").expect("the account is there");
    row.try_get("", "id").expect("a key")
}

/// How often a report says that something was found.
fn found(report: &Value, code: &str) -> u64 {
    report["findings"][code].as_u64().unwrap_or_default()
}

/// Signs somebody in; none where the password is refused.
async fn sign_in(stranger: &Actor, username: &str, password: &str) -> Option<Actor> {
    let document = "mutation ($input: SignInInput!) { signIn(input: $input) { accessToken userErrors { code } } }";
    let input = json!({"input": {"username": username, "password": password}});
    let answer = stranger.data(document, input).await;
    let token = answer["signIn"]["accessToken"].as_str()?.to_owned();
    Some(stranger.clone().carrying(Some(&token)))
}

/// The names in a directory.
fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).expect("a directory");
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
