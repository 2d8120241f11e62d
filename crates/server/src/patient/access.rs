//! Whose records a viewer may see: the one rule that every clinical row follows.

use entity::Key;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement};

use crate::auth::{Role, Viewer};

/// Patients.
pub fn visible_to(viewer: &Viewer, patient: &str) -> Condition {
    record_of(viewer, patient)
}

/// Rows with a `patient_id`: a visit, a scan, an event. Whoever sees the patient sees them.
pub fn record_of(viewer: &Viewer, row: &str) -> Condition {
    let patient = || Expr::col((row.to_owned(), "patient_id"));
    match viewer.role {
        Role::Admin => Condition::all(),
        Role::Doctor(Some(doctor)) => Condition::all().add(patient().in_subquery(patients_of(doctor))),
        Role::Patient(Some(own)) => Condition::all().add(patient().eq(own)),
        Role::Agent(_) => match viewer.user {
            Some(agent) => Condition::all().add(patient().in_subquery(patients_worked_on(agent))),
            None => nothing(),
        },
        Role::Doctor(None) | Role::Patient(None) => nothing(),
    }
}

/// The patients of a doctor's open assignments.
fn patients_of(doctor: Key) -> SelectStatement {
    Query::select()
        .column(("mine", "patient_id"))
        .from_as("doctor_patient_assignments", "mine")
        .and_where(Expr::col(("mine", "doctor_id")).eq(doctor))
        .and_where(Expr::col(("mine", "is_active")).eq(true))
        .take()
}

/// The patients of an agent's active sessions.
fn patients_worked_on(agent: Key) -> SelectStatement {
    Query::select()
        .column(("mine", "patient_id"))
        .from_as("sessions", "mine")
        .and_where(Expr::col(("mine", "agent_id")).eq(agent))
        .and_where(Expr::col(("mine", "status")).eq("active"))
        .take()
}

/// No row.
pub fn nothing() -> Condition {
    Condition::all().add(Expr::cust("1 = 0"))
}
