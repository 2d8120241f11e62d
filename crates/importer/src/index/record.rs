//! Sessions and what hangs on them, by their old ids; and what tells whose a row is whose session was deleted.

use entity::{Instant, Key};
use rusqlite::params;
use rusqlite::types::ValueRef;

use super::{Index, bytes, cell, instant, maybe_key, micros};

/// Whether a session is anybody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sessions {
    /// It names no patient.
    Nobodys,
    /// It names a patient who is here.
    Patients,
    /// It names a patient who is not.
    Strangers,
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) state: Sessions,
    /// The row here, if there is one.
    pub(crate) key: Option<Key>,
    pub(crate) patient: Option<Key>,
    pub(crate) created: Option<Instant>,
}

/// Kinds of rows that others refer to, as their old tables are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Thing {
    Scan,
    Prediction,
    Report,
    Consultation,
}

impl Thing {
    pub(crate) fn table(self) -> &'static str {
        match self {
            Self::Scan => "mri_scans",
            Self::Prediction => "predictions",
            Self::Report => "medical_reports",
            Self::Consultation => "consultations",
        }
    }
}

/// A row that others refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The row here, if there is one.
    pub(crate) key: Option<Key>,
    pub(crate) patient: Option<Key>,
    /// Whether it is of the session that was asked about.
    pub(crate) same_session: bool,
}

