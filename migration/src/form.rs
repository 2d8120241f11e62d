//! The forms values take in each database, and tables described once for both.
//!
//! | form | PostgreSQL | SQLite |
//! |---|---|---|
//! | key | `uuid` | 36 lower-case characters |
//! | instant | `timestamptz` | `YYYY-MM-DDTHH:MM:SS.ffffffZ`, so that text order is time order |
//! | day | `date` | `YYYY-MM-DD` |
//! | json | `jsonb` | text that parses |
//! | flag | `boolean` | 0 or 1 |
//! | count | `bigint` | integer |
//! | growing | `bigint`, an identity | integer, the primary key, AUTOINCREMENT |
//! | fraction | `double precision` | real |
//!
//! SQLite stores whatever it is given; its columns therefore carry a CHECK of the form (`…_form_check`).

use sea_orm_migration::sea_orm::DbBackend;
use sea_orm_migration::sea_query::{Alias, ColumnDef, Expr};

use Form::{Count, Day, Flag, Fraction, Growing, Instant, Json, Key, Ordered, Text};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Key,
    Text,
    /// Text that lists are ordered by: in code point order on both databases.
    Ordered,
    Instant,
    Day,
    Json,
    Flag,
    Count,
    /// A count that the database gives, each greater than any before.
    Growing,
    Fraction,
}

impl Form {
    fn type_name(self, backend: DbBackend) -> &'static str {
        match (self, backend) {
            (Key, DbBackend::Postgres) => "uuid",
            (Instant, DbBackend::Postgres) => "timestamptz",
            (Day, DbBackend::Postgres) => "date",
            (Json, DbBackend::Postgres) => "jsonb",
            (Ordered, DbBackend::Postgres) => "text COLLATE \"C\"",
            (Text, DbBackend::Postgres) => "text",
            (Count, DbBackend::Postgres) => "bigint",
            (Growing, DbBackend::Postgres) => "bigint GENERATED ALWAYS AS IDENTITY",
            (Fraction, DbBackend::Postgres) => "double precision",
            (Key | Text | Ordered | Instant | Day | Json, _) => "TEXT",
            (Flag, _) => "BOOLEAN",
            (Count, _) => "INTEGER",
            (Growing, _) => "INTEGER PRIMARY KEY AUTOINCREMENT",
            (Fraction, _) => "REAL",
        }
    }

    /// The condition every value of the form fulfils, where the database's type does not say it already.
    fn condition(self, backend: DbBackend, column: &str) -> Option<String> {
        if backend == DbBackend::Postgres {
            return None;
        }
        let hex = |digits: usize| "[0-9a-f]".repeat(digits);
        match self {
            Key => {
                let pattern = [8, 4, 4, 4, 12].map(hex).join("-");
                Some(format!("{column} GLOB '{pattern}'"))
            }
            Instant => Some(format!(
                "length({column}) = 27 AND {column} GLOB '????-??-??T??:??:??.[0-9][0-9][0-9][0-9][0-9][0-9]Z' \
                 AND strftime('%Y-%m-%dT%H:%M:%S', substr({column}, 1, 19)) = substr({column}, 1, 19)"
            )),
            Day => Some(format!("{column} GLOB '????-??-??' AND date({column}) = {column}")),
            Json => Some(format!("{column} IS NULL OR json_valid({column})")),
            Flag => Some(format!("{column} IN (0, 1)")),
            Count => Some(format!("typeof({column}) IN ('integer', 'null')")),
            Fraction => Some(format!("typeof({column}) IN ('real', 'null')")),
            Text | Ordered | Growing => None,
        }
    }

    /// `column` with NULL as the smallest value, so that both databases order it alike and an index serves the order.
    pub(crate) fn null_first(self, backend: DbBackend, column: &str) -> String {
        match (self, backend) {
            (Instant, DbBackend::Postgres) => format!("COALESCE({column}, '-infinity'::timestamptz)"),
            (Day, DbBackend::Postgres) => format!("COALESCE({column}, '-infinity'::date)"),
            _ => format!("COALESCE({column}, '')"),
        }
    }
}

