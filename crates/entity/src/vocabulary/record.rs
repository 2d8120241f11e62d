//! Words of the clinical record.

use super::*;

vocabulary! {
    /// `sessions.status`: where a run of the analysis stands.
    SessionStatus ("session status") {
        /// Under way.
        Active = "active",
        /// Went through.
        Completed = "completed",
        /// Broke; it made no prediction.
        Failed = "failed",
        /// Given up, unfinished.
        Expired = "expired",
    }
}

vocabulary! {
    /// `predictions.binary_result`: a model's finding, not a diagnosis.
    BinaryResult ("binary result") {
        /// The model sees the disease.
        Detected = "detected",
        /// The model does not see it.
        NotDetected = "not_detected",
        /// The model cannot say.
        Uncertain = "uncertain",
    }
}

vocabulary! {
    /// `mri_scans.processing_status`
    ProcessingStatus ("processing status") {
        /// Waits.
        Pending = "pending",
        /// Is worked on.
        Processing = "processing",
        /// Can be used.
        Completed = "completed",
        /// Could not be processed.
        Failed = "failed",
    }
}

vocabulary! {
    /// `mri_scans.file_type`
    FileType ("file type") {
        /// DICOM.
        Dicom = "dicom",
        /// NIfTI.
        Nifti = "nifti",
        /// PNG.
        Png = "png",
        /// JPEG.
        Jpeg = "jpeg",
        /// Not recognised.
        Unknown = "unknown",
    }
}

vocabulary! {
    /// `medical_reports.status`
    ReportStatus ("report status") {
        /// Can be changed and deleted.
        Draft = "draft",
        /// Given out; never changed, only superseded or withdrawn.
        Released = "released",
        /// Entered in error.
        Withdrawn = "withdrawn",
    }
}

vocabulary! {
    /// `medical_reports.report_type`, `report_status.report_type`
    ReportType ("report type") {
        /// Everything known.
        Comprehensive = "comprehensive",
        /// The essentials.
        Summary = "summary",
        /// In the patient's words.
        PatientFriendly = "patient_friendly",
        /// What changed since the last one.
        FollowUp = "follow_up",
        /// Anything else.
        Other = "other",
    }
}

vocabulary! {
    /// `medical_reports.format_type`
    ReportFormat ("report format") {
        /// Markdown.
        Markdown = "markdown",
        /// Plain text.
        Text = "text",
        /// HTML.
        Html = "html",
        /// PDF, in the file store.
        Pdf = "pdf",
    }
}

vocabulary! {
    /// `consultations.consultation_type`; NULL in old data means that it is not known.
    ConsultationType ("consultation type") {
        /// In the clinic.
        InPerson = "in-person",
        /// By video or telephone.
        Telemedicine = "telemedicine",
        /// After an earlier visit.
        FollowUp = "follow-up",
        /// Not planned.
        Emergency = "emergency",
    }
}

vocabulary! {
    /// `consultations.status`
    ConsultationStatus ("consultation status") {
        /// Booked.
        Scheduled = "scheduled",
        /// Took place.
        Completed = "completed",
        /// Called off.
        Cancelled = "cancelled",
        /// The patient did not come.
        NoShow = "no-show",
    }
}

vocabulary! {
    /// `report_status.status`: where a request for a report stands.
    RequestStatus ("request status") {
        /// Waits for a first or further attempt.
        Pending = "pending",
        /// Is worked on.
        Generating = "generating",
        /// The report is there.
        Generated = "generated",
        /// Given up after the last attempt.
        Failed = "failed",
        /// Put away.
        Archived = "archived",
    }
}

vocabulary! {
    /// `patient_timeline.event_type`
    EventType ("event type") {
        /// A scan was made.
        Scan = "scan",
        /// A model made a finding.
        Prediction = "prediction",
        /// A report was written.
        Report = "report",
        /// A visit took place, was cancelled or missed.
        Consultation = "consultation",
        /// A doctor made a diagnosis.
        Diagnosis = "diagnosis",
        /// A doctor prescribed something.
        Treatment = "treatment",
        /// A person wrote a note; the only event not made by the database.
        Note = "note",
    }
}

vocabulary! {
    /// `patient_timeline.severity`
    Severity ("severity") {
        /// For information.
        Info = "info",
        /// Low.
        Low = "low",
        /// Medium.
        Medium = "medium",
        /// High.
        High = "high",
        /// Critical.
        Critical = "critical",
    }
}

vocabulary! {
    /// `patient_statistics.disease_status`: what the latest decided prediction says.
    DiseaseStatus ("disease status") {
        /// The disease was seen.
        Detected = "detected",
        /// The disease was not seen.
        NotDetected = "not_detected",
        /// No prediction has decided.
        Unknown = "unknown",
    }
}

vocabulary! {
    /// Why an attempt at a report failed.
    FailureCause ("failure cause") {
        /// Whoever worked on it did not answer in time.
        WorkerLost = "worker_lost",
        /// The record has nothing that a report could be made of.
        NothingToReport = "nothing_to_report",
        /// The patient's record is archived.
        PatientArchived = "patient_archived",
        /// What the report was to be about was deleted.
        SubjectDeleted = "subject_deleted",
        /// The clinic's template cannot be used.
        Template = "template",
        /// The program that worked on it says why.
        Program = "program",
        /// The server met an error of its own.
        Server = "server",
    }
}
