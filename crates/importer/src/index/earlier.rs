//! What the target has already, from earlier imports and of its own.

use entity::Key;
use entity::vocabulary::AssignmentType;
use rusqlite::params;

use super::open::word;
use super::{Index, bytes, maybe_key};
use crate::ledger::bounded;

/// Values that only one row of the target may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// `users.username`
    Username,
    /// `users.email`
    Email,
    /// `doctors.license_number`
    License,
    /// `doctors.user_id`
    DoctorsAccount,
    /// `patients.mrn`
    Mrn,
    /// `patients.user_id`
    PatientsAccount,
}

/// A row that an earlier import brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Earlier {
    /// None: it was kept aside, or the row here has been deleted since.
    pub(crate) key: Option<Key>,
    /// Whose the row here is today.
    pub(crate) patient: Option<Key>,
    /// Whether it was kept aside.
    pub(crate) kept: bool,
    /// What the old row said then; see `Row::print`.
    pub(crate) print: Option<i64>,
}

/// A row of `import_rows`, and what has become of the row that it names.
#[derive(Debug, Clone)]
pub struct Known {
    /// The old table.
    pub table: String,
    /// The old key.
    pub source: String,
    /// The row here; none of a row that was kept aside.
    pub row: Option<Key>,
    /// What tells whether the old row has changed.
    pub print: Option<i64>,
    /// Whether the row here is still there.
    pub alive: bool,
    /// Whose it is today, of rows that others hang on.
    pub patient: Option<Key>,
}

impl Index<'_> {
    /// Notes a row that an earlier import brought.
    ///
    /// # Errors
    /// When the index cannot be written.
    pub fn add_known(&mut self, known: &Known) -> rusqlite::Result<()> {
        self.follows = true;
        let Known { table, source, row, print, alive, patient } = known;
        let sql = "INSERT OR REPLACE INTO work.known VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let values = params![table, source, row.map(bytes), alive, patient.map(bytes), print];
        self.run(sql, values).map(drop)
    }

    /// Notes whose account a doctor of the target has.
    ///
    /// # Errors
    /// When the index cannot be written.
    pub fn add_doctor(&mut self, account: Key, doctor: Key) -> rusqlite::Result<()> {
        let sql = "INSERT OR IGNORE INTO work.doctors_here VALUES (?1, ?2)";
        self.run(sql, params![bytes(account), bytes(doctor)]).map(drop)
    }

    /// The doctor of the target who has an account.
    pub(crate) fn doctor_here(&self, account: Key) -> rusqlite::Result<Option<Key>> {
        let sql = "SELECT doctor FROM work.doctors_here WHERE account = ?1";
        self.one(sql, params![bytes(account)], |row| super::key(row, 0))
    }

    /// Whether a row of this name was seen in the file before; notes this one.
    pub(crate) fn was_seen(&self, table: &str, source: &str) -> rusqlite::Result<bool> {
        Ok(self.run("INSERT OR IGNORE INTO work.seen VALUES (?1, ?2)", [table, source])? == 0)
    }

    /// Notes a value that a row of the target has.
    ///
    /// # Errors
    /// When the index cannot be written.
    pub fn add_taken(&mut self, what: Taken, value: &str) -> rusqlite::Result<()> {
        self.take(what, value).map(drop)
    }

    /// Notes an assignment of the target; of an open one, as what.
    ///
    /// # Errors
    /// When the index cannot be written.
    pub fn add_assignment(&mut self, patient: Key, doctor: Key, open: Option<AssignmentType>) -> rusqlite::Result<()> {
        if let Some(kind) = open {
            let sql = "INSERT OR IGNORE INTO work.open_here VALUES (?1, ?2, ?3)";
            self.run(sql, params![bytes(patient), bytes(doctor), word(kind)])?;
        }
        self.assign(patient, doctor)
    }

    /// Notes a request of the target that is live, by what it is about.
    ///
    /// # Errors
    /// When the index cannot be written.
    pub fn add_live(&mut self, request: &str) -> rusqlite::Result<()> {
        self.goes_live(request).map(drop)
    }

    /// What an earlier import made of a row; none where there was none.
    pub(crate) fn earlier(&self, table: &str, source: &str) -> rusqlite::Result<Option<Earlier>> {
        if !self.follows {
            return Ok(None);
        }
        let sql = "SELECT row_key, alive, patient, print FROM work.known WHERE source_table = ?1 AND source_key = ?2";
        self.one(sql, params![bounded(table), source], |row| {
            let (key, alive) = (maybe_key(row, 0)?, row.get(1)?);
            let kept = key.is_none();
            Ok(Earlier { key: key.filter(|_| alive), patient: maybe_key(row, 2)?, kept, print: row.get(3)? })
        })
    }

    /// Of how many accounts and patients earlier imports know, and how many of them the file has. The oldest files have
    /// neither: then it is by what stays in them that they are known, and at last by their sessions.
    ///
    /// # Errors
    /// When the index or the file cannot be read.
    pub fn overlap(&self) -> rusqlite::Result<(u64, u64)> {
        let people: &[_] = &[("users", "id"), ("patients", "patient_id"), ("patients", "id")];
        let findings: &[_] = &[("mri_scans", "id"), ("predictions", "id"), ("medical_reports", "id")];
        for tables in [people, findings, &[("sessions", "id")]] {
            let (known, found) = self.overlap_of(tables)?;
            if known > 0 {
                return Ok((known, found));
            }
        }
        Ok((0, 0))
    }

    fn overlap_of(&self, tables: &[(&str, &str)]) -> rusqlite::Result<(u64, u64)> {
        let (mut known, mut found) = (0, 0);
        for (table, id) in tables {
            if !self.has_column(table, id)? {
                continue;
            }
            let sql = format!(
                "SELECT count(*), count(o.{id}) FROM work.known k LEFT JOIN main.{table} o ON o.{id} = k.source_key \
                 WHERE k.source_table = '{table}' AND k.source_key NOT LIKE 'rowid:%'"
            );
            let counts = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
            let (of, there) = self.connection.query_row(&sql, [], counts)?;
            (known, found) = (known + of.unsigned_abs(), found + there.unsigned_abs());
        }
        Ok((known, found))
    }

    fn has_column(&self, table: &str, column: &str) -> rusqlite::Result<bool> {
        self.is_there("SELECT 1 FROM pragma_table_info(?1, 'main') WHERE name = ?2", params![table, column])
    }

    /// Takes a value for a row; false where another row has it.
    pub(crate) fn take(&self, what: Taken, value: &str) -> rusqlite::Result<bool> {
        Ok(self.run("INSERT OR IGNORE INTO work.taken VALUES (?1, ?2)", params![what as i64, value])? == 1)
    }

    /// Notes that a request is live; false where another one for the same report is.
    pub(crate) fn goes_live(&self, request: &str) -> rusqlite::Result<bool> {
        Ok(self.run("INSERT OR IGNORE INTO work.live VALUES (?1)", [request])? == 1)
    }
}
