//! The tables of the old system in each of its variants.
//!
//! A column is its name and what follows it without a space: `*` primary key, `!` not null, `+` unique, `#` indexed,
//! `:type` where that is not text, `(a|b)` the values that a check allows, `=x` a default. A key is
//! `column>table.column`, then `:what happens to it` when that row goes.

use super::notation::Table;

/// How the tables looked at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Variant {
    /// Before September 2025: sessions know no patient.
    V0,
    /// The same, opened by the program after it: columns were added at the end.
    V0m,
    /// 28 September 2025.
    V1,
    /// 6 October 2025: roles and doctors; sessions refer to a column of patients that is not there.
    V2,
    /// The same day, later: with that mended.
    V3,
    /// 22 October 2025: five more tables, and triggers.
    V4,
    /// 23 October 2025: three tables less.
    V5,
}

impl Variant {
    /// All, from the oldest on.
    pub const ALL: [Self; 7] = [Self::V0, Self::V0m, Self::V1, Self::V2, Self::V3, Self::V4, Self::V5];

    /// Its tables, in the order in which they were made.
    pub fn tables(self) -> Vec<Table> {
        let mut tables = if self < Self::V2 { self.first_people() } else { self.people() };
        tables.push(self.sessions());
        tables.push(self.scans());
        tables.extend([
            Table::new("predictions", PREDICTIONS, &[OF_SESSION, "mri_scan_id>mri_scans.id:set null"]),
            Table::new("medical_reports", REPORTS, &[OF_SESSION, "prediction_id>predictions.id:set null"]),
            Table::new("knowledge_entries", KNOWLEDGE, &[]),
        ]);
        if self != Self::V5 {
            tables.push(Table::new("lab_results", LAB_RESULTS, &[OF_SESSION]));
        }
        tables.push(Table::new("action_flags", FLAGS, &[OF_SESSION]));
        tables.push(Table::new("agent_messages", MESSAGES, &[OF_SESSION]));
        if self >= Self::V4 {
            tables.extend(enhanced());
        }
        tables
    }

    /// Whether its database has the four triggers.
    pub fn has_triggers(self) -> bool {
        self >= Self::V4
    }

    fn first_people(self) -> Vec<Table> {
        let users = "id* email+# name user_type#=patient preferences:json created_at:now last_active:now";
        let patients = "id* name!# age:int gender medical_history:json contact_info:json assigned_doctor# \
                        created_at:now updated_at:now";
        vec![Table::new("users", users, &[]), Table::new("patients", patients, &["assigned_doctor>users.id"])]
    }

    fn people(self) -> Vec<Table> {
        let mut tables = vec![
            Table::new("users", USERS, &[]),
            Table::new("doctors", DOCTORS, &["user_id>users.id:cascade"]),
            Table::new("patients", PATIENTS, &["user_id>users.id:cascade", "assigned_doctor_id>doctors.doctor_id"]),
        ];
        if self != Self::V5 {
            tables.push(Table::new("embeddings", EMBEDDINGS, &[]));
            tables.push(Table::new("audit_logs", AUDIT_LOGS, &[]));
        }
        tables
    }

    fn sessions(self) -> Table {
        let who = "patient_id# patient_name doctor_id# doctor_name";
        let run = "input_type! output_format! status#=active created_at:now# updated_at:now metadata:json";
        let (columns, keys): (_, &[&str]) = match self {
            Self::V0 => (format!("id* user_id# {run}"), &["user_id>users.id"]),
            // A column that is added later has no key.
            Self::V0m => (format!("id* user_id# {run} {who}"), &["user_id>users.id"]),
            Self::V1 | Self::V2 => (
                format!("id* user_id# {who} {run}"),
                &["user_id>users.id", "patient_id>patients.id", "doctor_id>users.id"],
            ),
            Self::V3 | Self::V4 | Self::V5 => (
                format!("id* user_id# {who} {run}"),
                &[
                    "user_id>users.id:set null",
                    "patient_id>patients.patient_id:set null",
                    "doctor_id>users.id:set null",
                ],
            ),
        };
        Table::new("sessions", &columns, keys)
    }

