//! What is handed out once and kept as a hash: refresh tokens, API keys, one-time links, leases.
//!
//! A secret has 256 random bits, so its SHA-256 can be looked up: nobody finds a secret by trying.

use std::fmt;
use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::Rng;
use ring::digest::{SHA256, digest};

/// What a secret is for; it begins with this, so that people and scanners of leaked secrets know what they found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Prolongs a sign-in, once.
    Refresh,
    /// A program's key.
    ApiKey,
    /// Lets an account choose its password, once.
    Link,
    /// An attempt at a report, which whoever claimed it completes or fails.
    Lease,
}

impl Purpose {
    fn prefix(self) -> &'static str {
        match self {
            Self::Refresh => "pgr_",
            Self::ApiKey => "pgk_",
            Self::Link => "pgl_",
            Self::Lease => "pgt_",
        }
    }
}

/// How long 32 bytes are in base 64: nothing longer is decoded.
const LENGTH: usize = 43;

/// A secret in clear. It is shown once, to whom it is for, and never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A new one.
    pub fn new<R: Rng + ?Sized>(purpose: Purpose, rng: &mut R) -> Self {
        let mut random = [0; 32];
        rng.fill_bytes(&mut random);
        Self(format!("{}{}", purpose.prefix(), URL_SAFE_NO_PAD.encode(random)))
    }

    /// A text that has the form of a secret for this purpose.
    pub fn parse(purpose: Purpose, text: &str) -> Option<Self> {
        let random = text.strip_prefix(purpose.prefix()).filter(|random| random.len() == LENGTH)?;
        let fits = URL_SAFE_NO_PAD.decode(random).is_ok_and(|random| random.len() == 32);
        fits.then(|| Self(text.to_owned()))
    }

    /// The text to hand out.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it: SHA-256, in hexadecimal digits.
    pub fn hash(&self) -> String {
        let digest = digest(&SHA256, self.0.as_bytes());
        digest.as_ref().iter().fold(String::with_capacity(64), |mut out, byte| {
            // Writing to a String cannot fail.
            let _ = write!(out, "{byte:02x}");
            out
        })
    }

    /// The last characters, by which people tell secrets apart.
    pub fn hint(&self) -> String {
        self.0.chars().skip(self.0.chars().count().saturating_sub(4)).collect()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
