//! Root fields about accounts.

use super::USER;
use crate::read::root::{RootField, RootRead};

/// Root fields about accounts.
pub static ROOTS: &[RootField] =
    &[RootField { name: "users", about: "All accounts.", reads: RootRead::List(&USER) }];
