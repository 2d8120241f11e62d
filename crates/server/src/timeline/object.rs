//! What an event is in the API.

use sea_orm::DbBackend;
use sea_orm::sea_query::{Expr, ExprTrait, Func, Query};

use super::access;
use crate::account::ACTOR;
use crate::auth::Role;
use crate::consultation::CONSULTATION;
use crate::doctor::DOCTOR;
use crate::imaging::{PREDICTION, SCAN};
use crate::patient::PATIENT;
use crate::read::kind::Kind::{Bool, Id, Instant, Int, Json, Text, Word};
use crate::read::record::Concept;
use crate::read::shape::{
    Link, List, Operators, Relation, Scope, Shape, ShapeRef, Sql, filter, made, maybe_one, one, optional, order,
    required,
};
use crate::report::{self, REPORT};
use crate::vocabulary::{SEVERITY, TIMELINE_EVENT_TYPE};

/// [`TIMELINE_EVENT`] as an answer.
pub struct TimelineEvent;

impl Concept for TimelineEvent {
    const SHAPE: ShapeRef = &TIMELINE_EVENT;
}

/// One event in a patient's history.
pub static TIMELINE_EVENT: Shape = Shape {
    name: "TimelineEvent",
    about: "One event in a patient's history.",
    table: "patient_timeline",
    key: "id",
    prefix: Some("evt"),
    unions: &[],
    access: access::visible_to,
    columns: access::columns,
    joins: &[],
    fields: &[
        required("id", "id", Id("evt"), "Names the event; the same for the same source."),
        required("eventType", "event_type", Word(&TIMELINE_EVENT_TYPE), "What happened."),
        required("eventDate", "event_date", Instant, "When it happened."),
        required("title", "event_title", Text, "What happened, in a few words."),
        optional("description", "event_description", Text, "The first 200 characters of what its source says."),
        required("severity", "severity", Word(&SEVERITY), "How much it matters."),
        made("metadata", Json, metadata, "What else is known: the status of the visit or report behind it.").or_null(),
        required("patientVisible", "patient_visible", Bool, "Whether the patient sees it."),
        required("createdAt", "created_at", Instant, "When it was entered."),
        required("version", "version", Int, "The edit lock: give it back when you change a note."),
    ],
    relations: &[
        one("patient", &PATIENT, "patient_id", "patient_id", "The patient."),
        maybe_one("doctor", &DOCTOR, "doctor_id", "doctor_id", "The doctor who was there."),
        maybe_one("author", &ACTOR, "author_id", "id", "Who wrote the note."),
        Relation {
            name: "source",
            about: "The record behind the event; a note has none.",
            shape: &SCAN,
            link: Link::Union {
                name: "TimelineSource",
                about: "What an event was made of.",
                tag: "related_table",
                from: "related_id",
                members: &[
                    ("mri_scans", &SCAN),
                    ("predictions", &PREDICTION),
                    ("medical_reports", &REPORT),
                    ("consultations", &CONSULTATION),
                ],
            },
        },
    ],
    list: List {
        stem: "Timeline",
        newest_first: true,
        orders: &[order("DATE", Sql::Own("event_date"), Instant, "When it happened.")],
        filters: &[
            filter("eventType", Sql::Own("event_type"), Operators::Word(&TIMELINE_EVENT_TYPE), "What happened."),
            filter("severity", Sql::Own("severity"), Operators::Word(&SEVERITY), "How much it matters."),
            filter("eventDate", Sql::Own("event_date"), Operators::Instant, "When it happened."),
            filter("doctorId", Sql::Own("doctor_id"), Operators::Id("doc"), "The doctor who was there."),
            filter("patientVisible", Sql::Own("patient_visible"), Operators::Flag, "Whether the patient sees it."),
        ],
        unless_asked: None,
    },
};

/// The stored metadata. It says of a report whether a newer revision supersedes it; to patients, who see released
/// revisions alone, it says whether one of those does.
fn metadata(scope: &Scope<'_>) -> Expr {
    let stored = scope.own("metadata");
    if !matches!(scope.viewer.role, Role::Patient(_)) {
        return stored;
    }
    let newer = Query::select()
        .expr(Expr::cust("1"))
        .from_as("medical_reports", "n")
        .and_where(scope.tied("n", "supersedes_id", "related_id"))
        .cond_where(report::access::visible_to(scope.viewer, "n"))
        .take();
    let superseded = Expr::exists(newer);
    let told = match scope.backend {
        DbBackend::Postgres => Func::cust("jsonb_set").args([
            stored.clone(),
            Expr::cust("'{superseded}'"),
            Func::cust("to_jsonb").arg(superseded).into(),
        ]),
        _ => {
            let word = Expr::case(superseded, Expr::cust("'true'")).finally(Expr::cust("'false'"));
            let json = Func::cust("json").arg(word);
            Func::cust("json_set").args([stored.clone(), Expr::cust("'$.superseded'"), json.into()])
        }
    };
    Expr::case(scope.own("related_table").eq("medical_reports"), told).finally(stored).into()
}
