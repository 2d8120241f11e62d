//! All rows of all tables, read by plain SQL, each value in the form in which the API shows it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SecondsFormat, Utc};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use serde_json::Value;

/// One row, by column.
pub type Row = BTreeMap<String, Value>;

const TABLES: &[&str] = &[
    "users",
    "doctors",
    "patients",
    "sessions",
    "mri_scans",
    "predictions",
    "medical_reports",
    "report_predictions",
    "doctor_patient_assignments",
    "consultations",
    "consultation_revisions",
    "report_status",
    "patient_timeline",
    "patient_statistics",
    "patient_erasures",
    "sign_ins",
    "refresh_tokens",
    "api_keys",
    "account_links",
];

/// Every row of the clinic.
#[derive(Debug)]
pub struct Tables(BTreeMap<&'static str, Vec<Row>>);

impl Tables {
    /// Reads them.
    pub async fn load(connection: &DatabaseConnection) -> Self {
        Self::of(connection, TABLES).await
    }

    /// Reads some.
    pub async fn of(connection: &DatabaseConnection, names: &[&'static str]) -> Self {
        let mut tables = BTreeMap::new();
        for table in names {
            tables.insert(*table, rows(connection, table).await);
        }
        Self(tables)
    }

    /// Of each row what `part` leaves of it.
    pub fn part(&self, part: impl Fn(&'static str, &Row) -> Option<Row>) -> Self {
        let tables = self.0.iter();
        Self(tables.map(|(table, rows)| (*table, rows.iter().filter_map(|row| part(table, row)).collect())).collect())
    }

    /// The rows of a table, in no order.
    pub fn rows(&self, table: &str) -> &[Row] {
        self.0.get(table).unwrap_or_else(|| panic!("no table {table}"))
    }

    /// Which tables they are of.
    pub fn names(&self) -> BTreeSet<String> {
        self.0.keys().map(|name| (*name).to_owned()).collect()
    }

    /// Every row as a line of text: what two moments differ in is what was written between them.
    pub fn lines(&self) -> BTreeSet<String> {
        let lines =
            |(table, rows): (&&str, &Vec<Row>)| rows.iter().map(|row| format!("{table} {row:?}")).collect::<Vec<_>>();
        self.0.iter().flat_map(lines).collect()
    }

    /// The row whose `column` holds `value`; unknown values find none.
    pub fn find(&self, table: &str, column: &str, value: &Value) -> Option<&Row> {
        self.rows(table).iter().find(|row| !value.is_null() && row[column] == *value)
    }
}

async fn rows(connection: &DatabaseConnection, table: &str) -> Vec<Row> {
    let backend = connection.get_database_backend();
    let statement = match backend {
        DbBackend::Sqlite => {
            let columns = format!("SELECT name FROM pragma_table_info('{table}')");
            let columns = connection.query_all_raw(Statement::from_string(backend, columns)).await.expect("columns");
            let names = columns.iter().map(|row| row.try_get_by_index::<String>(0).expect("a name"));
            let pairs: Vec<String> = names.map(|name| format!("'{name}', {name}")).collect();
            format!("SELECT json_object({}) FROM {table}", pairs.join(", "))
        }
        _ => format!("SELECT row_to_json(t)::text FROM {table} t"),
    };
    let found = connection.query_all_raw(Statement::from_string(backend, statement)).await.expect("rows");
    let texts = found.iter().map(|row| row.try_get_by_index::<String>(0).expect("a row as JSON"));
    texts.map(|text| shown(serde_json::from_str(&text).expect("a row as JSON"))).collect()
}

/// The row with the two databases' forms made one.
fn shown(mut row: Row) -> Row {
    for (column, value) in &mut row {
        match value {
            Value::String(text) if is_instant(column) => *text = instant(text),
            Value::String(text) if is_document(column) => *value = serde_json::from_str(text).expect("a document"),
            Value::Number(number) if is_truth(column) => *value = Value::Bool(number.as_i64() == Some(1)),
            _ => {}
        }
    }
    row
}

fn is_instant(column: &str) -> bool {
    let endings = ["_at", "_until", "_date", "_timestamp", "last_login", "last_updated", "rescheduled_from"];
    endings.iter().any(|ending| column.ends_with(ending))
}

fn is_document(column: &str) -> bool {
    ["metadata", "preprocessing_applied", "uncertainty_metrics", "recommendations", "made_from"].contains(&column)
}

fn is_truth(column: &str) -> bool {
    ["is_active", "dob_estimated", "patient_visible", "may_intake", "may_predict", "may_report"].contains(&column)
}

fn instant(text: &str) -> String {
    let instant: DateTime<Utc> = text.parse().unwrap_or_else(|error| panic!("{text} is no instant: {error}"));
    instant.to_rfc3339_opts(SecondsFormat::Micros, true)
}
