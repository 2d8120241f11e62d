//! Random sequences: two workers and a program request, claim, prolong, complete, fail, try again, put away and crash
//! while time passes and patients come and go; after each step the requests are what the reference says.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::reference::{Answer, Lease, Pipeline, Request, Status};
use super::{claim, complete, fail, over, refused, text, told};
use crate::support::actor::Actor;
use crate::support::database::{Backend, TestDatabase};
use crate::support::dice::Dice;
use crate::support::factory::{Factory, id};
use crate::support::server::TestServer;

const PATIENTS: usize = 3;
const KINDS: [&str; 3] = ["COMPREHENSIVE", "SUMMARY", "FOLLOW_UP"];
const CASES: usize = 12;
const STEPS: usize = 70;

struct Play {
    server: TestServer,
    patients: Vec<(String, i64)>,
    /// Two workers, who may do everything, and a program.
    makers: Vec<Actor>,
    expected: Pipeline,
    /// Every lease that was ever given: its token, and whose it is. Who crashes forgets theirs.
    leases: Vec<(String, usize)>,
    said: Vec<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite() {
    play(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres() {
    play(Backend::Postgres).await;
}

async fn play(backend: Backend) {
    let number = |name| std::env::var(name).ok().map(|value| value.parse::<usize>().expect("a number"));
    let cases = number("PATIENTGRAPH_TEST_CASES").unwrap_or(CASES);
    let seed = number("PATIENTGRAPH_TEST_SEED").unwrap_or(1) as u64;
    let mut generated = 0;
    for case in seed..seed + cases as u64 {
        let mut dice = Dice::new(case);
        let mut play = Play::open(backend).await;
        for _ in 0..STEPS {
            play.server.clock.advance(TimeDelta::microseconds(1));
            play.step(&mut dice).await;
            if let Err(why) = play.compare().await {
                panic!("seed {case}: {why}\n{}", play.said.join("\n"));
            }
        }
        generated += play.expected.requests.iter().filter(|request| request.report.is_some()).count();
    }
    assert!(generated > cases, "hardly anything was made: {generated} reports in {cases} cases");
}

impl Play {
    async fn open(backend: Backend) -> Self {
        let database = TestDatabase::migrated(backend).await;
        let rows = Factory::new(&database).await;
        let server = TestServer::start(database).await;
        let mut patients = vec![];
        for number in 0..PATIENTS {
            patients.push((rows.patient(&format!("A-{number}"), json!({})).await, 1));
        }
        let worker = rows.user("worker", "admin").await;
        let program = rows.user("reporter", "agent").await;
        let makers = vec![server.admin(), server.sign_in(&worker).await, server.agent(&program, &["report"]).await];
        let expected = Pipeline { archived: vec![false; PATIENTS], ..Pipeline::default() };
        Self { server, patients, makers, expected, leases: vec![], said: vec![] }
    }

    fn now(&self) -> DateTime<Utc> {
        self.server.clock.now()
    }

    async fn step(&mut self, dice: &mut Dice) {
        match dice.below(100) {
            0..20 => self.request(dice).await,
            20..45 => self.claim(dice).await,
            45..60 => self.complete(dice).await,
            60..72 => self.fail(dice).await,
            72..78 => self.extend(dice).await,
            78..84 => self.edit(dice).await,
            84..87 => self.archive(dice).await,
            87..89 => self.crash(dice),
            _ => {
                // A clock may be set back, too.
                let seconds = *dice.pick(&[1, 10, 25, 66, 66, 400, 1000, -2, -30]);
                self.said.push(format!("{seconds} seconds pass"));
                self.server.clock.advance(TimeDelta::seconds(seconds));
            }
        }
    }

    async fn request(&mut self, dice: &mut Dice) {
        let (patient, kind, priority) = (dice.below(PATIENTS), dice.below(KINDS.len()), *dice.pick(&[0, 0, 0, 5, 9]));
        let input =
            json!({"patientId": id("Patient", &self.patients[patient].0), "type": KINDS[kind], "priority": priority});
        let payload = told(&self.makers[0], "requestReport", "reportRequest { id }", input).await;
        self.said.push(format!("request {patient} {kind} {priority}: {payload}"));
        let given = payload["reportRequest"]["id"].as_str().unwrap_or_default().to_owned();
        let wanted = Request {
            id: given.clone(),
            patient,
            kind,
            priority,
            requested: self.now(),
            status: Status::Pending,
            failures: 0,
            next: None,
            cause: None,
            lease: None,
            claimed: None,
            report: None,
            version: 1,
            turn: self.now(),
        };
        match self.expected.request(wanted) {
            Answer::PatientArchived => assert_eq!(refused(&payload).0, "ARCHIVED"),
            _ => {
                let live = self.expected.live(patient, kind).expect("it is live");
                assert_eq!(self.expected.requests[live].id, given);
            }
        }
    }

    async fn claim(&mut self, dice: &mut Dice) {
        let by = dice.below(self.makers.len());
        let kinds: Vec<usize> =
            if dice.chance(60) { (0..KINDS.len()).collect() } else { vec![dice.below(KINDS.len())] };
        let types = json!(kinds.iter().map(|kind| KINDS[*kind]).collect::<Vec<_>>());
        let claimed = claim(&self.makers[by], types).await;
        self.said.push(format!("{by} claims {kinds:?}: {claimed:?}"));
        self.adopt().await;
        let expected = self.expected.claim(self.leases.len(), by, &kinds, self.now());
        assert_eq!(
            claimed.as_ref().map(|(id, _)| id),
            expected.map(|at| &self.expected.requests[at].id),
            "{:#?}",
            self.said
        );
        if let Some((_, token)) = claimed {
            self.leases.push((token, by));
        }
    }

    /// A lease that somebody has, mostly used by whoever has it.
    fn lease(&self, dice: &mut Dice) -> Option<(usize, String, usize)> {
        if self.leases.is_empty() {
            return None;
        }
        // The latest ones are more likely still to be good.
        let latest = if dice.chance(80) { 3 } else { 100 };
        let back = dice.below(self.leases.len().min(latest));
        let number = self.leases.len() - 1 - back;
        let (token, owner) = &self.leases[number];
        let by = if dice.chance(93) { *owner } else { dice.below(self.makers.len()) };
        (!token.is_empty()).then(|| (number, token.clone(), by))
    }

    async fn complete(&mut self, dice: &mut Dice) {
        let Some((number, token, by)) = self.lease(dice) else { return };
        let now = self.now();
        let at = self.expected.held(number, by, now);
        let payload = complete(&self.makers[by], &token, json!({"title": format!("By {by}")})).await;
        self.said.push(format!("{by} completes {number}: {payload}"));
        match self.expected.complete(number, by, now) {
            Answer::Done => self.expected.requests[at.expect("held")].report = Some(text(&payload["reportId"])),
            Answer::Report(report) => assert_eq!(payload["reportId"], report, "{:#?}", self.said),
            Answer::Over => assert_eq!(refused(&payload), over()),
            Answer::PatientArchived => assert_eq!(refused(&payload).0, "ARCHIVED"),
        }
    }

    async fn fail(&mut self, dice: &mut Dice) {
        let Some((number, token, by)) = self.lease(dice) else { return };
        let (permanent, now) = (dice.chance(10), self.now());
        let at = self.expected.held(number, by, now);
        let payload = fail(&self.makers[by], &token, permanent).await;
        self.said.push(format!("{by} fails {number} {permanent}: {payload}"));
        match self.expected.fail(number, by, permanent, now) {
            Answer::Done => self.waits(at.expect("held"), &payload["nextAttemptAt"], now),
            _ => assert_eq!(refused(&payload), over()),
        }
    }

    /// What the server drew for a request that failed is what is due.
    fn waits(&mut self, at: usize, next: &Value, failed: DateTime<Utc>) {
        let request = &mut self.expected.requests[at];
        if request.status == Status::Pending {
            let next = text(next).parse().expect("an instant");
            assert!(request.may_wait_until(next, failed), "{request:?} waits until {next}");
            request.next = Some(next);
        }
    }

    /// Lost attempts are counted by whoever claims next.
    async fn adopt(&mut self) {
        let now = self.now();
        let failures: Vec<u32> = self.expected.requests.iter().map(|request| request.failures).collect();
        self.expected.sweep(now);
        let rows = self.rows().await;
        for (at, before) in failures.into_iter().enumerate() {
            if self.expected.requests[at].failures > before {
                let row = rows.iter().find(|row| row["id"] == self.expected.requests[at].id).expect("the request");
                // Whoever claims may have got this one, had it been due: not within the same instant.
                self.waits(at, &row["nextAttemptAt"], now);
            }
        }
    }

    async fn extend(&mut self, dice: &mut Dice) {
        let Some((number, token, by)) = self.lease(dice) else { return };
        let payload = told(&self.makers[by], "extendLease", "lease { token }", json!({"lease": token})).await;
        self.said.push(format!("{by} prolongs {number}: {payload}"));
        match self.expected.extend(number, by, self.now()) {
            Answer::Done => assert_eq!(payload["lease"]["token"], token),
            Answer::PatientArchived => assert_eq!(refused(&payload).0, "ARCHIVED"),
            _ => assert_eq!(refused(&payload), over()),
        }
    }

    /// Somebody tries a request again, puts it away, or changes how urgent it is.
    async fn edit(&mut self, dice: &mut Dice) {
        if self.expected.requests.is_empty() {
            return;
        }
        let at = dice.below(self.expected.requests.len());
        let live = {
            let request = &self.expected.requests[at];
            self.expected.live(request.patient, request.kind).is_some()
        };
        let archived = self.expected.archived[self.expected.requests[at].patient];
        let turn = self.expected.turn(self.expected.requests[at].patient, self.now());
        let request = &mut self.expected.requests[at];
        let mut input = json!({"id": request.id, "version": request.version});
        let (mutation, allowed) = match dice.below(3) {
            0 => ("retryReport", request.status == Status::Failed),
            1 => ("archiveReportRequest", matches!(request.status, Status::Failed | Status::Generated)),
            _ => {
                input["priority"] = json!(7);
                ("updateReportRequest", request.status == Status::Pending)
            }
        };
        let payload = told(&self.makers[1], mutation, "reportRequest { id }", input).await;
        self.said.push(format!("{mutation} {at}: {payload}"));
        let twice = mutation == "retryReport" && live;
        if !allowed || archived || twice {
            let code = if archived {
                "ARCHIVED"
            } else if !allowed {
                "INVALID_TRANSITION"
            } else {
                "TAKEN"
            };
            assert_eq!(refused(&payload).0, code, "{:#?}", self.said);
            return;
        }
        request.version += 1;
        match mutation {
            "retryReport" => {
                request.turn = turn;
                (request.status, request.failures, request.next, request.cause) = (Status::Pending, 0, None, None);
            }
            "archiveReportRequest" => request.status = Status::Archived,
            _ => request.priority = 7,
        }
    }

    async fn archive(&mut self, dice: &mut Dice) {
        let patient = dice.below(PATIENTS);
        let (key, version) = self.patients[patient].clone();
        let mutation = if self.expected.archived[patient] { "restorePatient" } else { "archivePatient" };
        let input = json!({"id": id("Patient", &key), "version": version});
        let payload = told(&self.makers[0], mutation, "patient { id }", input).await;
        self.said.push(format!("{mutation} {patient}"));
        assert_eq!(payload["userErrors"], json!([]));
        self.patients[patient].1 += 1;
        self.expected.archived[patient] ^= true;
    }

    /// Whoever crashes does not know what they had.
    fn crash(&mut self, dice: &mut Dice) {
        let who = dice.below(self.makers.len());
        self.said.push(format!("{who} crashes"));
        for (token, _) in self.leases.iter_mut().filter(|(_, by)| *by == who) {
            token.clear();
        }
    }

    async fn rows(&self) -> Vec<Value> {
        let query = "{ reportRequests(first: 100) { nodes { id status retryCount nextAttemptAt failureCause priority
            version leasedUntil report { id } } } reports { totalCount } }";
        let data = self.makers[0].data(query, json!({})).await;
        let made = self.expected.requests.iter().filter(|request| request.report.is_some()).count();
        let found = data["reports"]["totalCount"].as_u64().expect("a number") as usize;
        assert!(found <= made + 1, "{found} reports for {made} requests: {:#?}", self.said);
        data["reportRequests"]["nodes"].as_array().expect("requests").clone()
    }

