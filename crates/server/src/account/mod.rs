//! Accounts: who can sign in, and how people named in records appear. An account belongs to at most one doctor or
//! patient; one that records name is disabled, never deleted.

mod access;
mod input;
mod mutation;
mod object;
mod query;
mod store;

pub use mutation::AccountMutation;
pub use object::{ACTOR, USER, User};
pub use query::{ROOTS, ViewerQuery};
