//! Words about people.

use super::*;

vocabulary! {
    /// `patients.gender`
    Gender ("gender") {
        /// Male.
        Male = "male",
        /// Female.
        Female = "female",
        /// Neither of the two.
        Other = "other",
        /// Not recorded.
        Unknown = "unknown",
    }
}

vocabulary! {
    /// `users.role`: what an account may do.
    Role ("role") {
        /// Runs the clinic.
        Admin = "admin",
        /// Treats patients.
        Doctor = "doctor",
        /// Is treated.
        Patient = "patient",
        /// A program that makes predictions or reports.
        Agent = "agent",
    }
}

vocabulary! {
    /// `doctor_patient_assignments.assignment_type`: as what a doctor is responsible for a patient.
    AssignmentType ("assignment type") {
        /// In charge; a patient has at most one at a time.
        Primary = "primary",
        /// Consulted.
        Consultant = "consultant",
        /// For a field of their own.
        Specialist = "specialist",
    }
}

vocabulary! {
    /// What a program's key lets it do: `api_keys.may_intake`, `may_predict`, `may_report`.
    Scope ("scope") {
        /// Open sessions and deliver scans.
        Intake = "intake",
        /// Deliver predictions.
        Predict = "predict",
        /// Make reports.
        Report = "report",
    }
}
