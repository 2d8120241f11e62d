//! The newest of many, and the rest by year.

use std::collections::BTreeMap;

use chrono::Datelike;
use chrono_tz::Tz;
use entity::{Instant, Key};
use serde::Serialize;

/// The newest rows one by one, and how many older ones there are.
#[derive(Debug, Clone, Serialize)]
pub struct Excerpt<T> {
    /// Newest first.
    pub newest: Vec<T>,
    /// How many there are in all.
    pub total: usize,
    /// How many of them are not among the newest.
    pub left_out: usize,
    /// Those, by calendar year, latest first.
    pub earlier: Vec<Year>,
}

/// What a year had.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Year {
    /// The calendar year in the clinic's zone.
    pub year: i32,
    /// How many.
    pub count: usize,
    /// How many of each kind, most first.
    pub kinds: Vec<Share>,
}

/// How many are of a kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Share {
    /// The database's word; None where it is not known.
    pub kind: Option<&'static str>,
    /// How many.
    pub count: usize,
}

/// Rows by time and key, newest first.
pub(super) fn newest_first<'a, R>(rows: &mut [&'a R], order: impl Fn(&'a R) -> (Instant, Key)) {
    rows.sort_by_key(|row| std::cmp::Reverse(order(row)));
}

impl<T> Excerpt<T> {
    /// Of rows in the order in which they are shown, `most` one by one. `kind` says what the older ones are counted by.
    pub(super) fn of<R>(
        rows: &[&R],
        most: usize,
        zone: Tz,
        time: impl Fn(&R) -> Instant,
        kind: impl Fn(&R) -> Option<&'static str>,
        show: impl Fn(&R) -> T,
    ) -> Self {
        let (newest, older) = rows.split_at(most.min(rows.len()));
        let mut years: BTreeMap<i32, BTreeMap<Option<&'static str>, usize>> = BTreeMap::new();
        for row in older {
            let year = time(row).utc().with_timezone(&zone).year();
            *years.entry(year).or_default().entry(kind(row)).or_default() += 1;
        }
        let earlier = years.into_iter().rev().map(|(year, kinds)| {
            let mut kinds: Vec<Share> = kinds.into_iter().map(|(kind, count)| Share { kind, count }).collect();
            kinds.sort_by_key(|share| std::cmp::Reverse(share.count));
            Year { year, count: kinds.iter().map(|share| share.count).sum(), kinds }
        });
        Self {
            newest: newest.iter().map(|row| show(row)).collect(),
            total: rows.len(),
            left_out: older.len(),
            earlier: earlier.collect(),
        }
    }
}
