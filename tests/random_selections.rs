//! The most searching test: whatever is selected, the server reads what a naive reading of the same rows finds, on both
//! databases alike.

use std::env;

use patientgraph::config::Limits;

use crate::naive::{Clinic, Cursors, Json, Query, Schema, Tables};
use crate::random::{Generated, Generator};
use crate::support::clinic;
use crate::support::database::{Backend, TestDatabase};
use crate::support::dice::Dice;
use crate::support::factory::Factory;
use crate::support::server::TestServer;

const CASES: &str = "PATIENTGRAPH_TEST_CASES";
const SEED: &str = "PATIENTGRAPH_TEST_SEED";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_selections_read_what_a_naive_reading_finds() {
    let cases: u64 = env::var(CASES).map_or(400, |cases| cases.parse().expect(CASES));
    let seed: u64 = env::var(SEED).map_or(2026, |seed| seed.parse().expect(SEED));
    let schema = Schema::parse(&patientgraph::graphql::Api::sdl());
    let mut sites = vec![];
    for backend in [Backend::Sqlite, Backend::Postgres] {
        // What is asked at random asks for more than any person would.
        let limits = Limits { max_objects: u32::MAX, ..Limits::default() };
        let server = TestServer::start_within(TestDatabase::migrated(backend).await, limits).await;
        let factory = Factory::new(&server.database).await;
        clinic::fill(&factory).await;
        sites.push((Tables::load(&factory.connection).await, server));
    }
    let mut cursors = Cursors::default();
    for case in 0..cases {
        let mut dice = Dice::new(seed.wrapping_add(case));
        let asked = Generator::new(&schema, &sites[0].0, &cursors, &mut dice).query();
        for (tables, server) in &sites {
            let expected = expected(&schema, tables, &cursors, server, &asked);
            let answer = server.admin().text(&asked.text, &asked.variables).await;
            let answer: Json = serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}"));
            if let Some(why) = expected.disagrees(&answer, &mut cursors) {
                let Generated { text, variables } = &asked;
                panic!(
                    "{:?}, case {case}: repeat it alone with {SEED}={} {CASES}=1 (if it has no cursors)\n{why}\n\n\
                     {text}\n{variables}",
                    server.database.backend,
                    seed.wrapping_add(case)
                );
            }
        }
    }
}

fn expected(schema: &Schema, tables: &Tables, cursors: &Cursors, server: &TestServer, asked: &Generated) -> Json {
    let (now, zone) = (server.clock.now(), clinic::ZONE);
    let data = Query::new(schema, &asked.text, &asked.variables).answer(&Clinic { schema, tables, cursors, now, zone });
    Json::Object(vec![("data".to_owned(), data)])
}
