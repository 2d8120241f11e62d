//! Eight writers at once.
