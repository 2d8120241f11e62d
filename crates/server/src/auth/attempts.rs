//! How often one may try to sign in. A try is taken before a password is looked at, and given back when it was right:
//! so tries that run at once, in one document or in many, are counted before any of them is answered.
//!
//! Limits are per account and address, and per address: whoever tries from one place shuts out nobody elsewhere. Who has
//! signed in from an address before is not held to the limit of the address, which others there may have used up. What
//! succeeds is limited too, per account, and far more generously. All this is kept by each server for itself, and
//! forgotten when it stops.

use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use entity::{Key, fold};

pub use super::allowance::TooMany;
use super::allowance::{Allowance, Counters, none_to_wait};

/// For one account from one address: a person who has forgotten which password it was finds out within ten.
const ACCOUNT: Allowance = Allowance { tries: 10, one_more: TimeDelta::seconds(60) };
/// For one address: 200 people may sign in at once from a clinic, and half of them mistype.
const ADDRESS: Allowance = Allowance { tries: 300, one_more: TimeDelta::seconds(1) };
/// Of right passwords and refreshes, for one account: a person has a few devices, each with a refresh in minutes.
const SUCCESS: Allowance = Allowance { tries: 60, one_more: TimeDelta::seconds(10) };

/// So long is remembered from where somebody signed in.
const KNOWN: TimeDelta = TimeDelta::days(30);
/// So much of an account's name tells it from others.
const NAME: usize = 64;

/// Tries that were taken and not given back.
#[derive(Default)]
pub struct Attempts {
    /// Names are remembered as what this makes of them, which takes little room however long they are.
    names: RandomState,
    counts: Mutex<Counts>,
}

/// An account's name, and an address from which somebody signs in to it.
type Place = (u64, IpAddr);

#[derive(Default)]
struct Counts {
    accounts: Counters<Place>,
    addresses: Counters<IpAddr>,
    successes: Counters<Key>,
    /// Until when it is remembered that somebody signed in there.
    known: Counters<Place>,
}

/// A try that was taken: it stays taken unless it is given back.
#[derive(Debug)]
#[must_use]
pub struct Attempt {
    place: Place,
    /// Whether somebody had signed in there before: then it was not taken from the address.
    known: bool,
}

impl Attempts {
    /// Takes a try to sign in to an account from an address.
    ///
    /// # Errors
    /// When there is none left; nothing is taken then.
    pub fn take(&self, username: &str, address: IpAddr, now: DateTime<Utc>) -> Result<Attempt, TooMany> {
        let address = network(address);
        let name = fold(&username.trim().chars().take(NAME).collect::<String>());
        let place = (self.names.hash_one(name), address);
        let mut counts = self.counts();
        let known = counts.known.until(&place).is_some_and(|until| now < until);
        let wait = counts.accounts.wait(&place, ACCOUNT, now);
        if known {
            none_to_wait(wait)?;
        } else {
            none_to_wait(wait.max(counts.addresses.wait(&address, ADDRESS, now)))?;
            counts.addresses.take(address, ADDRESS, now);
        }
        counts.accounts.take(place, ACCOUNT, now);
        Ok(Attempt { place, known })
    }

    /// Gives a try back: it was no failure.
    pub fn give_back(&self, attempt: Attempt) {
        self.counts().give_back(&attempt);
    }

    /// Gives a try back with which the right password of this account came, and remembers from where.
    ///
    /// # Errors
    /// When too many succeed. The try stays taken then, so that soon no more passwords are checked.
    pub fn right(&self, attempt: Attempt, account: Key, now: DateTime<Utc>) -> Result<(), TooMany> {
        let mut counts = self.counts();
        counts.succeed(account, now)?;
        counts.give_back(&attempt);
        counts.known.remember(attempt.place, now + KNOWN, now);
        Ok(())
    }

