//! Inputs about notes, checked into what may be written.

use entity::Key;
use entity::patient_timeline::ActiveModel;
use entity::vocabulary::EventType;
use sea_orm::ActiveValue::{NotSet, Set};

use super::TimelineEvent;
use super::mutation::{AddTimelineNoteInput, UpdateTimelineNoteInput};
use crate::doctor::Doctor;
use crate::input::{Act, Checks, Input, Target};
use crate::patient::Patient;
use crate::read::scalar::DateTime;

/// A note to write.
pub struct NewNote {
    pub(super) checks: Checks,
    pub(super) patient: Option<Key>,
    pub(super) columns: ActiveModel,
}

/// A change of a note.
pub struct NoteChange {
    pub(super) target: Target,
    pub(super) checks: Checks,
    pub(super) columns: ActiveModel,
}

impl Input for AddTimelineNoteInput {
    type Change = NewNote;

    fn parse(self, act: &Act) -> NewNote {
        let mut checks = Checks::default();
        let patient = checks.reference::<Patient>(&["patientId"], &self.patient_id);
        let date = self.date.map_or(act.now(), |DateTime(date)| date);
        checks.past(&["date"], date, act.now());
        let columns = ActiveModel {
            event_type: Set(EventType::Note),
            event_date: Set(date),
            event_title: checks.required_line(&["title"], &self.title),
            event_description: checks.text(&["description"], self.description),
            severity: Set(self.severity.into()),
            patient_visible: Set(self.patient_visible),
            doctor_id: checks.optional_reference::<Doctor>(&["doctorId"], self.doctor_id),
            author_id: Set(act.viewer().user),
            ..Default::default()
        };
        NewNote { checks, patient, columns }
    }
}

impl Input for UpdateTimelineNoteInput {
    type Change = NoteChange;

    fn parse(self, act: &Act) -> NoteChange {
        let mut checks = Checks::default();
        let mut columns = ActiveModel {
            event_description: checks.text(&["description"], self.description),
            severity: checks.kept(&["severity"], self.severity).map_or(NotSet, |severity| Set(severity.into())),
            patient_visible: checks.kept(&["patientVisible"], self.patient_visible).map_or(NotSet, Set),
            doctor_id: checks.optional_reference::<Doctor>(&["doctorId"], self.doctor_id),
            ..Default::default()
        };
        if let Some(title) = checks.kept(&["title"], self.title) {
            columns.event_title = checks.required_line(&["title"], &title);
        }
        if let Some(DateTime(date)) = checks.kept(&["date"], self.date) {
            checks.past(&["date"], date, act.now());
            columns.event_date = Set(date);
        }
        NoteChange { target: Target::new::<TimelineEvent>(&self.id, self.version), checks, columns }
    }
}
