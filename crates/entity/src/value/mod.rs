//! Values with one form per database, whatever a crate's defaults are.
//!
//! PostgreSQL has a type for each. SQLite stores text, and integers for money: there the adaptor at the connection
//! turns what is bound into text, and these types read text back.

mod cents;
mod column;
mod day;
mod instant;
mod key;

pub use cents::Cents;
pub use day::Day;
pub use instant::Instant;
pub use key::Key;

pub(crate) use column::{cell, column_value};
