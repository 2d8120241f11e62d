//! What the engine knows about a concept: its GraphQL type and where each part is read from, as plain `static` data.

use chrono::NaiveDate;
use sea_orm::sea_query::{Condition, Expr, SelectStatement};

use super::kind::{Kind, Vocabulary};
pub use super::scope::{ColumnRule, Columns, Moment, Scope, Seen, Sight};
use crate::auth::Viewer;

/// Shapes refer to each other, so all of them are statics.
pub type ShapeRef = &'static Shape;

/// One GraphQL object type and the rows behind it.
pub struct Shape {
    /// The GraphQL type.
    pub name: &'static str,
    /// Its description.
    pub about: &'static str,
    /// The table of its rows; statements call it `t`.
    pub table: &'static str,
    /// The column that names a row: a UUID, unique.
    pub key: &'static str,
    /// The prefix of its ids where it is a `Node`.
    pub prefix: Option<&'static str>,
    /// The unions it belongs to.
    pub unions: &'static [&'static str],
    /// Which rows of the table (under this alias) the viewer may see. Part of every statement.
    pub access: fn(&Viewer, &str) -> Condition,
    /// What the viewer reads of a column of such a row. Whoever may not read the key may not read the type.
    pub columns: ColumnRule,
    /// Tables with columns that fields, orders or filters use.
    pub joins: &'static [Join],
    /// What is read from the row itself.
    pub fields: &'static [Field],
    /// What hangs on the row.
    pub relations: &'static [Relation],
    /// How lists of it are sorted and filtered.
    pub list: List,
}

impl Shape {
    /// Whether a fragment on this type, interface or union applies.
    pub fn is(&self, condition: &str) -> bool {
        self.name == condition || (condition == "Node" && self.prefix.is_some()) || self.unions.contains(&condition)
    }
}

/// Where a value is read from.
#[derive(Clone, Copy)]
pub enum Sql {
    /// A column of the shape's own table.
    Own(&'static str),
    /// A column of one of the shape's joins: alias, column.
    Joined(&'static str, &'static str),
    /// An expression; the name tells it from others of the shape.
    Make(&'static str, fn(&Scope<'_>) -> Expr),
}

impl Sql {
    /// Whether two values of one shape are the same.
    pub fn same(self, other: Self) -> bool {
        match (self, other) {
            (Self::Own(a), Self::Own(b)) | (Self::Make(a, _), Self::Make(b, _)) => a == b,
            (Self::Joined(x, a), Self::Joined(y, b)) => x == y && a == b,
            _ => false,
        }
    }
}

/// A table joined to the shape's own when one of its columns is used: `own = alias.to`.
pub struct Join {
    /// What statements call it.
    pub alias: &'static str,
    /// The table.
    pub table: &'static str,
    /// The column of the shape's own table.
    pub own: &'static str,
    /// The column of the joined table: unique, so that a join never multiplies rows.
    pub to: &'static str,
    /// Every row has its partner, by the database; an inner join can be driven from either side.
    pub required: bool,
    /// Which rows of the joined table the viewer may see.
    pub access: fn(&Viewer, &str) -> Condition,
    /// What the viewer reads of its columns.
    pub columns: ColumnRule,
}

/// A leaf of the type.
pub struct Field {
    /// The GraphQL field.
    pub name: &'static str,
    /// Its description.
    pub about: &'static str,
    /// Its scalar, and how the column becomes it.
    pub kind: Kind,
    /// Whether it may be null.
    pub null: bool,
    /// Where it is read from.
    pub source: Source,
}

/// Where a field's value comes from.
#[derive(Clone, Copy)]
pub enum Source {
    /// A column or an expression.
    Sql(Sql),
    /// A whole number computed from calendar days of the row and the present.
    Days(&'static [&'static str], fn(&[Option<NaiveDate>], &Moment) -> Option<i64>),
}

/// A field that always has a value, read from a column.
pub const fn required(name: &'static str, column: &'static str, kind: Kind, about: &'static str) -> Field {
    Field { name, about, kind, null: false, source: Source::Sql(Sql::Own(column)) }
}

