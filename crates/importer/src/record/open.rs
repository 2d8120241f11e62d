//! Who answers for whom from now on: what the assignments, the patients and the sessions say together. Nobody gets to see
//! more than before: of what sessions tell nothing stays open unless the operator says so.

use entity::Key;
use entity::vocabulary::AssignmentType;

use super::assignments::Period;
use super::{Failure, Judging};
use crate::finding::Code;
use crate::index::Open;

/// Under which names these rows are known in later imports.
const FROM_PATIENTS: &str = "patients.assigned_doctor_id";
const FROM_SESSIONS: &str = "sessions.doctor_id";

impl Judging<'_> {
    pub(super) fn open_assignments(&mut self) -> Result<(), Failure> {
        self.assigned_doctors()?;
        self.settle_primaries()?;
        // The old program showed a patient to the doctor whose id the patient names, and to no other.
        self.outcome.opens_access = self.index.opens_access()?;
        self.index.open_assignments(|open| {
            self.out.assignment(period(open).into_row());
            self.out.settle().map_err(Failure::from)
        })?;
        self.out.flush()?;
        self.known_from_sessions()
    }

    /// The doctor whom a patient names is the primary one.
    fn assigned_doctors(&mut self) -> Result<(), Failure> {
        let mut number = 0;
        let index = self.index;
        index.assigned_doctors(|patient, doctor, created| {
            let name = pair(patient, doctor);
            if index.earlier(FROM_PATIENTS, &name)?.is_some() {
                return Ok(());
            }
            number += 1;
            let start = created.min(self.terms.now);
            let key = self.key(12, number, start);
            let open = Open { patient, doctor, kind: AssignmentType::Primary, start, key, notes: None };
            if index.opens(&open)? {
                self.made().assignments_from_patients += 1;
                self.remember(FROM_PATIENTS, name, key);
                index.assign(patient, doctor)?;
            } else {
                index.make_primary(patient, doctor)?;
            }
            self.out.settle().map_err(Failure::from)
        })
    }

    /// Of several primary doctors the newest stays.
    fn settle_primaries(&mut self) -> Result<(), Failure> {
        let yielded = self.index.yield_primaries()?;
        (0..yielded).for_each(|_| self.ledger.count(Code::AssignmentPrimaryYielded));
        Ok(())
    }

    /// A doctor and a patient of whom only sessions tell.
    fn known_from_sessions(&mut self) -> Result<(), Failure> {
        let (mut number, index) = (0, self.index);
        index.pairs_without_assignment(|doctor, patient, first, last| {
            let name = pair(patient, doctor);
            if index.earlier(FROM_SESSIONS, &name)?.is_some() {
                return Ok(());
            }
            number += 1;
            let now = self.terms.now;
            let start = first.unwrap_or(now).min(now);
            let ended = (!self.terms.open_session_assignments).then(|| last.unwrap_or(start).min(now).max(start));
            let id = self.key(13, number, start);
            let kind = AssignmentType::Consultant;
            self.made().assignments_from_sessions += 1;
            self.outcome.opens_access += u64::from(ended.is_none());
            self.remember(FROM_SESSIONS, name, id);
            self.out.assignment(Period { id, patient, doctor, kind, start, ended, notes: None }.into_row());
            self.out.settle().map_err(Failure::from)
        })?;
        Ok(self.out.flush()?)
    }
}

fn period(open: Open) -> Period {
    let Open { patient, doctor, kind, start, key, notes } = open;
    Period { id: key, patient, doctor, kind, start, ended: None, notes }
}

fn pair(patient: Key, doctor: Key) -> String {
    format!("{patient}/{doctor}")
}
