//! One-time links: how people get their first password, and a new one.

use chrono::Duration;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{CHOOSE, PASSWORD, Site, codes, problems};
use crate::on_both;
use crate::support::database::TestDatabase;
use crate::support::factory::id;

on_both!(
    an_account_begins_with_a_link,
    a_link_is_used_once,
    a_link_ends_after_three_days,
    a_newer_link_takes_its_place,
    resetting_takes_the_password_and_ends_sign_ins,
    what_is_no_link_is_refused,
    a_link_is_not_for_programs_or_the_disabled,
    of_many_at_once_one_chooses,
);

const NEW: &str = "a good new password";

impl Site {
    /// Opens an account; answers its id and the link.
    async fn opened(&self, username: &str, role: &str) -> (String, Option<String>) {
        let input = json!({"username": username, "name": "Somebody", "role": role});
        let payload = self.told("createUser", "user { id } link", input).await;
        (payload["user"]["id"].as_str().expect("an id").to_owned(), payload["link"].as_str().map(str::to_owned))
    }

    /// Resets the password of an account in this version; answers the link.
    async fn reset(&self, id: &str, version: i64) -> String {
        let payload = self.told("resetPassword", "user { version } link", json!({"id": id, "version": version})).await;
        assert_eq!(payload["user"]["version"], version + 1, "{payload}");
        payload["link"].as_str().expect("a link").to_owned()
    }

    /// What choosing a password answers.
    async fn choose(&self, link: &str, password: &str) -> Value {
        let input = json!({"link": link, "newPassword": password});
        self.server.stranger().query(CHOOSE, json!({"input": input})).await["data"]["choosePassword"].take()
    }

    async fn lets_in(&self, username: &str, password: &str) -> bool {
        let answer = self.try_as(&self.server.stranger(), username, password).await;
        answer["data"]["signIn"]["accessToken"].is_string()
    }
}

fn refused() -> Vec<(String, String)> {
    vec![("INVALID".to_owned(), "link".to_owned())]
}

fn secret(link: &str) -> &str {
    link.split_once('#').expect("a fragment").1
}

async fn an_account_begins_with_a_link(database: TestDatabase) {
    let site = Site::open(database).await;
    for role in ["ADMIN", "DOCTOR", "PATIENT"] {
        let username = role.to_lowercase();
        let (_, link) = site.opened(&username, role).await;
        let link = link.expect("a link");
        assert!(link.starts_with("http://") && link.contains("/welcome#pgl_"), "{link}");
        let chosen = site.choose(secret(&link), NEW).await;
        assert_eq!(chosen, json!({"username": username, "userErrors": []}));
        assert!(site.lets_in(&username, NEW).await);
    }
    assert_eq!(site.opened("program", "AGENT").await.1, None, "a program gets a key instead");
    let tables = site.tables().await;
    assert!(tables.rows("account_links").is_empty(), "all are used up");
}

async fn a_link_is_used_once(database: TestDatabase) {
    let site = Site::open(database).await;
    let link = site.opened("ada", "DOCTOR").await.1.expect("a link");
    // A password that is no good does not use it up.
    for weak in ["short", "ada", "adaadaadaada", "aaaaaaaaaaaa"] {
        let answer = site.choose(secret(&link), weak).await;
        assert_eq!(problems(&answer), [("INVALID".to_owned(), "newPassword".to_owned())]);
    }
    // As it was handed out it will do as well.
    assert_eq!(problems(&site.choose(&format!(" {link} "), NEW).await), []);
    assert_eq!(problems(&site.choose(secret(&link), "another good password").await), refused());
    assert!(site.lets_in("ada", NEW).await);
}

async fn a_link_ends_after_three_days(database: TestDatabase) {
    let site = Site::open(database).await;
    let (early, late) = (site.opened("early", "DOCTOR").await.1, site.opened("late", "DOCTOR").await.1);
    site.server.clock.advance(Duration::hours(72) - Duration::seconds(1));
    assert_eq!(problems(&site.choose(&early.expect("a link"), NEW).await), []);
    site.server.clock.advance(Duration::seconds(1));
    assert_eq!(problems(&site.choose(&late.expect("a link"), NEW).await), refused());
    assert!(!site.lets_in("late", NEW).await);
}

