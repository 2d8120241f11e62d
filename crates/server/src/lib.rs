//! PatientGraph: the records of a clinic that diagnoses from scans, as a GraphQL API.
//!
//! The list of modules is the map of the house. Arrows point one way:
//! `http -> graphql -> concepts -> {live, read, input, auth, db} -> entity`.

pub mod commands;
pub mod config;
pub mod http;

pub mod graphql;

pub mod account;
pub mod assignment;
pub mod consultation;
pub mod dashboard;
pub mod doctor;
pub mod identity;
pub mod imaging;
pub mod patient;
pub mod report;
pub mod statistics;
pub mod timeline;
pub mod vocabulary;

pub mod auth;
pub mod clock;
pub mod copy;
pub mod db;
pub mod demo;
pub mod files;
pub mod import;
pub mod input;
pub mod live;
pub mod read;
pub mod verify;