/// One column, described once for both databases.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    form: Form,
    required: bool,
    default: Option<Default>,
    pub(crate) rule: Option<String>,
}

#[derive(Clone, Copy, Debug)]
enum Default {
    Word(&'static str),
    Count(i64),
    Flag(bool),
    Now,
}

impl Column {
    fn new(name: &'static str, form: Form) -> Self {
        Self { name, form, required: false, default: None, rule: None }
    }

    /// NOT NULL; columns are nullable unless they say so.
    pub(crate) fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// NOT NULL, and this text where an INSERT says nothing.
    pub(crate) fn or_word(mut self, word: &'static str) -> Self {
        self.default = Some(Default::Word(word));
        self.required()
    }

    /// NOT NULL, and this number where an INSERT says nothing.
    pub(crate) fn or_count(mut self, count: i64) -> Self {
        self.default = Some(Default::Count(count));
        self.required()
    }

    /// NOT NULL, and this truth value where an INSERT says nothing.
    pub(crate) fn or_flag(mut self, flag: bool) -> Self {
        self.default = Some(Default::Flag(flag));
        self.required()
    }

    /// The moment of the INSERT where it says nothing. Not required by itself.
    pub(crate) fn or_now(mut self) -> Self {
        self.default = Some(Default::Now);
        self
    }

    /// A CHECK named `<table>_<column>_check`.
    pub(crate) fn rule(mut self, condition: impl Into<String>) -> Self {
        self.rule = Some(condition.into());
        self
    }

    /// A CHECK that the column, where it has a value, has one of `words`.
    pub(crate) fn one_of(self, words: &[&str]) -> Self {
        let list = words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ");
        let rule = format!("{} IN ({list})", self.name);
        self.rule(rule)
    }

    /// A CHECK that the value is at least `least`.
    pub(crate) fn at_least(self, least: i64) -> Self {
        let rule = format!("{} >= {least}", self.name);
        self.rule(rule)
    }

    /// A CHECK that the value is a share of one.
    pub(crate) fn share(self) -> Self {
        let rule = format!("{0} >= 0 AND {0} <= 1", self.name);
        self.rule(rule)
    }

    pub(crate) fn definition(&self, backend: DbBackend) -> ColumnDef {
        let mut column = ColumnDef::new(Alias::new(self.name));
        column.custom(Alias::new(self.form.type_name(backend)));
        if self.required {
            column.not_null();
        }
        match self.default {
            Some(Default::Word(word)) => column.default(word),
            Some(Default::Count(count)) => column.default(count),
            Some(Default::Flag(flag)) => column.default(flag),
            Some(Default::Now) if backend == DbBackend::Postgres => column.default(Expr::cust("now()")),
            Some(Default::Now) => column.default(Expr::cust("strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')")),
            None => &mut column,
        };
        column
    }

    pub(crate) fn type_name(&self, backend: DbBackend) -> &'static str {
        self.form.type_name(backend)
    }

    /// The CHECK of the column's form, where the database's type does not ensure it.
    pub(crate) fn form_rule(&self, backend: DbBackend) -> Option<String> {
        self.form.condition(backend, self.name)
    }
}

pub(crate) fn key(name: &'static str) -> Column {
    Column::new(name, Key)
}

pub(crate) fn text(name: &'static str) -> Column {
    Column::new(name, Text)
}

pub(crate) fn ordered_text(name: &'static str) -> Column {
    Column::new(name, Ordered)
}

pub(crate) fn instant(name: &'static str) -> Column {
    Column::new(name, Instant)
}

pub(crate) fn day(name: &'static str) -> Column {
    Column::new(name, Day)
}

pub(crate) fn json(name: &'static str) -> Column {
    Column::new(name, Json)
}

pub(crate) fn flag(name: &'static str) -> Column {
    Column::new(name, Flag)
}

pub(crate) fn count(name: &'static str) -> Column {
    Column::new(name, Count)
}

pub(crate) fn growing(name: &'static str) -> Column {
    Column::new(name, Growing)
}

pub(crate) fn fraction(name: &'static str) -> Column {
    Column::new(name, Fraction)
}