/// A field that may be unknown, read from a column.
pub const fn optional(name: &'static str, column: &'static str, kind: Kind, about: &'static str) -> Field {
    Field { name, about, kind, null: true, source: Source::Sql(Sql::Own(column)) }
}

/// A field that always has a value, made by an expression.
pub const fn made(name: &'static str, kind: Kind, make: fn(&Scope<'_>) -> Expr, about: &'static str) -> Field {
    Field { name, about, kind, null: false, source: Source::Sql(Sql::Make(name, make)) }
}

impl Field {
    /// The same field, that may be null.
    pub const fn or_null(mut self) -> Self {
        self.null = true;
        self
    }
}

/// What hangs on a row: other rows, or some of its own columns as an object.
pub struct Relation {
    /// The GraphQL field.
    pub name: &'static str,
    /// Its description.
    pub about: &'static str,
    /// The type it leads to. For a union: the first member.
    pub shape: ShapeRef,
    /// How its rows are found.
    pub link: Link,
}

/// How the rows of a relation are found.
#[allow(missing_docs, reason = "the variants say what their fields are")]
pub enum Link {
    /// An object made of columns of the same statement: the join with this alias, or `t` for the row itself.
    /// It is null when all of `present` (columns of the inner shape) are; an empty list means always there.
    Inline { alias: &'static str, present: &'static [&'static str] },
    /// The row whose `to` equals this row's `from`.
    One { from: &'static str, to: &'static str, required: bool },
    /// The row that `from` points to, of the member that the word in `tag` names.
    Union {
        name: &'static str,
        about: &'static str,
        tag: &'static str,
        from: &'static str,
        members: &'static [(&'static str, ShapeRef)],
    },
    /// All rows whose `to` equals this row's `from`, as a connection.
    Many { from: &'static str, to: &'static str },
    /// All rows whose keys are found through a link table, as a connection.
    ManyBy { from: &'static str, keys: fn(&Scope<'_>, Expr) -> SelectStatement },
    /// Rows found through others, as a connection whose edges say how.
    Through(&'static Through),
}

