//! The read engine: every list and object of the API is declared once, as a [`shape::Shape`], and read here.
//!
//! ```text
//! selection --select--> fields --planner--> plan (a tree of nodes, one statement each)
//!           --sql--> statements over visible rows --exec--> rows --write--> JSON in selection order
//! ```
//!
//! What must stay true:
//! - The number of statements depends on the selection alone, never on rows or parents.
//! - Every statement starts from its shape's access rule; there is no other way to a row.
//! - Every value goes through its shape's column rule; what a viewer may not read cannot be filtered or sorted by.
//! - All root fields of a query are read in one snapshot of the database.
//! - The engine knows no concept: it sees shapes only.

pub mod cursor;
pub mod error;
pub mod exec;
pub mod filter;
pub mod id;
mod json;
pub mod kind;
pub mod page;
pub mod plan;
pub mod planner;
mod planner_list;
pub mod reading;
pub mod record;
pub mod registry;
mod registry_list;
pub mod root;
pub mod scalar;
mod scope;
mod search;
pub mod select;
pub mod shape;
pub mod snapshot;
pub mod sql;
pub mod write;
