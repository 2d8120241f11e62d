//! What can be told about visits: inputs, payloads, root mutations.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::Consultation;
use super::input::NewConsultation;
use crate::assignment::Assignment;
use crate::input::{Act, UserError};
use crate::read::root::One;
use crate::read::scalar::{DateTime, Decimal};
use crate::vocabulary::{ConsultationStatus, ConsultationType};

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
    /// Why the patient comes or came.
    pub chief_complaint: Option<String>,
    /// What the doctor found.
    pub diagnosis: Option<String>,
    /// What the doctor prescribed.
    pub prescription: Option<String>,
    /// The doctor's notes; patients do not see them.
    pub notes: Option<String>,
    /// When the patient should come again; books nothing.
    pub next_visit_date: Option<DateTime>,
    /// How long it took, in minutes; more than 0.
    pub duration_minutes: Option<i32>,
    /// What was charged, in the clinic's currency; not negative.
    pub fee: Option<Decimal>,
}

/// What came of booking or recording a visit.
#[derive(SimpleObject)]
pub struct CreateConsultationPayload {
    /// The new visit; null when there are errors.
    consultation: Option<One<Consultation>>,
    /// The assignment that was opened with it, because the doctor had no open one to the patient.
    opened_assignment: Option<One<Assignment>>,
    /// Why nothing was booked or recorded.
    user_errors: Vec<UserError>,
}

/// Mutations of visits.
#[derive(Default)]
pub struct ConsultationMutation;

#[Object]
impl ConsultationMutation {
    /// Books a visit, or records one that took place; a doctor without an open assignment gets one as consultant.
    async fn create_consultation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The visit.")] input: CreateConsultationInput,
    ) -> Result<CreateConsultationPayload> {
        let act = ctx.data::<Act>()?;
        let done = match NewConsultation::parse(input, act.now()) {
            Ok(visit) => act.change(&visit).await?,
            Err(errors) => Err(errors),
        };
        Ok(match done {
            Ok(created) => CreateConsultationPayload {
                consultation: Some(One::new(created.consultation.0)),
                opened_assignment: created.assignment.map(|key| One::new(key.0)),
                user_errors: Vec::new(),
            },
            Err(user_errors) => CreateConsultationPayload { consultation: None, opened_assignment: None, user_errors },
        })
    }
}
