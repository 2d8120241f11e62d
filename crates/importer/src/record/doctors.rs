//! `doctors`, and the doctors of whom only an account tells.

use std::collections::{HashMap, HashSet};

use entity::vocabulary::Role;
use entity::{Key, doctors, fold, search_text};
use rusqlite::types::ValueRef;

use super::users::{NAMELESS, key_of};
use super::{Failure, Judging};
use crate::finding::Code;
use crate::index::Taken;
use crate::ledger::{Entry, Fate, fits};
use crate::source::{Row, Rows};
use crate::value::number::{cents, whole};
use crate::value::text::{exact, is_blank, is_bytes};

const PLACED: [&str; 9] = [
    "doctor_id",
    "user_id",
    "specialization",
    "license_number",
    "years_experience",
    "hospital_affiliation",
    "consultation_fee",
    "created_at",
    "updated_at",
];

/// Doctors by all that old rows call them. They are few: here memory grows with their number.
#[derive(Debug, Default)]
pub(super) struct Doctors {
    by_id: HashMap<String, Key>,
    by_account: HashMap<String, Key>,
    by_username: HashMap<String, Key>,
    left: HashSet<String>,
}

/// What a reference to a doctor says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// Nobody: NULL.
    Nobody,
    /// An empty text.
    Blank,
    /// A doctor, by the doctor's id.
    Doctor(Key),
    /// A doctor, by the account's id or user name.
    ByAccount(Key),
    /// Somebody who is not there.
    Stranger,
}

impl Named {
    pub(super) fn key(self) -> Option<Key> {
        match self {
            Self::Doctor(key) | Self::ByAccount(key) => Some(key),
            Self::Nobody | Self::Blank | Self::Stranger => None,
        }
    }
}

impl Doctors {
    /// Whom a cell names. A string may be the id of one doctor and of another's account: the doctor's id wins.
    pub(super) fn named(&self, cell: ValueRef<'_>) -> Named {
        if cell == ValueRef::Null {
            return Named::Nobody;
        }
        if is_blank(cell) {
            return Named::Blank;
        }
        let Some(name) = exact(cell) else { return Named::Stranger };
        if let Some(key) = self.by_id.get(name) {
            return Named::Doctor(*key);
        }
        let account = self.by_account.get(name).or_else(|| self.by_username.get(name));
        account.map_or(Named::Stranger, |key| Named::ByAccount(*key))
    }

    fn is_known(&self, account: &str) -> bool {
        self.by_account.contains_key(account) || self.left.contains(account)
    }

    /// A doctor who was deleted here does not come back by the account.
    fn leave(&mut self, account: Option<&str>) {
        self.left.extend(account.map(str::to_owned));
    }

    fn add(&mut self, id: Option<&str>, account: Option<&str>, username: Option<String>, key: Key) {
        if let Some(id) = id {
            self.by_id.insert(id.to_owned(), key);
        }
        if let Some(account) = account {
            self.by_account.insert(account.to_owned(), key);
        }
        if let Some(username) = username {
            self.by_username.insert(username, key);
        }
    }
}

