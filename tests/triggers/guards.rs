//! Lies are refused.
