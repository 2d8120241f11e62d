//! What a mutation that is done writes, and what the answer has to show of it.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use super::call::text;
use super::state::{self, value};
use super::turn::{Done, Stop, Turn, id_of};
use crate::naive::model::kind;
use crate::naive::tables::Row;

/// Tables whose rows say when they were made and changed.
const STAMPED: &[&str] = &[
    "patients",
    "doctors",
    "users",
    "doctor_patient_assignments",
    "consultations",
    "sessions",
    "medical_reports",
    "report_status",
    "patient_timeline",
];

impl Turn<'_> {
    /// Writes a new record, whose id the answer has at this place; answers the key.
    pub fn insert(&mut self, type_name: &'static str, at: &str, mut columns: Row) -> Result<Value, Stop> {
        let kind = kind(type_name);
        let key = self.new_key(type_name, at, value(&columns, "patient_id"))?;
        columns.insert(kind.key.to_owned(), key.clone());
        columns.insert("version".to_owned(), json!(1));
        if STAMPED.contains(&kind.table) {
            columns.insert("created_at".to_owned(), json!(text(self.now)));
            columns.insert("updated_at".to_owned(), json!(text(self.now)));
        }
        self.state.add(kind.table, columns);
        Ok(key)
    }

    fn new_key(&mut self, type_name: &str, at: &str, patient: &Value) -> Result<Value, Stop> {
        let id = self.answer.at(&format!("{at}/id"));
        if id.is_null() && self.meanwhile.is_some_and(|erased| erased.contains(patient)) {
            static GONE: AtomicU64 = AtomicU64::new(0);
            return Ok(json!(format!("00000000-0000-0000-0000-{:012x}", GONE.fetch_add(1, Ordering::Relaxed))));
        }
        let key = state::key(type_name, id).ok_or_else(|| Stop::Strange(format!("{at} is a new {type_name}")))?;
        match self.state.find(type_name, &key) {
            Some(_) => Err(Stop::Strange(format!("{at} is a new {type_name}, not one that is there already"))),
            None => Ok(key),
        }
    }

    /// What the answer shows at this place was not written now; in a list an earlier row may have.
    pub fn nothing_new(&self, type_name: &str, at: &str) -> Done {
        match state::key(type_name, self.answer.at(&format!("{at}/id"))) {
            Some(key) if self.state.find(type_name, &key).is_none() => {
                Err(Stop::Strange(format!("{at} is not written")))
            }
            _ => Ok(()),
        }
    }

    /// Writes columns over a record, which the answer shows at this place in its next version.
    pub fn save(&mut self, type_name: &str, at: &str, row: &Row, columns: Row) -> Done {
        let kind = kind(type_name);
        let (key, version) = (&row[kind.key], row["version"].as_i64().expect("a version") + 1);
        let shown = self.answer.at(at);
        let as_written = shown["version"] == version && state::key(type_name, &shown["id"]).as_ref() == Some(key);
        let newer = self.meanwhile.is_some() && (shown.is_null() || shown["version"].as_i64() >= Some(version));
        if !as_written && !newer {
            return Err(Stop::Strange(format!("{at} is {} in version {version}", id_of(type_name, key))));
        }
        let now = json!(text(self.now));
        self.state.change(
            kind.table,
            |row| row[kind.key] == *key,
            |row| {
                row.extend(columns.clone());
                row.insert("version".to_owned(), json!(version));
                if STAMPED.contains(&kind.table) {
                    row.insert("updated_at".to_owned(), now.clone());
                }
            },
        );
        Ok(())
    }

    /// Deletes a record.
    pub fn delete(&mut self, type_name: &str, row: &Row) -> Done {
        let kind = kind(type_name);
        if *self.answer.at("/deletedId") != self.input["id"] {
            return Err(Stop::Strange(format!("{} is deleted", self.input["id"])));
        }
        self.state.remove(kind.table, |other| other[kind.key] == row[kind.key]);
        Ok(())
    }
}
