//! Signing in with the passwords that came from an old system.

use chrono::Duration;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{CHANGE, PASSWORD, Site, WRONG, codes, problems};
use crate::on_both;
use crate::support::clinic::NOW;
use crate::support::database::{Backend, TestDatabase};

on_both!(
    an_old_password_opens_and_its_hash_is_renewed,
    a_wrong_password_changes_nothing,
    only_72_bytes_were_looked_at_and_from_then_on_all,
    letters_are_as_they_were_typed,
    what_takes_too_long_is_not_looked_at,
    who_may_not_sign_in_may_not_by_an_old_password,
    several_at_once_are_all_in,
    what_cannot_be_written_keeps_nobody_out,
    an_old_password_can_be_changed,
);

/// Hashes of [`PASSWORD`], made by the library that the old system used, at the least cost.
const OLD: [&str; 3] = [
    "$2b$04$KqYr6Fg4qodAwTckQ4HlVucsPjDdfuSp3lw01fs9MMuVNJype/0Me",
    "$2a$04$CvrlvXzWAXdLSwPDsseho.DUwxVLzPLH/h/B6gR6SeeYtqxvD1VBG",
    "$2y$04$gyri.SERtAkGxRbfKUJqlexaRc15SPKP81yGgwC7vX/92KvtxY0mq",
];

impl Site {
    /// An account with the hash of an old system; answers its key.
    async fn moved(&self, username: &str, hash: &str) -> String {
        let key = self.rows.user(username, "doctor").await;
        self.rows.run(&format!("UPDATE users SET password_hash = '{hash}' WHERE id = '{key}'")).await;
        key
    }

    async fn hash_of(&self, user: &str) -> String {
        self.account(user).await.password_hash.expect("a hash")
    }

    /// Whether somebody gets in, from a place where nobody tried before.
    async fn opens(&self, username: &str, password: &str) -> bool {
        self.server.clock.advance(Duration::minutes(10));
        let answer = self.try_as(&self.server.stranger(), username, password).await;
        let payload = &answer["data"]["signIn"];
        match problems(payload).as_slice() {
            [] => payload["accessToken"].is_string(),
            [(code, _)] => {
                assert_eq!(code, "INCORRECT_CREDENTIALS");
                false
            }
            more => panic!("{more:?}"),
        }
    }
}

async fn an_old_password_opens_and_its_hash_is_renewed(database: TestDatabase) {
    let site = Site::open(database).await;
    // The usual cost, and all kinds at the least.
    let usual = "$2b$12$m1ziDXxLZ/fVKh4doti84uu.4L7HbY8JUl0K36j5cnLhQf2isFFjS";
    for (number, hash) in OLD.into_iter().chain([usual]).enumerate() {
        let username = format!("user{number}");
        let key = site.moved(&username, hash).await;
        let before = site.account(&key).await;
        let answer = site.try_as(&site.server.stranger(), &username, PASSWORD).await;
        let viewer = &answer["data"]["signIn"]["viewer"]["user"];
        assert_eq!((&viewer["version"], &viewer["lastLogin"]), (&json!(1), &json!(NOW)), "{answer}");
        let after = site.account(&key).await;
        assert!(after.password_hash.as_ref().is_some_and(|hash| hash.starts_with("$argon2id$")), "{after:?}");
        assert_eq!((after.version, after.updated_at), (before.version, before.updated_at), "nobody edited the account");

        let first = super::Tokens::of(&answer["data"]["signIn"]);
        let second = site.sign_in(&username).await;
        assert!(site.is_known(&first.access).await && site.is_known(&second.access).await, "nobody was signed out");
        assert!(codes(&site.refresh(&first.refresh).await).is_empty());
        assert_eq!(site.account(&key).await.password_hash, after.password_hash, "renewed once");
    }
}

