//! What clients tell: inputs checked into what may be written, and answers to what cannot be.
//!
//! The way of a mutation: [`Input::parse`] checks the whole input without the database ([`Checks`] collects every
//! problem), then [`Act::mutate`] opens one transaction in which [`Change::apply`] finds the records that are named
//! ([`store`]), adds the problems that only the database knows, and writes if there are none. The payload is a
//! [`crate::read::record::One`], which is read after the commit.

mod act;
pub mod bulk;
mod checks;
mod constraint;
pub mod lifecycle;
mod mutation;
pub mod store;
mod target;
mod user_error;

pub(crate) use act::spoken;
pub use act::{Act, Change, Input, Refusal, SIGN_IN_AGAIN, Standing};
pub use checks::{Checks, set};
pub(crate) use constraint::{ASSIGNED_ALREADY, SECOND_PRIMARY};
pub(crate) use mutation::{field_failed, mutations, payloads, targets};
pub use target::{Record, Target};
pub use user_error::{UserError, UserErrorCode};
