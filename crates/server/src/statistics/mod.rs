//! A patient's figures. The database keeps them true by triggers: they are read, never computed; only what depends on
//! the clock is made when it is asked for. `recalculateStatistics` proves it for a patient.

pub mod access;
mod mutation;
mod object;
mod store;

pub use mutation::StatisticsMutation;
pub use object::STATISTICS;
