//! What mutations of reports check and write.
//!
//! Whoever gives out or takes back a report of a patient waits for others who do: which predictions are given out
//! depends on all of the patient's reports.

use std::collections::BTreeSet;

use entity::vocabulary::ReportStatus;
use entity::{Instant, Key, medical_reports as reports, predictions, report_predictions as shown};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, Query};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, QueryTrait};

use super::input::{Amendment, Contents, DraftChange, NewReport, Shown, Withdrawal};
use super::{Report, access};
use crate::db::Tx;
use crate::imaging::{Prediction, Session};
use crate::input::store::{self, Hold};
use crate::input::{Act, Change, Checks, Record, Refusal, Target, UserError};
use crate::patient::Patient;

impl Record for Report {
    type Table = reports::Entity;
    const NAME: &'static str = "report";
}

impl Change for NewReport {
    type Done = Key;

    /// Writes a draft.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let mut checks = self.checks.clone();
        let patient = store::refer::<Patient>(tx, act, &mut checks, &["patientId"], self.patient, Hold::Shared).await?;
        references(tx, act, &mut checks, &self.contents, self.patient).await?;
        let Some(patient) = patient else { return checks.refuse() };
        checks.finish()?;
        let columns = reports::ActiveModel {
            patient_id: Set(patient.patient_id),
            status: Set(ReportStatus::Draft),
            revision: Set(1),
            ..self.contents.columns.clone()
        };
        let main = columns.prediction_id.clone().take().flatten();
        let report = store::insert::<Report>(tx, act, columns).await?;
        show(tx, report, patient.patient_id, keys(self.contents.shown.as_deref()).chain(main)).await?;
        Ok(report)
    }
}

impl Change for DraftChange {
    type Done = Key;

    /// Changes a draft.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let mut checks = self.checks.clone();
        let draft = self.target.open::<Report>(tx, act, &mut checks).await?;
        must_be_draft(&mut checks, &draft);
        references(tx, act, &mut checks, &self.contents, Some(draft.patient_id)).await?;
        checks.finish()?;
        let report = store::save::<Report>(tx, act, &draft, self.contents.columns.clone()).await?;
        let main = self.contents.columns.prediction_id.clone().take().unwrap_or(draft.prediction_id);
        if let Some(wanted) = &self.contents.shown {
            shown::Entity::delete_many().filter(shown::Column::ReportId.eq(report)).exec(&**tx).await?;
            show(tx, report, draft.patient_id, keys(Some(wanted)).chain(main)).await?;
        } else if main != draft.prediction_id {
            let wanted = shows(tx, act, report).await?;
            show(tx, report, draft.patient_id, main.filter(|main| !wanted.contains(main))).await?;
        }
        Ok(report)
    }
}

/// A draft that is given out.
pub struct Release(pub(super) Target);

impl Change for Release {
    type Done = Key;

    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let mut checks = Checks::default();
        let draft = self.0.open_holding::<Report>(tx, act, &mut checks, Hold::Alone).await?;
        must_be_draft(&mut checks, &draft);
        checks.finish()?;
        let released = reports::ActiveModel {
            status: Set(ReportStatus::Released),
            released_at: Set(Some(act.now())),
            released_by: Set(act.viewer().user),
            ..Default::default()
        };
        let report = store::save::<Report>(tx, act, &draft, released).await?;
        release_predictions(tx, report, act.now()).await?;
        Ok(report)
    }
}

impl Change for Amendment {
    type Done = Key;

    /// Writes and gives out the next revision.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let mut checks = self.checks.clone();
        let report = self.target.open_holding::<Report>(tx, act, &mut checks, Hold::Alone).await?;
        must_be_released(&mut checks, &report);
        let newer = reports::Entity::find()
            .filter(reports::Column::SupersedesId.eq(report.id))
            .filter(access::visible_to(act.viewer(), "medical_reports"))
            .count(&**tx)
            .await?;
        if newer > 0 {
            let message = "A newer revision supersedes this report. Amend the newest.";
            checks.problem(UserError::transition(&["id"], message));
        }
        references(tx, act, &mut checks, &self.contents, Some(report.patient_id)).await?;
        checks.finish()?;
        let shown_before = shows(tx, act, report.id).await?;
        let columns = revision(&report, self, act);
        let main = columns.prediction_id.clone().take().flatten();
        let patient = report.patient_id;
        let revision = store::insert::<Report>(tx, act, columns).await?;
        let wanted = match &self.contents.shown {
            Some(wanted) => keys(Some(wanted)).collect(),
            None => shown_before,
        };
        show(tx, revision, patient, wanted.into_iter().chain(main)).await?;
        release_predictions(tx, revision, act.now()).await?;
        Ok(revision)
    }
}

