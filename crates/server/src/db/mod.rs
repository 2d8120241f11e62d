//! Connections to the database.

pub mod adaptor;
