//! Counting what there are only so many of in a time: how long each has to wait for one more.

use std::collections::HashMap;
use std::hash::Hash;

use chrono::{DateTime, TimeDelta, Utc};

/// So many accounts and addresses are remembered at most.
const MOST_REMEMBERED: usize = 100_000;

/// How many tries there are, and how soon one comes back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowance {
    pub(super) tries: i32,
    pub(super) one_more: TimeDelta,
}

/// Too many tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Too many tries to sign in. Try again in {seconds} seconds.")]
pub struct TooMany {
    /// After so many seconds there is a try again.
    pub seconds: i64,
}

/// Refuses whoever has to wait.
pub(super) fn none_to_wait(wait: TimeDelta) -> Result<(), TooMany> {
    if wait > TimeDelta::zero() {
        // Rounded up: whoever comes when told is let in.
        return Err(TooMany { seconds: (wait.num_milliseconds() + 999) / 1000 });
    }
    Ok(())
}

/// When all tries of each will have come back: every try that is taken puts it off.
pub(super) struct Counters<K>(HashMap<K, DateTime<Utc>>);

impl<K> Default for Counters<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Hash + Eq> Counters<K> {
    /// How long until there is a try.
    pub(super) fn wait(&self, key: &K, allowance: Allowance, now: DateTime<Utc>) -> TimeDelta {
        let whole = self.0.get(key).map_or(TimeDelta::zero(), |&whole| whole - now);
        whole + allowance.one_more - allowance.one_more * allowance.tries
    }

    /// Until when something is remembered of one.
    pub(super) fn until(&self, key: &K) -> Option<DateTime<Utc>> {
        self.0.get(key).copied()
    }

    /// Remembers one until then.
    pub(super) fn remember(&mut self, key: K, until: DateTime<Utc>, now: DateTime<Utc>) {
        *self.of(key, now) = until;
    }

    pub(super) fn take(&mut self, key: K, allowance: Allowance, now: DateTime<Utc>) {
        let whole = self.of(key, now);
        *whole = (*whole).max(now) + allowance.one_more;
    }

    fn of(&mut self, key: K, now: DateTime<Utc>) -> &mut DateTime<Utc> {
        if self.0.len() >= MOST_REMEMBERED && !self.0.contains_key(&key) {
            self.make_room(now);
        }
        self.0.entry(key).or_insert(now)
    }

    pub(super) fn give_back(&mut self, key: &K, allowance: Allowance) {
        if let Some(whole) = self.0.get_mut(key) {
            *whole -= allowance.one_more;
        }
    }

    /// Forgets those who have all their tries, and where these are few, also the half that has most.
    fn make_room(&mut self, now: DateTime<Utc>) {
        self.0.retain(|_, whole| *whole > now);
        if self.0.len() > MOST_REMEMBERED / 2 {
            let mut all: Vec<_> = self.0.values().copied().collect();
            let (_, &mut median, _) = all.select_nth_unstable(MOST_REMEMBERED / 2);
            self.0.retain(|_, whole| *whole > median);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: Allowance = Allowance { tries: 10, one_more: TimeDelta::seconds(60) };

    fn now() -> DateTime<Utc> {
        "2026-03-14T09:00:00Z".parse().unwrap()
    }

    #[test]
    fn only_so_many_are_remembered_and_the_worst_longest() {
        let mut counters = Counters::default();
        for _ in 0..5 {
            counters.take(u64::MAX, ACCOUNT, now());
        }
        for number in 0..300_000 {
            counters.take(number, ACCOUNT, now());
            assert!(counters.0.len() <= MOST_REMEMBERED);
        }
        assert!(counters.wait(&u64::MAX, ACCOUNT, now()) > counters.wait(&1, ACCOUNT, now()));
        let later = now() + TimeDelta::hours(1);
        counters.make_room(later);
        assert!(counters.0.is_empty());
    }
}
