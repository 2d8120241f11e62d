//! Statements of a plan's nodes. The only file of the engine that knows dialects.
//!
//! The text of a statement depends on the selection alone: keys travel as one array, limits and values are bound, so
//! that the driver's cache of prepared statements works.

use sea_orm::sea_query::{
    Alias, ArrayType, Condition, Expr, ExprTrait, Func, JoinType, Order as Direction, OrderedStatement,
    PostgresQueryBuilder, Query, SelectStatement, SqliteQueryBuilder, Values, extension::postgres::PgFunc,
};
use sea_orm::{DbBackend, Value};
use uuid::Uuid;

use super::cursor::Position;
use super::page::Page;
use super::plan::{Bind, Node, Paged, Tie};
use super::shape::{Moment, Order, Scope, ShapeRef, Sql};
use crate::auth::Viewer;

/// A key of a parent: one UUID, or a pair.
pub type Key = [Uuid; 2];

/// What all statements of a plan depend on.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    /// Who reads.
    pub viewer: &'a Viewer,
    /// The dialect.
    pub backend: DbBackend,
    /// The present.
    pub moment: &'a Moment,
}

impl<'a> Setting<'a> {
    fn scope(&self, shape: ShapeRef, me: &'a str) -> Scope<'a> {
        Scope::new(self.viewer, self.backend, self.moment, shape, me)
    }
}

/// A value of a shape as an expression.
pub fn value(scope: &Scope<'_>, sql: Sql) -> Expr {
    match sql {
        Sql::Own(column) => scope.own(column),
        Sql::Joined(alias, column) => scope.joined(alias, column),
        Sql::Make(_, make) => make(scope),
    }
}

/// A value that may be unknown, with unknown as the smallest: the expression that the order's index is over.
pub fn null_as_smallest(value: Expr, order: &Order, backend: DbBackend) -> Expr {
    Func::coalesce([value, order.kind.smallest(backend)]).into()
}

/// The statement of a node over the keys of its parents.
pub fn statement(setting: Setting<'_>, node: &Node, keys: &[Key]) -> (String, Values) {
    let select = Writer { setting, node }.select(keys);
    match setting.backend {
        DbBackend::Postgres => select.build(PostgresQueryBuilder),
        _ => select.build(SqliteQueryBuilder),
    }
}

struct Writer<'a> {
    setting: Setting<'a>,
    node: &'a Node,
}

