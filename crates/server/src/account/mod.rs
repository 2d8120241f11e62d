//! Accounts: who can sign in, and how people named in records appear. An account belongs to at most one doctor or
//! patient; one that records name is disabled, never deleted.

mod access;
mod api_key;
mod console;
mod input;
mod mutation;
mod object;
mod query;
mod store;

pub use api_key::{API_KEY, ApiKeyMutation, NewKey, key_id};
pub use console::{Console, ConsoleError};
pub use mutation::{AccountDetails, AccountMutation, CreateUserInput};
pub use object::{ACTOR, USER, User};
pub use query::{CurrentViewer, ROOTS, ViewerQuery};
pub use store::Opened;
