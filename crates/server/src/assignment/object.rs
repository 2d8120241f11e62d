//! What an assignment is in the API.

use super::access;
use crate::doctor::DOCTOR;
use crate::patient::PATIENT;
use crate::read::kind::Kind::{Bool, Id, Instant, Int, Text, Word};
use crate::read::record::Concept;
use crate::read::shape::{List, Operators, Shape, ShapeRef, Sql, filter, one, optional, order, required};
use crate::vocabulary::ASSIGNMENT_TYPE;

/// [`ASSIGNMENT`] as an answer.
pub struct Assignment;

impl Concept for Assignment {
    const SHAPE: ShapeRef = &ASSIGNMENT;
}

/// A doctor's responsibility for a patient.
pub static ASSIGNMENT: Shape = Shape {
    name: "Assignment",
    about: "A doctor's responsibility for a patient over a period.",
    table: "doctor_patient_assignments",
    key: "id",
    prefix: Some("asg"),
    unions: &[],
    access: access::visible_to,
    columns: access::columns,
    joins: &[],
    fields: &[
        required("id", "id", Id("asg"), "Names the assignment, for good."),
        required("type", "assignment_type", Word(&ASSIGNMENT_TYPE), "As what the doctor is responsible."),
        required("assignedAt", "assignment_date", Instant, "When it began."),
        optional("endedAt", "ended_at", Instant, "When it ended; an open one has not."),
        required("isActive", "is_active", Bool, "Whether it is open."),
        optional("notes", "notes", Text, "What was noted about it."),
        required("createdAt", "created_at", Instant, "When it was entered."),
        required("updatedAt", "updated_at", Instant, "When it was last changed."),
        required("version", "version", Int, "The edit lock: give it back when you change the assignment."),
    ],
    relations: &[
        one("patient", &PATIENT, "patient_id", "patient_id", "The patient."),
        one("doctor", &DOCTOR, "doctor_id", "doctor_id", "The doctor."),
    ],
    list: List {
        stem: "Assignment",
        newest_first: true,
        orders: &[order("ASSIGNED_AT", Sql::Own("assignment_date"), Instant, "When it began.")],
        filters: &[
            filter("patientId", Sql::Own("patient_id"), Operators::Id("pat"), "The patient."),
            filter("doctorId", Sql::Own("doctor_id"), Operators::Id("doc"), "The doctor."),
            filter("type", Sql::Own("assignment_type"), Operators::Word(&ASSIGNMENT_TYPE), "As what."),
            filter("isActive", Sql::Own("is_active"), Operators::Flag, "Whether it is open."),
            filter("assignedAt", Sql::Own("assignment_date"), Operators::Instant, "When it began."),
            filter("endedAt", Sql::Own("ended_at"), Operators::Instant, "When it ended."),
        ],
        unless_asked: None,
    },
};
