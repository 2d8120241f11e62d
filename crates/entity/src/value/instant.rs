//! Points in time.

use std::{fmt, str::FromStr};

use chrono::{DateTime, NaiveDateTime, Utc};
use sea_orm::{ColIdx, QueryResult, TryGetError, TryGetable, sea_query::ColumnType};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{cell, column_value};
use crate::Malformed;

const FORM: &str = "an instant, YYYY-MM-DDTHH:MM:SS.ffffffZ";

/// A point in time, UTC, to the microsecond: both databases keep exactly that. The text form has 27 characters for the
/// years 0 to 9999, so that the order of texts is the order of times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(DateTime<Utc>);

impl Instant {
    /// The instant, cut to microseconds. A leap second is the second after it, as PostgreSQL has it: SQLite's own
    /// functions know no second 60.
    pub fn new(time: DateTime<Utc>) -> Self {
        Self(DateTime::from_timestamp_micros(time.timestamp_micros()).unwrap_or(time))
    }

    /// As chrono knows it.
    pub fn utc(self) -> DateTime<Utc> {
        self.0
    }

    /// The 27 characters that SQLite stores.
    pub fn to_sqlite(self) -> String {
        self.to_string()
    }
}

impl From<DateTime<Utc>> for Instant {
    fn from(time: DateTime<Utc>) -> Self {
        Self::new(time)
    }
}

impl From<Instant> for DateTime<Utc> {
    fn from(instant: Instant) -> Self {
        instant.0
    }
}

impl fmt::Display for Instant {
    /// `YYYY-MM-DDTHH:MM:SS.ffffffZ`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%dT%H:%M:%S%.6fZ"))
    }
}

/// A text that is not `YYYY-MM-DDTHH:MM:SS.ffffffZ` with a time that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an instant, YYYY-MM-DDTHH:MM:SS.ffffffZ")]
pub struct NotAnInstant;

impl FromStr for Instant {
    type Err = NotAnInstant;

    fn from_str(text: &str) -> Result<Self, NotAnInstant> {
        if text.len() != 27 || !text.starts_with(|first: char| first.is_ascii_digit()) {
            return Err(NotAnInstant);
        }
        let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.6fZ").map_err(|_| NotAnInstant)?;
        Ok(Self::new(time.and_utc()))
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl TryGetable for Instant {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        if row.try_as_sqlite_row().is_none() {
            return cell(row, index, FORM).map(Self::new);
        }
        let text: String = cell(row, index, FORM)?;
        text.parse().map_err(|_| Malformed::at(row, index, format!("expected {FORM}")).into())
    }
}

column_value!(Instant, DateTime<Utc>, ChronoDateTimeUtc, ColumnType::TimestampWithTimeZone);

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::{Instant, NotAnInstant};

    #[test]
    fn an_instant_is_cut_to_microseconds_and_always_27_characters() {
        let time: DateTime<Utc> = "2026-03-01T12:34:56.123456999Z".parse().unwrap();
        assert_eq!(Instant::new(time).to_sqlite(), "2026-03-01T12:34:56.123456Z");
        let round: DateTime<Utc> = "1999-12-31T23:59:00Z".parse().unwrap();
        assert_eq!(Instant::new(round).to_string(), "1999-12-31T23:59:00.000000Z");
        assert_eq!(Instant::new(time).to_string().parse(), Ok(Instant::new(time)));
    }

    #[test]
    fn a_leap_second_is_the_second_after_it() {
        let time: DateTime<Utc> = "2016-12-31T23:59:60.123456789Z".parse().unwrap();
        assert_eq!(Instant::new(time).to_string(), "2017-01-01T00:00:00.123456Z");
        assert_eq!("2016-12-31T23:59:60.123456Z".parse(), Ok(Instant::new(time)));
        let long_ago: DateTime<Utc> = "1916-12-31T23:59:59.999999999Z".parse().unwrap();
        assert_eq!(Instant::new(long_ago).to_string(), "1916-12-31T23:59:59.999999Z");
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            "2026-03-01T12:34:56Z",
            "2026-03-01 12:34:56.123456Z",
            "2026-03-01T12:34:56.12345678",
            "2026-02-30T12:34:56.123456Z",
            "2026-03-01T12:34:56.123456z",
            "+026-03-01T12:34:56.123456Z",
            "",
        ] {
            assert_eq!(text.parse::<Instant>(), Err(NotAnInstant), "{text}");
        }
    }

    #[test]
    fn json_is_the_text() {
        let instant: Instant = "2026-03-01T12:34:56.123456Z".parse().unwrap();
        let json = serde_json::to_string(&instant).unwrap();
        assert_eq!(json, "\"2026-03-01T12:34:56.123456Z\"");
        assert_eq!(serde_json::from_str::<Instant>(&json).unwrap(), instant);
    }
}
