//! A patient's figures. The database keeps them true by triggers: they are read, never computed; only what depends on
//! the clock is made when it is asked for.

mod object;

pub use object::STATISTICS;
