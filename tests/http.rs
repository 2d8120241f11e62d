//! How the server speaks HTTP. What GraphQL answers is tested elsewhere.

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::on_both;
use crate::support::database::{Backend, TestDatabase};
use crate::support::server::TestServer;

on_both!(queries_by_get_and_post, what_is_internal_stays_inside, health_follows_the_database);

async fn server() -> TestServer {
    TestServer::start(TestDatabase::migrated(Backend::Sqlite).await).await
}

async fn queries_by_get_and_post(database: TestDatabase) {
    let server = TestServer::start(database).await;
    let actor = server.admin();
    let expected = json!({"data": {"patients": {"totalCount": 0}}});
    let query = "query Count($first: Int) { patients(first: $first) { totalCount } }";
    let get =
        actor.get("/graphql").query(&[("query", query), ("variables", "{\"first\": 1}"), ("operationName", "Count")]);
    assert_eq!(get.send().await.unwrap().json::<Value>().await.unwrap(), expected);
    let response = actor.post("/graphql").json(&json!({"query": query})).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json; charset=utf-8");
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert!(response.headers().contains_key("x-request-id"));
    assert_eq!(response.json::<Value>().await.unwrap(), expected);
    let modern = actor
        .post("/graphql")
        .header("accept", "application/graphql-response+json")
        .json(&json!({"query": "{ nothing }"}));
    assert_eq!(modern.send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn mutations_only_by_post() {
    let server = server().await;
    let mutation = "mutation { createPatient(input: {mrn: \"A\", name: \"A\"}) { patient { id } } }";
    let response = server.admin().get("/graphql").query(&[("query", mutation)]).send().await.unwrap();
    assert_eq!(response.status(), 405);
    assert_eq!(response.headers()["allow"], "POST");
    let both = format!("query Read {{ patients {{ totalCount }} }} {}", mutation.replace("mutation", "mutation Write"));
    let get = |name: &str| server.admin().get("/graphql").query(&[("query", both.as_str()), ("operationName", name)]);
    assert_eq!(get("Write").send().await.unwrap().status(), 405);
    let answer: Value = get("Read").send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["data"]["patients"]["totalCount"], 0, "nothing was written");
}

#[tokio::test]
async fn what_is_no_request_is_refused() {
    let server = server().await;
    let actor = server.admin();
    let post = |kind: &str, body: &str| actor.post("/graphql").header("content-type", kind).body(body.to_owned());
    let query = "{\"query\": \"{ __typename }\"}";
    for (request, status) in [
        (post("text/plain", query), 415),
        (post("application/x-www-form-urlencoded", "query={__typename}"), 415),
        (post("multipart/form-data; boundary=x", query), 415),
        (actor.post("/graphql").body(query), 415),
        (post("application/json", "{\"query\": "), 400),
        (post("application/json", "[]"), 400),
        (post("application/json", &format!("[{query}]")), 400),
        (post("application/json", "{}"), 400),
        (post("application/json", "{\"query\": 7}"), 400),
        (post("application/json", "{\"query\": \"{ __typename }\", \"variables\": []}"), 400),
        (actor.get("/graphql"), 400),
        (post("application/json", &format!("{{\"query\": \"{}\"}}", "x".repeat(2_000_000))), 413),
        (actor.get("/graphql").query(&[("query", "{ __typename }")]).header("host", "evil.example"), 421),
    ] {
        let response = request.send().await.unwrap();
        let (got, body) = (response.status(), response.text().await.unwrap());
        assert_eq!(got, status, "{body}");
        let body: Value = serde_json::from_str(&body).unwrap();
        assert!(body.get("data").is_none(), "{body}");
        assert!(body["errors"][0]["extensions"]["code"].is_string(), "{body}");
    }
    assert_eq!(post("application/json; charset=utf-8", query).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_document_that_is_none_says_why() {
    let server = server().await;
    let actor = server.admin();
    for query in [
        "{ patients { nothing } }",
        "{ patients(nothing: 1) { totalCount } }",
        "{ patients ",
        "query A { __typename } query B { __typename }",
        "{ patients }",
        "query($id: ID!) { doctor(id: $id) { id } }",
    ] {
        let answer = actor.query(query, json!({})).await;
        assert!(answer.get("data").is_none_or(Value::is_null), "{answer}");
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{query}: {answer}");
    }
    let unknown = actor.query("{ patients { nothing } }", json!({})).await;
    let error = &unknown["errors"][0];
    assert!(error["message"].as_str().unwrap().contains("nothing"), "{error}");
    assert!(error["locations"][0]["line"].is_number(), "{error}");
}

async fn what_is_internal_stays_inside(database: TestDatabase) {
    let server = TestServer::start(database).await;
    let connection = server.database.connect().await;
    connection.execute_unprepared("ALTER TABLE doctors RENAME TO secret_table_name").await.unwrap();
    let actor = server.admin();
    let response =
        actor.post("/graphql").json(&json!({"query": "{ doctors { nodes { id } } patients { totalCount } }"}));
    let response = response.send().await.unwrap();
    let request_id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let answer: Value = response.json().await.unwrap();
    let error = &answer["errors"][0];
    assert_eq!(error["extensions"]["code"], "INTERNAL");
    assert_eq!(error["extensions"]["requestId"], request_id);
    assert_eq!(error["path"], json!(["doctors"]));
    let text = error["message"].to_string().to_lowercase();
    assert!(
        !["secret", "select", "table", "sql", "column", "doctors"].iter().any(|word| text.contains(word)),
        "{text}"
    );
    actor.data("{ patients { totalCount } }", json!({})).await;
}

async fn health_follows_the_database(database: TestDatabase) {
    let server = TestServer::start(database).await;
    let actor = server.admin();
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(actor.get(path).send().await.unwrap().status(), 200, "{path}");
    }
    server.database.connect().await.execute_unprepared("DROP TABLE seaql_migrations").await.unwrap();
    assert_eq!(actor.get("/health/live").send().await.unwrap().status(), 200);
    assert_eq!(actor.get("/health/ready").send().await.unwrap().status(), 503);
    assert_eq!(actor.get("/nothing").send().await.unwrap().status(), 404);
}
