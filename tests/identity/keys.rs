//! Keys of programs.

use chrono::Duration;
use serde_json::{Value, json};

use super::{PASSWORD, Site, WHO, codes, problems};
use crate::on_both;
use crate::support::clinic::NOW;
use crate::support::database::TestDatabase;
use crate::support::factory::id;

on_both!(
    a_key_is_made_shown_once_and_revoked,
    a_key_lets_do_what_it_is_for,
    values_of_a_key_are_checked_at_once,
    a_key_ends_with_its_time_and_its_program,
    a_program_sees_its_own_keys_alone,
);

const KEY: &str = "apiKey { id name hint scopes createdAt expiresAt revokedAt version } secret";

impl Site {
    async fn new_key(&self, user: &str, more: Value) -> Value {
        let mut input = json!({"userId": id("User", user), "name": "scanner", "scopes": ["INTAKE"]});
        input.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        self.told("createApiKey", KEY, input).await
    }

    async fn secret_of_new_key(&self, user: &str, more: Value) -> String {
        self.new_key(user, more).await["secret"].as_str().expect("a key").to_owned()
    }
}

async fn a_key_is_made_shown_once_and_revoked(database: TestDatabase) {
    let site = Site::open(database).await;
    let program = site.rows.user("program", "agent").await;
    let payload = site.new_key(&program, json!({"scopes": ["REPORT", "INTAKE"], "name": " the scanner "})).await;
    let secret = payload["secret"].as_str().expect("a key");
    let expected = json!({
        "id": payload["apiKey"]["id"], "name": "the scanner", "hint": secret[secret.len() - 4..],
        "scopes": ["INTAKE", "REPORT"], "createdAt": NOW, "expiresAt": null, "revokedAt": null, "version": 1,
    });
    assert_eq!((&payload["apiKey"], problems(&payload)), (&expected, vec![]), "{payload}");
    assert!(secret.starts_with("pgk_") && secret.len() == 47);
    let who = site.holder(secret).data(WHO, json!({})).await;
    let viewer = json!({"name": "User program", "role": "AGENT", "scopes": ["INTAKE", "REPORT"]});
    assert_eq!(who["viewer"], viewer);
    let tables = site.tables().await;
    let row = &tables.rows("api_keys")[0];
    assert!(
        row.values().all(|value| value != secret) && row["created_by"] == crate::support::accounts::ADMIN,
        "{row:?}"
    );

    let revoke = json!({"id": payload["apiKey"]["id"], "version": 1});
    let revoked = site.told("revokeApiKey", "apiKey { revokedAt version }", revoke).await;
    assert_eq!(revoked["apiKey"], json!({"revokedAt": NOW, "version": 2}));
    assert!(!site.is_known(secret).await, "felt at once");
    let again = json!({"id": payload["apiKey"]["id"], "version": 2});
    let again = site.told("revokeApiKey", "apiKey { version }", again).await;
    assert_eq!(problems(&again), [("INVALID_TRANSITION".to_owned(), "id".to_owned())]);
}

async fn a_key_lets_do_what_it_is_for(database: TestDatabase) {
    let site = Site::open(database).await;
    let program = site.rows.user("program", "agent").await;
    for (given, known) in [
        (json!(["PREDICT"]), json!(["PREDICT"])),
        (json!(["REPORT", "PREDICT", "INTAKE"]), json!(["INTAKE", "PREDICT", "REPORT"])),
        (json!(["REPORT", "REPORT"]), json!(["REPORT"])),
    ] {
        let payload = site.new_key(&program, json!({"scopes": given})).await;
        assert_eq!(payload["apiKey"]["scopes"], known);
        let secret = payload["secret"].as_str().expect("a key");
        let actor = site.holder(secret);
        assert_eq!(actor.data(WHO, json!({})).await["viewer"]["scopes"], known);
        // A key is no sign-in: it makes neither keys nor accounts, does not sign out and has no password.
        for mutation in [
            format!("createApiKey(input: {{userId: \"{}\", name: \"A\", scopes: [INTAKE]}})", id("User", &program)),
            "createUser(input: {username: \"A\", name: \"A\", role: ADMIN})".to_owned(),
            "signOut(input: {everywhere: true})".to_owned(),
            "changePassword(input: {currentPassword: \"A\", newPassword: \"B\"})".to_owned(),
        ] {
            let answer =
                actor.query(&format!("mutation {{ {mutation} {{ userErrors {{ code }} }} }}"), json!({})).await;
            assert_eq!(codes(&answer), ["FORBIDDEN"], "{answer}");
        }
        assert!(site.is_known(secret).await);
        assert_eq!(codes(&site.refresh(secret).await), ["UNAUTHENTICATED"]);
    }
}

