//! What can be done with requests by whoever makes reports, each in one transaction.

use entity::medical_reports;
use entity::report_status::{ActiveModel, Model};
use entity::vocabulary::{ReportStatus, ReportType, RequestStatus};
use entity::{Instant, Key};
use sea_orm::ActiveValue::Set;

use super::attempt::{self, Failure, Terms};
use super::input::{Completion, Failing, Lease};
use super::store;
use crate::auth::Role;
use crate::auth::secret::Secret;
use crate::db::Tx;
use crate::input::{Act, Change, Checks, Record, Refusal, UserError, UserErrorCode, store as rows};
use crate::patient::Patient;
use crate::report::input::Contents;
use crate::report::store::{keys, references, show};
use crate::report::{Report, ReportRequest};

/// Takes the next request of these types, if there is one, for whoever acts.
pub struct Claim<'a> {
    pub(super) secret: &'a Secret,
    pub(super) types: &'a [ReportType],
    pub(super) terms: &'a Terms,
}

/// What was claimed.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The request as it stood before: what it is about stays.
    pub request: Model,
    /// Until when it is the claimer's.
    pub until: Instant,
}

impl Change for Claim<'_> {
    type Done = Option<Claimed>;

    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Option<Claimed>, Refusal> {
        if let (Role::Agent(_), Some(agent)) = (act.viewer().role, act.viewer().user)
            && store::held_by(tx, agent).await? >= MOST_HELD
        {
            let message = format!("You have {MOST_HELD} requests. Complete or fail one of them first.");
            return Err(UserError::forbidden(&[], message).into());
        }
        let Some(request) = store::next(tx, self.types, act.now()).await? else { return Ok(None) };
        let columns = attempt::claimed(self.secret.hash(), act.viewer().user, self.terms, act.now());
        let until = columns.leased_until.clone().take().flatten().unwrap_or(act.now());
        rows::save::<ReportRequest>(tx, act, &request, columns).await?;
        Ok(Some(Claimed { request, until }))
    }
}

/// So many requests a program has at the same time: each opens a record to it.
const MOST_HELD: u64 = 10;

/// Counts attempts whose lease has run out as failed.
pub struct Sweep<'a> {
    pub(super) terms: &'a Terms,
    pub(super) chance: f64,
}

impl Change for Sweep<'_> {
    type Done = u64;

    async fn apply(&self, tx: &Tx, act: &Act) -> Result<u64, Refusal> {
        let lost = store::lost(tx, act.now()).await?;
        for (number, request) in (0_u32..).zip(&lost) {
            // A number of its own for each: what was lost together is not tried again together.
            let chance = (self.chance + f64::from(number) * 0.618).fract();
            let columns = Failure::lost().of(request, self.terms, act.now(), chance);
            rows::save::<ReportRequest>(tx, act, request, columns).await?;
        }
        Ok(u64::try_from(lost.len()).unwrap_or(u64::MAX))
    }
}

/// Prolongs a lease.
pub struct Extension<'a> {
    pub(super) lease: Lease,
    pub(super) terms: &'a Terms,
}

impl Change for Extension<'_> {
    type Done = Claimed;

    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Claimed, Refusal> {
        let request = self.lease.held(tx, act).await?;
        let until = attempt::prolonged(&request, self.terms, act.now()).ok_or_else(Lease::over)?;
        if store::is_archived(tx, request.patient_id).await? {
            return Err(UserError::archived(&["lease"], Patient::NAME).into());
        }
        store::prolong(tx, request.id, until).await?;
        Ok(Claimed { request, until })
    }
}

/// What came of an attempt: the report, and the request that it was for.
#[derive(Debug, Clone, Copy)]
pub struct Completed {
    pub(super) report: Key,
    pub(super) request: Key,
}

impl Change for Completion {
    type Done = Completed;