impl Change for Withdrawal {
    type Done = Key;

    /// Takes a released report back, and with it the predictions that no other one shows.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let mut checks = self.checks.clone();
        let report = self.target.open_holding::<Report>(tx, act, &mut checks, Hold::Alone).await?;
        must_be_released(&mut checks, &report);
        checks.finish()?;
        let withdrawn = reports::ActiveModel {
            status: Set(ReportStatus::Withdrawn),
            withdrawn_at: Set(Some(act.now())),
            withdrawn_reason: Set(self.reason.clone().take()),
            ..Default::default()
        };
        store::save::<Report>(tx, act, &report, withdrawn).await?;
        take_predictions_back(tx, report.id).await?;
        Ok(report.id)
    }
}

/// A draft that is deleted.
pub struct DraftRemoval(pub(super) Target);

impl Change for DraftRemoval {
    type Done = Key;

    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let mut checks = Checks::default();
        let draft = self.0.open::<Report>(tx, act, &mut checks).await?;
        must_be_draft(&mut checks, &draft);
        checks.finish()?;
        store::delete::<Report>(tx, &draft, "Records name this report.").await
    }
}

fn must_be_draft(checks: &mut Checks, report: &reports::Model) {
    if report.status != ReportStatus::Draft {
        let message = format!(
            "The report is no draft any more, it is {}. What was given out is amended or withdrawn.",
            report.status.word()
        );
        checks.problem(UserError::transition(&["id"], message));
    }
}

fn must_be_released(checks: &mut Checks, report: &reports::Model) {
    let message = match report.status {
        ReportStatus::Released => return,
        ReportStatus::Draft => "The report is a draft. Change or release it.",
        ReportStatus::Withdrawn => "The report was withdrawn. Write a new one.",
    };
    checks.problem(UserError::transition(&["id"], message));
}

pub(super) fn keys(shown: Option<&[Shown]>) -> impl Iterator<Item = Key> {
    shown.into_iter().flatten().map(|shown| shown.key)
}

/// What a report names is there, and of the same patient.
pub(super) async fn references(
    tx: &Tx,
    act: &Act,
    checks: &mut Checks,
    contents: &Contents,
    patient: Option<Key>,
) -> Result<(), Refusal> {
    let session = contents.columns.session_id.clone().take().flatten();
    let sessions = store::rows::<Session>(tx, act, session, Hold::Shared).await?;
    store::check_of_patient::<Session>(checks, &["sessionId"], session, patient, &sessions);
    let main = contents.columns.prediction_id.clone().take().flatten();
    let wanted = keys(contents.shown.as_deref());
    let found = store::rows::<Prediction>(tx, act, wanted.chain(main), Hold::Shared).await?;
    store::check_of_patient::<Prediction>(checks, &["predictionId"], main, patient, &found);
    for Shown { number, key } in contents.shown.iter().flatten() {
        let path = ["predictionIds", &number.to_string()];
        store::check_of_patient::<Prediction>(checks, &path, Some(*key), patient, &found);
    }
    Ok(())
}

