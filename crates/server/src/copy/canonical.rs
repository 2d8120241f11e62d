//! A value as text that is the same whichever database it was read from, and what a database cannot hold of it.

use std::collections::BTreeMap;

use sea_orm::DbBackend;
use serde_json::value::RawValue;

/// Values in each other, at most; SQLite takes about as many.
const DEEPEST: usize = 512;
/// PostgreSQL's numbers: digits before the point, and behind it.
const BEFORE: i64 = 131_072;
const BEHIND: i64 = 16_383;

/// Text that PostgreSQL cannot hold.
const NUL: &str = "text with the character U+0000";

/// Why a text cannot be kept by this database.
pub(super) fn text_refused(by: DbBackend, text: &str) -> Option<&'static str> {
    (by == DbBackend::Postgres && text.contains('\0')).then_some(NUL)
}

/// JSON in one form: objects in the order of their names, of a name that comes twice the last, numbers by their value,
/// however many digits they have. `jsonb` keeps that much, and no more.
pub(super) struct Json {
    pub(super) text: String,
    /// What PostgreSQL cannot hold of it.
    pub(super) refused: Option<&'static str>,
}

/// Reads JSON. What cannot be read stands for itself, and PostgreSQL refuses it.
pub(super) fn json(text: &str) -> Json {
    let mut json = Json { text: String::new(), refused: None };
    if json.write(text, 0).is_none() {
        let why = json.refused.unwrap_or("JSON that cannot be read, such as half of a surrogate pair");
        json = Json { text: text.to_owned(), refused: Some(why) };
    }
    json
}

impl Json {
    fn write(&mut self, text: &str, depth: usize) -> Option<()> {
        let text = text.trim_matches([' ', '\t', '\n', '\r']);
        if depth > DEEPEST {
            self.refused = Some("JSON that is nested too deeply");
            return None;
        }
        match text.as_bytes().first()? {
            b'{' => {
                let members: BTreeMap<String, &RawValue> = serde_json::from_str(text).ok()?;
                self.text.push('{');
                for (name, value) in members {
                    self.string(&name)?;
                    self.text.push(':');
                    self.write(value.get(), depth + 1)?;
                    self.text.push(',');
                }
                self.text.push('}');
            }
            b'[' => {
                let values: Vec<&RawValue> = serde_json::from_str(text).ok()?;
                self.text.push('[');
                for value in values {
                    self.write(value.get(), depth + 1)?;
                    self.text.push(',');
                }
                self.text.push(']');
            }
            b'"' => self.string(&serde_json::from_str::<String>(text).ok()?)?,
            b't' | b'f' | b'n' => self.text.push_str(text),
            _ => self.number(text)?,
        }
        Some(())
    }

    fn string(&mut self, text: &str) -> Option<()> {
        if text.contains('\0') {
            self.refused = self.refused.or(Some(NUL));
        }
        self.text.push_str(&serde_json::to_string(text).ok()?);
        Some(())
    }

    /// A number's digits without zeros at either end, and where its point is.
    fn number(&mut self, text: &str) -> Option<()> {
        let (sign, rest) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
        let (digits, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let exponent: i64 = exponent.parse().ok().filter(|exponent: &i64| exponent.abs() < 1 << 40).unwrap_or(1 << 40);
        let all = format!("{whole}{fraction}");
        let significant = all.trim_start_matches('0');
        if significant.is_empty() {
            self.text.push('0');
            return Some(());
        }
        // How many digits stand before the point, and behind it.
        let length = |text: &str| i64::try_from(text.len()).unwrap_or(i64::MAX);
        let before = length(whole) + exponent - (length(&all) - length(significant));
        let behind = length(fraction) - exponent;
        if before > BEFORE || behind > BEHIND {
            self.refused = self.refused.or(Some("JSON with a number that is out of range"));
        }
        self.text.push_str(&format!("{sign}0.{}e{before}", significant.trim_end_matches('0')));
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(one: &str, other: &str) {
        assert_eq!(json(one).text, json(other).text, "{one} {other}");
    }

    fn other(one: &str, other: &str) {
        assert_ne!(json(one).text, json(other).text, "{one} {other}");
    }

    #[test]
    fn what_jsonb_makes_the_same_is_the_same() {
        same(r#"{"b": 1, "a": [1, 2]}"#, r#"{"a":[1,2],"b":1}"#);
        same(r#"{"a": 1, "a": 2}"#, r#"{"a":2}"#);
        same(r#""\u00e9""#, r#""é""#);
        for (one, other) in [("1.0", "1"), ("1e2", "100"), ("-0.0", "0"), ("12.50", "1.25e1"), ("0.001", "1E-3")] {
            same(one, other);
        }
        same("123456789012345678901234567890", "1.2345678901234567890123456789e29");
    }

    #[test]
    fn what_is_another_value_is_another() {
        other("1", "-1");
        other("1", "\"1\"");
        other("10", "1");
        other("[1,[2]]", "[[1],2]");
        other("12345678901234567890", "12345678901234567891");
        other("0.1", "0.10000000000000001");
        other(r#"{"a":null}"#, "{}");
        other("null", "\"null\"");
    }

    #[test]
    fn what_postgresql_cannot_hold_is_said() {
        for text in [r#""a\u0000b""#, r#"{"\u0000": 1}"#, r#""\ud800""#, "1e131073", "[1e-16384]", "{", ""] {
            assert!(json(text).refused.is_some(), "{text}");
        }
        let deep = format!("{}1{}", "[".repeat(600), "]".repeat(600));
        assert!(json(&deep).refused.is_some());
        for text in [r#""\\u0000""#, r#""\ud83d\ude00""#, "1e131071", "[1e-16383]", "[]", " {} ", "true"] {
            assert!(json(text).refused.is_none(), "{text}");
        }
        assert!(text_refused(DbBackend::Postgres, "a\0b").is_some());
        assert!(text_refused(DbBackend::Sqlite, "a\0b").is_none());
    }
}