async fn a_wrong_password_changes_nothing(database: TestDatabase) {
    let site = Site::open(database).await;
    let key = site.moved("ada", OLD[0]).await;
    for wrong in [WRONG, "", OLD[0], "An owl over the harbour", "an owl over the harbour\0", &"x".repeat(100_000)] {
        assert!(!site.opens("ada", wrong).await, "{wrong}");
        assert_eq!(site.hash_of(&key).await, OLD[0]);
    }
    // Guessing is limited like elsewhere.
    site.server.clock.advance(Duration::hours(1));
    let stranger = site.server.stranger();
    let mut limited = 0;
    for _ in 0..12 {
        limited += codes(&site.try_as(&stranger, "ada", WRONG).await).len();
    }
    assert_eq!(limited, 2);
    assert_eq!(codes(&site.try_as(&stranger, "ada", PASSWORD).await), ["RATE_LIMITED"]);
    assert_eq!(site.hash_of(&key).await, OLD[0]);
    assert!(site.opens("ada", PASSWORD).await);
}

async fn only_72_bytes_were_looked_at_and_from_then_on_all(database: TestDatabase) {
    let site = Site::open(database).await;
    // Of these 72 characters and some more.
    let sentence = "sixty bytes are not enough for those who like to write whole sentences: ";
    let key = site.moved("ada", "$2b$04$bb5pnMXCldE4UW9ik8YHtuGHG1ioX0eiZ6fmGDUuwWFYsI9mcDcXm").await;
    assert!(!site.opens("ada", &sentence[..71]).await);
    assert!(site.opens("ada", &format!("{sentence}and more")).await);
    assert!(site.hash_of(&key).await.starts_with("$argon2id$"));
    assert!(site.opens("ada", &format!("{sentence}and more")).await);
    assert!(!site.opens("ada", sentence).await && !site.opens("ada", &format!("{sentence}and other things")).await);
}

async fn letters_are_as_they_were_typed(database: TestDatabase) {
    let site = Site::open(database).await;
    let (composed, marked) = ("caf\u{e9} au lait noir", "cafe\u{301} au lait noir");
    let of_composed = "$2b$04$seiPt7GuqK/JgXBjtTLiQOEEtuyzCivNIvrj2w/.z65EzZFtKurBC";
    let of_marked = "$2b$04$5HeV.AeSmDHt7QxWQhLs2ezc9lRehOYfGhauDc8.IUYgLsne4L/I6";
    for (number, (hash, typed, opens)) in [
        (of_composed, composed, true),
        (of_composed, marked, true),
        (of_marked, marked, true),
        (of_marked, composed, false),
    ]
    .into_iter()
    .enumerate()
    {
        let username = format!("user{number}");
        let key = site.moved(&username, hash).await;
        assert_eq!(site.opens(&username, typed).await, opens, "{username}");
        assert_eq!(site.hash_of(&key).await == hash, !opens);
        // Once it is renewed, it is the same however it is typed.
        assert_eq!(site.opens(&username, composed).await, opens, "{username}");
    }
}

async fn what_takes_too_long_is_not_looked_at(database: TestDatabase) {
    let site = Site::open(database).await;
    // Of the right password, at a cost of 15.
    let costly = "$2b$15$X0p7MGxp/88H/ZculYfNN.B.LjH9XVdk8OC2W0VYA19voGVlBOKAi";
    let broken = OLD[0].replace("$2b$", "$2x$");
    for (username, hash) in [("ada", costly), ("bell", &costly.replace("$15$", "$31$")), ("cory", &broken)] {
        let key = site.moved(username, hash).await;
        assert!(!site.opens(username, PASSWORD).await, "{hash}");
        assert_eq!(site.hash_of(&key).await, hash);
    }
}

async fn who_may_not_sign_in_may_not_by_an_old_password(database: TestDatabase) {
    let site = Site::open(database).await;
    let disabled = site.moved("disabled", OLD[0]).await;
    site.rows.run(&format!("UPDATE users SET is_active = FALSE WHERE id = '{disabled}'")).await;
    let program = site.moved("program", OLD[0]).await;
    site.rows.run(&format!("UPDATE users SET role = 'agent' WHERE id = '{program}'")).await;
    for (username, key) in [("disabled", disabled), ("program", program)] {
        assert!(!site.opens(username, PASSWORD).await, "{username}");
        assert_eq!(site.hash_of(&key).await, OLD[0]);
    }
}

