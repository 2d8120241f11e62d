//! The clinic as plain rows and plain rules: a specification of all mutations. Random mutations are sent to the server and
//! performed by this model; answers and databases must agree.
//!
//! Of each mutation the model says whether it is done or which errors it is answered with, and what the rows are
//! afterwards. It knows no SQL, no locks and no triggers, and it is written after the design, not after the server.
//! Statistics and timeline follow from the rows by [`crate::triggers::model`].

mod board;
mod call;
mod compare;
mod fields;
mod generator;
mod rules;
mod state;
mod turn;
mod writes;

mod clock;
mod concurrent;
mod order;
mod sequential;
