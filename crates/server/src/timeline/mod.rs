//! The timeline: what happened to a patient. The database makes an event of each scan, prediction, report and visit
//! and keeps it true; people add notes.

mod access;
mod input;
mod mutation;
mod object;
mod store;
mod subscription;

pub use mutation::TimelineMutation;
pub use object::{TIMELINE_EVENT, TimelineEvent};
pub use subscription::TimelineSubscription;
