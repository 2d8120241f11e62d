//! What a run of the analysis is in the API.

use super::access;
use super::object::{PREDICTION, SCAN};
use crate::account::ACTOR;
use crate::consultation::CONSULTATION;
use crate::doctor::DOCTOR;
use crate::patient::PATIENT;
use crate::read::kind::Kind::{Id, Instant, Int, Json, Text, Word};
use crate::read::record::Concept;
use crate::read::shape::{
    List, Operators, Shape, ShapeRef, Sql, filter, many, maybe_one, one, optional, order, required,
};
use crate::report::REPORT;
use crate::vocabulary::SESSION_STATUS;

/// [`SESSION`] as an answer.
pub struct Session;

impl Concept for Session {
    const SHAPE: ShapeRef = &SESSION;
}

/// A run of the analysis for a patient: upload, predict, report.
pub static SESSION: Shape = Shape {
    name: "AnalysisSession",
    about: "A run of the analysis for a patient: upload, predict, report.",
    table: "sessions",
    key: "id",
    prefix: Some("ses"),
    unions: &[],
    access: access::sessions_visible_to,
    columns: access::session_columns,
    joins: &[],
    fields: &[
        required("id", "id", Id("ses"), "Names the session, for good."),
        required("inputType", "input_type", Text, "What went in, such as text or mri."),
        required("outputFormat", "output_format", Text, "What was to come out, such as text or pdf."),
        required("status", "status", Word(&SESSION_STATUS), "Where it stands."),
        optional("metadata", "metadata", Json, "What the program that ran it noted."),
        required("createdAt", "created_at", Instant, "When it began."),
        required("updatedAt", "updated_at", Instant, "When it last changed."),
        required("version", "version", Int, "The edit lock: give it back when you change the session."),
    ],
    relations: &[
        one("patient", &PATIENT, "patient_id", "patient_id", "The patient."),
        maybe_one("doctor", &DOCTOR, "doctor_id", "doctor_id", "The doctor who asked for it."),
        maybe_one("user", &ACTOR, "user_id", "id", "Who started it."),
        maybe_one("agent", &ACTOR, "agent_id", "id", "The program it was given to."),
        many("scans", &SCAN, "id", "session_id", "Its scans, newest first."),
        many("predictions", &PREDICTION, "id", "session_id", "Its predictions, newest first."),
        many("reports", &REPORT, "id", "session_id", "Its reports, newest first."),
        many("consultations", &CONSULTATION, "id", "session_id", "Visits it belongs to, newest first."),
    ],
    list: List {
        stem: "AnalysisSession",
        newest_first: true,
        orders: &[order("CREATED_AT", Sql::Own("created_at"), Instant, "When it began.")],
        filters: &[
            filter("patientId", Sql::Own("patient_id"), Operators::Id("pat"), "The patient."),
            filter("doctorId", Sql::Own("doctor_id"), Operators::Id("doc"), "The doctor who asked for it."),
            filter("status", Sql::Own("status"), Operators::Word(&SESSION_STATUS), "Where it stands."),
            filter("createdAt", Sql::Own("created_at"), Operators::Instant, "When it began."),
        ],
        unless_asked: None,
    },
};