impl Writer<'_> {
    fn select(&self, keys: &[Key]) -> SelectStatement {
        match &self.node.bind {
            Bind::Root if self.node.keys_first => self.keys_first(),
            Bind::Root => self.page(self.columns(self.rows())),
            Bind::Keys(keys) => {
                let keys: Vec<Key> = keys.iter().map(|key| [*key, Uuid::nil()]).collect();
                let mut select = self.columns(self.rows());
                select.and_where(self.among(self.node.shape.key, &keys));
                select
            }
            Bind::One(to) => {
                let mut select = Query::select();
                select.column(("t", *to));
                let mut select = self.columns(self.from(select));
                select.and_where(self.among(to, keys));
                select
            }
            Bind::Each(tie) => self.each(*tie, keys),
            Bind::All(to) => self.all(*to, keys),
            Bind::Count => {
                let mut select = self.rows();
                select.expr(Func::count(Expr::cust("*")));
                select
            }
            Bind::CountEach(tie) => {
                let mut count = self.rows();
                count.expr(Func::count(Expr::cust("*")));
                count.and_where(self.tied(*tie));
                let mut select = self.keys(keys, 1);
                select.expr(self.parent(0)).expr(count);
                select
            }
        }
    }

    fn scope(&self) -> Scope<'_> {
        self.setting.scope(self.node.shape, "t")
    }

    /// FROM, joins, access rule, filter: the same for rows and counts.
    fn rows(&self) -> SelectStatement {
        self.from(Query::select())
    }

    fn from(&self, mut select: SelectStatement) -> SelectStatement {
        select.from_as(self.node.shape.table, "t");
        self.join(&mut select);
        self.restrict(&mut select);
        select
    }

    /// The joins that the node's values need, each with its own access rule.
    fn join(&self, select: &mut SelectStatement) {
        for join in self.node.shape.joins.iter().filter(|join| self.node.joins.contains(&join.alias)) {
            let on = Condition::all()
                .add(Expr::col((join.alias, join.to)).equals(("t", join.own)))
                .add((join.access)(self.setting.viewer, join.alias));
            let kind = if join.required { JoinType::InnerJoin } else { JoinType::LeftJoin };
            select.join_as(kind, join.table, join.alias, on);
        }
    }

    /// The access rule and the filter.
    fn restrict(&self, select: &mut SelectStatement) {
        select.cond_where((self.node.shape.access)(self.setting.viewer, "t")).cond_where(self.node.filter.clone());
    }

    /// The row's own key and the selected values.
    fn columns(&self, mut select: SelectStatement) -> SelectStatement {
        select.column(("t", self.node.shape.key));
        for column in &self.node.columns {
            select.expr(value(&self.setting.scope(column.shape, column.alias), column.sql));
        }
        select
    }

    /// The same with names, for statements that are read through another.
    fn named_columns(&self, select: &mut SelectStatement) {
        select.expr_as(Expr::col(("t", self.node.shape.key)), "c0");
        for (i, column) in self.node.columns.iter().enumerate() {
            select.expr_as(
                value(&self.setting.scope(column.shape, column.alias), column.sql),
                Alias::new(format!("c{}", i + 1)),
            );
        }
    }

    /// Rows of the wanted page.
    fn page(&self, mut select: SelectStatement) -> SelectStatement {
        let Some(paged) = &self.node.page else { return select };
        let page = &paged.page;
        if let Some(after) = &page.after {
            select.and_where(self.beyond(page, after, page.descending));
        }
        if let Some(before) = &page.before {
            select.and_where(self.beyond(page, before, !page.descending));
        }
        self.sort(&mut select, page.order, page.descending != page.backwards);
        select.limit(paged.limit());
        select
    }

    fn sort<T: OrderedStatement>(&self, select: &mut T, order: &Order, descending: bool) {
        let direction = if descending { Direction::Desc } else { Direction::Asc };
        select.order_by_expr(self.sort_key(order), direction.clone());
        select.order_by_expr(self.tie_break(order), direction);
    }

    /// The row's key, from the table that the sort key is of: one index has both.
    fn tie_break(&self, order: &Order) -> Expr {
        let shape = self.node.shape;
        let joined = match order.sql {
            Sql::Joined(alias, _) => shape.joins.iter().find(|join| join.alias == alias && join.own == shape.key),
            Sql::Own(_) | Sql::Make(..) => None,
        };
        joined.map_or(Expr::col(("t", shape.key)), |join| Expr::col((join.alias, join.to)))
    }

    /// The sort key, with unknown as the smallest value: the expression that the index is over.
    fn sort_key(&self, order: &Order) -> Expr {
        let key = value(&self.scope(), order.sql);
        if order.null { null_as_smallest(key, order, self.setting.backend) } else { key }
    }

    /// Rows beyond a position, in one range of the index.
    fn beyond(&self, page: &Page, position: &Position, downwards: bool) -> Expr {
        let at = match &position.value {
            Some(value) => Expr::val(value.clone()),
            None => page.order.kind.smallest(self.setting.backend),
        };
        let row = Expr::tuple([self.sort_key(page.order), self.tie_break(page.order)]);
        let position = Expr::tuple([at.clone(), Expr::val(position.key)]);
        let range = if downwards { row.lt(position) } else { row.gt(position) };
        if self.setting.backend == DbBackend::Postgres {
            return range;
        }
        // SQLite makes no range of an index of a row value that begins with an expression; it does of the key alone.
        let key = self.sort_key(page.order);
        range.and(if downwards { key.lte(at) } else { key.gte(at) })
    }

    /// The page, its keys found in a sub-select that names what an index has and nothing else, so that only the rows of
    /// the page are read.
    fn keys_first(&self) -> SelectStatement {
        let mut keys = self.rows();
        keys.column(("t", self.node.shape.key));
        let keys = self.page(keys);
        let key = Expr::col(("t", self.node.shape.key));
        // The sub-select has access rule and filter.
        let mut select = self.columns(Query::select());
        select.from_as(self.node.shape.table, "t");
        self.join(&mut select);
        select.and_where(match self.setting.backend {
            // An array is found first, whatever PostgreSQL thinks of a limit that it does not know yet.
            DbBackend::Postgres => key.eq(PgFunc::any(Expr::cust_with_expr("ARRAY $1", Expr::from(keys)))),
            _ => key.in_subquery(keys),
        });
        if let Some(Paged { page, .. }) = &self.node.page {
            self.sort(&mut select, page.order, page.descending != page.backwards);
        }
        select
    }

    /// A page per parent.
    fn each(&self, tie: Tie, keys: &[Key]) -> SelectStatement {
        if self.setting.backend == DbBackend::Postgres {
            let mut rows = self.rows();
            self.named_columns(&mut rows);
            rows.and_where(self.tied(tie));
            let rows = self.page(rows);
            let mut select = self.keys(keys, 1);
            select.column(("k", "k")).column(("x", sea_orm::sea_query::Asterisk));
            select.join_lateral(JoinType::InnerJoin, rows, "x", Condition::all().add(Expr::cust("TRUE")));
            return select;
        }
        // SQLite has no LATERAL: the keys of a parent's page come from a correlated sub-select that stops at the limit.
        let mut inner = self.rows();
        inner.column(("t", self.node.shape.key)).and_where(self.tied(tie));
        let inner = self.page(inner);
        let mut select = self.keys(keys, 1);
        select.expr(self.parent(0));
        let mut select = self.columns(select);
        // The sub-select has access rule and filter.
        select.join_as(JoinType::CrossJoin, self.node.shape.table, "t", Condition::all());
        self.join(&mut select);
        select.and_where(Expr::col(("t", self.node.shape.key)).in_subquery(inner));
        select.order_by(("k", "key"), Direction::Asc);
        if let Some(Paged { page, .. }) = &self.node.page {
            self.sort(&mut select, page.order, page.descending != page.backwards);
        }
        select
    }

    /// All rows between pairs of parents, newest first.
    fn all(&self, to: [&'static str; 2], keys: &[Key]) -> SelectStatement {
        let shape = self.node.shape;
        let mut select = self.keys(keys, 2);
        select.expr(self.parent(0)).expr(self.parent(1));
        let mut select = self.columns(select);
        let tied = Condition::all()
            .add(Expr::col(("t", to[0])).eq(self.parent(0)))
            .add(Expr::col(("t", to[1])).eq(self.parent(1)));
        select.join_as(JoinType::InnerJoin, shape.table, "t", tied);
        self.join(&mut select);
        self.restrict(&mut select);
        if let Some(order) = shape.list.orders.first() {
            self.sort(&mut select, order, shape.list.newest_first);
        }
        select
    }

    fn tied(&self, tie: Tie) -> Expr {
        tie.holds(&self.scope(), self.node.shape.key, self.parent(0))
    }

    /// The parents' keys as rows `k`.
    fn keys(&self, keys: &[Key], width: usize) -> SelectStatement {
        let mut select = Query::select();
        match (self.setting.backend, width) {
            (DbBackend::Postgres, 1) => {
                select.from_function(Func::cust("unnest").arg(array(keys, 0)), "k");
            }
            (DbBackend::Postgres, _) => {
                let mut pairs = Query::select();
                pairs.expr_as(Func::cust("unnest").arg(array(keys, 0)), "k");
                pairs.expr_as(Func::cust("unnest").arg(array(keys, 1)), "l");
                select.from_subquery(pairs, "k");
            }
            _ => {
                select.from_function(Func::cust("json_each").arg(json(keys, width)), "k");
            }
        }
        select
    }

    /// A parent's key, in a statement over `keys`.
    fn parent(&self, at: usize) -> Expr {
        match (self.setting.backend, &self.node.bind) {
            (DbBackend::Postgres, _) => Expr::col(("k", if at == 0 { "k" } else { "l" })),
            (_, Bind::All(_)) => Expr::cust(if at == 0 {
                "json_extract(\"k\".\"value\", '$[0]')"
            } else {
                "json_extract(\"k\".\"value\", '$[1]')"
            }),
            _ => Expr::col(("k", "value")),
        }
    }

    /// `t.column` is one of the keys.
    fn among(&self, column: &'static str, keys: &[Key]) -> Expr {
        let column = Expr::col(("t", column));
        if self.setting.backend == DbBackend::Postgres {
            return column.eq(PgFunc::any(array(keys, 0)));
        }
        let mut values = Query::select();
        values.column("value").from_function(Func::cust("json_each").arg(json(keys, 1)), "j");
        column.in_subquery(values)
    }
}

fn array(keys: &[Key], at: usize) -> Expr {
    let values = keys.iter().map(|key| Value::from(key[at])).collect();
    Expr::val(Value::Array(ArrayType::Uuid, Some(Box::new(values))))
}

/// The keys as a JSON array of texts, or of pairs.
fn json(keys: &[Key], width: usize) -> Expr {
    let mut out = String::with_capacity(keys.len() * 40 * width + 2);
    let mut buffer = Uuid::encode_buffer();
    out.push('[');
    for (i, key) in keys.iter().enumerate() {
        out.push_str(if i > 0 { "," } else { "" });
        out.push_str(if width > 1 { "[" } else { "" });
        for (j, part) in key.iter().take(width).enumerate() {
            out.push_str(if j > 0 { ",\"" } else { "\"" });
            out.push_str(part.hyphenated().encode_lower(&mut buffer));
            out.push('"');
        }
        out.push_str(if width > 1 { "]" } else { "" });
    }
    out.push(']');
    Expr::val(out)
}
