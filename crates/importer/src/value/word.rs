//! The old vocabularies, in all their spellings, and the words that they are here.

use entity::vocabulary::{
    AssignmentType, BinaryResult, ConsultationStatus, ConsultationType, EventType, FileType, Gender, ProcessingStatus,
    ReportFormat, ReportType, RequestStatus, Role, SessionStatus, Severity,
};

/// A word in the one spelling that it is looked up by: lower case, no apostrophes, `_` and `-` as spaces.
pub(crate) fn words(text: &str) -> String {
    let folded = text.trim().to_lowercase().replace(['\u{2019}', '\''], "");
    let parts = folded.split(|c: char| c.is_whitespace() || c == '_' || c == '-');
    let mut words = String::with_capacity(folded.len());
    for (place, part) in parts.filter(|part| !part.is_empty()).enumerate() {
        if place > 0 {
            words.push(' ');
        }
        words.push_str(part);
    }
    words
}

/// What a prediction says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Found(BinaryResult),
    /// The run failed: no prediction.
    Failed,
    /// Nothing, or a word that nobody knows. Never "not detected".
    Unknown,
}

/// The class of a result; none where the word is not known.
pub(crate) fn result(text: &str) -> Option<Class> {
    Some(match words(text).as_str() {
        "parkinsons"
        | "parkinson"
        | "positive"
        | "parkinsons detected"
        | "parkinson detected"
        | "detected"
        | "pd"
        | "parkinsons disease"
        | "yes"
        | "true"
        | "1" => Class::Found(BinaryResult::Detected),
        "no parkinsons"
        | "no parkinson"
        | "negative"
        | "no parkinsons detected"
        | "parkinsons not detected"
        | "not detected"
        | "healthy"
        | "normal"
        | "no"
        | "false"
        | "0" => Class::Found(BinaryResult::NotDetected),
        "uncertain" | "inconclusive" | "no prediction" => Class::Found(BinaryResult::Uncertain),
        "error" | "failed" => Class::Failed,
        _ => return None,
    })
}

/// A stage of the scale of Hoehn and Yahr; the inner none where the text says that there is none, the outer where it is
/// not known.
pub(crate) fn stage(text: &str) -> Option<Option<String>> {
    let text = words(text);
    let none = ["", "n/a", "na", "none", "uncertain", "unknown", "error", "not determined", "stage not determined"];
    if none.contains(&text.as_str()) || ["stage 0", "0"].contains(&text.as_str()) {
        return Some(None);
    }
    let scale = ["h&y ", "hoehn and yahr ", "hoehn & yahr "].into_iter().find_map(|scale| text.strip_prefix(scale));
    let stage = scale.unwrap_or(&text);
    let stage = stage.strip_prefix("stage ").or_else(|| stage.strip_prefix("stage")).unwrap_or(stage);
    let stage = match stage {
        "i" | "1.0" => "1",
        "ii" | "2.0" => "2",
        "iii" | "3.0" => "3",
        "iv" | "4.0" => "4",
        "v" | "5.0" => "5",
        other => other,
    };
    ["1", "1.5", "2", "2.5", "3", "4", "5"].contains(&stage).then(|| Some(stage.to_owned()))
}

pub(crate) fn role(text: &str) -> Option<Role> {
    match words(text).as_str() {
        "admin" => Some(Role::Admin),
        "doctor" => Some(Role::Doctor),
        "patient" => Some(Role::Patient),
        _ => None,
    }
}

pub(crate) fn gender(text: &str) -> Option<Gender> {
    match words(text).as_str() {
        "m" | "male" | "man" => Some(Gender::Male),
        "f" | "female" | "woman" => Some(Gender::Female),
        "o" | "other" | "non binary" => Some(Gender::Other),
        _ => None,
    }
}

pub(crate) fn visit_status(text: &str) -> Option<ConsultationStatus> {
    match words(text).as_str() {
        "scheduled" | "planned" | "booked" => Some(ConsultationStatus::Scheduled),
        "completed" | "complete" | "done" | "finished" => Some(ConsultationStatus::Completed),
        "cancelled" | "canceled" => Some(ConsultationStatus::Cancelled),
        "no show" | "noshow" | "missed" => Some(ConsultationStatus::NoShow),
        _ => None,
    }
}

pub(crate) fn visit_type(text: &str) -> Option<ConsultationType> {
    match words(text).as_str() {
        "in person" | "inperson" | "clinic" | "office" => Some(ConsultationType::InPerson),
        "telemedicine" | "video" | "tele" | "virtual" => Some(ConsultationType::Telemedicine),
        "follow up" | "followup" => Some(ConsultationType::FollowUp),
        "emergency" | "er" => Some(ConsultationType::Emergency),
        _ => None,
    }
}

