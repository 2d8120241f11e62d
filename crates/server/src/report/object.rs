//! What a report is in the API.

use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};

use super::access;
use crate::account::ACTOR;
use crate::imaging::{PREDICTION, SESSION};
use crate::patient::PATIENT;
use crate::read::kind::Kind::{Bool, Float, Id, Instant, Int, Json, Text, Word};
use crate::read::record::Concept;
use crate::read::shape::{
    Link, List, Operators, Relation, Scope, Shape, ShapeRef, Sql, filter, made, maybe_one, one, optional, order,
    required,
};
use crate::vocabulary::{REPORT_FORMAT, REPORT_STATUS, REPORT_TYPE};

/// [`REPORT`] as an answer.
pub struct Report;

impl Concept for Report {
    const SHAPE: ShapeRef = &REPORT;
}

/// A report about a patient.
pub static REPORT: Shape = Shape {
    name: "Report",
    about: "A report about a patient, in one of its revisions.",
    table: "medical_reports",
    key: "id",
    prefix: Some("rep"),
    unions: &["TimelineSource"],
    access: access::visible_to,
    columns: access::columns,
    joins: &[],
    fields: &[
        required("id", "id", Id("rep"), "Names the report, for good."),
        required("title", "title", Text, "The title."),
        required("type", "report_type", Word(&REPORT_TYPE), "For whom and what it is written."),
        required("content", "content", Text, "The text, in its format."),
        optional("recommendations", "recommendations", Json, "What it recommends, as a list."),
        required("format", "format_type", Word(&REPORT_FORMAT), "How the text is written."),
        optional("generatedBy", "generated_by", Text, "Who or what wrote it."),
        optional("confidence", "confidence_level", Float, "How sure the writer is, 0 to 1."),
        optional("disclaimer", "disclaimer", Text, "What the reader must know about its limits."),
        required("status", "status", Word(&REPORT_STATUS), "Where it stands."),
        required("revision", "revision", Int, "Which revision it is, from 1."),
        made("isLatest", Bool, latest, "Whether no newer revision supersedes it."),
        optional("revisionReason", "revision_reason", Text, "Why this revision was written."),
        required("createdAt", "created_at", Instant, "When it was written."),
        required("updatedAt", "updated_at", Instant, "When it was last changed."),
        optional("releasedAt", "released_at", Instant, "When it was given out."),
        optional("withdrawnAt", "withdrawn_at", Instant, "When it was withdrawn."),
        optional("withdrawnReason", "withdrawn_reason", Text, "Why it was withdrawn."),
        optional(
            "madeFrom",
            "made_from",
            Json,
            "What a program made it from: when it was read, which rows, a hash over them and over the text as it was made.",
        ),
        optional("metadata", "metadata", Json, "What else is known about it."),
        required("version", "version", Int, "The edit lock: give it back when you change the report."),
    ],
    relations: &[
        one("patient", &PATIENT, "patient_id", "patient_id", "The patient."),
        maybe_one("session", &SESSION, "session_id", "id", "The run of the analysis it came from."),
        maybe_one("prediction", &PREDICTION, "prediction_id", "id", "The prediction it is mainly about."),
        maybe_one("supersedes", &REPORT, "supersedes_id", "id", "The revision before."),
        maybe_one("supersededBy", &REPORT, "id", "supersedes_id", "The revision after."),
        maybe_one("releasedBy", &ACTOR, "released_by", "id", "Who gave it out."),
        Relation {
            name: "predictions",
            about: "The predictions it shows, newest first.",
            shape: &PREDICTION,
            link: Link::ManyBy { from: "id", keys: shown },
        },
    ],
    list: List {
        stem: "Report",
        newest_first: true,
        orders: &[order("CREATED_AT", Sql::Own("created_at"), Instant, "When it was written.")],
        filters: &[
            filter("patientId", Sql::Own("patient_id"), Operators::Id("pat"), "The patient."),
            filter("sessionId", Sql::Own("session_id"), Operators::Id("ses"), "The run of the analysis."),
            filter("type", Sql::Own("report_type"), Operators::Word(&REPORT_TYPE), "For whom and what."),
            filter("status", Sql::Own("status"), Operators::Word(&REPORT_STATUS), "Where it stands."),
            filter("createdAt", Sql::Own("created_at"), Operators::Instant, "When it was written."),
            filter("releasedAt", Sql::Own("released_at"), Operators::Instant, "When it was given out."),
            filter("isLatest", Sql::Make("isLatest", latest), Operators::Flag, "Whether nothing supersedes it."),
        ],
        unless_asked: None,
    },
};

fn latest(scope: &Scope<'_>) -> Expr {
    let newer = Query::select()
        .expr(Expr::cust("1"))
        .from_as("medical_reports", "n")
        .and_where(scope.tied("n", "supersedes_id", "id"))
        .cond_where(access::visible_to(scope.viewer, "n"))
        .take();
    Expr::not_exists(newer)
}

/// The predictions that the report with this key shows.
fn shown(scope: &Scope<'_>, report: Expr) -> SelectStatement {
    Query::select()
        .column(("l", "prediction_id"))
        .from_as("report_predictions", "l")
        .and_where(Expr::col(("l", "report_id")).eq(report))
        .cond_where(access::requests_visible_to(scope.viewer, "l"))
        .take()
}
