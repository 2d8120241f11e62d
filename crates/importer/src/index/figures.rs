//! What the old statistics ought to have said, from the rows that were accepted.

use entity::{Instant, Key};
use rusqlite::params;
use rusqlite::types::ValueRef;

use super::{Index, bytes, cell, instant, micros};

/// A patient's figures, as the old system meant them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) visits: i64,
    pub(crate) scans: i64,
    pub(crate) predictions: i64,
    pub(crate) reports: i64,
    /// Doctors with an open assignment.
    pub(crate) doctors: i64,
    pub(crate) first_visit: Option<Instant>,
    pub(crate) last_visit: Option<Instant>,
    pub(crate) last_scan: Option<Instant>,
    pub(crate) last_report: Option<Instant>,
    /// Whether the newest finding is the disease.
    pub(crate) finding: Option<bool>,
    pub(crate) stage: Option<String>,
}

/// Sums up what happened. The newest finding is the last by time, then by row.
const SUM: &str = "
CREATE INDEX work.events_patient ON events (patient, what, at, row);
INSERT INTO work.figures
    SELECT p.key,
        (SELECT count(*) FROM work.events e WHERE e.patient = p.key AND e.what = 'visit'),
        (SELECT count(*) FROM work.events e WHERE e.patient = p.key AND e.what = 'scan'),
        (SELECT count(*) FROM work.events e WHERE e.patient = p.key AND e.what = 'prediction'),
        (SELECT count(*) FROM work.events e WHERE e.patient = p.key AND e.what = 'report'),
        (SELECT count(*) FROM work.active a WHERE a.patient = p.key),
        (SELECT min(at) FROM work.events e WHERE e.patient = p.key AND e.what = 'visit'),
        (SELECT max(at) FROM work.events e WHERE e.patient = p.key AND e.what = 'visit'),
        (SELECT max(at) FROM work.events e WHERE e.patient = p.key AND e.what = 'scan'),
        (SELECT max(at) FROM work.events e WHERE e.patient = p.key AND e.what = 'report'),
        (SELECT word = 'detected' FROM work.events e WHERE e.patient = p.key AND e.what = 'prediction'
             AND word IN ('detected', 'not_detected') ORDER BY at DESC, row DESC LIMIT 1),
        (SELECT CASE word WHEN 'detected' THEN stage END FROM work.events e WHERE e.patient = p.key
             AND e.what = 'prediction' AND word IN ('detected', 'not_detected') ORDER BY at DESC, row DESC LIMIT 1)
    FROM work.patients p";

impl Index<'_> {
    /// Notes that something happened to a patient. `word` and `stage` are what a prediction says.
    pub(crate) fn happens(
        &self,
        patient: Key,
        what: &str,
        at: Instant,
        row: i64,
        says: (Option<&str>, Option<&str>),
    ) -> rusqlite::Result<()> {
        let sql = "INSERT INTO work.events VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        self.run(sql, params![bytes(patient), what, micros(at), row, says.0, says.1]).map(drop)
    }

    /// Notes that an old row calls an assignment active.
    pub(crate) fn is_active(&self, patient: Key, doctor: Key) -> rusqlite::Result<()> {
        let sql = "INSERT OR IGNORE INTO work.active VALUES (?1, ?2)";
        self.run(sql, params![bytes(patient), bytes(doctor)]).map(drop)
    }

    /// Sums up what happened, once all of it is noted.
    pub(crate) fn sum_up(&self) -> rusqlite::Result<()> {
        self.fill(SUM)
    }

    /// A patient's figures, by the old id.
    pub(crate) fn figures(&self, patient: ValueRef<'_>) -> rusqlite::Result<Option<Figures>> {
        let sql = "SELECT f.* FROM work.figures f JOIN work.patients p ON p.key = f.patient WHERE p.id = ?1";
        self.one(sql, params![cell(patient)], |row| {
            let at = |place| row.get::<_, Option<i64>>(place).map(|micros| micros.map(instant));
            Ok(Figures {
                visits: row.get(1)?,
                scans: row.get(2)?,
                predictions: row.get(3)?,
                reports: row.get(4)?,
                doctors: row.get(5)?,
                first_visit: at(6)?,
                last_visit: at(7)?,
                last_scan: at(8)?,
                last_report: at(9)?,
                finding: row.get(10)?,
                stage: row.get(11)?,
            })
        })
    }
}
