//! Accounts: who can sign in, and how people named in records appear.

mod access;
mod object;
mod query;

pub use object::{ACTOR, USER, User};
pub use query::{ROOTS, ViewerQuery};
