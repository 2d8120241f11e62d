//! What becomes of those who are signed in when their account changes: it is felt at once where it was changed, and
//! within five seconds everywhere, also by requests that run.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Site, WHO, codes};
use crate::on_both;
use crate::support::database::{Backend, TestDatabase};

on_both!(
    whoever_is_disabled_or_becomes_another_is_out,
    what_another_program_changes_is_felt_within_seconds,
    a_mutation_looks_again_before_each_of_its_changes,
    a_request_that_runs_is_cut_off,
);

const SOON: Duration = Duration::from_secs(5);

async fn whoever_is_disabled_or_becomes_another_is_out(database: TestDatabase) {
    let site = Site::open(database).await;
    for (number, change) in
        [json!({"isActive": false}), json!({"role": "PATIENT"}), json!({"role": "ADMIN"}), json!({"role": "AGENT"})]
            .into_iter()
            .enumerate()
    {
        let username = format!("ada{number}");
        let key = site.person(&username, "doctor").await;
        let tokens = site.sign_in(&username).await;
        // What does not concern who they are leaves them in.
        site.change(&key, json!({"name": "Ada", "role": "DOCTOR", "isActive": true})).await;
        assert!(site.is_known(&tokens.access).await, "{change}");
        site.change(&key, change.clone()).await;
        assert!(!site.is_known(&tokens.access).await, "{change}");
        assert_eq!(codes(&site.refresh(&tokens.refresh).await), ["UNAUTHENTICATED"], "{change}");
        // And back again is not in again.
        site.change(&key, json!({"role": "DOCTOR", "isActive": true})).await;
        assert!(!site.is_known(&tokens.access).await, "{change}");
        assert!(site.is_known(&site.sign_in(&username).await.access).await);
    }
    let key = site.person("gone", "doctor").await;
    let tokens = site.sign_in("gone").await;
    let input = json!({"id": crate::support::factory::id("User", &key), "version": 1});
    assert_eq!(site.told("deleteUser", "deletedId", input).await["userErrors"], json!([]));
    assert!(!site.is_known(&tokens.access).await);
    assert_eq!(codes(&site.refresh(&tokens.refresh).await), ["UNAUTHENTICATED"]);
}

async fn what_another_program_changes_is_felt_within_seconds(database: TestDatabase) {
    let site = Site::open(database).await;
    let key = site.person("ada", "doctor").await;
    let tokens = site.sign_in("ada").await;
    assert!(site.is_known(&tokens.access).await);
    site.rows.run(&format!("UPDATE users SET is_active = FALSE WHERE id = '{key}'")).await;
    let changed = Instant::now();
    while site.is_known(&tokens.access).await {
        assert!(changed.elapsed() < SOON);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // A doctor who is archived sees no patients any more.
    site.rows.run(&format!("UPDATE users SET is_active = TRUE WHERE id = '{key}'")).await;
    let doctor = site.rows.doctor("Bell", json!({"user_id": key})).await;
    let patient = site.rows.patient("A-1", json!({})).await;
    site.rows.assignment(&patient, &doctor, json!({})).await;
    let ada = site.holder(&site.sign_in("ada").await.access);
    let patients = "{ patients { totalCount } }";
    assert_eq!(ada.data(patients, json!({})).await["patients"]["totalCount"], 1);
    site.rows.run("UPDATE doctors SET archived_at = '2026-01-01T00:00:00.000000Z'").await;
    let changed = Instant::now();
    while ada.data(patients, json!({})).await["patients"]["totalCount"] != 0 {
        assert!(changed.elapsed() < SOON);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn a_mutation_looks_again_before_each_of_its_changes(database: TestDatabase) {
    let site = Site::open(database).await;
    let key = site.person("ada", "admin").await;
    let ada = site.holder(&site.sign_in("ada").await.access);
    let patient = |name: &str| {
        format!("{name}: createPatient(input: {{mrn: \"{name}\", name: \"A\"}}) {{ userErrors {{ code }} }}")
    };
    let disable = format!(
        "me: updateUser(input: {{id: \"{}\", version: 1, isActive: false}}) {{ userErrors {{ code }} }}",
        crate::support::factory::id("User", &key)
    );
    let answer = ada.query(&format!("mutation {{ {} {disable} {} }}", patient("a"), patient("b")), json!({})).await;
    assert_eq!((codes(&answer), &answer["data"]["b"]), (vec!["UNAUTHENTICATED"], &Value::Null), "{answer}");
    assert_eq!(answer["data"]["a"], json!({"userErrors": []}));
    let tables = site.tables().await;
    assert_eq!(tables.rows("patients").len(), 1, "nothing was done after it");
}

/// A list whose reading takes much longer than anybody's patience.
async fn make_keys_slow(site: &Site) {
    let agent = site.rows.user("program", "agent").await;
    site.server.agent(&agent, &["intake"]).await;
    let wait = match site.server.database.backend {
        Backend::Postgres => "SELECT k.* FROM kept k, pg_sleep(20)",
        Backend::Sqlite => {
            "SELECT k.* FROM (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 40000000) \
             SELECT count(*) AS n FROM c) slow, kept k WHERE slow.n > 0"
        }
    };
    site.rows.run("ALTER TABLE api_keys RENAME TO kept").await;
    site.rows.run(&format!("CREATE VIEW api_keys AS {wait}")).await;
}

async fn a_request_that_runs_is_cut_off(database: TestDatabase) {
    let site = Site::open(database).await;
    let key = site.person("ada", "admin").await;
    let ada = site.holder(&site.sign_in("ada").await.access);
    make_keys_slow(&site).await;
    let began = Instant::now();
    let (answer, disabled) = tokio::join!(
        async {
            let answer = ada.query("{ users { nodes { apiKeys { totalCount nodes { id } } } } }", json!({})).await;
            (answer, Instant::now())
        },
        async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            site.rows.run(&format!("UPDATE users SET is_active = FALSE WHERE id = '{key}'")).await;
            Instant::now()
        }
    );
    let (answer, ended) = answer;
    assert_eq!(codes(&answer), ["UNAUTHENTICATED"], "after {:?}: {answer}", began.elapsed());
    assert!(ended > disabled && ended - disabled < SOON, "{:?}", ended - disabled);
    eprintln!("{:?}: cut off after {:?}", site.server.database.backend, ended - disabled);
    assert_eq!(codes(&ada.query(WHO, json!({})).await), ["UNAUTHENTICATED"]);
}
