//! The server's own makers of reports.

use std::sync::Arc;
use std::time::Duration;

use chrono_tz::Tz;
use entity::medical_reports::ActiveModel;
use entity::report_status::Model;
use entity::vocabulary::{FailureCause, ReportType};
use sea_orm::ActiveValue::Set;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{error, info, warn};

use super::Pipeline;
use super::attempt::Failure;
use super::change::{Claimed, Extension};
use super::input::{Completion, Failing, Lease};
use crate::auth::Viewer;
use crate::auth::secret::Secret;
use crate::clock::SharedClock;
use crate::db::Db;
use crate::input::{Act, Checks, UserError, UserErrorCode};
use crate::read::shape::Moment;
use crate::report::input::{Contents, Shown};
use crate::report::making::{Made, Maker, Subject, Unmade};

/// How often it is looked whether there is something to do.
const LOOKED: Duration = Duration::from_secs(1);
/// How often a report that is made is offered to a database that does not answer, each time after twice as long.
const OFFERS: u32 = 5;

/// Workers that make reports, and the watch over attempts whose lease runs out. Cheap to clone.
#[derive(Clone)]
pub struct Workers(Arc<Inner>);

struct Inner {
    db: Db,
    clock: SharedClock,
    zone: Tz,
    pipeline: Pipeline,
    maker: Maker,
    tasks: TaskTracker,
    /// Wakes those who have nothing to do.
    due: Notify,
    /// From then on nothing is begun.
    stopping: CancellationToken,
    /// From then on nothing goes on.
    abandoned: CancellationToken,
}

impl Workers {
    /// Of a clinic with this database and zone; none works yet.
    pub fn new(db: Db, clock: SharedClock, zone: Tz, pipeline: Pipeline, maker: Maker) -> Self {
        let (tasks, due) = (TaskTracker::new(), Notify::new());
        let (stopping, abandoned) = (CancellationToken::new(), CancellationToken::new());
        Self(Arc::new(Inner { db, clock, zone, pipeline, maker, tasks, due, stopping, abandoned }))
    }

    /// Sets so many to work, and the watch: attempts are lost without it, whoever makes the reports.
    pub fn start(&self, workers: u32) {
        let watch = self.clone();
        self.0.tasks.spawn(async move { watch.watch().await });
        for _ in 0..workers {
            let worker = self.clone();
            let abandoned = self.0.abandoned.clone();
            self.0.tasks.spawn(async move { abandoned.run_until_cancelled(worker.work()).await });
        }
        info!(workers, "reports are being made");
    }

    /// From here on none begins anything.
    pub fn stop(&self) {
        self.0.stopping.cancel();
        self.0.tasks.close();
    }

    /// Stops, and waits so long for what is being made; the rest is made by others when its lease has run out.
    pub async fn finish(&self, patience: Duration) {
        self.stop();
        if timeout(patience, self.0.tasks.wait()).await.is_err() {
            warn!("a report was not finished; another attempt follows");
            self.0.abandoned.cancel();
        }
    }

    /// One looks for all of them: however many there are, an idle server asks the database two small questions a second.
    async fn watch(&self) {
        loop {
            let act = self.act();
            if let Err(why) = self.0.pipeline.sweep(&act).await {
                error!(error = why.message, "cannot look for attempts that were lost");
            }
            match self.0.pipeline.is_due(&act).await {
                Ok(true) => self.0.due.notify_waiters(),
                Ok(false) => {}
                Err(why) => error!(error = why.message, "cannot look for requests for reports"),
            }
            if self.0.stopping.run_until_cancelled(sleep(LOOKED)).await.is_none() {
                return;
            }
        }
    }

    async fn work(&self) {
        while self.0.stopping.run_until_cancelled(self.0.due.notified()).await.is_some() {
            // As long as there is something.
            while !self.0.stopping.is_cancelled() && self.turn().await {}
        }
    }

    /// Works on the next request; whether there was one.
    async fn turn(&self) -> bool {
        let (secret, claimed) = match self.0.pipeline.claim(&self.act(), ReportType::ALL).await {
            Ok(Ok(Some(claimed))) => claimed,
            Ok(_) => return false,
            Err(why) => {
                error!(error = why.message, "cannot claim a request for a report");
                return false;
            }
        };
        let lease = Lease::of(&secret);
        match self.make(&secret, &claimed).await {
            Attempt::Made(made) => self.complete(lease, made, &claimed).await,
            Attempt::Failed(failure) => self.fail(lease, failure, &claimed).await,
            Attempt::Lost => warn!(request = %claimed.request.id, "the lease ran out while the report was made"),
        }
        true
    }

    /// Makes the report, and keeps the lease meanwhile.
    async fn make(&self, secret: &Secret, claimed: &Claimed) -> Attempt {
        let (maker, subject, moment) = (self.0.maker.clone(), subject(&claimed.request), self.moment());
        // A task of its own: if it panics, that is an attempt that failed.
        let mut making = tokio::spawn(async move { maker.make(&subject, &moment).await });
        let third = (self.0.pipeline.terms().lease / 3).to_std().unwrap_or(LOOKED);
        loop {
            tokio::select! {
                made = &mut making => return Attempt::of(made),
                () = sleep(third) => {}
            }
            let extension = Extension { lease: Lease::of(secret), terms: self.0.pipeline.terms() };
            match self.act().make(&extension).await {
                Ok(Ok(_)) => {}
                Ok(Err(_)) => {
                    making.abort();
                    return Attempt::Lost;
                }
                // The next third may do.
                Err(why) => warn!(error = why.message, "a lease could not be prolonged"),
            }
        }
    }

