//! Live updates: who follows what, and where they stand.
//!
//! ```text
//! triggers --write--> the log of changes --hub--> who is concerned --follow--> changes of rows that the viewer sees
//! ```
//!
//! What must stay true:
//! - The rows of the log are the truth. Wake-ups only say that it is worth looking; what was not heard is found by looking.
//! - The log is read in one order, and no further than up to where nobody can still write anything earlier
//!   ([`store::settled`]). So whoever comes back with a position gets what they missed, once, in order.
//! - Nothing is kept in memory for anybody: each follower reads the log from where they stand, at their own pace. A slow
//!   one costs a place in the log.
//! - Every page of the log is read by the access rule of its concept, for the viewer as they are at that moment.

mod follower;
mod hub;
mod journey;
mod position;
mod query;
mod store;

use sea_orm::sea_query::Condition;

pub use follower::{Change, ChangeKind, Follower};
pub use hub::Live;
pub use query::LiveQuery;

use crate::auth::Viewer;

/// What can be followed: rows of one table.
pub struct Topic {
    /// The log's word for the table.
    pub about: &'static str,
    /// Whose records a viewer may see: of rows, under this alias, that have a `patient_id`. What a patient may see of the
    /// own record the log says of each change.
    pub record: fn(&Viewer, &str) -> Condition,
}
