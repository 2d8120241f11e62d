//! What the target has already, from earlier imports and of its own.

use entity::Key;
use entity::vocabulary::AssignmentType;
use rusqlite::params;

use super::open::word;
use super::{Index, bytes, maybe_key};

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
}

impl Index<'_> {
    /// Notes a row of `import_rows`. `alive` says whether the row that it names is still there.
    ///
    /// # Errors
    /// When the index cannot be written.
    pub fn add_known(&mut self, table: &str, source: &str, row: Option<Key>, alive: bool) -> rusqlite::Result<()> {
        self.follows = true;
        let sql = "INSERT OR REPLACE INTO work.known VALUES (?1, ?2, ?3, ?4)";
        self.run(sql, params![table, source, row.map(bytes), alive]).map(drop)
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
        let sql = "SELECT row_key, alive FROM work.known WHERE source_table = ?1 AND source_key = ?2";
        self.one(sql, params![table, source], |row| {
            let alive: bool = row.get(1)?;
            Ok(Earlier { key: maybe_key(row, 0)?.filter(|_| alive) })
        })
    }

    /// Of how many accounts and patients earlier imports know, and how many of them the file has.
    ///
    /// # Errors
    /// When the index or the file cannot be read.
    pub fn overlap(&self) -> rusqlite::Result<(u64, u64)> {
        let (mut known, mut found) = (0, 0);
        for (table, id) in [("users", "id"), ("patients", "patient_id"), ("patients", "id")] {
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
