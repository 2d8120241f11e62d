//! Whose a scan, a prediction or a report is: its session's patient, or, where the old housekeeping deleted the session,
//! the one patient whom other rows name for it.

use entity::{Instant, Key};
use rusqlite::types::ValueRef;
use serde_json::Value;

use super::{Failure, Judging};
use crate::finding::Code;
use crate::index::{Earlier, Session, Sessions, Thing};
use crate::ledger::{Entry, Fate};
use crate::source::Row;
use crate::value::text::{exact, is_blank, is_bytes};

/// The codes by which a table's rows without a plain owner are known.
#[derive(Debug, Clone, Copy)]
pub(super) struct OwnerCodes {
    pub(super) recoverable: Code,
    pub(super) ambiguous: Code,
    pub(super) missing: Code,
    pub(super) nobodys: Code,
    pub(super) dangling: Code,
}

/// Whose a row is, and the session that says so.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owner {
    pub(super) patient: Key,
    /// The session here.
    pub(super) session: Option<Key>,
    /// When the session, or else the patient, came to be.
    pub(super) since: Instant,
}

/// What other rows tell of deleted sessions. Where no session is missing there is nothing to fill.
const TRACES: &str = "
INSERT OR IGNORE INTO work.session_traces
    SELECT t.session_id, t.patient_id FROM main.{table} t JOIN work.patients p ON p.id = t.patient_id
    WHERE t.session_id IS NOT NULL AND typeof(t.session_id) <> 'blob'";

/// A column of a table that names a row, and the row's table.
const ROW_TRACES: &str = "
INSERT OR IGNORE INTO work.row_traces
    SELECT {kind}, t.{column}, t.patient_id FROM main.{table} t JOIN work.patients p ON p.id = t.patient_id
    WHERE t.{column} IS NOT NULL AND typeof(t.{column}) <> 'blob'";

