//! Inputs about assignments, checked into what may be written.

use entity::doctor_patient_assignments::ActiveModel;
use entity::vocabulary::AssignmentType;
use entity::{Instant, Key};
use sea_orm::ActiveValue::{self, NotSet, Set};

use super::Assignment;
use super::mutation::{AssignDoctorInput, EndAssignmentInput, TransferPrimaryDoctorInput, UpdateAssignmentInput};
use crate::doctor::Doctor;
use crate::input::{Act, Checks, Input, Target, UserError};
use crate::patient::Patient;
use crate::read::scalar::DateTime;

/// A responsibility to open.
pub struct NewAssignment {
    pub(super) checks: Checks,
    pub(super) patient: Option<Key>,
    pub(super) doctor: Option<Key>,
    pub(super) kind: AssignmentType,
    pub(super) since: Instant,
    pub(super) notes: ActiveValue<Option<String>>,
}

/// A correction of an assignment.
pub struct AssignmentChange {
    pub(super) target: Target,
    pub(super) checks: Checks,
    pub(super) columns: ActiveModel,
}

/// The end of a responsibility.
pub struct AssignmentEnd {
    pub(super) target: Target,
    pub(super) checks: Checks,
    pub(super) ended_at: Instant,
}

/// The primary role, handed over.
pub struct PrimaryTransfer {
    pub(super) checks: Checks,
    pub(super) patient: Option<Key>,
    pub(super) from: Option<Key>,
    pub(super) to: Option<Key>,
    pub(super) former_stays_as: Option<AssignmentType>,
    pub(super) notes: ActiveValue<Option<String>>,
}

impl Input for AssignDoctorInput {
    type Change = NewAssignment;

    fn parse(self, act: &Act) -> NewAssignment {
        let mut checks = Checks::default();
        let since = self.assigned_at.map_or(act.now(), |DateTime(at)| at);
        checks.past(&["assignedAt"], since, act.now());
        NewAssignment {
            patient: checks.reference::<Patient>(&["patientId"], &self.patient_id),
            doctor: checks.reference::<Doctor>(&["doctorId"], &self.doctor_id),
            kind: self.kind.into(),
            since,
            notes: checks.text(&["notes"], self.notes),
            checks,
        }
    }
}

impl Input for UpdateAssignmentInput {
    type Change = AssignmentChange;

    fn parse(self, act: &Act) -> AssignmentChange {
        let mut checks = Checks::default();
        let mut columns = ActiveModel { notes: checks.text(&["notes"], self.notes), ..Default::default() };
        columns.assignment_type = checks.kept(&["type"], self.kind).map_or(NotSet, |kind| Set(kind.into()));
        if let Some(DateTime(at)) = checks.kept(&["assignedAt"], self.assigned_at) {
            checks.past(&["assignedAt"], at, act.now());
            columns.assignment_date = Set(at);
        }
        if let Some(DateTime(at)) = checks.kept(&["endedAt"], self.ended_at) {
            checks.past(&["endedAt"], at, act.now());
            columns.ended_at = Set(Some(at));
        }
        AssignmentChange { target: Target::new::<Assignment>(&self.id, self.version), checks, columns }
    }
}

impl Input for EndAssignmentInput {
    type Change = AssignmentEnd;

    fn parse(self, act: &Act) -> AssignmentEnd {
        let mut checks = Checks::default();
        let ended_at = self.ended_at.map_or(act.now(), |DateTime(at)| at);
        checks.past(&["endedAt"], ended_at, act.now());
        AssignmentEnd { target: Target::new::<Assignment>(&self.id, self.version), checks, ended_at }
    }
}

impl Input for TransferPrimaryDoctorInput {
    type Change = PrimaryTransfer;

    fn parse(self, _: &Act) -> PrimaryTransfer {
        let mut checks = Checks::default();
        let patient = checks.reference::<Patient>(&["patientId"], &self.patient_id);
        let from = checks.reference::<Doctor>(&["fromDoctorId"], &self.from_doctor_id);
        let to = checks.reference::<Doctor>(&["toDoctorId"], &self.to_doctor_id);
        if from.is_some() && from == to {
            let message = "This doctor is the primary doctor already. Name another one.";
            checks.problem(UserError::invalid(&["toDoctorId"], message));
        }
        let former_stays_as = self.former_stays_as.map(AssignmentType::from);
        if former_stays_as == Some(AssignmentType::Primary) {
            let message = "A patient has one primary doctor. The former one can stay as CONSULTANT or SPECIALIST.";
            checks.problem(UserError::invalid(&["formerStaysAs"], message));
        }
        let notes = checks.text(&["notes"], self.notes);
        PrimaryTransfer { checks, patient, from, to, former_stays_as, notes }
    }
}

/// Nothing ends before it begins.
pub(super) fn period(checks: &mut Checks, path: &[&str], began: Instant, ended: Option<Instant>) {
    if ended.is_some_and(|ended| ended < began) {
        let message = "It would end before it began. Correct one of the dates.";
        checks.problem(UserError::invalid(path, message));
    }
}
