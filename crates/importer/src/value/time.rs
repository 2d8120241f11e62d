//! Times: two clocks in one column.
//!
//! The old program wrote its server's local time without a zone, the database its defaults in UTC. Which is which shows in
//! the form alone.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use entity::Instant;
use rusqlite::types::ValueRef;

/// How far the old server's clock was ahead of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offset {
    minutes: i32,
}

/// A text that is no offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an offset from UTC is written +05:30, -04:00 or Z")]
pub struct NotAnOffset;

impl Offset {
    /// None.
    pub const UTC: Self = Self { minutes: 0 };

    /// Minutes east of UTC.
    pub fn minutes(self) -> i32 {
        self.minutes
    }

    fn ahead(self) -> TimeDelta {
        TimeDelta::minutes(self.minutes.into())
    }
}

impl FromStr for Offset {
    type Err = NotAnOffset;

    fn from_str(text: &str) -> Result<Self, NotAnOffset> {
        zone(text).map(|minutes| Self { minutes }).ok_or(NotAnOffset)
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, minutes) = (if self.minutes < 0 { '-' } else { '+' }, self.minutes.abs());
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

/// What a cell says of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stamp {
    /// NULL, or white space.
    Absent,
    /// No time that can be.
    Unreadable,
    /// A time, and whether it is one of the local clock's.
    At(Instant, Clock),
}

/// Which clock a time was written by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clock {
    Local,
    Utc,
}

impl Stamp {
    pub(crate) fn instant(self) -> Option<Instant> {
        match self {
            Self::At(instant, _) => Some(instant),
            Self::Absent | Self::Unreadable => None,
        }
    }
}

/// Reads a cell; `offset` is how far the local clock was ahead.
pub(crate) fn stamp(cell: ValueRef<'_>, offset: Offset) -> Stamp {
    let read = match cell {
        ValueRef::Null => return Stamp::Absent,
        ValueRef::Blob(_) => None,
        ValueRef::Integer(number) => of_integer(number),
        ValueRef::Real(number) => of_real(number),
        ValueRef::Text(bytes) => match str::from_utf8(bytes).map(str::trim) {
            Ok("") => return Stamp::Absent,
            Ok(text) => of_text(text, offset),
            Err(_) => None,
        },
    };
    match read {
        Some((time, clock)) if (1900..2100).contains(&time.year()) => Stamp::At(Instant::new(time), clock),
        _ => Stamp::Unreadable,
    }
}

/// A calendar day as it was written: no zone moves a birth.
pub(crate) fn day(cell: ValueRef<'_>) -> Option<NaiveDate> {
    if let ValueRef::Text(bytes) = cell {
        return date(str::from_utf8(bytes).ok()?.trim().get(..10)?);
    }
    stamp(cell, Offset::UTC).instant().map(|instant| instant.utc().date_naive())
}

/// Digits for digits: `YYYY-MM-DD`.
fn date(text: &str) -> Option<NaiveDate> {
    let whole = text.len() == 10 && text.is_ascii() && text.as_bytes()[..4].iter().all(u8::is_ascii_digit);
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|date| whole && date.to_string() == text)
}

fn of_integer(number: i64) -> Option<(DateTime<Utc>, Clock)> {
    let time = match number {
        19_000_101..=20_991_231 => {
            let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
            let day = NaiveDate::from_ymd_opt(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?)?;
            day.and_time(NaiveTime::MIN).and_utc()
        }
        100_000_000..100_000_000_000 => DateTime::from_timestamp(number, 0)?,
        100_000_000_000..100_000_000_000_000 => DateTime::from_timestamp_millis(number)?,
        _ => return None,
    };
    Some((time, Clock::Utc))
}

