//! The old system's files that tests make are what such files are.

mod clinic;
mod schema;
