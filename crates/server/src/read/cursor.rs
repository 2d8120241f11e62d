//! Cursors: where a row stands in an order. Keyset, so a page costs the same wherever it is and stays put while rows
//! come and go. A cursor says which order it belongs to; it grants nothing: rows are filtered by the viewer anyway.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use sea_orm::Value;
use uuid::Uuid;

use super::error::{ReadError, Result, bad_input};
use super::shape::{Order, Shape};

/// A position in an order.
#[derive(Clone)]
pub struct Position {
    /// The sort key there; `None` is unknown.
    pub value: Option<Value>,
    /// The row's key.
    pub key: Uuid,
}

/// The order a cursor belongs to.
pub fn order_tag(shape: &Shape, order: &Order, descending: bool) -> String {
    format!("{}.{}{}", shape.name, order.name, if descending { "-" } else { "+" })
}

/// The cursor for a row: `value` is the sort key as JSON.
pub fn write(out: &mut Vec<u8>, tag: &str, value: &[u8], key: Uuid) {
    let mut json = Vec::with_capacity(64 + value.len());
    json.extend_from_slice(b"[\"");
    json.extend_from_slice(tag.as_bytes());
    json.extend_from_slice(b"\",");
    json.extend_from_slice(value);
    json.extend_from_slice(b",\"");
    json.extend_from_slice(key.simple().encode_lower(&mut Uuid::encode_buffer()).as_bytes());
    json.extend_from_slice(b"\"]");
    out.extend_from_slice(BASE64.encode(json).as_bytes());
}

/// Reads a cursor of this order of this type.
pub fn parse(text: &str, shape: &Shape, order: &Order, descending: bool) -> Result<Position> {
    let unknown = || ReadError::BadInput("This is not a cursor that this list gave.".to_owned());
    let json = BASE64.decode(text).map_err(|_| unknown())?;
    let (tag, value, key): (String, serde_json::Value, Uuid) = serde_json::from_slice(&json).map_err(|_| unknown())?;
    if tag != order_tag(shape, order, descending) {
        return bad_input("This cursor belongs to another ordering: start again without it.");
    }
    let value = match value {
        serde_json::Value::Null if order.null => None,
        value => Some(order.kind.bind(&value).ok_or_else(unknown)?),
    };
    Ok(Position { value, key })
}
