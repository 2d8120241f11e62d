//! Texts and JSON.

use rusqlite::types::ValueRef;
use serde_json::Value;

/// What is wrong with a text; the text is good for something all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// It is not UTF-8; what is not was replaced.
    NotUtf8,
    /// It had the character U+0000, which was taken out.
    Nul,
}

/// A cell as text, as it can be stored: none for NULL.
pub(crate) fn text(cell: ValueRef<'_>) -> (Option<String>, Option<Flaw>) {
    let bytes = match cell {
        ValueRef::Null => return (None, None),
        ValueRef::Integer(number) => return (Some(number.to_string()), None),
        ValueRef::Real(number) => return (Some(number.to_string()), None),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes,
    };
    match str::from_utf8(bytes) {
        Ok(text) if text.contains('\0') => (Some(text.replace('\0', "")), Some(Flaw::Nul)),
        Ok(text) => (Some(text.to_owned()), None),
        Err(_) => (Some(String::from_utf8_lossy(bytes).replace('\0', "")), Some(Flaw::NotUtf8)),
    }
}

/// A cell that holds text and is UTF-8, as it is.
pub(crate) fn exact(cell: ValueRef<'_>) -> Option<&str> {
    match cell {
        ValueRef::Text(bytes) => str::from_utf8(bytes).ok(),
        _ => None,
    }
}

/// Whether a cell says nothing: NULL, or a text of white space. The old system wrote `''` for "none".
pub(crate) fn is_blank(cell: ValueRef<'_>) -> bool {
    match cell {
        ValueRef::Null => true,
        ValueRef::Text(bytes) => bytes.iter().all(|byte| b" \t\r\n\x0b\x0c\0".contains(byte)),
        _ => false,
    }
}

/// Whether a cell is text with U+0000 in it.
pub(crate) fn has_nul(cell: ValueRef<'_>) -> bool {
    exact(cell).is_some_and(|text| text.contains('\0'))
}

/// Whether a cell is bytes where text was meant.
pub(crate) fn is_bytes(cell: ValueRef<'_>) -> bool {
    match cell {
        ValueRef::Blob(_) => true,
        ValueRef::Text(bytes) => str::from_utf8(bytes).is_err(),
        _ => false,
    }
}

/// What a JSON column holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    /// Nothing.
    Absent,
    /// A value of the kind that was asked for.
    Good(Value),
    /// No JSON, or another kind of value.
    Wrong,
    /// JSON that the databases here cannot hold alike: U+0000 in a text, a lone surrogate, a number beyond all bounds.
    Unstorable,
}

/// A cell as JSON of the kind of `kind`: an object or a list.
pub(crate) fn json(cell: ValueRef<'_>, kind: JsonKind) -> Json {
    let text = match cell {
        ValueRef::Null => return Json::Absent,
        ValueRef::Text(bytes) => match str::from_utf8(bytes) {
            Ok(text) => text,
            Err(_) => return Json::Wrong,
        },
        _ => return Json::Wrong,
    };
    let fits = |value: &Value| match kind {
        JsonKind::Object => value.is_object(),
        JsonKind::List => value.is_array(),
    };
    match serde_json::from_str::<Value>(text) {
        Ok(value) if !fits(&value) => Json::Wrong,
        Ok(value) if holds_nul(&value) => Json::Unstorable,
        Ok(value) => Json::Good(value),
        Err(_) if lenient(text, kind) => Json::Unstorable,
        Err(_) => Json::Wrong,
    }
}

/// The kinds of value that JSON columns hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JsonKind {
    Object,
    List,
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(holds_nul),
        Value::Object(values) => values.iter().any(|(name, value)| name.contains('\0') || holds_nul(value)),
        _ => false,
    }
}

/// Whether Python, which wrote it, reads it: it takes NaN, Infinity, any number and half of a surrogate pair.
fn lenient(text: &str, kind: JsonKind) -> bool {
    let opens = if kind == JsonKind::Object { '{' } else { '[' };
    text.trim_start().starts_with(opens) && serde_json::from_str::<Value>(&strict(text)).is_ok()
}

/// The text with what Python alone reads put in JSON's own words.
fn strict(text: &str) -> String {
    let mut strict = String::with_capacity(text.len());
    let mut rest = text.char_indices().peekable();
    while let Some((at, letter)) = rest.next() {
        match letter {
            '"' => {
                strict.push('"');
                while let Some((_, letter)) = rest.next() {
                    strict.push(if letter == '\\' { ' ' } else { letter });
                    match letter {
                        '\\' => drop(rest.next()),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            '-' | '0'..='9' | 'N' | 'I' => {
                let word: String =
                    text[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || "+-.".contains(*c)).collect();
                let bare = word.trim_start_matches('-');
                let read = ["NaN", "Infinity"].contains(&bare) || word.parse::<f64>().is_ok();
                strict.push_str(if read { "0" } else { &word });
                for _ in 1..word.chars().count() {
                    rest.next();
                }
            }
            letter => strict.push(letter),
        }
    }
    strict
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Json {
        json(ValueRef::Text(text.as_bytes()), JsonKind::Object)
    }

    #[test]
    fn texts_are_stored_as_far_as_they_can_be() {
        assert_eq!(text(ValueRef::Null), (None, None));
        assert_eq!(text(ValueRef::Integer(42)), (Some("42".to_owned()), None));
        assert_eq!(text(ValueRef::Text("é\u{202e}👩‍⚕️".as_bytes())), (Some("é\u{202e}👩‍⚕️".to_owned()), None));
        assert_eq!(text(ValueRef::Text(b"a\0b")), (Some("ab".to_owned()), Some(Flaw::Nul)));
        assert_eq!(text(ValueRef::Text(b"a\xff")), (Some("a\u{fffd}".to_owned()), Some(Flaw::NotUtf8)));
    }

    #[test]
    fn nothing_is_said_by_white_space() {
        assert!(is_blank(ValueRef::Null) && is_blank(ValueRef::Text(b"")) && is_blank(ValueRef::Text(b" \t\0")));
        assert!(!is_blank(ValueRef::Text(b" x")) && !is_blank(ValueRef::Blob(b"")) && !is_blank(ValueRef::Integer(0)));
    }

    #[test]
    fn json_is_told_from_what_only_looks_like_it() {
        assert_eq!(json(ValueRef::Null, JsonKind::Object), Json::Absent);
        assert_eq!(object("{\"a\": 1}"), Json::Good(serde_json::json!({"a": 1})));
        for wrong in ["", "{", "{'a': 1}", "[1]", "42", "{\"a\": bare}", "{\"a\": 1} {}"] {
            assert_eq!(object(wrong), Json::Wrong, "{wrong}");
        }
        assert_eq!(json(ValueRef::Integer(42), JsonKind::Object), Json::Wrong);
        for python in ["{\"a\": NaN}", "{\"a\": [-Infinity, 1e400]}", "{\"a\": \"\\ud800\"}", "{\"a\": \"\\u0000\"}"] {
            assert_eq!(object(python), Json::Unstorable, "{python}");
        }
    }
}
