//! The README keeps its word: its queries, and those of GraphiQL's tabs, are answered as they are printed.

use chrono::NaiveDate;
use patientgraph::db::adaptor::Adapted;
use patientgraph::demo::{Clinic, load};
use serde_json::{Value, json};

use crate::on_both;
use crate::support::database::TestDatabase;
use crate::support::server::TestServer;

const README: &str = include_str!("../README.md");
const TABS: [&str; 3] = [
    include_str!("../crates/server/graphiql/queries/record.graphql"),
    include_str!("../crates/server/graphiql/queries/attention.graphql"),
    include_str!("../crates/server/graphiql/queries/dashboard.graphql"),
];

on_both!(printed_queries_run);

async fn printed_queries_run(database: TestDatabase) {
    let today = NaiveDate::from_ymd_opt(2026, 3, 30).expect("a day that exists");
    let clinic = Clinic::new(20, 1, today, chrono_tz::UTC);
    load(&Adapted::new(database.connect().await), &clinic, 1, |_| ()).await.unwrap();
    let server = TestServer::start(database).await;

    let printed: Vec<&str> = README.split("```graphql\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(printed.len() >= 4, "the README shows queries");
    for query in printed.iter().chain(&TABS) {
        let data = server.admin().data(query, json!({})).await;
        let answered = data.as_object().expect("an object").values().all(|answer| *answer != Value::Null);
        assert!(answered, "{query}\n{data:#}");
        for payload in data.as_object().expect("an object").values() {
            assert!(payload.get("userErrors").is_none_or(|errors| *errors == json!([])), "{query}\n{data:#}");
        }
    }
}
