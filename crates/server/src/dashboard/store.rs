//! The figures of the dashboard: one indexed statement each, over the rows that the viewer may see, in one snapshot.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use entity::vocabulary::{DiseaseStatus, FailureCause, RequestStatus};
use entity::{Day, Instant};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func, Query, SelectStatement, Value};
use sea_orm::{
    AccessMode, ConnectionTrait, DbBackend, DbErr, IsolationLevel, QueryResult, TransactionSession, TransactionTrait,
    TryGetable,
};

use super::query::{
    Dashboard, DayActivity, DiseaseStageCount, DiseaseStatusCount, ReportFailureCauseCount, ReportRequestStatusCount,
};
use crate::auth::Viewer;
use crate::db::to_its_end;
use crate::doctor;
use crate::input::Act;
use crate::patient::access::{record_of, visible_to};
use crate::read::scalar::{self, Date};
use crate::read::shape::Moment;

/// How many calendar days the activity goes back, today included.
const ACTIVITY_DAYS: u64 = 30;

/// Counts everything.
///
/// # Errors
/// Only the database's.
pub async fn count(act: &Act) -> Result<Dashboard, DbErr> {
    let db = act.db().clone();
    let begin = async move {
        let db = db.overview();
        match db.get_database_backend() {
            DbBackend::Postgres => {
                db.begin_with_config(Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly)).await
            }
            // A transaction of SQLite is a snapshot as it is.
            _ => db.begin().await,
        }
    };
    let tx = to_its_end(begin).await.map_err(|error| DbErr::Custom(error.to_string()))??;
    let counter = Counter { db: &tx, viewer: act.viewer() };
    let dashboard = counter.dashboard(act).await?;
    tx.commit().await?;
    Ok(dashboard)
}

struct Counter<'a, C> {
    db: &'a C,
    viewer: &'a Viewer,
}

/// Half-open: from the first instant up to before the second.
type Span = (DateTime<Utc>, DateTime<Utc>);