    /// Counts a refresh of a sign-in to this account.
    ///
    /// # Errors
    /// When too many succeed.
    pub fn refreshed(&self, account: Key, now: DateTime<Utc>) -> Result<(), TooMany> {
        self.counts().succeed(account, now)
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    fn give_back(&mut self, attempt: &Attempt) {
        self.accounts.give_back(&attempt.place, ACCOUNT);
        if !attempt.known {
            self.addresses.give_back(&attempt.place.1, ADDRESS);
        }
    }

    fn succeed(&mut self, account: Key, now: DateTime<Utc>) -> Result<(), TooMany> {
        none_to_wait(self.successes.wait(&account, SUCCESS, now))?;
        self.successes.take(account, SUCCESS, now);
        Ok(())
    }
}

/// What counts as one address: an IPv6 host has a whole network of them to choose from.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const ELSEWHERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    fn now() -> DateTime<Utc> {
        "2026-03-14T09:00:00Z".parse().unwrap()
    }

    #[test]
    fn ten_tries_then_one_a_minute() {
        let (attempts, mut now) = (Attempts::default(), now());
        for _ in 0..10 {
            let _taken = attempts.take("ada", HERE, now).unwrap();
        }
        let refused = attempts.take(" ADA ", HERE, now).unwrap_err();
        assert_eq!(refused, TooMany { seconds: 60 }, "a name in other letters is the same account");
        now += TimeDelta::seconds(59);
        assert_eq!(attempts.take("ada", HERE, now).unwrap_err().seconds, 1);
        now += TimeDelta::seconds(1);
        let _taken = attempts.take("ada", HERE, now).unwrap();
        assert_eq!(attempts.take("ada", HERE, now).unwrap_err().seconds, 60);
        let _elsewhere = attempts.take("ada", ELSEWHERE, now).unwrap();
        let _another = attempts.take("bell", HERE, now).unwrap();
        now += TimeDelta::days(1);
        for _ in 0..10 {
            let _taken = attempts.take("ada", HERE, now).unwrap();
        }
        assert!(attempts.take("ada", HERE, now).is_err(), "waiting saves no more than ten");
    }

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let attempts = Attempts::default();
        for _ in 0..1000 {
            let taken = attempts.take("ada", HERE, now()).unwrap();
            attempts.give_back(taken);
        }
    }

    #[test]
    fn an_address_has_its_own_limit_over_all_accounts() {
        let attempts = Attempts::default();
        for number in 0..300 {
            let _taken = attempts.take(&format!("user{number}"), HERE, now()).unwrap();
        }
        assert_eq!(attempts.take("ada", HERE, now()).unwrap_err().seconds, 1);
        let _elsewhere = attempts.take("ada", ELSEWHERE, now()).unwrap();
        let _later = attempts.take("ada", HERE, now() + TimeDelta::seconds(1)).unwrap();
    }

    #[test]
    fn who_signed_in_there_before_is_not_shut_out_by_others() {
        let (attempts, mut now) = (Attempts::default(), now());
        let right = |name| attempts.right(attempts.take(name, HERE, now).unwrap(), Key(uuid::Uuid::nil()), now);
        right("ada").unwrap();
        for number in 0..300 {
            let _taken = attempts.take(&format!("user{number}"), HERE, now).unwrap();
        }
        for _ in 0..10 {
            let _taken = attempts.take("Ada", HERE, now).unwrap();
        }
        assert_eq!(attempts.take("ada", HERE, now).unwrap_err().seconds, 60, "the account's limit holds");
        assert_eq!(attempts.take("bell", HERE, now).unwrap_err().seconds, 1);
        now += TimeDelta::days(30);
        for number in 0..300 {
            let _taken = attempts.take(&format!("user{number}"), HERE, now).unwrap();
        }
        assert_eq!(attempts.take("ada", HERE, now).unwrap_err().seconds, 1, "it was long ago");
    }

    #[test]
    fn what_succeeds_is_limited_too() {
        let (attempts, mut now) = (Attempts::default(), now());
        let [ada, bell] = [1, 2].map(|number| Key(uuid::Uuid::from_u128(number)));
        for _ in 0..30 {
            attempts.right(attempts.take("ada", HERE, now).unwrap(), ada, now).unwrap();
            attempts.refreshed(ada, now).unwrap();
        }
        assert_eq!(attempts.refreshed(ada, now).unwrap_err().seconds, 10);
        for _ in 0..10 {
            assert!(attempts.right(attempts.take("ada", HERE, now).unwrap(), ada, now).is_err());
        }
        assert!(attempts.take("ada", HERE, now).is_err(), "then nothing is looked at");
        attempts.refreshed(bell, now).unwrap();
        now += TimeDelta::seconds(10);
        attempts.refreshed(ada, now).unwrap();
        assert!(attempts.refreshed(ada, now).is_err());
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let attempts = Attempts::default();
        for number in 0..10 {
            let address = format!("2001:db8:1:2:{number}::1").parse().unwrap();
            let _taken = attempts.take("ada", address, now()).unwrap();
        }
        assert!(attempts.take("ada", "2001:db8:1:2::ffff".parse().unwrap(), now()).is_err());
        let _neighbour = attempts.take("ada", "2001:db8:1:3::1".parse().unwrap(), now()).unwrap();
        let _mapped = attempts.take("ada", "::ffff:192.0.2.1".parse().unwrap(), now()).unwrap();
        assert_eq!(network("::ffff:192.0.2.1".parse().unwrap()), HERE);
    }
}
