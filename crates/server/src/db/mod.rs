//! Connections to the database.
