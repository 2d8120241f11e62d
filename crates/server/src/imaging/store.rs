//! What mutations of sessions, scans and predictions check and write.

use std::collections::HashMap;

use entity::vocabulary::Role as AccountRole;
use entity::{Key, mri_scans, patients, predictions, sessions};
use sea_orm::ActiveValue::{self, Set};
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::input::{Edit, NewPrediction, NewScan, NewSession, Owner};
use super::{Prediction, Scan, Session, access};
use crate::account::User;
use crate::auth::{Role, Scopes};
use crate::db::Tx;
use crate::doctor::Doctor;
use crate::input::bulk::{Batch, Written};
use crate::input::store::{self, Hold};
use crate::input::{Act, Change, Checks, Record, Refusal, Target, UserError};
use crate::patient::Patient;
use crate::patient::access::visible_to as patients_visible_to;

impl Record for Session {
    type Table = sessions::Entity;
    const NAME: &'static str = "session";
}

impl Record for Scan {
    type Table = mri_scans::Entity;
    const NAME: &'static str = "scan";
}

impl Record for Prediction {
    type Table = predictions::Entity;
    const NAME: &'static str = "prediction";
}

impl Change for NewSession {
    type Done = Key;

    /// Opens a run of the analysis.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let mut checks = self.checks.clone();
        let mut row = self.columns.clone();
        let patient = match &self.patient {
            Some(Owner::Mrn(mrn)) => by_mrn(tx, act, &mut checks, mrn).await?,
            Some(Owner::Key(key)) => {
                store::refer::<Patient>(tx, act, &mut checks, &["patientId"], Some(*key), Hold::Shared).await?
            }
            None => None,
        };
        people(tx, act, &mut checks, &row).await?;
        let Some(patient) = patient else { return checks.refuse() };
        checks.finish()?;
        row.patient_id = Set(patient.patient_id);
        store::insert::<Session>(tx, act, row).await
    }
}

impl Change for Edit<sessions::ActiveModel> {
    type Done = Key;

    /// Changes a run of the analysis.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let mut checks = self.checks.clone();
        let session = self.target.open::<Session>(tx, act, &mut checks).await?;
        if !access::may_work_on(act.viewer(), &session) {
            checks.problem(UserError::forbidden(&["id"], NOT_GIVEN));
        }
        people(tx, act, &mut checks, &self.columns).await?;
        checks.finish()?;
        store::save::<Session>(tx, act, &session, self.columns.clone()).await
    }
}

/// The patient with this medical record number. Whoever takes in scans has the number from them, and need not have seen
/// the record before: it is opened by this very session.
async fn by_mrn(tx: &Tx, act: &Act, checks: &mut Checks, mrn: &str) -> Result<Option<patients::Model>, Refusal> {
    let visible = match act.viewer().role {
        Role::Agent(Scopes { intake: true, .. }) => Condition::all(),
        _ => patients_visible_to(act.viewer(), "patients"),
    };
    // No number has a NUL, and PostgreSQL takes none.
    let found = match mrn.contains('\0') {
        true => None,
        false => {
            let patients = patients::Entity::find().filter(patients::Column::Mrn.eq(mrn)).filter(visible);
            patients.lock(Hold::Shared.into()).one(&**tx).await?
        }
    };
    match &found {
        None => checks.problem(UserError::unknown(&["mrn"], Patient::NAME)),
        Some(patient) if patient.is_archived() => checks.problem(UserError::archived(&["mrn"], Patient::NAME)),
        Some(_) => {}
    }
    Ok(found)
}

/// The session that a program's row comes with must be given to it; others need not name one.
fn given_to_program(checks: &mut Checks, act: &Act, named: Option<Key>, sessions: &HashMap<Key, sessions::Model>) {
    if named.is_none() && matches!(act.viewer().role, Role::Agent(_)) {
        let message = "Say with which session it comes: one that is given to you and active.";
        checks.problem(UserError::required(&["sessionId"], message));
    }
    let found = named.and_then(|session| sessions.get(&session));
    if found.is_some_and(|session| !access::may_work_on(act.viewer(), session)) {
        checks.problem(UserError::forbidden(&["sessionId"], NOT_GIVEN));
    }
}

const NOT_GIVEN: &str = "This session is not given to you, or is over.";

/// The doctor and the agent of a session are there; the agent is a program that can sign in.
async fn people(tx: &Tx, act: &Act, checks: &mut Checks, row: &sessions::ActiveModel) -> Result<(), Refusal> {
    store::refer::<Doctor>(tx, act, checks, &["doctorId"], given(&row.doctor_id), Hold::Shared).await?;
    let agent = store::refer::<User>(tx, act, checks, &["agentId"], given(&row.agent_id), Hold::Shared).await?;
    if agent.is_some_and(|agent| agent.role != AccountRole::Agent || !agent.is_active) {
        let message = "This account is no active AGENT. Give a session to a program.";
        checks.problem(UserError::invalid(&["agentId"], message));
    }
    Ok(())
}

impl Change for Batch<NewScan> {
    type Done = Written;

