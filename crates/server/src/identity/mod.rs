//! Signing in: how a request becomes a viewer's, and how accounts get what they are known by.
//!
//! What must stay true:
//! - A request without a viewer reads and writes nothing.
//! - Whatever ends a sign-in, disables an account or changes its role is felt within [`FRESH`], on every server.
//! - Nothing that could be used to sign in is stored: passwords and secrets are kept as hashes.

mod authenticator;
mod store;

pub use authenticator::{Authenticator, FRESH, Unauthenticated};
