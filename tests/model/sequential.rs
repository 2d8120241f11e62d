//! Clients take turns: after each mutation the answer is what the model says, and now and then the whole database is.

use std::collections::BTreeMap;
use std::env;

use chrono::TimeDelta;
use sea_orm::{ConnectionTrait, DatabaseConnection};
use serde_json::{Value, json};

use super::board::Board;
use super::call::text;
use super::compare::compare;
use super::generator::Generator;
use super::state::State;
use super::turn::perform;
use crate::support::accounts::{self, ADMIN};
use crate::support::actor::Actor;
use crate::support::clinic;
use crate::support::database::{Backend, TestDatabase};
use crate::support::dice::Dice;
use crate::support::factory::id;
use crate::support::server::TestServer;

const CASES: &str = "PATIENTGRAPH_TEST_CASES";
const SEED: &str = "PATIENTGRAPH_TEST_SEED";
const CLIENTS: usize = 3;
/// Visits are spread over so many quarters of an hour.
const QUARTERS: usize = 32;
/// Mutations of one sequence, at most.
const LONGEST: usize = 160;
/// How often a failing sequence is tried again with parts left out.
const TRIES: usize = 200;

/// What is drawn more often than the rest: visits and assignments have the most rules; who is archived refuses all else.
const OFTEN: &[(&str, usize)] = &[
    ("createConsultation", 6),
    ("createConsultations", 4),
    ("updateConsultation", 6),
    ("rescheduleConsultation", 3),
    ("completeConsultation", 3),
    ("assignDoctor", 3),
    ("transferPrimaryDoctor", 6),
    ("createPrediction", 5),
    ("createReport", 6),
    ("releaseReport", 8),
    ("amendReport", 7),
    ("withdrawReport", 6),
    ("restorePatient", 2),
    ("restoreDoctor", 2),
    ("updateUser", 2),
];

/// Where sequences are played.
struct Stage {
    server: TestServer,
    connection: DatabaseConnection,
}

/// The administrators who have signed in, by their keys.
type Actors = BTreeMap<String, Actor>;

/// A sequence as far as it went.
struct Played {
    calls: Vec<String>,
    done: usize,
    /// What went wrong with the last.
    failure: Option<String>,
}

impl Stage {
    async fn new(backend: Backend) -> Self {
        let server = TestServer::start(TestDatabase::migrated(backend).await).await;
        Self { connection: server.database.connect().await, server }
    }

    /// Plays from an empty clinic: each number makes one turn.
    async fn play(&self, turns: &[u64]) -> Played {
        for table in ["patients", "patient_erasures", "doctors", "users"] {
            self.run(&format!("DELETE FROM {table}")).await;
        }
        accounts::open_admin(&self.connection).await;
        let mut actors = Actors::new();
        self.server.clock.set(clinic::NOW);
        let mut played = Played { calls: vec![], done: 0, failure: None };
        let (mut state, mut board, mut clients) =
            (State::of(&self.connection).await, Board::default(), vec![Board::default(); CLIENTS]);
        board.meet("createUser", &json!({"id": id("User", ADMIN), "version": 1}), None);
        for (number, turn) in turns.iter().enumerate() {
            let mut dice = Dice::new(*turn);
            // No two mutations at the same instant: which of them was first is told by nothing.
            let steps = [TimeDelta::microseconds(1), TimeDelta::minutes(3), TimeDelta::minutes(7)];
            let step = if dice.chance(10) { TimeDelta::hours(3) } else { *dice.pick(&steps) };
            self.server.clock.advance(step);
            if dice.chance(5) {
                self.work(&mut state, &mut dice).await;
            }
            // Most clients have read what others did meanwhile.
            let client = dice.below(CLIENTS);
            if dice.chance(75) {
                clients[client] = board.clone();
            }
            let now = self.server.clock.now();
            let wrong = *dice.pick(&[0, 1, 4]);
            let by = json!(self.somebody(&state, &mut actors, &mut dice).await);
            let call =
                Generator { dice: &mut dice, board: &clients[client], by, now, wrong, quarters: QUARTERS, meant: None }
                    .call(OFTEN);
            let answer = call.send(&actors[call.by.as_str().expect("a key")]).await;
            played.calls.push(format!("{} client {client} {}: {}", text(now), call.mutation, call.input));
            match perform(&state, &call, now, &answer, None) {
                Ok(after) => state = after,
                Err(why) => {
                    played.failure = Some(format!("the model: {why}\nthe answer: {answer:?}"));
                    return played;
                }
            }
            played.done += usize::from(answer.codes().is_empty() && answer.problems().is_empty());
            board.learn(&call, &answer);
            clients[client].learn(&call, &answer);
            if (number % 40 == 39 || number + 1 == turns.len())
                && let Err(difference) = compare(&self.connection, &state).await
            {
                played.failure = Some(difference);
                return played;
            }
        }
        played
    }

