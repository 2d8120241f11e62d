//! `patients`: each keeps the old id as record number.

use entity::vocabulary::{Gender, Role};
use entity::{Day, Instant, Key, fold, patients, search_text};
use rusqlite::types::ValueRef;
use unicode_normalization::UnicodeNormalization;

use super::doctors::Named;
use super::owner::unknown_time;
use super::stubs::STUBS;
use super::users::{NAMELESS, key_of};
use super::{Failure, Judging};
use crate::finding::Code;
use crate::index::{Patient, Person, Taken};
use crate::ledger::{Entry, Fate, source_key};
use crate::source::Row;
use crate::value::number::{number, whole};
use crate::value::text::{exact, is_blank, text};
use crate::value::time::{born, day};
use crate::value::word;

const PLACED: [&str; 17] = [
    "patient_id",
    "id",
    "user_id",
    "name",
    "age",
    "gender",
    "date_of_birth",
    "medical_history",
    "emergency_contact_name",
    "emergency_contact_phone",
    "assigned_doctor_id",
    "assigned_doctor",
    "insurance_info",
    "allergies",
    "current_medications",
    "created_at",
    "updated_at",
];

impl Judging<'_> {
    pub(super) fn patients(&mut self) -> Result<(), Failure> {
        self.each("patients", |judging, row| judging.patient(row))?;
        if self.source.schema().has("patients", "user_id") {
            let without = self.index.accounts_without_record()?;
            (0..without).for_each(|_| self.ledger.count(Code::UserPatientWithoutRecord));
        }
        Ok(())
    }

    fn patient(&mut self, row: &Row<'_>) -> Result<(), Failure> {
        let id = row.get(if row.has("patient_id") { "patient_id" } else { "id" });
        let Some((mut entry, earlier)) = self.enter("patients", row, id)? else { return Ok(()) };
        let refused = if is_blank(id) {
            Some(Code::PatientIdMissing)
        } else if source_key(id).is_none() {
            self.index.refuse(id)?;
            Some(Code::PatientIdNotText)
        } else {
            None
        };
        if let Some(code) = refused {
            entry.find(code);
            self.close(entry, Fate::Quarantined(code), None);
            return Ok(());
        }
        // Rows that an earlier import made of what sessions say stand for the patient.
        let stub = if entry.earlier { None } else { self.index.earlier(STUBS, &entry.name())? };
        let earlier = stub.or(earlier);
        let gone = earlier.is_some_and(|earlier| earlier.key.is_none());
        let known = entry.earlier;
        entry.earlier = earlier.is_some();
        let person = self.person(&mut entry, id)?;
        entry.earlier = known;
        let (assigned, by_account) = self.assigned(&mut entry);
        let is_unknown = self.stamp(row.get("created_at")).instant().is_none();
        let patient = Patient {
            key: earlier.and_then(|earlier| earlier.key).unwrap_or(person.patient_id),
            name: person.name.clone(),
            created: if is_unknown { unknown_time() } else { person.created_at },
            alive: !gone,
        };
        let shown = !by_account;
        self.index.add_patient(id, &Person { patient: &patient, assigned, shown, fresh: !known && !gone })?;
        if let Some(doctor) = assigned {
            self.index.assign(patient.key, doctor)?;
        }
        if stub.is_some() && gone {
            entry.find(Code::PatientGone);
            self.close(entry, Fate::Quarantined(Code::PatientGone), None);
            return Ok(());
        }
        if stub.is_some() {
            entry.find(Code::PatientWasStub);
            entry.keep_all(Code::PatientWasStub);
            self.close(entry, Fate::Merged(patient.key), Some(patient.key));
            return Ok(());
        }
        if !known {
            self.out.patient(person);
        }
        self.close(entry, Fate::Migrated(patient.key), Some(patient.key));
        Ok(())
    }

    fn person(&mut self, entry: &mut Entry<'_>, id: ValueRef<'_>) -> Result<patients::Model, Failure> {
        let row = entry.row;
        let name = name(entry);
        let name = entry.short("name", name);
        let created = self.time(entry, "created_at", Code::PatientDateUnparseable);
        let updated = self.time(entry, "updated_at", Code::PatientDateUnparseable);
        let created_at = created.unwrap_or(self.terms.now);
        let account = row.get("user_id");
        let gender = gender(entry);
        let age = age(entry);
        let birth = self.birth(entry);
        self.duplicates(entry, id, birth)?;
        let (date_of_birth, dob_estimated) = match (birth, age) {
            (Some(day), _) => (Some(day), false),
            (None, age) => {
                let guessed = age.and_then(|age| born(created_at.utc().date_naive(), age)).map(Day);
                (guessed, guessed.is_some())
            }
        };
        let user_id = self.patients_account(entry, account)?;
        let of_account = |column| self.of_account(account, column);
        let (email, phone, address) = (self.email_of(account)?, of_account("phone")?, of_account("address")?);
        let mrn = self.mrn(entry, id)?;
        let mut text = |column| entry.text_or(column, Code::PatientTextHasNul, Code::TextCleaned);
        let mut said = |column| text(column).filter(|text| !text.trim().is_empty());
        let person = patients::Model {
            patient_id: self.key(4, row.rowid(), created_at),
            user_id,
            name_folded: fold(&name),
            search_text: search_text(&name, Some(&mrn), email.as_deref()),
            mrn,
            name,
            gender,
            date_of_birth,
            dob_estimated,
            date_of_death: None,
            phone,
            email,
            address,
            medical_history: said("medical_history"),
            allergies: said("allergies"),
            current_medications: said("current_medications"),
            emergency_contact_name: said("emergency_contact_name"),
            emergency_contact_phone: said("emergency_contact_phone"),
            insurance_info: said("insurance_info"),
            archived_at: None,
            created_at,
            updated_at: updated.unwrap_or(created_at).max(created_at),
            version: 1,
        };
        entry.keep_others(&PLACED);
        Ok(person)
    }

    /// The old id, where no other patient here has it.
    fn mrn(&mut self, entry: &mut Entry<'_>, id: ValueRef<'_>) -> Result<String, Failure> {
        let column = if entry.row.has("patient_id") { "patient_id" } else { "id" };
        let mut mrn = entry.short(column, text(id).0.unwrap_or_default());
        if entry.earlier || self.index.take(Taken::Mrn, &mrn)? {
            return Ok(mrn);
        }
        entry.find(Code::PatientMrnTaken);
        while !self.index.take(Taken::Mrn, &mrn)? {
            mrn.push_str("-old");
        }
        Ok(mrn)
    }

    fn birth(&self, entry: &mut Entry<'_>) -> Option<Day> {
        let cell = entry.row.get("date_of_birth");
        if is_blank(cell) {
            return None;
        }
        let readable = crate::value::time::stamp(cell, self.terms.offset).instant();
        let Some(day) = readable.and(day(cell)) else {
            entry.repair(Code::PatientDobUnparseable, "date_of_birth");
            return None;
        };
        if day > self.terms.now.utc().date_naive() {
            entry.repair(Code::PatientDobInFuture, "date_of_birth");
            return None;
        }
        Some(Day(day))
    }

    /// The account, where it is a patient's and nobody else's.
    fn patients_account(&self, entry: &mut Entry<'_>, account: ValueRef<'_>) -> Result<Option<Key>, Failure> {
        if account == ValueRef::Null {
            return Ok(None);
        }
        let Some(user) = self.index.account(account)? else {
            entry.repair(Code::PatientUserDangling, "user_id");
            return Ok(None);
        };
        if entry.earlier {
            return Ok(None);
        }
        if let Some(key) = key_of(Some(user), Role::Patient)
            && self.index.take(Taken::PatientsAccount, &key.to_string())?
        {
            return Ok(Some(key));
        }
        entry.repair(Code::PatientUserNotPatient, "user_id");
        Ok(None)
    }

    /// The doctor whom the patient names, and whether by the account: then the old program did not show the patient.
    fn assigned(&self, entry: &mut Entry<'_>) -> (Option<Key>, bool) {
        let column = if entry.row.has("assigned_doctor_id") { "assigned_doctor_id" } else { "assigned_doctor" };
        let named = self.doctors.named(entry.row.get(column));
        match named {
            Named::ByAccount(_) => entry.repair(Code::PatientAssignedDoctorMapped, column),
            Named::Blank | Named::Stranger => entry.repair(Code::PatientAssignedDoctorDangling, column),
            Named::Nobody | Named::Doctor(_) => {}
        }
        let by_account = matches!(named, Named::ByAccount(_)) && entry.row.has("assigned_doctor_id");
        (named.key(), by_account)
    }

    /// People never decide by names who is who; they may want to look.
    fn duplicates(&self, entry: &mut Entry<'_>, id: ValueRef<'_>, birth: Option<Day>) -> Result<(), Failure> {
        let same_id = match exact(id) {
            Some(id) => self.index.folds(&casefold(id.trim()))?,
            None => false,
        };
        let name = exact(entry.row.get("name")).filter(|name| !name.trim().is_empty());
        let mut namesake = false;
        if let (Some(name), Some(birth)) = (name, birth) {
            let name = casefold(&name.nfc().collect::<String>());
            let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
            namesake = self.index.is_namesake(&name, &birth.to_string())?;
        }
        if same_id || namesake {
            entry.find(Code::PatientPossibleDuplicate);
        }
        Ok(())
    }

    /// The patient's row of a patient of whom only sessions tell.
    pub(super) fn stub(&self, rowid: i64, mrn: String, name: Option<String>, created_at: Instant) -> patients::Model {
        let name = name.unwrap_or_else(|| NAMELESS.to_owned());
        patients::Model {
            patient_id: self.key(5, rowid, created_at),
            user_id: None,
            name_folded: fold(&name),
            search_text: search_text(&name, Some(&mrn), None),
            mrn,
            name,
            gender: Gender::Unknown,
            date_of_birth: None,
            dob_estimated: false,
            date_of_death: None,
            phone: None,
            email: None,
            address: None,
            medical_history: None,
            allergies: None,
            current_medications: None,
            emergency_contact_name: None,
            emergency_contact_phone: None,
            insurance_info: None,
            archived_at: None,
            created_at,
            updated_at: created_at,
            version: 1,
        }
    }
}

