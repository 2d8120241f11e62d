//! Signing in and out.

use chrono::Duration;
use serde_json::{Value, json};

use super::{PASSWORD, SIGN_IN, SIGN_OUT, Site, Tokens, WHO, WRONG, codes, problems};
use crate::on_both;
use crate::support::clinic::NOW;
use crate::support::database::TestDatabase;
use crate::support::factory::id;

on_both!(
    a_person_signs_in,
    everybody_who_cannot_sign_in_is_told_the_same,
    signing_out_ends_one_sign_in_or_all,
    a_sign_in_ends_by_itself,
    what_is_over_is_forgotten,
    several_in_one_document_are_each_themselves,
    without_a_viewer_nothing_else_is_done,
);

async fn a_person_signs_in(database: TestDatabase) {
    let site = Site::open(database).await;
    let key = site.person("ada", "doctor").await;
    let doctor = site.rows.doctor("Bell", json!({"user_id": key})).await;
    let before = site.account(&key).await;
    let answer = site.try_as(&site.server.stranger(), " ada ", PASSWORD).await;
    let payload = &answer["data"]["signIn"];
    let viewer = json!({
        "name": "User ada", "role": "DOCTOR", "scopes": null, "patient": null, "doctor": {"name": "Bell"},
        "user": {"id": id("User", &key), "username": "ada", "lastLogin": NOW, "version": 1},
    });
    assert_eq!((&payload["viewer"], &payload["userErrors"]), (&viewer, &json!([])), "{answer}");
    assert_eq!(payload["refreshTokenExpiresAt"], "2026-03-15T10:30:00.000000Z", "12 hours");
    let after = site.account(&key).await;
    assert_eq!((after.version, after.updated_at), (before.version, before.updated_at), "nobody edited the account");

    let tokens = Tokens::of(payload);
    assert!(tokens.refresh.starts_with("pgr_") && tokens.access.split('.').count() == 3);
    let known = site.holder(&tokens.access).data("{ viewer { name doctor { id name } } }", json!({})).await;
    assert_eq!(known["viewer"], json!({"name": "User ada", "doctor": {"id": id("Doctor", &doctor), "name": "Bell"}}));

    let patient = site.person("zola", "patient").await;
    site.rows.patient("A-1", json!({"user_id": patient})).await;
    let answer = site.try_as(&site.server.stranger(), "zola", PASSWORD).await;
    assert_eq!(answer["data"]["signIn"]["viewer"]["patient"], json!({"mrn": "A-1"}), "{answer}");
}

async fn everybody_who_cannot_sign_in_is_told_the_same(database: TestDatabase) {
    let site = Site::open(database).await;
    site.person("ada", "doctor").await;
    site.person("program", "agent").await;
    site.rows.user("unset", "doctor").await;
    let disabled = site.person("disabled", "doctor").await;
    site.rows.run(&format!("UPDATE users SET is_active = FALSE WHERE id = '{disabled}'")).await;
    let foreign = site.rows.user("foreign", "doctor").await;
    site.rows.run(&format!("UPDATE users SET password_hash = '$2b$12$abc' WHERE id = '{foreign}'")).await;
    let long = "x".repeat(100_000);
    let tries = [
        ("ada", WRONG),
        ("ada", ""),
        ("ada", "An owl over the harbour"),
        ("ada", "an owl over the harbour "),
        ("ada", &long),
        ("ada", "an owl over the harbour\0"),
        ("nobody", PASSWORD),
        ("Ada", PASSWORD),
        ("ada' OR '1'='1", PASSWORD),
        ("ada\0", PASSWORD),
        ("", ""),
        (&long, &long),
        ("program", PASSWORD),
        ("unset", PASSWORD),
        ("unset", ""),
        ("disabled", PASSWORD),
        ("foreign", PASSWORD),
    ];
    let mut answers = vec![];
    for (username, password) in tries {
        let answer = site.try_as(&site.server.stranger(), username, password).await;
        assert_eq!(problems(&answer["data"]["signIn"]), [("INCORRECT_CREDENTIALS".to_owned(), String::new())]);
        answers.push(answer);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:#?}");
    let tables = site.tables().await;
    assert_eq!(tables.rows("refresh_tokens").len(), 0);
    assert!(tables.rows("users").iter().all(|user| user["last_login"].is_null()));
}

async fn signing_out_ends_one_sign_in_or_all(database: TestDatabase) {
    let site = Site::open(database).await;
    site.person("ada", "doctor").await;
    site.person("bell", "doctor").await;
    let [one, two, three, other] =
        [site.sign_in("ada").await, site.sign_in("ada").await, site.sign_in("ada").await, site.sign_in("bell").await];
    let out = site.holder(&one.access).data(SIGN_OUT, json!({"input": {}})).await;
    assert_eq!(out["signOut"]["userErrors"], json!([]));
    assert!(!site.is_known(&one.access).await && site.is_known(&two.access).await, "felt at once");
    assert_eq!(codes(&site.refresh(&one.refresh).await), ["UNAUTHENTICATED"]);
    assert_eq!(codes(&site.holder(&one.access).query(SIGN_OUT, json!({"input": {}})).await), ["UNAUTHENTICATED"]);

    site.holder(&two.access).data(SIGN_OUT, json!({"input": {"everywhere": true}})).await;
    for tokens in [&two, &three] {
        assert!(!site.is_known(&tokens.access).await);
        assert_eq!(codes(&site.refresh(&tokens.refresh).await), ["UNAUTHENTICATED"]);
    }
    assert!(site.is_known(&other.access).await);
    // In one document, what follows signing out is nobody's.
    let tokens = site.sign_in("bell").await;
    let both = "mutation { out: signOut(input: {}) { userErrors { code } }
        then: signOut(input: {everywhere: true}) { userErrors { code } } }";
    let answer = site.holder(&tokens.access).query(both, json!({})).await;
    assert_eq!((codes(&answer), &answer["data"]["then"]), (vec!["UNAUTHENTICATED"], &Value::Null), "{answer}");
    assert!(site.is_known(&other.access).await);
}

