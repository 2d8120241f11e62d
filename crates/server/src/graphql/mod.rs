//! The GraphQL API: the schema's roots, execution, and what of it leaves the house.

mod access_table;
mod limits;
mod mask;
mod request;
mod response;
mod schema;
mod subscription;

use std::sync::Arc;

use async_graphql::Request;

pub use request::Admitted;

use crate::auth::ClientAddress;
use crate::clock::SharedClock;
use crate::config::Limits;
use crate::db::Db;
use crate::identity::{Authenticator, Caller, Gate, Known, Terms};
use crate::input::Act;
use crate::live::Live;
use crate::read::reading::Reading;
use crate::read::shape::Moment;
use crate::report::pipeline::Pipeline;

/// What is particular to a clinic.
#[derive(Debug, Clone)]
pub struct ClinicSettings {
    /// Decides what day and week it is.
    pub zone: chrono_tz::Tz,
    /// The currency of all money (ISO 4217).
    pub currency: String,
}

/// The API over one database. Cheap to clone.
#[derive(Clone)]
pub struct Api(Arc<Inner>);

struct Inner {
    schema: schema::Schema,
    db: Db,
    clock: SharedClock,
    clinic: ClinicSettings,
    limits: Limits,
    gate: Gate,
    live: Live,
}

/// The answer to one request.
pub struct Answer {
    /// The response, JSON.
    pub body: Vec<u8>,
    /// Whether it was executed: a refused request has no `data`, nor has what ends a subscription.
    pub has_data: bool,
    /// The name of the operation, where it has one.
    pub operation: Option<String>,
    /// How many statements the read engine ran.
    pub statements: u32,
    /// How many errors the response has.
    pub errors: u32,
}

impl Api {
    /// The API over a database.
    pub fn new(
        db: Db,
        clock: SharedClock,
        clinic: ClinicSettings,
        limits: Limits,
        terms: Terms,
        pipeline: Pipeline,
    ) -> Self {
        let gate = Gate::new(db.clone(), clock.clone(), terms);
        let live = Live::new(db.clone(), clock.clone());
        let schema = schema::build().data(live.clone()).data(pipeline).finish();
        Self(Arc::new(Inner { schema, db, clock, clinic, limits, gate, live }))
    }

    /// The live updates.
    pub fn live(&self) -> &Live {
        &self.0.live
    }

    /// Knows whom requests act for.
    pub fn authenticator(&self) -> &Authenticator {
        self.0.gate.authenticator()
    }

    /// The schema in GraphQL's schema definition language.
    pub fn sdl() -> String {
        schema::sdl()
    }

    /// Who may see and do what, as Markdown.
    pub fn access_table() -> String {
        access_table::markdown()
    }

    /// Lets a request in, if it is within the limits and whole; on every transport, before anything else looks at its
    /// document.
    ///
    /// # Errors
    /// The answer to a request that is refused.
    pub fn admit(&self, request: Request, request_id: &str) -> Result<Admitted, Answer> {
        request::admit(request, &self.0.limits).map_err(|errors| Answer::refused(errors, request_id))
    }

    /// Executes a request that came from an address for whom it is known to act for; without one it reads and writes
    /// nothing but what signing in needs. Never fails: errors are part of the answer, and what is internal goes to the
    /// log under the request's id instead.
    pub async fn execute(
        &self,
        admitted: Admitted,
        known: Option<&Known>,
        address: ClientAddress,
        request_id: &str,
    ) -> Answer {
        let Inner { schema, db, clock, clinic, gate, .. } = &*self.0;
        let Admitted { mut request, operation, sharing, .. } = admitted;
        let moment = Moment::at(clock.now(), clinic.zone);
        let reading = known.map(|known| Arc::new(Reading::new(db.clone(), known.viewer.clone(), moment, sharing)));
        if let (Some(known), Some(reading)) = (known, &reading) {
            let act = Act::new(db.clone(), known.viewer.clone(), moment).while_standing(Arc::new(known.clone()));
            request = request.data(reading.clone()).data(act);
        }
        let response = schema.execute(request.data(gate.clone()).data(Caller { address, moment })).await;
        if let Some(Err(error)) = match &reading {
            Some(reading) => Some(reading.close().await),
            None => None,
        } {
            tracing::warn!(request_id, %error, "a snapshot could not be closed");
        }
        let has_data = request::was_executed(&response);
        let errors = mask::mask(response.errors, request_id);
        Answer {
            body: response::write(has_data.then_some(&response.data), &errors),
            has_data,
            operation,
            statements: reading.map_or(0, |reading| reading.statements()),
            errors: u32::try_from(errors.len()).unwrap_or(u32::MAX),
        }
    }
}

impl Answer {
    /// The list of errors of an answer without `data`, JSON: all that there is in it.
    pub fn errors_alone(&self) -> &[u8] {
        response::errors_alone(&self.body)
    }

    fn refused(errors: Vec<async_graphql::ServerError>, request_id: &str) -> Self {
        let errors = mask::mask(errors, request_id);
        let count = u32::try_from(errors.len()).unwrap_or(u32::MAX);
        Self { body: response::write(None, &errors), has_data: false, operation: None, statements: 0, errors: count }
    }
}
