//! The README and the pages of `docs/` keep their word: their queries, and those of GraphiQL's tabs, are answered as they are printed.

use chrono::NaiveDate;
use patientgraph::db::adaptor::Adapted;
use patientgraph::demo::{Clinic, load};
use serde_json::{Map, Value, json};

use crate::on_both;
use crate::support::actor::Actor;
use crate::support::binary::Running;
use crate::support::database::TestDatabase;
use crate::support::server::TestServer;

const README: &str = include_str!("../README.md");
const PAGES: [&str; 2] = [README, include_str!("../docs/pipeline.md")];
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

    let printed: Vec<&str> = PAGES
        .iter()
        .flat_map(|page| page.split("```graphql\n").skip(1).filter_map(|rest| rest.split("```").next()))
        .collect();
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

/// What is printed for a shell: a request signs in as the demo's administrator, another is sent with the token.
#[tokio::test]
async fn printed_requests_of_a_shell_run() {
    let directory = tempfile::tempdir().unwrap();
    let demo = Running::start(&["demo", "--json", "--patients", "20"], directory.path());
    let origin = demo.ready["url"].as_str().unwrap().strip_suffix("/graphql").unwrap();
    let printed = README.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    let requests: Vec<&str> = printed.filter(|block| block.starts_with("curl ")).collect();
    assert_eq!(requests.len(), 2, "the README signs in, and asks");
    let mut actor = Actor::stranger(origin);
    for request in requests {
        assert!(request.contains("curl -s http://127.0.0.1:4000/graphql -H 'content-type: application/json' "));
        assert_eq!(request.contains("-H \"authorization: Bearer $TOKEN\""), actor.token.is_some(), "{request}");
        let body = request.split_once("-d '").and_then(|(_, rest)| rest.split_once("'\n")).expect("a body").0;
        let sent = actor.post("/graphql").header("content-type", "application/json").body(body.to_owned()).send().await;
        let answer: Value = sent.unwrap().json().await.unwrap();
        assert!(answer.get("errors").is_none(), "{request}\n{answer}");
        if let Some(token) = answer["data"]["signIn"]["accessToken"].as_str() {
            actor.token = Some(token.to_owned());
        }
        assert!(actor.token.is_some(), "{request}\n{answer}");
    }
    // The README shows this account's password as the demo prints it.
    let admin = &demo.ready["accounts"][0];
    assert!(
        README.contains(&format!("  admin    demo-admin      {}\n", admin["password"].as_str().unwrap())),
        "{admin}"
    );
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
