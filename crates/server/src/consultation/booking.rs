//! When two booked visits meet: whom they keep busy, and how that is answered.

use std::ops::Range;

use chrono::{DateTime, TimeDelta, Utc};
use entity::vocabulary::ConsultationStatus;
use entity::{Instant, Key, consultations};

use crate::input::bulk::Written;
use crate::input::{Checks, UserError, UserErrorCode};

/// How long a booked visit takes that does not say it.
const USUAL: TimeDelta = TimeDelta::minutes(30);
/// The longest visit, in minutes.
pub(super) const LONGEST: i32 = 24 * 60;

/// The time that a booked visit takes of its doctor and its patient.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    /// The visit.
    pub visit: Key,
    pub patient: Key,
    pub doctor: Key,
    time: Range<DateTime<Utc>>,
}

impl Slot {
    /// The time of a visit that begins at `date` and takes so many minutes.
    pub fn new(visit: Key, patient: Key, doctor: Key, date: Instant, minutes: Option<i64>) -> Self {
        let from = date.utc();
        let length = minutes.map_or(USUAL, |minutes| TimeDelta::minutes(minutes.clamp(1, LONGEST.into())));
        Self { visit, patient, doctor, time: from..from + length }
    }

    /// The time of a visit, if it is booked.
    pub fn of(visit: &consultations::Model) -> Option<Self> {
        (visit.status == ConsultationStatus::Scheduled).then(|| {
            let (date, minutes) = (visit.consultation_date, visit.duration_minutes);
            Self::new(visit.id, visit.patient_id, visit.doctor_id, date, minutes)
        })
    }

    /// When a visit must begin to meet this one: no visit is longer than the longest.
    pub fn reach(&self) -> Range<Instant> {
        let earliest = self.time.start - TimeDelta::minutes(LONGEST.into());
        Instant::new(earliest)..Instant::new(self.time.end)
    }

    /// Whom this visit and another keep busy at the same time: nobody if they are the same.
    fn meets(&self, other: &Self) -> impl Iterator<Item = Busy> + use<> {
        let meet = self.visit != other.visit && self.time.start < other.time.end && other.time.start < self.time.end;
        let doctor = (meet && self.doctor == other.doctor).then_some(Busy::Doctor);
        doctor.into_iter().chain((meet && self.patient == other.patient).then_some(Busy::Patient))
    }
}

/// Who has two visits at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Busy {
    /// The doctor.
    Doctor,
    /// The patient.
    Patient,
}

/// That a booking meets another visit.
#[derive(Debug, Clone)]
pub struct Clash {
    /// Who is busy.
    pub busy: Busy,
    /// The field of the input that it is about.
    pub path: Vec<String>,
    /// The other visit.
    pub with: Key,
}

/// What was booked or recorded, and what was met with.
#[derive(Debug)]
pub struct Booked {
    /// The visits.
    pub written: Written,
    /// The assignments that were opened with them.
    pub opened: Vec<Key>,
    /// The visits at the same times.
    pub clashes: Vec<Clash>,
}

/// Finds the visits that a slot meets among those that are booked. Meeting one is a problem unless it is `allowed`.
pub(super) fn clashes<'a>(
    checks: &mut Checks,
    slot: &Slot,
    booked: impl IntoIterator<Item = &'a Slot>,
    allowed: bool,
) -> Vec<Clash> {
    let with = |other: &'a Slot| slot.meets(other).map(move |busy| (busy, other.visit));
    let clashes: Vec<_> = booked
        .into_iter()
        .flat_map(with)
        .map(|(busy, with)| Clash { busy, path: checks.path(&["date"]), with })
        .collect();
    if !clashes.is_empty() && !allowed {
        let message = "The doctor or the patient has another visit at that time (see `warnings`). \
                       Choose another time, or repeat it with allowDoubleBooking: true.";
        checks.problem(UserError::at(&["date"], UserErrorCode::DoubleBooked, message));
    }
    clashes
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn slot(visit: u128, patient: u128, doctor: u128, date: &str, minutes: Option<i64>) -> Slot {
        let key = |number| Key(Uuid::from_u128(number));
        let date = format!("2026-03-01T{date}:00.000000Z").parse().unwrap();
        Slot::new(key(visit), key(patient), key(doctor), date, minutes)
    }

    #[test]
    fn visits_meet_where_their_times_do() {
        let busy = |a: &Slot, b: &Slot| a.meets(b).collect::<Vec<_>>();
        let nine = slot(1, 1, 1, "09:00", None);
        assert_eq!(busy(&nine, &slot(2, 2, 1, "09:29", Some(1))), [Busy::Doctor]);
        assert_eq!(busy(&nine, &slot(2, 1, 2, "08:00", Some(61))), [Busy::Patient]);
        assert_eq!(busy(&nine, &slot(2, 1, 1, "09:00", None)), [Busy::Doctor, Busy::Patient]);
        assert_eq!(busy(&nine, &slot(2, 1, 1, "09:30", None)), [], "one ends as the other begins");
        assert_eq!(busy(&nine, &slot(2, 2, 2, "09:00", None)), []);
        assert_eq!(busy(&nine, &slot(1, 1, 1, "09:10", None)), [], "a visit does not meet itself");
    }

    #[test]
    fn no_visit_that_meets_is_out_of_reach() {
        let nine = slot(1, 1, 1, "09:00", Some(10));
        let reach = nine.reach();
        let whole_day = slot(2, 1, 1, "09:09", Some(LONGEST.into()));
        assert!(reach.contains(&Instant::new(whole_day.time.start)));
        assert!(reach.contains(&Instant::new(nine.time.start - TimeDelta::minutes(24 * 60))));
        assert!(!reach.contains(&Instant::new(nine.time.end)));
    }
}
