//! What may become of a request for a report: inputs, checked, and what they change.

use entity::report_status::{ActiveModel, Entity, Model};
use entity::vocabulary::{FailureCause, RequestStatus};
use entity::{Instant, Key};
use sea_orm::ActiveValue::{NotSet, Set};

use super::ReportRequest;
use super::mutation::{RequestReportInput, UpdateReportRequestInput};
use crate::db::Tx;
use crate::imaging::{Prediction, Scan, Session};
use crate::input::store::{self, Hold};
use crate::input::{Act, Change, Checks, Input, Record, Refusal, Target, UserError};
use crate::patient::Patient;
use crate::report::pipeline;

/// Priorities go from 0 to this.
const FIRST: i32 = 100;

impl Record for ReportRequest {
    type Table = Entity;
    const NAME: &'static str = "request";
}

/// A report that is wanted.
pub struct NewRequest {
    checks: Checks,
    patient: Option<Key>,
    columns: ActiveModel,
}

/// A change of a request that waits.
pub struct RequestChange {
    target: Target,
    checks: Checks,
    columns: ActiveModel,
}

impl Input for RequestReportInput {
    type Change = NewRequest;

    fn parse(self, act: &Act) -> NewRequest {
        let mut checks = Checks::default();
        let patient = checks.reference::<Patient>(&["patientId"], &self.patient_id);
        let columns = ActiveModel {
            report_type: Set(self.kind.into()),
            prediction_id: checks.optional_reference::<Prediction>(&["predictionId"], self.prediction_id),
            mri_scan_id: checks.optional_reference::<Scan>(&["scanId"], self.scan_id),
            session_id: checks.optional_reference::<Session>(&["sessionId"], self.session_id),
            priority: priority(&mut checks, self.priority),
            status: Set(RequestStatus::Pending),
            requested_by: Set(act.viewer().user),
            requested_at: Set(Some(act.now())),
            ..Default::default()
        };
        NewRequest { checks, patient, columns }
    }
}

impl Input for UpdateReportRequestInput {
    type Change = RequestChange;

    fn parse(self, _: &Act) -> RequestChange {
        let mut checks = Checks::default();
        let given = checks.kept(&["priority"], self.priority);
        let columns = ActiveModel {
            report_type: checks.kept(&["type"], self.kind).map_or(NotSet, |kind| Set(kind.into())),
            priority: given.map_or(NotSet, |given| priority(&mut checks, given)),
            ..Default::default()
        };
        RequestChange { target: Target::new::<ReportRequest>(&self.id, self.version), checks, columns }
    }
}

fn priority(checks: &mut Checks, given: i32) -> sea_orm::ActiveValue<i64> {
    let mut priority = checks.number(&["priority"], async_graphql::MaybeUndefined::Value(given), 0..=FIRST);
    priority.take().flatten().map_or(NotSet, Set)
}

impl Change for NewRequest {
    type Done = Key;

    /// Asks for a report. The same one that is asked for already is not made twice: it gets the more urgent priority.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let mut checks = self.checks.clone();
        let mut row = self.columns.clone();
        let patient = store::refer::<Patient>(tx, act, &mut checks, &["patientId"], self.patient, Hold::Alone).await?;
        let (session, scan) = (row.session_id.clone().take().flatten(), row.mri_scan_id.clone().take().flatten());
        let prediction = row.prediction_id.clone().take().flatten();
        let sessions = store::rows::<Session>(tx, act, session, Hold::Shared).await?;
        store::check_of_patient::<Session>(&mut checks, &["sessionId"], session, self.patient, &sessions);
        let scans = store::rows::<Scan>(tx, act, scan, Hold::Shared).await?;
        store::check_of_patient::<Scan>(&mut checks, &["scanId"], scan, self.patient, &scans);
        let predictions = store::rows::<Prediction>(tx, act, prediction, Hold::Shared).await?;
        store::check_of_patient::<Prediction>(&mut checks, &["predictionId"], prediction, self.patient, &predictions);
        let Some(patient) = patient else { return checks.refuse() };
        checks.finish()?;
        match pipeline::live(tx, patient.patient_id, &row).await? {
            Some(live) => more_urgent(tx, act, &live, &row).await,
            None => {
                row.patient_id = Set(patient.patient_id);
                row.turn_at = Set(Some(turn(tx, act, patient.patient_id).await?));
                store::insert::<ReportRequest>(tx, act, row).await
            }
        }
    }
}

