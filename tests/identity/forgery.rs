//! What does not let anybody in: every token but the right one. All are answered alike, in words of our own.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde_json::{Value, json};

use super::{Site, WHO};
use crate::on_both;
use crate::support::accounts::SECRET;
use crate::support::actor::Actor;
use crate::support::database::TestDatabase;
use crate::support::factory::id;

on_both!(forged_tokens_are_good_for_nobody, tokens_that_were_good_once_are_good_for_nobody);

/// A token, taken apart.
#[derive(Clone)]
struct Token {
    header: Value,
    claims: Value,
    algorithm: hmac::Algorithm,
    key: Vec<u8>,
}

impl Token {
    fn open(token: &str) -> Self {
        let part = |number: usize| {
            let bytes = URL_SAFE_NO_PAD.decode(token.split('.').nth(number).expect("a part")).expect("base64");
            serde_json::from_slice(&bytes).expect("JSON")
        };
        Self { header: part(0), claims: part(1), algorithm: hmac::HMAC_SHA256, key: SECRET.as_bytes().to_vec() }
    }

    fn with_header(mut self, name: &str, value: Value) -> Self {
        self.header[name] = value;
        self
    }

    fn with_claim(mut self, name: &str, value: Value) -> Self {
        self.claims[name] = value;
        self
    }

    fn without(mut self, name: &str) -> Self {
        for part in [&mut self.header, &mut self.claims] {
            part.as_object_mut().expect("an object").remove(name);
        }
        self
    }

    fn signed_by(mut self, algorithm: hmac::Algorithm, key: &[u8]) -> Self {
        (self.algorithm, self.key) = (algorithm, key.to_vec());
        self
    }

    fn body(&self) -> String {
        [&self.header, &self.claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".")
    }

    fn sealed(&self) -> String {
        let body = self.body();
        let tag = hmac::sign(&hmac::Key::new(self.algorithm, &self.key), body.as_bytes());
        format!("{body}.{}", URL_SAFE_NO_PAD.encode(tag))
    }
}

/// Status and body of the answer, without what differs between all answers.
async fn refusal(actor: &Actor) -> (u16, Value) {
    let response = actor.post("/graphql").json(&json!({"query": WHO})).send().await.expect("an answer");
    let status = response.status().as_u16();
    let mut body: Value = response.json().await.expect("JSON");
    if let Some(extensions) = body["errors"][0]["extensions"].as_object_mut() {
        extensions.remove("requestId");
    }
    (status, body)
}

fn expected() -> (u16, Value) {
    let message = "Your sign-in is not valid, or no longer. Sign in again.";
    (401, json!({"errors": [{"message": message, "extensions": {"code": "UNAUTHENTICATED"}}]}))
}

