//! What a request for a report is in the API.

use crate::account::ACTOR;
use crate::imaging::{PREDICTION, SCAN, SESSION};
use crate::patient::PATIENT;
use crate::read::kind::Kind::{Id, Instant, Int, Json, Text, Word};
use crate::read::record::Concept;
use crate::read::shape::{List, Operators, Shape, ShapeRef, Sql, filter, maybe_one, one, optional, order, required};
use crate::report::REPORT;
use crate::report::access;
use crate::vocabulary::{REPORT_FAILURE_CAUSE, REPORT_REQUEST_STATUS, REPORT_TYPE};

/// [`REPORT_REQUEST`] as an answer.
pub struct ReportRequest;

impl Concept for ReportRequest {
    const SHAPE: ShapeRef = &REPORT_REQUEST;
}

/// A request for a report and where it stands.
pub static REPORT_REQUEST: Shape = Shape {
    name: "ReportRequest",
    about: "A request for a report, and where it stands.",
    table: "report_status",
    key: "id",
    prefix: Some("req"),
    unions: &[],
    access: access::requests_visible_to,
    columns: access::request_columns,
    joins: &[],
    fields: &[
        required("id", "id", Id("req"), "Names the request, for good."),
        required("status", "status", Word(&REPORT_REQUEST_STATUS), "Where it stands."),
        required("type", "report_type", Word(&REPORT_TYPE), "What kind of report is wanted."),
        required("priority", "priority", Int, "Greater goes first."),
        optional("requestedAt", "requested_at", Instant, "When it was made; unknown in old records."),
        optional("generatedAt", "generated_at", Instant, "When the report was there."),
        required("retryCount", "retry_count", Int, "Attempts that failed."),
        optional("nextAttemptAt", "next_attempt_at", Instant, "When the next attempt may begin."),
        optional("errorMessage", "error_message", Text, "Why the last attempt failed."),
        optional("failureCause", "failure_cause", Word(&REPORT_FAILURE_CAUSE), "Why the last attempt failed, by kind."),
        optional("claimedAt", "claimed_at", Instant, "When the last attempt began."),
        optional("leasedUntil", "leased_until", Instant, "Until when whoever works on it has it alone."),
        optional("metadata", "metadata", Json, "What else is known about it."),
        required("createdAt", "created_at", Instant, "When it was entered."),
        required("updatedAt", "updated_at", Instant, "When it last changed."),
        required("version", "version", Int, "The edit lock: give it back when you change the request."),
    ],
    relations: &[
        one("patient", &PATIENT, "patient_id", "patient_id", "The patient."),
        maybe_one("requestedBy", &ACTOR, "requested_by", "id", "Who made it."),
        maybe_one(
            "claimedBy",
            &ACTOR,
            "claimed_by",
            "id",
            "The program that claimed it last; null for the server's own workers.",
        ),
        maybe_one("session", &SESSION, "session_id", "id", "The run of the analysis it is about."),
        maybe_one("prediction", &PREDICTION, "prediction_id", "id", "The prediction it is about."),
        maybe_one("scan", &SCAN, "mri_scan_id", "id", "The scan it is about."),
        maybe_one("report", &REPORT, "report_id", "id", "The report that came of it."),
    ],
    list: List {
        stem: "ReportRequest",
        newest_first: true,
        orders: &[order("REQUESTED_AT", Sql::Own("requested_at"), Instant, "When it was made.").or_unknown()],
        filters: &[
            filter("patientId", Sql::Own("patient_id"), Operators::Id("pat"), "The patient."),
            filter("status", Sql::Own("status"), Operators::Word(&REPORT_REQUEST_STATUS), "Where it stands."),
            filter("type", Sql::Own("report_type"), Operators::Word(&REPORT_TYPE), "What kind of report."),
            filter("priority", Sql::Own("priority"), Operators::Int, "Greater goes first."),
            filter("requestedAt", Sql::Own("requested_at"), Operators::Instant, "When it was made."),
            filter(
                "failureCause",
                Sql::Own("failure_cause"),
                Operators::Word(&REPORT_FAILURE_CAUSE),
                "Why the last attempt failed, by kind.",
            ),
            filter("retryCount", Sql::Own("retry_count"), Operators::Int, "Attempts that failed."),
        ],
        unless_asked: None,
    },
};
