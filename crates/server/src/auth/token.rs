//! Access tokens: JSON Web Tokens that this server signs for itself (HMAC-SHA256).
//!
//! A token says which sign-in it belongs to and until when it may be used. What the account may do is not in it: that is
//! asked of the database, so that disabling an account or changing its role does not wait for tokens to end.

use std::collections::HashSet;
use std::sync::OnceLock;

use chrono::{DateTime, TimeDelta, Utc};
use entity::Key;
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use ring::hmac;
use serde::{Deserialize, Serialize};
use signature::{Error as SignatureError, Signer, Verifier};

const ISSUER: &str = "patientgraph";
const AUDIENCE: &str = "patientgraph";
/// What kind of token it is, in its header (RFC 9068).
const TYPE: &str = "at+jwt";
/// How far the clocks of two servers may be apart.
const LEEWAY: TimeDelta = TimeDelta::seconds(30);

/// Signs and verifies access tokens with one key.
#[derive(Clone)]
pub struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    /// Names the key, so that a token of another key is told from a forged one.
    key_id: String,
    life: TimeDelta,
}

/// What a token says.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    /// The sign-in.
    sid: String,
    iat: i64,
    nbf: i64,
    exp: i64,
}

impl Tokens {
    /// Tokens signed with `secret` (32 random bytes or more), good for `life`.
    pub fn new(secret: &[u8], life: TimeDelta) -> Self {
        install_crypto();
        let digest = ring::digest::digest(&ring::digest::SHA256, secret);
        let key_id = digest.as_ref().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        Self { encoding: EncodingKey::from_secret(secret), decoding: DecodingKey::from_secret(secret), key_id, life }
    }

    /// How long a token is good for.
    pub fn life(&self) -> TimeDelta {
        self.life
    }

    /// A token for a sign-in. None only if the library refuses its own key.
    pub fn sign(&self, sign_in: Key, now: DateTime<Utc>) -> Option<String> {
        let header =
            Header { typ: Some(TYPE.to_owned()), kid: Some(self.key_id.clone()), ..Header::new(Algorithm::HS256) };
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sid: sign_in.to_string(),
            iat: now.timestamp(),
            nbf: now.timestamp(),
            exp: (now + self.life).timestamp(),
        };
        jsonwebtoken::encode(&header, &claims, &self.encoding).ok()
    }

    /// The sign-in that a token is for, if this server signed it and it can be used now. A token that names a key in
    /// any other way than ours is none of ours, whatever its signature says.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Option<Key> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.required_spec_claims = HashSet::from(["iss", "aud", "exp", "nbf"].map(str::to_owned));
        // The library would ask the machine's clock.
        (validation.validate_exp, validation.validate_nbf) = (false, false);
        let token = jsonwebtoken::decode::<Claims>(token, &self.decoding, &validation).ok()?;
        let Header { typ, kid, jku, jwk, x5u, x5c, crit, .. } = &token.header;
        let ours = typ.as_deref() == Some(TYPE) && kid.as_deref() == Some(&self.key_id);
        let plain = jku.is_none() && jwk.is_none() && x5u.is_none() && x5c.is_none() && crit.is_none();
        let at = |seconds| DateTime::from_timestamp(seconds, 0);
        let (from, until) = (at(token.claims.nbf)?, at(token.claims.exp)?);
        let current = from - LEEWAY <= now && now < until + LEEWAY;
        if ours && plain && current { token.claims.sid.parse().ok() } else { None }
    }
}

/// HMAC-SHA256 by ring, which TLS uses here already.
static CRYPTO: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| match algorithm {
        Algorithm::HS256 => Ok(Box::new(Hmac(hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes())))),
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    },
    verifier_factory: |algorithm, key| match algorithm {
        Algorithm::HS256 => Ok(Box::new(Hmac(hmac::Key::new(hmac::HMAC_SHA256, key.try_get_as_bytes()?)))),
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    },
    key_utils: KeyUtils::new_unimplemented(),
};

fn install_crypto() {
    static INSTALLED: OnceLock<bool> = OnceLock::new();
    INSTALLED.get_or_init(|| CRYPTO.install_default().is_ok());
}

struct Hmac(hmac::Key);

impl Signer<Vec<u8>> for Hmac {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        Ok(hmac::sign(&self.0, message).as_ref().to_vec())
    }
}

impl Verifier<Vec<u8>> for Hmac {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), SignatureError> {
        hmac::verify(&self.0, message, signature).map_err(|_| SignatureError::new())
    }
}

impl JwtSigner for Hmac {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hmac {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}
