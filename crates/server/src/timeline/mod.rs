//! The timeline: what happened to a patient. The database makes an event of each scan, prediction, report and visit
//! and keeps it true; people add notes.

mod access;
mod object;

pub use object::{TIMELINE_EVENT, TimelineEvent};
