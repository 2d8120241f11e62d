//! Whoever a demo says can sign in can, at every start, and sees what their role sees.

use std::time::Duration;

use sea_orm::{ConnectionTrait, Database};
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::binary::{self, Running};
use crate::support::database::{Backend, TestDatabase};

const PATIENCE: Duration = Duration::from_secs(10);
const SIGN_IN: &str = "mutation($username: String!, $password: String!) {
  signIn(input: { username: $username, password: $password }) { viewer { role } userErrors { code } } }";

/// The accounts that a demo prints, and somebody who is nobody yet.
fn printed(demo: &Running) -> (Vec<Value>, Actor) {
    let origin = demo.ready["url"].as_str().and_then(|url| url.strip_suffix("/graphql")).expect("the endpoint's URL");
    (demo.ready["accounts"].as_array().expect("accounts").clone(), Actor::stranger(origin))
}

fn named<'a>(accounts: &'a [Value], username: &str) -> &'a Value {
    accounts.iter().find(|account| account["username"] == username).unwrap_or_else(|| panic!("no {username}"))
}

/// Somebody with the token that a demo prints.
fn by_token(nobody: &Actor, account: &Value) -> Actor {
    let mut actor = nobody.clone();
    actor.token = account["token"].as_str().map(str::to_owned);
    actor
}

async fn signs_in(nobody: &Actor, account: &Value) -> bool {
    let variables = json!({"username": account["username"], "password": account["password"]});
    let answer = nobody.data(SIGN_IN, variables).await;
    let role = account["role"].as_str().expect("a role").to_uppercase();
    answer["signIn"]["viewer"]["role"] == role
}

#[tokio::test]
async fn everybody_a_demo_names_can_sign_in_at_every_start() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let directory = tempfile::tempdir().unwrap();
        let database = TestDatabase::fresh(backend).await;
        let url = database.url();
        let start =
            || Running::start(&["demo", "--json", "--database-url", &url, "--patients", "60"], directory.path());
        let demo = start();
        let (accounts, nobody) = printed(&demo);
        let roles: Vec<&str> = accounts.iter().filter_map(|account| account["role"].as_str()).collect();
        assert_eq!(roles, ["admin", "doctor", "doctor", "patient", "patient", "agent"]);
        for account in &accounts {
            let who = "{ viewer { role user { username } patient { id } doctor { id } } }";
            let viewer = by_token(&nobody, account).data(who, json!({})).await["viewer"].take();
            assert_eq!(viewer["role"], account["role"].as_str().unwrap().to_uppercase());
            assert_eq!(viewer["user"]["username"], account["username"]);
            assert_eq!(
                (&viewer["patient"]["id"], &viewer["doctor"]["id"]),
                (&account["patientId"], &account["doctorId"])
            );
            if account["role"] == "agent" {
                assert!(account["password"].is_null() && account["token"].as_str().unwrap().starts_with("pgk_"));
            } else {
                assert!(signs_in(&nobody, account).await, "{account}");
            }
        }
        let log = demo.stop(PATIENCE).1;
        for account in &accounts {
            for secret in [&account["password"], &account["token"]].into_iter().filter_map(Value::as_str) {
                assert!(!log.contains(secret), "{log}");
            }
        }

        let demo = start();
        let (again, nobody) = printed(&demo);
        let lasting = |accounts: &[Value]| -> Vec<Value> {
            let keys = ["role", "username", "password", "patientId", "doctorId"];
            accounts.iter().map(|account| keys.map(|key| account[key].clone()).into()).collect()
        };
        assert_eq!(lasting(&again), lasting(&accounts));
        assert_eq!(named(&again, "demo-agent")["token"], named(&accounts, "demo-agent")["token"]);
        for account in again.iter().filter(|account| account["role"] != "agent") {
            assert!(signs_in(&nobody, account).await, "{account}");
            let me = by_token(&nobody, account).data("{ viewer { role } }", json!({})).await;
            assert_ne!(me["viewer"], Value::Null);
        }
    }
}

