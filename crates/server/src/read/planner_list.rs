//! Compiles lists: pages of children, of rows found through others, of all rows, with their totals.

use async_graphql::Value;

use super::cursor;
use super::error::Result;
use super::filter;
use super::page::Page;
use super::plan::{Bind, Connection, KeyColumns, Object, PageField, Paged, Parent, Part, Plan, Rows, Side, Tie};
use super::planner::{Place, Planner, json_key};
use super::select::Picked;
use super::shape::{EdgeList, Order, Relation, ShapeRef, Sight, Sql, Through};

/// Which list is wanted.
struct Wanted {
    shape: ShapeRef,
    /// The stem of the connection's and edge's names.
    name: &'static str,
    /// The parent's statement and key column, and how rows belong to it.
    parent: Option<(usize, usize, Tie)>,
    orders: &'static [Order],
    filtered: bool,
    /// What edges list beside their node, and whether ended ones too.
    edge: Option<(&'static EdgeList, bool)>,
}

/// How a page's rows are sorted, for cursors.
#[derive(Clone, Copy)]
struct Sorted {
    order: &'static Order,
    descending: bool,
}

impl<'a> Planner<'a> {
    /// The field answers the connection of all rows of the shape.
    pub fn list(mut self, field: &Picked<'a>, shape: ShapeRef) -> Result<Plan> {
        let orders = shape.list.orders;
        let wanted = Wanted { shape, name: shape.name, parent: None, orders, filtered: true, edge: None };
        let root = self.connection(&wanted, field)?;
        Ok(Plan { nodes: self.nodes, root })
    }

    /// The rows that belong to a parent by its `from`.
    pub(super) fn children(
        &mut self,
        place: Place,
        relation: &'static Relation,
        from: &'static str,
        tie: Tie,
        picked: &Picked<'a>,
    ) -> Result<Part> {
        let shape = relation.shape;
        let key = self.column(place, Sql::Own(from), relation.name)?;
        let parent = Some((place.node, key, tie));
        let filtered = !shape.list.filters.is_empty();
        let wanted = Wanted { shape, name: shape.name, parent, orders: shape.list.orders, filtered, edge: None };
        self.connection(&wanted, picked)
    }

    /// The distinct rows found through others.
    pub(super) fn through(
        &mut self,
        place: Place,
        relation: &'static Relation,
        through: &'static Through,
        picked: &Picked<'a>,
    ) -> Result<Part> {
        let ever = match self.query.argument(picked.field, "scope") {
            Some(Value::Enum(word)) => word == "EVER",
            Some(Value::String(word)) => word == "EVER",
            _ => false,
        };
        let shape = relation.shape;
        let key = self.column(place, Sql::Own(through.from), relation.name)?;
        let wanted = Wanted {
            shape,
            name: through.name,
            parent: Some((place.node, key, Tie::Through(through, ever))),
            orders: through.orders.map_or(shape.list.orders, |(_, orders)| orders),
            filtered: through.filtered,
            edge: Some((&through.edge, ever)),
        };
        self.connection(&wanted, picked)
    }

    fn connection(&mut self, wanted: &Wanted, picked: &Picked<'a>) -> Result<Part> {
        let shape = wanted.shape;
        let page = Page::parse(self.query, picked.field, shape, wanted.orders)?;
        let sorted = Sorted { order: page.order, descending: page.descending };
        let scope = self.scope(shape, "t");
        let forbidden = || format!("{} sorted by {}", wanted.name, page.order.name);
        self.may_read(shape, "t", page.order.sql, Sight::Whole, forbidden)?;
        let argument = if wanted.filtered { self.query.argument(picked.field, "filter") } else { None };
        let filtered = filter::condition(&scope, shape, argument.as_ref(), wanted.filtered)?;

        let level = wanted.parent.map_or(0, |(node, ..)| self.nodes[node].level + 1);
        let (reads, counts) = match wanted.parent {
            None => (Bind::Root, Bind::Count),
            Some((_, _, tie)) => (Bind::Each(tie), Bind::CountEach(tie)),
        };
        let place = self.place(shape, reads, level)?;
        self.tie(place, wanted, &filtered, Some(&page));
        let rows = Rows { node: place.node, key: wanted.parent.map(|(_, key, _)| KeyColumns::One(key)) };

        let mut count = None;
        let (mut look_ahead, mut rows_wanted) = (false, false);
        let mut parts = Vec::new();
        for side in self.query.collect(&picked.sets, &|_| true) {
            let part = match side.name() {
                "__typename" => Side::Typename(format!("{}Connection", wanted.name)),
                "totalCount" => {
                    if count.is_none() {
                        let counted = self.place(shape, counts.clone(), level)?;
                        self.tie(counted, wanted, &filtered, None);
                        count = Some(Rows { node: counted.node, ..rows });
                    }
                    Side::Total
                }
                "nodes" => Side::Nodes(self.object(place, &side.sets)?),
                "edges" => Side::Edges(self.edge(place, wanted, sorted, &side)?),
                _ => Side::PageInfo(self.page_info(place, sorted, &side)?),
            };
            look_ahead |=
                matches!(&part, Side::PageInfo(fields) if fields.iter().any(|(_, field)| field.looks_ahead()));
            rows_wanted |= !matches!(part, Side::Total | Side::Typename(_));
            parts.push((json_key(side.key()), part));
        }
        let size = usize::try_from(page.size).unwrap_or(usize::MAX);
        let (backwards, bounded) = (page.backwards, (page.after.is_some(), page.before.is_some()));
        self.nodes[place.node].page = Some(Paged { page, look_ahead, rows: rows_wanted });
        Ok(Part::Connection(Box::new(Connection { rows, size, backwards, bounded, count, parts })))
    }

