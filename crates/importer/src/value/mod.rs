//! What the old system's values mean. A cell is read by its storage class, never by the type its column declares.

pub(crate) mod number;
pub(crate) mod text;
pub(crate) mod time;
pub(crate) mod word;
