//! Which form of the old schema a file has.

use std::fmt;

use rusqlite::Connection;

use super::Refusal;

/// The forms of the old schema, by age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// Before patients were noted in sessions.
    V0,
    /// The first one, after a later version opened it.
    V0Migrated,
    /// Users with a type, patients with an `id`.
    V1,
    /// Roles and doctors; sessions refer to a column that patients do not have.
    V2,
    /// The second one, its references repaired.
    V3,
    /// Assignments, consultations, requests, timeline and statistics.
    V4,
    /// The fourth one without logs.
    V5,
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V0 => "v0",
            Self::V0Migrated => "v0m",
            Self::V1 => "v1",
            Self::V2 => "v2",
            Self::V3 => "v3",
            Self::V4 => "v4",
            Self::V5 => "v5",
        })
    }
}

/// A table of the file.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: u64,
    pub(crate) has_rowid: bool,
}

/// What the file has.
#[derive(Debug)]
pub(crate) struct Schema {
    pub(crate) variant: Variant,
    pub(crate) tables: Vec<Table>,
    /// Sessions refer to a column of patients that is not there.
    pub(crate) broken_reference: bool,
    /// How many tables an extension computes from others; they are not read.
    pub(crate) computed: u64,
}

/// The tables that a file of any version has and without which there is nothing to import.
const CORE: [&str; 6] = ["users", "patients", "sessions", "mri_scans", "predictions", "medical_reports"];

/// What a table must have to be read at all, where it is there.
const NEEDED: [(&str, &[&str]); 12] = [
    ("users", &["id", "name"]),
    ("doctors", &["doctor_id", "user_id"]),
    ("patients", &["name"]),
    ("sessions", &["id", "status", "created_at"]),
    ("mri_scans", &["id", "session_id", "upload_timestamp"]),
    ("predictions", &["id", "session_id", "binary_result", "created_at"]),
    ("medical_reports", &["id", "session_id", "report_type", "content", "created_at"]),
    ("doctor_patient_assignments", &["id", "doctor_id", "patient_id", "assignment_date"]),
    ("consultations", &["id", "patient_id", "doctor_id", "consultation_date", "status"]),
    ("report_status", &["id", "patient_id", "status"]),
    ("patient_timeline", &["id", "patient_id", "event_type", "event_date", "event_title"]),
    ("patient_statistics", &["patient_id"]),
];

impl Schema {
    pub(super) fn read(connection: &Connection) -> rusqlite::Result<Result<Self, Refusal>> {
        let names = |kind: &str| -> rusqlite::Result<Vec<String>> {
            let sql = "SELECT name FROM sqlite_schema WHERE type = ?1 AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
            connection.prepare(sql)?.query_map([kind], |row| row.get(0))?.collect()
        };
        let mut tables = Vec::new();
        let mut computed = 0;
        for name in names("table")? {
            let sql = "SELECT type, NOT wr FROM pragma_table_list(?1) WHERE schema = 'main'";
            let kind = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?));
            let (kind, has_rowid) = connection.query_row(sql, [&name], kind)?;
            // What an extension computes, and what it keeps for that.
            if kind != "table" {
                computed += u64::from(kind == "virtual");
                continue;
            }
            let columns = columns(connection, &name)?;
            let sql = format!("SELECT count(*) FROM {}", quoted(&name));
            let rows = connection.query_row(&sql, [], |row| row.get::<_, i64>(0))?;
            tables.push(Table { name, columns, rows: rows.unsigned_abs(), has_rowid });
        }
        if let Some(refusal) = refusal(&tables, &names("view")?) {
            return Ok(Err(refusal));
        }
        let references = references(connection)?;
        let variant = variant(&tables, &references);
        let of_patients = |column: &String| has(&tables, "patients", column);
        let broken_reference = has(&tables, "patients", "patient_id") && !references.iter().all(of_patients);
        Ok(Ok(Self { variant, tables, broken_reference, computed }))
    }

    pub(crate) fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }

    pub(crate) fn has(&self, table: &str, column: &str) -> bool {
        has(&self.tables, table, column)
    }
}

/// A name as SQL takes it, whatever it is.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    connection.prepare("SELECT name FROM pragma_table_info(?1)")?.query_map([table], |row| row.get(0))?.collect()
}

/// The columns of patients that sessions refer to.
fn references(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let sql =
        "SELECT \"to\" FROM pragma_foreign_key_list('sessions') WHERE \"table\" = 'patients' AND \"to\" IS NOT NULL";
    connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}

fn has(tables: &[Table], table: &str, column: &str) -> bool {
    tables.iter().any(|of| of.name == table && of.columns.iter().any(|name| name == column))
}

fn refusal(tables: &[Table], views: &[String]) -> Option<Refusal> {
    for (name, columns) in NEEDED {
        let lacks = |column: &&str| !has(tables, name, column);
        let what = if views.iter().any(|view| view == name) {
            "a view"
        } else if tables.iter().any(|table| table.name == name) && columns.iter().any(lacks) {
            "without columns that every version has"
        } else {
            continue;
        };
        return Some(Refusal::Unknown { name: name.to_owned(), what, columns: columns.join(", ") });
    }
    let missing: Vec<&str> = CORE.into_iter().filter(|core| !tables.iter().any(|table| table.name == *core)).collect();
    if missing.is_empty() {
        return None;
    }
    let found: Vec<&str> = tables.iter().take(5).map(|table| table.name.as_str()).collect();
    let found = if found.is_empty() { "no tables".to_owned() } else { format!("the tables {}", found.join(", ")) };
    Some(Refusal::Foreign { found, missing: missing.join(", ") })
}

fn variant(tables: &[Table], references: &[String]) -> Variant {
    let there = |name: &str| tables.iter().any(|table| table.name == name);
    let place = |column: &str| {
        let sessions = tables.iter().find(|table| table.name == "sessions");
        sessions.and_then(|table| table.columns.iter().position(|name| name == column))
    };
    if !has(tables, "users", "role") {
        return match (place("patient_id"), place("metadata")) {
            (None, _) => Variant::V0,
            // A column that was added stands at the end.
            (patient, metadata) if patient > metadata => Variant::V0Migrated,
            _ => Variant::V1,
        };
    }
    match (there("patient_statistics"), there("audit_logs")) {
        (true, true) => Variant::V4,
        (true, false) => Variant::V5,
        _ if references.iter().any(|column| column == "id") => Variant::V2,
        _ => Variant::V3,
    }
}
