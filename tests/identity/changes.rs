//! Changing one's own password.

use serde_json::{Value, json};

use super::{CHANGE, PASSWORD, Site, WRONG, codes, problems};
use crate::on_both;
use crate::support::actor::Actor;
use crate::support::database::TestDatabase;

on_both!(
    a_new_password_ends_all_other_sign_ins,
    a_password_that_is_no_good_is_refused,
    the_current_password_must_be_right_and_is_guessed_no_faster_than_by_signing_in,
    of_two_changes_at_once_one_wins,
);

const NEW: &str = "two owls over the harbour";

async fn change(actor: &Actor, current: &str, new: &str) -> Value {
    let input = json!({"currentPassword": current, "newPassword": new});
    actor.query(CHANGE, json!({"input": input})).await
}

fn found(answer: &Value) -> Vec<(String, String)> {
    problems(&answer["data"]["changePassword"])
}

async fn a_new_password_ends_all_other_sign_ins(database: TestDatabase) {
    let site = Site::open(database).await;
    let ada = site.person("ada", "patient").await;
    let (mine, other) = (site.sign_in("ada").await, site.sign_in("ada").await);
    let version = site.account(&ada).await.version;
    assert_eq!(found(&change(&site.holder(&mine.access), PASSWORD, NEW).await), []);
    assert!(site.is_known(&mine.access).await && !site.is_known(&other.access).await, "felt at once");
    assert_eq!(codes(&site.refresh(&other.refresh).await), ["UNAUTHENTICATED"]);
    assert!(codes(&site.refresh(&mine.refresh).await).is_empty());
    assert_eq!(site.account(&ada).await.version, version, "nobody edited the account");
    let stranger = site.server.stranger();
    assert_eq!(problems(&site.try_as(&stranger, "ada", PASSWORD).await["data"]["signIn"]).len(), 1);
    assert!(problems(&site.try_as(&stranger, "ada", NEW).await["data"]["signIn"]).is_empty());
}

async fn a_password_that_is_no_good_is_refused(database: TestDatabase) {
    let site = Site::open(database).await;
    site.person("ada.lovelace", "doctor").await;
    let actor = site.holder(&site.sign_in("ada.lovelace").await.access);
    let long = "ab1!".repeat(65);
    for weak in [
        "",
        "short",
        "elevenchars",
        "Ada.Lovelace1",
        "aaaaaaaaaaaaaa",
        "Password1234",
        "qwertyuiop123",
        &long,
        PASSWORD,
    ] {
        let answer = change(&actor, PASSWORD, weak).await;
        assert_eq!(found(&answer), [("INVALID".to_owned(), "newPassword".to_owned())], "{weak}");
        let message = answer["data"]["changePassword"]["userErrors"][0]["message"].as_str().expect("a message");
        assert!(message.ends_with('.') && (weak.is_empty() || !message.contains(weak)), "{message}");
    }
    for fine in ["exactly12chr", "пароль из слов", &"ab1!".repeat(64)] {
        assert_eq!(found(&change(&actor, PASSWORD, fine).await), [], "{fine}");
        assert_eq!(found(&change(&actor, fine, PASSWORD).await), []);
    }
}

async fn the_current_password_must_be_right_and_is_guessed_no_faster_than_by_signing_in(database: TestDatabase) {
    let site = Site::open(database).await;
    site.person("ada", "doctor").await;
    let actor = site.holder(&site.sign_in("ada").await.access);
    let wrong = [("INCORRECT_CREDENTIALS".to_owned(), "currentPassword".to_owned())];
    for _ in 0..5 {
        assert_eq!(found(&change(&actor, WRONG, NEW).await), wrong);
        assert_eq!(problems(&site.try_as(&actor, "ada", WRONG).await["data"]["signIn"]).len(), 1);
    }
    assert_eq!(codes(&change(&actor, PASSWORD, NEW).await), ["RATE_LIMITED"], "ten tries, whichever way");
    site.server.clock.advance(chrono::Duration::minutes(1));
    assert_eq!(found(&change(&actor, PASSWORD, NEW).await), []);
    // A program has no password to change.
    let program = site.person("program", "agent").await;
    let program = site.server.agent(&program, &["intake"]).await;
    assert_eq!(codes(&change(&program, PASSWORD, NEW).await), ["FORBIDDEN"]);
}

async fn of_two_changes_at_once_one_wins(database: TestDatabase) {
    let site = Site::open(database).await;
    site.person("ada", "doctor").await;
    let (one, other) = (site.sign_in("ada").await, site.sign_in("ada").await);
    let (one, other) = (site.holder(&one.access), site.holder(&other.access));
    let answers = futures_util::future::join(
        change(&one, PASSWORD, "one owl over the harbour"),
        change(&other, PASSWORD, "other owls over the harbour"),
    )
    .await;
    // The other finds the password changed, or itself signed out.
    let done = |answer: &Value| codes(answer).is_empty() && found(answer).is_empty();
    assert!(done(&answers.0) != done(&answers.1), "{answers:?}");
}
