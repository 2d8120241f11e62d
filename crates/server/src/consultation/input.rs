//! Inputs about visits, checked into what may be written.

use entity::consultations::ActiveModel;
use entity::{Instant, Key, vocabulary as words};
use sea_orm::ActiveValue::Set;

use super::mutation::CreateConsultationInput;
use crate::input::{Checks, UserError};
use crate::read::scalar::DateTime;
use crate::vocabulary::ConsultationStatus;

/// A visit that may be booked or recorded: all columns but those that the store sets.
pub struct NewConsultation {
    pub(super) patient: Key,
    pub(super) doctor: Key,
    pub(super) session: Option<Key>,
    pub(super) columns: ActiveModel,
}

impl NewConsultation {
    /// Checks an input.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(input: CreateConsultationInput, now: Instant) -> Result<Self, Vec<UserError>> {
        let mut checks = Checks::default();
        let patient = checks.reference(&["patientId"], "pat", "patient", &input.patient_id);
        let doctor = checks.reference(&["doctorId"], "doc", "doctor", &input.doctor_id);
        let session = input.session_id.as_ref();
        let session = session.and_then(|id| checks.reference(&["sessionId"], "ses", "session", id));
        let DateTime(date) = input.date;
        if matches!(input.status, ConsultationStatus::Completed | ConsultationStatus::NoShow) {
            checks.past(&["date"], date, now);
        }
        let mut columns = nothing_set();
        columns.consultation_date = Set(date);
        columns.consultation_type = Set(Some(words::ConsultationType::from(input.kind)));
        columns.status = Set(input.status.into());
        columns.chief_complaint = Set(checks.optional_text(&["chiefComplaint"], input.chief_complaint.as_deref()));
        columns.diagnosis = Set(checks.optional_text(&["diagnosis"], input.diagnosis.as_deref()));
        columns.prescription = Set(checks.optional_text(&["prescription"], input.prescription.as_deref()));
        columns.notes = Set(checks.optional_text(&["notes"], input.notes.as_deref()));
        columns.next_visit_date = Set(input.next_visit_date.map(|DateTime(date)| date));
        columns.duration_minutes = Set(checks.at_least(&["durationMinutes"], input.duration_minutes, 1));
        columns.fee_charged_cents = Set(checks.money(&["fee"], input.fee));
        checks.finish(|| Some(Self { patient: patient?, doctor: doctor?, session, columns }))
    }
}

/// A row of which no column is set yet.
fn nothing_set() -> ActiveModel {
    Default::default()
}
