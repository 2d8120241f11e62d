//! How many sockets are open, in all and of whom.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use entity::Key;

/// Counts sockets. Cheap to clone.
#[derive(Clone, Default)]
pub(in crate::http) struct Census(Arc<Mutex<Counts>>);

#[derive(Default)]
struct Counts {
    all: usize,
    by_user: HashMap<Key, usize>,
}

/// A socket that is counted, until it is dropped.
pub(super) struct Seat {
    census: Census,
    user: Option<Key>,
}

impl Census {
    /// Counts one more socket, if there are fewer than `most`.
    pub(super) fn take(&self, most: usize) -> Option<Seat> {
        let mut counts = self.lock();
        if counts.all >= most {
            return None;
        }
        counts.all += 1;
        Some(Seat { census: self.clone(), user: None })
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        // Nothing that panics runs under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// Notes whose socket it is, if they have fewer than `most`.
    pub(super) fn is_of(&mut self, user: Option<Key>, most: usize) -> bool {
        let Some(user) = user else { return true };
        let mut counts = self.census.lock();
        let count = counts.by_user.entry(user).or_default();
        if *count >= most {
            return false;
        }
        *count += 1;
        self.user = Some(user);
        true
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut counts = self.census.lock();
        counts.all = counts.all.saturating_sub(1);
        if let Some(user) = self.user
            && let Some(count) = counts.by_user.get_mut(&user)
        {
            *count -= 1;
            if *count == 0 {
                counts.by_user.remove(&user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn seats_are_given_back() {
        let (census, ada) = (Census::default(), Some(Key(Uuid::from_u128(1))));
        let mut first = census.take(2).unwrap();
        let mut second = census.take(2).unwrap();
        assert!(census.take(2).is_none());
        assert!(first.is_of(ada, 1) && !second.is_of(ada, 1));
        drop(first);
        assert!(second.is_of(ada, 1) && census.take(2).is_some());
        drop(second);
        assert!(census.lock().by_user.is_empty());
    }
}