fn of_real(number: f64) -> Option<(DateTime<Utc>, Clock)> {
    #[expect(clippy::cast_possible_truncation, reason = "bounded by the ranges")]
    let micros = |seconds: f64| DateTime::from_timestamp_micros((seconds * 1e6).round() as i64);
    /// The Julian day of the beginning of 1970.
    const EPOCH: f64 = 2_440_587.5;
    let time = if (1e8..1e11).contains(&number) {
        micros(number)?
    } else if (1e11..1e14).contains(&number) {
        micros(number / 1000.0)?
    } else if number > 2_415_020.0 && number < 2_488_070.0 {
        micros((number - EPOCH) * 86_400.0)?
    } else {
        return None;
    };
    Some((time, Clock::Utc))
}

/// `T` without a zone, or a fraction after a space, is Python's clock: local. A space without a fraction is SQLite's: UTC.
fn of_text(text: &str, offset: Offset) -> Option<(DateTime<Utc>, Clock)> {
    let day = date(text.get(..10)?)?;
    let rest = &text[10..];
    let Some(separator @ ('T' | ' ')) = rest.chars().next() else {
        return rest.trim().is_empty().then(|| (day.and_time(NaiveTime::MIN).and_utc(), Clock::Utc));
    };
    let rest = &rest[1..];
    let clock_ends = rest.find(|c: char| !c.is_ascii_digit() && c != ':' && c != '.').unwrap_or(rest.len());
    let (clock, tail) = (&rest[..clock_ends], rest[clock_ends..].trim());
    let (time, fraction) = clock_time(clock)?;
    let written = NaiveDateTime::new(day, time);
    if !tail.is_empty() {
        let ahead = Offset { minutes: zone(tail)? }.ahead();
        return Some((written.checked_sub_signed(ahead)?.and_utc(), Clock::Utc));
    }
    if separator == ' ' && !fraction {
        return Some((written.and_utc(), Clock::Utc));
    }
    Some((written.checked_sub_signed(offset.ahead())?.and_utc(), Clock::Local))
}

/// `HH:MM`, `HH:MM:SS` or `HH:MM:SS.f…`, and whether it has a fraction. There is no second 60 and no hour 24.
fn clock_time(text: &str) -> Option<(NaiveTime, bool)> {
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    let parts: Vec<&str> = whole.split(':').collect();
    let two = |part: &&str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !(parts.len() == 3 || parts.len() == 2 && fraction.is_none()) || !parts.iter().all(two) {
        return None;
    }
    let micros = match fraction {
        None => 0,
        Some(digits) if !(1..=9).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            return None;
        }
        Some(digits) => format!("{digits:0<6}")[..6].parse().ok()?,
    };
    let part = |place: usize| parts.get(place).map_or(Some(0), |part| part.parse().ok());
    Some((NaiveTime::from_hms_micro_opt(part(0)?, part(1)?, part(2)?, micros)?, fraction.is_some()))
}