    fn scans(self) -> Table {
        let file = "id* session_id!# original_filename file_path! file_type! file_size:int image_dimensions";
        let rest = "preprocessing_applied:json upload_timestamp:now processing_timestamp:when \
                    processing_status#=pending metadata:json";
        let columns = match self {
            Self::V0 => format!("{file} {rest}"),
            Self::V0m => format!("{file} {rest} binary_data:blob"),
            _ => format!("{file} binary_data:blob {rest}"),
        };
        Table::new("mri_scans", &columns, &[OF_SESSION])
    }
}

const OF_SESSION: &str = "session_id>sessions.id:cascade";

const USERS: &str = "id* username+# email+# password_hash name! role!#(admin|doctor|patient) age:int gender \
    specialization license_number phone address is_active:bool#=1 created_at:now updated_at:now last_login:when";
const DOCTORS: &str = "doctor_id* user_id!+# specialization# license_number+# years_experience:int \
    hospital_affiliation consultation_fee:money created_at:now updated_at:now";
const PATIENTS: &str = "patient_id* user_id+# name!# age:int gender(male|female|other) date_of_birth:date \
    medical_history emergency_contact_name emergency_contact_phone assigned_doctor_id# insurance_info allergies \
    current_medications created_at:now updated_at:now";
const EMBEDDINGS: &str = "embedding_id* content_id!# content_type!#(report|knowledge|document) text_content! \
    embedding_vector!:blob model_name!# chunk_index:int=0 metadata:json created_at:now# updated_at:now";
const AUDIT_LOGS: &str = "log_id* action!# actor_id!# actor_role!(admin|doctor|patient) target_id# target_type \
    details:json ip_address user_agent success:bool#=1 error_message timestamp:now#";
const PREDICTIONS: &str = "id* session_id!# mri_scan_id prediction_type! binary_result# stage_result# \
    confidence_score:real binary_confidence:real stage_confidence:real uncertainty_metrics:json model_version \
    processing_time:real created_at:now metadata:json";
const REPORTS: &str = "id* session_id!# prediction_id report_type!# title! content! recommendations:json \
    format_type=text generated_by=RAG_Agent confidence_level:real disclaimer created_at:now# file_path metadata:json";
const KNOWLEDGE: &str = "id* title! content! category!# source_type!# source_url author publication_date:when \
    credibility_score:real#=1.0 embedding:blob created_at:now updated_at:now metadata:json";
const LAB_RESULTS: &str = "id* session_id!# test_type!# test_name! value! unit reference_range interpretation# \
    test_date:now created_at:now metadata:json";
const FLAGS: &str = "id* session_id!# flag_type!# status#=pending priority:int=0 data:json created_at:now \
    updated_at:now expires_at:when agent_assigned metadata:json";
const MESSAGES: &str = "message_id* sender! receiver!# message_type! payload!:json session_id!# timestamp:now \
    correlation_id processed:bool#=FALSE";

const ASSIGNMENTS: &str = "id* doctor_id!# patient_id!# assignment_date:now \
    assignment_type(primary|consultant|specialist)=primary is_active:bool#=1 notes created_at:now ended_at:when";
const CONSULTATIONS: &str = "id* patient_id!# doctor_id!# session_id# consultation_date:now# \
    consultation_type(in-person|telemedicine|follow-up|emergency)=in-person chief_complaint diagnosis prescription notes \
    next_visit_date:when status#(scheduled|completed|cancelled|no-show)=completed duration_minutes:int \
    fee_charged:money created_at:now updated_at:now";
const REPORT_STATUS: &str = "id* patient_id!# session_id!# report_id prediction_id mri_scan_id \
    status#(pending|generating|generated|failed|archived)=pending requested_by!# requested_at:now generated_at:when \
    error_message retry_count:int=0 priority:int=0 report_type metadata:json";