    /// One of those who run the clinic now, signed in.
    async fn somebody(&self, state: &State, actors: &mut Actors, dice: &mut Dice) -> String {
        let admins = state.all("User").filter(|row| row["role"] == "admin" && row["is_active"] == true);
        let admins: Vec<&str> = admins.map(|row| row["id"].as_str().expect("a key")).collect();
        let by = (*dice.pick(&admins)).to_owned();
        if !actors.contains_key(&by) {
            let actor = self.server.sign_in(&by).await;
            actors.insert(by.clone(), actor);
        }
        by
    }

    /// What programs will do with requests for reports, until they can by the API.
    async fn work(&self, state: &mut State, dice: &mut Dice) {
        let waiting: Vec<Value> =
            state.all("ReportRequest").filter(|row| row["status"] == "pending").map(|row| row["id"].clone()).collect();
        if waiting.is_empty() {
            return;
        }
        let request = dice.pick(&waiting).clone();
        let status = *dice.pick(&["generating", "generated", "failed"]);
        self.run(&format!(
            "UPDATE report_status SET status = '{status}', retry_count = 3, error_message = 'no memory' WHERE id = '{}'",
            request.as_str().expect("a key")
        ))
        .await;
        state.change(
            "report_status",
            |row| row["id"] == request,
            |row| {
                row.insert("status".to_owned(), json!(status));
                row.insert("retry_count".to_owned(), json!(3));
                row.insert("error_message".to_owned(), json!("no memory"));
            },
        );
    }

    async fn run(&self, statement: &str) {
        self.connection.execute_unprepared(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }

    /// Leaves out of a failing sequence what it does not need to fail.
    async fn shrink(&self, mut turns: Vec<u64>, mut played: Played) -> Played {
        turns.truncate(played.calls.len());
        let mut part = turns.len() / 2;
        let (mut at, mut tries) = (0, TRIES);
        while part > 0 && tries > 0 {
            if at >= turns.len() {
                (part, at) = (part / 2, 0);
                continue;
            }
            let mut fewer = turns.clone();
            fewer.drain(at..(at + part).min(turns.len()));
            let again = self.play(&fewer).await;
            tries -= 1;
            if again.failure.is_some() {
                fewer.truncate(again.calls.len());
                (turns, played) = (fewer, again);
            } else {
                at += part;
            }
        }
        played
    }
}

async fn sequences(backend: Backend) {
    let cases: u64 = env::var(CASES).map_or(12, |cases| cases.parse().expect(CASES));
    let seed: u64 = env::var(SEED).map_or(2026, |seed| seed.parse().expect(SEED));
    let stage = Stage::new(backend).await;
    let (mut sent, mut done) = (0, 0);
    for seed in (0..cases).map(|case| seed.wrapping_add(case)) {
        let mut dice = Dice::new(seed);
        let turns: Vec<u64> = (0..20 + dice.below(LONGEST - 20)).map(|_| dice.below(usize::MAX) as u64).collect();
        let played = stage.play(&turns).await;
        (sent, done) = (sent + played.calls.len(), done + played.done);
        if played.failure.is_some() {
            let Played { calls, failure, .. } = stage.shrink(turns, played).await;
            let (calls, failure) = (calls.join("\n"), failure.unwrap_or_default());
            panic!("{backend:?}: repeat it alone with {SEED}={seed} {CASES}=1\n{calls}\n\n{failure}");
        }
    }
    eprintln!("{backend:?}: {cases} sequences, {sent} mutations, of which {done} were done");
    assert!(done * 3 > sent, "only {done} of {sent} mutations could be done");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_and_rows_are_the_models_sqlite() {
    sequences(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_and_rows_are_the_models_postgres() {
    sequences(Backend::Postgres).await;
}
