//! Calendar days.

use std::{fmt, str::FromStr};

use chrono::{Datelike, NaiveDate};
use sea_orm::{ColIdx, QueryResult, TryGetError, TryGetable, sea_query::ColumnType};
use serde::{Deserialize, Serialize};

use super::{cell, column_value};
use crate::Malformed;

const FORM: &str = "a day, YYYY-MM-DD";

/// A day on the calendar, such as a date of birth. It never passes through a time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(pub NaiveDate);

impl Day {
    /// Years completed from this day to another. Born on 29 February, one is a year older on 1 March of other years.
    pub fn years_until(self, until: Self) -> i64 {
        let before_birthday = (until.0.month(), until.0.day()) < (self.0.month(), self.0.day());
        let years = until.0.year() - self.0.year() - i32::from(before_birthday);
        i64::from(years).max(0)
    }
}

impl From<NaiveDate> for Day {
    fn from(date: NaiveDate) -> Self {
        Self(date)
    }
}

impl From<Day> for NaiveDate {
    fn from(day: Day) -> Self {
        day.0
    }
}

impl fmt::Display for Day {
    /// `YYYY-MM-DD`, which is its form on SQLite.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%d"))
    }
}

/// A text that is not `YYYY-MM-DD` with a day that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a day, YYYY-MM-DD")]
pub struct NotADay;

impl FromStr for Day {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Self, NotADay> {
        if text.len() != 10 || !text.starts_with(|first: char| first.is_ascii_digit()) {
            return Err(NotADay);
        }
        NaiveDate::parse_from_str(text, "%Y-%m-%d").map(Self).map_err(|_| NotADay)
    }
}

impl TryGetable for Day {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        if row.try_as_sqlite_row().is_none() {
            return cell(row, index, FORM).map(Self);
        }
        let text: String = cell(row, index, FORM)?;
        text.parse().map_err(|_| Malformed::at(row, index, format!("expected {FORM}")).into())
    }
}

column_value!(Day, NaiveDate, ChronoDate, ColumnType::Date);

#[cfg(test)]
mod tests {
    use super::{Day, NotADay};

    #[test]
    fn a_day_reads_what_it_writes_and_nothing_else() {
        for text in ["1938-02-28", "2024-02-29"] {
            assert_eq!(text.parse::<Day>().unwrap().to_string(), text);
        }
        for text in ["2023-02-29", "1938-2-28", "38-02-28", "1938-02-28T00:00", "", "+938-02-28", " 938-02-28"] {
            assert_eq!(text.parse::<Day>(), Err(NotADay), "{text}");
        }
    }
}
