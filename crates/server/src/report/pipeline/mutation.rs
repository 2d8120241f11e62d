//! What programs that make reports can tell: inputs, payloads, root mutations.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};
use entity::vocabulary as words;

use super::Pipeline;
use super::change::{Completed, Extension, Failed};
use super::input::Lease;
use super::object::ReportLease;
use crate::auth::rights::{self, Allowed};
use crate::auth::secret::{Purpose, Secret};
use crate::input::{Act, UserError, field_failed};
use crate::read::id;
use crate::read::record::{Concept, One};
use crate::read::scalar::{DateTime, Json};
use crate::report::{Report, ReportRequest};
use crate::vocabulary::{ReportFormat, ReportRequestStatus, ReportType};

/// Which requests a program can fulfil.
#[derive(InputObject)]
pub struct ClaimReportInput {
    /// The kinds of report that it makes; absent: all.
    pub types: Option<Vec<ReportType>>,
}

/// A lease to prolong.
#[derive(InputObject)]
pub struct ExtendLeaseInput {
    /// The lease's token.
    pub lease: String,
}

/// The report for a claimed request.
#[derive(InputObject)]
pub struct CompleteReportInput {
    /// The lease's token.
    pub lease: String,
    /// The title.
    pub title: String,
    /// The text, in its format.
    pub content: String,
    /// How the text is written.
    #[graphql(default_with = "ReportFormat::Markdown")]
    pub format: ReportFormat,
    /// The predictions it shows, of the same patient, up to 100.
    pub prediction_ids: MaybeUndefined<Vec<ID>>,
    /// What it recommends, as a list.
    pub recommendations: MaybeUndefined<Json>,
    /// Who or what wrote it.
    pub generated_by: MaybeUndefined<String>,
    /// How sure the writer is, 0 to 1.
    pub confidence: MaybeUndefined<f64>,
    /// What the reader must know about its limits.
    pub disclaimer: MaybeUndefined<String>,
    /// What it was made from, so that one can show later what it rested on; patients do not see it.
    pub made_from: MaybeUndefined<Json>,
    /// What else is known about it.
    pub metadata: MaybeUndefined<Json>,
}

/// Why an attempt ends without a report.
#[derive(InputObject)]
pub struct FailReportInput {
    /// The lease's token.
    pub lease: String,
    /// What went wrong and what can be done, for whoever runs the clinic.
    pub message: String,
    /// Whether another attempt would fail as well.
    #[graphql(default = false)]
    pub permanent: bool,
}

/// What came of asking for work.
#[derive(SimpleObject)]
pub struct ClaimReportPayload {
    /// The claimed request; null when none waits.
    lease: Option<ReportLease>,
    /// What is wrong and what to do; empty when it was done.
    user_errors: Vec<UserError>,
}

/// What came of prolonging a lease.
#[derive(SimpleObject)]
pub struct ExtendLeasePayload {
    /// The lease as it is now; null when there are errors.
    lease: Option<ReportLease>,
    /// What is wrong and what to do; empty when it was done.
    user_errors: Vec<UserError>,
}

/// What came of completing a request.
#[derive(SimpleObject)]
pub struct CompleteReportPayload {
    /// The id of the new draft; null when there are errors.
    report_id: Option<ID>,
    /// The new draft; null for a program, to which the record is closed again.
    report: Option<One<Report>>,
    /// The request; null for a program likewise.
    report_request: Option<One<ReportRequest>>,
    /// What is wrong and what to do; empty when it was done.
    user_errors: Vec<UserError>,
}