impl Judging<'_> {
    /// Gathers what tells whose rows without a session are, if there are any.
    pub(super) fn traces(&mut self) -> Result<(), Failure> {
        if !self.has_orphans()? {
            return Ok(());
        }
        for table in ["patient_timeline", "report_status", "consultations"] {
            if self.source.schema().has(table, "session_id") {
                self.index.fill(&TRACES.replace("{table}", table))?;
            }
        }
        for (table, column, kind) in [
            ("patient_timeline", "related_id", "t.related_table"),
            ("report_status", "report_id", "'medical_reports'"),
            ("report_status", "prediction_id", "'predictions'"),
            ("report_status", "mri_scan_id", "'mri_scans'"),
        ] {
            if self.source.schema().has(table, column) {
                let sql = ROW_TRACES.replace("{table}", table).replace("{column}", column).replace("{kind}", kind);
                self.index.fill(&sql.replace("SELECT t.related_table", "SELECT coalesce(t.related_table, '')"))?;
            }
        }
        self.report_traces()
    }

    fn has_orphans(&self) -> Result<bool, Failure> {
        for table in ["mri_scans", "predictions", "medical_reports"] {
            let sql = format!(
                "SELECT 1 FROM main.{table} t WHERE NOT EXISTS (SELECT 1 FROM work.sessions s WHERE s.id = t.session_id)"
            );
            if self.source.connection().prepare(&sql)?.exists([])? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Reports name their patient in their metadata.
    fn report_traces(&mut self) -> Result<(), Failure> {
        if !self.source.schema().has("medical_reports", "metadata") {
            return Ok(());
        }
        let sql = "SELECT session_id, metadata FROM main.medical_reports WHERE session_id IS NOT NULL";
        let mut statement = self.source.connection().prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let session = row.get_ref(0)?;
            if let (false, Some(patient)) = (is_bytes(session), patient_of_metadata(row.get_ref(1)?)) {
                self.index.traces_session(session, &patient)?;
            }
        }
        Ok(())
    }

    /// Whose the row is. None: it was quarantined for what is noted in the entry, and the code says why.
    pub(super) fn owner(
        &mut self,
        entry: &mut Entry<'_>,
        kind: Thing,
        codes: OwnerCodes,
    ) -> Result<Result<Owner, Code>, Failure> {
        let row = entry.row;
        let (id, session) = (row.get("id"), row.get("session_id"));
        let found = if is_bytes(session) { None } else { self.index.session(session)? };
        let Some(found) = found else { return self.recover(entry, kind, id, session, codes) };
        let refusal = match found.state {
            Sessions::Nobodys => codes.nobodys,
            Sessions::Strangers => codes.dangling,
            Sessions::Patients => return self.of_session(entry, &found),
        };
        entry.find(refusal);
        Ok(Err(refusal))
    }

    fn of_session(&self, entry: &mut Entry<'_>, session: &Session) -> Result<Result<Owner, Code>, Failure> {
        let Some(patient) = session.patient else {
            entry.find(Code::PatientGone);
            return Ok(Err(Code::PatientGone));
        };
        if session.key.is_none() && !entry.earlier {
            entry.find(Code::SessionGone);
        }
        let since = session.created.unwrap_or(unknown_time());
        Ok(Ok(Owner { patient, session: session.key, since }))
    }

    fn recover(
        &self,
        entry: &mut Entry<'_>,
        kind: Thing,
        id: ValueRef<'_>,
        session: ValueRef<'_>,
        codes: OwnerCodes,
    ) -> Result<Result<Owner, Code>, Failure> {
        let session = if is_blank(session) { ValueRef::Null } else { session };
        let named = self.index.traced(kind, id, session)?;
        let refusal = match named.as_slice() {
            [one] => {
                entry.repair(codes.recoverable, "session_id");
                match self.index.patient(ValueRef::Text(one.as_bytes()))?.filter(|patient| patient.alive) {
                    Some(patient) => {
                        let (patient, since) = (patient.key, patient.created);
                        return Ok(Ok(Owner { patient, session: None, since }));
                    }
                    None => Code::PatientGone,
                }
            }
            [] => codes.missing,
            _ => codes.ambiguous,
        };
        entry.find(refusal);
        Ok(Err(refusal))
    }

    /// Notes a row that could not be brought over, and puts it into quarantine.
    pub(super) fn refuse_thing(&mut self, entry: Entry<'_>, kind: Thing, code: Code) -> Result<(), Failure> {
        let (id, session) = (entry.row.get("id"), entry.row.get("session_id"));
        self.index.add_thing(kind, id, session, None, None)?;
        self.close(entry, Fate::Quarantined(code), None);
        Ok(())
    }

    /// When something happened. What nobody can read happened when its session began.
    pub(super) fn happened(
        &mut self,
        entry: &mut Entry<'_>,
        column: &'static str,
        code: Code,
        owner: Owner,
    ) -> Instant {
        let stamp = self.stamp(entry.row.get(column));
        stamp.instant().unwrap_or_else(|| {
            entry.repair(code, column);
            owner.since
        })
    }
}

/// The row that an old row is here, and whose it is today: people may have moved what an earlier import brought.
pub(super) fn here(earlier: Option<Earlier>, new: Option<Key>, owner: Key) -> (Option<Key>, Key) {
    match earlier {
        Some(earlier) => (earlier.key, earlier.patient.unwrap_or(owner)),
        None => (new, owner),
    }
}

/// The patient whom a report's metadata name.
pub(super) fn patient_of_metadata(metadata: ValueRef<'_>) -> Option<String> {
    let object: serde_json::Map<String, Value> = serde_json::from_str(exact(metadata)?).ok()?;
    object.get("patient_id")?.as_str().filter(|patient| !patient.is_empty()).map(str::to_owned)
}

/// When something happened of which nobody knows when: before everything else, so that it never is the newest.
pub(super) fn unknown_time() -> Instant {
    Instant::new(chrono::DateTime::from_timestamp(-2_208_988_800, 0).unwrap_or_default())
}

/// Whether a row has its own id.
pub(super) fn has_id(row: &Row<'_>) -> bool {
    !is_blank(row.get("id"))
}