const TIMELINE: &str = "id* patient_id!# \
    event_type!#(scan|prediction|report|consultation|diagnosis|treatment|note) event_date:now# event_title! \
    event_description related_id related_table doctor_id session_id severity#(info|low|medium|high|critical)=info \
    metadata:json created_at:now";
const STATISTICS: &str = "patient_id* total_consultations:int=0 total_mri_scans:int=0 total_predictions:int=0 \
    total_reports:int=0 unique_doctors_count:int=0 first_visit_date:when last_visit_date:when# last_scan_date:when \
    last_report_date:when has_parkinsons:bool# disease_stage# last_updated:now";

/// The five tables of the fourth variant.
fn enhanced() -> [Table; 5] {
    let (patient, doctor) = ("patient_id>patients.patient_id:cascade", "doctor_id>doctors.doctor_id:cascade");
    let session = "session_id>sessions.id:set null";
    [
        Table::new("doctor_patient_assignments", ASSIGNMENTS, &[doctor, patient])
            .unique("doctor_id, patient_id, assignment_date"),
        Table::new("consultations", CONSULTATIONS, &[patient, doctor, session]),
        Table::new(
            "report_status",
            REPORT_STATUS,
            &[
                patient,
                OF_SESSION,
                "report_id>medical_reports.id:set null",
                "prediction_id>predictions.id:set null",
                "mri_scan_id>mri_scans.id:set null",
            ],
        ),
        Table::new("patient_timeline", TIMELINE, &[patient, "doctor_id>doctors.doctor_id:set null", session]),
        Table::new("patient_statistics", STATISTICS, &[patient]),
    ]
}

/// The four triggers, with their faults: they see what is inserted, and nothing else.
pub const TRIGGERS: [&str; 4] = [
    "CREATE TRIGGER update_stats_on_consultation AFTER INSERT ON consultations FOR EACH ROW BEGIN
        UPDATE patient_statistics SET last_visit_date = NEW.consultation_date, last_updated = CURRENT_TIMESTAMP,
            total_consultations = total_consultations + 1,
            unique_doctors_count = (SELECT count(DISTINCT doctor_id) FROM doctor_patient_assignments
                WHERE +is_active = 1 AND patient_id = NEW.patient_id)
        WHERE patient_id = NEW.patient_id;
    END",
    "CREATE TRIGGER update_stats_on_report AFTER INSERT ON medical_reports FOR EACH ROW BEGIN
        UPDATE patient_statistics SET last_report_date = NEW.created_at, last_updated = CURRENT_TIMESTAMP,
            total_reports = total_reports + 1
        WHERE patient_id = (SELECT patient_id FROM sessions WHERE id = NEW.session_id);
    END",
    "CREATE TRIGGER timeline_on_scan AFTER INSERT ON mri_scans FOR EACH ROW BEGIN
        INSERT INTO patient_timeline (id, patient_id, session_id, related_table, related_id, event_type, severity,
            event_date, event_title, event_description)
        SELECT 'timeline_scan_' || NEW.id, patient_id, id, 'mri_scans', NEW.id, 'scan', 'info',
            NEW.upload_timestamp, 'MRI Scan Uploaded', 'File: ' || ifnull(NEW.original_filename, 'Unknown')
        FROM sessions WHERE id = NEW.session_id AND patient_id <> '';
    END",
    "CREATE TRIGGER timeline_on_prediction AFTER INSERT ON predictions FOR EACH ROW BEGIN
        INSERT INTO patient_timeline (id, patient_id, session_id, related_table, related_id, event_type, severity,
            event_date, event_title, event_description)
        SELECT 'timeline_pred_' || NEW.id, patient_id, id, 'predictions', NEW.id, 'prediction',
            iif(NEW.binary_result = 'Parkinsons Detected', 'high', 'medium'), NEW.created_at,
            'Parkinson''s Analysis Completed', 'Result: ' || ifnull(NEW.binary_result, 'Unknown')
        FROM sessions WHERE id = NEW.session_id AND patient_id <> '';
    END",
];
