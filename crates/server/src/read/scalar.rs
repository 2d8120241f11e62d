//! The API's own scalars. As inputs they are parsed into the value types of the entities.

use async_graphql::{InputType, InputValueError, InputValueResult, Scalar, ScalarType, Value};
use entity::{Cents, Day, Instant};

/// An instant in UTC, as in `2026-03-29T08:30:00.000000Z`. Other offsets are understood and answered in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateTime(pub Instant);

/// A calendar date, as in `1951-07-04`. It has no time zone and is never shifted by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date(pub Day);

/// An amount of money in the clinic's currency with two decimals, as in `"120.50"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal(pub Cents);

/// Any JSON value.
#[derive(Debug, Clone, PartialEq)]
pub struct Json(pub serde_json::Value);

/// A scalar that travels as a string.
trait Spoken: Sized {
    fn read(text: &str) -> Option<Self>;
    fn speak(&self) -> String;
}

impl Spoken for DateTime {
    fn read(text: &str) -> Option<Self> {
        let instant = Instant::new(chrono::DateTime::parse_from_rfc3339(text).ok()?.to_utc());
        // Years of four digits: what every form of the value can hold.
        (0..10_000).contains(&chrono::Datelike::year(&instant.utc())).then_some(Self(instant))
    }
    fn speak(&self) -> String {
        self.0.to_string()
    }
}

impl Spoken for Date {
    fn read(text: &str) -> Option<Self> {
        let day = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        (text.len() == 10).then_some(Self(Day(day)))
    }
    fn speak(&self) -> String {
        self.0.to_string()
    }
}

impl Spoken for Decimal {
    fn read(text: &str) -> Option<Self> {
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || part.len() > 2 || !digits(whole) || !digits(part) {
            return None;
        }
        let cents: i64 = format!("{part:0<2}").parse().ok()?;
        let whole: i64 = whole.parse().ok()?;
        Some(Self(Cents(whole.checked_mul(100)?.checked_add(cents)? * sign)))
    }
    fn speak(&self) -> String {
        let sign = if self.0.0 < 0 { "-" } else { "" };
        let cents = self.0.0.unsigned_abs();
        format!("{sign}{}.{:02}", cents / 100, cents % 100)
    }
}

fn parse<T: Spoken + ScalarType + InputType>(value: &Value, form: &str) -> InputValueResult<T> {
    let read = match value {
        Value::String(text) => T::read(text),
        _ => None,
    };
    read.ok_or_else(|| InputValueError::custom(format!("expected {form}")))
}

fn is_valid<T: Spoken>(value: &Value) -> bool {
    matches!(value, Value::String(text) if T::read(text).is_some())
}

/// An instant in UTC, RFC 3339 with microseconds, as in `2026-03-29T08:30:00.000000Z`.
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        parse(&value, "an instant such as 2026-03-29T08:30:00Z")
    }
    fn is_valid(value: &Value) -> bool {
        is_valid::<Self>(value)
    }
    fn to_value(&self) -> Value {
        Value::String(self.speak())
    }
}

/// A calendar date, as in `1951-07-04`. It has no time zone and is never shifted by one.
#[Scalar]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        parse(&value, "a date such as 1951-07-04")
    }
    fn is_valid(value: &Value) -> bool {
        is_valid::<Self>(value)
    }
    fn to_value(&self) -> Value {
        Value::String(self.speak())
    }
}

/// An amount of money in the clinic's currency, with two decimals, as text: `"120.50"`.
#[Scalar]
impl ScalarType for Decimal {
    fn parse(value: Value) -> InputValueResult<Self> {
        parse(&value, "an amount with at most two decimals such as \"120.50\"")
    }
    fn is_valid(value: &Value) -> bool {
        is_valid::<Self>(value)
    }
    fn to_value(&self) -> Value {
        Value::String(self.speak())
    }
}

/// Any JSON value.
#[Scalar(name = "JSON", specified_by_url = "https://www.rfc-editor.org/rfc/rfc8259")]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(value.into_json()?))
    }
    fn to_value(&self) -> Value {
        Value::from_json(self.0.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_has_two_decimals() {
        for (text, cents) in [("120.50", 12_050), ("0", 0), ("7.5", 750), ("-1.05", -105)] {
            assert_eq!(Decimal::read(text), Some(Decimal(Cents(cents))), "{text}");
        }
        for text in ["", ".5", "1.234", "1,5", "1e3", "NaN", "99999999999999999999"] {
            assert_eq!(Decimal::read(text), None, "{text}");
        }
        assert_eq!(Decimal(Cents(-105)).speak(), "-1.05");
    }

    #[test]
    fn dates_are_dates_only() {
        assert!(Date::read("2024-02-29").is_some());
        for text in ["2023-02-29", "2024-2-9", "2024-02-29T00:00:00Z", "tomorrow"] {
            assert_eq!(Date::read(text), None, "{text}");
        }
    }
}
