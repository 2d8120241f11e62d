//! Refresh tokens: each is good once, and one that comes back is a thief's.

use futures_util::future::join_all;
use serde_json::json;

use super::{Site, Tokens, codes};
use crate::on_both;
use crate::support::database::TestDatabase;

on_both!(
    a_refresh_token_is_exchanged_once,
    a_used_one_that_comes_back_ends_the_sign_in,
    of_many_at_once_one_wins_and_the_sign_in_ends,
    used_ones_are_kept_as_long_as_they_would_have_been_good,
    what_is_no_refresh_token_is_refused,
    one_of_a_disabled_account_is_refused,
);

async fn a_refresh_token_is_exchanged_once(database: TestDatabase) {
    let site = Site::open(database).await;
    site.person("ada", "doctor").await;
    let mut tokens = site.sign_in("ada").await;
    let (first, mut seen) = (tokens.access.clone(), vec![tokens.refresh.clone()]);
    for _ in 0..5 {
        site.server.clock.advance(chrono::Duration::minutes(10));
        let answer = site.refresh(&tokens.refresh).await;
        let payload = &answer["data"]["refreshToken"];
        assert_eq!(payload["viewer"], json!({"name": "User ada", "user": {"username": "ada"}}), "{answer}");
        tokens = Tokens::of(payload);
        assert!(!seen.contains(&tokens.refresh));
        seen.push(tokens.refresh.clone());
        assert!(site.is_known(&tokens.access).await);
    }
    assert!(site.is_known(&first).await, "the sign-in is the same");
    let tables = site.tables().await;
    assert_eq!(tables.rows("refresh_tokens").iter().filter(|token| token["used_at"].is_null()).count(), 1);
}

async fn a_used_one_that_comes_back_ends_the_sign_in(database: TestDatabase) {
    let site = Site::open(database).await;
    site.person("ada", "doctor").await;
    let (stolen, other) = (site.sign_in("ada").await, site.sign_in("ada").await);
    let thief = Tokens::of(&site.refresh(&stolen.refresh).await["data"]["refreshToken"]);
    assert!(site.is_known(&thief.access).await);
    assert_eq!(codes(&site.refresh(&stolen.refresh).await), ["UNAUTHENTICATED"]);
    for tokens in [&stolen, &thief] {
        assert!(!site.is_known(&tokens.access).await, "felt at once");
        assert_eq!(codes(&site.refresh(&tokens.refresh).await), ["UNAUTHENTICATED"]);
    }
    assert!(site.is_known(&other.access).await, "another sign-in of the same account goes on");
}

async fn of_many_at_once_one_wins_and_the_sign_in_ends(database: TestDatabase) {
    let site = Site::open(database).await;
    site.person("ada", "doctor").await;
    for number in 2..6 {
        let tokens = site.sign_in("ada").await;
        let answers = join_all((0..number).map(|_| site.refresh(&tokens.refresh))).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| codes(answer).is_empty());
        // The winner may be told so late that its sign-in has ended meanwhile.
        assert!(won.len() <= 1 && lost.iter().all(|answer| codes(answer) == ["UNAUTHENTICATED"]), "{answers:#?}");
        assert!(!site.is_known(&tokens.access).await);
        for answer in won {
            assert!(!site.is_known(&Tokens::of(&answer["data"]["refreshToken"]).access).await);
        }
        let tables = site.tables().await;
        let open = tables.rows("sign_ins").iter().filter(|row| row["ended_at"].is_null());
        assert_eq!(open.count(), 1, "that of the tests' administrator");
        let (used, unused): (Vec<_>, Vec<_>) =
            tables.rows("refresh_tokens").iter().partition(|token| !token["used_at"].is_null());
        assert_eq!((used.len(), unused.len()), (number - 1, number - 1), "exactly one exchange for each sign-in");
    }
}

async fn used_ones_are_kept_as_long_as_they_would_have_been_good(database: TestDatabase) {
    let site = Site::open(database).await;
    site.person("ada", "doctor").await;
    let mut all = vec![site.sign_in("ada").await];
    for _ in 0..30 {
        site.server.clock.advance(chrono::Duration::hours(1));
        let tokens = all.last().expect("tokens");
        all.push(Tokens::of(&site.refresh(&tokens.refresh).await["data"]["refreshToken"]));
    }
    // Twelve hours, and the one that is good.
    assert_eq!(site.tables().await.rows("refresh_tokens").len(), 12);
    let last = all.last().expect("tokens");
    assert_eq!(codes(&site.refresh(&all[18].refresh).await), ["UNAUTHENTICATED"]);
    assert!(site.is_known(&last.access).await, "one that would have ended is refused, and that is all");
    assert_eq!(codes(&site.refresh(&all[19].refresh).await), ["UNAUTHENTICATED"]);
    assert!(!site.is_known(&last.access).await, "one that would still be good tells of a theft");
}

async fn what_is_no_refresh_token_is_refused(database: TestDatabase) {
    let site = Site::open(database).await;
    let agent = site.rows.user("program", "agent").await;
    let key = site.server.agent(&agent, &["predict"]).await.token.expect("a key");
    site.person("ada", "doctor").await;
    let tokens = site.sign_in("ada").await;
    let unknown = format!("pgr_{}", "A".repeat(43));
    let other_purpose = tokens.refresh.replace("pgr_", "pgl_");
    let mut answers = vec![];
    for wrong in
        ["", "pgr_", "nonsense", &tokens.access, &key, &unknown, &other_purpose, &format!("{} ", tokens.refresh)]
    {
        let answer = site.refresh(wrong).await;
        assert_eq!(codes(&answer), ["UNAUTHENTICATED"], "{wrong}: {answer}");
        answers.push(answer);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:#?}");
    assert!(codes(&site.refresh(&tokens.refresh).await).is_empty(), "and the right one is good all the while");
}

async fn one_of_a_disabled_account_is_refused(database: TestDatabase) {
    let site = Site::open(database).await;
    let ada = site.person("ada", "doctor").await;
    let tokens = site.sign_in("ada").await;
    // By hand, as another program would: nothing ends the sign-in.
    site.rows.run(&format!("UPDATE users SET is_active = FALSE WHERE id = '{ada}'")).await;
    assert_eq!(codes(&site.refresh(&tokens.refresh).await), ["UNAUTHENTICATED"]);
}
