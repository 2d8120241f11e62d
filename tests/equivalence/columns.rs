//! What is not read of rows that are seen. In the copy it is not there.

use serde_json::{Value, json};

use super::policy::{Role, Viewer};
use crate::naive::Schema;
use crate::naive::tables::Row;
use crate::support::factory::search_text;

const ANY_TIME: &str = "2000-01-01T00:00:00.000000Z";

/// The profile of a doctor, beside the directory: only the doctor's own.
const PROFILE: &[&str] = &["license_number", "years_experience", "email", "phone"];

/// What patients do not read of their own record.
const OF_PATIENTS: &[(&str, &str)] = &[
    ("consultations", "notes"),
    ("consultation_revisions", "notes"),
    ("report_status", "error_message"),
    ("report_status", "failure_cause"),
    ("report_status", "claimed_by"),
    ("report_status", "claimed_at"),
    ("report_status", "leased_until"),
    ("report_status", "metadata"),
    ("medical_reports", "made_from"),
];

/// Fields that are asked for less: who may not read one is told so, and nothing of what stands around it.
pub fn refused<'s>(schema: &'s Schema, role: &Role) -> Vec<(&'s str, &'s str)> {
    let mut refused = vec![];
    if !matches!(role, Role::Admin | Role::Doctor(_)) {
        let profile = ["licenseNumber", "yearsExperience", "email", "phone", "createdAt", "updatedAt", "version"];
        refused.extend(profile.map(|field| ("Doctor", field)));
        refused.push(("Doctor", "archivedAt"));
    }
    let hidden: &[&str] = match role {
        Role::Patient(_) => {
            refused.extend([("Consultation", "notes"), ("ConsultationRevision", "notes")]);
            let of_requests = ["errorMessage", "failureCause", "claimedBy", "claimedAt", "leasedUntil", "metadata"];
            refused.extend(of_requests.map(|field| ("ReportRequest", field)));
            refused.push(("Report", "madeFrom"));
            refused.push(("PatientStatistics", "lastUpdated"));
            &["AnalysisSession", "Dashboard"]
        }
        Role::Agent(_) => &["Assignment", "Dashboard"],
        _ => &[],
    };
    // What the role has none of.
    for (type_name, fields) in &schema.fields {
        let lists = fields.iter().filter(|field| hidden.iter().any(|hidden| field.type_name.starts_with(hidden)));
        refused.extend(lists.map(|field| (type_name.as_str(), field.name.as_str())));
    }
    refused
}

/// What is told differently to different viewers, and filters and orders that look at what the viewer may not read.
pub fn tempting(role: &Role) -> Vec<(&'static str, &'static str)> {
    let mut tempting =
        vec![("DoctorOrderField", "CREATED_AT"), ("PatientFilter", "doctorId"), ("DoctorFilter", "patientId")];
    tempting.extend(["email", "search", "archived"].map(|filter| ("DoctorFilter", filter)));
    match role {
        Role::Patient(_) => {
            tempting.extend(["ScanFilter", "PredictionFilter", "ReportFilter"].map(|filter| (filter, "sessionId")));
            tempting.extend(["diseaseStatus", "diseaseStage"].map(|filter| ("PatientFilter", filter)));
            let figures = ["totalPredictions", "totalReports", "lastReportDate", "diseaseStatus", "diseaseStage"];
            tempting.extend(figures.map(|figure| ("PatientStatistics", figure)));
            tempting.extend(["isLatest", "supersedes", "supersededBy", "predictions"].map(|field| ("Report", field)));
            tempting.extend([("ReportFilter", "isLatest"), ("TimelineEvent", "metadata"), ("Scan", "predictions")]);
        }
        Role::Agent(_) => tempting.push(("PatientStatistics", "uniqueDoctorsCount")),
        _ => {}
    }
    tempting
}

/// Takes out of a row what the viewer does not read of it.
pub fn blank(viewer: &Viewer<'_>, table: &str, row: &mut Row) {
    match (table, &viewer.role) {
        ("users", _) if row["id"] != viewer.account => actor(row),
        ("patients", _) if row["user_id"] != viewer.account => clear(row, "user_id"),
        ("doctors", Role::Doctor(own)) if row["doctor_id"] == *own => {}
        ("doctors", _) => directory(viewer, row),
        (_, Role::Patient(_)) => {
            OF_PATIENTS.iter().filter(|(of, _)| *of == table).for_each(|(_, column)| clear(row, column));
        }
        _ => {}
    }
}

/// Of an account that a record names: its name and its role.
fn actor(row: &mut Row) {
    let nobody = json!(format!("nobody-{}", row["id"].as_str().expect("a key")));
    row.insert("username".to_owned(), nobody);
    ["email", "password_hash", "last_login"].into_iter().for_each(|column| clear(row, column));
    row.insert("is_active".to_owned(), json!(true));
    stamp(row);
}

/// Of a doctor: name, specialization, affiliation and fee, and whether lists leave the doctor out.
fn directory(viewer: &Viewer<'_>, row: &mut Row) {
    PROFILE.iter().for_each(|column| clear(row, column));
    if row["user_id"] != viewer.account {
        clear(row, "user_id");
    }
    if !row["archived_at"].is_null() {
        row.insert("archived_at".to_owned(), json!(ANY_TIME));
    }
    let searched = search_text("doctors", |column| row[column].as_str());
    row.insert("search_text".to_owned(), json!(searched));
    stamp(row);
}

fn stamp(row: &mut Row) {
    row.insert("created_at".to_owned(), json!(ANY_TIME));
    row.insert("updated_at".to_owned(), json!(ANY_TIME));
    row.insert("version".to_owned(), json!(1));
}

fn clear(row: &mut Row, column: &str) {
    row.insert(column.to_owned(), Value::Null);
}
