//! Which part of a list is wanted: the paging arguments, checked.

use async_graphql::Value;
use async_graphql::parser::types::Field;

use super::cursor;
use super::error::{Result, bad_input};
use super::select::Query;
use super::shape::{Order, Shape};

/// How many rows a page has when the client does not say.
pub const DEFAULT: u64 = 20;
/// The longest page.
pub const MOST: u64 = 100;

/// The wanted page of a list.
pub struct Page {
    /// How the list is sorted.
    pub order: &'static Order,
    /// Whether that order runs downwards.
    pub descending: bool,
    /// Whether the page is counted from the end (`last`): rows are read in reverse and written in order.
    pub backwards: bool,
    /// Rows of the page at most.
    pub size: u64,
    /// The position after which it starts.
    pub after: Option<cursor::Position>,
    /// The position before which it ends.
    pub before: Option<cursor::Position>,
}

impl Page {
    /// Reads `first`, `after`, `last`, `before` and `orderBy` of a list of `shape` sorted by one of `orders`.
    pub fn parse(query: Query<'_>, field: &Field, shape: &Shape, orders: &'static [Order]) -> Result<Self> {
        let (order, descending) = order(query, field, shape, orders)?;
        let (first, last) = (size(query, field, "first")?, size(query, field, "last")?);
        if first.is_some() && last.is_some() {
            return bad_input("Give `first` or `last`, not both.");
        }
        let position = |name| match query.argument(field, name) {
            None => Ok(None),
            Some(Value::String(text)) => cursor::parse(&text, shape, order, descending).map(Some),
            Some(_) => bad_input(format!("`{name}` takes a cursor that this list gave.")),
        };
        Ok(Self {
            order,
            descending,
            backwards: last.is_some(),
            size: first.or(last).unwrap_or(DEFAULT),
            after: position("after")?,
            before: position("before")?,
        })
    }
}

fn size(query: Query<'_>, field: &Field, name: &str) -> Result<Option<u64>> {
    match query.argument(field, name) {
        None => Ok(None),
        Some(Value::Number(n)) => match n.as_u64() {
            Some(n) if n <= MOST => Ok(Some(n)),
            _ => bad_input(format!("`{name}` takes a number from 0 to {MOST}.")),
        },
        Some(_) => bad_input(format!("`{name}` takes a number from 0 to {MOST}.")),
    }
}

fn order(query: Query<'_>, field: &Field, shape: &Shape, orders: &'static [Order]) -> Result<(&'static Order, bool)> {
    let Some(default) = orders.first() else {
        return bad_input(format!("Lists of {} cannot be sorted.", shape.name));
    };
    let Some(Value::Object(by)) = query.argument(field, "orderBy") else {
        return Ok((default, shape.list.newest_first));
    };
    let word = |name| match by.get(name) {
        Some(Value::Enum(word)) => Some(word.to_string()),
        Some(Value::String(word)) => Some(word.clone()),
        _ => None,
    };
    let wanted = word("field");
    let Some(order) = orders.iter().find(|o| Some(o.name) == wanted.as_deref()) else {
        return bad_input("`orderBy.field` takes a value of its enum.");
    };
    Ok((order, word("direction").as_deref() == Some("DESC")))
}
