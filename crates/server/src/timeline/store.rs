//! What mutations of the timeline check and write.

use entity::{Key, patient_timeline};
use sea_orm::ActiveValue::Set;

use super::input::{NewNote, NoteChange};
use super::{TimelineEvent, access};
use crate::db::Tx;
use crate::doctor::Doctor;
use crate::input::store::{self, Hold};
use crate::input::{Act, Change, Checks, Record, Refusal, Target, UserError};
use crate::patient::Patient;

impl Record for TimelineEvent {
    type Table = patient_timeline::Entity;
    const NAME: &'static str = "note";
}

/// The end of a note.
pub struct NoteRemoval(pub(super) Target);

impl Change for NewNote {
    type Done = Key;

    /// Writes a note.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let mut checks = self.checks.clone();
        let mut row = self.columns.clone();
        let patient = store::refer::<Patient>(tx, act, &mut checks, &["patientId"], self.patient, Hold::Shared).await?;
        let doctor = row.doctor_id.clone().take().flatten();
        store::refer::<Doctor>(tx, act, &mut checks, &["doctorId"], doctor, Hold::Shared).await?;
        let Some(patient) = patient else { return checks.refuse() };
        checks.finish()?;
        row.patient_id = Set(patient.patient_id);
        store::insert::<TimelineEvent>(tx, act, row).await
    }
}

impl Change for NoteChange {
    type Done = Key;

    /// Changes a note.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let mut checks = self.checks.clone();
        let note = self.target.open::<TimelineEvent>(tx, act, &mut checks).await?;
        written_by_hand(&mut checks, act, &note);
        let doctor = self.columns.doctor_id.clone().take().flatten();
        store::refer::<Doctor>(tx, act, &mut checks, &["doctorId"], doctor, Hold::Shared).await?;
        checks.finish()?;
        store::save::<TimelineEvent>(tx, act, &note, self.columns.clone()).await
    }
}

impl Change for NoteRemoval {
    type Done = Key;

    /// Deletes a note.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let mut checks = Checks::default();
        let note = self.0.open::<TimelineEvent>(tx, act, &mut checks).await?;
        written_by_hand(&mut checks, act, &note);
        checks.finish()?;
        store::delete::<TimelineEvent>(tx, &note, "Records name this note.").await
    }
}

/// An event that the database made is no note, and a note is changed by who wrote it.
fn written_by_hand(checks: &mut Checks, act: &Act, event: &patient_timeline::Model) {
    if event.related_id.is_some() {
        let message = "The database made this event and keeps it true. Change the record behind it, its source.";
        checks.problem(UserError::transition(&["id"], message));
    } else if !access::may_change(act.viewer(), event) {
        let message = "Somebody else wrote this note. Write one of your own.";
        checks.problem(UserError::forbidden(&["id"], message));
    }
}
