//! What a doctor is in the API.

use sea_orm::sea_query::{Condition, Expr, ExprTrait};

use super::access;
use crate::assignment::{self, ASSIGNMENT, DOCTOR_PATIENTS};
use crate::consultation::CONSULTATION;
use crate::patient::PATIENT;
use crate::read::kind::Kind::{Id, Instant, Int, Money, Text};
use crate::read::record::Concept;
use crate::read::shape::{
    LeaveOut, List, Operators, Scope, Shape, ShapeRef, Sql, filter, many, optional, order, related_filter, required,
    through,
};

/// [`DOCTOR`] as an answer.
pub struct Doctor;

impl Concept for Doctor {
    const SHAPE: ShapeRef = &DOCTOR;
}

/// A doctor.
pub static DOCTOR: Shape = Shape {
    name: "Doctor",
    about: "A doctor of the clinic.",
    table: "doctors",
    key: "doctor_id",
    prefix: Some("doc"),
    unions: &[],
    access: access::visible_to,
    columns: access::columns,
    joins: &[],
    fields: &[
        required("id", "doctor_id", Id("doc"), "Names the doctor, for good."),
        required("name", "name", Text, "The full name as written."),
        optional("specialization", "specialization", Text, "The field of work."),
        optional("licenseNumber", "license_number", Text, "The licence to practise; unique."),
        optional("yearsExperience", "years_experience", Int, "Years of practice."),
        optional("hospitalAffiliation", "hospital_affiliation", Text, "The hospital."),
        optional(
            "consultationFee",
            "consultation_fee_cents",
            Money,
            "The usual fee of a visit, in the clinic's currency.",
        ),
        optional("email", "email", Text, "The e-mail address."),
        optional("phone", "phone", Text, "The telephone number."),
        optional("createdAt", "created_at", Instant, "When the doctor was registered."),
        optional("updatedAt", "updated_at", Instant, "When the doctor's data were last changed."),
        optional("version", "version", Int, "The edit lock: give it back when you change the doctor."),
        optional("archivedAt", "archived_at", Instant, "Since when the doctor is archived."),
    ],
    relations: &[
        through("patients", &PATIENT, &DOCTOR_PATIENTS, "The doctor's patients, each once."),
        many(
            "consultations",
            &CONSULTATION,
            "doctor_id",
            "doctor_id",
            "Visits with the doctor, booked and done, newest first.",
        ),
        many(
            "assignments",
            &ASSIGNMENT,
            "doctor_id",
            "doctor_id",
            "The doctor's responsibilities, open and ended, newest first.",
        ),
    ],
    list: List {
        stem: "Doctor",
        newest_first: false,
        orders: &[
            order("NAME", Sql::Own("name_folded"), Text, "The name, in any case."),
            order("CREATED_AT", Sql::Own("created_at"), Instant, "When the doctor was registered."),
        ],
        filters: &[
            filter("id", Sql::Own("doctor_id"), Operators::Id("doc"), "The doctor."),
            filter("name", Sql::Own("name_folded"), Operators::Folded, "The name, in any case."),
            filter(
                "email",
                Sql::Make("email", |row| row.lower("email")),
                Operators::Lower,
                "The e-mail address, in any case.",
            ),
            filter(
                "search",
                Sql::Own("search_text"),
                Operators::Search,
                "Parts of the name, licence number or e-mail address: each word must occur in one of them, in any case \
                 and with or without accents.",
            ),
            filter("specialization", Sql::Own("specialization"), Operators::Exact, "The field of work."),
            filter(
                "archived",
                Sql::Make("archived", archived),
                Operators::Flag,
                "Archived doctors are left out of lists unless this is given.",
            ),
            related_filter(
                "patientId",
                "doctor_id",
                assignment::open_doctors,
                ("a", "patient_id"),
                Operators::Id("pat"),
                "A patient with an open assignment to the doctor.",
            ),
        ],
        unless_asked: Some(LeaveOut { unless: "archived", keep: not_archived }),
    },
};

fn archived(scope: &Scope<'_>) -> Expr {
    scope.own("archived_at").is_not_null()
}

fn not_archived(scope: &Scope<'_>) -> Condition {
    Condition::all().add(scope.stored("archived_at").is_null())
}
