//! Files of the old system, made for tests: its tables in every variant, and rows of any kind in them.

pub mod cell;
pub mod clinic;
mod notation;
pub mod schema;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, Statement};

pub use cell::Cell;
pub(crate) use cell::cells;
pub use schema::{TRIGGERS, Variant};

/// A file of the old system that is being made. Nothing is checked as it was not then: foreign keys are off.
#[derive(Debug)]
pub struct LegacyFile {
    connection: Connection,
    path: PathBuf,
}

impl LegacyFile {
    /// A new one with empty tables, and with triggers where the variant has them.
    pub fn new(path: &Path, variant: Variant) -> Self {
        let file = Self::without_triggers(path, variant);
        if variant.has_triggers() {
            file.add_triggers();
        }
        file
    }

    /// A new one that does not have its triggers yet: what is inserted stays as it is.
    pub fn without_triggers(path: &Path, variant: Variant) -> Self {
        assert!(!path.exists(), "{} is there already", path.display());
        let file = Self { connection: Connection::open(path).expect("a file"), path: path.to_owned() };
        // As a power failure would leave it, it is of no use to a test.
        file.run("PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF; PRAGMA cache_size = -100000");
        for table in variant.tables() {
            table.statements().iter().for_each(|statement| file.run(statement));
        }
        file
    }

    /// Makes the four triggers.
    pub fn add_triggers(&self) {
        TRIGGERS.iter().for_each(|trigger| self.run(trigger));
    }

    /// Lets rows in that the tables' checks would refuse, as a program that ignores them does.
    pub fn ignore_checks(&self) {
        self.run("PRAGMA ignore_check_constraints = ON");
    }

    /// Inserts a row; answers its rowid.
    pub fn insert(&self, table: &str, row: &[(&str, Cell)]) -> i64 {
        self.writer().insert(table, row)
    }

    /// For many rows. Nobody else sees them before [`run`](Self::run) has committed what it began.
    pub fn writer(&self) -> Writer<'_> {
        Writer { connection: &self.connection, prepared: HashMap::new() }
    }

    /// Any statements.
    pub fn run(&self, sql: &str) {
        self.connection.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// What a statement with one number as its answer answers.
    pub fn count(&self, sql: &str) -> i64 {
        self.connection.query_row(sql, [], |row| row.get(0)).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The connection, for whatever else.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Closes the file; answers where it is.
    pub fn close(self) -> PathBuf {
        self.connection.close().expect("nothing is open");
        self.path
    }
}

/// Inserts rows with statements that are prepared once.
pub struct Writer<'a> {
    connection: &'a Connection,
    prepared: HashMap<String, Statement<'a>>,
}

impl Writer<'_> {
    /// Inserts a row; answers its rowid.
    pub fn insert(&mut self, table: &str, row: &[(&str, Cell)]) -> i64 {
        let columns = row.iter().map(|(column, _)| *column).collect::<Vec<_>>().join(", ");
        let into = format!("{table} ({columns})");
        let connection = self.connection;
        let statement = self.prepared.entry(into).or_insert_with_key(|into| {
            let sql = format!("INSERT INTO {into} VALUES ({})", vec!["?"; row.len()].join(", "));
            connection.prepare(&sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
        });
        let values = rusqlite::params_from_iter(row.iter().map(|(_, cell)| cell));
        statement.insert(values).unwrap_or_else(|error| panic!("{table}: {error}"))
    }
}
