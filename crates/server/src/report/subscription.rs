//! What can be followed of requests for reports.

use async_graphql::{Context, ID, Result, SimpleObject, Subscription};
use entity::Key;
use futures_util::{Stream, StreamExt};

use super::{REPORT_REQUEST, ReportRequest, access};
use crate::auth::rights::{self, Allowed};
use crate::live::{Change, ChangeKind, Follower, Topic};
use crate::patient::Patient;
use crate::read::id;
use crate::read::record::{Concept, One};

static REQUESTS: Topic = Topic { about: "request", record: access::requests_visible_to };

/// A change of a request for a report.
#[derive(SimpleObject)]
pub struct ReportRequestChange {
    /// Where the viewer stands after it: subscribe `after` it to go on from here.
    position: String,
    /// What happened.
    kind: ChangeKind,
    /// The id of the request.
    request_id: ID,
    /// The request as it is now; null when it is gone.
    report_request: Option<One<ReportRequest>>,
    #[graphql(skip)]
    _change: Change,
}

/// Subscriptions to requests for reports.
#[derive(Default)]
pub struct ReportRequestSubscription;

impl ReportRequestSubscription {
    /// Which roles may use which of its fields.
    pub const RIGHTS: &[(&str, Allowed)] = &[("reportRequestChanged", rights::everybody)];
}

#[Subscription]
impl ReportRequestSubscription {
    /// Requests for reports that are made, move on or are deleted, in one order: from now on, or from `after` on.
    async fn report_request_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The patient; all whose record the viewer may see, when not given.")] patient_id: Option<ID>,
        #[graphql(desc = "A position: the last that was received, or `livePosition`.")] after: Option<String>,
    ) -> Result<impl Stream<Item = Result<ReportRequestChange>>> {
        let patient = match patient_id {
            None => None,
            Some(patient) => {
                let key = id::parse(Patient::SHAPE.prefix.unwrap_or_default(), &patient).map(Key);
                Some(key.ok_or_else(Follower::sees_no_such_record)?)
            }
        };
        let changes = Follower::of(ctx)?.follow(&REQUESTS, patient, after.as_deref()).await?;
        Ok(changes.map(|change| change.map(ReportRequestChange::from)))
    }
}

impl From<Change> for ReportRequestChange {
    fn from(change: Change) -> Self {
        Self {
            position: change.position.clone(),
            kind: change.kind,
            request_id: ID(id::text(REPORT_REQUEST.prefix.unwrap_or_default(), change.row.0)),
            report_request: Some(One::new(change.row.0).seen_by(Some(change.reading.clone()))),
            _change: change,
        }
    }
}
