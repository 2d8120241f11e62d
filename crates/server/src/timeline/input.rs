//! Inputs about notes, checked into what may be written.

use entity::patient_timeline::ActiveModel;
use entity::vocabulary::EventType;
use entity::{Instant, Key};
use sea_orm::ActiveValue::{NotSet, Set};

use super::mutation::AddTimelineNoteInput;
use crate::input::{Checks, UserError};
use crate::read::scalar::DateTime;

/// A note that may be written: all columns but those that the store sets.
pub struct NewNote {
    pub(super) patient: Key,
    pub(super) doctor: Option<Key>,
    pub(super) columns: ActiveModel,
}

impl NewNote {
    /// Checks an input.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(input: AddTimelineNoteInput, now: Instant) -> Result<Self, Vec<UserError>> {
        let mut checks = Checks::default();
        let patient = checks.reference(&["patientId"], "pat", "patient", &input.patient_id);
        let doctor = input.doctor_id.as_ref();
        let doctor = doctor.and_then(|id| checks.reference(&["doctorId"], "doc", "doctor", id));
        let date = input.date.map_or(now, |DateTime(date)| date);
        checks.past(&["date"], date, now);
        let mut columns = nothing_set();
        columns.event_type = Set(EventType::Note);
        columns.event_date = Set(date);
        columns.event_title = checks.required_line(&["title"], &input.title).map_or(NotSet, Set);
        columns.event_description = Set(checks.optional_text(&["description"], input.description.as_deref()));
        columns.severity = Set(input.severity.into());
        columns.patient_visible = Set(input.patient_visible);
        checks.finish(|| Some(Self { patient: patient?, doctor, columns }))
    }
}

/// A row of which no column is set yet.
fn nothing_set() -> ActiveModel {
    Default::default()
}
