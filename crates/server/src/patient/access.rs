//! Whose records a viewer may see: the one rule that every clinical row follows.

use entity::Key;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement, UnionType};

use crate::auth::{Role, Scopes, Viewer};
use crate::read::shape::{Columns, Seen};

/// Patients.
pub fn visible_to(viewer: &Viewer, patient: &str) -> Condition {
    record_of(viewer, patient)
}

/// Rows with a `patient_id`, by whose record they are part of: all for administrators, those of the patients of open
/// assignments for a doctor, the own for a patient, those of active sessions given to it and of reports that it is
/// making for a program. A lease that has run out counts until the server has noticed, a second or two.
pub fn record_of(viewer: &Viewer, row: &str) -> Condition {
    let patient = || Expr::col((row.to_owned(), "patient_id"));
    match (viewer.role, viewer.user) {
        (Role::Admin, _) => Condition::all(),
        (Role::Doctor(Some(doctor)), _) => Condition::all().add(patient().in_subquery(patients_of(doctor))),
        (Role::Patient(Some(own)), _) => Condition::all().add(patient().eq(own)),
        (Role::Agent(scopes), Some(agent)) => {
            Condition::all().add(patient().in_subquery(patients_worked_on(agent, scopes)))
        }
        (Role::Doctor(None) | Role::Patient(None) | Role::Agent(_), _) => nothing(),
    }
}

/// The patients of a doctor's open assignments.
fn patients_of(doctor: Key) -> SelectStatement {
    Query::select()
        .column(("mine", "patient_id"))
        .from_as("doctor_patient_assignments", "mine")
        .and_where(Expr::col(("mine", "doctor_id")).eq(doctor))
        .and_where(Expr::col(("mine", "ended_at")).is_null())
        .take()
}

/// The patients of an agent's active sessions, and of the reports that it is making by a key for that.
fn patients_worked_on(agent: Key, scopes: Scopes) -> SelectStatement {
    let of = |table: &'static str, column: &'static str, state: &'static str| {
        Query::select()
            .column(("mine", "patient_id"))
            .from_as(table, "mine")
            .and_where(Expr::col(("mine", column)).eq(agent))
            .and_where(Expr::cust(state))
            .take()
    };
    let mut patients = of("sessions", "agent_id", "mine.status = 'active'");
    if scopes.report {
        patients.union(UnionType::All, of("report_status", "claimed_by", "mine.status = 'generating'"));
    }
    patients
}

/// No row.
pub fn nothing() -> Condition {
    Condition::all().add(Expr::cust("1 = 0"))
}

/// Columns of patients.
pub fn columns(viewer: &Viewer, _: &str, column: &str) -> Seen {
    COLUMNS.seen_by(viewer, column)
}

static COLUMNS: Columns = Columns {
    everyone: &[
        "patient_id",
        "mrn",
        "name",
        "name_folded",
        "search_text",
        "date_of_birth",
        "dob_estimated",
        "date_of_death",
        "gender",
        "phone",
        "email",
        "address",
        "emergency_contact_name",
        "emergency_contact_phone",
        "medical_history",
        "allergies",
        "current_medications",
        "insurance_info",
        "created_at",
        "updated_at",
        "version",
        "archived_at",
    ],
    staff: &[],
};
