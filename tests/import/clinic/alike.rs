//! Two databases into which the same file was imported: by the old ids instead of the keys, and but for the present, each row
//! of the one is in the other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use uuid::Uuid;

use super::here::{Here, text};
use crate::naive::tables::Row;

/// What the databases note of themselves: when they wrote, and how often.
const OWN: [(&str, &str); 4] = [
    ("patient_statistics", "last_updated"),
    ("patient_statistics", "trigger_writes"),
    ("patient_timeline", "created_at"),
    ("patient_timeline", "updated_at"),
];

pub(super) fn assert_alike(one: &Here, other: &Here) {
    let (one, other) = (lines(one), lines(other));
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (table, rows) in &one {
        let (mine, theirs): (BTreeSet<_>, BTreeSet<_>) = (rows.iter().collect(), other[table].iter().collect());
        let difference: Vec<_> = mine.symmetric_difference(&theirs).take(4).collect();
        assert!(difference.is_empty(), "{table}: {difference:#?}");
        assert_eq!(rows.len(), other[table].len(), "{table}");
    }
}

/// Every row as a line of text, by table.
fn lines(here: &Here) -> BTreeMap<String, Vec<String>> {
    let started = text(&here.noted.rows("imports")[0], "started_at");
    let mut lines = BTreeMap::new();
    for tables in [&here.tables, &here.noted] {
        for table in tables.names().into_iter().filter(|table| table != "imports") {
            let line = |row: &Row| named(&canonical(&table, row), &here.names).replace(&started, "the present");
            let mut rows: Vec<String> = tables.rows(&table).iter().map(line).collect();
            rows.sort();
            lines.insert(table, rows);
        }
    }
    lines
}

fn canonical(table: &str, row: &Row) -> String {
    let mut row = row.clone();
    row.retain(|column, _| !OWN.contains(&(table, column)));
    // Kept aside is JSON, which the one database writes as text.
    if let ("import_kept", Some(Value::String(content))) = (table, row.get("content")) {
        let content = serde_json::from_str(content).expect("JSON");
        row.insert("content".to_owned(), content);
    }
    // SQLite writes no more than 15 digits.
    for value in row.values_mut().filter(|value| value.is_f64()) {
        *value = Value::from(format!("{:.12}", value.as_f64().unwrap_or_default()));
    }
    serde_json::to_string(&row).expect("JSON")
}

/// The text with old ids for keys. Of what has none, such as an event that the database made, no key is left. Old ids that
/// look like keys are of version 4, which none of ours is.
fn named(text: &str, names: &BTreeMap<String, String>) -> String {
    let part = |part: &str| match Uuid::parse_str(part) {
        Ok(key) if part.len() == 36 && key.get_version_num() != 4 => names.get(part).cloned().unwrap_or_default(),
        _ => part.to_owned(),
    };
    let bounds = |c: char| !c.is_ascii_hexdigit() && c != '-';
    text.split_inclusive(bounds)
        .map(|piece| {
            let end = piece.trim_end_matches(bounds);
            part(end) + &piece[end.len()..]
        })
        .collect()
}
