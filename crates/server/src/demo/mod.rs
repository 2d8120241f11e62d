//! A synthetic clinic: believable people and records, none of them real.
//!
//! [`Clinic`] makes it and knows no database; [`load()`] writes it; [`state()`] says what a database holds. The same
//! seed, number of patients and calendar day make the same clinic, byte for byte, keys included. Every patient and doctor
//! has a stream of randomness of their own; the size of the clinic decides only when a patient registered (numbers are
//! given in order) and among which doctors theirs were chosen.

mod accounts;
mod calendar;
mod care;
mod cast;
mod dice;
mod imaging;
mod life;
mod load;
mod names;
mod notes;
mod people;
mod reports;
mod requests;
mod staff;
mod state;
mod texts;
mod visits;

pub use accounts::{DemoAccount, accounts};
pub use load::load;
pub use state::{DemoState, state};

use chrono::NaiveDate;
use chrono_tz::Tz;
use entity::{
    consultation_revisions, consultations, doctor_patient_assignments, medical_reports, mri_scans, patient_timeline,
    patients, predictions, report_predictions, report_status, sessions, users,
};

use calendar::Calendar;
use cast::Cast;
use dice::{Dice, Stream};
use life::Life;
use staff::Staff;

/// A clinic that could be, not yet in any database.
#[derive(Debug)]
pub struct Clinic {
    patients: u64,
    seed: u64,
    calendar: Calendar,
    staff: Staff,
    cast: Cast,
}

/// Everything that the clinic has about one patient. What the database makes itself, statistics and events of the
/// timeline, is not here.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the tables' rows, under the tables' names")]
pub struct Record {
    pub user: Option<users::Model>,
    pub patient: patients::Model,
    pub doctor_patient_assignments: Vec<doctor_patient_assignments::Model>,
    pub sessions: Vec<sessions::Model>,
    pub mri_scans: Vec<mri_scans::Model>,
    pub predictions: Vec<predictions::Model>,
    pub medical_reports: Vec<medical_reports::Model>,
    pub report_predictions: Vec<report_predictions::Model>,
    pub consultations: Vec<consultations::Model>,
    pub consultation_revisions: Vec<consultation_revisions::Model>,
    pub report_status: Vec<report_status::Model>,
    /// Hand-written notes.
    pub patient_timeline: Vec<patient_timeline::Model>,
}

impl Clinic {
    /// A clinic with so many patients, as it stands at the beginning of `today` in `zone`.
    pub fn new(patients: u64, seed: u64, today: NaiveDate, zone: Tz) -> Self {
        let calendar = Calendar::new(today, zone);
        let staff = Staff::new(patients, seed, &calendar);
        let mut clinic = Self { patients, seed, calendar, staff, cast: Cast::default() };
        clinic.cast = Cast::choose(&clinic);
        clinic.cast.name_doctors(&clinic.staff.doctors, &mut clinic.staff.users);
        clinic
    }

    /// How many patients it has.
    pub fn patients(&self) -> u64 {
        self.patients
    }

    /// The doctors, and the accounts that are not patients'.
    pub(crate) fn staff(&self) -> &Staff {
        &self.staff
    }

    /// The patients' records, in the order of their numbers.
    pub fn records(&self) -> impl Iterator<Item = Record> + '_ {
        (1..=self.patients).map(|number| self.record(number))
    }

    /// The record of the patient with this number, from 1 to the number of patients. Depends on no other patient.
    pub fn record(&self, number: u64) -> Record {
        let mut dice = Dice::new(self.seed, Stream::Patient(number));
        let life = Life::new(number, self.patients, &self.calendar, &mut dice);
        let mut writing = Writing { calendar: &self.calendar, staff: &self.staff, life, dice };
        let mut record = writing.person(number);
        writing.care(&mut record);
        writing.visits(&mut record);
        writing.imaging(&mut record);
        writing.reports(&mut record);
        writing.requests(&mut record);
        writing.notes(&mut record);
        self.cast.name_patient(self.seed, number, &mut record);
        record
    }
}

/// One patient's record being written; each part of it in a file of its own.
struct Writing<'a> {
    calendar: &'a Calendar,
    staff: &'a Staff,
    life: Life,
    dice: Dice,
}

#[cfg(test)]
mod tests;
