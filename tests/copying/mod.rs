//! A database is copied to the other kind and back, and is what it was; or nothing is copied.

mod killed;
mod moved;
mod refused;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Output;

use chrono::NaiveDate;
use patientgraph::db::Adapted;
use patientgraph::demo::{Clinic, load};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, QueryResult, Statement};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::binary;
use crate::support::database::TestDatabase;

fn directory() -> TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn run(from: &TestDatabase, to: &TestDatabase, more: &[&str]) -> Output {
    let (from, to) = (from.url(), to.url());
    binary::run(&[&["copy", "--from", &from, "--to", &to], more].concat(), directory().path())
}

/// Copies; answers what was printed as JSON.
fn copied(from: &TestDatabase, to: &TestDatabase) -> Value {
    let output = run(from, to, &["--json"]);
    assert!(output.status.success(), "{}", said(&output));
    serde_json::from_slice(&output.stdout).expect("a line of JSON")
}

/// Tries to copy; answers why not.
fn refusal(from: &TestDatabase, to: &TestDatabase) -> String {
    let output = run(from, to, &[]);
    assert!(!output.status.success(), "it was copied: {}", said(&output));
    said(&output)
}

async fn fill(database: &TestDatabase, patients: u64) {
    let connection = database.connect().await;
    let today = NaiveDate::from_ymd_opt(2026, 3, 30).expect("a day that exists");
    let clinic = Clinic::new(patients, 1, today, chrono_tz::UTC);
    load(&Adapted::new(connection.clone()), &clinic, 1, |_| ()).await.expect("the clinic is written");
    connection.close().await.expect("the connection closes");
}

async fn change(database: &TestDatabase, statements: &str) {
    let connection = database.connect().await;
    connection.execute_unprepared(statements).await.unwrap_or_else(|error| panic!("{statements}: {error}"));
    connection.close().await.expect("the connection closes");
}

async fn rows(connection: &DatabaseConnection, sql: &str) -> Vec<QueryResult> {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    connection.query_all_raw(statement).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// The columns of all tables of ours, from the database itself.
async fn columns(connection: &DatabaseConnection) -> BTreeMap<String, BTreeSet<String>> {
    let sql = match connection.get_database_backend() {
        DbBackend::Postgres => {
            "SELECT c.relname::text, a.attname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid \
             WHERE a.attnum > 0 AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
        }
        _ => {
            "SELECT m.name, p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p \
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'"
        }
    };
    let mut columns = BTreeMap::<String, BTreeSet<String>>::new();
    for row in rows(connection, sql).await {
        columns.entry(row.try_get_by_index(0).unwrap()).or_default().insert(row.try_get_by_index(1).unwrap());
    }
    columns
}

/// What triggers write as they are run.
const BY_TRIGGERS: [(&str, &[&str]); 2] = [
    ("patient_timeline", &["created_at", "updated_at", "version"]),
    ("patient_statistics", &["last_updated", "trigger_writes"]),
];

/// The rows of all tables but the log of changes, as text of one form for both databases: read without the program's
/// help. Of made rows, what triggers write as they are run is left out.
async fn everything(database: &TestDatabase) -> BTreeMap<String, Vec<String>> {
    let connection = database.connect().await;
    let backend = connection.get_database_backend();
    let mut all = BTreeMap::new();
    for (table, columns) in columns(&connection).await {
        if ["changes", "change_log", "seaql_migrations"].contains(&table.as_str()) {
            continue;
        }
        let by_triggers = BY_TRIGGERS.iter().find(|(name, _)| *name == table).map_or(&[][..], |(_, columns)| columns);
        let texts: Vec<String> = columns
            .iter()
            .map(|column| {
                let text = match backend {
                    DbBackend::Postgres => format!("to_jsonb({column}) #>> '{{}}'"),
                    _ => format!("CAST({column} AS TEXT)"),
                };
                match (table.as_str(), by_triggers.contains(&column.as_str())) {
                    ("patient_timeline", true) => format!("CASE WHEN related_id IS NULL THEN {text} END"),
                    (_, true) => "''".to_owned(),
                    _ => text,
                }
            })
            .collect();
        let read = rows(&connection, &format!("SELECT {} FROM {table}", texts.join(", "))).await;
        let row = |row: &QueryResult| {
            let value = |at| row.try_get_by_index::<Option<String>>(at).unwrap();
            (0..columns.len())
                .map(|at| format!("{:?}", value(at).map(|text| form(&text))))
                .collect::<Vec<_>>()
                .join("|")
        };
        let mut lines: Vec<String> = read.iter().map(row).collect();
        lines.sort();
        all.insert(table, lines);
    }
    connection.close().await.expect("the connection closes");
    all
}

/// Instants with as many digits as they need, numbers with as many as SQLite shows, JSON in the order of its names.
fn form(text: &str) -> String {
    if let Ok(time) = chrono::DateTime::parse_from_rfc3339(text) {
        return time.to_utc().to_rfc3339();
    }
    let text = match text {
        "true" => "1",
        "false" => "0",
        text => text,
    };
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Number(number)) => format!("{:.12e}", number.as_f64().unwrap_or_default()),
        Ok(value) => value.to_string(),
        Err(_) => text.to_owned(),
    }
}

fn assert_same(one: &BTreeMap<String, Vec<String>>, other: &BTreeMap<String, Vec<String>>) {
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (table, rows) in one {
        let others = &other[table];
        let first = rows.iter().zip(others).find(|(row, other)| row != other);
        assert!(rows.len() == others.len() && first.is_none(), "{table}: {} {} {first:#?}", rows.len(), others.len());
    }
}

async fn is_empty(database: &TestDatabase) -> bool {
    let connection = database.connect().await;
    for table in columns(&connection).await.into_keys().filter(|table| table != "seaql_migrations") {
        if !rows(&connection, &format!("SELECT 1 FROM {table} LIMIT 1")).await.is_empty() {
            return false;
        }
    }
    connection.close().await.expect("the connection closes");
    true
}
