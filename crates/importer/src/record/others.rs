//! Tables that have no place here: what the old program itself worked with, and tables that no version of it made. They are
//! kept aside whole.

use rusqlite::types::ValueRef;

use super::{Failure, Judging};
use crate::finding::Code;
use crate::index::{Session, Sessions};
use crate::ledger::{Entry, Fate};
use crate::source::Row;
use crate::value::text::{Json, JsonKind, exact, json};

/// Tables that were judged by now.
const JUDGED: [&str; 12] = [
    "users",
    "doctors",
    "patients",
    "sessions",
    "mri_scans",
    "predictions",
    "medical_reports",
    "doctor_patient_assignments",
    "consultations",
    "report_status",
    "patient_timeline",
    "patient_statistics",
];

/// Tables of the old system, with their keys.
const OWN: [(&str, &str); 10] = [
    ("action_flags", "id"),
    ("admins", "rowid"),
    ("agent_messages", "message_id"),
    ("audit_logs", "log_id"),
    ("doctor_patients", "rowid"),
    ("embeddings", "embedding_id"),
    ("knowledge_entries", "id"),
    ("lab_results", "id"),
    ("reports", "rowid"),
    ("system_config", "rowid"),
];

/// What the old program passed between its own parts.
const TRAFFIC: [&str; 2] = ["action_flags", "agent_messages"];

impl Judging<'_> {
    pub(super) fn others(&mut self) -> Result<(), Failure> {
        let source = self.source;
        for table in source.schema().tables.iter().filter(|table| !JUDGED.contains(&table.name.as_str())) {
            match OWN.iter().find(|(name, _)| *name == table.name) {
                Some((name, id)) => self.each(name, |judging, row| judging.keep_row(name, row, row.get(id)))?,
                None => {
                    self.ledger.count(Code::SchemaUnknownTable);
                    self.each(&table.name, |judging, row| judging.keep_unknown(&table.name, row))?;
                }
            }
        }
        self.old_log()
    }

    fn keep_row(&mut self, table: &str, row: &Row<'_>, id: ValueRef<'_>) -> Result<(), Failure> {
        let Some((mut entry, _)) = self.enter(table, row, id)? else { return Ok(()) };
        let session = if row.has("session_id") { self.index.session(row.get("session_id"))? } else { None };
        if table == "lab_results" && session.is_none() {
            entry.find(Code::LabSessionMissing);
            self.close(entry, Fate::Quarantined(Code::LabSessionMissing), None);
            return Ok(());
        }
        if TRAFFIC.contains(&table) && session.is_none() {
            entry.find(Code::OperationalSessionMissing);
        }
        entry.find(Code::TableNoPlace);
        self.keep_aside(entry, Code::TableNoPlace, session)
    }

    /// Keeps a row aside with the patient whose it is, if it says so, and not at all where that patient was erased here.
    fn keep_aside(&mut self, mut entry: Entry<'_>, code: Code, session: Option<Session>) -> Result<(), Failure> {
        let row = entry.row;
        let mut named = session.filter(|session| session.state == Sessions::Patients).map(|session| session.patient);
        for column in ["patient_id", "target_id"] {
            if named.is_none() && row.has(column) {
                let patient = self.index.patient(row.get(column))?;
                named = patient.map(|patient| patient.alive.then_some(patient.key));
            }
        }
        if named == Some(None) {
            entry.find(Code::PatientGone);
            self.close(entry, Fate::Quarantined(Code::PatientGone), None);
            return Ok(());
        }
        self.close(entry, Fate::Kept(code), named.flatten());
        Ok(())
    }

    fn keep_unknown(&mut self, table: &str, row: &Row<'_>) -> Result<(), Failure> {
        let Some((entry, _)) = self.enter(table, row, ValueRef::Null)? else { return Ok(()) };
        let session = if row.has("session_id") { self.index.session(row.get("session_id"))? } else { None };
        self.keep_aside(entry, Code::SchemaUnknownTable, session)
    }

    /// Whether details of the old log are no JSON, said once.
    fn old_log(&mut self) -> Result<(), Failure> {
        let mut python = false;
        let source = self.source;
        if !source.schema().has("audit_logs", "details") {
            return Ok(());
        }
        let mut statement = source.connection().prepare("SELECT details FROM main.audit_logs")?;
        let mut rows = statement.query([])?;
        while let (false, Some(row)) = (python, rows.next()?) {
            let cell = row.get_ref(0)?;
            let is_json = exact(cell).is_some_and(|text| serde_json::from_str::<serde_json::Value>(text).is_ok());
            let unstorable = json(cell, JsonKind::Object) == Json::Unstorable;
            python = cell != ValueRef::Null && !is_json && !unstorable && !matches!(cell, ValueRef::Integer(_));
        }
        if python {
            self.ledger.count(Code::AuditDetailsPythonRepr);
        }
        Ok(())
    }
}
