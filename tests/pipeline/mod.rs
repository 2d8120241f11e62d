//! How requested reports get made, by programs and by the server's own workers.

use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::database::TestDatabase;
use crate::support::factory::{Factory, id};
use crate::support::server::TestServer;

mod killed;
mod leases;
mod model;
mod programs;
mod queue;
mod reference;
mod workers;

/// A clinic whose reports are made by a program.
struct Clinic {
    rows: Factory,
    server: TestServer,
    admin: Actor,
    program: Actor,
}

impl Clinic {
    async fn open(database: TestDatabase) -> Self {
        let rows = Factory::new(&database).await;
        let server = TestServer::start(database).await;
        let program = rows.user("reporter", "agent").await;
        let program = server.agent(&program, &["report"]).await;
        Self { admin: server.admin(), rows, server, program }
    }

    /// Asks for a report about a patient (its key); the request's id.
    async fn request(&self, patient: &str, more: Value) -> String {
        let mut input = json!({"patientId": id("Patient", patient)});
        input.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let payload = told(&self.admin, "requestReport", "reportRequest { id }", input).await;
        assert_eq!(payload["userErrors"], json!([]));
        text(&payload["reportRequest"]["id"])
    }

    /// The next request for the program: its id and the lease's token.
    async fn claim(&self, types: Value) -> Option<(String, String)> {
        claim(&self.program, types).await
    }

    /// What people read of a request.
    async fn read(&self, request: &str) -> Value {
        let query = "query($id: ID!) { node(id: $id) { ... on ReportRequest { status retryCount nextAttemptAt
            errorMessage failureCause leasedUntil claimedAt generatedAt priority claimedBy { name }
            report { id status title content type generatedBy madeFrom revision predictions { nodes { id } } } } } }";
        self.admin.data(query, json!({"id": request})).await["node"].take()
    }

    /// Lets time pass.
    fn pass(&self, seconds: i64) {
        self.server.clock.advance(chrono::TimeDelta::seconds(seconds));
    }
}

/// The next request for somebody: its id and the lease's token.
async fn claim(by: &Actor, types: Value) -> Option<(String, String)> {
    let input = json!({"types": types});
    let payload = told(by, "claimReport", "lease { token until reportRequest { id status } }", input).await;
    assert_eq!(payload["userErrors"], json!([]));
    let lease = &payload["lease"];
    (!lease.is_null()).then(|| {
        assert_eq!(lease["reportRequest"]["status"], "GENERATING");
        (text(&lease["reportRequest"]["id"]), text(&lease["token"]))
    })
}

/// A report under a lease.
async fn complete(by: &Actor, lease: &str, more: Value) -> Value {
    let mut input = json!({"lease": lease, "title": "A report", "content": "All is well."});
    input.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    told(by, "completeReport", "reportId report { id } reportRequest { id }", input).await
}

/// The end of an attempt.
async fn fail(by: &Actor, lease: &str, permanent: bool) -> Value {
    let input = json!({"lease": lease, "message": "The model gave up.", "permanent": permanent});
    told(by, "failReport", "status nextAttemptAt reportRequest { id }", input).await
}

/// What somebody is answered to a mutation.
async fn told(by: &Actor, mutation: &str, selection: &str, input: Value) -> Value {
    let capital = format!("{}{}", mutation[..1].to_uppercase(), &mutation[1..]);
    let document = format!(
        "mutation($input: {capital}Input!) {{ {mutation}(input: $input) {{ {selection} userErrors {{ code path message }} }} }}"
    );
    by.data(&document, json!({"input": input})).await[mutation].take()
}

/// Code and path of the only error.
fn refused(payload: &Value) -> (String, String) {
    let errors = payload["userErrors"].as_array().expect("errors");
    assert_eq!(errors.len(), 1, "{payload}");
    (text(&errors[0]["code"]), text(&errors[0]["path"][0]))
}

fn over() -> (String, String) {
    ("CONFLICT".to_owned(), "lease".to_owned())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}
