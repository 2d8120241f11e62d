//! Every mutation through HTTP, on both databases: what it writes, what it answers, what it refuses, and that nothing
//! is ever half done.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use futures_util::future::join_all;
use patientgraph::graphql::Api;
use serde_json::{Value, json};

use crate::naive::{Schema, Tables};
use crate::support::actor::Actor;
use crate::support::database::TestDatabase;
use crate::support::factory::Factory;
use crate::support::server::TestServer;
use crate::triggers::model;

mod accounts;
mod assignments;
mod bookings;
mod bulk;
mod bulk_bookings;
mod common;
mod corrections;
mod creations;
mod doctors;
mod imaging;
mod notes;
mod others;
mod outcomes;
mod patients;
mod races;
mod releases;
mod reports;
mod requests;
mod roles;
mod sessions;
mod statistics;
mod targets;
mod values;
mod visits;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| Schema::parse(&Api::sdl()));

/// The path of an error that is not in the payload but of the whole field.
const WHOLE: &str = "(whole field)";

/// Code and path of errors.
type Errors = Vec<(String, String)>;

/// A clinic to change: its rows, its server, and the administrator who speaks to it.
struct Clinic {
    rows: Factory,
    server: TestServer,
    actor: Actor,
}

impl Clinic {
    /// An empty one.
    async fn open(database: TestDatabase) -> Self {
        let rows = Factory::new(&database).await;
        let server = TestServer::start(database).await;
        let actor = server.admin();
        Self { rows, server, actor }
    }

    /// Does what a mutation is for; answers the payload, of which `selection` is read beside the errors. The database's
    /// own figures and events are right afterwards.
    async fn done(&self, mutation: &str, selection: &str, input: Value) -> Value {
        let payload = send(&self.actor, &document(mutation, selection), input).await;
        assert_eq!(payload["userErrors"], json!([]), "{mutation}");
        model::compare(&self.rows.connection).await.unwrap_or_else(|why| panic!("{mutation}: {why}"));
        payload
    }

    /// Fails to do it: exactly these errors, in any order, no object, and not one row changed. Answers the payload.
    async fn refuse(&self, mutation: &str, input: Value, expected: &[(&str, &str)]) -> Value {
        let before = self.lines().await;
        let payload = send(&self.actor, &document(mutation, &everything(mutation)), input.clone()).await;
        let (mut found, mut expected) = (errors(&payload), pairs(expected));
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{mutation} {input}");
        for (field, value) in payload.as_object().expect("a payload") {
            let nothing = value.is_null() || value == &json!([]);
            assert!(nothing || ["userErrors", "warnings"].contains(&field.as_str()), "{mutation} {input}: {payload}");
        }
        for error in payload["userErrors"].as_array().expect("user errors") {
            let message = error["message"].as_str().expect("a message");
            assert!(message.ends_with('.') && message.len() > 10, "{mutation}: {message} tells nobody what to do");
        }
        self.unchanged(&before, &format!("{mutation} {input}")).await;
        payload
    }

    /// Fails as a whole with this code, and not one row changed.
    async fn fail(&self, mutation: &str, input: Value, code: &str) {
        let before = self.lines().await;
        let variables = json!({"input": input});
        let found = self.actor.error_codes(&document(mutation, &everything(mutation)), variables).await;
        assert_eq!(found, [code], "{mutation} {input}");
        self.unchanged(&before, &format!("{mutation} {input}")).await;
    }

    /// Sends inputs at once; answers the errors of each, none where it was done.
    async fn at_once(&self, requests: Vec<(&str, Value)>) -> Vec<Errors> {
        let by_one = requests.into_iter().map(|(mutation, input)| (self.actor.clone(), mutation, input));
        self.each_at_once(by_one.collect()).await
    }