/// The columns of the next revision: what is not given stays as the report has it.
fn revision(report: &reports::Model, amendment: &Amendment, act: &Act) -> reports::ActiveModel {
    let mut new = amendment.contents.columns.clone();
    reports::ActiveModel {
        id: NotSet,
        patient_id: Set(report.patient_id),
        session_id: Set(new.session_id.take().unwrap_or(report.session_id)),
        prediction_id: Set(new.prediction_id.take().unwrap_or(report.prediction_id)),
        report_type: Set(new.report_type.take().unwrap_or(report.report_type)),
        title: Set(new.title.take().unwrap_or_else(|| report.title.clone())),
        content: Set(new.content.take().unwrap_or_else(|| report.content.clone())),
        recommendations: Set(new.recommendations.take().unwrap_or_else(|| report.recommendations.clone())),
        format_type: Set(new.format_type.take().unwrap_or(report.format_type)),
        generated_by: Set(new.generated_by.take().unwrap_or_else(|| report.generated_by.clone())),
        confidence_level: Set(new.confidence_level.take().unwrap_or(report.confidence_level)),
        disclaimer: Set(new.disclaimer.take().unwrap_or_else(|| report.disclaimer.clone())),
        file_path: NotSet,
        status: Set(ReportStatus::Released),
        revision: Set(report.revision + 1),
        supersedes_id: Set(Some(report.id)),
        revision_reason: Set(amendment.reason.clone().take()),
        released_at: Set(Some(act.now())),
        released_by: Set(act.viewer().user),
        withdrawn_at: NotSet,
        withdrawn_reason: NotSet,
        // What a person changes is not what it was made of.
        made_from: NotSet,
        metadata: Set(new.metadata.take().unwrap_or_else(|| report.metadata.clone())),
        created_at: NotSet,
        updated_at: NotSet,
        version: NotSet,
    }
}

/// The predictions that a report shows.
async fn shows(tx: &Tx, act: &Act, report: Key) -> Result<BTreeSet<Key>, Refusal> {
    let links = shown::Entity::find()
        .select_only()
        .column(shown::Column::PredictionId)
        .filter(shown::Column::ReportId.eq(report))
        .filter(access::requests_visible_to(act.viewer(), "report_predictions"));
    Ok(links.into_tuple().all(&**tx).await?.into_iter().collect())
}

/// Makes a report show predictions, each once.
pub(super) async fn show(
    tx: &Tx,
    report: Key,
    patient: Key,
    wanted: impl IntoIterator<Item = Key>,
) -> Result<(), Refusal> {
    let wanted: BTreeSet<Key> = wanted.into_iter().collect();
    let links: Vec<_> = wanted
        .into_iter()
        .map(|prediction| shown::ActiveModel {
            report_id: Set(report),
            prediction_id: Set(prediction),
            patient_id: Set(patient),
        })
        .collect();
    if !links.is_empty() {
        shown::Entity::insert_many(links).exec_without_returning(&**tx).await?;
    }
    Ok(())
}

/// Gives out what a report shows.
async fn release_predictions(tx: &Tx, report: Key, now: Instant) -> Result<(), Refusal> {
    let released = predictions::ActiveModel { released_at: Set(Some(now)), ..Default::default() };
    predictions::Entity::update_many()
        .set(released)
        .filter(predictions::Column::ReleasedAt.is_null())
        .filter(predictions::Column::Id.in_subquery(shown_by(report)))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Takes back what a report shows and no released one does, whoever may see that one: patients may.
async fn take_predictions_back(tx: &Tx, report: Key) -> Result<(), Refusal> {
    let elsewhere = Query::select()
        .column(("l", "prediction_id"))
        .from_as("report_predictions", "l")
        .join_as(JoinType::InnerJoin, "medical_reports", "r", Expr::col(("r", "id")).equals(("l", "report_id")))
        .and_where(Expr::col(("r", "status")).eq(ReportStatus::Released.word()))
        .take();
    let hidden = predictions::ActiveModel { released_at: Set(None), ..Default::default() };
    predictions::Entity::update_many()
        .set(hidden)
        .filter(predictions::Column::Id.in_subquery(shown_by(report)))
        .filter(predictions::Column::Id.not_in_subquery(elsewhere))
        .exec(&**tx)
        .await?;
    Ok(())
}

fn shown_by(report: Key) -> sea_orm::sea_query::SelectStatement {
    shown::Entity::find()
        .select_only()
        .column(shown::Column::PredictionId)
        .filter(shown::Column::ReportId.eq(report))
        .into_query()
}
