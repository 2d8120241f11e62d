//! Which doctors are responsible for the patient, over time.

use entity::doctor_patient_assignments::Model;
use entity::vocabulary::AssignmentType;
use entity::{Instant, Key};

use super::life::End;
use super::{Record, Writing, texts};

impl Writing<'_> {
    /// A primary doctor from the first day, perhaps handed over, and others beside. No two open rows are alike, because
    /// no doctor is taken twice.
    pub(super) fn care(&mut self, record: &mut Record) {
        let patient = record.patient.patient_id;
        let mut taken = Vec::new();
        let since = record.patient.created_at;
        let left = self.care_left();
        let handover = (self.life.registered - self.life.ended > 200 && self.dice.chance(30)).then(|| {
            let ago = self.dice.between(self.life.ended + 30, self.life.registered - 90);
            self.calendar.moment(self.calendar.working_day(ago), &mut self.dice)
        });
        let rows = &mut record.doctor_patient_assignments;
        rows.push(self.assignment(patient, AssignmentType::Primary, since, handover.or(left), &mut taken));
        if let Some(handover) = handover {
            rows.push(self.assignment(patient, AssignmentType::Primary, handover, left, &mut taken));
        }
        for (percent, as_what) in [(38, AssignmentType::Consultant), (28, AssignmentType::Specialist)] {
            if self.life.registered - self.life.ended < 20 || !self.dice.chance(percent) {
                continue;
            }
            let from = self.dice.between(self.life.ended + 10, self.life.registered - 5);
            let since = self.calendar.moment(from, &mut self.dice);
            let ended = (from > self.life.ended + 60 && self.dice.chance(50)).then(|| {
                let ago = self.dice.between(self.life.ended + 10, from - 30);
                self.calendar.moment(ago, &mut self.dice)
            });
            rows.push(self.assignment(patient, as_what, since, ended.or(left), &mut taken));
        }
    }

    /// When all responsibility ended: at death and archiving always, sometimes when a patient stopped coming.
    fn care_left(&mut self) -> Option<Instant> {
        let ended = match self.life.end {
            End::None => false,
            End::Lapsed => self.dice.chance(35),
            End::Archived | End::Died => true,
        };
        ended.then(|| self.calendar.at(self.life.ended, 18 * 60))
    }

    fn assignment(
        &mut self,
        patient_id: Key,
        assignment_type: AssignmentType,
        since: Instant,
        ended_at: Option<Instant>,
        taken: &mut Vec<Key>,
    ) -> Model {
        let doctor_id = self.doctor_beside(taken);
        taken.push(doctor_id);
        Model {
            id: self.dice.key(since),
            doctor_id,
            patient_id,
            assignment_type,
            assignment_date: since,
            is_active: ended_at.is_none(),
            ended_at,
            notes: self.dice.chance(20).then(|| self.dice.pick(texts::ASSIGNMENT_NOTES).to_owned()),
            created_at: since,
            updated_at: ended_at.unwrap_or(since),
            version: if ended_at.is_some() { 2 } else { 1 },
        }
    }

    /// A doctor who is not among the taken ones; there are at least six, and at most four are taken.
    fn doctor_beside(&mut self, taken: &[Key]) -> Key {
        let doctors = &self.staff.doctors;
        let first = self.dice.below(doctors.len() as u64) as usize;
        let mut candidates = doctors.iter().cycle().skip(first).map(|doctor| doctor.doctor_id);
        candidates.find(|doctor| !taken.contains(doctor)).unwrap_or(doctors[first].doctor_id)
    }

    /// A doctor who is responsible at that time, most likely the primary one; None where nobody is.
    pub(super) fn doctor_at(&mut self, record: &Record, at: Instant) -> Option<usize> {
        let open: Vec<(u64, Key)> = record
            .doctor_patient_assignments
            .iter()
            .filter(|assignment| assignment.covers(at))
            .map(|assignment| {
                (if assignment.assignment_type == AssignmentType::Primary { 4 } else { 1 }, assignment.doctor_id)
            })
            .collect();
        if open.is_empty() {
            return None;
        }
        let chosen = self.dice.weighted(&open);
        self.staff.doctors.iter().position(|doctor| doctor.doctor_id == chosen)
    }
}
