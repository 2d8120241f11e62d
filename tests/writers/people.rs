//! Whom the writers write about, and what: the same for clients and for plain SQL.

use serde_json::json;

use crate::support::dice::Dice;
use crate::support::factory::Factory;

const PATIENTS: usize = 60;
const DOCTORS: usize = 12;

/// How many scans one bulk insert has.
pub const BULK: u64 = 20;

/// Few enough that writers meet.
pub struct People {
    /// Keys of patients.
    pub patients: Vec<String>,
    /// Keys of doctors.
    pub doctors: Vec<String>,
    /// The key of one prediction of each patient.
    pub predictions: Vec<String>,
}

impl People {
    /// Enters them.
    pub async fn enter(factory: &Factory) -> Self {
        let mut people = Self { patients: vec![], doctors: vec![], predictions: vec![] };
        for number in 0..PATIENTS {
            let patient = factory.patient(&format!("A-{number}"), json!({})).await;
            people.predictions.push(factory.of_patient("predictions", &patient, json!({})).await);
            people.patients.push(patient);
        }
        for number in 0..DOCTORS {
            people.doctors.push(factory.doctor(&format!("Doctor {number}"), json!({})).await);
        }
        people
    }
}

/// One thing to write.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// A patient is registered.
    Register,
    /// A visit is recorded that took place.
    Record,
    /// A visit is booked.
    Book,
    /// A booked visit took place.
    Complete,
    /// A scan.
    Scan,
    /// Many scans at once.
    Scans,
    /// A prediction.
    Predict,
    /// A note.
    Note,
    /// A patient's address.
    Update,
    /// A report is written, released and amended.
    Report,
}

impl Step {
    /// What comes next.
    pub fn next(dice: &mut Dice) -> Self {
        match dice.below(100) {
            0..=13 => Self::Register,
            14..=38 => Self::Record,
            39..=50 => Self::Book,
            51..=60 => Self::Complete,
            61..=70 => Self::Scan,
            71..=72 => Self::Scans,
            73..=80 => Self::Predict,
            81..=89 => Self::Note,
            90..=96 => Self::Update,
            _ => Self::Report,
        }
    }
}

/// A random minute in one of ten years.
pub fn minute(dice: &mut Dice, from_year: usize) -> String {
    let (year, month, day) = (from_year + dice.below(10), 1 + dice.below(12), 1 + dice.below(28));
    format!("{year}-{month:02}-{day:02}T{:02}:{:02}:00.000000Z", dice.below(24), dice.below(60))
}
