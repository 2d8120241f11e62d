//! What a patient's figures are in the API.

use sea_orm::sea_query::{Expr, ExprTrait, Func, Query, SelectStatement};

use super::access;
use crate::auth::Role;
use crate::consultation;
use crate::patient::access::record_of;
use crate::read::kind::Kind::{Instant, Int, Text, Word};
use crate::read::shape::{Field, Scope, Shape, UNLISTED, made, optional, required};
use crate::vocabulary::DISEASE_STATUS;

/// A patient's figures: columns of the patient's one row in `patient_statistics`.
pub static STATISTICS: Shape = Shape {
    name: "PatientStatistics",
    about: "The figures of one patient's record. Zero is a count; null is not known.",
    table: "patient_statistics",
    key: "patient_id",
    prefix: None,
    unions: &[],
    access: record_of,
    columns: access::columns,
    joins: &[],
    fields: &[
        required("totalConsultations", "total_consultations", Int, "Completed visits."),
        required("totalScans", "total_mri_scans", Int, "MRI scans."),
        required("totalPredictions", "total_predictions", Int, "Predictions of models."),
        required("totalReports", "total_reports", Int, "Reports that are neither withdrawn nor superseded."),
        made("uniqueDoctorsCount", Int, unique_doctors, "Doctors ever assigned to or visited by the patient."),
        optional("firstVisitDate", "first_visit_date", Instant, "The first completed visit."),
        optional("lastVisitDate", "last_visit_date", Instant, "The last completed visit."),
        next_visit(),
        made("overdueVisits", Int, overdue_visits, "Visits still scheduled though their time has passed."),
        optional(
            "lastScanDate",
            "last_scan_date",
            Instant,
            "The last scan: its acquisition, or its upload where that is unknown.",
        ),
        optional("lastReportDate", "last_report_date", Instant, "When the newest of the counted reports was written."),
        required(
            "diseaseStatus",
            "disease_status",
            Word(&DISEASE_STATUS),
            "What the latest prediction that could say found. A model's finding, not a diagnosis.",
        ),
        optional(
            "diseaseStage",
            "disease_stage",
            Text,
            "The stage on that same prediction, where it found the disease.",
        ),
        optional("lastUpdated", "last_updated", Instant, "When the database last wrote these figures."),
    ],
    relations: &[],
    list: UNLISTED,
};

const fn next_visit() -> Field {
    made("nextVisitDate", Instant, next_visit_date, "The earliest scheduled visit from now on.").or_null()
}

/// The stored figure, but for programs, who see no assignments: the doctors of completed visits.
fn unique_doctors(scope: &Scope<'_>) -> Expr {
    if !matches!(scope.viewer.role, Role::Agent(_)) {
        return scope.own("unique_doctors_count");
    }
    let doctors = Func::count_distinct(Expr::col(("v", "doctor_id")));
    visits(scope, "completed").expr(doctors).take().into()
}

/// The patient's visits that stand there.
fn visits(scope: &Scope<'_>, status: &str) -> SelectStatement {
    Query::select()
        .from_as("consultations", "v")
        .and_where(scope.tied("v", "patient_id", "patient_id"))
        .and_where(Expr::col(("v", "status")).eq(status))
        .cond_where(consultation::access::visible_to(scope.viewer, "v"))
        .take()
}

fn next_visit_date(scope: &Scope<'_>) -> Expr {
    let date = Expr::col(("v", "consultation_date"));
    let next = visits(scope, "scheduled").expr(Func::min(date.clone())).and_where(date.gte(scope.moment.now)).take();
    next.into()
}

fn overdue_visits(scope: &Scope<'_>) -> Expr {
    let late = Expr::col(("v", "consultation_date")).lt(scope.moment.now);
    let overdue = visits(scope, "scheduled").expr(Func::count(Expr::cust("*"))).and_where(late).take();
    overdue.into()
}
