//! What an attempt at a report is, and what becomes of the request when it fails.

use chrono::TimeDelta;
use entity::report_status::{ActiveModel, Model};
use entity::vocabulary::{FailureCause, RequestStatus};
use entity::{Instant, Key};
use sea_orm::ActiveValue::Set;

/// How reports are made: how long an attempt may take, and how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// For how long a request is claimed, and prolonged.
    pub lease: TimeDelta,
    /// How long an attempt may take, however often its lease is prolonged: whoever hangs may prolong it for ever.
    pub longest: TimeDelta,
    /// How many attempts may fail; the last one is final. At least 1.
    pub attempts: i64,
    /// How long a request waits after a failed attempt.
    pub backoff: Backoff,
}

/// How long to wait after failed attempts: twice as long each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// After the first one.
    pub first: TimeDelta,
    /// At most.
    pub most: TimeDelta,
}

impl Default for Terms {
    fn default() -> Self {
        let backoff = Backoff { first: TimeDelta::seconds(10), most: TimeDelta::minutes(10) };
        Self { lease: TimeDelta::seconds(60), longest: TimeDelta::minutes(30), attempts: 5, backoff }
    }
}

impl Backoff {
    /// How long to wait after so many failed attempts: between half and one and a half of what is due, by `chance` from
    /// 0 to 1, so that what failed together is not tried again together.
    pub fn after(&self, failed: i64, chance: f64) -> TimeDelta {
        let doublings = u32::try_from(failed.saturating_sub(1).max(0)).unwrap_or(u32::MAX).min(20);
        let due = self.first.checked_mul(1 << doublings).unwrap_or(self.most).min(self.most);
        // Half of it for sure, and up to as much again.
        let spread = due.num_milliseconds() as f64 * chance.clamp(0.0, 1.0);
        due / 2 + TimeDelta::milliseconds(spread as i64)
    }
}

/// Why an attempt failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// By kind.
    pub cause: FailureCause,
    /// For whoever is to act on it.
    pub message: String,
    /// Whether another attempt would fail as well.
    pub permanent: bool,
}

impl Failure {
    /// Nobody heard of whoever had claimed the request.
    pub(super) fn lost() -> Self {
        let message = "Whoever worked on it did not answer in time.".to_owned();
        Self { cause: FailureCause::WorkerLost, message, permanent: false }
    }

    /// What becomes of a request whose attempt failed: it waits for the next one, or is failed for good.
    pub(super) fn of(&self, request: &Model, terms: &Terms, now: Instant, chance: f64) -> ActiveModel {
        let failed = request.retry_count + 1;
        let last = self.permanent || failed >= terms.attempts;
        let next = Instant::new(now.utc() + terms.backoff.after(failed, chance));
        ActiveModel {
            status: Set(if last { RequestStatus::Failed } else { RequestStatus::Pending }),
            retry_count: Set(failed),
            next_attempt_at: Set(Some(next).filter(|_| !last)),
            failure_cause: Set(Some(self.cause)),
            error_message: Set(Some(self.message.clone())),
            lease_hash: Set(None),
            leased_until: Set(None),
            ..Default::default()
        }
    }
}

/// A request that is claimed.
pub(super) fn claimed(hash: String, by: Option<Key>, terms: &Terms, now: Instant) -> ActiveModel {
    ActiveModel {
        status: Set(RequestStatus::Generating),
        lease_hash: Set(Some(hash)),
        leased_until: Set(Some(Instant::new(now.utc() + terms.lease.min(terms.longest)))),
        claimed_by: Set(by),
        claimed_at: Set(Some(now)),
        next_attempt_at: Set(None),
        ..Default::default()
    }
}

/// Until when a lease is prolonged; none where the attempt takes too long already.
pub(super) fn prolonged(request: &Model, terms: &Terms, now: Instant) -> Option<Instant> {
    let last = request.claimed_at?.utc() + terms.longest;
    let until = request.leased_until?.utc().max(now.utc() + terms.lease).min(last);
    (until > now.utc()).then(|| Instant::new(until))
}

/// When it is the turn of a request that is made now, among others as urgent: now, or a while after the last one of the
/// same patient that waits. So nobody who floods the queue keeps others waiting, and nobody waits for ever.
pub fn turn(last_of_patient: Option<Instant>, now: Instant) -> Instant {
    let apart = last_of_patient.map(|last| Instant::new(last.utc() + APART));
    apart.map_or(now, |apart| apart.max(now))
}

/// So far apart are the turns of one patient's requests: longer than a report takes.
const APART: TimeDelta = TimeDelta::seconds(60);

/// Whether an attempt is still this account's at this instant.
pub(super) fn is_held(request: &Model, by: Option<Key>, now: Instant) -> bool {
    request.status == RequestStatus::Generating
        && request.claimed_by == by
        && request.leased_until.is_some_and(|until| until > now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_waits_twice_as_long_each_time_and_not_for_ever() {
        let backoff = Terms::default().backoff;
        let seconds = |failed, chance| backoff.after(failed, chance).num_seconds();
        assert_eq!([1, 2, 3, 4].map(|failed| seconds(failed, 0.5)), [10, 20, 40, 80]);
        assert_eq!((seconds(1, 0.0), seconds(1, 1.0)), (5, 15));
        for failed in [7, 20, 64, i64::MAX] {
            assert_eq!((seconds(failed, 0.0), seconds(failed, 1.0)), (300, 900), "{failed}");
        }
    }
}