async fn forged_tokens_are_good_for_nobody(database: TestDatabase) {
    let site = Site::open(database).await;
    site.person("ada", "admin").await;
    let tokens = site.sign_in("ada").await;
    let good = Token::open(&tokens.access);
    let now = site.server.clock.now().timestamp();
    assert!(site.is_known(&good.sealed()).await, "what is taken apart and put together again is the same");
    // Clocks of two servers may be apart, a little.
    assert!(site.is_known(&good.clone().with_claim("exp", json!(now - 29)).sealed()).await);
    assert!(site.is_known(&good.clone().with_claim("nbf", json!(now + 29)).sealed()).await);

    let [header, claims, tag] = tokens.access.splitn(3, '.').collect::<Vec<_>>().try_into().expect("three parts");
    let other_claims = Token::open(&tokens.access).with_claim("exp", json!(now + 10)).body();
    let (_, other_claims) = other_claims.split_once('.').expect("two parts");
    let flipped: String = tag.chars().rev().collect();
    let unsigned = |alg: &str| format!("{}.", good.clone().with_header("alg", json!(alg)).body());
    let key = json!({"kty": "oct", "k": URL_SAFE_NO_PAD.encode("mine"), "alg": "HS256"});
    let mine = good.clone().signed_by(hmac::HMAC_SHA256, b"mine");
    let h = |name: &str, value: Value| good.clone().with_header(name, value).sealed();
    let c = |name: &str, value: Value| good.clone().with_claim(name, value).sealed();
    let mut forged = vec![
        // Nothing, and what is no token.
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "nonsense".to_owned(),
        "a.b.c".to_owned(),
        "null".to_owned(),
        // Altered.
        format!("{header}.{claims}.{flipped}"),
        format!("{header}.{claims}."),
        format!("{header}.{claims}"),
        format!("{header}.{other_claims}.{tag}"),
        format!("{header}.{claims}.{tag}.{tag}"),
        format!("{}.{claims}.{tag}", URL_SAFE_NO_PAD.encode("{}")),
        format!("{}A", tokens.access),
        // Another key, algorithm, or none.
        mine.sealed(),
        good.clone().signed_by(hmac::HMAC_SHA256, b"").sealed(),
        good.clone().with_header("alg", json!("HS384")).signed_by(hmac::HMAC_SHA384, SECRET.as_bytes()).sealed(),
        good.clone().with_header("alg", json!("HS512")).signed_by(hmac::HMAC_SHA512, SECRET.as_bytes()).sealed(),
        good.clone().signed_by(hmac::HMAC_SHA384, SECRET.as_bytes()).sealed(),
        h("alg", json!("RS256")),
        h("alg", json!("ES256")),
        h("alg", json!("EdDSA")),
        h("alg", json!("none")),
        unsigned("none"),
        unsigned("None"),
        unsigned("NONE"),
        unsigned("HS256"),
        good.clone().without("alg").sealed(),
        // A key that the token names or brings.
        h("kid", json!("00000000")),
        h("kid", json!("../../../../dev/null")),
        h("kid", json!("' UNION SELECT 'mine")),
        h("kid", json!("")),
        h("kid", json!(["a"])),
        good.clone().without("kid").sealed(),
        h("jku", json!("https://attacker.example/keys")),
        h("x5u", json!("https://attacker.example/cert")),
        h("x5c", json!(["MIIB"])),
        h("jwk", key.clone()),
        h("crit", json!(["exp"])),
        h("crit", json!([])),
        mine.clone().with_header("jwk", key).sealed(),
        mine.clone().with_header("jku", json!("https://attacker.example/keys")).sealed(),
        // Another kind of token.
        h("typ", json!("JWT")),
        h("typ", json!("refresh+jwt")),
        good.clone().without("typ").sealed(),
        tokens.refresh.clone(),
        // Of another issuer, for another audience, too late, too early.
        c("iss", json!("somebody")),
        c("iss", json!(["patientgraph-not"])),
        good.clone().without("iss").sealed(),
        c("aud", json!("somebody")),
        good.clone().without("aud").sealed(),
        c("exp", json!(now - 31)),
        c("exp", json!(0)),
        c("exp", json!("never")),
        c("exp", json!(i64::MAX)),
        good.clone().without("exp").sealed(),
        c("nbf", json!(now + 61)),
        good.clone().without("nbf").sealed(),
        // Of nobody.
        c("sid", json!("01900000-0000-7000-8000-ffffffffffff")),
        c("sid", json!("nobody")),
        c("sid", json!("")),
        c("sid", Value::Null),
        good.clone().without("sid").sealed(),
        // No key of a program.
        format!("pgk_{}", "A".repeat(43)),
        "pgk_".to_owned(),
        tokens.refresh.replace("pgr_", "pgk_"),
    ];
    forged.push("x".repeat(8_000));
    for token in forged {
        assert_eq!(refusal(&site.holder(&token)).await, expected(), "{token}");
    }
    for odd in
        ["Basic YWRhOmFkYQ==", "Bearer", "bearer", &format!("Token {}", tokens.access), &tokens.access, "Bearer \u{7f}"]
    {
        let request = site.server.stranger().post("/graphql").header("authorization", odd);
        let response = request.json(&json!({"query": WHO})).send().await;
        // What no header can hold is refused before it is one.
        let Ok(response) = response else { continue };
        assert!([400, 401].contains(&response.status().as_u16()), "{odd}");
    }
    assert!(site.is_known(&tokens.access).await);
}

async fn tokens_that_were_good_once_are_good_for_nobody(database: TestDatabase) {
    let site = Site::open(database).await;
    let mut ended = vec![];
    let disabled = site.person("disabled", "doctor").await;
    ended.push(site.sign_in("disabled").await.access);
    site.change(&disabled, json!({"isActive": false})).await;
    let promoted = site.person("promoted", "doctor").await;
    ended.push(site.sign_in("promoted").await.access);
    site.change(&promoted, json!({"role": "PATIENT"})).await;
    site.person("out", "doctor").await;
    ended.push(site.sign_in("out").await.access);
    site.holder(&ended[2]).data(super::SIGN_OUT, json!({"input": {}})).await;
    site.person("robbed", "doctor").await;
    let robbed = site.sign_in("robbed").await;
    ended.push(super::Tokens::of(&site.refresh(&robbed.refresh).await["data"]["refreshToken"]).access);
    site.refresh(&robbed.refresh).await;
    ended.push(robbed.access);

    let program = site.rows.user("program", "agent").await;
    let key = site.server.agent(&program, &["intake"]).await.token.expect("a key");
    site.rows.run("UPDATE api_keys SET revoked_at = '2026-01-01T00:00:00.000000Z'").await;
    ended.push(key);
    let key = site.server.agent(&program, &["intake"]).await.token.expect("a key");
    site.rows.run("UPDATE api_keys SET expires_at = '2026-01-01T00:00:00.000000Z'").await;
    ended.push(key);
    let retired = site.rows.user("retired", "agent").await;
    ended.push(site.server.agent(&retired, &["intake"]).await.token.expect("a key"));
    site.change(&retired, json!({"isActive": false})).await;
    let person = site.person("person", "doctor").await;
    ended.push(site.server.agent(&person, &["intake"]).await.token.expect("a person's key, which there is not"));
    let gone = site.person("gone", "doctor").await;
    ended.push(site.sign_in("gone").await.access);
    site.told("deleteUser", "deletedId", json!({"id": id("User", &gone), "version": 1})).await;
    for token in &ended {
        assert_eq!(refusal(&site.holder(token)).await, expected(), "{token}");
    }
    assert_eq!(ended.len(), 10);
}