async fn a_sign_in_ends_by_itself(database: TestDatabase) {
    let site = Site::open(database).await;
    site.person("ada", "doctor").await;
    let idle = site.sign_in("ada").await;
    site.server.clock.advance(Duration::hours(12));
    // What is known of a sign-in may be as old as a moment.
    tokio::time::sleep(patientgraph::identity::FRESH).await;
    // Tokens of tests outlive the sign-in: it ends them.
    assert_eq!(codes(&site.refresh(&idle.refresh).await), ["UNAUTHENTICATED"]);
    assert!(!site.is_known(&idle.access).await);

    // Who comes back every eleven hours stays, for thirty days.
    let mut tokens = site.sign_in("ada").await;
    let mut hours = 0;
    let ends = loop {
        site.server.clock.advance(Duration::hours(11));
        hours += 11;
        let answer = site.refresh(&tokens.refresh).await;
        if codes(&answer) == ["UNAUTHENTICATED"] {
            break hours;
        }
        tokens = Tokens::of(&answer["data"]["refreshToken"]);
    };
    assert_eq!(ends, 726, "the first after 720 hours");
    tokio::time::sleep(patientgraph::identity::FRESH).await;
    assert!(!site.is_known(&tokens.access).await);
}

async fn what_is_over_is_forgotten(database: TestDatabase) {
    let site = Site::open(database).await;
    site.person("ada", "doctor").await;
    site.person("bell", "doctor").await;
    let first = site.sign_in("ada").await;
    site.refresh(&first.refresh).await;
    site.sign_in("bell").await;
    let kept = |tables: &crate::naive::Tables| (tables.rows("sign_ins").len(), tables.rows("refresh_tokens").len());
    assert_eq!(kept(&site.tables().await), (3, 3), "with the tests' administrator");
    site.server.clock.advance(Duration::hours(13));
    site.sign_in("bell").await;
    assert_eq!(kept(&site.tables().await), (2, 1));
}

async fn several_in_one_document_are_each_themselves(database: TestDatabase) {
    let site = Site::open(database).await;
    site.person("ada", "doctor").await;
    site.person("bell", "doctor").await;
    let field = |name: &str, username: &str, password: &str| {
        format!(
            "{name}: signIn(input: {{username: \"{username}\", password: \"{password}\"}}) \
             {{ viewer {{ user {{ username }} }} userErrors {{ code }} }}"
        )
    };
    let fields = [field("a", "ada", PASSWORD), field("b", "bell", WRONG), field("c", "bell", PASSWORD)].join(" ");
    // Also for somebody who is signed in already.
    for actor in [site.server.stranger(), site.server.admin()] {
        let data = actor.data(&format!("mutation {{ {fields} }}"), json!({})).await;
        assert_eq!(data["a"]["viewer"]["user"]["username"], "ada");
        assert_eq!(data["b"], json!({"viewer": null, "userErrors": [{"code": "INCORRECT_CREDENTIALS"}]}));
        assert_eq!(data["c"]["viewer"]["user"]["username"], "bell");
    }
}

async fn without_a_viewer_nothing_else_is_done(database: TestDatabase) {
    let site = Site::open(database).await;
    site.person("ada", "admin").await;
    let stranger = site.server.stranger();
    assert_eq!(stranger.data(WHO, json!({})).await, json!({"viewer": null}));
    assert_eq!(stranger.error_codes(SIGN_OUT, json!({"input": {}})).await, ["UNAUTHENTICATED"]);
    let change = json!({"input": {"currentPassword": PASSWORD, "newPassword": "another good password"}});
    assert_eq!(stranger.error_codes(super::CHANGE, change).await, ["UNAUTHENTICATED"]);
    // Signing in makes a viewer of the payload, not of the request.
    let after = "mutation($input: SignInInput!) { signIn(input: $input) { accessToken }
        createPatient(input: {mrn: \"A\", name: \"A\"}) { patient { id } } }";
    let input = json!({"input": {"username": "ada", "password": PASSWORD}});
    let answer = stranger.query(after, input.clone()).await;
    assert_eq!(codes(&answer), ["UNAUTHENTICATED"], "{answer}");
    assert!(site.tables().await.rows("patients").is_empty());
    // And never by GET, where passwords would stand in addresses.
    let got = stranger.get("/graphql").query(&[("query", SIGN_IN), ("variables", &input.to_string())]).send().await;
    assert_eq!(got.expect("an answer").status(), 405);
}
