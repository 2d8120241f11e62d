//! Assignments that are open, until it is known which of them stand.

use entity::vocabulary::AssignmentType;
use entity::{Instant, Key};
use rusqlite::params;

use super::{Index, bytes, instant, key, micros};

/// An open assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Open {
    pub(crate) patient: Key,
    pub(crate) doctor: Key,
    pub(crate) kind: AssignmentType,
    pub(crate) start: Instant,
    pub(crate) key: Key,
    pub(crate) notes: Option<String>,
}

impl Index<'_> {
    /// Notes that a doctor was ever assigned to a patient.
    pub(crate) fn assign(&self, patient: Key, doctor: Key) -> rusqlite::Result<()> {
        let sql = "INSERT OR IGNORE INTO work.assigned VALUES (?1, ?2)";
        self.run(sql, params![bytes(patient), bytes(doctor)]).map(drop)
    }

    /// Notes an open assignment; false where the two people have one already, or have it here.
    pub(crate) fn opens(&self, open: &Open) -> rusqlite::Result<bool> {
        let Open { patient, doctor, kind, start, key, notes } = open;
        let sql = "INSERT OR IGNORE INTO work.open VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let values = params![bytes(*patient), bytes(*doctor), word(*kind), micros(*start), bytes(*key), notes];
        Ok(self.run(sql, values)? == 1)
    }

    /// Whether the two people have an open assignment of this type here.
    pub(crate) fn is_open_here(&self, open: &Open) -> rusqlite::Result<bool> {
        let sql = "SELECT 1 FROM work.open_here WHERE patient = ?1 AND doctor = ?2 AND kind = ?3";
        self.is_there(sql, params![bytes(open.patient), bytes(open.doctor), word(open.kind)])
    }

    /// Merges an open assignment into that of the same two people, and says which that is. The earliest beginning stays,
    /// and the primary role.
    pub(crate) fn merge(&self, open: &Open) -> rusqlite::Result<Key> {
        let sql = "UPDATE work.open SET start = min(start, ?3), kind = CASE ?4 WHEN 'primary' THEN ?4 ELSE kind END \
                   WHERE patient = ?1 AND doctor = ?2 RETURNING key";
        let values = params![bytes(open.patient), bytes(open.doctor), micros(open.start), word(open.kind)];
        self.connection.prepare_cached(sql)?.query_row(values, |row| key(row, 0))
    }

    /// Whether the assignment that was noted last makes two primary ones of the patient.
    pub(crate) fn second_primary(&self, patient: Key) -> rusqlite::Result<bool> {
        let sql = "SELECT count(*) = 2 FROM work.open WHERE patient = ?1 AND kind = 'primary'";
        self.connection.prepare_cached(sql)?.query_row(params![bytes(patient)], |row| row.get(0))
    }

    pub(crate) fn make_primary(&self, patient: Key, doctor: Key) -> rusqlite::Result<()> {
        let sql = "UPDATE work.open SET kind = 'primary' WHERE patient = ?1 AND doctor = ?2";
        self.run(sql, params![bytes(patient), bytes(doctor)]).map(drop)
    }

    /// How many open assignments are with a doctor to whom the old program did not show the patient.
    pub(crate) fn opens_access(&self) -> rusqlite::Result<u64> {
        let sql = "SELECT count(*) FROM work.open o JOIN work.patients p ON p.key = o.patient \
                   WHERE NOT p.shown OR p.assigned IS NOT o.doctor";
        self.connection.execute_batch("CREATE INDEX IF NOT EXISTS work.patients_key ON patients (key)")?;
        self.connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map(i64::unsigned_abs)
    }

    /// Leaves each patient one primary doctor, the newest, or the one whom the patient has here; says how many yielded.
    pub(crate) fn yield_primaries(&self) -> rusqlite::Result<usize> {
        let newer = "UPDATE work.open SET kind = 'consultant' WHERE kind = 'primary' AND EXISTS (\
                     SELECT 1 FROM work.open n WHERE n.patient = open.patient AND n.kind = 'primary' \
                     AND (n.start, n.key) > (open.start, open.key))";
        let here = "UPDATE work.open SET kind = 'consultant' WHERE kind = 'primary' AND EXISTS (\
                    SELECT 1 FROM work.open_here h WHERE h.patient = open.patient AND h.kind = 'primary')";
        // What the target has already, as the same type, is there: before anybody yields to it, and after.
        let there = "DELETE FROM work.open WHERE EXISTS (SELECT 1 FROM work.open_here h WHERE h.patient = open.patient \
                     AND h.doctor = open.doctor AND h.kind = open.kind)";
        self.run(there, [])?;
        let yielded = self.run(here, [])? + self.run(newer, [])?;
        self.run(there, [])?;
        Ok(yielded)
    }

    /// Gives every open assignment to `each`.
    pub(crate) fn open_assignments<E: From<rusqlite::Error>>(
        &self,
        mut each: impl FnMut(Open) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut statement =
            self.connection.prepare("SELECT patient, doctor, kind, start, key, notes FROM work.open")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let kind = match row.get::<_, String>(2)?.as_str() {
                "primary" => AssignmentType::Primary,
                "specialist" => AssignmentType::Specialist,
                _ => AssignmentType::Consultant,
            };
            let (start, notes) = (instant(row.get(3)?), row.get(5)?);
            each(Open { patient: key(row, 0)?, doctor: key(row, 1)?, kind, start, key: key(row, 4)?, notes })?;
        }
        Ok(())
    }

    /// Gives every patient whom this import brings, with the doctor named by the patient and the row's beginning.
    pub(crate) fn assigned_doctors<E: From<rusqlite::Error>>(
        &self,
        mut each: impl FnMut(Key, Key, Instant) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = "SELECT key, assigned, created FROM work.patients WHERE assigned IS NOT NULL AND fresh ORDER BY key";
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            each(key(row, 0)?, key(row, 1)?, instant(row.get(2)?))?;
        }
        Ok(())
    }

    /// Gives every doctor and patient whom only sessions bring together, with the first and last time.
    pub(crate) fn pairs_without_assignment<E: From<rusqlite::Error>>(
        &self,
        mut each: impl FnMut(Key, Key, Option<Instant>, Option<Instant>) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = "SELECT m.doctor, m.patient, m.first, m.last FROM work.pairs m WHERE NOT EXISTS (\
                   SELECT 1 FROM work.assigned a WHERE a.patient = m.patient AND a.doctor = m.doctor) \
                   ORDER BY m.patient, m.doctor";
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let at = |place| row.get::<_, Option<i64>>(place).map(|micros| micros.map(instant));
            each(key(row, 0)?, key(row, 1)?, at(2)?, at(3)?)?;
        }
        Ok(())
    }
}

pub(super) fn word(kind: AssignmentType) -> &'static str {
    match kind {
        AssignmentType::Primary => "primary",
        AssignmentType::Consultant => "consultant",
        AssignmentType::Specialist => "specialist",
    }
}
