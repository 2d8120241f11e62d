//! Passwords: what may be one, and how they are kept (argon2id) and checked.
//!
//! What must stay true:
//! - Checking takes as long for an account that is not there, or has no password, as for one that has.
//! - However many sign in at once, only so much memory and so many threads work on it.
//! - However long a text somebody sends for a password, only its beginning is looked at.
//!
//! One exception: accounts that came from an old system have its hashes ([`old`]) until their owners first sign in.

mod old;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use entity::fold;
use rand::TryRng;
use rand::rngs::SysRng;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use unicode_normalization::UnicodeNormalization;

use old::OldHash;
pub use old::is_old;

/// Fewest characters of a new password.
pub const SHORTEST: usize = 12;
/// Most characters of a new password: room for any passphrase.
pub const LONGEST: usize = 256;
/// Most characters in which so many can be typed: a letter and its marks are up to four.
const MOST_TYPED: usize = 4 * LONGEST;

/// So many passwords are worked on at the same time: each takes a thread and 19 MiB.
const AT_ONCE: usize = 2;
/// How long one waits for a turn. Whoever waits longer is told to come back.
const PATIENCE: Duration = Duration::from_secs(20);

/// What argon2 costs, as OWASP advises: KiB of memory, passes over it, lanes.
const COST: (u32, u32, u32) = (19_456, 2, 1);
/// The hash, at that cost, of a password that nobody has: what is checked where there is no other.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$cGF0aWVudGdyYXBobm8$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The commonest passwords that are long enough, folded.
const COMMON: &[&str] = &[
    "123456789012",
    "1234567890123",
    "12345678901234567890",
    "123123123123",
    "123456123456",
    "1q2w3e4r5t6y",
    "1qaz2wsx3edc",
    "abcdefghijkl",
    "abcdefghijklm",
    "abcdefghijklmnopqrstuvwxyz",
    "administrator",
    "administrator1",
    "changemenow!",
    "changeme1234",
    "correcthorsebatterystaple",
    "iloveyou1234",
    "letmein12345",
    "p@ssw0rd1234",
    "passw0rd1234",
    "password1234",
    "password12345",
    "password123456",
    "password123!",
    "password1234!",
    "passwordpassword",
    "patientgraph",
    "patientgraph1",
    "qwertyuiop12",
    "qwertyuiop123",
    "qwertyuiop[]",
    "qwertyuiopasdf",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwerty123456",
    "welcome12345",
    "willkommen123",
    "zaq12wsxcde3",
];

/// A password in clear. It is never stored, logged or shown. None: longer than any, which is nobody's.
#[derive(Clone)]
pub struct Password(Option<Text>);

/// The text of a password.
#[derive(Clone)]
struct Text {
    /// What it is here.
    normal: String,
    /// As it was typed: an old system hashed that.
    typed: String,
}

impl Password {
    /// What somebody typed. Keyboards write the same letter in different ways (é as one character or two), so all
    /// become one (NFKC). Of what is too long before or after that the rest is not read, nor kept: a megabyte takes
    /// a second to normalise, and one character may become eighteen.
    pub fn new(typed: &str) -> Self {
        if typed.chars().nth(MOST_TYPED).is_some() {
            return Self(None);
        }
        let normal: String = typed.nfkc().take(LONGEST + 1).collect();
        let fits = normal.chars().count() <= LONGEST;
        Self(fits.then(|| Text { normal, typed: typed.to_owned() }))
    }

    fn normal(&self) -> Option<&str> {
        self.0.as_ref().map(|text| text.normal.as_str())
    }

    /// Whether it is this one. What is too long is never the same.
    pub fn is(&self, other: &Self) -> bool {
        self.0.is_some() && self.normal() == other.normal()
    }

