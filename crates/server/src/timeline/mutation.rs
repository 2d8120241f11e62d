//! What can be told about the timeline: notes. Every other event the database makes itself.

use async_graphql::{ID, InputObject, MaybeUndefined};

use super::TimelineEvent;
use super::store::NoteRemoval;
use crate::input::{mutations, payloads, targets};
use crate::read::record::{Deleted, One};
use crate::read::scalar::DateTime;
use crate::vocabulary::Severity;

/// A note to write.
#[derive(InputObject)]
pub struct AddTimelineNoteInput {
    /// The patient.
    pub patient_id: ID,
    /// What it is about, in a few words.
    pub title: String,
    /// The note.
    pub description: MaybeUndefined<String>,
    /// How much it matters.
    #[graphql(default_with = "Severity::Info")]
    pub severity: Severity,
    /// When it happened, not in the future; now, when not given.
    pub date: Option<DateTime>,
    /// Whether the patient sees it.
    #[graphql(default)]
    pub patient_visible: bool,
    /// The doctor who was there.
    pub doctor_id: MaybeUndefined<ID>,
}

/// A change of a note. What is absent stays; `null` clears what may be unknown.
#[derive(InputObject)]
pub struct UpdateTimelineNoteInput {
    /// The note.
    pub id: ID,
    /// The version that was read; an older one changes nothing.
    pub version: i32,
    /// What it is about, in a few words.
    pub title: MaybeUndefined<String>,
    /// The note.
    pub description: MaybeUndefined<String>,
    /// How much it matters.
    pub severity: MaybeUndefined<Severity>,
    /// When it happened, not in the future.
    pub date: MaybeUndefined<DateTime>,
    /// Whether the patient sees it.
    pub patient_visible: MaybeUndefined<bool>,
    /// The doctor who was there.
    pub doctor_id: MaybeUndefined<ID>,
}

targets! {
    /// A note to delete.
    DeleteTimelineNoteInput(TimelineEvent) -> NoteRemoval = NoteRemoval;
}

payloads! {
    /// What came of writing a note.
    AddTimelineNotePayload {
        /// The new note; null when there are errors.
        timeline_event: One<TimelineEvent>
    }
    /// What came of changing a note.
    UpdateTimelineNotePayload {
        /// The changed note; null when there are errors.
        timeline_event: One<TimelineEvent>
    }
    /// What came of deleting a note.
    DeleteTimelineNotePayload {
        /// The id that the note had; null when there are errors.
        deleted_id: Deleted<TimelineEvent>
    }
}

mutations! {
    /// Mutations of the timeline.
    TimelineMutation {
        /// Writes a note into a patient's timeline.
        add_timeline_note(AddTimelineNoteInput, "The note.") for doctors -> AddTimelineNotePayload;
        /// Changes a note; the events that the database made change with their sources alone.
        update_timeline_note(UpdateTimelineNoteInput, "The note, the version that was read, and what changes.") for doctors
            -> UpdateTimelineNotePayload;
        /// Deletes a note.
        delete_timeline_note(DeleteTimelineNoteInput, "The note and the version that was read.") for doctors
            -> DeleteTimelineNotePayload;
    }
}
