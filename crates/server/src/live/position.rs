//! Where somebody stands in the log of changes.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use entity::Key;
use ring::hmac;

/// A place in the order of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The transaction; 0 on SQLite, where there is one writer at a time.
    pub tx: i64,
    /// The number of the change.
    pub number: i64,
}

/// The places of one log as clients hold them: opaque text that only this log reads.
///
/// A place in the clear would tell everybody how much is written in the clinic. So it is hidden by what only the database
/// and its servers know, the key of the log, the same way each time: 16 bytes that prove it, which also hide the other 16.
#[derive(Debug)]
pub struct Positions(hmac::Key);

/// Bytes of a place, and of what proves it.
const HALF: usize = 16;
/// Characters of a text.
const LENGTH: usize = 43;

/// Why a text is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoPlace {
    /// It never was one.
    NoPosition,
    /// It is none of this log's.
    OfAnotherLog,
}

impl Positions {
    /// The positions of a log.
    pub fn of(log: Key) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, log.0.as_bytes()))
    }

    /// A place as text.
    pub fn text(&self, place: Place) -> String {
        let mut plain = [0; HALF];
        plain[..8].copy_from_slice(&place.tx.to_be_bytes());
        plain[8..].copy_from_slice(&place.number.to_be_bytes());
        let proof = self.sign(b"proof", &plain);
        BASE64.encode([proof, self.hide(&proof, plain)].concat())
    }

    /// The place that a text is.
    ///
    /// # Errors
    /// When it is none of this log's.
    pub fn place(&self, text: &str) -> Result<Place, NoPlace> {
        // Anything longer is not worth decoding.
        let bytes = Some(text).filter(|text| text.len() == LENGTH).and_then(|text| BASE64.decode(text).ok());
        let bytes = bytes.ok_or(NoPlace::NoPosition)?;
        let (Some(proof), Some(hidden)) = (bytes.first_chunk::<HALF>(), bytes.last_chunk::<HALF>()) else {
            return Err(NoPlace::NoPosition);
        };
        let plain = self.hide(proof, *hidden);
        if self.sign(b"proof", &plain) != *proof {
            return Err(NoPlace::OfAnotherLog);
        }
        let number = u128::from_be_bytes(plain);
        let (tx, number) = ((number >> 64) as u64, number as u64);
        let whole = |number: u64| i64::try_from(number).map_err(|_| NoPlace::NoPosition);
        Ok(Place { tx: whole(tx)?, number: whole(number)? })
    }

    /// Hides what is plain, and shows what is hidden.
    fn hide(&self, proof: &[u8; HALF], mut bytes: [u8; HALF]) -> [u8; HALF] {
        let mask = self.sign(b"mask", proof);
        bytes.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
        bytes
    }

    fn sign(&self, what: &[u8], bytes: &[u8; HALF]) -> [u8; HALF] {
        let tag = hmac::sign(&self.0, &[what, bytes].concat());
        tag.as_ref().first_chunk().copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn positions(log: u128) -> Positions {
        Positions::of(Key(Uuid::from_u128(log)))
    }

    #[test]
    fn a_text_is_one_place_of_one_log() {
        let (here, place) = (positions(1), Place { tx: 7_000_000_000, number: i64::MAX });
        let text = here.text(place);
        assert_eq!((here.place(&text), here.text(place)), (Ok(place), text.clone()));
        assert_eq!(positions(2).place(&text), Err(NoPlace::OfAnotherLog));
        let last = if text.ends_with('A') { "E" } else { "A" };
        assert_eq!(here.place(&format!("{}{last}", &text[..LENGTH - 1])), Err(NoPlace::OfAnotherLog));
        for none in ["", "A", &text[1..], &format!("{text}A"), &format!("{}é", &text[..41]), &"!".repeat(LENGTH)] {
            assert_eq!(here.place(none), Err(NoPlace::NoPosition), "{none}");
        }
    }

    #[test]
    fn neighbours_have_nothing_in_common() {
        let [one, next] = [1, 2].map(|number| positions(1).text(Place { tx: 0, number }));
        assert!(one.bytes().zip(next.bytes()).filter(|(one, next)| one == next).count() < 12, "{one} {next}");
    }

    #[test]
    fn transactions_come_first() {
        let place = |tx, number| Place { tx, number };
        assert!(place(1, 9) < place(2, 1) && place(2, 1) < place(2, 2));
    }
}
