//! The clinic's calendar: days and opening hours in its own zone.

use chrono::{Datelike, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc, Weekday};
use chrono_tz::Tz;
use entity::Instant;

use super::dice::Dice;

/// How far back the records of the demo reach, in days: about six years.
pub(super) const HISTORY: i64 = 2190;

/// The days that the demo covers. Everything that has happened, happened before `today` began, so that the clinic is
/// the same whenever on that day it is made; visits of today and later are booked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Calendar {
    today: NaiveDate,
    zone: Tz,
}

impl Calendar {
    pub(super) fn new(today: NaiveDate, zone: Tz) -> Self {
        Self { today, zone }
    }

    /// The day that lies so many days before today; negative: after.
    pub(super) fn day(&self, ago: i64) -> NaiveDate {
        let days = Days::new(ago.unsigned_abs());
        let moved = if ago < 0 { self.today.checked_add_days(days) } else { self.today.checked_sub_days(days) };
        moved.unwrap_or(self.today)
    }

    /// The beginning of today: the present of the demo.
    pub(super) fn now(&self) -> Instant {
        self.at(0, 0)
    }

    /// So many minutes into a day, by the clinic's clock.
    pub(super) fn at(&self, ago: i64, minutes: i64) -> Instant {
        let local = self.day(ago).and_time(NaiveTime::MIN) + TimeDelta::minutes(minutes);
        let time = match self.zone.from_local_datetime(&local).earliest() {
            Some(time) => time.with_timezone(&Utc),
            // The clock leaps over this minute.
            None => local.and_utc(),
        };
        Instant::new(time)
    }

    /// A visit's time: a quarter of an hour between 8:00 and 17:45 on a working day. From a weekend, a past visit falls
    /// on the Friday before, a future one on the Monday after. Also says how many days ago that is.
    pub(super) fn appointment(&self, ago: i64, dice: &mut Dice) -> (i64, Instant) {
        let ago = self.working_day(ago);
        (ago, self.at(ago, 480 + 15 * dice.between(0, 39)))
    }

    /// A working day that is, or is next to, the day so many days ago.
    pub(super) fn working_day(&self, ago: i64) -> i64 {
        match (self.day(ago).weekday(), ago > 0) {
            (Weekday::Sat, true) => ago + 1,
            (Weekday::Sun, true) => ago + 2,
            (Weekday::Sat, false) => ago - 2,
            (Weekday::Sun, false) => ago - 1,
            _ => ago,
        }
    }

    /// Some moment in the office's hours of a day, to the microsecond.
    pub(super) fn moment(&self, ago: i64, dice: &mut Dice) -> Instant {
        later(self.at(ago, 480), dice.between(0, 10 * 60) * 60, dice)
    }
}

/// So many seconds after an instant, and a fraction of a minute.
pub(super) fn later(at: Instant, seconds: i64, dice: &mut Dice) -> Instant {
    Instant::new(at.utc() + TimeDelta::seconds(seconds) + TimeDelta::microseconds(dice.between(0, 59_999_999)))
}

/// So many days after an instant.
pub(super) fn days_after(at: Instant, days: i64) -> Instant {
    Instant::new(at.utc() + TimeDelta::days(days))
}

#[cfg(test)]
mod tests {
    use super::super::dice::Stream;
    use super::*;

    fn calendar() -> Calendar {
        // A Sunday on which Berlin's clocks go forward.
        Calendar::new(NaiveDate::from_ymd_opt(2026, 3, 29).unwrap(), chrono_tz::Europe::Berlin)
    }

    #[test]
    fn a_day_begins_by_the_clinics_clock() {
        assert_eq!(calendar().now().to_string(), "2026-03-28T23:00:00.000000Z");
        assert_eq!(calendar().at(-1, 0).to_string(), "2026-03-29T22:00:00.000000Z");
        assert_eq!(calendar().at(0, 150).to_string(), "2026-03-29T02:30:00.000000Z");
    }

    #[test]
    fn nobody_is_booked_on_a_weekend() {
        let mut dice = Dice::new(1, Stream::Office);
        for ago in -30..30 {
            let (moved, at) = calendar().appointment(ago, &mut dice);
            let local = at.utc().with_timezone(&chrono_tz::Europe::Berlin);
            assert!(local.weekday().num_days_from_monday() < 5, "{local}");
            assert_eq!(local.date_naive(), calendar().day(moved));
            assert_eq!(moved > 0, ago > 0, "the past stays past");
        }
    }
}
