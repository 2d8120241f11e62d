//! What each type of the API is read from, as the design says it. Written apart from the server's own declaration on
//! purpose: only what both say is so.

/// A type with a table of its own.
#[derive(Debug)]
pub struct Kind {
    /// The type's name in the API.
    pub name: &'static str,
    pub table: &'static str,
    /// The column of its id.
    pub key: &'static str,
    /// The column by which rows of other tables name it.
    pub named_as: &'static str,
    /// Fields whose column is not the field's name in snake_case.
    pub columns: &'static [(&'static str, &'static str)],
    /// Fields that are another row, or `Actor`s: field, column, type.
    pub ones: &'static [(&'static str, &'static str, &'static str)],
    /// Fields that are lists of the rows that name this one.
    pub lists: &'static [(&'static str, &'static str)],
    /// What can be ordered by, the default first.
    pub orders: &'static [(&'static str, &'static str)],
    /// Whether its lists begin with the greatest key by default: clinical ones do.
    pub newest_first: bool,
}

const PATIENT: (&str, &str, &str) = ("patient", "patient_id", "Patient");
const SESSION: (&str, &str, &str) = ("session", "session_id", "AnalysisSession");
const DOCTOR: (&str, &str, &str) = ("doctor", "doctor_id", "Doctor");
const PREDICTION: (&str, &str, &str) = ("prediction", "prediction_id", "Prediction");
const SCAN: (&str, &str, &str) = ("scan", "mri_scan_id", "Scan");

