//! What can be followed of the timeline.

use async_graphql::{Context, ID, Result, SimpleObject, Subscription};
use entity::Key;
use futures_util::{Stream, StreamExt};

use super::{TIMELINE_EVENT, TimelineEvent, access};
use crate::auth::rights::{self, Allowed};
use crate::live::{Change, ChangeKind, Follower, Topic};
use crate::patient::Patient;
use crate::read::id;
use crate::read::record::{Concept, One};

static TIMELINE: Topic = Topic { about: "timeline", record: access::record };

/// A change in a patient's timeline.
#[derive(SimpleObject)]
pub struct TimelineChange {
    /// Where the viewer stands after it: subscribe `after` it to go on from here.
    position: String,
    /// What happened.
    kind: ChangeKind,
    /// The id of the event.
    event_id: ID,
    /// The event as it is now; null when it is gone.
    event: Option<One<TimelineEvent>>,
    #[graphql(skip)]
    _change: Change,
}

/// Subscriptions to the timeline.
#[derive(Default)]
pub struct TimelineSubscription;

impl TimelineSubscription {
    /// Which roles may use which of its fields.
    pub const RIGHTS: &[(&str, Allowed)] = &[("timelineChanged", rights::everybody)];
}

#[Subscription]
impl TimelineSubscription {
    /// Events of a patient's timeline that are added, changed or removed, in one order: from now on, or from `after` on.
    async fn timeline_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The patient.")] patient_id: ID,
        #[graphql(desc = "A position: the last that was received, or `livePosition`.")] after: Option<String>,
    ) -> Result<impl Stream<Item = Result<TimelineChange>>> {
        let patient = id::parse(Patient::SHAPE.prefix.unwrap_or_default(), &patient_id).map(Key);
        let patient = patient.ok_or_else(Follower::sees_no_such_record)?;
        let changes = Follower::of(ctx)?.follow(&TIMELINE, Some(patient), after.as_deref()).await?;
        Ok(changes.map(|change| change.map(TimelineChange::from)))
    }
}

impl From<Change> for TimelineChange {
    fn from(change: Change) -> Self {
        Self {
            position: change.position.clone(),
            kind: change.kind,
            event_id: ID(id::text(TIMELINE_EVENT.prefix.unwrap_or_default(), change.row.0)),
            event: Some(One::new(change.row.0).seen_by(Some(change.reading.clone()))),
            _change: change,
        }
    }
}