    /// Hands the report in. A database that does not answer may do so in a moment, and may have done it already: saying
    /// it twice does it once.
    async fn complete(&self, lease: Lease, made: Made, claimed: &Claimed) {
        let completion = Completion { lease: lease.clone(), checks: Checks::default(), contents: contents(made) };
        let request = claimed.request.id;
        for offer in 0..OFFERS {
            match self.act().make(&completion).await {
                Ok(Ok(done)) => return info!(%request, report = %done.report, "a report was made"),
                Ok(Err(errors)) if is_over(&errors) => {
                    return warn!(%request, "the report came after its lease had run out");
                }
                Ok(Err(errors)) => return self.fail(lease, refused(&errors), claimed).await,
                Err(why) => warn!(%request, error = why.message, "a report could not be handed in"),
            }
            sleep(Duration::from_millis(500) * 2_u32.pow(offer)).await;
        }
        self.fail(lease, of_the_server(), claimed).await;
    }

    async fn fail(&self, lease: Lease, failure: Failure, claimed: &Claimed) {
        let request = claimed.request.id;
        warn!(%request, cause = failure.cause.word(), "an attempt at a report failed");
        let pipeline = &self.0.pipeline;
        let (checks, terms, chance) = (Checks::default(), pipeline.terms(), pipeline.chance());
        // Whoever has the request meanwhile goes on with it. What cannot be said here, the end of the lease says.
        if let Err(why) = self.act().make(&Failing { lease, checks, failure, terms, chance }).await {
            warn!(%request, error = why.message, "could not say that an attempt failed");
        }
    }

    fn act(&self) -> Act {
        Act::new(self.0.db.clone(), Viewer::operator(), self.moment())
    }

    fn moment(&self) -> Moment {
        let (now, zone) = (self.0.clock.now(), self.0.zone);
        Moment { now, today: now.with_timezone(&zone).date_naive(), zone }
    }
}

/// What came of an attempt.
enum Attempt {
    Made(Made),
    Failed(Failure),
    /// Another has the request.
    Lost,
}

impl Attempt {
    fn of(made: std::result::Result<std::result::Result<Made, Unmade>, tokio::task::JoinError>) -> Self {
        match made {
            Ok(Ok(made)) => Self::Made(made),
            Ok(Err(why)) => Self::Failed(failure(&why)),
            Err(_) => Self::Failed(of_the_server()),
        }
    }
}

fn subject(request: &Model) -> Subject {
    Subject {
        patient: request.patient_id,
        kind: request.report_type,
        prediction: request.prediction_id,
        scan: request.mri_scan_id,
        session: request.session_id,
    }
}

/// What is written of a report that was made.
fn contents(made: Made) -> Contents {
    let columns = ActiveModel {
        title: Set(made.title),
        content: Set(made.content),
        format_type: Set(made.format),
        recommendations: Set(made.recommendations),
        generated_by: Set(Some(made.generated_by)),
        confidence_level: Set(made.confidence),
        disclaimer: Set(Some(made.disclaimer)),
        made_from: Set(Some(made.made_from)),
        ..Default::default()
    };
    let shown = (0..).zip(made.predictions).map(|(number, key)| Shown { number, key }).collect();
    Contents { columns, shown: Some(shown) }
}

fn failure(why: &Unmade) -> Failure {
    let cause = match why {
        Unmade::NothingToReport => FailureCause::NothingToReport,
        Unmade::Archived => FailureCause::PatientArchived,
        Unmade::Template(_) => FailureCause::Template,
        Unmade::NoSuchPatient | Unmade::Missing(_) => FailureCause::SubjectDeleted,
        Unmade::Database(error) => {
            error!(%error, "a record cannot be read for a report");
            return of_the_server();
        }
    };
    Failure { cause, message: why.to_string(), permanent: why.is_permanent() }
}

/// What is internal stays in the log.
fn of_the_server() -> Failure {
    let message = "The server met an error of its own; its log says which.".to_owned();
    Failure { cause: FailureCause::Server, message, permanent: false }
}

fn is_over(errors: &[UserError]) -> bool {
    errors.iter().any(|error| error.code == UserErrorCode::Conflict)
}

/// Why what was made is not taken.
fn refused(errors: &[UserError]) -> Failure {
    let message = errors.iter().map(|error| error.message.as_str()).collect::<Vec<_>>().join(" ");
    let archived = errors.iter().any(|error| error.code == UserErrorCode::Archived);
    // An archived patient waits; where what it rested on is gone, the next attempt reads the record anew.
    let cause = if archived { FailureCause::PatientArchived } else { FailureCause::Server };
    Failure { cause, message, permanent: false }
}
