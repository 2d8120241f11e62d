//! Records that resolvers and payloads answer with: [`One`], [`Many`], and [`Deleted`], of which only the id is left.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::sync::Arc;

use async_graphql::parser::types::Field as AstField;
use async_graphql::registry::Registry;
use async_graphql::{ContextSelectionSet, ID, OutputType, Positioned, ServerResult, Value};
use uuid::Uuid;

use super::id;
use super::reading::Reading;
use super::registry;
use super::root::{answer, merged_already, reading, whole};
use super::select::Query;
use super::shape::ShapeRef;

/// A type whose records a resolver can answer with.
pub trait Concept: Send + Sync + 'static {
    /// Its shape.
    const SHAPE: ShapeRef;
}

/// The record with this key, as far as the viewer may see it: read when the library asks for the selection, which in
/// a payload is after the commit.
pub struct One<C> {
    key: Uuid,
    reading: Option<Arc<Reading>>,
    concept: PhantomData<C>,
}

impl<C> One<C> {
    /// The record with this key.
    pub fn new(key: Uuid) -> Self {
        Self { key, reading: None, concept: PhantomData }
    }

    /// The record as somebody sees it who became a viewer only now; none: as the request's own viewer does.
    pub fn seen_by(self, reading: Option<Arc<Reading>>) -> Self {
        Self { reading, ..self }
    }
}

impl<C: Concept> OutputType for One<C> {
    fn type_name() -> Cow<'static, str> {
        C::SHAPE.name.into()
    }

    /// Nullable: it may be gone, or not for this viewer.
    fn qualified_type_name() -> String {
        C::SHAPE.name.to_owned()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        registry::object(registry, C::SHAPE);
        C::SHAPE.name.to_owned()
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<AstField>) -> ServerResult<Value> {
        let reading = match &self.reading {
            Some(own) => own,
            None => reading(ctx, field.pos)?,
        };
        let query = Query(ctx.query_env);
        let Some(picked) = whole(ctx, query, &field.node) else { return Ok(merged_already()) };
        let plan = reading.planner(query).one(&picked, C::SHAPE, self.key).map(Some);
        answer(ctx, reading, field.pos, true, plan).await
    }
}

/// The records with these keys in their order, as far as the viewer may see them, with null for each that is none:
/// read like a [`One`], all in one statement.
pub struct Many<C>(Vec<Option<Uuid>>, PhantomData<C>);

impl<C> Many<C> {
    /// The records with these keys.
    pub fn new(keys: impl IntoIterator<Item = Option<Uuid>>) -> Self {
        Self(keys.into_iter().collect(), PhantomData)
    }
}

impl<C: Concept> OutputType for Many<C> {
    fn type_name() -> Cow<'static, str> {
        format!("[{}]", C::SHAPE.name).into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        registry::object(registry, C::SHAPE);
        format!("[{}]!", C::SHAPE.name)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<AstField>) -> ServerResult<Value> {
        let reading = reading(ctx, field.pos)?;
        let query = Query(ctx.query_env);
        let Some(picked) = whole(ctx, query, &field.node) else { return Ok(merged_already()) };
        let wanted: Vec<_> = self.0.iter().map(|key| key.map(|key| (C::SHAPE, key))).collect();
        let plan = reading.planner(query).picks(&picked, &wanted).map(Some);
        answer(ctx, reading, field.pos, false, plan).await
    }
}

/// The id of a record that is no more.
pub struct Deleted<C>(Uuid, PhantomData<C>);

impl<C> Deleted<C> {
    /// The record that had this key.
    pub fn new(key: Uuid) -> Self {
        Self(key, PhantomData)
    }
}

impl<C: Concept> OutputType for Deleted<C> {
    fn type_name() -> Cow<'static, str> {
        <ID as OutputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <ID as OutputType>::create_type_info(registry)
    }

    async fn resolve(&self, _: &ContextSelectionSet<'_>, _: &Positioned<AstField>) -> ServerResult<Value> {
        Ok(Value::String(id::text(C::SHAPE.prefix.unwrap_or_default(), self.0)))
    }
}
