//! What the server signs with: made where it can be kept, given where it must be shared, never weak.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use chrono::TimeDelta;
use patientgraph::auth::token::Tokens;
use patientgraph::clock::{Clock, SystemClock};
use sea_orm::{ConnectionTrait, Database};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::accounts;
use crate::support::actor::Actor;
use crate::support::binary::{self, Running};
use crate::support::database::{Backend, TestDatabase};

const PATIENCE: Duration = Duration::from_secs(10);

fn directory() -> TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

/// A command whose environment gives no secret but this one.
fn command(arguments: &[&str], directory: &Path, secret: Option<&str>) -> Command {
    let mut command = binary::command(arguments, directory);
    command.env_remove("PATIENTGRAPH_AUTH__SECRET");
    if let Some(secret) = secret {
        command.env("PATIENTGRAPH_AUTH__SECRET", secret);
    }
    command
}

/// What a server says that does not start.
fn refused(arguments: &[&str], directory: &Path, secret: Option<&str>) -> String {
    let mut command = command(arguments, directory, secret);
    let output = command.args(["--listen", "127.0.0.1:0"]).output().expect("the program starts");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "{said}");
    said
}

/// Whether the server takes a token of its administrator that is signed with `secret`.
async fn takes_tokens_of(server: &Running, url: &str, secret: &str) -> bool {
    let connection = Database::connect(url).await.unwrap();
    accounts::admin(&connection, SystemClock.now()).await;
    let sign_in = uuid::Uuid::now_v7();
    let statement = format!(
        "INSERT INTO sign_ins (id, user_id, created_at, expires_at) VALUES \
         ('{sign_in}', '{}', '2024-01-01T00:00:00.000000Z', '2999-01-01T00:00:00.000000Z')",
        accounts::ADMIN
    );
    connection.execute_unprepared(&statement).await.unwrap();
    connection.close().await.unwrap();
    let tokens = Tokens::new(secret.as_bytes(), TimeDelta::minutes(10));
    let endpoint = server.ready["url"].as_str().unwrap();
    let actor = Actor::new(
        endpoint.strip_suffix("/graphql").unwrap(),
        tokens.sign(sign_in.into(), SystemClock.now()).expect("a token"),
    );
    let answer: Value = actor.query("{ patients { totalCount } }", json!({})).await;
    answer["data"]["patients"]["totalCount"] == 0
}

#[tokio::test]
async fn on_sqlite_the_first_start_makes_one_and_keeps_it() {
    let directory = directory();
    let url = format!("sqlite://{}/patientgraph-data/patientgraph.db", directory.path().display());
    let file = directory.path().join("patientgraph-data/patientgraph.db.secret");
    let start = || Running::begin(command(&["serve"], directory.path(), None));
    let server = start();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let secret = std::fs::read_to_string(&file).unwrap().trim().to_owned();
    assert!(secret.len() >= 43 && server.before.iter().all(|line| !line.contains(&secret)), "{:?}", server.before);
    assert!(takes_tokens_of(&server, &url, &secret).await && !takes_tokens_of(&server, &url, accounts::SECRET).await);
    let (status, log) = server.stop(PATIENCE);
    assert!(status.success() && !log.contains(&secret), "{log}");
    let again = start();
    assert!(takes_tokens_of(&again, &url, &secret).await, "a restart ends no tokens");
    drop(again);

    std::fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
    let said = refused(&["serve"], directory.path(), None);
    assert!(said.contains("chmod 600") && said.contains("patientgraph.db.secret") && !said.contains(&secret), "{said}");
    std::fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&file, "").unwrap();
    let said = refused(&["serve"], directory.path(), None);
    assert!(said.contains("shorter than 32 characters"), "{said}");
    let given = Running::begin(command(&["serve"], directory.path(), Some(accounts::SECRET)));
    assert!(takes_tokens_of(&given, &url, accounts::SECRET).await, "one that is given wins");
}

#[tokio::test]
async fn with_postgresql_it_must_be_given() {
    let directory = directory();
    let database = TestDatabase::fresh(Backend::Postgres).await;
    let url = database.url();
    let serve = ["serve", "--database-url", &url];
    let said = refused(&serve, directory.path(), None);
    assert!(said.contains("patientgraph secret new") && said.contains("PATIENTGRAPH_AUTH__SECRET_FILE"), "{said}");
    for weak in ["short-Secret-4711", "letmein-letmein-letmein-letmein-letmein", "12345678901234567890123456789012345"]
    {
        let said = refused(&serve, directory.path(), Some(weak));
        assert!(said.contains("auth.secret") && said.contains("patientgraph secret new"), "{said}");
        assert!(!said.contains(weak), "{said}");
    }

    let made = binary::run(&["secret", "new"], directory.path()).stdout;
    let file = directory.path().join("secret");
    std::fs::write(&file, &made).unwrap();
    std::fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    let by_file = |secret| {
        let mut command = command(&serve, directory.path(), secret);
        command.env("PATIENTGRAPH_AUTH__SECRET_FILE", &file);
        command
    };
    let output = by_file(None).output().unwrap();
    assert!(String::from_utf8(output.stderr).unwrap().contains("chmod 600"));
    let output = by_file(Some(accounts::SECRET)).output().unwrap();
    assert!(String::from_utf8(output.stderr).unwrap().contains("not both"));
    std::fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
    let server = Running::begin(by_file(None));
    let secret = String::from_utf8(made).unwrap();
    assert!(takes_tokens_of(&server, &url, secret.trim()).await);
}

#[test]
fn each_one_that_is_made_is_another() {
    let directory = directory();
    let made = || String::from_utf8(binary::run(&["secret", "new"], directory.path()).stdout).unwrap();
    let (one, other) = (made(), made());
    assert!(one.len() == 44 && one.ends_with('\n') && one != other, "{one}{other}");
}