    /// Writes the report as a draft, and the request as fulfilled. Said again by the same attempt, it answers the report
    /// that there is.
    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Completed, Refusal> {
        let mut checks = self.checks.clone();
        // The patient first, then the request: the order in which everybody takes locks.
        let hash = self.lease.hash()?;
        let claimed = store::of_lease(tx, hash).await?.ok_or_else(Lease::over)?;
        let patient = store::patient(tx, claimed.patient_id).await?.ok_or_else(Lease::over)?;
        let request = store::locked(tx, hash).await?.ok_or_else(Lease::over)?;
        if request.claimed_by != act.viewer().user || request.patient_id != patient.patient_id {
            return Err(Lease::over());
        }
        if let (RequestStatus::Generated | RequestStatus::Archived, Some(report)) = (request.status, request.report_id)
        {
            return Ok(Completed { report, request: request.id });
        }
        if !attempt::is_held(&request, act.viewer().user, act.now()) {
            return Err(Lease::over());
        }
        if patient.is_archived() {
            checks.problem(UserError::archived(&["lease"], Patient::NAME));
        }
        let mut contents = self.contents.clone();
        contents.columns.prediction_id = Set(request.prediction_id);
        references(tx, act, &mut checks, &contents, Some(patient.patient_id)).await?;
        checks.finish()?;
        let report = write(tx, act, &request, contents).await?;
        let columns = ActiveModel {
            status: Set(RequestStatus::Generated),
            report_id: Set(Some(report)),
            generated_at: Set(Some(act.now())),
            leased_until: Set(None),
            failure_cause: Set(None),
            error_message: Set(None),
            ..Default::default()
        };
        rows::save::<ReportRequest>(tx, act, &request, columns).await?;
        Ok(Completed { report, request: request.id })
    }
}

/// The report as a draft, and what it shows.
async fn write(tx: &Tx, act: &Act, request: &Model, contents: Contents) -> Result<Key, Refusal> {
    let shown: Vec<Key> = keys(contents.shown.as_deref()).chain(request.prediction_id).collect();
    let columns = medical_reports::ActiveModel {
        patient_id: Set(request.patient_id),
        session_id: Set(request.session_id),
        report_type: Set(request.report_type),
        status: Set(ReportStatus::Draft),
        revision: Set(1),
        ..contents.columns
    };
    let report = rows::insert::<Report>(tx, act, columns).await?;
    show(tx, report, request.patient_id, shown).await?;
    Ok(report)
}

/// Where a request stands after a failed attempt.
#[derive(Debug, Clone, Copy)]
pub struct Failed {
    pub(super) request: Key,
    pub(super) status: RequestStatus,
    pub(super) next_attempt_at: Option<Instant>,
}

impl Change for Failing<'_> {
    type Done = Failed;

    async fn apply(&self, tx: &Tx, act: &Act) -> Result<Failed, Refusal> {
        let checks = self.checks.clone();
        let request = self.lease.held(tx, act).await?;
        checks.finish()?;
        let columns = self.failure.of(&request, self.terms, act.now(), self.chance);
        let status = columns.status.clone().take().unwrap_or(request.status);
        let next_attempt_at = columns.next_attempt_at.clone().take().flatten();
        rows::save::<ReportRequest>(tx, act, &request, columns).await?;
        Ok(Failed { request: request.id, status, next_attempt_at })
    }
}

impl Lease {
    /// The request that is being worked on under this lease, locked.
    ///
    /// # Errors
    /// A problem of the input where the lease is over, or was never.
    async fn held(&self, tx: &Tx, act: &Act) -> Result<Model, Refusal> {
        let request = store::locked(tx, self.hash()?).await?;
        request.filter(|request| attempt::is_held(request, act.viewer().user, act.now())).ok_or_else(Self::over)
    }

    /// What is said of a lease that is over and of one that never was.
    pub(super) fn over() -> Refusal {
        let mut checks = Checks::default();
        let message = "This lease is over: the time ran out, or the attempt has ended. Claim a request anew.";
        checks.problem(UserError::at(&["lease"], UserErrorCode::Conflict, message));
        Refusal::User(checks.into_problems())
    }
}