impl<C: ConnectionTrait> Counter<'_, C> {
    async fn dashboard(&self, act: &Act) -> Result<Dashboard, DbErr> {
        let moment = act.moment();
        let monday = moment.today - Days::new(u64::from(moment.today.weekday().num_days_from_monday()));
        let (today, week) = (span(moment, moment.today, 1), span(moment, monday, 7));
        Ok(Dashboard {
            as_of: scalar::DateTime(Instant::new(moment.now)),
            patients: self.number(&self.patients()).await?,
            doctors: self.number(&self.doctors()).await?,
            visits_today: self.number(&self.visits_within(today)).await?,
            visits_this_week: self.number(&self.visits_within(week)).await?,
            upcoming_visits: self.number(&self.scheduled(column("consultation_date").gte(moment.now))).await?,
            overdue_visits: self.number(&self.scheduled(column("consultation_date").lt(moment.now))).await?,
            requests_by_status: self.requests().await?,
            oldest_open_request: self.oldest_open_request().await?,
            failed_requests_by_cause: self.failures().await?,
            patients_by_disease_status: self.disease_statuses().await?,
            patients_by_disease_stage: self.disease_stages().await?,
            recent_activity: self.activity(moment).await?,
        })
    }

    async fn number(&self, count: &SelectStatement) -> Result<i32, DbErr> {
        match self.db.query_one(count).await? {
            Some(row) => int(&row, 0),
            None => Ok(0),
        }
    }

    fn patients(&self) -> SelectStatement {
        counted("patients").and_where(column("archived_at").is_null()).cond_where(visible_to(self.viewer, "t")).take()
    }

    fn doctors(&self) -> SelectStatement {
        counted("doctors")
            .and_where(column("archived_at").is_null())
            .cond_where(doctor::access::visible_to(self.viewer, "t"))
            .take()
    }

    /// Rows of patients that are not archived.
    fn records(&self, table: &'static str) -> SelectStatement {
        counted(table).cond_where(self.current()).take()
    }

    fn current(&self) -> Condition {
        let mut archived = Query::select();
        archived.column("patient_id").from("patients").and_where(Expr::col("archived_at").is_not_null());
        record_of(self.viewer, "t").add(column("patient_id").not_in_subquery(archived))
    }

    fn visits_within(&self, (from, to): Span) -> SelectStatement {
        let date = || column("consultation_date");
        self.records("consultations")
            .and_where(date().gte(from))
            .and_where(date().lt(to))
            .and_where(column("status").ne("cancelled"))
            .take()
    }

    fn scheduled(&self, when: Expr) -> SelectStatement {
        self.records("consultations").and_where(column("status").eq("scheduled")).and_where(when).take()
    }

    async fn requests(&self) -> Result<Vec<ReportRequestStatusCount>, DbErr> {
        let statuses = self.grouped(self.records("report_status"), "status").await?;
        statuses
            .iter()
            .map(|row| Ok(ReportRequestStatusCount { status: word::<RequestStatus>(row)?.into(), count: int(row, 0)? }))
            .collect()
    }

    async fn oldest_open_request(&self) -> Result<Option<scalar::DateTime>, DbErr> {
        let mut oldest = Query::select();
        oldest.expr(column("requested_at").min()).from_as("report_status", "t").cond_where(self.current());
        oldest.and_where(column("status").is_in(["pending", "generating"]));
        let row = self.db.query_one(&oldest).await?;
        let at = row.map(|row| row.try_get_by_index::<Option<Instant>>(0)).transpose()?;
        Ok(at.flatten().map(scalar::DateTime))
    }

    async fn failures(&self) -> Result<Vec<ReportFailureCauseCount>, DbErr> {
        let failed = self.records("report_status").and_where(column("status").eq("failed")).take();
        let causes = self.grouped(failed, "failure_cause").await?;
        let count = |row: &QueryResult| {
            let cause = row.try_get_by_index::<Option<FailureCause>>(1)?;
            Ok(ReportFailureCauseCount { cause: cause.map(Into::into), count: int(row, 0)? })
        };
        causes.iter().map(count).collect()
    }

    async fn disease_statuses(&self) -> Result<Vec<DiseaseStatusCount>, DbErr> {
        let statuses = self.grouped(self.records("patient_statistics"), "disease_status").await?;
        statuses
            .iter()
            .map(|row| Ok(DiseaseStatusCount { status: word::<DiseaseStatus>(row)?.into(), count: int(row, 0)? }))
            .collect()
    }

    async fn disease_stages(&self) -> Result<Vec<DiseaseStageCount>, DbErr> {
        let detected = self.records("patient_statistics").and_where(column("disease_status").eq("detected")).take();
        let stages = self.grouped(detected, "disease_stage").await?;
        stages
            .iter()
            .map(|row| Ok(DiseaseStageCount { stage: row.try_get_by_index(1)?, count: int(row, 0)? }))
            .collect()
    }

    async fn grouped(&self, mut count: SelectStatement, by: &'static str) -> Result<Vec<QueryResult>, DbErr> {
        count.column(("t", by)).group_by_col(("t", by)).order_by(("t", by), sea_orm::Order::Asc);
        self.db.query_all(&count).await
    }

    async fn activity(&self, moment: &Moment) -> Result<Vec<DayActivity>, DbErr> {
        let first = moment.today - Days::new(ACTIVITY_DAYS - 1);
        let days: Vec<NaiveDate> = first.iter_days().take(usize::try_from(ACTIVITY_DAYS).unwrap_or(0)).collect();
        let completed = column("status").eq("completed");
        let taken = Func::coalesce([column("acquired_at"), column("upload_timestamp")]);
        let visits = self.daily(moment, &days, "consultations", column("consultation_date"), Some(completed)).await?;
        let scans = self.daily(moment, &days, "mri_scans", taken.into(), None).await?;
        let predictions = self.daily(moment, &days, "predictions", column("created_at"), None).await?;
        let reports = self.daily(moment, &days, "medical_reports", column("created_at"), None).await?;
        let counts = visits.into_iter().zip(scans).zip(predictions).zip(reports);
        let activity = days.into_iter().zip(counts).map(|(day, (((visits, scans), predictions), reports))| {
            DayActivity { date: Date(Day(day)), visits, scans, predictions, reports }
        });
        Ok(activity.collect())
    }

    /// Rows of a table on each of the days: a range of its index over `at` per day, in one statement.
    async fn daily(
        &self,
        moment: &Moment,
        days: &[NaiveDate],
        table: &'static str,
        at: Expr,
        which: Option<Expr>,
    ) -> Result<Vec<i32>, DbErr> {
        let spans = days.iter().enumerate().map(|(i, day)| {
            let (from, to) = span(moment, *day, 1);
            let place = i64::try_from(i).unwrap_or(i64::MAX);
            [Value::from(place), Value::from(from), Value::from(to)]
        });
        let mut count = self.records(table);
        count.and_where(at.clone().gte(Expr::col(("d", "column2")))).and_where(at.lt(Expr::col(("d", "column3"))));
        if let Some(which) = which {
            count.and_where(which);
        }
        let mut select = Query::select();
        select.expr(count).from_values(spans.map(|[a, b, c]| (a, b, c)), "d");
        select.order_by(("d", "column1"), sea_orm::Order::Asc);
        let rows = self.db.query_all(&select).await?;
        rows.iter().map(|row| int(row, 0)).collect()
    }
}

fn counted(table: &'static str) -> SelectStatement {
    Query::select().expr(Func::count(Expr::cust("*"))).from_as(table, "t").take()
}

fn column(name: &'static str) -> Expr {
    Expr::col(("t", name))
}

/// So many calendar days of the clinic from this one.
fn span(moment: &Moment, day: NaiveDate, days: u64) -> Span {
    (midnight(moment, day), midnight(moment, day + Days::new(days)))
}

/// The first instant of a calendar day of the clinic. Where a change of clocks skips midnight, the day begins after it.
fn midnight(moment: &Moment, day: NaiveDate) -> DateTime<Utc> {
    let mut local = day.and_time(NaiveTime::MIN);
    loop {
        match moment.zone.from_local_datetime(&local).earliest() {
            Some(first) => return first.to_utc(),
            None => local += TimeDelta::minutes(15),
        }
    }
}

fn word<W: TryGetable>(row: &QueryResult) -> Result<W, DbErr> {
    row.try_get_by_index(1)
}

fn int(row: &QueryResult, at: usize) -> Result<i32, DbErr> {
    let count: i64 = row.try_get_by_index(at)?;
    i32::try_from(count).map_err(|_| DbErr::Custom("a count outgrew 32 bits".to_owned()))
}
