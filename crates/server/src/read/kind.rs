//! The scalars of the API and the form their values have in the database.

use async_graphql::registry::Registry;
use sea_orm::{DbBackend, Value, sea_query::Expr};

/// How a column becomes JSON, and which GraphQL scalar it is.
#[derive(Clone, Copy)]
pub enum Kind {
    /// A UUID as a typed id with this prefix.
    Id(&'static str),
    /// Text.
    Text,
    /// An instant, UTC, to the microsecond.
    Instant,
    /// A calendar date, without a zone.
    Day,
    /// A whole number of 32 bits.
    Int,
    /// A whole number that may outgrow 32 bits.
    Size,
    /// A finite number.
    Float,
    /// Yes or no.
    Bool,
    /// Hundredths of the clinic's currency, as a decimal.
    Money,
    /// JSON, handed through.
    Json,
    /// A word of a vocabulary.
    Word(&'static Vocabulary),
    /// Words of a vocabulary with blanks between them, as a list.
    Words(&'static Vocabulary),
}

/// The words of a column and what the API calls them.
pub struct Vocabulary {
    /// The GraphQL enum.
    pub name: &'static str,
    /// Puts the enum into the schema.
    pub register: fn(&mut Registry) -> String,
    /// The database's word and the API's.
    pub words: &'static [(&'static str, &'static str)],
}

impl Vocabulary {
    /// What the API calls a word of the database.
    pub fn spoken(&self, word: &str) -> Option<&'static str> {
        self.words.iter().find(|(w, _)| *w == word).map(|(_, s)| *s)
    }
    /// The database's word for a value of the API.
    pub fn word(&self, spoken: &str) -> Option<&'static str> {
        self.words.iter().find(|(_, s)| *s == spoken).map(|(w, _)| *w)
    }
}

impl Kind {
    /// The name of the GraphQL type; of a list, that of its items.
    pub fn scalar(self) -> &'static str {
        match self {
            Self::Id(_) => "ID",
            Self::Text => "String",
            Self::Instant => "DateTime",
            Self::Day => "Date",
            Self::Int => "Int",
            Self::Size | Self::Float => "Float",
            Self::Bool => "Boolean",
            Self::Money => "Decimal",
            Self::Json => "JSON",
            Self::Word(v) | Self::Words(v) => v.name,
        }
    }

    /// The literal below every value of the kind: where unknown sorts. Indexes use the same text.
    pub fn smallest(self, backend: DbBackend) -> Expr {
        match (self, backend) {
            (Self::Instant, DbBackend::Postgres) => Expr::cust("'-infinity'::timestamptz"),
            (Self::Day, DbBackend::Postgres) => Expr::cust("'-infinity'::date"),
            (Self::Int | Self::Size | Self::Money, _) => Expr::cust("-1"),
            _ => Expr::cust("''"),
        }
    }

    /// A JSON value of a cursor or an argument as a bound value of the column's type.
    pub fn bind(self, value: &serde_json::Value) -> Option<Value> {
        Some(match (self, value) {
            (Self::Id(prefix), serde_json::Value::String(s)) => super::id::parse(prefix, s)?.into(),
            // PostgreSQL takes no NUL, and no row has one.
            (Self::Text, serde_json::Value::String(s)) if !s.contains('\0') => s.clone().into(),
            (Self::Instant, serde_json::Value::String(s)) => {
                chrono::DateTime::parse_from_rfc3339(s).ok()?.to_utc().into()
            }
            (Self::Day, serde_json::Value::String(s)) => s.parse::<chrono::NaiveDate>().ok()?.into(),
            (Self::Int | Self::Size, serde_json::Value::Number(n)) => n.as_i64()?.into(),
            (Self::Float, serde_json::Value::Number(n)) => n.as_f64()?.into(),
            (Self::Bool, serde_json::Value::Bool(b)) => (*b).into(),
            (Self::Word(v), serde_json::Value::String(s)) => v.word(s)?.to_owned().into(),
            _ => return None,
        })
    }
}
