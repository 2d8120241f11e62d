//! The GraphQL API: schema, limits, execution.

use crate::{auth, clock::SharedClock, db::Db};
use async_graphql::{EmptySubscription, Object, Schema};

/// Api.
#[derive(Clone)]
pub struct Api(Schema<Query, Mutation, EmptySubscription>);
/// Query.
pub struct Query;
#[Object]
impl Query {
    async fn slow(&self, ms: u64) -> u64 {
        tokio::time::sleep(std::time::Duration::from_millis(ms)).await;
        ms
    }
    async fn panic(&self) -> u64 {
        std::hint::black_box(None::<u64>).unwrap()
    }
}
/// Mutation.
pub struct Mutation;
#[Object]
impl Mutation {
    async fn slow(&self, ms: u64) -> u64 {
        tokio::time::sleep(std::time::Duration::from_millis(ms)).await;
        tracing::info!("the mutation ran to its end");
        ms
    }
}
/// Answer.
pub struct Answer {
    /// Body.
    pub body: Vec<u8>,
    /// Data.
    pub has_data: bool,
    /// Operation.
    pub operation: Option<String>,
    /// Statements.
    pub statements: u32,
    /// Errors.
    pub errors: u32,
}
/// Settings.
pub struct ClinicSettings {
    /// Zone.
    pub zone: chrono_tz::Tz,
    /// Currency.
    pub currency: String,
}
impl Api {
    /// New.
    pub fn new(_db: Db, _clock: SharedClock, _clinic: ClinicSettings) -> Api {
        Api(Schema::new(Query, Mutation, EmptySubscription))
    }
    /// Execute.
    pub async fn execute(&self, request: async_graphql::Request, _viewer: &auth::Viewer, _id: &str) -> Answer {
        let operation = request.operation_name.clone();
        let response = self.0.execute(request).await;
        let has_data = response.data != async_graphql::Value::Null;
        let errors = response.errors.len() as u32;
        let body = if has_data {
            serde_json::to_vec(&response)
        } else {
            serde_json::to_vec(&serde_json::json!({ "errors": response.errors }))
        };
        Answer { body: body.unwrap_or_default(), has_data, operation, statements: 0, errors }
    }
    /// Sdl.
    pub fn sdl() -> String {
        Schema::new(Query, Mutation, EmptySubscription).sdl()
    }
}
