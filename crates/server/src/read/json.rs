//! Scalars as JSON text.

use std::io::Write as _;

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};

use super::error::{ReadError, Result};
use super::exec::{Instant, Row};
use super::id;
use super::kind::{Kind, Vocabulary};

/// Appends a value of a row; answers false, and appends nothing, when it is null.
pub fn scalar(out: &mut Vec<u8>, row: Row<'_>, at: usize, kind: Kind) -> Result<bool> {
    macro_rules! some {
        ($value:expr) => {
            match $value? {
                Some(value) => value,
                None => return Ok(false),
            }
        };
    }
    match kind {
        Kind::Id(prefix) => {
            let key = some!(row.uuid(at));
            quoted(out, |out| id::write(out, prefix, key));
        }
        Kind::Text => text(out, some!(row.text(at))),
        Kind::Instant => {
            let value = some!(row.instant(at));
            quoted(out, |out| match value {
                Instant::Value(value) => instant(out, value),
                Instant::Text(text) => out.extend_from_slice(text.as_bytes()),
            });
        }
        Kind::Day => {
            let value = some!(row.day(at));
            quoted(out, |out| day(out, value));
        }
        Kind::Int | Kind::Size => int(out, some!(row.int(at))),
        Kind::Float => {
            let number = serde_json::Number::from_f64(some!(row.float(at)));
            let number = number.ok_or_else(|| ReadError::Internal("not a finite number".to_owned()))?;
            out.extend_from_slice(number.to_string().as_bytes());
        }
        Kind::Bool => out.extend_from_slice(if some!(row.bool(at)) { b"true" } else { b"false" }),
        Kind::Money => {
            let cents = some!(row.int(at));
            let sign = if cents < 0 { "-" } else { "" };
            let (whole, part) = (cents.unsigned_abs() / 100, cents.unsigned_abs() % 100);
            quoted(out, |out| drop(write!(out, "{sign}{whole}.{part:02}")));
        }
        Kind::Json => out.extend_from_slice(some!(row.json(at)).as_bytes()),
        Kind::Word(vocabulary) => word(out, vocabulary, some!(row.text(at)))?,
        Kind::Words(vocabulary) => {
            let words = some!(row.text(at));
            out.push(b'[');
            for (number, one) in words.split_whitespace().enumerate() {
                if number > 0 {
                    out.push(b',');
                }
                word(out, vocabulary, one)?;
            }
            out.push(b']');
        }
    }
    Ok(true)
}

fn word(out: &mut Vec<u8>, vocabulary: &Vocabulary, word: &str) -> Result<()> {
    let Some(spoken) = vocabulary.spoken(word) else {
        return Err(ReadError::Internal(format!("the word {word:?} is not of {}", vocabulary.name)));
    };
    quoted(out, |out| out.extend_from_slice(spoken.as_bytes()));
    Ok(())
}

/// Appends a value or null.
pub fn optional<T>(out: &mut Vec<u8>, value: Option<T>, write: impl FnOnce(&mut Vec<u8>, T)) {
    match value {
        Some(value) => write(out, value),
        None => out.extend_from_slice(b"null"),
    }
}

/// Appends a whole number.
pub fn int(out: &mut Vec<u8>, value: i64) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

fn quoted(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    out.push(b'"');
    write(out);
    out.push(b'"');
}

/// RFC 3339, UTC, microseconds.
fn instant(out: &mut Vec<u8>, value: DateTime<Utc>) {
    day(out, value.date_naive());
    out.push(b'T');
    two(out, value.hour());
    out.push(b':');
    two(out, value.minute());
    out.push(b':');
    two(out, value.second());
    let micros = value.timestamp_subsec_micros();
    out.push(b'.');
    two(out, micros / 10_000);
    two(out, micros / 100 % 100);
    two(out, micros % 100);
    out.push(b'Z');
}

fn day(out: &mut Vec<u8>, value: NaiveDate) {
    match u32::try_from(value.year()) {
        Ok(year) if year < 10_000 => {
            two(out, year / 100);
            two(out, year % 100);
        }
        _ => drop(write!(out, "{}", value.year())),
    }
    out.push(b'-');
    two(out, value.month());
    out.push(b'-');
    two(out, value.day());
}

fn two(out: &mut Vec<u8>, value: u32) {
    let digit = |n: u32| b'0' + u8::try_from(n % 10).unwrap_or(0);
    out.push(digit(value / 10));
    out.push(digit(value));
}

/// A JSON string.
fn text(out: &mut Vec<u8>, value: &str) {
    out.push(b'"');
    let bytes = value.as_bytes();
    let mut from = 0;
    for (i, byte) in bytes.iter().enumerate() {
        if *byte >= 0x20 && *byte != b'"' && *byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&bytes[from..i]);
        from = i + 1;
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            byte => drop(write!(out, "\\u{byte:04x}")),
        }
    }
    out.extend_from_slice(&bytes[from..]);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_json() {
        for value in ["", "plain", "\"quoted\" \\ back", "line\nfeed\ttab\u{1}", "Zoë 李 مريم 🩺"] {
            let mut out = Vec::new();
            text(&mut out, value);
            assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), value);
        }
    }

    #[test]
    fn instants_have_microseconds_and_z() {
        let mut out = Vec::new();
        instant(&mut out, DateTime::from_timestamp(1_700_000_000, 1_234_000).unwrap());
        assert_eq!(out, b"2023-11-14T22:13:20.001234Z");
    }
}
