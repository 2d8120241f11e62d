//! Inputs of whoever makes reports, checked into what may be written.

use async_graphql::MaybeUndefined;
use entity::vocabulary::FailureCause;
use sea_orm::ActiveValue::Set;

use super::attempt::{Failure, Terms};
use super::mutation::{CompleteReportInput, FailReportInput};
use crate::auth::secret::{Purpose, Secret};
use crate::input::{Checks, Refusal};
use crate::report::input::{Contents, details};
use crate::report::mutation::ReportDetails;

/// A lease, as the input names it.
#[derive(Debug, Clone)]
pub struct Lease(Option<String>);

/// A report for a request that is claimed.
pub struct Completion {
    pub(super) lease: Lease,
    pub(super) checks: Checks,
    pub(super) contents: Contents,
}

/// The end of an attempt without a report.
pub struct Failing<'a> {
    pub(super) lease: Lease,
    pub(super) checks: Checks,
    pub(super) failure: Failure,
    pub(super) terms: &'a Terms,
    pub(super) chance: f64,
}

impl Lease {
    /// The lease with this secret; a text that is none names nothing.
    pub(super) fn parse(text: &str) -> Self {
        Self(Secret::parse(Purpose::Lease, text).map(|secret| secret.hash()))
    }

    /// The lease with this secret.
    pub(super) fn of(secret: &Secret) -> Self {
        Self(Some(secret.hash()))
    }

    /// What the database knows it by.
    ///
    /// # Errors
    /// Where it is no lease at all.
    pub(super) fn hash(&self) -> Result<&str, Refusal> {
        self.0.as_deref().ok_or_else(Self::over)
    }
}

impl CompleteReportInput {
    pub(super) fn parse(self) -> Completion {
        let mut checks = Checks::default();
        let given = ReportDetails {
            // The request says what the report is about.
            session_id: MaybeUndefined::Undefined,
            prediction_id: MaybeUndefined::Undefined,
            prediction_ids: self.prediction_ids,
            recommendations: self.recommendations,
            generated_by: self.generated_by,
            confidence: self.confidence,
            disclaimer: self.disclaimer,
            metadata: self.metadata,
        };
        let mut contents = details(&mut checks, given);
        contents.columns.title = checks.required_line(&["title"], &self.title);
        contents.columns.content = checks.required_text(&["content"], &self.content);
        contents.columns.format_type = Set(self.format.into());
        contents.columns.made_from = checks.json(&["madeFrom"], self.made_from);
        Completion { lease: Lease::parse(&self.lease), checks, contents }
    }
}

impl FailReportInput {
    pub(super) fn parse(self, terms: &Terms, chance: f64) -> Failing<'_> {
        let mut checks = Checks::default();
        let message = checks.required_text(&["message"], &self.message).take().unwrap_or_default();
        let failure = Failure { cause: FailureCause::Program, message, permanent: self.permanent };
        Failing { lease: Lease::parse(&self.lease), checks, failure, terms, chance }
    }
}
