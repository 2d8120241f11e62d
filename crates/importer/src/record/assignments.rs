//! `doctor_patient_assignments`: ended ones as they are; open ones wait until all that speak for one are known.

use entity::vocabulary::AssignmentType;
use entity::{Instant, Key, doctor_patient_assignments};
use rusqlite::types::ValueRef;

use super::doctors::Named;
use super::{Failure, Judging};
use crate::finding::Code;
use crate::index::Open;
use crate::ledger::{Entry, Fate};
use crate::source::Row;
use crate::value::number::truth;
use crate::value::text::{exact, is_blank};
use crate::value::word;

const PLACED: [&str; 9] = [
    "id",
    "doctor_id",
    "patient_id",
    "assignment_date",
    "assignment_type",
    "is_active",
    "notes",
    "created_at",
    "ended_at",
];

impl Judging<'_> {
    pub(super) fn assignments(&mut self) -> Result<(), Failure> {
        self.each("doctor_patient_assignments", |judging, row| judging.assignment(row))
    }

    fn assignment(&mut self, row: &Row<'_>) -> Result<(), Failure> {
        let Some((mut entry, _)) = self.enter("doctor_patient_assignments", row, row.get("id"))? else { return Ok(()) };
        let Some(patient) = self.index.patient(row.get("patient_id"))? else {
            entry.find(Code::AssignmentPatientDangling);
            self.close(entry, Fate::Quarantined(Code::AssignmentPatientDangling), None);
            return Ok(());
        };
        let named = self.doctors.named(row.get("doctor_id"));
        let Some(doctor) = named.key() else {
            entry.find(Code::AssignmentDoctorDangling);
            self.close(entry, Fate::Quarantined(Code::AssignmentDoctorDangling), None);
            return Ok(());
        };
        if !patient.alive {
            entry.find(Code::PatientGone);
            self.close(entry, Fate::Quarantined(Code::PatientGone), None);
            return Ok(());
        }
        if matches!(named, Named::ByAccount(_)) {
            entry.find(Code::AssignmentDoctorMapped);
        }
        if is_blank(row.get("id")) {
            entry.find(Code::AssignmentIdMissing);
        }
        let made = self.lesser_time(&mut entry, "created_at");
        let start = self.stamp(row.get("assignment_date")).instant();
        if start.is_none() {
            entry.repair(Code::AssignmentDateUnparseable, "assignment_date");
        }
        let start = self.not_after_now(&mut entry, start.or(made).unwrap_or(patient.created));
        let kind = kind(&mut entry);
        let ended = self.stamp(row.get("ended_at")).instant();
        let active = active(&mut entry);
        entry.keep_others(&PLACED);
        self.index.assign(patient.key, doctor)?;
        if active {
            self.index.is_active(patient.key, doctor)?;
        }
        if entry.earlier {
            self.close(entry, Fate::Rebuilt, None);
            return Ok(());
        }
        let period = if active { None } else { Some(self.end(&mut entry, ended, start, doctor, patient.key)?) };
        let id = self.key(11, row.rowid(), start);
        let notes = entry.words("notes");
        let assignment = Period { id, patient: patient.key, doctor, kind, start, ended: period, notes };
        if active {
            return self.stays_open(entry, assignment);
        }
        self.out.assignment(assignment.into_row());
        self.close(entry, Fate::Migrated(id), Some(patient.key));
        Ok(())
    }

    /// An open one waits; a second one of the same two people is merged with the first.
    fn stays_open(&mut self, mut entry: Entry<'_>, assignment: Period) -> Result<(), Failure> {
        let Period { id, patient, doctor, kind, start, ref notes, .. } = assignment;
        let open = Open { patient, doctor, kind, start, key: id, notes: notes.clone() };
        if self.index.is_open_here(&open)? {
            entry.find(Code::AssignmentDuplicateActive);
            self.close(entry, Fate::Kept(Code::AssignmentDuplicateActive), Some(patient));
            return Ok(());
        }
        if self.index.opens(&open)? {
            if kind == AssignmentType::Primary && self.index.second_primary(patient)? {
                entry.find(Code::AssignmentSeveralPrimary);
            }
            self.close(entry, Fate::Migrated(id), Some(patient));
            return Ok(());
        }
        entry.find(Code::AssignmentDuplicateActive);
        for column in ["assignment_date", "assignment_type", "notes"] {
            entry.keep(Code::AssignmentDuplicateActive, column);
        }
        let kept = self.index.merge(&open)?;
        self.close(entry, Fate::Merged(kept), Some(patient));
        Ok(())
    }

    /// When an assignment ended that is not active. The old program never noted it.
    fn end(
        &mut self,
        entry: &mut Entry<'_>,
        ended: Option<Instant>,
        start: Instant,
        doctor: Key,
        patient: Key,
    ) -> Result<Instant, Failure> {
        let Some(ended) = ended else {
            if is_blank(entry.row.get("ended_at")) {
                entry.find(Code::AssignmentEndUnknown);
            } else {
                entry.repair(Code::AssignmentDateUnparseable, "ended_at");
            }
            let met = self.index.met(doctor, patient)?.map(|(_, last)| last);
            return Ok(met.unwrap_or(start).min(self.terms.now).max(start));
        };
        if ended < start {
            entry.find(Code::AssignmentEndedBeforeStart);
            entry.keep(Code::AssignmentEndedBeforeStart, "ended_at");
        }
        Ok(self.not_after_now(entry, ended).max(start))
    }

    fn not_after_now(&self, entry: &mut Entry<'_>, at: Instant) -> Instant {
        if at > self.terms.now {
            entry.once(Code::AssignmentInFuture);
            entry.keep(Code::AssignmentInFuture, "assignment_date");
            entry.keep(Code::AssignmentInFuture, "ended_at");
            return self.terms.now;
        }
        at
    }
}

/// A responsibility, open or ended.
#[derive(Debug)]
pub(super) struct Period {
    pub(super) id: Key,
    pub(super) patient: Key,
    pub(super) doctor: Key,
    pub(super) kind: AssignmentType,
    pub(super) start: Instant,
    pub(super) ended: Option<Instant>,
    pub(super) notes: Option<String>,
}

impl Period {
    pub(super) fn into_row(self) -> doctor_patient_assignments::Model {
        let Self { id, patient, doctor, kind, start, ended, notes } = self;
        doctor_patient_assignments::Model {
            id,
            doctor_id: doctor,
            patient_id: patient,
            assignment_type: kind,
            assignment_date: start,
            is_active: ended.is_none(),
            ended_at: ended,
            notes,
            created_at: start,
            updated_at: ended.unwrap_or(start),
            version: 1,
        }
    }
}

fn kind(entry: &mut Entry<'_>) -> AssignmentType {
    let cell = entry.row.get("assignment_type");
    if cell == ValueRef::Null {
        return AssignmentType::Consultant;
    }
    exact(cell).and_then(word::assignment_type).unwrap_or_else(|| {
        entry.repair(Code::AssignmentTypeUnknown, "assignment_type");
        AssignmentType::Consultant
    })
}

fn active(entry: &mut Entry<'_>) -> bool {
    let active = truth(entry.row.get("is_active"));
    if active.is_none() {
        entry.keep(Code::AssignmentEndUnknown, "is_active");
    }
    let active = active.unwrap_or(false);
    if active && !is_blank(entry.row.get("ended_at")) {
        entry.find(Code::AssignmentActiveButEnded);
        return false;
    }
    active
}
