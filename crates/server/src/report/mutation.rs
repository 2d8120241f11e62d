//! What can be told about reports: inputs, payloads, root mutations.

use async_graphql::{ID, InputObject, MaybeUndefined};

use super::Report;
use super::store::{DraftRemoval, Release};
use crate::input::{mutations, payloads, targets};
use crate::read::record::{Deleted, One};
use crate::read::scalar::Json;
use crate::vocabulary::{ReportFormat, ReportType};

/// What may be said about a report. In a change, what is absent stays and `null` clears.
#[derive(InputObject)]
pub struct ReportDetails {
    /// The run of the analysis it came from; one of the same patient.
    pub session_id: MaybeUndefined<ID>,
    /// The prediction it is mainly about; one of the same patient, and one of those it shows.
    pub prediction_id: MaybeUndefined<ID>,
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
    /// What else is known about it.
    pub metadata: MaybeUndefined<Json>,
}

/// A report to write, as a draft.
#[derive(InputObject)]
pub struct CreateReportInput {
    /// The patient.
    pub patient_id: ID,
    /// The title.
    pub title: String,
    /// The text, in its format.
    pub content: String,
    /// For whom and what it is written.
    #[graphql(name = "type", default_with = "ReportType::Other")]
    pub kind: ReportType,
    /// How the text is written.
    #[graphql(default_with = "ReportFormat::Markdown")]
    pub format: ReportFormat,
    /// What else is known.
    #[graphql(flatten)]
    pub details: ReportDetails,
}

/// How a report is worded. What is absent stays.
#[derive(InputObject)]
pub struct ReportWording {
    /// The title.
    pub title: MaybeUndefined<String>,
    /// The text, in its format.
    pub content: MaybeUndefined<String>,
    /// For whom and what it is written.
    #[graphql(name = "type")]
    pub kind: MaybeUndefined<ReportType>,
    /// How the text is written.
    pub format: MaybeUndefined<ReportFormat>,
}

/// A change of a draft. What is absent stays; `null` clears what may be unknown.
#[derive(InputObject)]
pub struct UpdateReportInput {
    /// The report, a draft.
    pub id: ID,
    /// The version that was read; an older one changes nothing.
    pub version: i32,
    /// The new wording.
    #[graphql(flatten)]
    pub wording: ReportWording,
    /// What changes of the rest.
    #[graphql(flatten)]
    pub details: ReportDetails,
}

/// The next revision of a released report. What is absent stays as the report has it; `null` clears.
#[derive(InputObject)]
pub struct AmendReportInput {
    /// The report, released and superseded by none.
    pub id: ID,
    /// The version that was read; an older one changes nothing.
    pub version: i32,
    /// Why it is amended.
    pub reason: String,
    /// The new wording.
    #[graphql(flatten)]
    pub wording: ReportWording,
    /// What changes of the rest.
    #[graphql(flatten)]
    pub details: ReportDetails,
}

/// A released report that was entered in error.
#[derive(InputObject)]
pub struct WithdrawReportInput {
    /// The report.
    pub id: ID,
    /// The version that was read; an older one changes nothing.
    pub version: i32,
    /// Why it is withdrawn.
    pub reason: String,
}

targets! {
    /// A draft to give out.
    ReleaseReportInput(Report) -> Release = Release;
    /// A draft to delete.
    DeleteReportInput(Report) -> DraftRemoval = DraftRemoval;
}

payloads! {
    /// What came of writing a report.
    CreateReportPayload {
        /// The new draft; null when there are errors.
        report: One<Report>
    }
    /// What came of changing a draft.
    UpdateReportPayload {
        /// The changed draft; null when there are errors.
        report: One<Report>
    }
    /// What came of giving a report out.
    ReleaseReportPayload {
        /// The released report; null when there are errors.
        report: One<Report>
    }
    /// What came of amending a report.
    AmendReportPayload {
        /// The new revision, released; null when there are errors.
        report: One<Report>
    }
    /// What came of withdrawing a report.
    WithdrawReportPayload {
        /// The withdrawn report; null when there are errors.
        report: One<Report>
    }
    /// What came of deleting a draft.
    DeleteReportPayload {
        /// The id that the draft had; null when there are errors.
        deleted_id: Deleted<Report>
    }
}

mutations! {
    /// Mutations of reports.
    ReportMutation {
        /// Writes a report, as a draft that patients do not see.
        create_report(CreateReportInput, "The report.") for admins -> CreateReportPayload;
        /// Changes a draft.
        update_report(UpdateReportInput, "The draft, the version that was read, and what changes.") for admins
            -> UpdateReportPayload;
        /// Gives a draft out, with the predictions it shows: from now on it is only amended or withdrawn.
        release_report(ReleaseReportInput, "The draft and the version that was read.") for doctors -> ReleaseReportPayload;
        /// Writes the next revision of a released report, which supersedes it and is released at once.
        amend_report(AmendReportInput, "The report, the version that was read, why, and what changes.") for doctors
            -> AmendReportPayload;
        /// Takes a released report back that was entered in error; staff can still read it.
        withdraw_report(WithdrawReportInput, "The report, the version that was read, and why.") for doctors
            -> WithdrawReportPayload;
        /// Deletes a draft.
        delete_report(DeleteReportInput, "The draft and the version that was read.") for admins -> DeleteReportPayload;
    }
}
