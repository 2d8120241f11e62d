//! Passwords that are tried one after the other: whoever tries is slowed down, and nobody else.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use super::{PASSWORD, Site, Tokens, WRONG, codes, problems};
use crate::on_both;
use crate::support::database::TestDatabase;

on_both!(
    a_thousand_wrong_passwords_shut_out_nobody_elsewhere,
    aliases_and_documents_at_once_are_tries_like_others,
    two_hundred_people_sign_in_from_one_address_at_once,
    one_address_tries_so_many_accounts_and_no_more,
    right_passwords_and_refreshes_are_limited_generously,
    a_name_that_is_nobodys_takes_as_long,
);

fn refused(answer: &Value) -> &'static str {
    match (codes(answer).as_slice(), &answer["data"]["signIn"]) {
        (["RATE_LIMITED"], Value::Null) => "limited",
        ([], payload) if problems(payload) == [("INCORRECT_CREDENTIALS".to_owned(), String::new())] => "wrong",
        ([], payload) if payload["accessToken"].is_string() => "in",
        _ => panic!("{answer}"),
    }
}

async fn a_thousand_wrong_passwords_shut_out_nobody_elsewhere(database: TestDatabase) {
    let site = Site::open(database).await;
    for username in ["ada", "bell"] {
        site.person(username, "doctor").await;
    }
    let attacker = site.server.stranger();
    let began = Instant::now();
    let answers: Vec<Value> = stream::iter(0..1000)
        .map(|number| {
            // However the name is written, it is the same account.
            let name = ["ada", "ADA", " ada", "Ada"][number % 4];
            let (site, attacker) = (&site, &attacker);
            async move { site.try_as(attacker, name, &format!("{WRONG} {number}")).await }
        })
        .buffer_unordered(32)
        .collect()
        .await;
    let took = began.elapsed();
    let outcomes: Vec<_> = answers.iter().map(refused).collect();
    let count = |what: &str| outcomes.iter().filter(|outcome| **outcome == what).count();
    assert_eq!((count("wrong"), count("limited"), count("in")), (10, 990, 0));
    let message =
        answers.iter().find(|answer| refused(answer) == "limited").expect("one")["errors"][0]["message"].clone();
    assert_eq!(message, "Too many tries to sign in. Try again in 60 seconds.");

    // From there not even the right one is looked at; from elsewhere it opens, and so do other accounts from there.
    assert_eq!(refused(&site.try_as(&attacker, "ada", PASSWORD).await), "limited");
    let elsewhere = site.server.stranger().at_address("127.0.0.2");
    let right = Instant::now();
    assert_eq!(refused(&site.try_as(&elsewhere, "ada", PASSWORD).await), "in");
    eprintln!("1,000 wrong passwords in {took:?}; the right one from elsewhere then in {:?}", right.elapsed());
    assert_eq!(refused(&site.try_as(&attacker, "bell", PASSWORD).await), "in");
    site.server.clock.advance(chrono::Duration::seconds(59));
    assert_eq!(refused(&site.try_as(&attacker, "ada", PASSWORD).await), "limited");
    site.server.clock.advance(chrono::Duration::seconds(1));
    assert_eq!(refused(&site.try_as(&attacker, "ada", PASSWORD).await), "in", "after the time that was told");
}

async fn aliases_and_documents_at_once_are_tries_like_others(database: TestDatabase) {
    let site = Site::open(database).await;
    site.person("ada", "doctor").await;
    let field = |number: usize| {
        format!("a{number}: signIn(input: {{username: \"ada\", password: \"{WRONG}\"}}) {{ userErrors {{ code }} }}")
    };
    let document = format!("mutation {{ {} }}", (0..50).map(field).collect::<Vec<_>>().join(" "));
    let stranger = site.server.stranger();
    let answers = join_all((0..4).map(|_| stranger.query(&document, json!({})))).await;
    let payloads = answers.iter().flat_map(|answer| answer["data"].as_object().expect("data").values());
    let looked_at = payloads.filter(|payload| payload.is_object()).count();
    let limited: usize =
        answers.iter().map(|answer| codes(answer).iter().filter(|c| **c == "RATE_LIMITED").count()).sum();
    assert!(looked_at == 10 && limited > 0, "{looked_at} of 200 were looked at");
    assert_eq!(refused(&site.try_as(&stranger, "ada", PASSWORD).await), "limited");
}

