//! Signing in: how a request becomes a viewer's, and how accounts get what they are known by.
//!
//! What must stay true:
//! - A request without a viewer reads and writes nothing.
//! - Whatever ends a sign-in, disables an account or changes its role is felt within [`FRESH`], on every server.
//! - Nothing that could be used to sign in is stored: passwords and secrets are kept as hashes.
//! - Who cannot sign in is not told why, and learns it no sooner for one reason than for another.
//!
//! The way of a sign-in: a name and a password make a row of `sign_ins` ([`sign_in`]) and two tokens. The access token
//! names the row and is looked up with each request ([`authenticator`]); the refresh token can be exchanged once, for
//! two new ones. A password is chosen by a one-time link or changed by its owner ([`password`]); one that came from an
//! old system gets a hash of ours when it is first used ([`renewal`]).

mod authenticator;
mod gate;
mod mutation;
mod password;
mod renewal;
mod sign_in;
pub(crate) mod store;

pub use authenticator::{Authenticator, FRESH, Known, Unauthenticated};
pub use gate::{Caller, Gate, Terms, welcome};
pub use mutation::IdentityMutation;
pub use sign_in::SignIn;
pub use store::LINK_LIFE;