async fn several_at_once_are_all_in(database: TestDatabase) {
    let site = Site::open(database).await;
    // One try takes half a second: the hash is renewed while the later ones are still at the old one.
    let costly = "$2b$13$5VR6K/M43KXHchLHDc2fuemcj.JUOO8ncQSq1Cd8MwWbKo/OnlWDS";
    for (username, hash, apart) in [("ada", costly, 150), ("bell", OLD[0], 0)] {
        let key = site.moved(username, hash).await;
        let stranger = site.server.stranger();
        let tries = [PASSWORD, PASSWORD, WRONG, PASSWORD];
        let answers = join_all(tries.iter().zip(0..).map(|(password, number)| {
            let (site, stranger) = (&site, &stranger);
            async move {
                tokio::time::sleep(std::time::Duration::from_millis(apart * number)).await;
                site.try_as(stranger, username, password).await
            }
        }))
        .await;
        for (password, answer) in tries.iter().zip(&answers) {
            let payload = &answer["data"]["signIn"];
            assert_eq!(payload["accessToken"].is_string(), *password == PASSWORD, "{answer}");
            if *password == PASSWORD {
                assert!(site.is_known(&super::Tokens::of(payload).access).await);
            }
        }
        assert!(site.hash_of(&key).await.starts_with("$argon2id$"));
    }
}

async fn what_cannot_be_written_keeps_nobody_out(database: TestDatabase) {
    let backend = database.backend;
    let site = Site::open(database).await;
    let key = site.moved("ada", OLD[0]).await;
    let (refuse, allow): (&[&str], &str) = match backend {
        Backend::Sqlite => (
            &["CREATE TRIGGER stuck BEFORE UPDATE OF password_hash ON users BEGIN SELECT RAISE(ABORT, 'stuck'); END"],
            "DROP TRIGGER stuck",
        ),
        Backend::Postgres => (
            &[
                "CREATE FUNCTION stuck() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'stuck'; END $$",
                "CREATE TRIGGER stuck BEFORE UPDATE OF password_hash ON users FOR EACH ROW EXECUTE FUNCTION stuck()",
            ],
            "DROP TRIGGER stuck ON users",
        ),
    };
    for statement in refuse {
        site.rows.run(statement).await;
    }
    let tokens = site.sign_in("ada").await;
    assert!(site.is_known(&tokens.access).await);
    assert_eq!(site.hash_of(&key).await, OLD[0]);
    site.rows.run(allow).await;
    site.sign_in("ada").await;
    assert!(site.hash_of(&key).await.starts_with("$argon2id$"), "the next time");
}

async fn an_old_password_can_be_changed(database: TestDatabase) {
    let site = Site::open(database).await;
    let key = site.moved("ada", OLD[0]).await;
    let tokens = site.sign_in("ada").await;
    // As it is for somebody who is in by another way, and whose old hash was never used.
    site.rows.run(&format!("UPDATE users SET password_hash = '{}' WHERE id = '{key}'", OLD[1])).await;
    let change = |current: &str| {
        let (actor, input) =
            (site.holder(&tokens.access), json!({"currentPassword": current, "newPassword": "one more owl"}));
        async move { actor.query(CHANGE, json!({"input": input})).await }
    };
    let found = |answer: &Value| problems(&answer["data"]["changePassword"]);
    let wrong = [("INCORRECT_CREDENTIALS".to_owned(), "currentPassword".to_owned())];
    assert_eq!(found(&change(WRONG).await), wrong);
    assert_eq!(site.hash_of(&key).await, OLD[1]);
    assert_eq!(found(&change(PASSWORD).await), []);
    assert!(site.opens("ada", "one more owl").await && !site.opens("ada", PASSWORD).await);
}
