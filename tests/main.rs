//! PatientGraph through its public API, as an actor, on SQLite and PostgreSQL alike.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that cannot go on fails by a panic"
)]
#![allow(unreachable_pub, reason = "`pub` marks what a module of the tests offers to the others")]

mod naive;
mod random;
mod support;

mod access;
mod agent;
mod architecture;
mod backup;
mod catalogue;
mod commands;
mod copying;
mod dashboard;
mod databases;
mod demo;
mod demo_access;
mod equivalence;
mod files;
mod filters;
mod hostile;
mod hostile_process;
mod http;
mod identity;
mod import;
mod legacy;
mod listening;
mod live;
mod making;
mod migrations;
mod model;
mod mutations;
mod pages;
mod paging;
mod pipeline;
mod random_selections;
mod reading;
mod readme;
mod roles;
mod schema;
mod search;
mod secrets;
mod snapshots;
mod statements;
mod triggers;
mod users;
mod verify;
mod writers;