    async fn compare(&self) -> Result<(), String> {
        let rows = self.rows().await;
        if rows.len() != self.expected.requests.len() {
            return Err(format!("{} requests, not {}", rows.len(), self.expected.requests.len()));
        }
        for request in &self.expected.requests {
            let row = rows.iter().find(|row| row["id"] == request.id).ok_or("a request is missing")?;
            let until = request.lease.filter(|_| request.status == Status::Generating).map(|Lease { until, .. }| until);
            let instant = |value: &Value| value.as_str().map(|text| text.parse::<DateTime<Utc>>().expect("an instant"));
            let found = (
                (text(&row["status"]), row["retryCount"].as_u64(), instant(&row["nextAttemptAt"])),
                (row["failureCause"].as_str(), row["priority"].as_u64(), row["version"].as_u64()),
                (instant(&row["leasedUntil"]), row["report"]["id"].as_str()),
            );
            let status = format!("{:?}", request.status).to_uppercase();
            let expected = (
                (status, Some(u64::from(request.failures)), request.next),
                (request.cause, Some(request.priority as u64), Some(request.version)),
                (until, request.report.as_deref()),
            );
            if found != expected {
                return Err(format!("{found:?}\nis not\n{expected:?}"));
            }
        }
        Ok(())
    }
}
