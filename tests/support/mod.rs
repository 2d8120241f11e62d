//! What every test stands on: databases, rows, a running server, and the actors who speak to it.

pub mod database;
pub mod postgres;
