//! Signing in, from outside: who gets in, who does not, and what an attacker learns, which is nothing.

use entity::users;
use patientgraph::auth::password::{Password, Passwords};
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::naive::Tables;
use crate::support::actor::Actor;
use crate::support::database::TestDatabase;
use crate::support::factory::{Factory, id};
use crate::support::server::TestServer;

mod accounts;
mod attack;
mod changes;
mod console;
mod forgery;
mod keys;
mod links;
mod log;
mod old_hashes;
mod sign_in;
mod tokens;

/// The password of everybody here.
const PASSWORD: &str = "an owl over the harbour";
/// One that nobody has.
const WRONG: &str = "a cat beneath the bridge";

const SIGN_IN: &str = "mutation($input: SignInInput!) { signIn(input: $input) {
    accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt
    viewer { name role scopes user { id username lastLogin version } patient { mrn } doctor { name } }
    userErrors { code message path } } }";
const REFRESH: &str = "mutation($input: RefreshTokenInput!) { refreshToken(input: $input) {
    accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt viewer { name user { username } }
    userErrors { code } } }";
const SIGN_OUT: &str = "mutation($input: SignOutInput!) { signOut(input: $input) { userErrors { code message } } }";
const CHANGE: &str =
    "mutation($input: ChangePasswordInput!) { changePassword(input: $input) { userErrors { code message path } } }";
const CHOOSE: &str = "mutation($input: ChoosePasswordInput!) {
    choosePassword(input: $input) { username userErrors { code message path } } }";
const WHO: &str = "{ viewer { name role scopes } }";

/// A clinic and its accounts.
struct Site {
    server: TestServer,
    rows: Factory,
}

/// Two tokens.
#[derive(Debug, Clone)]
struct Tokens {
    access: String,
    refresh: String,
}

impl Tokens {
    fn of(payload: &Value) -> Self {
        let text = |name: &str| payload[name].as_str().unwrap_or_else(|| panic!("{name}: {payload}")).to_owned();
        Self { access: text("accessToken"), refresh: text("refreshToken") }
    }
}

impl Site {
    async fn open(database: TestDatabase) -> Self {
        let rows = Factory::new(&database).await;
        Self { server: TestServer::start(database).await, rows }
    }

    /// An account whose password is [`PASSWORD`]; answers its key.
    async fn person(&self, username: &str, role: &str) -> String {
        let key = self.rows.user(username, role).await;
        self.rows.run(&format!("UPDATE users SET password_hash = '{}' WHERE id = '{key}'", hash().await)).await;
        key
    }

    /// What signing in answers.
    async fn try_as(&self, actor: &Actor, username: &str, password: &str) -> Value {
        actor.query(SIGN_IN, json!({"input": {"username": username, "password": password}})).await
    }

    /// Signs in with [`PASSWORD`].
    async fn sign_in(&self, username: &str) -> Tokens {
        let answer = self.try_as(&self.server.stranger(), username, PASSWORD).await;
        Tokens::of(&answer["data"]["signIn"])
    }

    /// What refreshing answers.
    async fn refresh(&self, token: &str) -> Value {
        self.server.stranger().query(REFRESH, json!({"input": {"refreshToken": token}})).await
    }

    /// Somebody who carries this.
    fn holder(&self, token: &str) -> Actor {
        self.server.stranger().carrying(Some(token))
    }

    /// Whether whoever carries this is anybody.
    async fn is_known(&self, token: &str) -> bool {
        let answer = self.holder(token).query(WHO, json!({})).await;
        assert!(answer.get("errors").is_none() || codes(&answer) == ["UNAUTHENTICATED"], "{answer}");
        answer["data"]["viewer"].is_object()
    }

    /// Does what the administrator asks for: one mutation; answers its payload.
    async fn told(&self, mutation: &str, selection: &str, input: Value) -> Value {
        let type_name = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let document = format!(
            "mutation($input: {type_name}!) {{ {mutation}(input: $input) {{ {selection} userErrors {{ code path }} }} }}"
        );
        self.server.admin().data(&document, json!({"input": input})).await[mutation].take()
    }

    /// Changes an account, as the administrator.
    async fn change(&self, user: &str, change: Value) {
        let version = self.account(user).await.version;
        let mut input = json!({"id": id("User", user), "version": version});
        input.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
        let payload = self.told("updateUser", "user { id }", input).await;
        assert_eq!(payload["userErrors"], json!([]), "{payload}");
    }

    async fn account(&self, user: &str) -> users::Model {
        let connection = patientgraph::db::Adapted::new(self.rows.connection.clone());
        let key: entity::Key = user.parse().expect("a key");
        users::Entity::find_by_id(key).one(&connection).await.expect("accounts").expect("an account")
    }

    /// All rows.
    async fn tables(&self) -> Tables {
        Tables::load(&self.rows.connection).await
    }
}

/// The hash of [`PASSWORD`], made once.
async fn hash() -> &'static str {
    static HASH: OnceCell<String> = OnceCell::const_new();
    HASH.get_or_init(|| async { Passwords::default().hash(Password::new(PASSWORD)).await.expect("a hash") }).await
}

/// The codes of errors that are not in a payload.
fn codes(answer: &Value) -> Vec<&str> {
    let errors = answer["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    errors.iter().map(|error| error["extensions"]["code"].as_str().unwrap_or("none")).collect()
}

/// Code and path of the errors in a payload.
fn problems(payload: &Value) -> Vec<(String, String)> {
    let errors = payload["userErrors"].as_array().unwrap_or_else(|| panic!("no payload: {payload}"));
    let path = |error: &Value| {
        let steps = error["path"].as_array().expect("a path").iter().map(|step| step.as_str().expect("a step"));
        steps.collect::<Vec<_>>().join(".")
    };
    errors.iter().map(|error| (error["code"].as_str().expect("a code").to_owned(), path(error))).collect()
}
