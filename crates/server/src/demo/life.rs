//! What becomes of a patient: when they come, how the disease goes, how it ends.

use super::calendar::{Calendar, HISTORY};
use super::dice::Dice;

/// A patient's life with the clinic. Days are counted backwards from today.
#[derive(Debug, Clone, Copy)]
pub(super) struct Life {
    /// When the patient registered, a working day; at least 1.
    pub registered: i64,
    /// When care ended, 0 while it goes on; never more than `registered`.
    pub ended: i64,
    pub end: End,
    pub course: Course,
}

/// Why care ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// It goes on.
    None,
    /// The patient stopped coming.
    Lapsed,
    /// The patient was archived.
    Archived,
    /// The patient died.
    Died,
}

/// How the disease goes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Course {
    /// Another disease, or none.
    Other,
    /// Parkinson's disease: hundredths of a stage at registration, and how many a year adds.
    Parkinson { start: i64, yearly: i64 },
}

impl Life {
    pub(super) fn new(number: u64, patients: u64, calendar: &Calendar, dice: &mut Dice) -> Self {
        // Numbers are given in order: the first patient came six years ago, the last one lately.
        let place = u128::from(number.saturating_sub(1)) * (HISTORY - 2) as u128 / u128::from(patients.max(1));
        let registered = calendar.working_day((HISTORY - place as i64 - dice.between(0, 3)).max(1));
        let course = if dice.chance(78) {
            let start = dice.weighted(&[(45, 100), (30, 170), (17, 240), (8, 320)]) + dice.between(0, 70);
            Course::Parkinson { start, yearly: dice.between(8, 60) }
        } else {
            Course::Other
        };
        let end = dice.weighted(&[(795, End::None), (145, End::Lapsed), (25, End::Archived), (35, End::Died)]);
        let stayed = dice.between(90, HISTORY);
        let (end, ended) =
            if end == End::None || stayed >= registered { (End::None, 0) } else { (end, registered - stayed) };
        Self { registered, ended, end, course }
    }

    /// Whether the patient is still in care.
    pub(super) fn goes_on(&self) -> bool {
        self.end == End::None
    }

    /// The stage of Parkinson's disease, 1 to 5, on a day; it never goes back.
    pub(super) fn stage(&self, ago: i64) -> Option<i64> {
        match self.course {
            Course::Other => None,
            Course::Parkinson { start, yearly } => {
                Some(((start + yearly * (self.registered - ago) / 365) / 100).clamp(1, 5))
            }
        }
    }
}
