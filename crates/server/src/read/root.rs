//! Where the engine meets the library: root fields that are nothing but reads, and how a field of the library's is
//! answered by a plan.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::sync::Arc;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::Field as AstField;
use async_graphql::registry::{MetaField, Registry};
use async_graphql::{
    ContainerType, Context, ContextBase, ContextSelectionSet, Name, ObjectType, OutputType, PathSegment, Pos,
    Positioned, QueryPathSegment, ServerError, ServerResult, Value, resolver_utils,
};
use uuid::Uuid;

use super::error::{ReadError, Result, bad_input};
use super::id;
use super::page::MOST;
use super::plan::Plan;
use super::planner::Planner;
use super::reading::Reading;
use super::registry::{self, field, input, inputs};
use super::registry_list::connection_field;
use super::select::{Picked, Query};
use super::shape::ShapeRef;
use super::write::Hole;

/// A root field that is nothing but a read.
pub struct RootField {
    /// The GraphQL field.
    pub name: &'static str,
    /// Its description.
    pub about: &'static str,
    /// What it reads.
    pub reads: RootRead,
}

/// What a root field reads.
pub enum RootRead {
    /// `field(first, after, …)`: all rows.
    List(ShapeRef),
    /// `field(id: ID!)`.
    ById(ShapeRef),
    /// `field(id: ID, <name>: String)`: exactly one of them; the second is a unique column.
    ByIdOr(ShapeRef, &'static str, &'static str),
    /// `node(id: ID!)`.
    Node,
    /// `nodes(ids: [ID!]!)`.
    Nodes,
}

/// The root fields of an API.
pub trait Roots: Send + Sync + 'static {
    /// Its root fields.
    fn fields() -> impl Iterator<Item = &'static RootField>;
    /// The shapes that are a `Node`.
    fn nodes() -> &'static [ShapeRef];
}

/// All root fields of `R`, as an object to merge with others.
pub struct Reads<R>(PhantomData<R>);

impl<R> Default for Reads<R> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<R: Roots> Reads<R> {
    fn plan<'a>(root: &RootField, planner: Planner<'a>, query: Query<'a>, picked: &Picked<'a>) -> Result<Option<Plan>> {
        let ast = picked.field;
        let text = |name: &str| match query.argument(ast, name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        let by_id = |shape: ShapeRef| Some((shape, id::parse(shape.prefix?, &text("id")?)?));
        let one = |planner: Planner<'a>, found: Option<(ShapeRef, Uuid)>| match found {
            Some((shape, key)) => planner.one(picked, shape, key).map(Some),
            None => Ok(None),
        };
        match root.reads {
            RootRead::List(shape) => planner.list(picked, shape).map(Some),
            RootRead::ById(shape) => one(planner, by_id(shape)),
            RootRead::ByIdOr(shape, name, column) => match (text("id"), text(name)) {
                (Some(_), None) => one(planner, by_id(shape)),
                // No row has a NUL, and PostgreSQL takes none.
                (None, Some(value)) if value.contains('\0') => Ok(None),
                (None, Some(value)) => planner.one_by(picked, shape, column, value).map(Some),
                _ => bad_input(format!("Give `id` or `{name}`: exactly one of them.")),
            },
            RootRead::Node => one(planner, text("id").and_then(|id| find(R::nodes(), &id))),
            RootRead::Nodes => {
                let Some(Value::List(ids)) = query.argument(ast, "ids") else {
                    return bad_input("`ids` takes a list of ids.");
                };
                if u64::try_from(ids.len()).unwrap_or(u64::MAX) > MOST {
                    return bad_input(format!("`ids` takes at most {MOST} ids."));
                }
                let wanted: Vec<_> = ids.iter().map(|id| find(R::nodes(), text_of(id)?)).collect();
                planner.picks(picked, &wanted).map(Some)
            }
        }
    }
}

fn text_of(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// The row that an id of any of these shapes names.
fn find(shapes: &[ShapeRef], text: &str) -> Option<(ShapeRef, Uuid)> {
    let prefix = id::prefix(text)?;
    let shape = shapes.iter().find(|shape| shape.prefix == Some(prefix))?;
    Some((shape, id::parse(prefix, text)?))
}

impl<R: Roots> OutputType for Reads<R> {
    fn type_name() -> Cow<'static, str> {
        "Reads".into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        registry::node_interface(registry, R::nodes());
        let fields = R::fields().map(|root| declared(registry, root)).collect();
        registry::put_object(registry, "Reads", "Everything that can be read.", fields);
        "Reads!".to_owned()
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, _: &Positioned<AstField>) -> ServerResult<Value> {
        resolver_utils::resolve_container(ctx, self).await
    }
}