/// `Z`, `+05:30` or `+0530` in minutes.
fn zone(text: &str) -> Option<i32> {
    if ["Z", "z"].contains(&text) {
        return Some(0);
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits = text[1..].replacen(':', "", usize::from(text.len() == 6));
    if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes): (i32, i32) = (digits[..2].parse().ok()?, digits[2..].parse().ok()?);
    (hours <= 15 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

/// The day in the middle of the year in which somebody was born who was `age` years old on `day`.
pub(crate) fn born(day: NaiveDate, age: i64) -> Option<NaiveDate> {
    let year = i64::from(day.year()) - age;
    let anniversary = day.with_year(year.try_into().ok()?).or_else(|| day.pred_opt()?.with_year(year.try_into().ok()?));
    anniversary?.checked_sub_days(Days::new(182))
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDIA: Offset = Offset { minutes: 330 };

    fn read(text: &str) -> Option<String> {
        stamp(ValueRef::Text(text.as_bytes()), INDIA).instant().map(|instant| instant.to_string())
    }

    #[test]
    fn the_form_tells_the_clock() {
        for (text, utc) in [
            ("2025-10-06T12:30:00.123456", "2025-10-06T07:00:00.123456Z"),
            ("2025-10-06T12:30:00", "2025-10-06T07:00:00.000000Z"),
            ("2025-10-06 07:00:00", "2025-10-06T07:00:00.000000Z"),
            ("2025-10-06 12:30:00.25", "2025-10-06T07:00:00.250000Z"),
            ("2025-10-06T12:30:00Z", "2025-10-06T12:30:00.000000Z"),
            ("2025-10-06 12:30:00+05:30", "2025-10-06T07:00:00.000000Z"),
            ("2025-10-06T12:30-0400", "2025-10-06T16:30:00.000000Z"),
            ("2025-10-06T00:10:00", "2025-10-05T18:40:00.000000Z"),
            ("2025-10-06", "2025-10-06T00:00:00.000000Z"),
            ("  2025-10-06 07:00  ", "2025-10-06T07:00:00.000000Z"),
            ("2025-10-06T12:30:00.123456789", "2025-10-06T07:00:00.123456Z"),
        ] {
            assert_eq!(read(text).as_deref(), Some(utc), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_not_guessed() {
        for text in [
            "yesterday",
            "06/10/2025",
            "2025-02-30",
            "2025-13-01T00:00:00",
            "2025-10-06T24:00:00",
            "2025-10-06T12:00:60",
            "1899-12-31T00:00:00Z",
            "2100-01-01",
            "2025-10-06T1:30:00",
            "2025-10-06Z",
            "2025-10-06T12:30:00 IST",
        ] {
            assert_eq!(stamp(ValueRef::Text(text.as_bytes()), INDIA), Stamp::Unreadable, "{text}");
        }
        assert_eq!(stamp(ValueRef::Text(b"  "), INDIA), Stamp::Absent);
        assert_eq!(stamp(ValueRef::Integer(7), INDIA), Stamp::Unreadable);
    }

    #[test]
    fn numbers_are_times_of_four_kinds() {
        let read = |cell| stamp(cell, INDIA).instant().map(|instant| instant.to_string());
        assert_eq!(read(ValueRef::Integer(20_251_006)).as_deref(), Some("2025-10-06T00:00:00.000000Z"));
        assert_eq!(read(ValueRef::Integer(1_759_734_000)).as_deref(), Some("2025-10-06T07:00:00.000000Z"));
        assert_eq!(read(ValueRef::Integer(1_759_734_000_123)).as_deref(), Some("2025-10-06T07:00:00.123000Z"));
        assert_eq!(read(ValueRef::Real(2_460_954.5)).as_deref(), Some("2025-10-06T00:00:00.000000Z"));
    }

    #[test]
    fn a_birth_stays_on_its_day() {
        let on = |text: &str| day(ValueRef::Text(text.as_bytes())).map(|day| day.to_string());
        assert_eq!(on("1950-03-01").as_deref(), Some("1950-03-01"));
        assert_eq!(on("1950-03-01T00:10:00").as_deref(), Some("1950-03-01"));
        assert_eq!(day(ValueRef::Integer(19_500_301)).map(|day| day.to_string()).as_deref(), Some("1950-03-01"));
        let (day, age) = (NaiveDate::from_ymd_opt(2024, 2, 29).unwrap(), 61);
        assert_eq!(born(day, age).map(|day| day.to_string()).as_deref(), Some("1962-08-30"));
    }

    #[test]
    fn offsets_are_written_with_a_sign() {
        for (text, minutes) in [("+05:30", 330), ("-04:00", -240), ("Z", 0), ("+0530", 330)] {
            assert_eq!(text.parse(), Ok(Offset { minutes }), "{text}");
        }
        assert_eq!("+05:30".parse::<Offset>().unwrap().to_string(), "+05:30");
        for text in ["5:30", "+5", "India", "+25:00", "+05:75", ""] {
            assert_eq!(text.parse::<Offset>(), Err(NotAnOffset), "{text}");
        }
    }
}
