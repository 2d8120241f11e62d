//! The words of the API: each enum of the schema and the database's word for each value.

use async_graphql::{Enum, OutputType};
use entity::vocabulary as words;

use crate::read::kind::Vocabulary;

macro_rules! vocabulary {
    ($($(#[$doc:meta])* $name:ident = $words:ident, $static:ident { $($(#[$vdoc:meta])* $value:ident $spoken:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
        pub enum $name {
            $($(#[$vdoc])* #[graphql(name = $spoken)] $value,)+
        }
        $(#[$doc])*
        pub static $static: Vocabulary = Vocabulary {
            name: stringify!($name),
            register: <$name as OutputType>::create_type_info,
            words: &[$((words::$words::$value.word(), $spoken)),+],
        };
        impl From<words::$words> for $name {
            fn from(word: words::$words) -> Self {
                match word { $(words::$words::$value => Self::$value),+ }
            }
        }
        impl From<$name> for words::$words {
            fn from(value: $name) -> Self {
                match value { $($name::$value => Self::$value),+ }
            }
        }
    )+};
}

vocabulary! {
    /// A patient's gender, as recorded.
    Gender = Gender, GENDER {
        /// Male.
        Male "MALE",
        /// Female.
        Female "FEMALE",
        /// Neither of the two.
        Other "OTHER",
        /// Not recorded.
        Unknown "UNKNOWN",
    }
    /// What an account is to the clinic.
    UserRole = Role, USER_ROLE {
        /// Runs the clinic.
        Admin "ADMIN",
        /// Treats patients.
        Doctor "DOCTOR",
        /// Is treated.
        Patient "PATIENT",
        /// A program that delivers scans, predictions and reports.
        Agent "AGENT",
    }
    /// What a program's key lets it do.
    ApiKeyScope = Scope, API_KEY_SCOPE {
        /// Open sessions and deliver scans.
        Intake "INTAKE",
        /// Deliver predictions.
        Predict "PREDICT",
        /// Make reports.
        Report "REPORT",
    }
    /// As what a doctor is responsible for a patient.
    AssignmentType = AssignmentType, ASSIGNMENT_TYPE {
        /// In charge; a patient has at most one at a time.
        Primary "PRIMARY",
        /// Consulted.
        Consultant "CONSULTANT",
        /// For a field of their own.
        Specialist "SPECIALIST",
    }
    /// The kind of a visit.
    ConsultationType = ConsultationType, CONSULTATION_TYPE {
        /// At the clinic.
        InPerson "IN_PERSON",
        /// By telephone or video.
        Telemedicine "TELEMEDICINE",
        /// To see how things went on.
        FollowUp "FOLLOW_UP",
        /// Unplanned, at once.
        Emergency "EMERGENCY",
    }
    /// Where a visit stands.
    ConsultationStatus = ConsultationStatus, CONSULTATION_STATUS {
        /// Booked.
        Scheduled "SCHEDULED",
        /// It took place.
        Completed "COMPLETED",
        /// Called off.
        Cancelled "CANCELLED",
        /// The patient did not come.
        NoShow "NO_SHOW",
    }
    /// Where a run of the analysis stands.
    SessionStatus = SessionStatus, SESSION_STATUS {
        /// Under way.
        Active "ACTIVE",
        /// It went through.
        Completed "COMPLETED",
        /// It broke and made no prediction.
        Failed "FAILED",
        /// It was given up.
        Expired "EXPIRED",
    }
    /// What a model found. A finding, not a diagnosis.
    PredictionResult = BinaryResult, PREDICTION_RESULT {
        /// The model sees the disease.
        Detected "DETECTED",
        /// The model does not see it.
        NotDetected "NOT_DETECTED",
        /// The model cannot say.
        Uncertain "UNCERTAIN",
    }
    /// Whether a scan's file can be used.
    ProcessingStatus = ProcessingStatus, PROCESSING_STATUS {
        /// It waits.
        Pending "PENDING",
        /// It is worked on.
        Processing "PROCESSING",
        /// It can be used.
        Completed "COMPLETED",
        /// It could not be processed.
        Failed "FAILED",
    }
    /// The format of a scan's file.
    FileType = FileType, FILE_TYPE {
        /// DICOM.
        Dicom "DICOM",
        /// NIfTI.
        Nifti "NIFTI",
        /// PNG.
        Png "PNG",
        /// JPEG.
        Jpeg "JPEG",
        /// Not recognised.
        Unknown "UNKNOWN",
    }
    /// Where a report stands.
    ReportStatus = ReportStatus, REPORT_STATUS {
        /// It can be changed and deleted; patients do not see it.
        Draft "DRAFT",
        /// It was given out and is never changed, only superseded or withdrawn.
        Released "RELEASED",
        /// It was entered in error.
        Withdrawn "WITHDRAWN",
    }
    /// For whom and what a report is written.
    ReportType = ReportType, REPORT_TYPE {
        /// Everything known.
        Comprehensive "COMPREHENSIVE",
        /// The main points.
        Summary "SUMMARY",
        /// In plain words.
        PatientFriendly "PATIENT_FRIENDLY",
        /// What changed since the last one.
        FollowUp "FOLLOW_UP",
        /// None of these.
        Other "OTHER",
    }
    /// How a report's content is written.
    ReportFormat = ReportFormat, REPORT_FORMAT {
        /// Markdown.
        Markdown "MARKDOWN",
        /// Plain text.
        Text "TEXT",
        /// HTML.
        Html "HTML",
        /// PDF.
        Pdf "PDF",
    }
    /// Where a request for a report stands.
    ReportRequestStatus = RequestStatus, REPORT_REQUEST_STATUS {
        /// It waits for its turn or its next attempt.
        Pending "PENDING",
        /// It is being written.
        Generating "GENERATING",
        /// The report is there.
        Generated "GENERATED",
        /// All attempts failed.
        Failed "FAILED",
        /// It was put away.
        Archived "ARCHIVED",
    }
    /// Why an attempt at a report failed.
    ReportFailureCause = FailureCause, REPORT_FAILURE_CAUSE {
        /// Whoever worked on it did not answer in time.
        WorkerLost "WORKER_LOST",
        /// The record has nothing that a report could be made of.
        NothingToReport "NOTHING_TO_REPORT",
        /// The patient's record is archived.
        PatientArchived "PATIENT_ARCHIVED",
        /// What the report was to be about was deleted.
        SubjectDeleted "SUBJECT_DELETED",
        /// The clinic's template cannot be used.
        Template "TEMPLATE",
        /// The program that worked on it says why.
        Program "PROGRAM",
        /// The server met an error of its own.
        Server "SERVER",
    }
    /// What happened in a patient's history.
    TimelineEventType = EventType, TIMELINE_EVENT_TYPE {
        /// A scan was taken.
        Scan "SCAN",
        /// A model looked at the scans.
        Prediction "PREDICTION",
        /// A report was written.
        Report "REPORT",
        /// A visit took place, was cancelled or missed.
        Consultation "CONSULTATION",
        /// A visit ended with a diagnosis.
        Diagnosis "DIAGNOSIS",
        /// A visit ended with a prescription.
        Treatment "TREATMENT",
        /// Somebody wrote a note.
        Note "NOTE",
    }
    /// How much an event matters.
    Severity = Severity, SEVERITY {
        /// For the record.
        Info "INFO",
        /// Little.
        Low "LOW",
        /// Worth a look.
        Medium "MEDIUM",
        /// Much.
        High "HIGH",
        /// At once.
        Critical "CRITICAL",
    }
    /// What the latest prediction that could say found. A model's finding, not a diagnosis.
    DiseaseStatus = DiseaseStatus, DISEASE_STATUS {
        /// The model sees the disease.
        Detected "DETECTED",
        /// The model does not see it.
        NotDetected "NOT_DETECTED",
        /// No prediction says either.
        Unknown "UNKNOWN",
    }
}
