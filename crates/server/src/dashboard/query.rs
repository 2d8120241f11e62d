//! The dashboard in the API.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use async_graphql::{Context, Error, Object, Result, SimpleObject};
use chrono::TimeDelta;
use tokio::sync::Mutex;

use super::store;
use crate::auth::Role;
use crate::auth::rights::doctors;
use crate::input::Act;
use crate::read::scalar::{Date, DateTime};
use crate::vocabulary::{DiseaseStatus, ReportFailureCause, ReportRequestStatus};

/// How old figures may be: reading them costs a pass over an index each, and many screens show them.
pub(super) const FRESH: Duration = Duration::from_secs(5);

/// The clinic at a glance. Archived patients do not count.
#[derive(Debug, Clone, PartialEq, SimpleObject)]
pub struct Dashboard {
    /// When the figures were counted: at most 5 seconds ago.
    pub as_of: DateTime,
    /// Patients.
    pub patients: i32,
    /// Doctors.
    pub doctors: i32,
    /// Visits of the clinic's calendar day, but the cancelled.
    pub visits_today: i32,
    /// Visits of the clinic's week, from Monday, but the cancelled.
    pub visits_this_week: i32,
    /// Visits scheduled from now on.
    pub upcoming_visits: i32,
    /// Visits still scheduled though their time has passed.
    pub overdue_visits: i32,
    /// Requests for reports by where they stand.
    pub requests_by_status: Vec<ReportRequestStatusCount>,
    /// When the oldest request was made that still waits or is being worked on; null where none is.
    pub oldest_open_request: Option<DateTime>,
    /// Requests that have failed for good, by why.
    pub failed_requests_by_cause: Vec<ReportFailureCauseCount>,
    /// Patients by what the latest prediction that could say found.
    pub patients_by_disease_status: Vec<DiseaseStatusCount>,
    /// Patients in whom the disease was detected, by stage.
    pub patients_by_disease_stage: Vec<DiseaseStageCount>,
    /// What happened on each of the last 30 calendar days, oldest first, today included.
    pub recent_activity: Vec<DayActivity>,
}

/// How many requests stand there.
#[derive(Debug, Clone, PartialEq, SimpleObject)]
pub struct ReportRequestStatusCount {
    /// Where they stand.
    pub status: ReportRequestStatus,
    /// How many.
    pub count: i32,
}

/// How many requests have failed for this reason.
#[derive(Debug, Clone, PartialEq, SimpleObject)]
pub struct ReportFailureCauseCount {
    /// Why; null where it is not known.
    pub cause: Option<ReportFailureCause>,
    /// How many.
    pub count: i32,
}

/// In how many patients a model found this.
#[derive(Debug, Clone, PartialEq, SimpleObject)]
pub struct DiseaseStatusCount {
    /// What was found. A model's finding, not a diagnosis.
    pub status: DiseaseStatus,
    /// How many patients.
    pub count: i32,
}

/// In how many patients a model found this stage.
#[derive(Debug, Clone, PartialEq, SimpleObject)]
pub struct DiseaseStageCount {
    /// The stage; null where the prediction has none.
    pub stage: Option<String>,
    /// How many patients.
    pub count: i32,
}

/// What happened on a calendar day of the clinic.
#[derive(Debug, Clone, PartialEq, SimpleObject)]
pub struct DayActivity {
    /// The day.
    pub date: Date,
    /// Visits that were completed.
    pub visits: i32,
    /// Scans that were taken, or uploaded where that is unknown.
    pub scans: i32,
    /// Predictions that were made.
    pub predictions: i32,
    /// Reports that were written.
    pub reports: i32,
}

impl Dashboard {
    /// Whether all figures are the same, whenever they were counted.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        Self { as_of: other.as_of, ..self.clone() } == *other
    }
}

/// The last figures for each role that they differ by: of the clinic for administrators, of the own patients for a doctor.
/// Whoever comes while they are counted waits for them. Cheap to clone.
#[derive(Default, Clone)]
pub struct Figures(Arc<std::sync::Mutex<HashMap<Role, Latest>>>);

type Latest = Arc<Mutex<Option<Dashboard>>>;

/// So many are kept at most; then all are counted anew.
const MOST_KEPT: usize = 1_000;

impl Figures {
    /// The figures for whoever acts.
    ///
    /// # Errors
    /// The database's, which the response masks.
    pub(super) async fn of(&self, act: &Act) -> Result<Dashboard> {
        let figures = self.latest(act.viewer().role);
        let mut latest = figures.lock().await;
        if let Some(dashboard) = latest.as_ref().filter(|dashboard| fresh(dashboard, act)) {
            return Ok(dashboard.clone());
        }
        let counted = store::count(act).await.map_err(|error| Error::new(error.to_string()))?;
        Ok(latest.insert(counted).clone())
    }

    fn latest(&self, role: Role) -> Latest {
        // Nothing that panics runs under the lock.
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.entry(role).or_default().clone()
    }
}

/// The dashboard as a root field.
#[derive(Default)]
pub struct DashboardQuery;

#[Object]
impl DashboardQuery {
    /// The clinic at a glance: figures for the start of the day. Doctors get those of their own patients.
    async fn dashboard(&self, ctx: &Context<'_>) -> Result<Dashboard> {
        ctx.data::<Figures>()?.of(Act::of(ctx)?.permitted(doctors)?).await
    }
}

/// Whether figures may still be shown.
fn fresh(dashboard: &Dashboard, act: &Act) -> bool {
    let age = act.moment().now - chrono::DateTime::from(dashboard.as_of.0);
    age >= TimeDelta::zero() && age.to_std().is_ok_and(|age| age < FRESH)
}
