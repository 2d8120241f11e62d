//! A patient's doctors and a doctor's patients: distinct, through assignments and, ever, completed visits.

use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement, UnionType};

use super::access::visible_to;
use super::object::ASSIGNMENT;
use crate::consultation;
use crate::read::kind::Kind::Text;
use crate::read::shape::{EdgeList, Order, Scope, Sql, Through, order};

/// A patient's doctors.
pub static PATIENT_DOCTORS: Through = Through {
    name: "PatientDoctor",
    from: "patient_id",
    keys: |scope, patient, ever| keys(scope, "doctor_id", "patient_id", patient, ever),
    edge: EdgeList {
        name: "assignments",
        about: "The doctor's assignments to the patient, newest first: the open ones, or with `scope: EVER` all.",
        shape: &ASSIGNMENT,
        to: ["patient_id", "doctor_id"],
        current: open,
    },
    orders: Some(("PatientDoctor", BY_NAME)),
    filtered: false,
};

/// A doctor's patients.
pub static DOCTOR_PATIENTS: Through = Through {
    name: "DoctorPatient",
    from: "doctor_id",
    keys: |scope, doctor, ever| keys(scope, "patient_id", "doctor_id", doctor, ever),
    edge: EdgeList {
        name: "assignments",
        about: "The doctor's assignments to the patient, newest first: the open ones, or with `scope: EVER` all.",
        shape: &ASSIGNMENT,
        to: ["doctor_id", "patient_id"],
        current: open,
    },
    orders: None,
    filtered: true,
};

const BY_NAME: &[Order] = &[order("NAME", Sql::Own("name_folded"), Text, "The doctor's name, in any case.")];

/// The `wanted` of all assignments whose `to` is this parent: the open ones, or all and those of completed visits.
fn keys(scope: &Scope<'_>, wanted: &'static str, to: &'static str, parent: Expr, ever: bool) -> SelectStatement {
    let mut keys = Query::select();
    keys.column(("a", wanted)).from_as("doctor_patient_assignments", "a");
    keys.and_where(Expr::col(("a", to)).eq(parent.clone())).cond_where(visible_to(scope.viewer, "a"));
    if !ever {
        keys.and_where(Expr::col(("a", "is_active")).eq(true));
        return keys;
    }
    let mut visits = Query::select();
    visits.column(("v", wanted)).from_as("consultations", "v");
    visits.and_where(Expr::col(("v", to)).eq(parent)).and_where(Expr::col(("v", "status")).eq("completed"));
    visits.cond_where(consultation::access::visible_to(scope.viewer, "v"));
    keys.union(UnionType::Distinct, visits).take()
}

/// Open assignments among an edge's.
fn open(scope: &Scope<'_>) -> Condition {
    Condition::all().add(scope.own("is_active").eq(true))
}

/// The patients of open assignments.
pub fn open_patients(scope: &Scope<'_>) -> SelectStatement {
    open_assignments(scope, "patient_id")
}

/// The doctors of open assignments.
pub fn open_doctors(scope: &Scope<'_>) -> SelectStatement {
    open_assignments(scope, "doctor_id")
}

fn open_assignments(scope: &Scope<'_>, column: &'static str) -> SelectStatement {
    Query::select()
        .column(("a", column))
        .from_as("doctor_patient_assignments", "a")
        .and_where(Expr::col(("a", "is_active")).eq(true))
        .cond_where(visible_to(scope.viewer, "a"))
        .take()
}
