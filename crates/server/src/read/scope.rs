//! What expressions over rows depend on: who reads, when, in which dialect, and which columns the viewer may read.

use std::cell::Cell;

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::DbBackend;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func};

use super::shape::ShapeRef;
use crate::auth::{Role, Viewer};

/// What a viewer reads of a column (the last argument) of a row that the viewer sees, in the table under this alias.
pub type ColumnRule = fn(&Viewer, &str, &str) -> Seen;

/// What a viewer reads of a column.
#[derive(Debug)]
pub enum Seen {
    /// Its value.
    Value,
    /// The value of another column in its place.
    Instead(&'static str),
    /// Its value in the rows where this holds, else nothing. Nobody can filter or sort by it.
    Where(Condition),
    /// Nothing: asking for it is an error, and so is filtering or sorting by it.
    Nothing,
}

/// How much of the columns that an expression is made of the viewer reads: the least of any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sight {
    /// All.
    #[default]
    Whole,
    /// Those of some rows.
    SomeRows,
    /// Nothing.
    Hidden,
}

/// The present, as one request sees it.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The instant of the request.
    pub now: DateTime<Utc>,
    /// The clinic's calendar day at that instant.
    pub today: NaiveDate,
    /// The clinic's zone, which decides what day it is.
    pub zone: chrono_tz::Tz,
}

impl Moment {
    /// An instant in a clinic of this zone.
    pub fn at(now: DateTime<Utc>, zone: chrono_tz::Tz) -> Self {
        Self { now, today: now.with_timezone(&zone).date_naive(), zone }
    }
}

/// What an SQL expression of a shape may depend on.
pub struct Scope<'a> {
    /// Who reads.
    pub viewer: &'a Viewer,
    /// Which dialect.
    pub backend: DbBackend,
    /// When.
    pub moment: &'a Moment,
    /// Whose rows.
    pub shape: ShapeRef,
    /// The alias of the shape's own table.
    pub me: &'a str,
    /// How much the viewer reads of the columns that were asked for so far.
    sight: Cell<Sight>,
}

impl<'a> Scope<'a> {
    /// For expressions over the rows of a shape whose table has this alias.
    pub fn new(viewer: &'a Viewer, backend: DbBackend, moment: &'a Moment, shape: ShapeRef, me: &'a str) -> Self {
        Self { viewer, backend, moment, shape, me, sight: Cell::default() }
    }
    /// A column of the shape's own table, as far as the viewer may read it.
    pub fn own(&self, column: &'static str) -> Expr {
        self.seen(self.shape.columns, self.me, column)
    }
    /// A column of one of the shape's joins, as far as the viewer may read it.
    pub fn joined(&self, alias: &'static str, column: &'static str) -> Expr {
        match self.shape.joins.iter().find(|join| join.alias == alias) {
            Some(join) => self.seen(join.columns, alias, column),
            None => self.hidden(),
        }
    }
    /// A column of the shape's own table as it is stored, for rules of the house that are not the viewer's question.
    pub fn stored(&self, column: &'static str) -> Expr {
        Expr::col((self.me.to_owned(), column))
    }
    /// How much the viewer reads of the columns that were asked for so far.
    pub fn sight(&self) -> Sight {
        self.sight.get()
    }
    fn seen(&self, rule: ColumnRule, alias: &str, column: &'static str) -> Expr {
        let value = |column| Expr::col((alias.to_owned(), column));
        match rule(self.viewer, alias, column) {
            Seen::Value => value(column),
            Seen::Instead(other) => value(other),
            Seen::Where(condition) => {
                self.sight.set(self.sight().max(Sight::SomeRows));
                Expr::case(condition, value(column)).into()
            }
            Seen::Nothing => self.hidden(),
        }
    }
    /// What stands for a column that the viewer does not read, should a statement be made of it all the same.
    fn hidden(&self) -> Expr {
        self.sight.set(Sight::Hidden);
        Expr::cust("NULL")
    }
    /// A column of the shape's own table with A to Z in lower case: for numbers and addresses, whose columns have the
    /// collation "C" and an index over just this.
    pub fn lower(&self, column: &'static str) -> Expr {
        Func::lower(self.own(column)).into()
    }
    /// `alias.column = own.to`, for sub-selects about the row.
    pub fn tied(&self, alias: &'static str, column: &'static str, to: &'static str) -> Expr {
        Expr::col((alias, column)).eq(self.own(to))
    }
}

/// The columns of a table by who reads them, of rows that they see. Administrators read all; a column that is in no
/// list is read by nobody else.
#[derive(Debug)]
pub struct Columns {
    /// Columns that everybody reads.
    pub everyone: &'static [&'static str],
    /// Columns that doctors and programs read, but patients do not.
    pub staff: &'static [&'static str],
}

impl Columns {
    /// What a viewer reads of a column.
    pub fn seen_by(&self, viewer: &Viewer, column: &str) -> Seen {
        let staff = match viewer.role {
            Role::Admin => return Seen::Value,
            Role::Doctor(_) | Role::Agent(_) => self.staff,
            Role::Patient(_) => &[],
        };
        if self.everyone.contains(&column) || staff.contains(&column) { Seen::Value } else { Seen::Nothing }
    }
}
