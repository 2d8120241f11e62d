//! Whether the process lives, and whether it can answer.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::App;
use crate::db::prepare::{self, SchemaState};

/// 200 as long as the process answers at all.
pub(super) async fn live() -> Json<Value> {
    Json(json!({ "status": "live" }))
}

/// 200 when requests can be answered: the database is there, its schema is this program's, nobody stops the server.
pub(super) async fn ready(State(App(app)): State<App>) -> (StatusCode, Json<Value>) {
    let problem = if app.stopping.is_cancelled() {
        Some("stopping")
    } else if app.db.ping().await.is_err() {
        Some("the database does not answer")
    } else if !matches!(prepare::state(app.db.connection()).await, Ok(SchemaState::Current)) {
        Some("the schema of the database is not this program's")
    } else {
        None
    };
    match problem {
        None => (StatusCode::OK, Json(json!({ "status": "ready" }))),
        Some(reason) => (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "not ready", "reason": reason }))),
    }
}
