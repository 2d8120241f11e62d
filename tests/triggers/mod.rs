//! What the database keeps itself: statistics, timeline, revisions; and what it refuses.

pub mod model;
pub mod script;

mod concurrent;
mod guards;
mod kept;
mod large;
mod record;
