//! The tables of PatientGraph as SeaORM entities: one file per table, an enum per vocabulary, and value types of our
//! own for keys, instants, days and money.
//!
//! Everything here is pure: a row, what its words mean, and questions that the row alone can answer.

pub mod account_links;
pub mod api_keys;
pub mod consultation_revisions;
pub mod consultations;
pub mod doctor_patient_assignments;
pub mod doctors;
pub mod fold;
pub mod import_kept;
pub mod import_quarantine;
pub mod import_rows;
pub mod imports;
pub mod malformed;
pub mod medical_reports;
pub mod mri_scans;
pub mod patient_erasures;
pub mod patient_statistics;
pub mod patient_timeline;
pub mod patients;
pub mod predictions;
pub mod refresh_tokens;
pub mod report_predictions;
pub mod report_status;
pub mod sessions;
pub mod sign_ins;
pub mod users;
pub mod value;
pub mod vocabulary;

pub use fold::{fold, search_fold, search_text};
pub use malformed::Malformed;
pub use value::{Cents, Day, Instant, Key};