    /// Gives a statement of the list its parent, its filter and the joins that they and the order need.
    fn tie(&mut self, place: Place, wanted: &Wanted, filtered: &filter::Filtered, page: Option<&Page>) {
        let node = &mut self.nodes[place.node];
        if let Some((parent, key, _)) = wanted.parent {
            node.parents.push(Parent { node: parent, key: KeyColumns::One(key), tag: None });
        }
        node.filter = filtered.condition.clone();
        node.keys_first = filtered.searches;
        for alias in &filtered.joins {
            node.join(alias);
        }
        if let Some(Page { order: Order { sql: Sql::Joined(alias, _), .. }, .. }) = page {
            node.join(alias);
        }
    }

    fn edge(&mut self, place: Place, wanted: &Wanted, sorted: Sorted, edges: &Picked<'a>) -> Result<Object> {
        let mut parts = Vec::new();
        for picked in self.query.collect(&edges.sets, &|_| true) {
            let part = match (picked.name(), wanted.edge) {
                ("__typename", _) => Part::Typename(format!("{}Edge", wanted.name)),
                ("cursor", _) => self.cursor(place, sorted)?,
                ("node", _) => Part::Inline { present: Vec::new(), object: self.object(place, &picked.sets)? },
                (_, Some((list, ever))) => self.edge_list(place, list, ever, &picked)?,
                (_, None) => Part::Null,
            };
            parts.push((json_key(picked.key()), part));
        }
        Ok(Object { parts })
    }

    /// The rows between the parent (column 0 of the row) and the node (its own key).
    fn edge_list(&mut self, place: Place, list: &'static EdgeList, ever: bool, picked: &Picked<'a>) -> Result<Part> {
        let own = self.column(place, Sql::Own(place.shape.key), list.name)?;
        let key = KeyColumns::Pair(0, own);
        let level = self.nodes[place.node].level + 1;
        let inner = self.place(list.shape, Bind::All(list.to), level)?;
        if !ever {
            self.nodes[inner.node].filter = (list.current)(&self.scope(list.shape, "t"));
        }
        self.nodes[inner.node].parents.push(Parent { node: place.node, key, tag: None });
        let object = self.object(inner, &picked.sets)?;
        Ok(Part::List { rows: Rows { node: inner.node, key: Some(key) }, object })
    }

    fn page_info(&mut self, place: Place, sorted: Sorted, picked: &Picked<'a>) -> Result<Vec<(String, PageField)>> {
        let fields = self.query.collect(&picked.sets, &|_| true);
        let field = |planner: &mut Self, name: &str| -> Result<PageField> {
            Ok(match name {
                "hasNextPage" => PageField::HasNext,
                "hasPreviousPage" => PageField::HasPrevious,
                "startCursor" => PageField::Start(planner.cursor(place, sorted)?),
                "endCursor" => PageField::End(planner.cursor(place, sorted)?),
                _ => PageField::Typename,
            })
        };
        fields.iter().map(|picked| Ok((json_key(picked.key()), field(self, picked.name())?))).collect()
    }

    fn cursor(&mut self, place: Place, sorted: Sorted) -> Result<Part> {
        let column = self.column(place, sorted.order.sql, "cursor")?;
        let tag = cursor::order_tag(place.shape, sorted.order, sorted.descending);
        Ok(Part::Cursor { tag, column, kind: sorted.order.kind })
    }
}
