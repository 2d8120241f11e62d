//! Accounts, as an operator opens and closes them on the machine, and as a demo hands them out.

use std::io::{BufRead, Read};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::actor::Actor;
use crate::support::binary::{self, Running};
use crate::support::database::{Backend, TestDatabase};

const PATIENCE: Duration = Duration::from_secs(10);
const BOTH: [Backend; 2] = [Backend::Sqlite, Backend::Postgres];
const PASSWORD: &str = "four words and more";

const SIGN_IN: &str = "mutation($username: String!, $password: String!) {
  signIn(input: { username: $username, password: $password }) { accessToken viewer { name role } userErrors { code } } }";
const CHOOSE: &str = "mutation($link: String!, $password: String!) {
  choosePassword(input: { link: $link, newPassword: $password }) { username userErrors { message } } }";

fn directory() -> TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

fn origin(server: &Running) -> &str {
    server.ready["url"].as_str().and_then(|url| url.strip_suffix("/graphql")).expect("the endpoint's URL")
}

/// The secret at the end of a one-time link.
fn secret(link: &str) -> &str {
    link.trim()
        .split_once("/welcome#")
        .map(|(_, secret)| secret)
        .filter(|secret| secret.starts_with("pgl_"))
        .expect(link)
}

/// Chooses a password by a link; answers whose.
async fn choose(server: &Running, link: &str, password: &str) -> Value {
    let variables = json!({"link": secret(link), "password": password});
    Actor::stranger(origin(server)).data(CHOOSE, variables).await["choosePassword"]["username"].clone()
}

/// Signs in by name and password; nobody where that is refused.
async fn sign_in(server: &Running, username: &str, password: &str) -> Option<Actor> {
    let variables = json!({"username": username, "password": password});
    let answer = Actor::stranger(origin(server)).data(SIGN_IN, variables).await;
    answer["signIn"]["accessToken"].as_str().map(|token| Actor::new(origin(server), token))
}

async fn who(actor: &Actor) -> Value {
    actor.query("{ viewer { name role user { username } } }", json!({})).await["data"]["viewer"].clone()
}