/// What came of a failed attempt.
#[derive(SimpleObject)]
pub struct FailReportPayload {
    /// Where the request stands now: pending, or failed for good; null when there are errors.
    status: Option<ReportRequestStatus>,
    /// When the next attempt may begin; null when there is none.
    next_attempt_at: Option<DateTime>,
    /// The request; null for a program, to which the record is closed again.
    report_request: Option<One<ReportRequest>>,
    /// What is wrong and what to do; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Mutations of programs that make reports.
#[derive(Default)]
pub struct PipelineMutation;

impl PipelineMutation {
    /// Which roles may use which of its fields.
    pub const RIGHTS: &[(&str, Allowed)] = &[
        ("claim_report", rights::report),
        ("extend_lease", rights::report),
        ("complete_report", rights::report),
        ("fail_report", rights::report),
    ];
}

#[Object]
impl PipelineMutation {
    /// Claims the next request for a report, by a lease: nobody else works on it until that ends.
    async fn claim_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which requests.")] input: ClaimReportInput,
    ) -> Result<Option<ClaimReportPayload>> {
        let done = async {
            let (act, pipeline) = whoever(ctx)?;
            let types: Option<Vec<_>> = input.types.map(|types| types.into_iter().map(Into::into).collect());
            let done = pipeline.claim(act, types.as_deref().unwrap_or(words::ReportType::ALL)).await?;
            Ok(done.map(|claimed| claimed.map(|(secret, claimed)| ReportLease::new(&secret, &claimed))))
        };
        let payload = |done| match done {
            Ok(lease) => ClaimReportPayload { lease, user_errors: Vec::new() },
            Err(user_errors) => ClaimReportPayload { lease: None, user_errors },
        };
        Ok(done.await.map_or_else(|error| field_failed(ctx, error), |done| Some(payload(done))))
    }

    /// Prolongs a lease, from now on for as long as it was given for.
    async fn extend_lease(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The lease.")] input: ExtendLeaseInput,
    ) -> Result<Option<ExtendLeasePayload>> {
        let done = async {
            let (act, pipeline) = whoever(ctx)?;
            let extension = Extension { lease: Lease::parse(&input.lease), terms: pipeline.terms() };
            act.make(&extension).await
        };
        let payload = |done| match done {
            Ok(claimed) => ExtendLeasePayload {
                lease: Secret::parse(Purpose::Lease, &input.lease).map(|secret| ReportLease::new(&secret, &claimed)),
                user_errors: Vec::new(),
            },
            Err(user_errors) => ExtendLeasePayload { lease: None, user_errors },
        };
        Ok(done.await.map_or_else(|error| field_failed(ctx, error), |done| Some(payload(done))))
    }

    /// Writes the report for a claimed request, as a draft; said twice, it is done once.
    async fn complete_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The lease, and the report.")] input: CompleteReportInput,
    ) -> Result<Option<CompleteReportPayload>> {
        let done = async {
            let (act, _) = whoever(ctx)?;
            act.make(&input.parse()).await
        };
        Ok(done.await.map_or_else(|error| field_failed(ctx, error), |done| Some(done.into())))
    }

    /// Ends an attempt without a report: the request waits for the next one, or is failed for good.
    async fn fail_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The lease, and why.")] input: FailReportInput,
    ) -> Result<Option<FailReportPayload>> {
        let done = async {
            let (act, pipeline) = whoever(ctx)?;
            act.make(&input.parse(pipeline.terms(), pipeline.chance())).await
        };
        Ok(done.await.map_or_else(|error| field_failed(ctx, error), |done| Some(done.into())))
    }
}

/// Whoever acts, if they make reports, and on what terms.
fn whoever<'a>(ctx: &Context<'a>) -> Result<(&'a Act, &'a Pipeline)> {
    Ok((Act::of(ctx)?.permitted(rights::report)?, ctx.data::<Pipeline>()?))
}

impl From<std::result::Result<Completed, Vec<UserError>>> for CompleteReportPayload {
    fn from(done: std::result::Result<Completed, Vec<UserError>>) -> Self {
        match done {
            Ok(Completed { report, request }) => Self {
                report_id: Some(ID(id::text(Report::SHAPE.prefix.unwrap_or_default(), report.0))),
                report: Some(One::new(report.0)),
                report_request: Some(One::new(request.0)),
                user_errors: Vec::new(),
            },
            Err(user_errors) => Self { report_id: None, report: None, report_request: None, user_errors },
        }
    }
}

impl From<std::result::Result<Failed, Vec<UserError>>> for FailReportPayload {
    fn from(done: std::result::Result<Failed, Vec<UserError>>) -> Self {
        match done {
            Ok(Failed { request, status, next_attempt_at }) => Self {
                status: Some(status.into()),
                next_attempt_at: next_attempt_at.map(DateTime),
                report_request: Some(One::new(request.0)),
                user_errors: Vec::new(),
            },
            Err(user_errors) => Self { status: None, next_attempt_at: None, report_request: None, user_errors },
        }
    }
}
