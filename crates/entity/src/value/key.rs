//! Primary keys.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use rand::Rng;
use sea_orm::{ColIdx, DbErr, QueryResult, TryFromU64, TryGetError, TryGetable, sea_query::ColumnType};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{cell, column_value};
use crate::Malformed;

const FORM: &str = "a key, 36 characters of a UUID in lower case";

/// The primary key of a row: a UUID, in version 7 wherever we make it, so that keys grow with time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Key(pub Uuid);

impl Key {
    /// A new key (UUID version 7): the milliseconds of `now`, then randomness.
    pub fn v7<R: Rng + ?Sized>(now: DateTime<Utc>, rng: &mut R) -> Self {
        let mut random = [0; 10];
        rng.fill_bytes(&mut random);
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or_default();
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }
}

impl From<Uuid> for Key {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl From<Key> for Uuid {
    fn from(key: Key) -> Self {
        key.0
    }
}

impl fmt::Display for Key {
    /// 36 characters, lower case: its form on SQLite.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

/// A text that is not 36 characters of a UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a key, 36 characters of a UUID")]
pub struct NotAKey;

impl FromStr for Key {
    type Err = NotAKey;

    /// Upper case is read too: people paste keys.
    fn from_str(text: &str) -> Result<Self, NotAKey> {
        if text.len() != 36 {
            return Err(NotAKey);
        }
        Uuid::try_parse(text).map(Self).map_err(|_| NotAKey)
    }
}

impl TryGetable for Key {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        if row.try_as_sqlite_row().is_none() {
            return cell(row, index, FORM).map(Self);
        }
        let text: String = cell(row, index, FORM)?;
        // Another spelling would be another key to the database: it compares text.
        let read = if text.bytes().any(|b| b.is_ascii_uppercase()) { Err(NotAKey) } else { text.parse() };
        read.map_err(|_| Malformed::at(row, index, format!("expected {FORM}")).into())
    }
}

impl TryFromU64 for Key {
    /// No database counts our keys.
    fn try_from_u64(_: u64) -> Result<Self, DbErr> {
        Err(DbErr::ConvertFromU64("Key"))
    }
}

column_value!(Key, Uuid, Uuid, ColumnType::Uuid);

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

    use super::{Key, NotAKey};

    #[test]
    fn keys_are_version_7_grow_with_time_and_follow_the_randomness() {
        let earlier = DateTime::from_timestamp_millis(1_700_000_000_000).unwrap();
        let later = DateTime::from_timestamp_millis(1_700_000_000_001).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let first = Key::v7(earlier, &mut rng);
        assert!(first < Key::v7(later, &mut rng));
        assert_eq!(first.0.get_version_num(), 7);
        assert_eq!(first, Key::v7(earlier, &mut ChaCha8Rng::seed_from_u64(7)));
        assert!(first.to_string().starts_with("018bcfe5-6800-7"));
    }

    #[test]
    fn a_key_reads_what_it_writes() {
        let text = "018bcfe5-6800-7abc-8def-0123456789ab";
        assert_eq!(text.parse::<Key>().unwrap().to_string(), text);
        assert_eq!(text.to_uppercase().parse::<Key>().unwrap().to_string(), text);
        for text in ["018bcfe568007abc8def0123456789ab", "{018bcfe5-6800-7abc-8def-0123456789ab}", "PG-000123", ""] {
            assert_eq!(text.parse::<Key>(), Err(NotAKey), "{text}");
        }
    }
}
