//! The clinic at a glance. One indexed statement per figure over rows that the viewer may see; no counter rows, which
//! every write would have to queue for. Figures may be a few seconds old, and say so.

mod query;
mod store;
mod subscription;

pub use query::{DashboardQuery, Figures};
pub use subscription::DashboardSubscription;
