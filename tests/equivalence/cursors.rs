//! Cursors into every list in every order, as an administrator is given them: to rows of anybody.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::naive::cursor::Position;
use crate::naive::model::{KINDS, ROOT_LISTS};
use crate::naive::{Cursors, list};
use crate::support::actor::Actor;

/// Lists that stand only in other records: the type, and where.
const INNER: &[(&str, &str, &str)] = &[
    ("TimelineEvent", "patients", "timeline"),
    ("ConsultationRevision", "consultations", "revisions"),
    ("ApiKey", "users", "apiKeys"),
];

/// So many of each list.
const EACH: usize = 20;

/// Asks for them.
pub async fn of(admin: &Actor) -> Cursors {
    let (mut query, mut names) = (String::from("{"), vec![]);
    for kind in KINDS {
        for order in kind.orders.iter().map(|(order, _)| *order) {
            for direction in ["ASC", "DESC"] {
                let number = names.len();
                let page = format!(
                    "(first: {EACH}, orderBy: {{field: {order}, direction: {direction}}}) {{ edges {{ cursor }} }}"
                );
                if let Some((root, _)) = ROOT_LISTS.iter().find(|(_, name)| *name == kind.name) {
                    write!(query, " a{number}: {root}{page}").expect("a string can be written");
                } else if let Some((_, root, inner)) = INNER.iter().find(|(name, ..)| *name == kind.name) {
                    write!(query, " a{number}: {root} {{ nodes {{ {inner}{page} }} }}")
                        .expect("a string can be written");
                }
                names.push(list::order_name(kind, order, direction == "DESC"));
            }
        }
    }
    query.push('}');
    let mut cursors = Cursors::default();
    let answer = admin.data(&query, json!({})).await;
    for (number, name) in names.iter().enumerate() {
        for cursor in found(&answer[format!("a{number}")]) {
            let position = Position { list: name.clone(), key: (None, cursor.to_owned()) };
            cursors.learn(cursor, &position).expect("a cursor into one list");
        }
    }
    cursors
}

fn found(value: &Value) -> Vec<&str> {
    match value {
        Value::Object(fields) => {
            let own = fields.get("cursor").and_then(Value::as_str);
            own.into_iter().chain(fields.values().flat_map(found)).collect()
        }
        Value::Array(items) => items.iter().flat_map(found).collect(),
        _ => vec![],
    }
}
