//! One patient, from the registration on.

use chrono::{DateTime, Utc};

use super::people::{Doctor, FIRST, LAST};
use super::truth::Patient;
use super::{BEGIN, Dice, END, ENHANCED, Shape, between, cells, dice_of, local, utc, uuid};
use crate::support::legacy::Writer;

/// Which rows are written: a life is lived twice, alike, since all that happened before the five tables came must be
/// there before their triggers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Before,
    After,
}

/// One patient's life, while it is written.
pub(super) struct Life<'a, 'w> {
    pub(super) number: usize,
    pub(super) shape: &'a Shape,
    pub(super) doctors: &'a [Doctor],
    pub(super) dice: Dice,
    pub(super) rows: &'a mut Writer<'w>,
    phase: Phase,
    pub(super) registered: DateTime<Utc>,
    /// The account, where there is one.
    pub(super) account: Option<String>,
    /// The doctor that the patient's row names.
    pub(super) doctor: Option<&'a Doctor>,
    pub(super) truth: Patient,
}

impl<'a, 'w> Life<'a, 'w> {
    pub(super) fn of(
        number: usize,
        shape: &'a Shape,
        doctors: &'a [Doctor],
        phase: Phase,
        rows: &'a mut Writer<'w>,
    ) -> Self {
        let mut dice = dice_of(shape, number);
        let weeks = (END - BEGIN) * 2 / 3;
        let registered = between(&mut dice, BEGIN, BEGIN + weeks);
        let id = id(number, registered);
        let name = format!("{} {}", dice.pick(FIRST), dice.pick(LAST));
        let account = dice.chance(35).then(|| uuid(&mut dice));
        let doctor = dice.chance(70).then(|| dice.pick(doctors));
        let assigned_doctor = doctor.map(|doctor| doctor.id.clone());
        let truth = Patient { id, name, has_account: account.is_some(), assigned_doctor, ..Patient::default() };
        Self { number, shape, doctors, dice, rows, phase, registered, account, doctor, truth }
    }

    /// Writes it; answers what is true of it.
    pub(super) fn live(mut self) -> Patient {
        self.register();
        for number in 0..*self.dice.pick(&[0, 1, 1, 2, 3, 5]) {
            self.session(number);
        }
        self.assignments();
        for number in 0..*self.dice.pick(&[0, 0, 1, 2, 3, 5]) {
            self.consultation(number);
        }
        self.note();
        self.statistics();
        self.truth
    }

    /// Whether what happens then is written now.
    pub(super) fn writes(&self, at: DateTime<Utc>) -> bool {
        (at < ENHANCED) == (self.phase == Phase::Before)
    }

    /// Whether it is written now what was made of earlier rows when the five tables came.
    pub(super) fn writes_history(&self, at: DateTime<Utc>) -> bool {
        self.phase == Phase::Before && self.writes(at)
    }

    /// A key that nobody else has: eight hexadecimal digits.
    pub(super) fn digits(&self, number: usize) -> String {
        format!("{:05x}{number:03x}", self.number)
    }

    /// Whom sessions name as their user.
    pub(super) fn user(&self) -> String {
        self.account.clone().unwrap_or_else(|| format!("patient_{}", self.truth.id))
    }

    fn register(&mut self) {
        let (at, dice) = (self.registered, &mut self.dice);
        let age = 30 + dice.below(60) as i64;
        let gender = *dice.pick(&[None, Some("male"), Some("female"), Some("female"), Some("other")]);
        let day = 1 + dice.below(28);
        let born = dice.chance(25).then(|| format!("{}-07-{day:02}", 2025 - age));
        let history = *dice.pick(&[None, Some("Hypertension"), Some("Diabetes; β-blocker")]);
        let allergies = *dice.pick(&[None, Some("penicillin"), Some("NKDA")]);
        if !self.writes(at) {
            return;
        }
        let (id, name) = (&self.truth.id, &self.truth.name);
        if let Some(account) = &self.account {
            let row = cells![
                id: account, username: id, name: name, role: "patient", age: age, gender: gender,
                created_at: local(at), updated_at: utc(at)
            ];
            self.rows.insert("users", &row);
        }
        let row = cells![
            patient_id: id, user_id: self.account.clone(), name: name, age: age, gender: gender, date_of_birth: born,
            medical_history: history, emergency_contact_name: "Kin", emergency_contact_phone: "+91 98",
            assigned_doctor_id: self.truth.assigned_doctor.clone(), allergies: allergies, created_at: local(at),
            updated_at: if self.account.is_some() { utc(at) } else { local(at) }
        ];
        self.rows.insert("patients", &row);
    }

    /// What the old system thought of the figures: a visit for whoever never came, and nothing of scans.
    fn statistics(&mut self) {
        if self.writes_history(self.registered) {
            let now = local(self.registered);
            let row = cells![
                patient_id: &self.truth.id, first_visit_date: &now, last_visit_date: &now, has_parkinsons: false,
                last_updated: utc(ENHANCED)
            ];
            self.rows.insert("patient_statistics", &row);
        }
    }
}

fn id(number: usize, registered: DateTime<Utc>) -> String {
    let day = &local(registered)[..10].replace('-', "");
    match number % 6 {
        0 => format!("PAT{:05}", 400 + number),
        1 => format!("PAT_{number:08X}"),
        2 => format!("P{day}_{number:08X}"),
        3 => format!("PT_{day}_{number:08X}"),
        4 => format!("patient_{number:08x}"),
        _ => format!("Ward {}/{number}", ["A", "ä"][number / 6 % 2]),
    }
}
