//! Where a reader stands.

use std::sync::Arc;

use async_graphql::{Context, Error, Object, Result};

use super::hub::Live;
use super::store;
use crate::input::Act;
use crate::read::reading::Reading;

/// Root fields about live updates.
#[derive(Default)]
pub struct LiveQuery;

#[Object]
impl LiveQuery {
    /// Where live updates stand at the instant of all else in the query: subscribe `after` it, and nothing is missed.
    async fn live_position(&self, ctx: &Context<'_>) -> Result<String> {
        let act = Act::of(ctx)?;
        let internal = |error: String| Error::new(error);
        let hub = ctx.data::<Live>()?.hub().await.map_err(|error| internal(error.to_string()))?;
        let backend = act.db().backend();
        let reading = ctx.data::<Arc<Reading>>()?;
        let settled = reading.number(store::settled_statement(backend)).await.map_err(|e| internal(e.to_string()))?;
        Ok(hub.positions.text(store::settled_place(backend, settled)))
    }
}