/// A request that waits goes as first as anybody wants it to.
async fn more_urgent(tx: &Tx, act: &Act, live: &Model, wanted: &ActiveModel) -> Result<Key, Refusal> {
    let priority = wanted.priority.clone().take().unwrap_or_default();
    if live.status != RequestStatus::Pending || priority <= live.priority {
        return Ok(live.id);
    }
    let columns = ActiveModel { priority: Set(priority), ..Default::default() };
    store::save::<ReportRequest>(tx, act, live, columns).await
}

/// When it is the turn of a request that is made now.
async fn turn(tx: &Tx, act: &Act, patient: Key) -> Result<Instant, Refusal> {
    Ok(pipeline::turn(pipeline::last_turn(tx, patient).await?, act.now()))
}

impl Change for RequestChange {
    type Done = Key;

    /// Changes a request that waits.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let mut checks = self.checks.clone();
        let request = self.target.open::<ReportRequest>(tx, act, &mut checks).await?;
        must_stand(&mut checks, &request, &[RequestStatus::Pending], "Only a request that waits can be changed.");
        checks.finish()?;
        store::save::<ReportRequest>(tx, act, &request, self.columns.clone()).await
    }
}

/// A failed request, tried again.
pub struct Retry(pub(super) Target);

/// A request, put away.
pub struct Shelving(pub(super) Target);

/// The end of a request.
pub struct RequestRemoval(pub(super) Target);

impl Change for Retry {
    type Done = Key;

    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let mut checks = Checks::default();
        let request = self.0.open::<ReportRequest>(tx, act, &mut checks).await?;
        must_stand(&mut checks, &request, &[RequestStatus::Failed], "Only a failed request can be tried again.");
        if request.failure_cause == Some(FailureCause::SubjectDeleted) {
            let message = "What the report was to be about is no longer there. Request another one.";
            checks.problem(UserError::transition(&["id"], message));
        }
        checks.finish()?;
        let columns = ActiveModel {
            status: Set(RequestStatus::Pending),
            retry_count: Set(0),
            next_attempt_at: Set(None),
            error_message: Set(None),
            failure_cause: Set(None),
            turn_at: Set(Some(turn(tx, act, request.patient_id).await?)),
            ..Default::default()
        };
        store::save::<ReportRequest>(tx, act, &request, columns).await
    }
}

impl Change for Shelving {
    type Done = Key;

    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let mut checks = Checks::default();
        let request = self.0.open::<ReportRequest>(tx, act, &mut checks).await?;
        let ended = [RequestStatus::Generated, RequestStatus::Failed];
        must_stand(&mut checks, &request, &ended, "Only a request that has come to an end can be archived.");
        checks.finish()?;
        let columns = ActiveModel { status: Set(RequestStatus::Archived), ..Default::default() };
        store::save::<ReportRequest>(tx, act, &request, columns).await
    }
}

impl Change for RequestRemoval {
    type Done = Key;

    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let mut checks = Checks::default();
        let request = self.0.open::<ReportRequest>(tx, act, &mut checks).await?;
        if request.status == RequestStatus::Generating {
            let message = "The report is being written. Wait until it is there, or has failed.";
            checks.problem(UserError::transition(&["id"], message));
        }
        checks.finish()?;
        store::delete::<ReportRequest>(tx, &request, "Records name this request.").await
    }
}

fn must_stand(checks: &mut Checks, request: &Model, among: &[RequestStatus], rule: &str) {
    if !among.contains(&request.status) {
        let message = format!("{rule} This one is {}.", request.status.word());
        checks.problem(UserError::transition(&["id"], message));
    }
}