impl Index<'_> {
    pub(crate) fn add_session(&self, id: ValueRef<'_>, session: &Session) -> rusqlite::Result<()> {
        let Session { state, key, patient, created } = session;
        let (key, patient, created) = (key.map(bytes), patient.map(bytes), created.map(micros));
        let values = params![cell(id), key, *state as i64, patient, created];
        self.run("INSERT OR REPLACE INTO work.sessions VALUES (?1, ?2, ?3, ?4, ?5)", values).map(drop)
    }

    pub(crate) fn session(&self, id: ValueRef<'_>) -> rusqlite::Result<Option<Session>> {
        let sql = "SELECT key, state, patient, created FROM work.sessions WHERE id = ?1";
        self.one(sql, params![cell(id)], |row| {
            let state = match row.get::<_, i64>(1)? {
                state if state == Sessions::Nobodys as i64 => Sessions::Nobodys,
                state if state == Sessions::Patients as i64 => Sessions::Patients,
                _ => Sessions::Strangers,
            };
            let created = row.get::<_, Option<i64>>(3)?.map(instant);
            Ok(Session { state, key: maybe_key(row, 0)?, patient: maybe_key(row, 2)?, created })
        })
    }

    /// Notes that a run of the session broke.
    pub(crate) fn breaks(&self, session: ValueRef<'_>) -> rusqlite::Result<()> {
        self.run("INSERT OR IGNORE INTO work.broken VALUES (?1)", params![cell(session)]).map(drop)
    }

    pub(crate) fn is_broken(&self, session: ValueRef<'_>) -> rusqlite::Result<bool> {
        self.is_there("SELECT 1 FROM work.broken WHERE session = ?1", params![cell(session)])
    }

    pub(crate) fn add_thing(
        &self,
        kind: Thing,
        id: ValueRef<'_>,
        session: ValueRef<'_>,
        key: Option<Key>,
        patient: Option<Key>,
    ) -> rusqlite::Result<()> {
        let values = params![kind as i64, cell(id), key.map(bytes), cell(session), patient.map(bytes)];
        self.run("INSERT OR REPLACE INTO work.things VALUES (?1, ?2, ?3, ?4, ?5)", values).map(drop)
    }

    /// The row with this old id; `session` is that of who asks.
    pub(crate) fn thing(
        &self,
        kind: Thing,
        id: ValueRef<'_>,
        session: ValueRef<'_>,
    ) -> rusqlite::Result<Option<Finding>> {
        let sql = "SELECT key, patient, session IS ?3 FROM work.things WHERE kind = ?1 AND id = ?2";
        self.one(sql, params![kind as i64, cell(id), cell(session)], |row| {
            Ok(Finding { key: maybe_key(row, 0)?, patient: maybe_key(row, 1)?, same_session: row.get(2)? })
        })
    }

    /// Notes that a row of a session tells of a patient.
    pub(crate) fn traces_session(&self, session: ValueRef<'_>, patient: &str) -> rusqlite::Result<()> {
        self.run(
            "INSERT OR IGNORE INTO work.session_traces SELECT ?1, id FROM work.patients WHERE id = ?2",
            params![cell(session), patient],
        )
        .map(drop)
    }

    /// Runs statements that fill the index from the old tables.
    pub(crate) fn fill(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.execute_batch(sql)
    }

    /// The patients, by old id, whom other rows name for a row or for its session; two at most.
    pub(crate) fn traced(&self, kind: Thing, id: ValueRef<'_>, session: ValueRef<'_>) -> rusqlite::Result<Vec<String>> {
        let sql = "SELECT patient FROM work.row_traces WHERE kind = ?1 AND id = ?2 \
                   UNION SELECT patient FROM work.session_traces WHERE session = ?3 LIMIT 2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let patients = statement.query_map(params![kind.table(), cell(id), cell(session)], |row| row.get(0))?;
        patients.collect()
    }

    /// Notes that a scan's old path names a file.
    pub(crate) fn names_file(&self, path: &str) -> rusqlite::Result<()> {
        let sql = "INSERT INTO work.files VALUES (?1, 1) ON CONFLICT DO UPDATE SET scans = scans + 1";
        self.run(sql, [path]).map(drop)
    }

    /// Whether one scan alone names a file.
    pub(crate) fn is_only_file(&self, path: &str) -> rusqlite::Result<bool> {
        self.is_there("SELECT 1 FROM work.files WHERE path = ?1 AND scans = 1", [path])
    }

    /// Notes that a session brought a doctor and a patient together.
    pub(crate) fn meet(&self, doctor: Key, patient: Key, at: Option<Instant>) -> rusqlite::Result<()> {
        let sql = "INSERT INTO work.pairs VALUES (?1, ?2, ?3, ?3) ON CONFLICT DO UPDATE SET \
                   first = min(coalesce(first, ?3), coalesce(?3, first)), last = max(coalesce(last, ?3), coalesce(?3, last))";
        self.run(sql, params![bytes(doctor), bytes(patient), at.map(micros)]).map(drop)
    }

    /// When a doctor and a patient first and last met.
    pub(crate) fn met(&self, doctor: Key, patient: Key) -> rusqlite::Result<Option<(Instant, Instant)>> {
        let sql = "SELECT first, last FROM work.pairs WHERE doctor = ?1 AND patient = ?2 AND first IS NOT NULL";
        self.one(sql, params![bytes(doctor), bytes(patient)], |row| Ok((instant(row.get(0)?), instant(row.get(1)?))))
    }

    /// Whether any request for a report is such as `suits`, which is given its id, its patient and its status.
    pub(crate) fn requests_of<E: From<rusqlite::Error>>(
        &self,
        report: ValueRef<'_>,
        mut suits: impl FnMut(ValueRef<'_>, ValueRef<'_>, ValueRef<'_>) -> Result<bool, E>,
    ) -> Result<bool, E> {
        let sql = "SELECT id, patient, status FROM work.requested WHERE report = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![cell(report)])?;
        while let Some(row) = rows.next()? {
            if suits(row.get_ref(0)?, row.get_ref(1)?, row.get_ref(2)?)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether an event of this source and kind was told before; notes this one.
    pub(crate) fn was_told(&self, source: ValueRef<'_>, id: ValueRef<'_>, kind: &str) -> rusqlite::Result<bool> {
        let sql = "INSERT OR IGNORE INTO work.told VALUES (coalesce(?1, ''), ?2, ?3)";
        Ok(self.run(sql, params![cell(source), cell(id), kind])? == 0)
    }
}
