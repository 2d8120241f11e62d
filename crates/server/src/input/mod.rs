//! What clients tell: inputs checked into what may be written, and answers to what cannot be.
//!
//! The way of a mutation: parse the whole input ([`Checks`] collects every problem), then [`Act::change`] one
//! transaction that checks what only the database knows and writes, then answer with a [`crate::read::root::One`],
//! which is read after the commit.

mod act;
mod checks;
mod constraint;
mod user_error;

pub use act::{Act, Change, Refusal};
pub use checks::{Checks, cleared};
pub use user_error::{UserError, UserErrorCode};
