//! Eight clients at once, on the same few people. Whatever they are answered, refusals too, is what the model says in
//! some order of their mutations, and the database is as that order leaves it. So no version is given twice or left out,
//! no two primary doctors or bookings meet that may not, and every refusal has its cause in what another client did.

use std::env;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use sea_orm::ConnectionTrait;
use serde_json::json;

use super::board::Board;
use super::compare::compare;
use super::generator::Generator;
use super::order::{Entry, explain};
use super::state::State;
use super::turn::perform;
use crate::support::accounts::ADMIN;
use crate::support::database::{Backend, TestDatabase};
use crate::support::dice::Dice;
use crate::support::server::TestServer;

const CASES: &str = "PATIENTGRAPH_TEST_CASES";
const SEED: &str = "PATIENTGRAPH_TEST_SEED";
const CLIENTS: u64 = 8;
/// Visits are spread over so many quarters of an hour, few enough to meet.
const QUARTERS: usize = 20;
/// How many mutations each client sends in a round.
const EACH: usize = 12;
/// How many mutations make the clinic that they meet in.
const BEFORE: usize = 25;

/// What is drawn more often than the rest: what meets.
const OFTEN: &[(&str, usize)] = &[
    ("updatePatient", 3),
    ("updateDoctor", 2),
    ("updateUser", 3),
    ("deleteUser", 2),
    ("assignDoctor", 8),
    ("transferPrimaryDoctor", 8),
    ("endAssignment", 3),
    ("createConsultation", 20),
    ("createConsultations", 3),
    ("updateConsultation", 8),
    ("rescheduleConsultation", 14),
    ("completeConsultation", 4),
    ("cancelConsultation", 2),
    ("createReport", 3),
    ("releaseReport", 6),
    ("amendReport", 5),
    ("withdrawReport", 4),
    ("updatePrediction", 3),
    ("deletePrediction", 2),
    ("restorePatient", 3),
    ("restoreDoctor", 3),
];

/// One client's mutations of a round. All clients tell each other what they were answered.
async fn client(server: Arc<TestServer>, board: Arc<Mutex<Board>>, events: Arc<AtomicUsize>, seed: u64) -> Vec<Entry> {
    let (actor, mut dice, mut journal) = (server.admin(), Dice::new(seed), vec![]);
    let mut known = Board::default();
    for _ in 0..EACH {
        if dice.chance(85) {
            known = board.lock().expect("no client panics").clone();
        }
        let now = server.clock.now();
        let call = Generator {
            dice: &mut dice,
            board: &known,
            by: json!(ADMIN),
            now,
            wrong: 1,
            quarters: QUARTERS,
            meant: None,
        }
        .call(OFTEN);
        let began = events.fetch_add(1, Ordering::SeqCst);
        let answer = call.send(&actor).await;
        let ended = events.fetch_add(1, Ordering::SeqCst);
        board.lock().expect("no client panics").learn(&call, &answer);
        journal.push(Entry { call, answer, now, began, ended });
    }
    journal
}

async fn all_at_once(backend: Backend) {
    let rounds: u64 = env::var(CASES).map_or(8, |cases| cases.parse().expect(CASES));
    let seed: u64 = env::var(SEED).map_or(2026, |seed| seed.parse().expect(SEED));
    let server = Arc::new(TestServer::start(TestDatabase::migrated(backend).await).await);
    let connection = server.database.connect().await;
    if backend == Backend::Postgres {
        // Mutations that wait for each other in circles are repeated; a second each time would be most of the test.
        let shorten =
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET deadlock_timeout = 20', current_database()); END $$";
        connection.execute_unprepared(shorten).await.expect("a setting");
    }
    let (mut sent, mut done) = (0, 0);
    let (mut state, mut board) = (State::default(), Board::default());
    for round in 0..rounds {
        let seed = seed.wrapping_add(round);
        if round % 8 == 0 {
            // Who does it all is on nobody's board, and stays.
            let others = format!("users WHERE id <> '{ADMIN}'");
            for rows in ["patients", "patient_erasures", "doctors", &others] {
                connection.execute_unprepared(&format!("DELETE FROM {rows}")).await.expect("an empty table");
            }
            (state, board) = (State::of(&connection).await, Board::default());
            let mut dice = Dice::new(seed);
            for _ in 0..BEFORE {
                server.clock.advance(TimeDelta::minutes(1));
                let now = server.clock.now();
                let call = Generator {
                    dice: &mut dice,
                    board: &board,
                    by: json!(ADMIN),
                    now,
                    wrong: 0,
                    quarters: QUARTERS,
                    meant: None,
                }
                .call(OFTEN);
                let answer = call.send(&server.admin()).await;
                state = perform(&state, &call, now, &answer, None).unwrap_or_else(|why| panic!("{call:?}: {why}"));
                board.learn(&call, &answer);
            }
        }
        // Each round has free times to book. During a round the clock stands: whichever order explains it, the times that were written are known.
        server.clock.advance(TimeDelta::days(1));
        let shared = Arc::new(Mutex::new(board.clone()));
        let events = Arc::new(AtomicUsize::new(0));
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let seed = seed.wrapping_mul(CLIENTS).wrapping_add(number);
                tokio::spawn(client(Arc::clone(&server), Arc::clone(&shared), Arc::clone(&events), seed))
            })
            .collect();
        let mut journals = vec![];
        for client in clients {
            journals.push(client.await.expect("a journal"));
        }
        for entry in journals.iter().flatten() {
            assert!(!entry.answer.codes().contains(&"INTERNAL"), "{backend:?} {SEED}={seed}: {entry:#?}");
            (sent, done) = (sent + 1, done + usize::from(!entry.answer.written().is_empty()));
        }
        state = explain(&state, &journals)
            .unwrap_or_else(|why| panic!("{backend:?} {SEED}={seed}: no order explains the answers, {why}"));
        if let Err(difference) = compare(&connection, &state).await {
            panic!("{backend:?} {SEED}={seed}: an order explains the answers, but not the rows: {difference}");
        }
        board = shared.lock().expect("no client panics").clone();
    }
    eprintln!("{backend:?}: {rounds} rounds of {CLIENTS} clients, {sent} mutations, of which {done} were done");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_explains_what_eight_clients_are_answered_sqlite() {
    all_at_once(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_explains_what_eight_clients_are_answered_postgres() {
    all_at_once(Backend::Postgres).await;
}
