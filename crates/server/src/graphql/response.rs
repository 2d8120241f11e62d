//! Writes a response. What the read engine wrote goes in as it is: the library's writer would read and copy it again.

use async_graphql::{ServerError, Value};

use crate::read::root::raw_json;

/// The response as JSON; no `data` is a refused request.
pub(super) fn write(data: Option<&Value>, errors: &[ServerError]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.map_or(0, size) + 256);
    out.push(b'{');
    if !errors.is_empty() {
        out.extend_from_slice(b"\"errors\":");
        plain(&mut out, &errors);
    }
    if let Some(data) = data {
        out.extend_from_slice(if errors.is_empty() { b"\"data\":" } else { b",\"data\":" });
        value(&mut out, data);
    }
    out.push(b'}');
    out
}

/// The errors of a response that has no `data`, as they stand in it.
pub(super) fn errors_alone(response: &[u8]) -> &[u8] {
    let errors = response.strip_prefix(b"{\"errors\":").and_then(|rest| rest.strip_suffix(b"}"));
    errors.unwrap_or(b"[]")
}

fn value(out: &mut Vec<u8>, data: &Value) {
    if let Some(json) = raw_json(data) {
        out.extend_from_slice(json.as_bytes());
        return;
    }
    match data {
        Value::Object(fields) => {
            out.push(b'{');
            for (i, (name, field)) in fields.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                plain(out, name);
                out.push(b':');
                value(out, field);
            }
            out.push(b'}');
        }
        Value::List(items) => {
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                value(out, item);
            }
            out.push(b']');
        }
        other => plain(out, other),
    }
}

/// What has no answer of the engine in it. Writing to memory cannot fail; what could not be written would be null.
fn plain(out: &mut Vec<u8>, value: &impl serde::Serialize) {
    let start = out.len();
    if serde_json::to_writer(&mut *out, value).is_err() {
        out.truncate(start);
        out.extend_from_slice(b"null");
    }
}

fn size(data: &Value) -> usize {
    match data {
        Value::Object(fields) => fields.values().map(|field| raw_json(field).map_or(64, str::len) + 64).sum(),
        _ => 64,
    }
}
