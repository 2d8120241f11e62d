//! What a visit is in the API.

use sea_orm::sea_query::{Condition, Expr, ExprTrait};

use super::access;
use crate::account::ACTOR;
use crate::doctor::DOCTOR;
use crate::imaging::SESSION;
use crate::patient::PATIENT;
use crate::read::kind::Kind::{Bool, Id, Instant, Int, Money, Text, Word};
use crate::read::record::Concept;
use crate::read::shape::{
    List, Operators, Scope, Shape, ShapeRef, Sql, filter, made, many, maybe_one, one, optional, order, required,
};
use crate::vocabulary::{CONSULTATION_STATUS, CONSULTATION_TYPE};

/// [`CONSULTATION`] as an answer.
pub struct Consultation;

impl Concept for Consultation {
    const SHAPE: ShapeRef = &CONSULTATION;
}

/// A visit.
pub static CONSULTATION: Shape = Shape {
    name: "Consultation",
    about: "A visit of a patient with a doctor, booked or done.",
    table: "consultations",
    key: "id",
    prefix: Some("con"),
    unions: &["TimelineSource"],
    access: access::visible_to,
    columns: access::columns,
    joins: &[],
    fields: &[
        required("id", "id", Id("con"), "Names the visit, for good."),
        required("date", "consultation_date", Instant, "When it is or was."),
        optional("type", "consultation_type", Word(&CONSULTATION_TYPE), "What kind of visit; unknown in old records."),
        required("status", "status", Word(&CONSULTATION_STATUS), "Where it stands."),
        made("isOverdue", Bool, overdue, "Whether it is still scheduled though its time has passed."),
        optional("chiefComplaint", "chief_complaint", Text, "Why the patient came."),
        optional("diagnosis", "diagnosis", Text, "What the doctor found."),
        optional("prescription", "prescription", Text, "What the doctor prescribed."),
        optional("notes", "notes", Text, "The doctor's notes; patients do not see them."),
        optional("nextVisitDate", "next_visit_date", Instant, "When the doctor advised to come again; books nothing."),
        optional("durationMinutes", "duration_minutes", Int, "How long it took, in minutes."),
        optional("fee", "fee_charged_cents", Money, "What was charged, in the clinic's currency."),
        optional("rescheduledFrom", "rescheduled_from", Instant, "The date before the last move."),
        optional("rescheduledAt", "rescheduled_at", Instant, "When it was last moved."),
        optional("correctionReason", "correction_reason", Text, "Why the completed visit was last corrected."),
        optional("correctedAt", "corrected_at", Instant, "When the completed visit was last corrected."),
        required("createdAt", "created_at", Instant, "When it was entered."),
        required("updatedAt", "updated_at", Instant, "When it was last changed."),
        required("version", "version", Int, "The edit lock: give it back when you change the visit."),
    ],
    relations: &[
        one("patient", &PATIENT, "patient_id", "patient_id", "The patient."),
        one("doctor", &DOCTOR, "doctor_id", "doctor_id", "The doctor."),
        maybe_one("session", &SESSION, "session_id", "id", "The run of the analysis it belongs to."),
        maybe_one("correctedBy", &ACTOR, "corrected_by", "id", "Who last corrected the completed visit."),
        many("revisions", &REVISION, "id", "consultation_id", "What stood here before corrections, newest first."),
    ],
    list: List {
        stem: "Consultation",
        newest_first: true,
        orders: &[order("DATE", Sql::Own("consultation_date"), Instant, "When it is or was.")],
        filters: &[
            filter("patientId", Sql::Own("patient_id"), Operators::Id("pat"), "The patient."),
            filter("doctorId", Sql::Own("doctor_id"), Operators::Id("doc"), "The doctor."),
            filter("date", Sql::Own("consultation_date"), Operators::Instant, "When it is or was."),
            filter("type", Sql::Own("consultation_type"), Operators::Word(&CONSULTATION_TYPE), "What kind of visit."),
            filter("status", Sql::Own("status"), Operators::Word(&CONSULTATION_STATUS), "Where it stands."),
            filter("isOverdue", Sql::Make("isOverdue", overdue), Operators::Flag, "Whether its time has passed."),
        ],
        unless_asked: None,
    },
};

/// What stood in a completed visit before a correction.
pub static REVISION: Shape = Shape {
    name: "ConsultationRevision",
    about: "What stood in a completed visit before a correction.",
    table: "consultation_revisions",
    key: "id",
    prefix: Some("rev"),
    unions: &[],
    access: access::visible_to,
    columns: access::columns,
    joins: &[],
    fields: &[
        required("id", "id", Id("rev"), "Names the revision, for good."),
        required("date", "consultation_date", Instant, "The date that stood there."),
        optional("type", "consultation_type", Word(&CONSULTATION_TYPE), "The kind of visit that stood there."),
        required("status", "status", Word(&CONSULTATION_STATUS), "The status that stood there."),
        optional("chiefComplaint", "chief_complaint", Text, "The complaint that stood there."),
        optional("diagnosis", "diagnosis", Text, "The diagnosis that stood there."),
        optional("prescription", "prescription", Text, "The prescription that stood there."),
        optional("notes", "notes", Text, "The notes that stood there."),
        optional("nextVisitDate", "next_visit_date", Instant, "The advice that stood there."),
        optional("durationMinutes", "duration_minutes", Int, "The duration that stood there, in minutes."),
        optional("fee", "fee_charged_cents", Money, "The fee that stood there."),
        optional("reason", "reason", Text, "Why it was corrected."),
        required("changedAt", "changed_at", Instant, "When it was corrected."),
    ],
    relations: &[
        one("consultation", &CONSULTATION, "consultation_id", "id", "The visit."),
        one("doctor", &DOCTOR, "doctor_id", "doctor_id", "The doctor that stood there."),
        maybe_one("changedBy", &ACTOR, "changed_by", "id", "Who corrected it."),
    ],
    list: List {
        stem: "ConsultationRevision",
        newest_first: true,
        orders: &[order("CHANGED_AT", Sql::Own("changed_at"), Instant, "When it was corrected.")],
        filters: &[],
        unless_asked: None,
    },
};

fn overdue(scope: &Scope<'_>) -> Expr {
    let late = scope.own("consultation_date").lt(scope.moment.now);
    Condition::all().add(scope.own("status").eq("scheduled")).add(late).into()
}
