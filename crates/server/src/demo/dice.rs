//! Randomness that repeats: a seed and what is made decide every throw.

use chrono::{DateTime, Utc};
use entity::Key;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::auth::secret::{Purpose, Secret};

/// What a stream of randomness is for. Each thing made has a stream of its own, so that nothing depends on what was
/// made before it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stream {
    /// The patient with this number.
    Patient(u64),
    /// The doctor with this number.
    Doctor(u64),
    /// The accounts that are neither patients' nor doctors'.
    Office,
    /// The account of the patient with this number, where the patient's own stream has given none.
    Account(u64),
    /// What an account signs in with.
    Access,
}

/// A seeded source of randomness. Only integers are drawn, by a rule of our own, so that no crate's new version makes
/// another clinic of the same seed.
#[derive(Debug)]
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    pub(super) fn new(seed: u64, stream: Stream) -> Self {
        const KIND: u64 = 1 << 60;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(match stream {
            Stream::Patient(number) => number,
            Stream::Doctor(number) => KIND + number,
            Stream::Office => 2 * KIND,
            Stream::Account(number) => 3 * KIND + number,
            Stream::Access => 4 * KIND,
        });
        Self(rng)
    }

    /// 0 to `bound` - 1; 0 for a bound of 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.0.next_u64()) * u128::from(bound);
        // The upper half of a product with a u64 fits a u64.
        (wide >> 64) as u64
    }

    /// From `low` to `high`, both included; `low` where there is nothing between.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below(high.saturating_add(1).abs_diff(low.min(high))) as i64
    }

    /// True `percent` times in a hundred.
    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// A fraction of thousandths: never NaN, the same text everywhere.
    pub(super) fn share(&mut self, low: i64, high: i64) -> f64 {
        self.between(low, high) as f64 / 1000.0
    }

    /// One of `among`, which must not be empty.
    pub(super) fn pick<'a, T: ?Sized>(&mut self, among: &[&'a T]) -> &'a T {
        among[self.below(among.len() as u64) as usize]
    }

    /// One of `among` by weight.
    pub(super) fn weighted<T: Copy>(&mut self, among: &[(u64, T)]) -> T {
        let total = among.iter().map(|(weight, _)| weight).sum();
        let mut left = self.below(total);
        for (weight, item) in among {
            if left < *weight {
                return *item;
            }
            left -= weight;
        }
        among[among.len() - 1].1
    }

    /// A key for a row that came to be at `at`.
    pub(super) fn key(&mut self, at: impl Into<DateTime<Utc>>) -> Key {
        Key::v7(at.into(), &mut self.0)
    }

    /// A secret, which is none to whoever knows the seed.
    pub(super) fn secret(&mut self, purpose: Purpose) -> Secret {
        Secret::new(purpose, &mut self.0)
    }

    /// So many hexadecimal digits.
    pub(super) fn hex(&mut self, digits: usize) -> String {
        (0..digits).map(|_| char::from(b"0123456789abcdef"[self.below(16) as usize])).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throws_stay_in_bounds_and_reach_them() {
        let mut dice = Dice::new(1, Stream::Office);
        let throws: Vec<i64> = (0..1000).map(|_| dice.between(-2, 3)).collect();
        assert_eq!((throws.iter().min(), throws.iter().max()), (Some(&-2), Some(&3)));
        assert_eq!(dice.between(5, 5), 5);
        assert_eq!(dice.between(5, 4), 5);
        assert_eq!(dice.below(0), 0);
    }

    #[test]
    fn the_seed_and_the_stream_decide() {
        let throw = |seed, stream| Dice::new(seed, stream).below(u64::MAX);
        assert_eq!(throw(1, Stream::Patient(7)), throw(1, Stream::Patient(7)));
        assert_ne!(throw(1, Stream::Patient(7)), throw(2, Stream::Patient(7)));
        assert_ne!(throw(1, Stream::Patient(7)), throw(1, Stream::Patient(8)));
        assert_ne!(throw(1, Stream::Patient(7)), throw(1, Stream::Doctor(7)));
    }
}
