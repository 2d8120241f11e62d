//! Hashes that came from an old system: bcrypt. They are checked and never made.
//!
//! Checking one takes longer than argon2 (a quarter of a second at the usual cost of 12), so whoever tries a wrong
//! password learns that a name is that of an account which has not signed in since the move. To hide it, every wrong
//! password for anybody would have to take as long, for as long as one such account is left. That is not worth it: the
//! old system gave passwords to its staff alone, so it never tells who is a patient; the tries are limited; and the
//! first sign-in ends it.

use std::ops::RangeInclusive;

use bcrypt::HashParts;

use super::Text;

/// What may be checked, by two to the power of which bcrypt repeats its work. Above, one try takes seconds of a
/// processor, and a handful of them all that there are.
const COSTS: RangeInclusive<u32> = 4..=14;
/// Of its kinds those that are all the same for passwords without NUL. `$2x$` is a broken one.
const KINDS: [&str; 3] = ["$2a$", "$2b$", "$2y$"];

/// A hash of an old system that can be checked.
pub(super) struct OldHash<'a>(&'a str);

/// Whether it is a hash to be replaced by one of ours, once the password is known.
pub fn is_old(stored: &str) -> bool {
    OldHash::parse(stored).is_some()
}

impl<'a> OldHash<'a> {
    /// None for what is no such hash, and for one that would take too long.
    pub(super) fn parse(stored: &'a str) -> Option<Self> {
        let known = KINDS.iter().any(|kind| stored.starts_with(kind));
        let parts: HashParts = stored.parse().ok().filter(|_| known)?;
        COSTS.contains(&parts.get_cost()).then_some(Self(stored))
    }

    /// Whether it was made of this password: as it was typed, since the old system took it so, else as all keyboards
    /// write it. What follows its first 72 bytes was never looked at; the hash of ours that comes next is of all of it.
    pub(super) fn is_of(&self, password: &Text) -> bool {
        // After the check, which takes as long: no keyboard types NUL, and for bcrypt `a` and `a\0a` are the same.
        let is = |text: &str| bcrypt::verify(text, self.0).is_ok_and(|same| same && !text.contains('\0'));
        is(&password.typed) || password.typed != password.normal && is(&password.normal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::password::{Password, Passwords};

    /// Made by the library that the old system used.
    const OWL: [&str; 3] = [
        "$2b$04$KqYr6Fg4qodAwTckQ4HlVucsPjDdfuSp3lw01fs9MMuVNJype/0Me",
        "$2a$04$CvrlvXzWAXdLSwPDsseho.DUwxVLzPLH/h/B6gR6SeeYtqxvD1VBG",
        "$2y$04$gyri.SERtAkGxRbfKUJqlexaRc15SPKP81yGgwC7vX/92KvtxY0mq",
    ];

    async fn is(typed: &str, stored: &str) -> bool {
        Passwords::default().verify(Password::new(typed), Some(stored.to_owned())).await.unwrap()
    }

    #[tokio::test]
    async fn the_hashes_of_the_old_library_are_checked() {
        for stored in OWL {
            assert!(is_old(stored) && is("an owl over the harbour", stored).await, "{stored}");
            for wrong in ["", "an owl", "An owl over the harbour", "an owl over the harbour "] {
                assert!(!is(wrong, stored).await, "{wrong}");
            }
        }
        assert!(is("Owl123", "$2b$04$qwIsNrk8Q8gegCLAgS7CyOFhop7HH.7LdzHkNFMPiRt830a.DOZNy").await, "a short one");
    }

    #[tokio::test]
    async fn letters_are_taken_as_typed_then_as_all_keyboards_write_them() {
        let (composed, marked) = ("caf\u{e9} au lait noir", "cafe\u{301} au lait noir");
        let of_composed = "$2b$04$seiPt7GuqK/JgXBjtTLiQOEEtuyzCivNIvrj2w/.z65EzZFtKurBC";
        let of_marked = "$2b$04$5HeV.AeSmDHt7QxWQhLs2ezc9lRehOYfGhauDc8.IUYgLsne4L/I6";
        assert!(is(composed, of_composed).await && is(marked, of_composed).await && is(marked, of_marked).await);
        assert!(!is(composed, of_marked).await, "nobody can tell how it was typed");
        assert!(is("ｐａｓｓ ｗｏｒｄ", "$2b$04$6f/bShIqbODc/VvTF5SOTOhnrOW/Z2Q4Lu9VkD1F/uf7nJdIXjkva").await);
    }

    #[tokio::test]
    async fn what_follows_72_bytes_was_never_looked_at() {
        let stored = "$2b$04$IJyq5vKz6MW1K2VEHRtSV.W9BoWp7i6wz.V17IWT/GbFo9RohVSpe";
        for (letters, same) in [(35, false), (36, true), (40, true), (100, true)] {
            assert_eq!(is(&"é".repeat(letters), stored).await, same, "{letters}");
        }
    }

    #[tokio::test]
    async fn nul_repeats_nothing() {
        let repeated = "an owl over the harbour\0an owl over the harbour";
        assert!(bcrypt::verify(repeated, OWL[0]).unwrap(), "so it is for bcrypt");
        assert!(!is(repeated, OWL[0]).await);
    }

    #[test]
    fn what_cannot_be_checked_is_nobodys() {
        let with = |from: &str, to: &str| OWL[0].replace(from, to);
        for stored in [with("$04$", "$14$"), with("$2b$", "$2y$")] {
            assert!(is_old(&stored), "{stored}");
        }
        for stored in [
            with("$04$", "$15$"),
            with("$04$", "$31$"),
            with("$04$", "$03$"),
            with("$04$", "$99$"),
            with("$04$", "$x4$"),
            with("$2b$", "$2x$"),
            with("$2b$", "$2$"),
            with("K", "é"),
            with("K", "="),
            OWL[0][..59].to_owned(),
            format!("{} ", OWL[0]),
            String::new(),
            "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8".to_owned(),
        ] {
            assert!(!is_old(&stored), "{stored}");
        }
    }
}