fn declared(registry: &mut Registry, root: &RootField) -> MetaField {
    let by_id = |ty| input("id", "The id of the record.", ty);
    let (ty, arguments) = match root.reads {
        RootRead::List(shape) => {
            registry::object(registry, shape);
            return connection_field(registry, root.name, root.about, shape);
        }
        RootRead::ById(shape) => (shape.name, vec![by_id("ID!")]),
        RootRead::ByIdOr(shape, name, _) => {
            (shape.name, vec![by_id("ID"), input(name, "The unique name of the record.", "String")])
        }
        RootRead::Node => ("Node", vec![by_id("ID!")]),
        RootRead::Nodes => ("[Node]!", vec![input("ids", &format!("At most {MOST} ids."), "[ID!]!")]),
    };
    let mut field = field(root.name, root.about, ty.to_owned());
    field.args = inputs(arguments);
    field
}

impl<R: Roots> ContainerType for Reads<R> {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        let ast = &ctx.item.node;
        let Some(field) = R::fields().find(|f| f.name == ast.name.node.as_str()) else {
            return Ok(None);
        };
        let reading = reading(ctx, ctx.item.pos)?;
        let query = Query(ctx.query_env);
        let nullable = !matches!(field.reads, RootRead::List(_) | RootRead::Nodes);
        let Some(picked) = whole(ctx, query, ast) else { return Ok(Some(merged_already())) };
        let plan = Self::plan(field, reading.planner(query), query, &picked);
        answer(ctx, reading, ctx.item.pos, nullable, plan).await.map(Some)
    }
}

impl<R: Roots> ObjectType for Reads<R> {}

/// The field with all its occurrences, if it is the first of them.
pub(super) fn whole<'a, T>(ctx: &ContextBase<'a, T>, query: Query<'a>, field: &AstField) -> Option<Picked<'a>> {
    let path = path(ctx);
    let names: Vec<&str> = path
        .iter()
        .filter_map(|segment| match segment {
            PathSegment::Field(name) => Some(name.as_str()),
            PathSegment::Index(_) => None,
        })
        .collect();
    query.whole(&names, field)
}

/// What a later occurrence of a field answers: an object that adds nothing to the first one's.
pub(super) fn merged_already() -> Value {
    Value::Object(IndexMap::new())
}

pub(super) fn reading<'a, T>(ctx: &ContextBase<'a, T>, pos: Pos) -> ServerResult<&'a Arc<Reading>> {
    ctx.data_opt::<Arc<Reading>>().ok_or_else(|| ReadError::NoViewer.located(pos, path(ctx)))
}

/// Reads a plan's answer. An error of a nullable field is reported and the field is null; of another it is its
/// parent's.
pub(super) async fn answer<T>(
    ctx: &ContextBase<'_, T>,
    reading: &Reading,
    pos: Pos,
    nullable: bool,
    plan: Result<Option<Plan>>,
) -> ServerResult<Value> {
    let read = match plan {
        Ok(None) => return Ok(Value::Null),
        Ok(Some(plan)) => reading.read(&plan).await,
        Err(error) => Err(error),
    };
    let failed = match read {
        Ok(answer) => {
            let mut holes: Vec<_> = answer.holes.iter().map(|hole| located(ctx, pos, hole)).collect();
            // The last hole is the root's own, where the root failed: it is reported once, by whom it ends.
            let root = if answer.failed { holes.pop() } else { None };
            for hole in holes {
                ctx.add_error(hole);
            }
            match root {
                None => return Ok(raw(answer.json)),
                Some(error) => error,
            }
        }
        Err(error) => error.located(pos, path(ctx)),
    };
    if nullable {
        ctx.add_error(failed);
        return Ok(Value::Null);
    }
    Err(failed)
}

/// A hole as an error with its place. Its text is for the log: the response masks it.
fn located<T>(ctx: &ContextBase<'_, T>, pos: Pos, hole: &Hole) -> ServerError {
    let path = path(ctx).into_iter().chain(hole.path()).collect();
    ReadError::Internal(hole.why.clone()).located(pos, path)
}

/// Where the field stands in the answer.
fn path<T>(ctx: &ContextBase<'_, T>) -> Vec<PathSegment> {
    let mut path = Vec::new();
    let mut at = ctx.path_node;
    while let Some(node) = at {
        path.push(match node.segment {
            QueryPathSegment::Name(name) => PathSegment::Field(name.to_owned()),
            QueryPathSegment::Index(index) => PathSegment::Index(index),
        });
        at = node.parent.copied();
    }
    path.reverse();
    path
}

/// JSON that goes into the response as it is.
fn raw(json: Vec<u8>) -> Value {
    let text = String::from_utf8(json).unwrap_or_else(|_| "null".to_owned());
    Value::Object(IndexMap::from([(Name::new(async_graphql_value::RAW_VALUE_TOKEN), Value::String(text))]))
}

/// The JSON in a value that a plan answered.
pub fn raw_json(value: &Value) -> Option<&str> {
    match value {
        Value::Object(map) if map.len() == 1 => match map.get(async_graphql_value::RAW_VALUE_TOKEN) {
            Some(Value::String(json)) => Some(json),
            _ => None,
        },
        _ => None,
    }
}