async fn two_hundred_people_sign_in_from_one_address_at_once(database: TestDatabase) {
    let site = Site::open(database).await;
    for number in 0..200 {
        site.person(&format!("user{number}"), "patient").await;
    }
    let stranger = site.server.stranger();
    let began = Instant::now();
    let outcomes: Vec<&str> = stream::iter(0..200)
        .map(|number| {
            let (site, stranger) = (&site, &stranger);
            async move {
                let username = format!("user{number}");
                // Every third mistypes first, and the clock stands: no try comes back by waiting.
                if number % 3 == 0 {
                    assert_eq!(refused(&site.try_as(stranger, &username, WRONG).await), "wrong");
                }
                refused(&site.try_as(stranger, &username, PASSWORD).await)
            }
        })
        .buffer_unordered(50)
        .collect()
        .await;
    let took = began.elapsed();
    assert!(outcomes.iter().all(|outcome| *outcome == "in"));
    // A machine that has nothing else to do takes a few seconds; the limits are what could keep people out, and they count
    // by the clock that stands.
    assert!(took < Duration::from_secs(180), "{took:?}");
    eprintln!("{:?}: 200 people and 67 wrong passwords in {took:?}", site.server.database.backend);
}

async fn one_address_tries_so_many_accounts_and_no_more(database: TestDatabase) {
    let site = Site::open(database).await;
    site.person("ada", "doctor").await;
    site.person("bell", "doctor").await;
    let stranger = site.server.stranger();
    assert_eq!(refused(&site.try_as(&stranger, "bell", PASSWORD).await), "in");
    let outcomes: Vec<&str> = stream::iter(0..400)
        .map(|number| {
            let (site, stranger) = (&site, &stranger);
            async move { refused(&site.try_as(stranger, &format!("user{number}"), PASSWORD).await) }
        })
        .buffer_unordered(32)
        .collect()
        .await;
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == "wrong").count(), 300);
    assert_eq!(refused(&site.try_as(&stranger, "ada", PASSWORD).await), "limited");
    assert_eq!(refused(&site.try_as(&stranger, "bell", PASSWORD).await), "in", "who was in from there before");
    let elsewhere = site.server.stranger().at_address("127.0.0.2");
    assert_eq!(refused(&site.try_as(&elsewhere, "ada", PASSWORD).await), "in");
    assert_eq!(refused(&site.try_as(&elsewhere, "bell", PASSWORD).await), "in");
    site.server.clock.advance(chrono::Duration::seconds(1));
    assert_eq!(refused(&site.try_as(&stranger, "ada", PASSWORD).await), "in");
}

async fn right_passwords_and_refreshes_are_limited_generously(database: TestDatabase) {
    let site = Site::open(database).await;
    for username in ["ada", "bell"] {
        site.person(username, "doctor").await;
    }
    let stranger = site.server.stranger();
    let (stolen, mut tokens) = (site.sign_in("ada").await, site.sign_in("ada").await);
    site.refresh(&stolen.refresh).await;
    for _ in 3..60 {
        tokens = Tokens::of(&site.refresh(&tokens.refresh).await["data"]["refreshToken"]);
    }
    assert_eq!(refused(&site.try_as(&stranger, "ada", PASSWORD).await), "limited");
    assert_eq!(codes(&site.refresh(&tokens.refresh).await), ["RATE_LIMITED"]);
    assert_eq!(refused(&site.try_as(&stranger, "bell", PASSWORD).await), "in");
    // What was used before ends its sign-in all the same.
    assert_eq!(codes(&site.refresh(&stolen.refresh).await), ["UNAUTHENTICATED"]);
    assert!(!site.is_known(&stolen.access).await && site.is_known(&tokens.access).await);
    site.server.clock.advance(chrono::Duration::seconds(10));
    assert!(codes(&site.refresh(&tokens.refresh).await).is_empty(), "the token was not used up");
}

async fn a_name_that_is_nobodys_takes_as_long(database: TestDatabase) {
    const ROUNDS: usize = 30;
    let site = Site::open(database).await;
    for number in 0..ROUNDS {
        site.person(&format!("known{number}"), "doctor").await;
        site.rows.user(&format!("unset{number}"), "doctor").await;
        let disabled = site.person(&format!("disabled{number}"), "doctor").await;
        site.rows.run(&format!("UPDATE users SET is_active = FALSE WHERE id = '{disabled}'")).await;
    }
    let kinds = ["known", "nobody", "unset", "disabled"];
    let mut times = vec![vec![]; kinds.len()];
    for number in 0..ROUNDS {
        for (kind, times) in kinds.iter().zip(&mut times) {
            let began = Instant::now();
            let answer = site.try_as(&site.server.stranger(), &format!("{kind}{number}"), WRONG).await;
            times.push(began.elapsed());
            assert_eq!(refused(&answer), "wrong");
        }
    }
    let medians: Vec<f64> = times
        .into_iter()
        .map(|mut times| {
            times.sort_unstable();
            times[ROUNDS / 2].as_secs_f64() * 1000.0
        })
        .collect();
    eprintln!(
        "{:?}: medians in ms of {ROUNDS} wrong passwords for {kinds:?}: {medians:.1?}",
        site.server.database.backend
    );
    for (kind, median) in kinds.iter().zip(&medians) {
        let ratio = median / medians[0];
        // Without a hash to check, it would be a tenth or less.
        assert!((0.5..2.0).contains(&ratio), "{kind}: {ratio:.2} of the time for a known one");
    }
}