    /// What keeps it from being the new password of this account, and what to do about it.
    pub fn weakness(&self, username: &str) -> Option<String> {
        let Some(text) = self.normal() else {
            return Some(format!("A password has at most {LONGEST} characters. Shorten it."));
        };
        let (password, username) = (fold(text), fold(username));
        let length = text.chars().count();
        let beside_the_name = password.replace(&username, "").chars().count();
        let mut letters: Vec<char> = password.chars().collect();
        letters.sort_unstable();
        letters.dedup();
        if length < SHORTEST {
            Some(format!(
                "A password has at least {SHORTEST} characters. Take more: several words make a good password."
            ))
        } else if username.chars().count() > 2 && beside_the_name < SHORTEST / 2 {
            Some("The password is little more than the name to sign in with. Take another one.".to_owned())
        } else if letters.len() < 4 {
            Some("The password repeats the same few characters. Take another one.".to_owned())
        } else if COMMON.contains(&password.as_str()) {
            Some("This is one of the commonest passwords, which others try first. Take another one.".to_owned())
        } else {
            None
        }
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Why a password was neither checked nor hashed.
#[derive(Debug, thiserror::Error)]
pub enum Unchecked {
    /// Too many others are being worked on.
    #[error("Too many people are signing in at the moment. Try again in a minute.")]
    NoTurn,
    /// The machine has no memory or no randomness.
    #[error("{0}")]
    Failed(String),
}

/// Hashes and checks passwords. Clones take turns with each other.
#[derive(Clone)]
pub struct Passwords(Arc<Semaphore>);

impl Default for Passwords {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Passwords {
    /// What is stored of a password.
    ///
    /// # Errors
    /// When there was no turn, or no memory, or the password is too long.
    pub async fn hash(&self, password: Password) -> Result<String, Unchecked> {
        let text = password.0.ok_or_else(|| failed("the password is too long"))?;
        self.in_turn(move || {
            let mut salt = [0; 16];
            SysRng.try_fill_bytes(&mut salt).map_err(failed)?;
            let hash = argon2()?.hash_password_with_salt(text.normal.as_bytes(), &salt).map_err(failed)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether it is the password of which `stored` is kept. Where nothing is kept it is not, and to find out takes as
    /// long. One that is too long is refused at once, whatever is kept.
    ///
    /// # Errors
    /// When there was no turn, or no memory.
    pub async fn verify(&self, password: Password, stored: Option<String>) -> Result<bool, Unchecked> {
        let Some(text) = password.0 else { return Ok(false) };
        self.in_turn(move || {
            if let Some(old) = stored.as_deref().and_then(OldHash::parse) {
                return Ok(old.is_of(&text));
            }
            let stored = stored.filter(|stored| PasswordHash::new(stored).is_ok());
            let against = PasswordHash::new(stored.as_deref().unwrap_or(NOBODYS)).map_err(failed)?;
            let matches = match argon2()?.verify_password(text.normal.as_bytes(), &against) {
                Ok(()) => true,
                Err(argon2::password_hash::Error::PasswordInvalid) => false,
                Err(error) => return Err(failed(error)),
            };
            Ok(matches && stored.is_some())
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Unchecked> + Send + 'static,
    ) -> Result<T, Unchecked> {
        let turn = timeout(PATIENCE, self.0.clone().acquire_owned()).await;
        let turn = turn.ok().and_then(Result::ok).ok_or(Unchecked::NoTurn)?;
        let done = spawn_blocking(move || {
            let done = work();
            // Given back by the work itself, which goes on when nobody waits for it any more.
            drop(turn);
            done
        });
        done.await.map_err(failed)?
    }
}

fn argon2() -> Result<Argon2<'static>, Unchecked> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).map_err(failed)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn failed(error: impl fmt::Display) -> Unchecked {
    Unchecked::Failed(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_is_kept_and_never_twice_the_same() {
        let passwords = Passwords::default();
        let password = Password::new("an owl over the harbour");
        let hash = passwords.hash(password.clone()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_ne!(hash, passwords.hash(password.clone()).await.unwrap());
        assert!(passwords.verify(password.clone(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify(Password::new("an owl over the harbor"), Some(hash)).await.unwrap());
        for nothing in [None, Some(String::new()), Some("$2b$12$abc".to_owned())] {
            assert!(!passwords.verify(password.clone(), nothing).await.unwrap());
        }
    }

    #[test]
    fn nobodys_hash_costs_what_others_cost() {
        let nobodys = PasswordHash::new(NOBODYS).unwrap();
        let ours = argon2().unwrap().hash_password_with_salt(b"", &[0; 16]).unwrap();
        assert_eq!((nobodys.algorithm, nobodys.version, &nobodys.params), (ours.algorithm, ours.version, &ours.params));
        assert_eq!(nobodys.hash.unwrap().len(), ours.hash.unwrap().len());
    }

    #[tokio::test]
    async fn letters_are_the_same_however_they_were_typed() {
        let passwords = Passwords::default();
        let hash = passwords.hash(Password::new("caf\u{e9} au lait noir")).await.unwrap();
        assert!(passwords.verify(Password::new("cafe\u{301} au lait noir"), Some(hash)).await.unwrap());
    }

    #[tokio::test]
    async fn what_is_too_long_is_nobodys() {
        let passwords = Passwords::default();
        let longest = "a\u{301}".repeat(LONGEST);
        let hash = passwords.hash(Password::new(&longest)).await.unwrap();
        assert!(passwords.verify(Password::new(&"á".repeat(LONGEST)), Some(hash.clone())).await.unwrap());
        for more in ["á", "a", "\u{301}", "\u{fdfa}"] {
            for longer in [format!("{longest}{more}"), format!("{longest}{}", more.repeat(100_000))] {
                let typed = || Password::new(&longer);
                // Marks without a letter are characters too.
                assert!(typed().weakness("ada").is_some_and(|why| why.contains("at most 256")), "{more:?}");
                assert!(!passwords.verify(typed(), Some(hash.clone())).await.unwrap());
                assert!(passwords.hash(typed()).await.is_err() && !typed().is(&typed()));
            }
        }
        // Eighteen characters each.
        assert!(Password::new(&"\u{fdfa}".repeat(14)).0.is_some());
        assert!(Password::new(&"\u{fdfa}".repeat(15)).0.is_none());
    }

    #[test]
    fn weak_ones_are_told_why() {
        let weakness = |password: &str| Password::new(password).weakness("ada.bell").unwrap_or_default();
        for (password, said) in [
            ("", "at least 12"),
            ("elevenchars", "at least 12"),
            ("éééééé", "at least 12"),
            (&"a1b2c3".repeat(43), "at most 256"),
            ("Ada.Bell2026", "name to sign in"),
            ("ada.bellADA.BELL", "name to sign in"),
            ("aaaaaaaaaaaaaaaa", "same few"),
            ("abababababab", "same few"),
            ("Password1234", "commonest"),
            ("PatientGraph", "commonest"),
        ] {
            assert!(weakness(password).contains(said), "{password}: {}", weakness(password));
        }
        for fine in ["an owl over the harbour", "kW7#pq-Zt19x", "ada.bell likes harbours", "пароль из слов"]
        {
            assert_eq!(weakness(fine), "", "{fine}");
        }
        assert_eq!(Password::new("a bath at noon").weakness("a"), None);
    }

    #[test]
    fn nothing_shows_a_password() {
        assert_eq!(format!("{:?}", Password::new("an owl over the harbour")), "Password(…)");
    }
}
