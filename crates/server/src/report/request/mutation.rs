//! What can be told about requests for reports: inputs, payloads, root mutations.

use async_graphql::{ID, InputObject, MaybeUndefined};

use super::ReportRequest;
use super::change::{RequestRemoval, Retry, Shelving};
use crate::input::{mutations, payloads, targets};
use crate::read::record::{Deleted, One};
use crate::vocabulary::ReportType;

/// A report that is wanted.
#[derive(InputObject)]
pub struct RequestReportInput {
    /// The patient.
    pub patient_id: ID,
    /// What kind of report.
    #[graphql(name = "type", default_with = "ReportType::Comprehensive")]
    pub kind: ReportType,
    /// The prediction it is to be about; one of the same patient.
    pub prediction_id: MaybeUndefined<ID>,
    /// The scan it is to be about; one of the same patient.
    pub scan_id: MaybeUndefined<ID>,
    /// The run of the analysis it is to be about; one of the same patient.
    pub session_id: MaybeUndefined<ID>,
    /// Greater goes first: 0 to 100.
    #[graphql(default)]
    pub priority: i32,
}

/// A change of a request that waits. What is absent stays.
#[derive(InputObject)]
pub struct UpdateReportRequestInput {
    /// The request.
    pub id: ID,
    /// The version that was read; an older one changes nothing.
    pub version: i32,
    /// What kind of report.
    #[graphql(name = "type")]
    pub kind: MaybeUndefined<ReportType>,
    /// Greater goes first: 0 to 100.
    pub priority: MaybeUndefined<i32>,
}

targets! {
    /// A failed request to try again.
    RetryReportInput(ReportRequest) -> Retry = Retry;
    /// A request to put away, whose report is there or whose attempts failed.
    ArchiveReportRequestInput(ReportRequest) -> Shelving = Shelving;
    /// A request to delete, on which nobody works.
    DeleteReportRequestInput(ReportRequest) -> RequestRemoval = RequestRemoval;
}

payloads! {
    /// What came of asking for a report.
    RequestReportPayload {
        /// The request; null when there are errors.
        report_request: One<ReportRequest>
    }
    /// What came of changing a request.
    UpdateReportRequestPayload {
        /// The changed request; null when there are errors.
        report_request: One<ReportRequest>
    }
    /// What came of trying again.
    RetryReportPayload {
        /// The request, which waits for its turn; null when there are errors.
        report_request: One<ReportRequest>
    }
    /// What came of putting a request away.
    ArchiveReportRequestPayload {
        /// The request; null when there are errors.
        report_request: One<ReportRequest>
    }
    /// What came of deleting a request.
    DeleteReportRequestPayload {
        /// The id that the request had; null when there are errors.
        deleted_id: Deleted<ReportRequest>
    }
}

mutations! {
    /// Mutations of requests for reports.
    ReportRequestMutation {
        /// Asks for a report; where the same one is being waited for already, answers that request.
        request_report(RequestReportInput, "The patient, and what kind of report about what.") for doctors -> RequestReportPayload;
        /// Changes a request that waits.
        update_report_request(UpdateReportRequestInput, "The request, the version that was read, and what changes.") for admins
            -> UpdateReportRequestPayload;
        /// Tries again what failed, from the first attempt on.
        retry_report(RetryReportInput, "The request and the version that was read.") for admins -> RetryReportPayload;
        /// Puts a request away that has come to an end.
        archive_report_request(ArchiveReportRequestInput, "The request and the version that was read.") for admins
            -> ArchiveReportRequestPayload;
        /// Deletes a request on which nobody works; its report stays.
        delete_report_request(DeleteReportRequestInput, "The request and the version that was read.") for admins
            -> DeleteReportRequestPayload;
    }
}