/// Every such type.
pub const KINDS: &[Kind] = &[
    Kind {
        name: "Patient",
        table: "patients",
        key: "patient_id",
        named_as: "patient_id",
        columns: &[("dateOfBirthEstimated", "dob_estimated")],
        ones: &[
            ("statistics", "patient_id", "PatientStatistics"),
            ("emergencyContact", "patient_id", "EmergencyContact"),
        ],
        lists: &[
            ("timeline", "TimelineEvent"),
            ("assignments", "Assignment"),
            ("consultations", "Consultation"),
            ("reports", "Report"),
            ("reportRequests", "ReportRequest"),
            ("sessions", "AnalysisSession"),
            ("scans", "Scan"),
            ("predictions", "Prediction"),
        ],
        orders: &[
            ("NAME", "name_folded"),
            ("MRN", "mrn"),
            ("DATE_OF_BIRTH", "date_of_birth"),
            ("CREATED_AT", "created_at"),
            ("LAST_VISIT", "last_visit_date"),
        ],
        newest_first: false,
    },
    Kind {
        name: "PatientStatistics",
        table: "patient_statistics",
        key: "patient_id",
        named_as: "",
        columns: &[("totalScans", "total_mri_scans")],
        ones: &[],
        lists: &[],
        orders: &[],
        newest_first: false,
    },
    Kind {
        name: "EmergencyContact",
        table: "patients",
        key: "patient_id",
        named_as: "",
        columns: &[("name", "emergency_contact_name"), ("phone", "emergency_contact_phone")],
        ones: &[],
        lists: &[],
        orders: &[],
        newest_first: false,
    },
    Kind {
        name: "Doctor",
        table: "doctors",
        key: "doctor_id",
        named_as: "doctor_id",
        columns: &[("consultationFee", "consultation_fee_cents")],
        ones: &[],
        lists: &[("consultations", "Consultation"), ("assignments", "Assignment")],
        orders: &[("NAME", "name_folded"), ("CREATED_AT", "created_at")],
        newest_first: false,
    },
    Kind {
        name: "Assignment",
        table: "doctor_patient_assignments",
        key: "id",
        named_as: "",
        columns: &[("type", "assignment_type"), ("assignedAt", "assignment_date")],
        ones: &[PATIENT, DOCTOR],
        lists: &[],
        orders: &[("ASSIGNED_AT", "assignment_date")],
        newest_first: true,
    },
    Kind {
        name: "Consultation",
        table: "consultations",
        key: "id",
        named_as: "consultation_id",
        columns: &[("date", "consultation_date"), ("type", "consultation_type"), ("fee", "fee_charged_cents")],
        ones: &[PATIENT, DOCTOR, SESSION, ("correctedBy", "corrected_by", "Actor")],
        lists: &[("revisions", "ConsultationRevision")],
        orders: &[("DATE", "consultation_date")],
        newest_first: true,
    },
    Kind {
        name: "ConsultationRevision",
        table: "consultation_revisions",
        key: "id",
        named_as: "",
        columns: &[("date", "consultation_date"), ("type", "consultation_type"), ("fee", "fee_charged_cents")],
        ones: &[DOCTOR, ("consultation", "consultation_id", "Consultation"), ("changedBy", "changed_by", "Actor")],
        lists: &[],
        orders: &[("CHANGED_AT", "changed_at")],
        newest_first: true,
    },
    Kind {
        name: "AnalysisSession",
        table: "sessions",
        key: "id",
        named_as: "session_id",
        columns: &[],
        ones: &[PATIENT, DOCTOR, ("user", "user_id", "Actor"), ("agent", "agent_id", "Actor")],
        lists: &[
            ("scans", "Scan"),
            ("predictions", "Prediction"),
            ("reports", "Report"),
            ("consultations", "Consultation"),
        ],
        orders: &[("CREATED_AT", "created_at")],
        newest_first: true,
    },
    Kind {
        name: "Scan",
        table: "mri_scans",
        key: "id",
        named_as: "mri_scan_id",
        columns: &[
            ("preprocessing", "preprocessing_applied"),
            ("uploadedAt", "upload_timestamp"),
            ("processedAt", "processing_timestamp"),
        ],
        ones: &[PATIENT, SESSION],
        lists: &[("predictions", "Prediction")],
        orders: &[("DATE", "acquired_at or upload_timestamp")],
        newest_first: true,
    },
    Kind {
        name: "Prediction",
        table: "predictions",
        key: "id",
        named_as: "prediction_id",
        columns: &[
            ("type", "prediction_type"),
            ("result", "binary_result"),
            ("stage", "stage_result"),
            ("confidence", "confidence_score"),
        ],
        ones: &[PATIENT, SESSION, SCAN],
        lists: &[],
        orders: &[("CREATED_AT", "created_at")],
        newest_first: true,
    },
    Kind {
        name: "Report",
        table: "medical_reports",
        key: "id",
        named_as: "report_id",
        columns: &[("type", "report_type"), ("format", "format_type"), ("confidence", "confidence_level")],
        ones: &[
            PATIENT,
            SESSION,
            PREDICTION,
            ("supersedes", "supersedes_id", "Report"),
            ("releasedBy", "released_by", "Actor"),
        ],
        lists: &[],
        orders: &[("CREATED_AT", "created_at")],
        newest_first: true,
    },
    Kind {
        name: "ReportRequest",
        table: "report_status",
        key: "id",
        named_as: "",
        columns: &[("type", "report_type")],
        ones: &[
            PATIENT,
            SESSION,
            PREDICTION,
            SCAN,
            ("report", "report_id", "Report"),
            ("requestedBy", "requested_by", "Actor"),
            ("claimedBy", "claimed_by", "Actor"),
        ],
        lists: &[],
        orders: &[("REQUESTED_AT", "requested_at")],
        newest_first: true,
    },
    Kind {
        name: "TimelineEvent",
        table: "patient_timeline",
        key: "id",
        named_as: "",
        columns: &[("title", "event_title"), ("description", "event_description")],
        ones: &[PATIENT, DOCTOR, ("author", "author_id", "Actor")],
        lists: &[],
        orders: &[("DATE", "event_date")],
        newest_first: true,
    },
    Kind {
        name: "User",
        table: "users",
        key: "id",
        named_as: "user_id",
        columns: &[],
        ones: &[],
        lists: &[("apiKeys", "ApiKey")],
        orders: &[("USERNAME", "username"), ("CREATED_AT", "created_at")],
        newest_first: false,
    },
    Kind {
        name: "ApiKey",
        table: "api_keys",
        key: "id",
        named_as: "",
        columns: &[],
        ones: &[],
        lists: &[],
        orders: &[("CREATED_AT", "created_at")],
        newest_first: true,
    },
    Kind {
        name: "Actor",
        table: "users",
        key: "id",
        named_as: "",
        columns: &[],
        ones: &[],
        lists: &[],
        orders: &[],
        newest_first: false,
    },
];

/// The root lists: field and type.
pub const ROOT_LISTS: &[(&str, &str)] = &[
    ("patients", "Patient"),
    ("doctors", "Doctor"),
    ("assignments", "Assignment"),
    ("consultations", "Consultation"),
    ("sessions", "AnalysisSession"),
    ("scans", "Scan"),
    ("predictions", "Prediction"),
    ("reports", "Report"),
    ("reportRequests", "ReportRequest"),
    ("users", "User"),
];

/// What `TimelineEvent.source` is, by the table it names.
pub const SOURCES: &[(&str, &str)] = &[
    ("mri_scans", "Scan"),
    ("predictions", "Prediction"),
    ("medical_reports", "Report"),
    ("consultations", "Consultation"),
];

/// The kind of this name.
pub fn kind(name: &str) -> &'static Kind {
    KINDS.iter().find(|kind| kind.name == name).unwrap_or_else(|| panic!("{name} has no table"))
}

impl Kind {
    /// The column of a field.
    pub fn column(&self, field: &str) -> String {
        let special = self.columns.iter().find(|(name, _)| *name == field);
        special.map_or_else(|| snake_case(field), |(_, column)| (*column).to_owned())
    }
}

fn snake_case(field: &str) -> String {
    field.chars().fold(String::new(), |mut column, c| {
        if c.is_ascii_uppercase() {
            column.push('_');
        }
        column.push(c.to_ascii_lowercase());
        column
    })
}