#[tokio::test]
async fn doctors_and_patients_of_a_demo_have_something_to_see() {
    let directory = tempfile::tempdir().unwrap();
    let demo = Running::start(&["demo", "--json", "--patients", "200"], directory.path());
    let (accounts, nobody) = printed(&demo);
    let sees =
        async |username: &str, query: &str| by_token(&nobody, named(&accounts, username)).data(query, json!({})).await;
    let patients = "{ patients(first: 100) { totalCount nodes { id } } }";
    let all = sees("demo-admin", patients).await["patients"]["totalCount"].as_u64().unwrap();
    for (own, other) in [("demo-patient-1", "demo-patient-2"), ("demo-patient-2", "demo-patient-1")] {
        let doctor = own.replace("patient", "doctor");
        let treated = sees(&doctor, patients).await["patients"].take();
        let has = |patient: &str| {
            treated["nodes"].as_array().unwrap().iter().any(|node| node["id"] == named(&accounts, patient)["patientId"])
        };
        assert!(has(own) && !has(other), "{doctor}");
        assert!((3..all).contains(&treated["totalCount"].as_u64().unwrap()), "{doctor}: {treated}");

        // The patient sees less of the record than the administrator, and still some.
        let id = &named(&accounts, own)["patientId"];
        let record = format!(
            "{{ patient(id: {id}) {{ reports {{ totalCount }} predictions {{ totalCount }}
               consultations {{ totalCount }} timeline {{ totalCount }} }} }}"
        );
        let (whole, seen) = (sees("demo-admin", &record).await, sees(own, &record).await);
        let count = |record: &Value, what: &str| record["patient"][what]["totalCount"].as_u64().unwrap();
        for what in ["reports", "predictions", "consultations", "timeline"] {
            assert!(
                count(&seen, what) > 0 && count(&seen, what) <= count(&whole, what),
                "{own} {what}: {seen} {whole}"
            );
        }
        let hidden = |what| count(&whole, what) - count(&seen, what);
        assert!(hidden("reports") + hidden("predictions") > 0, "{own}: {seen} {whole}");
    }
}

#[tokio::test]
async fn what_was_changed_in_a_demo_stays_changed() {
    let directory = tempfile::tempdir().unwrap();
    let start = || Running::start(&["demo", "--json", "--patients", "30"], directory.path());
    let demo = start();
    let (accounts, nobody) = printed(&demo);
    let doctor = named(&accounts, "demo-doctor-1");
    let change = "mutation($old: String!) {
      changePassword(input: { currentPassword: $old, newPassword: \"another four words\" }) { userErrors { message } } }";
    let changed = by_token(&nobody, doctor).data(change, json!({"old": doctor["password"]})).await;
    assert_eq!(changed["changePassword"]["userErrors"], json!([]));
    let admin = by_token(&nobody, named(&accounts, "demo-admin"));
    let user = "{ users(first: 100) { nodes { id username version } } }";
    let users = admin.data(user, json!({})).await;
    let nodes = users["users"]["nodes"].as_array().unwrap();
    let other = nodes.iter().find(|user| user["username"] == "demo-doctor-2").expect("the other doctor");
    let disable = "mutation($id: ID!, $version: Int!) {
      updateUser(input: { id: $id, version: $version, isActive: false }) { userErrors { message } } }";
    let disabled = admin.data(disable, json!({"id": other["id"], "version": other["version"]})).await;
    assert_eq!(disabled["updateUser"]["userErrors"], json!([]));
    drop(demo);

    let demo = start();
    let (accounts, nobody) = printed(&demo);
    assert_eq!(named(&accounts, "demo-doctor-1")["password"], Value::Null);
    let own = json!({"role": "doctor", "username": "demo-doctor-1", "password": "another four words"});
    assert!(signs_in(&nobody, &own).await);
    assert!(accounts.iter().all(|account| account["username"] != "demo-doctor-2"), "{accounts:?}");
    assert_eq!(accounts.len(), 5);
}

#[tokio::test]
async fn nobody_else_is_served_a_demo() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let directory = tempfile::tempdir().unwrap();
        let database = TestDatabase::fresh(backend).await;
        let url = database.url();
        drop(Running::start(&["demo", "--json", "--database-url", &url, "--patients", "5"], directory.path()));
        let serve = ["serve", "--database-url", &url];
        let proxied = [&serve[..], &["--trusted-proxy", "127.0.0.1"]].concat();
        let refused = || {
            let listening = [&proxied[..], &["--listen", "127.0.0.1:0"]].concat();
            let output = binary::run(&listening, directory.path());
            let said = String::from_utf8(output.stderr).unwrap();
            assert!(!output.status.success() && said.contains("refusing to serve a demo to other machines"), "{said}");
        };
        refused();
        drop(Running::start(&serve, directory.path()));

        let connection = Database::connect(&url).await.unwrap();
        let rename = |from, to| format!("UPDATE users SET username = '{to}' WHERE username = '{from}'");
        connection.execute_unprepared(&rename("demo-admin", "demo-half")).await.unwrap();
        refused();
        // What is no demo is served.
        connection.execute_unprepared(&rename("demo-agent", "agent")).await.unwrap();
        connection.close().await.unwrap();
        drop(Running::start(&proxied, directory.path()));
    }
}
