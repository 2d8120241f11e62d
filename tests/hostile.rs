//! What one small request could do to a stock server: refused before anything of it runs, in a small answer, at once,
//! and the server lives on.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::database::{Backend, TestDatabase};
use crate::support::server::TestServer;

/// A document that asks for too much, and its variables.
pub struct Hostile {
    pub what: &'static str,
    pub query: String,
    pub variables: Value,
}

pub fn hostile() -> Vec<Hostile> {
    let new = |what, query: String| Hostile { what, query, variables: json!({}) };
    let list = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let object = |levels: usize| format!("{}1{}", "{a:".repeat(levels), "}".repeat(levels));
    let bomb: String =
        (0..30).map(|i| format!("fragment F{i} on Query {{ ...F{n} ...F{n} ...F{n} }} ", n = i + 1)).collect();
    let bomb = format!("{bomb} fragment F30 on Query {{ __typename }}");
    let pages = "patients(first: 100) { nodes { consultations(first: 100) { nodes { doctor { patients(first: 100) \
                 { nodes { id } } } } } } }";
    vec![
        new("a deep list", format!("{{ patients(first: {}) {{ totalCount }} }}", list(2_000))),
        new("a deep object", format!("{{ patients(filter: {}) {{ totalCount }} }}", object(2_000))),
        new("a deep default", format!("query($a: [Int] = {}) {{ __typename }}", list(2_000))),
        new("a deep argument of a directive", format!("{{ __typename @skip(if: {}) }}", list(2_000))),
        new("a deep type", format!("query($a: {}) {{ __typename }}", "[".repeat(2_000) + "Int" + &"]".repeat(2_000))),
        new("brackets that never close", "{".repeat(100_000)),
        new("a fragment bomb", format!("{{ ...F0 }} {bomb}")),
        new("a fragment bomb that nobody sets off", format!("{{ __typename }} {bomb}")),
        new("a circle", "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }".to_owned()),
        new("unknown fields", format!("{{ {} }}", (0..20_000).map(|i| format!("x{i} ")).collect::<String>())),
        new(
            "aliases",
            format!("{{ {} }}", (0..1_000).map(|i| format!("a{i}: patients {{ totalCount }} ")).collect::<String>()),
        ),
        new("directives", format!("{{ __typename {} }}", "@skip(if: false) ".repeat(5_000))),
        new("operations", (0..1_000).map(|i| format!("query Q{i} {{ __typename }} ")).collect()),
        new("pages within pages", format!("{{ {pages} }}")),
        new("pages within pages by a default", format!("query($n: Int = 100) {{ {} }}", pages.replace("100", "$n"))),
        new(
            "many records, each with pages",
            format!(
                "{{ nodes(ids: [{}]) {{ ... on Patient {{ consultations(first: 100) {{ nodes {{ doctor {{ \
                 consultations(first: 100) {{ nodes {{ id }} }} }} }} }} }} }} }}",
                "\"pat_AAAAAAAAAAAAAAAAAAAAAA\" ".repeat(100)
            ),
        ),
        Hostile {
            what: "pages within pages by variables",
            query: format!("query($n: Int) {{ {} }}", pages.replace("100", "$n")),
            variables: json!({"n": 100}),
        },
    ]
}

async fn refused_at_once(actor: &Actor, hostile: &Hostile) {
    let Hostile { what, query, variables } = hostile;
    let started = Instant::now();
    let text = actor.text(query, variables).await;
    assert!(started.elapsed() < Duration::from_secs(1), "{what} took {:?}", started.elapsed());
    assert!(text.len() < 10_000, "{what} is answered with {} bytes", text.len());
    let answer: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{what}: {error}: {text}"));
    assert!(answer.get("data").is_none(), "{what}: {answer}");
    let codes: Vec<&Value> = answer["errors"].as_array().unwrap().iter().map(|e| &e["extensions"]["code"]).collect();
    assert!(!codes.is_empty() && codes.iter().all(|code| **code == "BAD_USER_INPUT"), "{what}: {answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_much_is_refused_before_it_runs() {
    let server = TestServer::start(TestDatabase::migrated(Backend::Sqlite).await).await;
    let actor = server.admin();
    let before = server.db.statements();
    for hostile in hostile() {
        refused_at_once(&actor, &hostile).await;
    }
    assert_eq!(server.db.statements(), before, "nothing was read");
    actor.data("{ patients { totalCount } }", json!({})).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_tools_and_front_ends_ask_is_let_in() {
    let server = TestServer::start(TestDatabase::migrated(Backend::Sqlite).await).await;
    let actor = server.admin();
    let of_type = (0..9).fold("name".to_owned(), |inner, _| format!("kind name ofType {{ {inner} }}"));
    let introspection = format!(
        "query IntrospectionQuery {{ __schema {{ queryType {{ name }} types {{ ...FullType }} \
         directives {{ name locations args {{ ...InputValue }} }} }} }} \
         fragment FullType on __Type {{ kind name description fields(includeDeprecated: true) {{ name args {{ ...InputValue }} \
         type {{ ...TypeRef }} isDeprecated }} inputFields {{ ...InputValue }} interfaces {{ ...TypeRef }} \
         enumValues(includeDeprecated: true) {{ name }} possibleTypes {{ ...TypeRef }} }} \
         fragment InputValue on __InputValue {{ name type {{ ...TypeRef }} defaultValue }} \
         fragment TypeRef on __Type {{ {of_type} }}"
    );
    let schema = actor.data(&introspection, json!({})).await;
    assert!(schema["__schema"]["types"].as_array().unwrap().len() > 100);
    let admins_page = include_str!("bench/w1.graphql");
    actor.data(admins_page, json!({})).await;
    let rows: Vec<Value> =
        (0..1_000).map(|i| json!({"patientId": format!("pat_{i}"), "metadata": {"a": [[[i]]]}})).collect();
    let many = "mutation($scans: [CreateScanInput!]!) { createScans(input: {scans: $scans}) { userErrors { code } } }";
    let answered = actor.data(many, json!({"scans": rows})).await;
    assert_eq!(answered["createScans"]["userErrors"].as_array().unwrap().len(), 1_000);
}

#[tokio::test]
async fn a_mutation_that_asks_too_much_back_changes_nothing() {
    let server = TestServer::start(TestDatabase::migrated(Backend::Sqlite).await).await;
    let actor = server.admin();
    let greedy = "mutation { createPatient(input: {mrn: \"A\", name: \"A\"}) { patient { consultations(first: 100) { nodes \
                  { doctor { patients(first: 100) { nodes { timeline(first: 100) { nodes { id } } } } } } } } } }";
    assert_eq!(actor.error_codes(greedy, json!({})).await, ["BAD_USER_INPUT"]);
    assert_eq!(actor.data("{ patients { totalCount } }", json!({})).await["patients"]["totalCount"], 0);
}
