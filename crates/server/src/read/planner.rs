//! Compiles a selection over a shape into a [`Plan`].

use std::sync::Arc;

use async_graphql::parser::types::SelectionSet;
use sea_orm::DbBackend;
use sea_orm::sea_query::{Condition, ExprTrait};
use uuid::Uuid;

use super::error::{ReadError, Result};
use super::plan::{Bind, Column, KeyColumns, Node, Object, Parent, Part, Plan, Rows, Tie};
use super::select::{Picked, Query};
use super::shape::{Link, Moment, Relation, Scope, ShapeRef, Sight, Source, Sql};
use super::sql::value;
use crate::auth::Viewer;

/// Compiles one root field. Lists are compiled in `planner_list`.
pub struct Planner<'a> {
    pub(super) query: Query<'a>,
    viewer: &'a Viewer,
    backend: DbBackend,
    moment: &'a Moment,
    pub(super) nodes: Vec<Node>,
}

/// Where fields are being collected: a node, the shape, and the alias of its table there.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) node: usize,
    pub(super) shape: ShapeRef,
    pub(super) alias: &'static str,
}

impl<'a> Planner<'a> {
    /// A planner for one root field of this operation.
    pub fn new(query: Query<'a>, viewer: &'a Viewer, backend: DbBackend, moment: &'a Moment) -> Self {
        Self { query, viewer, backend, moment, nodes: Vec::new() }
    }

    /// The field answers the row with this key, or null.
    pub fn one(mut self, field: &Picked<'a>, shape: ShapeRef, key: Uuid) -> Result<Plan> {
        let place = self.place(shape, Bind::Keys(vec![key]), 0)?;
        let object = Arc::new(self.object(place, &field.sets)?);
        Ok(Plan { nodes: self.nodes, root: Part::Pick { node: place.node, key, object } })
    }

    /// The field answers the row whose `column`, which is unique, has this value, or null.
    pub fn one_by(mut self, field: &Picked<'a>, shape: ShapeRef, column: &'static str, value: String) -> Result<Plan> {
        let place = self.place(shape, Bind::Root, 0)?;
        self.nodes[place.node].filter = Condition::all().add(self.scope(shape, "t").own(column).eq(value));
        let object = self.object(place, &field.sets)?;
        let rows = Rows { node: place.node, key: None };
        Ok(Plan { nodes: self.nodes, root: Part::One { rows, object, required: false } })
    }

    /// The field answers a list of rows of any shape by key, with null where there is none.
    pub fn picks(mut self, field: &Picked<'a>, wanted: &[Option<(ShapeRef, Uuid)>]) -> Result<Plan> {
        let mut shapes: Vec<(ShapeRef, usize, Arc<Object>)> = Vec::new();
        let mut parts = Vec::with_capacity(wanted.len());
        for want in wanted {
            let Some((shape, key)) = *want else {
                parts.push(Part::Null);
                continue;
            };
            let known = shapes.iter().position(|(s, ..)| std::ptr::eq(*s, shape));
            let at = match known {
                Some(at) => at,
                None => {
                    let place = self.place(shape, Bind::Keys(Vec::new()), 0)?;
                    let object = Arc::new(self.object(place, &field.sets)?);
                    shapes.push((shape, place.node, object));
                    shapes.len() - 1
                }
            };
            let (_, node, object) = &shapes[at];
            if let Bind::Keys(keys) = &mut self.nodes[*node].bind
                && !keys.contains(&key)
            {
                keys.push(key);
            }
            parts.push(Part::Pick { node: *node, key, object: object.clone() });
        }
        Ok(Plan { nodes: self.nodes, root: Part::Sequence(parts) })
    }