    /// Enters scans.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Written, Refusal> {
        let mut checks = self.checks()?;
        let of = |row: &NewScan| row.patient;
        let patients = store::rows::<Patient>(tx, act, self.rows.iter().filter_map(of), Hold::Shared).await?;
        let of = |row: &NewScan| given(&row.columns.session_id);
        let sessions = store::rows::<Session>(tx, act, self.rows.iter().filter_map(of), Hold::Shared).await?;
        for (checks, row) in checks.iter_mut().zip(&self.rows) {
            store::check::<Patient>(checks, &["patientId"], row.patient, &patients);
            let session = given(&row.columns.session_id);
            store::check_of_patient::<Session>(checks, &["sessionId"], session, row.patient, &sessions);
            given_to_program(checks, act, session, &sessions);
        }
        let settled = self.settle(checks);
        let rows = settled
            .fine(&self.rows)
            .filter_map(|row| Some(mri_scans::ActiveModel { patient_id: Set(row.patient?), ..row.columns.clone() }));
        let keys = store::insert_all::<Scan>(tx, act, rows.collect()).await?;
        Ok(settled.written(keys))
    }
}

impl Change for Edit<mri_scans::ActiveModel> {
    type Done = Key;

    /// Changes what is known about a scan.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let mut checks = self.checks.clone();
        let scan = self.target.open::<Scan>(tx, act, &mut checks).await?;
        let session = given(&self.columns.session_id);
        let sessions = store::rows::<Session>(tx, act, session, Hold::Shared).await?;
        store::check_of_patient::<Session>(&mut checks, &["sessionId"], session, Some(scan.patient_id), &sessions);
        checks.finish()?;
        store::save::<Scan>(tx, act, &scan, self.columns.clone()).await
    }
}

impl Change for Batch<NewPrediction> {
    type Done = Written;

    /// Enters predictions.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Written, Refusal> {
        let mut checks = self.checks()?;
        let of = |row: &NewPrediction| row.patient;
        let patients = store::rows::<Patient>(tx, act, self.rows.iter().filter_map(of), Hold::Shared).await?;
        let of = |row: &NewPrediction| given(&row.columns.session_id);
        let sessions = store::rows::<Session>(tx, act, self.rows.iter().filter_map(of), Hold::Shared).await?;
        let of = |row: &NewPrediction| given(&row.columns.mri_scan_id);
        let scans = store::rows::<Scan>(tx, act, self.rows.iter().filter_map(of), Hold::Shared).await?;
        for (checks, row) in checks.iter_mut().zip(&self.rows) {
            store::check::<Patient>(checks, &["patientId"], row.patient, &patients);
            let (session, scan) = (given(&row.columns.session_id), given(&row.columns.mri_scan_id));
            store::check_of_patient::<Session>(checks, &["sessionId"], session, row.patient, &sessions);
            given_to_program(checks, act, session, &sessions);
            store::check_of_patient::<Scan>(checks, &["scanId"], scan, row.patient, &scans);
        }
        let settled = self.settle(checks);
        let rows = settled
            .fine(&self.rows)
            .filter_map(|row| Some(predictions::ActiveModel { patient_id: Set(row.patient?), ..row.columns.clone() }));
        let keys = store::insert_all::<Prediction>(tx, act, rows.collect()).await?;
        Ok(settled.written(keys))
    }
}

impl Change for Edit<predictions::ActiveModel> {
    type Done = Key;

    /// Changes a prediction that no released report shows.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let mut checks = self.checks.clone();
        let prediction = self.target.open::<Prediction>(tx, act, &mut checks).await?;
        not_shown(&mut checks, &prediction);
        let (session, scan) = (given(&self.columns.session_id), given(&self.columns.mri_scan_id));
        let owner = Some(prediction.patient_id);
        let sessions = store::rows::<Session>(tx, act, session, Hold::Shared).await?;
        store::check_of_patient::<Session>(&mut checks, &["sessionId"], session, owner, &sessions);
        let scans = store::rows::<Scan>(tx, act, scan, Hold::Shared).await?;
        store::check_of_patient::<Scan>(&mut checks, &["scanId"], scan, owner, &scans);
        checks.finish()?;
        store::save::<Prediction>(tx, act, &prediction, self.columns.clone()).await
    }
}

/// The end of a prediction.
pub struct PredictionRemoval(pub(super) Target);

impl Change for PredictionRemoval {
    type Done = Key;

    /// Deletes a prediction that no released report shows.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Key, Refusal> {
        let mut checks = Checks::default();
        let prediction = self.0.open::<Prediction>(tx, act, &mut checks).await?;
        not_shown(&mut checks, &prediction);
        checks.finish()?;
        store::delete::<Prediction>(tx, &prediction, "Records name this prediction.").await
    }
}

/// What was given out stays as it was given out.
fn not_shown(checks: &mut Checks, prediction: &predictions::Model) {
    if prediction.is_released() {
        checks.problem(UserError::in_use("A released report shows this prediction. Withdraw the report first."));
    }
}

/// The record that an input names in a column.
fn given(column: &ActiveValue<Option<Key>>) -> Option<Key> {
    column.clone().take().flatten()
}
