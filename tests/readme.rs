//! The README keeps its word: its queries, and those of GraphiQL's tabs, are answered as they are printed.

use chrono::NaiveDate;
use patientgraph::db::adaptor::Adapted;
use patientgraph::demo::{Clinic, load};
use serde_json::{Map, Value, json};

use crate::on_both;
use crate::support::database::TestDatabase;
use crate::support::server::TestServer;

const README: &str = include_str!("../README.md");
const TABS: [&str; 4] = [
    include_str!("../crates/server/graphiql/queries/record.graphql"),
    include_str!("../crates/server/graphiql/queries/attention.graphql"),
    include_str!("../crates/server/graphiql/queries/dashboard.graphql"),
    include_str!("../crates/server/graphiql/queries/register.graphql"),
];

on_both!(printed_queries_run);

async fn printed_queries_run(database: TestDatabase) {
    let today = NaiveDate::from_ymd_opt(2026, 3, 30).expect("a day that exists");
    let clinic = Clinic::new(20, 1, today, chrono_tz::UTC);
    load(&Adapted::new(database.connect().await), &clinic, 1, |_| ()).await.unwrap();
    let server = TestServer::start(database).await;

    let printed: Vec<&str> = README.split("```graphql\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(printed.len() >= 15, "the README shows queries and a day at the clinic");
    let mut told = Map::new();
    for query in printed.iter().chain(&TABS) {
        let data = server.admin().data(query, Value::Object(told.clone())).await;
        remember(&data, &mut told);
        let answered = data.as_object().expect("an object").values().all(|answer| *answer != Value::Null);
        assert!(answered, "{query}\n{data:#}");
        for payload in data.as_object().expect("an object").values() {
            assert!(payload.get("userErrors").is_none_or(|errors| *errors == json!([])), "{query}\n{data:#}");
        }
    }
}

/// Variables are named after what answers told: `patient` is the id under that name, `patientVersion` its version.
fn remember(answer: &Value, told: &mut Map<String, Value>) {
    for (name, value) in answer.as_object().into_iter().flatten() {
        if let Some(id) = value.get("id") {
            told.insert(name.clone(), id.clone());
        }
        if let Some(version) = value.get("version") {
            told.insert(format!("{name}Version"), version.clone());
        }
        remember(value, told);
    }
}
