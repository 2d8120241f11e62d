//! What every test stands on: databases, rows, a running server, and the actors who speak to it.

pub mod accounts;
pub mod actor;
pub mod binary;
pub mod clinic;
pub mod content;
pub mod database;
pub mod dice;
pub mod factory;
pub mod legacy;
pub mod postgres;
pub mod server;
pub mod socket;
