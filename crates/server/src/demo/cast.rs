//! Who can sign in to a demo: the administrator, two doctors, two of their patients, and a program. Chosen so that each
//! of them has something to see, and the two doctors and patients not the same.

use std::cmp::Reverse;

use entity::vocabulary::{ConsultationStatus, ReportStatus, Role};
use entity::{Key, users};

use super::dice::{Dice, Stream};
use super::staff::{ADMIN, AGENT, account};
use super::{Clinic, Record};

const DOCTORS: [&str; 2] = ["demo-doctor-1", "demo-doctor-2"];
const PATIENTS: [&str; 2] = ["demo-patient-1", "demo-patient-2"];

/// The names that they sign in by, in the order in which they are shown.
pub(super) const USERNAMES: [&str; 6] = [ADMIN, DOCTORS[0], DOCTORS[1], PATIENTS[0], PATIENTS[1], AGENT];

/// So many patients are looked at to choose from.
const LOOKED_AT: u64 = 60;

/// Which doctors and patients can sign in.
#[derive(Debug, Default)]
pub(super) struct Cast {
    doctors: Vec<Key>,
    /// Their numbers.
    patients: Vec<u64>,
}

struct Candidate {
    number: u64,
    doctors: Vec<Key>,
    richness: (usize, usize),
}

impl Cast {
    /// Chooses among the first patients of a clinic that has no cast yet.
    pub(super) fn choose(clinic: &Clinic) -> Self {
        let mut candidates: Vec<_> = (1..=clinic.patients.min(LOOKED_AT))
            .filter_map(|number| Candidate::of(number, &clinic.record(number)))
            .collect();
        candidates.sort_by_key(|candidate| Reverse(candidate.richness));
        let everybody = || clinic.staff.doctors.iter().map(|doctor| doctor.doctor_id);
        let Some(first) = candidates.first() else {
            return Self { doctors: everybody().take(2).collect(), patients: Vec::new() };
        };
        let doctor = first.doctors[0];
        // Of the second patient the first doctor knows nothing, and the other way round.
        let pairs = candidates.iter().skip(1).filter(|candidate| !candidate.doctors.contains(&doctor));
        let pair = pairs.into_iter().find_map(|candidate| {
            let other = candidate.doctors.iter().find(|other| !first.doctors.contains(other))?;
            Some((*other, candidate.number))
        });
        let other = pair.map(|(other, _)| other).or_else(|| everybody().find(|other| *other != doctor));
        let second = pair.map(|(_, number)| number).or(candidates.get(1).map(|candidate| candidate.number));
        Self {
            doctors: [Some(doctor), other].into_iter().flatten().collect(),
            patients: [Some(first.number), second].into_iter().flatten().collect(),
        }
    }

    /// Gives the chosen doctors' accounts their names.
    pub(super) fn name_doctors(&self, doctors: &[entity::doctors::Model], users: &mut [users::Model]) {
        for (doctor, username) in self.doctors.iter().zip(DOCTORS) {
            let user = doctors.iter().find(|row| row.doctor_id == *doctor).and_then(|row| row.user_id);
            if let Some(user) = users.iter_mut().find(|row| Some(row.id) == user) {
                user.username = username.to_owned();
            }
        }
    }

    /// Gives a chosen patient an account, or its name to the one that is there.
    pub(super) fn name_patient(&self, seed: u64, number: u64, record: &mut Record) {
        let Some(username) = self.patients.iter().zip(PATIENTS).find(|(chosen, _)| **chosen == number) else { return };
        let patient = &mut record.patient;
        let mut dice = Dice::new(seed, Stream::Account(number));
        let mut user = record
            .user
            .take()
            .unwrap_or_else(|| account(&mut dice, username.1, &patient.name, Role::Patient, patient.created_at));
        user.username = username.1.to_owned();
        patient.user_id = Some(user.id);
        record.user = Some(user);
    }
}

impl Candidate {
    /// A patient in care who has an open assignment; the one in charge comes first.
    fn of(number: u64, record: &Record) -> Option<Self> {
        let in_care = record.patient.archived_at.is_none() && record.patient.date_of_death.is_none();
        let mut open: Vec<_> = record.doctor_patient_assignments.iter().filter(|row| row.is_open()).collect();
        open.sort_by_key(|row| row.assignment_type);
        let doctors: Vec<Key> = open.into_iter().map(|row| row.doctor_id).collect();
        (in_care && !doctors.is_empty()).then(|| Self { number, doctors, richness: richness(record) })
    }
}

/// How many kinds of things a record has, and how many things.
fn richness(record: &Record) -> (usize, usize) {
    let visits = |status| record.consultations.iter().any(|visit| visit.status == status);
    let reports = |status| record.medical_reports.iter().any(|report| report.status == status);
    let kinds = [
        visits(ConsultationStatus::Completed),
        visits(ConsultationStatus::Scheduled),
        reports(ReportStatus::Released),
        reports(ReportStatus::Draft),
        record.predictions.iter().any(|prediction| prediction.is_released()),
        record.predictions.iter().any(|prediction| !prediction.is_released()),
        !record.mri_scans.is_empty(),
        !record.report_status.is_empty(),
        !record.patient_timeline.is_empty(),
    ];
    let things = record.consultations.len() + record.medical_reports.len() + record.patient_timeline.len();
    (kinds.into_iter().filter(|kind| *kind).count(), things)
}