/// Lower case, and what of it is two letters.
fn casefold(text: &str) -> String {
    text.to_lowercase().replace('ß', "ss")
}

fn name(entry: &mut Entry<'_>) -> String {
    let cell = entry.row.get("name");
    if is_blank(cell) {
        entry.find(Code::PatientNameBlank);
        return NAMELESS.to_owned();
    }
    let name = entry.text_or("name", Code::PatientTextHasNul, Code::PatientNameNotUtf8);
    name.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| NAMELESS.to_owned())
}

fn gender(entry: &mut Entry<'_>) -> Gender {
    let cell = entry.row.get("gender");
    if is_blank(cell) {
        return Gender::Unknown;
    }
    let written = exact(cell).unwrap_or_default();
    match word::gender(written) {
        None => {
            entry.repair(Code::PatientGenderUnknown, "gender");
            Gender::Unknown
        }
        Some(gender) => {
            if !["male", "female", "other"].contains(&written) {
                entry.repair(Code::PatientGenderNormalised, "gender");
            }
            gender
        }
    }
}

fn age(entry: &mut Entry<'_>) -> Option<i64> {
    let cell = entry.row.get("age");
    if cell == ValueRef::Null {
        return None;
    }
    let age = number(cell).filter(|age| (0.0..=130.0).contains(age)).and_then(|_| whole(cell, 0, 130));
    if age.is_none() {
        entry.repair(Code::PatientAgeInvalid, "age");
    }
    age
}
