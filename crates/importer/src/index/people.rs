//! Accounts and patients, by their old ids.

use entity::vocabulary::Role;
use entity::{Instant, Key};
use rusqlite::params;
use rusqlite::types::ValueRef;

use super::{Index, bytes, cell, instant, key, maybe_key, micros};

/// An account that is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Account {
    /// None: it was deleted here after an earlier import.
    pub(crate) key: Option<Key>,
    pub(crate) role: Role,
}

/// A patient whose row was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Patient {
    pub(crate) key: Key,
    pub(crate) name: String,
    pub(crate) created: Instant,
    /// Whether the patient is here; deleted ones stay away.
    pub(crate) alive: bool,
}

/// A patient as it is noted.
#[derive(Debug)]
pub(crate) struct Person<'a> {
    pub(crate) patient: &'a Patient,
    pub(crate) assigned: Option<Key>,
    /// Whether the old program showed the patient to that doctor.
    pub(crate) shown: bool,
    /// Whether this import brings the patient.
    pub(crate) fresh: bool,
}

impl Index<'_> {
    pub(crate) fn add_account(&self, id: ValueRef<'_>, account: Account) -> rusqlite::Result<()> {
        let role = account.role as i64;
        let sql = "INSERT OR REPLACE INTO work.accounts VALUES (?1, ?2, ?3)";
        self.run(sql, params![cell(id), account.key.map(bytes), role]).map(drop)
    }

    pub(crate) fn account(&self, id: ValueRef<'_>) -> rusqlite::Result<Option<Account>> {
        self.one("SELECT key, role FROM work.accounts WHERE id = ?1", params![cell(id)], |row| {
            let role = match row.get::<_, i64>(1)? {
                role if role == Role::Admin as i64 => Role::Admin,
                role if role == Role::Doctor as i64 => Role::Doctor,
                _ => Role::Patient,
            };
            Ok(Account { key: maybe_key(row, 0)?, role })
        })
    }

    /// How many accounts of patients are nobody's.
    pub(crate) fn accounts_without_record(&self) -> rusqlite::Result<u64> {
        let sql = "SELECT count(*) FROM work.accounts a WHERE a.role = ?1 AND NOT EXISTS (\
                   SELECT 1 FROM main.patients p JOIN work.patients w ON w.id = p.patient_id WHERE p.user_id = a.id)";
        let count = self.one(sql, params![Role::Patient as i64], |row| row.get::<_, i64>(0))?;
        Ok(count.unwrap_or_default().unsigned_abs())
    }

    pub(crate) fn add_patient(&self, id: ValueRef<'_>, person: &Person<'_>) -> rusqlite::Result<()> {
        let Person { patient, assigned, shown, fresh } = person;
        let Patient { key, name, created, alive } = patient;
        let assigned = assigned.map(bytes);
        let values = params![cell(id), bytes(*key), name, micros(*created), assigned, fresh, alive, shown];
        self.run("INSERT OR REPLACE INTO work.patients VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", values).map(drop)
    }

    pub(crate) fn patient(&self, id: ValueRef<'_>) -> rusqlite::Result<Option<Patient>> {
        let sql = "SELECT key, name, created, alive FROM work.patients WHERE id = ?1";
        self.one(sql, params![cell(id)], |row| {
            let (key, name, created) = (key(row, 0)?, row.get(1)?, instant(row.get(2)?));
            Ok(Patient { key, name, created, alive: row.get(3)? })
        })
    }

    /// Notes an id that cannot be anybody's.
    pub(crate) fn refuse(&self, id: ValueRef<'_>) -> rusqlite::Result<()> {
        self.run("INSERT OR IGNORE INTO work.refused VALUES (?1)", params![cell(id)]).map(drop)
    }

    pub(crate) fn is_refused(&self, id: ValueRef<'_>) -> rusqlite::Result<bool> {
        self.is_there("SELECT 1 FROM work.refused WHERE id = ?1", params![cell(id)])
    }

    /// Whether another patient's id is the same but for case and space; notes this one.
    pub(crate) fn folds(&self, id: &str) -> rusqlite::Result<bool> {
        Ok(self.run("INSERT OR IGNORE INTO work.folded VALUES (?1)", [id])? == 0)
    }

    /// Whether another patient has the same name and birth; notes this one.
    pub(crate) fn is_namesake(&self, name: &str, born: &str) -> rusqlite::Result<bool> {
        Ok(self.run("INSERT OR IGNORE INTO work.named VALUES (?1, ?2)", [name, born])? == 0)
    }
}
