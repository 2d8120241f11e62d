//! Nothing secret is written down: not in the log, at whatever level, and not in the database.

use std::time::Duration;

use sea_orm::{ConnectionTrait, Database};
use serde_json::{Value, json};

use super::{CHANGE, CHOOSE, PASSWORD, REFRESH, SIGN_IN, Tokens, WRONG, hash};
use crate::naive::Tables;
use crate::support::actor::Actor;
use crate::support::binary::Running;
use crate::support::factory::id;

const CHOSEN: &str = "a chosen good password";
const CHANGED: &str = "a changed good password";

/// Does everything in which a secret occurs; answers all secrets.
async fn everything(admin: &Actor, stranger: &Actor) -> Vec<String> {
    let mut secrets: Vec<String> = [PASSWORD, WRONG, CHOSEN, CHANGED].map(str::to_owned).to_vec();
    let mut keep = |value: &Value| {
        let text = value.as_str().unwrap_or_else(|| panic!("no secret: {value}")).to_owned();
        secrets.push(text.split_once('#').map_or(text.as_str(), |(_, secret)| secret).to_owned());
        text
    };
    for password in [WRONG, PASSWORD] {
        stranger.query(SIGN_IN, json!({"input": {"username": "ada", "password": password}})).await;
    }
    let create = "mutation { createUser(input: {username: \"new\", name: \"New\", role: DOCTOR}) { link } }";
    let link = keep(&admin.data(create, json!({})).await["createUser"]["link"]);
    stranger.query(CHOOSE, json!({"input": {"link": link, "newPassword": "weak"}})).await;
    stranger.data(CHOOSE, json!({"input": {"link": link, "newPassword": CHOSEN}})).await;
    stranger.query(CHOOSE, json!({"input": {"link": link, "newPassword": CHOSEN}})).await;
    // Also as they must not be sent: in the document itself, and where nothing is expected.
    let inline =
        format!("mutation {CHOSEN:?} {{ signIn(input: {{username: \"new\", password: \"{CHOSEN}\"}}) {{ nothing }} }}");
    stranger.query(&inline, json!({})).await;
    stranger.query(&format!("{{ {} }}", link.split_once('#').expect("a secret").1), json!({})).await;
    let answer = stranger.data(SIGN_IN, json!({"input": {"username": "new", "password": CHOSEN}})).await;
    let first = Tokens::of(&answer["signIn"]);
    let answer = stranger.data(REFRESH, json!({"input": {"refreshToken": first.refresh}})).await;
    let second = Tokens::of(&answer["refreshToken"]);
    let holder = stranger.clone().carrying(Some(&second.access));
    holder.data(CHANGE, json!({"input": {"currentPassword": CHOSEN, "newPassword": CHANGED}})).await;
    // Stolen, so the sign-in ends, which is told to the log.
    stranger.query(REFRESH, json!({"input": {"refreshToken": first.refresh}})).await;
    holder.query("{ viewer { name } }", json!({})).await;
    for token in [first.access, first.refresh, second.access, second.refresh] {
        keep(&json!(token));
    }
    let program = "mutation { createUser(input: {username: \"program\", name: \"P\", role: AGENT}) { user { id } } }";
    let program = admin.data(program, json!({})).await["createUser"]["user"]["id"].clone();
    let create = "mutation($id: ID!) { createApiKey(input: {userId: $id, name: \"A\", scopes: [INTAKE]}) { secret } }";
    let key = keep(&admin.data(create, json!({"id": program})).await["createApiKey"]["secret"]);
    stranger.clone().carrying(Some(&key)).data("{ viewer { name } }", json!({})).await;
    keep(&json!(admin.token));
    secrets
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_secret_is_written_down() {
    let directory = tempfile::tempdir().expect("a directory");
    let config = directory.path().join("settings.toml");
    // More than anybody logs: what libraries would say of a request is in it.
    std::fs::write(&config, "[log]\nfilter = 'trace'\nformat = 'json'\n").expect("settings");
    let config = config.to_str().expect("a path");
    let server = Running::start(&["serve", "--config", config, "--data", "data"], directory.path());
    let database = format!("sqlite://{}", directory.path().join("data/patientgraph.db").display());
    let admin = server.admin(&database).await;
    let connection = Database::connect(&database).await.expect("the database opens");
    let ada = "01900000-0000-7000-8000-0000000000ad";
    let row = format!(
        "INSERT INTO users (id, username, name, role, password_hash) VALUES ('{ada}', 'ada', 'Ada', 'doctor', '{}')",
        hash().await
    );
    connection.execute_unprepared(&row).await.expect("an account");
    let stranger = admin.clone().carrying(None);
    let secrets = everything(&admin, &stranger).await;
    assert!(secrets.len() >= 10, "{secrets:?}");
    let reset = "mutation($id: ID!) { resetPassword(input: {id: $id, version: 1}) { link userErrors { code } } }";
    let link = admin.data(reset, json!({"id": id("User", ada)})).await["resetPassword"]["link"].clone();
    let secrets =
        [secrets, vec![link.as_str().and_then(|link| link.split_once('#')).expect("a link").1.to_owned()]].concat();

    let rows: String = Tables::load(&connection).await.lines().into_iter().collect();
    let (status, log) = server.stop(Duration::from_secs(30));
    assert!(status.success());
    assert!(log.contains("a sign-in was refused") && log.contains("a used refresh token came back"), "{log}");
    assert!(rows.contains("account_links") && rows.contains("api_keys") && rows.contains("refresh_tokens"));
    for secret in secrets {
        // Not even its beginning, which is easier to guess from than nothing.
        let part: String = secret.chars().take(secret.len().min(24)).collect();
        let part = if secret.starts_with("ey") { secret.as_str() } else { part.as_str() };
        for (place, text) in [("the log", &log), ("the database", &rows)] {
            let line = text.lines().find(|line| line.contains(part));
            assert!(line.is_none(), "{place} has {secret}: {}", line.unwrap_or_default());
        }
    }
}