async fn a_newer_link_takes_its_place(database: TestDatabase) {
    let site = Site::open(database).await;
    let (ada, first) = site.opened("ada", "DOCTOR").await;
    let second = site.reset(&ada, 1).await;
    let third = site.reset(&ada, 2).await;
    for link in [first.expect("a link"), second] {
        assert_eq!(problems(&site.choose(&link, NEW).await), refused());
    }
    assert_eq!(problems(&site.choose(&third, NEW).await), []);
}

async fn resetting_takes_the_password_and_ends_sign_ins(database: TestDatabase) {
    let site = Site::open(database).await;
    let ada = site.person("ada", "doctor").await;
    let tokens = site.sign_in("ada").await;
    let link = site.reset(&id("User", &ada), 1).await;
    assert!(!site.is_known(&tokens.access).await, "felt at once");
    assert_eq!(codes(&site.refresh(&tokens.refresh).await), ["UNAUTHENTICATED"]);
    assert!(!site.lets_in("ada", PASSWORD).await);
    assert_eq!(problems(&site.choose(&link, NEW).await), []);
    assert!(site.lets_in("ada", NEW).await && !site.lets_in("ada", PASSWORD).await);
    // A link that was not used yet is no way around a password that was changed.
    let link = site.reset(&id("User", &ada), 2).await;
    let other = site.opened("other", "DOCTOR").await.1.expect("a link");
    assert_eq!(problems(&site.choose(&link, PASSWORD).await), []);
    let link = site.reset(&id("User", &ada), 3).await;
    site.rows.run(&format!("UPDATE users SET password_hash = '{}' WHERE id = '{ada}'", super::hash().await)).await;
    let signed_in = site.holder(&site.sign_in("ada").await.access);
    let change = json!({"input": {"currentPassword": PASSWORD, "newPassword": NEW}});
    assert_eq!(problems(&signed_in.data(super::CHANGE, change).await["changePassword"]), []);
    assert_eq!(problems(&site.choose(&link, PASSWORD).await), refused());
    assert_eq!(problems(&site.choose(&other, NEW).await), [], "that of another account is as it was");
}

async fn what_is_no_link_is_refused(database: TestDatabase) {
    let site = Site::open(database).await;
    site.person("ada", "doctor").await;
    let tokens = site.sign_in("ada").await;
    let link = site.opened("bell", "DOCTOR").await.1.expect("a link");
    let cut = &link[..link.len() - 1];
    let unknown = format!("pgl_{}", "A".repeat(43));
    let mut answers = vec![];
    for wrong in
        ["", "#", "pgl_", cut, &unknown, &tokens.refresh, &tokens.access, &secret(&link).replace("pgl_", "pgr_")]
    {
        let answer = site.choose(wrong, NEW).await;
        assert_eq!(problems(&answer), refused(), "{wrong}");
        answers.push(answer);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:#?}");
}

async fn a_link_is_not_for_programs_or_the_disabled(database: TestDatabase) {
    let site = Site::open(database).await;
    let (ada, link) = site.opened("ada", "DOCTOR").await;
    let key = site.tables().await.find("users", "username", &json!("ada")).expect("ada")["id"].clone();
    let key = key.as_str().expect("a key");
    site.change(key, json!({"isActive": false})).await;
    assert_eq!(problems(&site.choose(&link.expect("a link"), NEW).await), refused());
    let reset = |id: &str, version: i32| json!({"id": id, "version": version});
    let transition = [("INVALID_TRANSITION".to_owned(), "id".to_owned())];
    let payload = site.told("resetPassword", "user { id } link", reset(&ada, 2)).await;
    assert_eq!(
        (problems(&payload), &payload["link"], &payload["user"]),
        (transition.to_vec(), &Value::Null, &Value::Null)
    );
    site.change(key, json!({"isActive": true, "role": "AGENT"})).await;
    assert_eq!(problems(&site.told("resetPassword", "link", reset(&ada, 3)).await), transition);
}

async fn of_many_at_once_one_chooses(database: TestDatabase) {
    let site = Site::open(database).await;
    let link = site.opened("ada", "DOCTOR").await.1.expect("a link");
    let passwords: Vec<String> = (0..5).map(|number| format!("good password number {number}")).collect();
    let answers = join_all(passwords.iter().map(|password| site.choose(&link, password))).await;
    let done: Vec<bool> = answers.iter().map(|answer| problems(answer).is_empty()).collect();
    assert_eq!(done.iter().filter(|done| **done).count(), 1, "{answers:#?}");
    for (password, done) in passwords.iter().zip(done) {
        assert_eq!(site.lets_in("ada", password).await, done);
    }
}