    pub(super) fn scope(&self, shape: ShapeRef, me: &'a str) -> Scope<'a> {
        Scope::new(self.viewer, self.backend, self.moment, shape, me)
    }

    /// A new statement over a shape's own table.
    ///
    /// # Errors
    /// When the viewer's role never has the type.
    pub(super) fn place(&mut self, shape: ShapeRef, bind: Bind, level: usize) -> Result<Place> {
        self.may_read(shape, "t", Sql::Own(shape.key), Sight::SomeRows, || shape.name.to_owned())?;
        self.nodes.push(Node {
            shape,
            bind,
            level,
            parents: Vec::new(),
            columns: Vec::new(),
            joins: Vec::new(),
            filter: Condition::all(),
            keys_first: false,
            page: None,
        });
        Ok(Place { node: self.nodes.len() - 1, shape, alias: "t" })
    }

    /// Refuses a value of which the viewer sees less than allowed.
    pub(super) fn may_read(
        &self,
        shape: ShapeRef,
        alias: &'static str,
        sql: Sql,
        allowed: Sight,
        what: impl FnOnce() -> String,
    ) -> Result<()> {
        let scope = self.scope(shape, alias);
        value(&scope, sql);
        if scope.sight() > allowed { Err(ReadError::Forbidden(what())) } else { Ok(()) }
    }

    /// The ordinal of a value, for the field of this name, in the rows of its statement: after the parent's key and the
    /// row's own key.
    ///
    /// # Errors
    /// When the viewer's role never has the value.
    pub(super) fn column(&mut self, place: Place, sql: Sql, field: &str) -> Result<usize> {
        let what = || format!("{}.{field}", place.shape.name);
        self.may_read(place.shape, place.alias, sql, Sight::SomeRows, what)?;
        let node = &mut self.nodes[place.node];
        let alias = match sql {
            Sql::Joined(alias, _) => alias,
            Sql::Own(_) | Sql::Make(..) => place.alias,
        };
        node.join(alias);
        let offset = node.bind.keys() + 1;
        if matches!(sql, Sql::Own(column) if column == node.shape.key) && alias == "t" {
            return Ok(offset - 1);
        }
        let found = node.columns.iter().position(|c| c.alias == alias && c.sql.same(sql));
        let at = found.unwrap_or_else(|| {
            node.columns.push(Column { sql, shape: place.shape, alias });
            node.columns.len() - 1
        });
        Ok(offset + at)
    }

    pub(super) fn object(&mut self, place: Place, sets: &[&'a SelectionSet]) -> Result<Object> {
        let mut parts = Vec::new();
        for picked in self.query.collect(sets, &|condition| place.shape.is(condition)) {
            let part = self.part(place, &picked)?;
            parts.push((json_key(picked.key()), part));
        }
        Ok(Object { parts })
    }

    fn part(&mut self, place: Place, picked: &Picked<'a>) -> Result<Part> {
        let name = picked.name();
        if name == "__typename" {
            return Ok(Part::Typename(place.shape.name.to_owned()));
        }
        if let Some(field) = place.shape.fields.iter().find(|f| f.name == name) {
            return Ok(match field.source {
                Source::Sql(sql) => {
                    Part::Scalar { column: self.column(place, sql, name)?, kind: field.kind, null: field.null }
                }
                Source::Days(columns, value) => {
                    let columns =
                        columns.iter().map(|c| self.column(place, Sql::Own(c), name)).collect::<Result<_>>()?;
                    Part::Days { columns, value }
                }
            });
        }
        match place.shape.relations.iter().find(|r| r.name == name) {
            Some(relation) => self.relation(place, relation, picked),
            None => Err(ReadError::Internal(format!("{}.{name} has no source", place.shape.name))),
        }
    }

    fn relation(&mut self, place: Place, relation: &'static Relation, picked: &Picked<'a>) -> Result<Part> {
        match relation.link {
            Link::Inline { alias, present } => {
                let inner = Place { node: place.node, shape: relation.shape, alias };
                self.nodes[place.node].join(alias);
                let present = present.iter().map(|column| self.column(inner, Sql::Own(column), column));
                let present = present.collect::<Result<_>>()?;
                Ok(Part::Inline { present, object: self.object(inner, &picked.sets)? })
            }
            Link::One { from, to, required } => {
                let (rows, inner) = self.reference(place, (relation.name, from), None, relation.shape, to)?;
                Ok(Part::One { rows, object: self.object(inner, &picked.sets)?, required })
            }
            Link::Union { tag, from, members, .. } => {
                let tag = self.column(place, Sql::Own(tag), relation.name)?;
                let mut out = Vec::with_capacity(members.len());
                for (word, shape) in members {
                    let (rows, inner) =
                        self.reference(place, (relation.name, from), Some((tag, *word)), shape, shape.key)?;
                    out.push((*word, rows, self.object(inner, &picked.sets)?));
                }
                Ok(Part::Union { tag, members: out })
            }
            Link::Many { from, to } => self.children(place, relation, from, Tie::Column(to), picked),
            Link::ManyBy { from, keys } => self.children(place, relation, from, Tie::By(keys), picked),
            Link::Through(through) => self.through(place, relation, through, picked),
        }
    }

    /// A to-one reference. All references of one level to one shape share a statement over the distinct keys.
    fn reference(
        &mut self,
        place: Place,
        (name, from): (&'static str, &'static str),
        tag: Option<(usize, &'static str)>,
        shape: ShapeRef,
        to: &'static str,
    ) -> Result<(Rows, Place)> {
        let key = KeyColumns::One(self.column(place, Sql::Own(from), name)?);
        let level = self.nodes[place.node].level + 1;
        let shared = self.nodes.iter().position(|n| n.level == level && n.refers(to) && std::ptr::eq(n.shape, shape));
        let inner = match shared {
            Some(node) => Place { node, shape, alias: "t" },
            None => self.place(shape, Bind::One(to), level)?,
        };
        self.nodes[inner.node].parents.push(Parent { node: place.node, key, tag });
        Ok((Rows { node: inner.node, key: Some(key) }, inner))
    }
}

impl Node {
    /// Whether it reads rows that others refer to by this column.
    fn refers(&self, by: &str) -> bool {
        matches!(self.bind, Bind::One(to) if to == by)
    }
    /// The statement needs this join of the shape.
    pub(super) fn join(&mut self, alias: &'static str) {
        if alias != "t" && !self.joins.contains(&alias) {
            self.joins.push(alias);
        }
    }
}

/// The key of an answer as it is written; a GraphQL name needs no escaping.
pub(super) fn json_key(key: &str) -> String {
    format!("\"{key}\":")
}