/// Waits until a viewer is in, or out; within 5 seconds.
async fn becomes(actor: &Actor, signed_in: bool) {
    let asked = Instant::now();
    while who(actor).await.is_null() == signed_in {
        assert!(asked.elapsed() < Duration::from_secs(5), "not in time");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Runs `patientgraph user …`: whether it did it, what it answered and what it said.
fn user(arguments: &[&str], url: &str, directory: &Path) -> (bool, String, String) {
    let output = binary::run(&[&["user"], arguments, &["--database-url", url]].concat(), directory);
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (output.status.success(), text(output.stdout).trim().to_owned(), text(output.stderr))
}

fn done(arguments: &[&str], url: &str, directory: &Path) -> String {
    let (done, answer, said) = user(arguments, url, directory);
    assert!(done, "{arguments:?}: {said}");
    answer
}

fn refused(arguments: &[&str], url: &str, directory: &Path) -> String {
    let (done, answer, said) = user(arguments, url, directory);
    assert!(!done && answer.is_empty(), "{arguments:?}: {answer}");
    said
}

#[tokio::test]
async fn the_first_start_lets_the_first_administrator_in() {
    for backend in BOTH {
        let directory = directory();
        let database = TestDatabase::fresh(backend).await;
        let url = database.url();
        let start = || Running::start(&["serve", "--database-url", &url], directory.path());
        let mut first = start();
        let mut out = first.take_out();
        let mut printed = String::new();
        while !printed.contains("/welcome#") {
            assert!(out.read_line(&mut printed).unwrap() > 0, "{printed}");
        }
        assert!(printed.contains("72 hours") && printed.contains("`admin`"), "{printed}");
        let link = printed.split_whitespace().find(|word| word.contains("/welcome#")).unwrap().to_owned();
        assert!(link.starts_with(origin(&first)), "{link}");
        let before = first.before.concat();
        let (status, log) = first.stop(PATIENCE);
        assert!(status.success() && !format!("{before}{log}").contains(secret(&link)), "{log}");
        assert!(before.contains("patientgraph user reset admin"), "{before}");

        // Nobody has used it yet: it stays good, and there is no other.
        let second = start();
        assert!(second.before.concat().contains("use the link of `admin`"), "{:?}", second.before);
        assert_eq!(choose(&second, &link, PASSWORD).await, "admin");
        let admin = sign_in(&second, "admin", PASSWORD).await.expect("the administrator is in");
        assert_eq!(who(&admin).await["role"], "ADMIN");
        assert!(admin.data("{ users { totalCount } }", json!({})).await["users"]["totalCount"] == 1);
        assert_eq!(choose(&second, &link, "another four words").await, Value::Null, "once is once");
        second.stop(PATIENCE);

        let mut third = start();
        assert!(!third.before.concat().contains("no administrator"), "{:?}", third.before);
        assert!(sign_in(&third, "admin", "another four words").await.is_none());
        assert!(sign_in(&third, "admin", PASSWORD).await.is_some());
        let mut out = third.take_out();
        assert!(third.stop(PATIENCE).0.success());
        let mut printed = String::new();
        out.read_to_string(&mut printed).unwrap();
        assert_eq!(printed, "", "nobody has to be let in");
    }
}

#[tokio::test]
async fn an_administrator_is_made_before_the_first_start() {
    for backend in BOTH {
        let directory = directory();
        let database = TestDatabase::fresh(backend).await;
        let url = database.url();
        assert!(refused(&["list"], &url, directory.path()).contains("error"), "only create-admin builds a database");
        let link = done(&["create-admin", "--username", "grace", "--name", "Grace Hopper"], &url, directory.path());
        let said = refused(&["create-admin", "--username", "grace"], &url, directory.path());
        assert!(said.contains("administrator `grace` already") && said.contains("user reset grace"), "{said}");
        let newer = done(&["reset", "grace"], &url, directory.path());
        let server = Running::start(&["serve", "--database-url", &url], directory.path());
        assert_eq!(choose(&server, &link, PASSWORD).await, Value::Null, "a new link takes the place of the old one");
        assert_eq!(choose(&server, &newer, PASSWORD).await, "grace");
        let grace = sign_in(&server, "grace", PASSWORD).await.expect("she is in");
        assert_eq!(who(&grace).await, json!({"name": "Grace Hopper", "role": "ADMIN", "user": {"username": "grace"}}));
    }
}

#[tokio::test]
async fn accounts_are_opened_closed_and_reset() {
    for backend in BOTH {
        let directory = directory();
        let database = TestDatabase::fresh(backend).await;
        let url = database.url();
        let server = Running::start(&["serve", "--database-url", &url], directory.path());
        let admin = server.admin(&url).await;
        let doctor = "mutation { createDoctor(input: { name: \"Ada Bell\" }) { doctor { id } } }";
        let doctor = admin.data(doctor, json!({})).await["createDoctor"]["doctor"]["id"].as_str().unwrap().to_owned();
        let user = |arguments: &[&str]| done(arguments, &url, directory.path());
        let no = |arguments: &[&str]| refused(arguments, &url, directory.path());

        let link = user(&["create", "ada", "--name", "Ada Bell", "--role", "doctor", "--doctor", &doctor]);
        assert!(user(&["list"]).lines().any(|line| line.starts_with("ada ") && line.contains("has a link to use")));
        choose(&server, &link, PASSWORD).await;
        let ada = sign_in(&server, "ada", PASSWORD).await.expect("she is in");
        let own = ada.data("{ viewer { role doctor { id } } }", json!({})).await;
        assert_eq!(own["viewer"], json!({"role": "DOCTOR", "doctor": {"id": doctor}}));

        user(&["disable", "ada"]);
        becomes(&ada, false).await;
        assert!(sign_in(&server, "ada", PASSWORD).await.is_none());
        assert!(no(&["reset", "ada"]).contains("Enable it first"));
        assert!(user(&["list"]).lines().any(|line| line.starts_with("ada ") && line.contains("disabled")));
        user(&["enable", "ada"]);
        let ada = sign_in(&server, "ada", PASSWORD).await.expect("she is in again");
        let link = user(&["reset", "ada"]);
        becomes(&ada, false).await;
        assert!(sign_in(&server, "ada", PASSWORD).await.is_none(), "the old password is gone");
        assert_eq!(choose(&server, &link, "another four words").await, "ada");
        assert!(sign_in(&server, "ada", "another four words").await.is_some());

        assert!(no(&["create", "ada", "--name", "Ada", "--role", "admin"]).contains("username"));
        assert!(no(&["create", "eve", "--name", "Eve", "--role", "boss"]).contains("admin, doctor, patient, agent"));
        assert!(no(&["create", "eve", "--name", "Eve", "--role", "doctor", "--doctor", &doctor]).contains("doctorId"));
        for action in ["disable", "enable", "reset"] {
            assert!(no(&[action, "nobody"]).contains("no account `nobody`"), "{action}");
        }
        assert!(!user(&["list"]).contains("eve"));
    }
}

#[tokio::test]
async fn programs_get_keys_that_can_be_revoked() {
    for backend in BOTH {
        let directory = directory();
        let database = TestDatabase::fresh(backend).await;
        let url = database.url();
        let server = Running::start(&["serve", "--database-url", &url], directory.path());
        let user = |arguments: &[&str]| done(arguments, &url, directory.path());
        let no = |arguments: &[&str]| refused(arguments, &url, directory.path());

        assert_eq!(user(&["create", "scanner", "--name", "Scanner", "--role", "agent"]), "", "a program has no link");
        let key = user(&["api-key", "scanner", "--name", "room 2", "--scope", "intake", "--scope", "predict"]);
        let scanner = Actor::new(origin(&server), &key);
        assert_eq!(who(&scanner).await["role"], "AGENT");
        let list = user(&["list"]);
        let line = list.lines().find(|line| line.contains("room 2")).expect("the key is listed");
        assert!(line.contains("intake,predict") && !list.contains(&key), "{list}");
        let id = line.split_whitespace().find(|word| word.starts_with("key_")).expect("an id");
        user(&["revoke-key", id]);
        becomes(&scanner, false).await;
        assert!(user(&["list"]).contains("intake,predict, revoked"));

        assert!(no(&["revoke-key", id]).contains("revoked already"));
        assert!(no(&["revoke-key", "key_nothing"]).contains("no key `key_nothing`"));
        assert!(no(&["api-key", "scanner", "--name", "room 2"]).contains("--scope"));
        assert!(no(&["api-key", "scanner", "--name", "x", "--scope", "all"]).contains("intake, predict, report"));
        assert!(no(&["api-key", "admin", "--name", "x", "--scope", "intake"]).contains("Only programs have keys"));
        assert!(no(&["reset", "scanner"]).contains("no password"));
    }
}

#[test]
fn nobody_is_shut_out_of_the_clinic() {
    let directory = directory();
    let url = format!("sqlite://{}/clinic.db", directory.path().display());
    assert!(refused(&["list"], &url, directory.path()).contains("there is no database"));
    done(&["create-admin"], &url, directory.path());
    assert!(refused(&["disable", "admin"], &url, directory.path()).contains("last active administrator"));
}