    /// [`at_once`](Self::at_once), each by somebody.
    async fn each_at_once(&self, requests: Vec<(Actor, &str, Value)>) -> Vec<Errors> {
        let sent = requests.into_iter().map(|(actor, mutation, input)| async move {
            let variables = json!({"input": input});
            let answer = actor.query(&document(mutation, &everything(mutation)), variables).await;
            match answer["errors"].as_array() {
                Some(errors) => {
                    let code = |error: &Value| error["extensions"]["code"].as_str().unwrap_or("none").to_owned();
                    errors.iter().map(|error| (code(error), WHOLE.to_owned())).collect()
                }
                None => errors(&answer["data"][mutation]),
            }
        });
        let outcomes = join_all(sent).await;
        model::compare(&self.rows.connection).await.unwrap_or_else(|why| panic!("{why}"));
        outcomes
    }

    /// Of several at once exactly one is done, and each other one fails with one of these errors.
    async fn one_wins(&self, requests: Vec<(&str, Value)>, losing: &[(&str, &str)]) {
        let (count, what) = (requests.len(), requests[0].0);
        let outcomes = self.at_once(requests).await;
        let lost: Vec<_> = outcomes.iter().filter(|errors| !errors.is_empty()).collect();
        assert_eq!(lost.len(), count - 1, "{what}: {outcomes:?}");
        for errors in lost {
            assert!(pairs(losing).iter().any(|one| *errors == std::slice::from_ref(one)), "{what}: {outcomes:?}");
        }
    }

    /// Reads with the administrator's eyes.
    async fn read(&self, query: &str, variables: Value) -> Value {
        self.actor.data(query, variables).await
    }

    /// All rows.
    async fn tables(&self) -> Tables {
        Tables::load(&self.rows.connection).await
    }

    async fn lines(&self) -> BTreeSet<String> {
        self.tables().await.lines()
    }

    async fn unchanged(&self, before: &BTreeSet<String>, what: &str) {
        let after = self.lines().await;
        let changes: Vec<_> = before.symmetric_difference(&after).collect();
        assert!(changes.is_empty(), "{what} changed {changes:#?}");
    }
}

/// A mutation of one field with its input as a variable.
fn document(mutation: &str, selection: &str) -> String {
    let input = &SCHEMA.field("Mutation", mutation).arguments[0].type_name;
    format!(
        "mutation($input: {input}!) {{
            {mutation}(input: $input) {{ {selection} userErrors {{ code message path }} }} }}"
    )
}

/// All fields of a mutation's payload beside the errors, and little of each.
fn everything(mutation: &str) -> String {
    let payload = &SCHEMA.fields[&SCHEMA.field("Mutation", mutation).type_name];
    let fields = payload.iter().filter(|field| field.name != "userErrors").map(|field| match field.name.as_str() {
        "warnings" => "warnings { code path consultation { id } }".to_owned(),
        name if SCHEMA.is_composite(&field.type_name) => format!("{name} {{ __typename }}"),
        name => name.to_owned(),
    });
    fields.collect::<Vec<_>>().join(" ")
}

/// An object with the fields of `more` beside and over its own.
fn with(mut object: Value, more: Value) -> Value {
    let (Some(fields), Value::Object(more)) = (object.as_object_mut(), more) else { panic!("two objects are joined") };
    fields.extend(more);
    object
}

/// Sends a mutation of one field; answers its payload.
async fn send(actor: &Actor, mutation: &str, input: Value) -> Value {
    let data = actor.data(mutation, json!({"input": input})).await;
    data.as_object().expect("data").values().next().expect("a payload").clone()
}

/// Code and path of each user error, in their order.
fn errors(payload: &Value) -> Errors {
    let errors = payload["userErrors"].as_array().expect("user errors").iter();
    let path = |error: &Value| {
        let steps = error["path"].as_array().expect("a path").iter();
        steps.map(|step| step.as_str().unwrap_or("?").to_owned()).collect::<Vec<_>>().join(".")
    };
    errors.map(|error| (error["code"].as_str().expect("a code").to_owned(), path(error))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Errors {
    expected.iter().map(|(code, path)| ((*code).to_owned(), (*path).to_owned())).collect()
}
