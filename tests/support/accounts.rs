//! Accounts of tests, signed in without a password: what signing in leaves in the database, and a token for it.

use chrono::{DateTime, TimeDelta, Utc};
use patientgraph::auth::secret::{Purpose, Secret};
use patientgraph::auth::token::Tokens;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use sea_orm::{ConnectionTrait, DatabaseConnection};
use serde_json::json;
use uuid::Uuid;

use super::factory::Factory;

/// What servers of tests sign tokens with.
pub const SECRET: &str = "hjVd6bz3uGBGOvgHsykJZv-yk93O-eIrenBa7XYacdU";

/// The account of the tests' administrator.
pub const ADMIN: &str = "019a0000-0000-7000-8000-0000000ad317";

/// Signs as servers of tests do; tokens outlive whatever a test does to its clock.
pub fn tokens() -> Tokens {
    Tokens::new(SECRET.as_bytes(), TimeDelta::days(36_500))
}

/// Signs an account in.
pub async fn sign_in(connection: &DatabaseConnection, user: &str, now: DateTime<Utc>) -> String {
    let sign_in = Uuid::now_v7();
    let statement = format!(
        "INSERT INTO sign_ins (id, user_id, created_at, expires_at) \
         VALUES ('{sign_in}', '{user}', '2024-01-01T00:00:00.000000Z', '2999-01-01T00:00:00.000000Z')"
    );
    connection.execute_unprepared(&statement).await.expect("the account signs in");
    tokens().sign(sign_in.into(), now).expect("a token")
}

/// Signs the tests' administrator in, whose account is made when it is not there.
pub async fn admin(connection: &DatabaseConnection, now: DateTime<Utc>) -> String {
    open_admin(connection).await;
    sign_in(connection, ADMIN, now).await
}

/// Makes the account of the tests' administrator, unless it is there.
pub async fn open_admin(connection: &DatabaseConnection) {
    let statement = format!(
        "INSERT INTO users (id, username, name, role) VALUES ('{ADMIN}', 'tests', 'Tests', 'admin') \
         ON CONFLICT (id) DO NOTHING"
    );
    connection.execute_unprepared(&statement).await.expect("the account is made");
}

/// Gives programs keys that differ in all that keys differ in; nobody has the secrets.
pub async fn some_keys(factory: &Factory, programs: &[String]) {
    for number in 0..6 {
        let ended = |at: bool| at.then_some("2025-12-24T00:00:00.000000Z");
        let row = json!({
            "user_id": programs[number % programs.len()],
            "name": (["scanner", "naïve — 診断", "two\nlines"][number % 3]),
            "hash": format!("{number:064}"),
            "hint": format!("{number:04}"),
            "may_intake": number % 3 != 0,
            "may_predict": number % 2 == 0,
            "may_report": number != 2,
            "expires_at": ended(number % 2 == 1),
            "revoked_at": ended(number == 3),
            "created_at": (["2024-02-29T12:00:00.000000Z", "2026-02-12T23:15:00.000000Z"][number / 3]),
        });
        factory.insert("api_keys", "id", row, json!({})).await;
    }
}

/// Gives an agent's account a key with these of the scopes `intake`, `predict` and `report`.
pub async fn api_key(connection: &DatabaseConnection, user: &str, scopes: &[&str]) -> String {
    let id = Uuid::now_v7();
    let mut rng = ChaCha8Rng::seed_from_u64(u64::from_be_bytes(*id.as_bytes().last_chunk().expect("16 bytes")));
    let key = Secret::new(Purpose::ApiKey, &mut rng);
    let may = |scope| if scopes.contains(&scope) { "TRUE" } else { "FALSE" };
    let statement = format!(
        "INSERT INTO api_keys (id, user_id, name, hash, hint, may_intake, may_predict, may_report) \
         VALUES ('{id}', '{user}', 'Tests', '{}', '{}', {}, {}, {})",
        key.hash(),
        key.hint(),
        may("intake"),
        may("predict"),
        may("report"),
    );
    connection.execute_unprepared(&statement).await.expect("the key is made");
    key.reveal().to_owned()
}
