//! What can be told about visits: inputs and root mutations. Their payloads are in [`super::payload`].

use async_graphql::{ID, InputObject, MaybeUndefined};

use super::Consultation;
use super::change::{Cancellation, NoShow};
use super::payload::*;
use crate::input::bulk::BulkErrorPolicy;
use crate::input::lifecycle::Removal;
use crate::input::{mutations, targets};
use crate::read::scalar::{DateTime, Decimal};
use crate::vocabulary::{ConsultationStatus, ConsultationType};

/// What may be said about a visit. In a change, what is absent stays and `null` clears.
#[derive(InputObject)]
pub struct ConsultationDetails {
    /// Why the patient comes or came.
    pub chief_complaint: MaybeUndefined<String>,
    /// What the doctor found.
    pub diagnosis: MaybeUndefined<String>,
    /// What the doctor prescribed.
    pub prescription: MaybeUndefined<String>,
    /// The doctor's notes; patients do not see them.
    pub notes: MaybeUndefined<String>,
    /// When the patient should come again; books nothing.
    pub next_visit_date: MaybeUndefined<DateTime>,
    /// How long it takes or took, in minutes: 1 to 1440. A booked visit that does not say it takes 30.
    pub duration_minutes: MaybeUndefined<i32>,
    /// What was charged, in the clinic's currency; not negative.
    pub fee: MaybeUndefined<Decimal>,
}

/// A visit to book or to record.
#[derive(InputObject)]
pub struct CreateConsultationInput {
    /// The patient.
    pub patient_id: ID,
    /// The doctor.
    pub doctor_id: ID,
    /// The run of the analysis it belongs to; one of the same patient.
    pub session_id: Option<ID>,
    /// When it is or was.
    pub date: DateTime,
    /// What kind of visit.
    #[graphql(name = "type", default_with = "ConsultationType::InPerson")]
    pub kind: ConsultationType,
    /// Where it stands. A visit is completed or missed only once it has begun.
    #[graphql(default_with = "ConsultationStatus::Scheduled")]
    pub status: ConsultationStatus,
    /// What else is known.
    #[graphql(flatten)]
    pub details: ConsultationDetails,
    /// Book it even if the doctor or the patient has another visit at that time.
    #[graphql(default)]
    pub allow_double_booking: bool,
}

/// Visits to book or to record at once.
#[derive(InputObject)]
pub struct CreateConsultationsInput {
    /// The visits, 1 to 1000.
    pub consultations: Vec<CreateConsultationInput>,
    /// What becomes of them when some are wrong.
    #[graphql(default_with = "BulkErrorPolicy::RejectAll")]
    pub on_error: BulkErrorPolicy,
}

/// A change or a correction of a visit. What is absent stays; `null` clears what may be unknown.
#[derive(InputObject)]
pub struct UpdateConsultationInput {
    /// The visit.
    pub id: ID,
    /// The version that was read; an older one changes nothing.
    pub version: i32,
    /// The doctor: of a visit that is still scheduled.
    pub doctor_id: MaybeUndefined<ID>,
    /// The run of the analysis it belongs to; one of the same patient.
    pub session_id: MaybeUndefined<ID>,
    /// What kind of visit; `null` where it is not known.
    #[graphql(name = "type")]
    pub kind: MaybeUndefined<ConsultationType>,
    /// When it was: a correction of a visit that is over. A scheduled one is moved by `rescheduleConsultation`.
    pub date: MaybeUndefined<DateTime>,
    /// Where it stands: a correction of a visit that is over.
    pub status: MaybeUndefined<ConsultationStatus>,
    /// What changes of the rest.
    #[graphql(flatten)]
    pub details: ConsultationDetails,
    /// Why it is corrected: needed to change diagnosis, prescription, notes, date or status of what is over.
    pub reason: MaybeUndefined<String>,
    /// Do it even if the doctor or the patient has another visit at that time.
    #[graphql(default)]
    pub allow_double_booking: bool,
}

/// A scheduled visit to move to another time.
#[derive(InputObject)]
pub struct RescheduleConsultationInput {
    /// The visit.
    pub id: ID,
    /// The version that was read; an older one changes nothing.
    pub version: i32,
    /// When it is now.
    pub date: DateTime,
    /// How long it takes, in minutes: 1 to 1440; as before, when not given.
    pub duration_minutes: MaybeUndefined<i32>,
    /// Move it even if the doctor or the patient has another visit at that time.
    #[graphql(default)]
    pub allow_double_booking: bool,
}

/// A scheduled visit that took place.
#[derive(InputObject)]
pub struct CompleteConsultationInput {
    /// The visit.
    pub id: ID,
    /// The version that was read; an older one changes nothing.
    pub version: i32,
    /// When it took place, not in the future; as scheduled, when not given.
    pub date: Option<DateTime>,
    /// What came of it.
    #[graphql(flatten)]
    pub details: ConsultationDetails,
}

targets! {
    /// A scheduled visit to call off.
    CancelConsultationInput(Consultation) -> Cancellation = Cancellation;
    /// A scheduled visit that the patient missed.
    MarkNoShowInput(Consultation) -> NoShow = NoShow;
    /// A visit to delete, because it never was.
    DeleteConsultationInput(Consultation) -> Removal<Consultation> =
        |target| Removal::new(target, "Records name this visit.");
}

mutations! {
    /// Mutations of visits.
    ConsultationMutation {
        /// Books a visit, or records one that took place; a doctor without an open assignment gets one as consultant.
        create_consultation(CreateConsultationInput, "The visit.") for doctors -> CreateConsultationPayload;
        /// Books or records up to 1000 visits in one transaction.
        create_consultations(CreateConsultationsInput, "The visits.") for doctors -> CreateConsultationsPayload;
        /// Changes what a visit says; corrects one that is over, which keeps what stood there as a revision.
        update_consultation(UpdateConsultationInput, "The visit, the version that was read, and what changes.") for doctors
            -> UpdateConsultationPayload;
        /// Moves a scheduled visit to another time.
        reschedule_consultation(RescheduleConsultationInput, "The visit, the version that was read, and the new time.") for doctors
            -> RescheduleConsultationPayload;
        /// Records that a scheduled visit took place, and what came of it.
        complete_consultation(CompleteConsultationInput, "The visit, the version that was read, and what came of it.") for doctors
            -> CompleteConsultationPayload;
        /// Calls a scheduled visit off.
        cancel_consultation(CancelConsultationInput, "The visit and the version that was read.") for doctors
            -> CancelConsultationPayload;
        /// Records that the patient did not come to a scheduled visit; not before it was to begin.
        mark_no_show(MarkNoShowInput, "The visit and the version that was read.") for doctors -> MarkNoShowPayload;
        /// Deletes a visit that was entered in error, with its revisions.
        delete_consultation(DeleteConsultationInput, "The visit and the version that was read.") for admins
            -> DeleteConsultationPayload;
    }
}
