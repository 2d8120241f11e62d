//! Where somebody stands in the log of changes.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use entity::Key;
use uuid::Uuid;

/// A place in the order of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The transaction; 0 on SQLite, where there is one writer at a time.
    pub tx: i64,
    /// The number of the change.
    pub number: i64,
}

/// A place in one log, as clients hold it: opaque text. Another log's places mean nothing here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Which log.
    pub log: Key,
    /// Where in it.
    pub place: Place,
}

impl Position {
    /// The position as text.
    pub fn text(self) -> String {
        let mut bytes = Vec::with_capacity(32);
        bytes.extend_from_slice(self.log.0.as_bytes());
        bytes.extend_from_slice(&self.place.tx.to_be_bytes());
        bytes.extend_from_slice(&self.place.number.to_be_bytes());
        BASE64.encode(bytes)
    }

    /// The position that a text is; none where it is none.
    pub fn parse(text: &str) -> Option<Self> {
        // Anything longer is not worth decoding.
        let bytes = BASE64.decode(text.get(..43).filter(|first| first.len() == text.len())?).ok()?;
        let (log, rest) = bytes.split_first_chunk::<16>()?;
        let (tx, rest) = rest.split_first_chunk::<8>()?;
        let place = Place { tx: i64::from_be_bytes(*tx), number: i64::from_be_bytes(rest.try_into().ok()?) };
        (place.tx >= 0 && place.number >= 0).then_some(Self { log: Key(Uuid::from_bytes(*log)), place })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_position() {
        let log = Key(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_00ff));
        let position = Position { log, place: Place { tx: 7_000_000_000, number: i64::MAX } };
        assert_eq!(Position::parse(&position.text()), Some(position));
        let text = position.text();
        for none in ["", "A", &text[1..], &format!("{text}A"), &format!("{}é", &text[..41]), &"_".repeat(43)] {
            assert_eq!(Position::parse(none), None, "{none}");
        }
    }

    #[test]
    fn transactions_come_first() {
        let place = |tx, number| Place { tx, number };
        assert!(place(1, 9) < place(2, 1) && place(2, 1) < place(2, 2));
    }
}