impl Judging<'_> {
    pub(super) fn doctors(&mut self) -> Result<(), Failure> {
        self.each("doctors", |judging, row| judging.doctor(row))?;
        self.doctors_by_account()
    }

    fn doctor(&mut self, row: &Row<'_>) -> Result<(), Failure> {
        let (id, account) = (row.get("doctor_id"), row.get("user_id"));
        let Some((mut entry, earlier)) = self.enter("doctors", row, id)? else { return Ok(()) };
        if is_blank(id) {
            entry.find(Code::DoctorIdMissing);
        }
        let user = self.index.account(account)?;
        match user {
            None => entry.repair(Code::DoctorUserMissing, "user_id"),
            Some(user) if user.role != Role::Doctor => entry.repair(Code::DoctorUserNotDoctor, "user_id"),
            Some(_) => {}
        }
        let by = exact(if is_blank(id) { account } else { id });
        let username = if user.is_some() { self.of_account(account, "username")? } else { None };
        if let Some(earlier) = earlier {
            match earlier.key {
                Some(key) => self.doctors.add(by, exact(account), username, key),
                None => self.doctors.leave(exact(account)),
            }
            self.close(entry, Fate::Rebuilt, None);
            return Ok(());
        }
        let own = key_of(user, Role::Doctor);
        // The old system gave some doctors their id, or their row, only later: whoever has the account is the doctor.
        if let Some(key) = own.map(|account| self.index.doctor_here(account)).transpose()?.flatten() {
            self.doctors.add(by, exact(account), username, key);
            entry.find(Code::DoctorKnown);
            entry.keep_all(Code::DoctorKnown);
            self.close(entry, Fate::Merged(key), None);
            return Ok(());
        }
        let user_id = self.own_account(own)?;
        let doctor = self.profile(&mut entry, user_id)?;
        let key = doctor.doctor_id;
        self.doctors.add(by, exact(account), username, key);
        self.out.doctor(doctor);
        self.close(entry, Fate::Migrated(key), None);
        Ok(())
    }

    /// The account, where no other doctor has it.
    fn own_account(&self, account: Option<Key>) -> Result<Option<Key>, Failure> {
        let Some(key) = account else { return Ok(None) };
        Ok(self.index.take(Taken::DoctorsAccount, &key.to_string())?.then_some(key))
    }

    fn profile(&mut self, entry: &mut Entry<'_>, user_id: Option<Key>) -> Result<doctors::Model, Failure> {
        let row = entry.row;
        let account = row.get("user_id");
        let of_account = |judging: &Self, column| judging.of_account(account, column);
        let name = of_account(self, "name")?.unwrap_or_else(|| NAMELESS.to_owned());
        let name = entry.short("doctor_id", name);
        let license = self.license(entry, of_account(self, "license_number")?)?;
        let specialization = entry.words("specialization").or(of_account(self, "specialization")?);
        let fee = row.get("consultation_fee");
        let consultation_fee_cents = cents(fee);
        if fee != ValueRef::Null && consultation_fee_cents.is_none() {
            entry.repair(Code::DoctorFeeInvalid, "consultation_fee");
        }
        let years = row.get("years_experience");
        let years_experience = whole(years, 0, 100);
        if !is_blank(years) && years_experience.is_none() {
            entry.repair(Code::DoctorYearsInvalid, "years_experience");
        }
        let created = self.lesser_time(entry, "created_at");
        let updated = self.lesser_time(entry, "updated_at");
        let created_at = created.unwrap_or(self.terms.now);
        let (email, phone) = (self.email_of(account)?, of_account(self, "phone")?);
        let hospital_affiliation = entry.words("hospital_affiliation");
        entry.keep_others(&PLACED);
        Ok(doctors::Model {
            doctor_id: self.key(2, row.rowid(), created_at),
            user_id,
            name_folded: fold(&name),
            search_text: search_text(&name, license.as_deref(), email.as_deref()),
            name,
            specialization,
            license_number: license,
            years_experience,
            hospital_affiliation,
            consultation_fee_cents,
            email,
            phone,
            archived_at: None,
            created_at,
            updated_at: updated.unwrap_or(created_at).max(created_at),
            version: 1,
        })
    }

    fn license(&mut self, entry: &mut Entry<'_>, of_account: Option<String>) -> Result<Option<String>, Failure> {
        let Some(license) = entry.words("license_number").or(of_account) else { return Ok(None) };
        let license = entry.short("license_number", license);
        if self.index.take(Taken::License, &license)? {
            return Ok(Some(license));
        }
        entry.repair(Code::DoctorLicenseTaken, "license_number");
        Ok(None)
    }

    /// Accounts of doctors whom `doctors` does not know. They are called by the account's id.
    fn doctors_by_account(&mut self) -> Result<(), Failure> {
        let source = self.source;
        let Some(users) = source.schema().table("users") else { return Ok(()) };
        Rows::new(source.connection(), users)?.each(|row| self.doctor_by_account(row))?;
        Ok(self.out.flush()?)
    }

    fn doctor_by_account(&mut self, row: &Row<'_>) -> Result<(), Failure> {
        let id = row.get("id");
        let (Some(account), Some(name)) = (self.index.account(id)?, exact(id)) else { return Ok(()) };
        if account.role != Role::Doctor || is_bytes(id) || self.doctors.is_known(name) {
            return Ok(());
        }
        let username = self.of_account(id, "username")?;
        // Known in later imports as a row of its own.
        let mut entry = Entry::new("users.doctors", row, id);
        if let Some(earlier) = self.index.earlier("users.doctors", &entry.name())? {
            if let Some(key) = earlier.key {
                self.doctors.add(Some(name), Some(name), username, key);
            }
            return Ok(());
        }
        if let Some(key) = account.key.map(|account| self.index.doctor_here(account)).transpose()?.flatten() {
            self.doctors.add(Some(name), Some(name), username, key);
            return Ok(());
        }
        let user_id = self.own_account(account.key)?;
        let doctor = self.doctor_of(&mut entry, user_id)?;
        self.doctors.add(Some(name), Some(name), username, doctor.doctor_id);
        if self.source.schema().table("doctors").is_some() {
            self.ledger.count(Code::UserDoctorWithoutProfile);
        }
        self.made().doctors += 1;
        self.remember("users.doctors", entry.name(), doctor.doctor_id);
        self.out.doctor(doctor);
        Ok(())
    }

    fn doctor_of(&mut self, entry: &mut Entry<'_>, user_id: Option<Key>) -> Result<doctors::Model, Failure> {
        let row = entry.row;
        let name = entry.words("name").unwrap_or_else(|| NAMELESS.to_owned());
        let name = entry.short("name", name);
        let license_number = self.license(entry, None)?;
        let created_at = self.stamp(row.get("created_at")).instant().unwrap_or(self.terms.now);
        let email = entry.words("email").filter(|email| fits(email));
        Ok(doctors::Model {
            doctor_id: self.key(3, row.rowid(), created_at),
            user_id,
            name_folded: fold(&name),
            search_text: search_text(&name, license_number.as_deref(), email.as_deref()),
            name,
            specialization: entry.words("specialization"),
            license_number,
            years_experience: None,
            hospital_affiliation: None,
            consultation_fee_cents: None,
            email,
            phone: entry.words("phone"),
            archived_at: None,
            created_at,
            updated_at: created_at,
            version: 1,
        })
    }

    /// Notes under which name a row that no old row stands for is known in later imports.
    pub(super) fn remember(&mut self, table: &str, source_key: String, key: Key) {
        let source_table = table.to_owned();
        self.out.known(entity::import_rows::Model { source_table, source_key, row_key: Some(key), print: None });
    }
}