async fn values_of_a_key_are_checked_at_once(database: TestDatabase) {
    let site = Site::open(database).await;
    let (doctor, program) = (site.rows.user("ada", "doctor").await, site.rows.user("program", "agent").await);
    let pair = |code: &str, path: &str| (code.to_owned(), path.to_owned());
    let wrong = json!({"userId": "nonsense", "name": " ", "scopes": [], "expiresAt": NOW});
    let mut found = problems(&site.new_key(&program, wrong).await);
    found.sort();
    let expected = [
        pair("INVALID", "expiresAt"),
        pair("NOT_FOUND", "userId"),
        pair("REQUIRED", "name"),
        pair("REQUIRED", "scopes"),
    ];
    assert_eq!(found, expected);
    assert_eq!(problems(&site.new_key(&doctor, json!({})).await), [pair("INVALID", "userId")]);
    let payload = site.new_key(&doctor, json!({})).await;
    assert_eq!((&payload["secret"], &payload["apiKey"]), (&Value::Null, &Value::Null));
    assert!(site.tables().await.rows("api_keys").is_empty());
}

async fn a_key_ends_with_its_time_and_its_program(database: TestDatabase) {
    let site = Site::open(database).await;
    let program = site.rows.user("program", "agent").await;
    let lasting = site.secret_of_new_key(&program, json!({})).await;
    let ending = site.secret_of_new_key(&program, json!({"expiresAt": "2026-03-14T22:31:00Z"})).await;
    assert!(site.is_known(&lasting).await && site.is_known(&ending).await);
    site.server.clock.advance(Duration::minutes(1));
    // What is known of a key may be as old as a moment.
    tokio::time::sleep(patientgraph::identity::FRESH).await;
    assert!(site.is_known(&lasting).await && !site.is_known(&ending).await);
    for (change, known) in [
        (json!({"isActive": false}), false),
        (json!({"isActive": true}), true),
        (json!({"role": "DOCTOR"}), false),
        (json!({"role": "AGENT"}), true),
    ] {
        site.change(&program, change.clone()).await;
        assert_eq!(site.is_known(&lasting).await, known, "{change}");
    }
    // A program has no password, whatever its row says.
    site.rows.run(&format!("UPDATE users SET password_hash = '{}'", super::hash().await)).await;
    let answer = site.try_as(&site.server.stranger(), "program", PASSWORD).await;
    assert_eq!(problems(&answer["data"]["signIn"]).len(), 1);
}

async fn a_program_sees_its_own_keys_alone(database: TestDatabase) {
    let site = Site::open(database).await;
    let (one, other) = (site.rows.user("one", "agent").await, site.rows.user("other", "agent").await);
    let first = site.secret_of_new_key(&one, json!({"name": "first"})).await;
    site.server.clock.advance(Duration::seconds(1));
    site.secret_of_new_key(&one, json!({"name": "second"})).await;
    let foreign = site.new_key(&other, json!({"name": "foreign"})).await["apiKey"]["id"].clone();
    let keys = "{ users { nodes { username apiKeys { totalCount nodes { name } } } } }";
    let own =
        json!({"username": "one", "apiKeys": {"totalCount": 2, "nodes": [{"name": "second"}, {"name": "first"}]}});
    assert_eq!(site.server.admin().data(keys, json!({})).await["users"]["nodes"][0], own, "newest first");
    let program = site.holder(&first);
    let mine = "{ viewer { user { username apiKeys { totalCount nodes { name } } } } }";
    assert_eq!(program.data(mine, json!({})).await["viewer"]["user"], own);
    let doctor = site.person("ada", "doctor").await;
    let doctor = site.server.sign_in(&doctor).await;
    let node = "query($id: ID!) { node(id: $id) { id } }";
    for actor in [&program, &doctor] {
        assert_eq!(actor.data(node, json!({"id": foreign})).await["node"], Value::Null);
    }
    assert_eq!(site.server.admin().data(node, json!({"id": foreign})).await["node"]["id"], foreign);
}