pub(crate) fn request_status(text: &str) -> Option<RequestStatus> {
    match words(text).as_str() {
        "pending" | "queued" => Some(RequestStatus::Pending),
        "generating" | "processing" | "in progress" => Some(RequestStatus::Generating),
        "generated" | "done" | "completed" => Some(RequestStatus::Generated),
        "failed" | "error" => Some(RequestStatus::Failed),
        "archived" => Some(RequestStatus::Archived),
        _ => None,
    }
}

pub(crate) fn event_type(text: &str) -> Option<EventType> {
    match words(text).as_str() {
        "scan" | "mri" => Some(EventType::Scan),
        "prediction" => Some(EventType::Prediction),
        "report" => Some(EventType::Report),
        "consultation" | "visit" => Some(EventType::Consultation),
        "diagnosis" => Some(EventType::Diagnosis),
        "treatment" | "prescription" | "medication" => Some(EventType::Treatment),
        "note" | "admission" | "discharge" => Some(EventType::Note),
        _ => None,
    }
}

pub(crate) fn assignment_type(text: &str) -> Option<AssignmentType> {
    match words(text).as_str() {
        "primary" => Some(AssignmentType::Primary),
        "consultant" => Some(AssignmentType::Consultant),
        "specialist" => Some(AssignmentType::Specialist),
        _ => None,
    }
}

pub(crate) fn severity(text: &str) -> Option<Severity> {
    match text {
        "info" => Some(Severity::Info),
        "low" => Some(Severity::Low),
        "medium" => Some(Severity::Medium),
        "high" => Some(Severity::High),
        "critical" => Some(Severity::Critical),
        _ => None,
    }
}

/// A run that broke was called `error`; one that somebody worked on was `processing`, and is still active.
pub(crate) fn session_status(text: &str) -> Option<SessionStatus> {
    match text {
        "active" | "processing" => Some(SessionStatus::Active),
        "completed" => Some(SessionStatus::Completed),
        "error" => Some(SessionStatus::Failed),
        "expired" => Some(SessionStatus::Expired),
        _ => None,
    }
}

pub(crate) fn processing_status(text: &str) -> Option<ProcessingStatus> {
    match text {
        "pending" => Some(ProcessingStatus::Pending),
        "processing" => Some(ProcessingStatus::Processing),
        "completed" => Some(ProcessingStatus::Completed),
        "failed" => Some(ProcessingStatus::Failed),
        _ => None,
    }
}

pub(crate) fn file_type(text: &str) -> Option<FileType> {
    match words(text).as_str() {
        "dicom" | "dcm" => Some(FileType::Dicom),
        "nii" | "nifti" | "nii.gz" => Some(FileType::Nifti),
        "png" => Some(FileType::Png),
        "jpeg" | "jpg" => Some(FileType::Jpeg),
        "unknown" => Some(FileType::Unknown),
        _ => None,
    }
}

/// The second is whether the word is one of ours, or stands for one.
pub(crate) fn report_type(text: &str) -> (ReportType, bool) {
    match words(text).as_str() {
        "comprehensive" | "full" => (ReportType::Comprehensive, true),
        "summary" => (ReportType::Summary, true),
        "patient friendly" => (ReportType::PatientFriendly, true),
        "follow up" => (ReportType::FollowUp, true),
        "other" => (ReportType::Other, true),
        _ => (ReportType::Other, false),
    }
}

pub(crate) fn report_format(text: &str) -> Option<ReportFormat> {
    match words(text).as_str() {
        "text" | "txt" => Some(ReportFormat::Text),
        "pdf" => Some(ReportFormat::Pdf),
        "html" => Some(ReportFormat::Html),
        "markdown" | "md" => Some(ReportFormat::Markdown),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_read_in_every_vocabulary_and_never_guessed() {
        let detected = Some(Class::Found(BinaryResult::Detected));
        for word in ["parkinsons", "Positive", " Parkinson's  Detected", "PARKINSON\u{2019}S_DISEASE"] {
            assert_eq!(result(word), detected, "{word}");
        }
        for word in ["no_parkinsons", "Negative", "not-detected"] {
            assert_eq!(result(word), Some(Class::Found(BinaryResult::NotDetected)), "{word}");
        }
        assert_eq!(result("uncertain"), Some(Class::Found(BinaryResult::Uncertain)));
        assert_eq!(result("error"), Some(Class::Failed));
        for word in ["maybe", "parkinsons?", "2"] {
            assert_eq!(result(word), None, "{word}");
        }
    }

    #[test]
    fn stages_are_those_of_hoehn_and_yahr() {
        for (text, known) in [
            ("3", Some(Some("3"))),
            ("Stage 2", Some(Some("2"))),
            ("stage IV", Some(Some("4"))),
            ("H&Y 2.5", Some(Some("2.5"))),
            ("2.0", Some(Some("2"))),
            ("N/A", Some(None)),
            ("Stage 0", Some(None)),
            ("3.5", None),
            ("6", None),
            ("severe", None),
        ] {
            assert_eq!(stage(text), known.map(|stage| stage.map(str::to_owned)), "{text}");
        }
    }
}
