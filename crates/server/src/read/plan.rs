//! The plan of a read: a tree of nodes, one statement each, and the program that writes the answer from their rows.

use std::sync::Arc;

use chrono::NaiveDate;
use sea_orm::sea_query::{Condition, Expr, SelectStatement};
use uuid::Uuid;

use super::kind::Kind;
use super::page::Page;
use super::shape::{Moment, Scope, ShapeRef, Sql, Through};

/// Everything a root field needs: statements and the shape of the answer.
pub struct Plan {
    /// One statement each; parents come before children by level.
    pub nodes: Vec<Node>,
    /// The answer.
    pub root: Part,
}

/// One statement.
pub struct Node {
    /// Whose rows.
    pub shape: ShapeRef,
    /// How they are tied to what was read before.
    pub bind: Bind,
    /// How many statements come before it at least.
    pub level: usize,
    /// Where its keys come from; empty for roots.
    pub parents: Vec<Parent>,
    /// What it selects, after the key of the parent (where it has one) and the row's own key.
    pub columns: Vec<Column>,
    /// Aliases of the shape's joins that it needs.
    pub joins: Vec<&'static str>,
    /// The client's filter, and rows left out unless asked for.
    pub filter: Condition,
    /// Whether the page's keys are found before its rows are read: where many rows are passed over by what an index has.
    pub keys_first: bool,
    /// The page of each parent, or of the root.
    pub page: Option<Paged>,
}

/// How a node's rows are paged.
pub struct Paged {
    /// The wanted page.
    pub page: Page,
    /// Whether one row more is read, which tells whether there are others. It is never shown.
    pub look_ahead: bool,
    /// Whether any row is wanted at all, not the total alone.
    pub rows: bool,
}

impl Paged {
    /// How many rows to read.
    pub fn limit(&self) -> u64 {
        self.page.size + u64::from(self.look_ahead)
    }
}

/// How the rows of a node are tied to what was read before.
#[derive(Clone)]
pub enum Bind {
    /// The rows themselves: a root list.
    Root,
    /// Rows with these keys.
    Keys(Vec<Uuid>),
    /// At most one row per parent, whose column equals the parent's.
    One(&'static str),
    /// A page of rows per parent.
    Each(Tie),
    /// All rows per parent, few by their nature, newest first.
    All([&'static str; 2]),
    /// How many rows a root list has.
    Count,
    /// How many rows each parent has.
    CountEach(Tie),
}

/// How a row belongs to a parent.
#[derive(Clone, Copy)]
pub enum Tie {
    /// A column equals the parent's.
    Column(&'static str),
    /// The row's key is among those of a link table.
    By(fn(&Scope<'_>, Expr) -> SelectStatement),
    /// The row's key is among those found through other rows; the flag is `scope: EVER`.
    Through(&'static Through, bool),
}

impl Tie {
    /// The condition that a row belongs to the parent with this key.
    pub fn holds(self, scope: &Scope<'_>, key: &'static str, parent: Expr) -> Expr {
        use sea_orm::sea_query::ExprTrait;
        match self {
            Self::Column(column) => scope.own(column).eq(parent),
            Self::By(keys) => scope.own(key).in_subquery(keys(scope, parent)),
            Self::Through(through, ever) => scope.own(key).in_subquery((through.keys)(scope, parent, ever)),
        }
    }
}

impl Bind {
    /// How many key columns stand before a row's own columns.
    pub fn keys(&self) -> usize {
        match self {
            Self::Root | Self::Keys(_) | Self::Count => 0,
            Self::One(_) | Self::Each(_) | Self::CountEach(_) => 1,
            Self::All(_) => 2,
        }
    }
    /// Whether it counts instead of reading.
    pub fn counts(&self) -> bool {
        matches!(self, Self::Count | Self::CountEach(_))
    }
}

/// A node whose rows have the keys of another: the ordinals of the key columns, and the word a tag column must have.
pub struct Parent {
    /// The node.
    pub node: usize,
    /// Ordinals of the columns that are the key.
    pub key: KeyColumns,
    /// A column and the word it must have.
    pub tag: Option<(usize, &'static str)>,
}

/// One ordinal, or two for a pair.
#[derive(Clone, Copy)]
pub enum KeyColumns {
    /// A single column.
    One(usize),
    /// A pair of columns.
    Pair(usize, usize),
}

/// A selected value.
pub struct Column {
    /// Where it is read from.
    pub sql: Sql,
    /// The shape that declares it.
    pub shape: ShapeRef,
    /// The alias of the table it belongs to.
    pub alias: &'static str,
}

/// An object of the answer.
pub struct Object {
    /// Its fields: the JSON key with quotes and colon, and the value.
    pub parts: Vec<(String, Part)>,
}

/// Where a part finds its rows: all rows of a root node, or the group of the parent's key.
#[derive(Clone, Copy)]
pub struct Rows {
    /// The node.
    pub node: usize,
    /// The key in the row at hand.
    pub key: Option<KeyColumns>,
}

/// A piece of the answer.
#[allow(missing_docs, reason = "the variants say what their fields are")]
pub enum Part {
    /// `__typename`.
    Typename(String),
    /// The value in a column of the row at hand.
    Scalar { column: usize, kind: Kind, null: bool },
    /// A number computed from the calendar days in these columns of the row at hand.
    Days { columns: Vec<usize>, value: fn(&[Option<NaiveDate>], &Moment) -> Option<i64> },
    /// The position of the row at hand in the order with this tag: the sort key in a column, and the row's key.
    Cursor { tag: String, column: usize, kind: Kind },
    /// An object of columns of the row at hand; null when all of `present` are.
    Inline { present: Vec<usize>, object: Object },
    /// The row of the group; null, or a hole where it is `required`, if there is none.
    One { rows: Rows, object: Object, required: bool },
    /// The row of a node with this key, or null.
    Pick { node: usize, key: Uuid, object: Arc<Object> },
    /// Parts in a list, null where a part is.
    Sequence(Vec<Part>),
    /// The row of the member that the word in the `tag` column names, or null.
    Union { tag: usize, members: Vec<(&'static str, Rows, Object)> },
    /// All rows of the group.
    List { rows: Rows, object: Object },
    /// A page.
    Connection(Box<Connection>),
    /// Nothing.
    Null,
}

/// A page of the answer.
pub struct Connection {
    /// Its rows.
    pub rows: Rows,
    /// Rows of the page at most.
    pub size: usize,
    /// Whether rows come in reverse.
    pub backwards: bool,
    /// Whether the client said where it starts and where it ends.
    pub bounded: (bool, bool),
    /// Where the total is counted.
    pub count: Option<Rows>,
    /// What was selected.
    pub parts: Vec<(String, Side)>,
}

/// A field of a connection.
pub enum Side {
    /// `__typename`.
    Typename(String),
    /// `totalCount`.
    Total,
    /// `nodes`.
    Nodes(Object),
    /// `edges`.
    Edges(Object),
    /// `pageInfo`.
    PageInfo(Vec<(String, PageField)>),
}

/// A field of `pageInfo`.
pub enum PageField {
    /// `__typename`.
    Typename,
    /// `hasNextPage`.
    HasNext,
    /// `hasPreviousPage`.
    HasPrevious,
    /// `startCursor`.
    Start(Part),
    /// `endCursor`.
    End(Part),
}

impl PageField {
    /// Whether it asks if there are other rows.
    pub fn looks_ahead(&self) -> bool {
        matches!(self, Self::HasNext | Self::HasPrevious)
    }
}