/// A connection of distinct rows found through other rows: a patient's doctors through assignments and visits.
pub struct Through {
    /// The stem of the connection's and edge's names.
    pub name: &'static str,
    /// The column of the parent.
    pub from: &'static str,
    /// The keys of the rows that belong to a parent; the flag is `scope: EVER`.
    pub keys: fn(&Scope<'_>, Expr, bool) -> SelectStatement,
    /// What each edge lists beside its node.
    pub edge: EdgeList,
    /// Orders of the connection, where they differ from the shape's.
    pub orders: Option<(&'static str, &'static [Order])>,
    /// Whether the list takes the shape's filter.
    pub filtered: bool,
}

/// The rows between a parent and a node of a [`Through`] connection.
pub struct EdgeList {
    /// The GraphQL field of the edge.
    pub name: &'static str,
    /// Its description.
    pub about: &'static str,
    /// The type of the rows.
    pub shape: ShapeRef,
    /// The columns that point to the parent and to the node.
    pub to: [&'static str; 2],
    /// What `scope: CURRENT` leaves of them.
    pub current: fn(&Scope<'_>) -> Condition,
}

/// Exactly one row, by a reference that the database guarantees.
pub const fn one(
    name: &'static str,
    shape: ShapeRef,
    from: &'static str,
    to: &'static str,
    about: &'static str,
) -> Relation {
    Relation { name, about, shape, link: Link::One { from, to, required: true } }
}

/// One row or none.
pub const fn maybe_one(
    name: &'static str,
    shape: ShapeRef,
    from: &'static str,
    to: &'static str,
    about: &'static str,
) -> Relation {
    Relation { name, about, shape, link: Link::One { from, to, required: false } }
}

/// Any number of rows, as a connection.
pub const fn many(
    name: &'static str,
    shape: ShapeRef,
    from: &'static str,
    to: &'static str,
    about: &'static str,
) -> Relation {
    Relation { name, about, shape, link: Link::Many { from, to } }
}

/// Rows found through others, as a connection.
pub const fn through(name: &'static str, shape: ShapeRef, through: &'static Through, about: &'static str) -> Relation {
    Relation { name, about, shape, link: Link::Through(through) }
}

/// How lists of a shape are sorted and filtered.
pub struct List {
    /// The stem of `<stem>Filter` and `<stem>Order`.
    pub stem: &'static str,
    /// The first is the default.
    pub orders: &'static [Order],
    /// Whether the default order is descending.
    pub newest_first: bool,
    /// Optional arguments of the filter.
    pub filters: &'static [Filter],
    /// Rows left out unless asked for.
    pub unless_asked: Option<LeaveOut>,
}

/// Rows that lists leave out unless they are asked for.
pub struct LeaveOut {
    /// The filter that asks for them, whatever it says.
    pub unless: &'static str,
    /// The rows that stay.
    pub keep: fn(&Scope<'_>) -> Condition,
}

/// For shapes that are never listed.
pub const UNLISTED: List = List { stem: "", orders: &[], newest_first: false, filters: &[], unless_asked: None };

/// A total order: the sort key, then the shape's key. Both run the same way; unknown counts as the smallest value, so
/// one index (sort key, key) serves both directions, forwards and backwards.
pub struct Order {
    /// The value of `<stem>OrderField`.
    pub name: &'static str,
    /// Its description.
    pub about: &'static str,
    /// The sort key.
    pub sql: Sql,
    /// How it is compared and written into cursors.
    pub kind: Kind,
    /// Whether it may be unknown.
    pub null: bool,
}

/// An order by a value that is always known.
pub const fn order(name: &'static str, sql: Sql, kind: Kind, about: &'static str) -> Order {
    Order { name, about, sql, kind, null: false }
}

impl Order {
    /// The same order, by a value that may be unknown.
    pub const fn or_unknown(mut self) -> Self {
        self.null = true;
        self
    }
}

/// An optional condition of a list.
pub struct Filter {
    /// The field of `<stem>Filter`.
    pub name: &'static str,
    /// Its description.
    pub about: &'static str,
    /// What it looks at.
    pub on: Target,
    /// What it can be asked.
    pub operators: Operators,
}

/// What a filter looks at.
#[derive(Clone, Copy)]
pub enum Target {
    /// A value of the row.
    Row(Sql),
    /// Related rows, selected by what they have in common with this column: a column (alias, name) of at least one must
    /// satisfy the condition.
    Related(&'static str, fn(&Scope<'_>) -> SelectStatement, (&'static str, &'static str)),
}

/// A filter on a value of the row.
pub const fn filter(name: &'static str, sql: Sql, operators: Operators, about: &'static str) -> Filter {
    Filter { name, about, on: Target::Row(sql), operators }
}

/// A filter on related rows.
pub const fn related_filter(
    name: &'static str,
    own: &'static str,
    rows: fn(&Scope<'_>) -> SelectStatement,
    column: (&'static str, &'static str),
    operators: Operators,
    about: &'static str,
) -> Filter {
    Filter { name, about, on: Target::Related(own, rows, column), operators }
}

/// The input type of a filter, which says what can be asked.
#[derive(Clone, Copy)]
pub enum Operators {
    /// `IDFilter` over ids with this prefix.
    Id(&'static str),
    /// `StringFilter`: exact.
    Exact,
    /// `TextFilter` over the folded form of a text.
    Folded,
    /// `TextFilter` over a text with A to Z in lower case.
    Lower,
    /// `IntFilter`.
    Int,
    /// `DateTimeFilter`.
    Instant,
    /// `DateFilter`.
    Day,
    /// `BooleanFilter`.
    Flag,
    /// A text whose words must all occur in the row's folded one.
    Search,
    /// `<name>Filter` over a vocabulary.
    Word(&'static Vocabulary),
}
