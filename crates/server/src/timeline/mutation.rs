//! What can be told about the timeline: notes. Every other event the database makes itself.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::TimelineEvent;
use super::input::NewNote;
use crate::input::{Act, UserError};
use crate::read::root::One;
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
    pub description: Option<String>,
    /// How much it matters.
    #[graphql(default_with = "Severity::Info")]
    pub severity: Severity,
    /// When it happened, not in the future; now, when not given.
    pub date: Option<DateTime>,
    /// Whether the patient sees it.
    #[graphql(default)]
    pub patient_visible: bool,
    /// The doctor who was there.
    pub doctor_id: Option<ID>,
}

/// What came of writing a note.
#[derive(SimpleObject)]
pub struct AddTimelineNotePayload {
    /// The new note; null when there are errors.
    timeline_event: Option<One<TimelineEvent>>,
    /// Why nothing was written.
    user_errors: Vec<UserError>,
}

/// Mutations of the timeline.
#[derive(Default)]
pub struct TimelineMutation;

#[Object]
impl TimelineMutation {
    /// Writes a note into a patient's timeline.
    async fn add_timeline_note(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The note.")] input: AddTimelineNoteInput,
    ) -> Result<AddTimelineNotePayload> {
        let act = ctx.data::<Act>()?;
        let done = match NewNote::parse(input, act.now()) {
            Ok(note) => act.change(&note).await?,
            Err(errors) => Err(errors),
        };
        Ok(match done {
            Ok(key) => AddTimelineNotePayload { timeline_event: Some(One::new(key.0)), user_errors: Vec::new() },
            Err(user_errors) => AddTimelineNotePayload { timeline_event: None, user_errors },
        })
    }
}
