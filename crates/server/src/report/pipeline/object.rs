//! What a lease is in the API.

use async_graphql::SimpleObject;

use super::change::Claimed;
use crate::auth::secret::Secret;
use crate::read::record::One;
use crate::read::scalar::DateTime;
use crate::report::ReportRequest;

/// A claimed request: until the lease ends, nobody else works on it, and a program reads the patient's whole record.
#[derive(SimpleObject)]
pub struct ReportLease {
    /// The secret that completes, fails or prolongs this attempt; it begins with `pgt_`.
    token: String,
    /// When the lease ends unless it is prolonged: then the attempt has failed.
    until: DateTime,
    /// The request to fulfil.
    report_request: Option<One<ReportRequest>>,
}

impl ReportLease {
    pub(super) fn new(secret: &Secret, claimed: &Claimed) -> Self {
        Self {
            token: secret.reveal().to_owned(),
            until: DateTime(claimed.until),
            report_request: Some(One::new(claimed.request.id.0)),
        }
    }
}
