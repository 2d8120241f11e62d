//! JSON as a client sees it, fields in their order, and whether an answer agrees with what was expected.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::cursor::{Cursors, Position};

/// An answer, or what one should be.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    Number(f64),
    String(String),
    List(Vec<Json>),
    /// Fields in the order of the text; a name that stands twice stands here twice.
    Object(Vec<(String, Json)>),
    /// Expected only: a value of the scalar JSON, in which the order of fields means nothing.
    Any(serde_json::Value),
    /// Expected only: some cursor that stands for this position.
    Cursor(Position),
}

impl Json {
    /// Where `answer` is not what `self` expects. Learns what position each cursor of the answer stands for.
    pub fn disagrees(&self, answer: &Self, cursors: &mut Cursors) -> Option<String> {
        match (self, answer) {
            (Self::List(expected), Self::List(got)) => {
                if expected.len() != got.len() {
                    return Some(format!(
                        ": {} items, expected {}\n  got {answer}\n  not {self}",
                        got.len(),
                        expected.len()
                    ));
                }
                let mut pairs = expected.iter().zip(got).enumerate();
                pairs.find_map(|(at, (e, g))| e.disagrees(g, cursors).map(|why| format!("[{at}]{why}")))
            }
            (Self::Object(expected), Self::Object(got)) => {
                if expected.iter().map(|(name, _)| name).ne(got.iter().map(|(name, _)| name)) {
                    return Some(format!(": other fields\n  got {answer}\n  not {self}"));
                }
                let mut pairs = expected.iter().zip(got);
                pairs.find_map(|((name, e), (_, g))| e.disagrees(g, cursors).map(|why| format!(".{name}{why}")))
            }
            (Self::Any(expected), _) if *expected == answer.as_serde() => None,
            (Self::Cursor(position), Self::String(cursor)) => cursors.learn(cursor, position).err(),
            _ if self == answer => None,
            _ => Some(format!(": {answer}, expected {self}")),
        }
    }

    fn as_serde(&self) -> serde_json::Value {
        serde_json::from_str(&self.to_string()).expect("JSON is written as JSON")
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(value) if value.fract() == 0.0 => write!(f, "{value:.0}"),
            Self::Number(value) => write!(f, "{value}"),
            Self::String(text) => write!(f, "{}", serde_json::Value::from(text.as_str())),
            Self::Any(value) => write!(f, "{value}"),
            Self::Cursor(position) => write!(f, "\"cursor of {position:?}\""),
            Self::List(items) => {
                f.write_str("[")?;
                for (at, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if at == 0 { "" } else { "," })?;
                }
                f.write_str("]")
            }
            Self::Object(fields) => {
                f.write_str("{")?;
                for (at, (name, value)) in fields.iter().enumerate() {
                    write!(f, "{}{}:{value}", if at == 0 { "" } else { "," }, serde_json::Value::from(name.as_str()))?;
                }
                f.write_str("}")
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json, A::Error> {
        let mut items = vec![];
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut fields = vec![];
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Json::Object(fields))
    }
}
