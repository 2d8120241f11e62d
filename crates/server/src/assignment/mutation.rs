//! What can be told about assignments: inputs, payloads, root mutations.

use async_graphql::{ID, InputObject, MaybeUndefined, SimpleObject};
use entity::Key;

use super::Assignment;
use super::store::Handover;
use crate::input::lifecycle::Removal;
use crate::input::{UserError, mutations, payloads, targets};
use crate::read::record::{Deleted, One};
use crate::read::scalar::DateTime;
use crate::vocabulary::AssignmentType;

/// A responsibility that a doctor takes over.
#[derive(InputObject)]
pub struct AssignDoctorInput {
    /// The patient.
    pub patient_id: ID,
    /// The doctor.
    pub doctor_id: ID,
    /// As what; a patient has at most one primary doctor at a time.
    #[graphql(name = "type")]
    pub kind: AssignmentType,
    /// Since when, not in the future; now, when not given.
    pub assigned_at: Option<DateTime>,
    /// What is to be noted about it.
    pub notes: MaybeUndefined<String>,
}

/// A correction of an assignment. What is absent stays; `null` clears what may be unknown.
#[derive(InputObject)]
pub struct UpdateAssignmentInput {
    /// The assignment.
    pub id: ID,
    /// The version that was read; an older one changes nothing.
    pub version: i32,
    /// As what.
    #[graphql(name = "type")]
    pub kind: MaybeUndefined<AssignmentType>,
    /// Since when, not in the future.
    pub assigned_at: MaybeUndefined<DateTime>,
    /// When it ended, not in the future: of an ended one only, which is never reopened.
    pub ended_at: MaybeUndefined<DateTime>,
    /// What is noted about it.
    pub notes: MaybeUndefined<String>,
}

/// A responsibility that a doctor gives up.
#[derive(InputObject)]
pub struct EndAssignmentInput {
    /// The assignment.
    pub id: ID,
    /// The version that was read; an older one changes nothing.
    pub version: i32,
    /// When it ended, not in the future and not before it began; now, when not given.
    pub ended_at: Option<DateTime>,
}

/// The role of primary doctor, handed from one doctor to another.
#[derive(InputObject)]
pub struct TransferPrimaryDoctorInput {
    /// The patient.
    pub patient_id: ID,
    /// The primary doctor so far; if meanwhile it is somebody else, nothing changes.
    pub from_doctor_id: ID,
    /// The new primary doctor.
    pub to_doctor_id: ID,
    /// As what the doctor so far stays with the patient; not at all, when not given.
    pub former_stays_as: Option<AssignmentType>,
    /// What is to be noted about the new assignment.
    pub notes: MaybeUndefined<String>,
}

targets! {
    /// An assignment to delete, because it never was.
    DeleteAssignmentInput(Assignment) -> Removal<Assignment> =
        |target| Removal::new(target, "Records name this assignment. End it instead.");
}

payloads! {
    /// What came of assigning a doctor.
    AssignDoctorPayload {
        /// The new assignment; null when there are errors.
        assignment: One<Assignment>
    }
    /// What came of correcting an assignment.
    UpdateAssignmentPayload {
        /// The corrected assignment; null when there are errors.
        assignment: One<Assignment>
    }
    /// What came of ending an assignment.
    EndAssignmentPayload {
        /// The ended assignment; null when there are errors.
        assignment: One<Assignment>
    }
    /// What came of deleting an assignment.
    DeleteAssignmentPayload {
        /// The id that the assignment had; null when there are errors.
        deleted_id: Deleted<Assignment>
    }
}

/// What came of handing the role of primary doctor over.
#[derive(SimpleObject)]
pub struct TransferPrimaryDoctorPayload {
    /// The new primary doctor's assignment; null when there are errors.
    assignment: Option<One<Assignment>>,
    /// The assignment that ended with it.
    ended_assignment: Option<One<Assignment>>,
    /// The assignment as which the doctor so far stays, where a new one was opened.
    former_assignment: Option<One<Assignment>>,
    /// What is wrong and what to do; empty when it was done.
    user_errors: Vec<UserError>,
}

impl From<Result<Handover, Vec<UserError>>> for TransferPrimaryDoctorPayload {
    fn from(done: Result<Handover, Vec<UserError>>) -> Self {
        let one = |key: Key| One::new(key.0);
        match done {
            Ok(handover) => Self {
                assignment: Some(one(handover.opened)),
                ended_assignment: Some(one(handover.ended)),
                former_assignment: handover.former.map(one),
                user_errors: Vec::new(),
            },
            Err(user_errors) => Self { assignment: None, ended_assignment: None, former_assignment: None, user_errors },
        }
    }
}

mutations! {
    /// Mutations of assignments.
    AssignmentMutation {
        /// Makes a doctor responsible for a patient.
        assign_doctor(AssignDoctorInput, "The patient, the doctor, and as what.") for admins -> AssignDoctorPayload;
        /// Corrects what an assignment says.
        update_assignment(UpdateAssignmentInput, "The assignment, the version that was read, and what changes.") for admins
            -> UpdateAssignmentPayload;
        /// Ends an assignment, for good: assigning the doctor again is a new one.
        end_assignment(EndAssignmentInput, "The assignment and the version that was read.") for admins -> EndAssignmentPayload;
        /// Deletes an assignment that was entered in error.
        delete_assignment(DeleteAssignmentInput, "The assignment and the version that was read.") for admins
            -> DeleteAssignmentPayload;
        /// Hands the role of primary doctor over: one assignment ends and the other begins at the same instant.
        transfer_primary_doctor(TransferPrimaryDoctorInput, "The patient, and from whom to whom.") for admins
            -> TransferPrimaryDoctorPayload;
    }
}
