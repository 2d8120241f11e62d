//! Requests as plain values and plain rules: written after the design, not after the server.

use chrono::{DateTime, TimeDelta, Utc};

/// How long a lease lasts.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// Attempts that may fail.
const BUDGET: u32 = 5;
/// How long an attempt may take.
const LONGEST: TimeDelta = TimeDelta::minutes(30);
/// By so much the clocks of servers may differ.
const GRACE: TimeDelta = TimeDelta::seconds(5);

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Pending,
    Generating,
    Generated,
    Failed,
    Archived,
}

/// An attempt that somebody began: number and owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    pub number: usize,
    pub by: usize,
    pub until: DateTime<Utc>,
}

/// A request.
#[derive(Debug, Clone)]
pub struct Request {
    pub id: String,
    pub patient: usize,
    pub kind: usize,
    pub priority: usize,
    pub requested: DateTime<Utc>,
    pub status: Status,
    pub failures: u32,
    /// Not before; set from what the server drew, where that lies within what is due.
    pub next: Option<DateTime<Utc>>,
    pub cause: Option<&'static str>,
    pub lease: Option<Lease>,
    pub claimed: Option<DateTime<Utc>>,
    pub report: Option<String>,
    pub version: u64,
    /// By which it comes before others that are as urgent.
    pub turn: DateTime<Utc>,
}

/// What an attempt's own are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Done,
    Over,
    PatientArchived,
    /// The report that there is already.
    Report(String),
}

/// All requests, and which patients are archived.
#[derive(Debug, Default)]
pub struct Pipeline {
    pub requests: Vec<Request>,
    pub archived: Vec<bool>,
}

impl Pipeline {
    pub fn live(&self, patient: usize, kind: usize) -> Option<usize> {
        self.requests.iter().position(|r| r.is_live() && (r.patient, r.kind) == (patient, kind))
    }

    /// A request that is new, or the one that there is, more urgent than before or as it was.
    pub fn request(&mut self, mut wanted: Request) -> Answer {
        if self.archived[wanted.patient] {
            return Answer::PatientArchived;
        }
        let Some(at) = self.live(wanted.patient, wanted.kind) else {
            wanted.turn = self.turn(wanted.patient, wanted.requested);
            self.requests.push(wanted);
            return Answer::Done;
        };
        let live = &mut self.requests[at];
        if live.status == Status::Pending && wanted.priority > live.priority {
            live.priority = wanted.priority;
            live.version += 1;
        }
        Answer::Done
    }

    /// When it is the turn of a request that is made now: a minute after the last of the same patient that is open.
    pub fn turn(&self, patient: usize, now: DateTime<Utc>) -> DateTime<Utc> {
        let open = self.requests.iter().filter(|r| r.patient == patient && r.is_live());
        open.map(|r| r.turn + TimeDelta::seconds(60)).max().map_or(now, |apart| apart.max(now))
    }

    /// Attempts whose time is over, by every server's clock, have failed.
    pub fn sweep(&mut self, now: DateTime<Utc>) {
        let lost = |r: &&mut Request| r.status == Status::Generating && r.lease.expect("a lease").until + GRACE <= now;
        for request in self.requests.iter_mut().filter(lost) {
            request.end_attempt(false, "WORKER_LOST");
        }
    }

    /// The next request is somebody's.
    pub fn claim(&mut self, lease: usize, by: usize, kinds: &[usize], now: DateTime<Utc>) -> Option<usize> {
        let due = |r: &Request| {
            let time = r.next.is_none_or(|next| next <= now);
            r.status == Status::Pending && time && kinds.contains(&r.kind) && !self.archived[r.patient]
        };
        let waiting = self.requests.iter().enumerate().filter(|(_, r)| due(r));
        let (at, _) = waiting.min_by_key(|(_, r)| (std::cmp::Reverse(r.priority), r.turn, r.id.clone()))?;
        let request = &mut self.requests[at];
        request.status = Status::Generating;
        request.lease = Some(Lease { number: lease, by, until: now + LEASE });
        request.claimed = Some(now);
        request.next = None;
        request.version += 1;
        Some(at)
    }

    pub fn extend(&mut self, lease: usize, by: usize, now: DateTime<Utc>) -> Answer {
        let Some(at) = self.held(lease, by, now) else { return Answer::Over };
        let archived = self.archived[self.requests[at].patient];
        let request = &mut self.requests[at];
        let (lease, begun) = (request.lease.as_mut().expect("a lease"), request.claimed.expect("it was claimed"));
        let until = lease.until.max(now + LEASE).min(begun + LONGEST);
        if until <= now {
            return Answer::Over;
        }
        if archived {
            return Answer::PatientArchived;
        }
        lease.until = until;
        Answer::Done
    }

    pub fn complete(&mut self, lease: usize, by: usize, now: DateTime<Utc>) -> Answer {
        let mine = |r: &&Request| r.lease.is_some_and(|held| (held.number, held.by) == (lease, by));
        if let Some(report) = self.requests.iter().find(mine).and_then(|request| request.report.clone()) {
            return Answer::Report(report);
        }
        let Some(at) = self.held(lease, by, now) else { return Answer::Over };
        if self.archived[self.requests[at].patient] {
            return Answer::PatientArchived;
        }
        self.requests[at].status = Status::Generated;
        self.requests[at].cause = None;
        self.requests[at].version += 1;
        Answer::Done
    }

    pub fn fail(&mut self, lease: usize, by: usize, permanent: bool, now: DateTime<Utc>) -> Answer {
        match self.held(lease, by, now) {
            Some(at) => {
                self.requests[at].end_attempt(permanent, "PROGRAM");
                Answer::Done
            }
            None => Answer::Over,
        }
    }

    /// The request that somebody works on under this lease.
    pub fn held(&self, lease: usize, by: usize, now: DateTime<Utc>) -> Option<usize> {
        self.requests.iter().position(|r| {
            let held = r.lease.is_some_and(|held| (held.number, held.by) == (lease, by) && held.until > now);
            r.status == Status::Generating && held
        })
    }
}

impl Request {
    pub fn is_live(&self) -> bool {
        matches!(self.status, Status::Pending | Status::Generating)
    }

    fn end_attempt(&mut self, permanent: bool, cause: &'static str) {
        self.failures += 1;
        let last = permanent || self.failures >= BUDGET;
        self.status = if last { Status::Failed } else { Status::Pending };
        self.cause = Some(cause);
        self.lease = None;
        self.version += 1;
    }

    /// Whether a next attempt at this instant is within what is due after so many failures, whose last was at `failed`.
    pub fn may_wait_until(&self, next: DateTime<Utc>, failed: DateTime<Utc>) -> bool {
        let due = (10_000_i64 << (self.failures - 1)).min(600_000);
        (due / 2..=due * 3 / 2).contains(&(next - failed).num_milliseconds())
    }
}
