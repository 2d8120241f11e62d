//! The server's own secret, with which it signs access tokens. Who has it can be anybody.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::Rng;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Fewest characters of a secret, and fewest different ones.
const SHORTEST: usize = 32;
const VARIETY: usize = 12;

/// A secret to sign with. It is never logged or shown.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningSecret(String);

/// Why a text is no secret. It does not quote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakSecret {
    /// Few enough characters to try them all.
    #[error("the secret is shorter than {SHORTEST} characters; `patientgraph secret new` makes a good one")]
    Short,
    /// Typed by a person, as it seems.
    #[error(
        "the secret repeats itself, counts up or down, has spaces or has fewer than {VARIETY} different characters, so \
         that it could be guessed; `patientgraph secret new` makes a good one"
    )]
    Monotonous,
}

impl SigningSecret {
    /// A new one: 256 random bits.
    pub fn new<R: Rng + ?Sized>(rng: &mut R) -> Self {
        let mut random = [0; 32];
        rng.fill_bytes(&mut random);
        Self(URL_SAFE_NO_PAD.encode(random))
    }

    /// The bytes to sign with.
    pub fn reveal(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl FromStr for SigningSecret {
    type Err = WeakSecret;

    fn from_str(text: &str) -> Result<Self, WeakSecret> {
        let text = text.trim();
        if text.len() < SHORTEST {
            Err(WeakSecret::Short)
        } else if is_typed(text) {
            Err(WeakSecret::Monotonous)
        } else {
            Ok(Self(text.to_owned()))
        }
    }
}

/// Whether a text looks like what people type: words, few characters, the same again, or the alphabet. What is random
/// has none of it, but for a chance that never comes.
fn is_typed(text: &str) -> bool {
    let bytes = text.as_bytes();
    let repeats = (1..=bytes.len() / 2).any(|period| bytes.iter().zip(&bytes[period..]).all(|(one, next)| one == next));
    let neighbours = bytes.iter().zip(&bytes[1..]).filter(|(one, next)| one.abs_diff(**next) <= 1).count();
    let variety = bytes.iter().collect::<HashSet<_>>().len();
    repeats || neighbours * 2 >= bytes.len() || variety < VARIETY || text.contains(char::is_whitespace)
}

impl<'de> Deserialize<'de> for SigningSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // What is no text was a number: the reader's own message would quote it.
        let text = String::deserialize(deserializer).map_err(|_| D::Error::custom(WeakSecret::Monotonous))?;
        text.parse().map_err(D::Error::custom)
    }
}

impl Serialize for SigningSecret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("***")
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    #[test]
    fn what_could_be_guessed_is_refused() {
        for (text, why) in [
            ("", WeakSecret::Short),
            ("correct horse battery staple", WeakSecret::Short),
            ("                                        ", WeakSecret::Short),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", WeakSecret::Monotonous),
            ("changemechangemechangemechangemechangeme", WeakSecret::Monotonous),
            ("patientgraph-secretpatientgraph-secret", WeakSecret::Monotonous),
            ("00000000111111110000000011111111000000001", WeakSecret::Monotonous),
            ("abcdefghijk-abcdefghijk-abcdefghijk#abcd", WeakSecret::Monotonous),
            ("abcdefghijklmnopqrstuvwxyz012345", WeakSecret::Monotonous),
            ("9876543210zyxwvutsrqponmlkjihgfedcba", WeakSecret::Monotonous),
            ("my-own-secret-abcdefghijklmnopqrstuvwxyz", WeakSecret::Monotonous),
            ("the 7 Quick brown foxes jump over my lazy dogs", WeakSecret::Monotonous),
            ("Pa55w0rdPa55w0rd!Pa55w0rdPa55w0rd", WeakSecret::Monotonous),
        ] {
            assert_eq!(text.parse::<SigningSecret>(), Err(why), "{text}");
        }
    }

    #[test]
    fn what_is_made_is_good_and_stays_inside() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let secret = SigningSecret::new(&mut rng);
        let text = String::from_utf8(secret.reveal().to_vec()).unwrap();
        assert_eq!(format!("{text}\n").parse(), Ok(secret.clone()), "a file ends with a line");
        assert_ne!(secret, SigningSecret::new(&mut rng));
        let shown = format!("{secret:?} {}", serde_json::to_string(&secret).unwrap());
        assert!(!shown.contains(&text), "{shown}");
        for _ in 0..10_000 {
            let secret = SigningSecret::new(&mut rng);
            assert_eq!(String::from_utf8(secret.0.clone().into_bytes()).unwrap().parse(), Ok(secret));
        }
        // 128 bits in hexadecimal digits are enough.
        assert!("0f8b2a6c9d13e57a4c60b8d2f19e7350".parse::<SigningSecret>().is_ok());
    }
}
