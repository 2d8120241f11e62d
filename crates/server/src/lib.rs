//! PatientGraph: the records of a clinic that diagnoses from scans, as a GraphQL API.
//!
//! The list of modules is the map of the house. Arrows point one way:
//! `http -> graphql -> concepts -> {read, auth, db} -> entity`.

pub mod auth;
pub mod clock;
pub mod db;
pub mod graphql;
pub mod verify;
