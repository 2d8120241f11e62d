//! The patients themselves.

use chrono::Days;
use entity::vocabulary::{Gender, Role};
use entity::{Day, Instant, fold, patients, search_text, users};

use super::life::End;
use super::names::{mailbox, name};
use super::{Record, Writing, texts};

impl Writing<'_> {
    /// The patient, with a record that is still empty.
    pub(super) fn person(&mut self, number: u64) -> Record {
        let gender = self.dice.weighted(&[
            (460, Gender::Female),
            (520, Gender::Male),
            (10, Gender::Other),
            (10, Gender::Unknown),
        ]);
        let name = name(&mut self.dice, gender);
        let registered = self.calendar.moment(self.life.registered, &mut self.dice);
        let updated =
            self.calendar.moment(self.dice.between(self.life.ended.max(1), self.life.registered), &mut self.dice);
        let ended = (!self.life.goes_on()).then(|| self.calendar.at(self.life.ended, 18 * 60));
        let email = self.dice.chance(70).then(|| format!("{}{number}@example.org", mailbox(&name)));
        let user = self.account(&name, email.as_deref(), number, registered);
        let relative = texts::family_name(&name);
        let carer = self.dice.pick(texts::CARERS);
        let mrn = format!("PG-{number:06}");
        let patient = patients::Model {
            patient_id: self.dice.key(registered),
            user_id: user.as_ref().map(|user| user.id),
            name_folded: fold(&name),
            search_text: search_text(&name, Some(&mrn), email.as_deref()),
            mrn,
            gender,
            date_of_birth: self.birth(),
            dob_estimated: self.dice.chance(2),
            date_of_death: (self.life.end == End::Died).then(|| Day(self.calendar.day(self.life.ended))),
            phone: self.dice.chance(95).then(|| self.phone()),
            email,
            address: self.dice.chance(96).then(|| self.address()),
            medical_history: self.dice.chance(70).then(|| self.dice.pick(texts::HISTORIES).to_owned()),
            allergies: self.dice.chance(45).then(|| self.dice.pick(texts::ALLERGIES).to_owned()),
            current_medications: self.dice.chance(80).then(|| self.medication()),
            emergency_contact_name: self.dice.chance(75).then(|| format!("{carer} {relative}").trim_end().to_owned()),
            emergency_contact_phone: self.dice.chance(75).then(|| self.phone()),
            insurance_info: self.dice.chance(88).then(|| {
                format!("{}, no. {}", self.dice.pick(texts::INSURERS), self.dice.between(10_000_000, 99_999_999))
            }),
            archived_at: ended.filter(|_| self.life.end == End::Archived),
            created_at: registered,
            updated_at: ended.filter(|_| self.life.end != End::Lapsed).unwrap_or(updated.max(registered)),
            version: if self.life.goes_on() { self.dice.between(1, 4) } else { self.dice.between(2, 5) },
            name,
        };
        Record {
            user,
            patient,
            doctor_patient_assignments: Vec::new(),
            sessions: Vec::new(),
            mri_scans: Vec::new(),
            predictions: Vec::new(),
            medical_reports: Vec::new(),
            report_predictions: Vec::new(),
            consultations: Vec::new(),
            consultation_revisions: Vec::new(),
            report_status: Vec::new(),
            patient_timeline: Vec::new(),
        }
    }

    /// A few patients have an account.
    fn account(&mut self, name: &str, email: Option<&str>, number: u64, since: Instant) -> Option<users::Model> {
        if !self.dice.chance(4) {
            return None;
        }
        Some(users::Model {
            id: self.dice.key(since),
            username: format!("pg-{number:06}"),
            email: email.map(str::to_owned),
            password_hash: None,
            name: name.to_owned(),
            role: Role::Patient,
            is_active: self.life.goes_on(),
            last_login: None,
            created_at: since,
            updated_at: since,
            version: 1,
        })
    }

    /// Most patients are old: the sum of three throws leans to the middle seventies.
    fn birth(&mut self) -> Option<Day> {
        if self.dice.chance(1) {
            return None;
        }
        let days = if self.dice.chance(6) {
            self.dice.between(34 * 365, 52 * 365)
        } else {
            (0..3).map(|_| self.dice.between(6_400, 11_200)).sum()
        };
        let registered = self.calendar.day(self.life.registered);
        registered.checked_sub_days(Days::new(days.unsigned_abs())).map(Day)
    }

    /// From the numbers that are kept free for stories.
    fn phone(&mut self) -> String {
        if self.dice.chance(60) {
            format!("+44 1632 960{:03}", self.dice.between(0, 999))
        } else {
            format!("+1 {} 555 01{:02}", self.dice.pick(&["202", "312", "415", "617"]), self.dice.between(0, 99))
        }
    }

    fn address(&mut self) -> String {
        let (street, town) = (self.dice.pick(texts::STREETS), self.dice.pick(texts::TOWNS));
        format!("{} {street}, {town}", self.dice.between(1, 180))
    }

    fn medication(&mut self) -> String {
        let stage = self.life.stage(self.life.ended);
        let mut list = vec![self.dice.pick(texts::prescriptions(stage))];
        if self.dice.chance(60) {
            list.push(self.dice.pick(texts::OTHER_MEDICATION));
        }
        list.join("; ")
    }
}
