//! Invented records that every template is tried with before it is used: one in which everything occurs, and one in
//! which almost nothing does.

use chrono::{DateTime, Utc};
use entity::vocabulary::{
    AssignmentType, BinaryResult, ConsultationStatus, ConsultationType, DiseaseStatus, FileType, Gender,
    ProcessingStatus, ReportType, SessionStatus, Severity,
};
use entity::{Day, Instant, Key};
use uuid::Uuid;

use super::Subject;
use super::document::{Document, Question};
use super::record::{Doctor, Figures, Note, Person, Prediction, Record, Report, Responsibility, Scan, Session, Visit};
use crate::read::shape::Moment;

/// A document of every kind, of both records, with and without something in particular.
pub(super) fn documents() -> Vec<Document> {
    let moment = Moment { now: at(300).utc(), today: at(300).utc().date_naive(), zone: chrono_tz::UTC };
    let (full, sparse) = (full(), sparse());
    let mut documents = vec![];
    for kind in ReportType::ALL {
        let of = |prediction, scan, session| Subject { patient: key(1), kind: *kind, prediction, scan, session };
        let mut full = Document::new(&full, &of(Some(key(20)), Some(key(10)), Some(key(5))), &moment, 0);
        full.questions.list = every_question(&full);
        full.questions.more = 2;
        documents.push(full);
        documents.push(Document::new(&sparse, &of(None, None, None), &moment, 0));
        documents.push(Document::new(&sparse, &of(None, Some(key(10)), None), &moment, 0));
    }
    documents
}

fn every_question(document: &Document) -> Vec<Question> {
    let (Some(prediction), Some(visit)) = (document.finding.clone(), document.last_visit.clone()) else {
        return vec![];
    };
    let predictions = vec![prediction.clone(), prediction.clone()];
    let without = |last_visit: Option<String>, next_visit: Option<String>| Question::DetectedWithoutVisit {
        prediction: prediction.clone(),
        last_visit,
        next_visit,
    };
    let mut all = vec![
        without(None, None),
        without(Some(visit.at.clone()), Some(visit.at.clone())),
        Question::FindingReversed { before: prediction.clone(), after: prediction.clone() },
        Question::Uncertain { prediction: prediction.clone() },
        Question::LowConfidence { prediction: prediction.clone(), below: 0.7 },
        Question::LowStageConfidence { prediction: prediction.clone(), below: 0.7 },
        Question::OverdueVisit { visit: visit.clone() },
        Question::MissedVisit { visit: visit.clone() },
        Question::AdviceNotBooked { visit: visit.clone(), passed: true },
        Question::AdviceNotBooked { visit, passed: false },
        Question::NobodyInCharge,
        Question::NoBirthDate,
        Question::BirthDateEstimated,
    ];
    for scan in document.scans.newest.iter().take(1).cloned() {
        all.push(Question::ModelsDisagree {
            scan: scan.clone(),
            predictions: predictions.clone(),
            detected: 2,
            not_detected: 1,
        });
        all.push(Question::ScanFailed { scan: scan.clone() });
        all.push(Question::ScanWithoutPrediction { scan: scan.clone() });
        all.push(Question::ScanWaiting { scan });
    }
    all
}

fn key(number: u128) -> Key {
    Key(Uuid::from_u128(number))
}

/// So many days after the first of January 2020.
fn at(days: i64) -> Instant {
    const FIRST: i64 = 1_577_880_000;
    Instant::new(DateTime::<Utc>::from_timestamp(FIRST + days * 86_400, 0).unwrap_or_default())
}

fn sparse() -> Record {
    Record {
        person: Person {
            patient_id: key(1),
            mrn: "S-1".to_owned(),
            name: "Sam Sample".to_owned(),
            gender: Gender::Unknown,
            date_of_birth: None,
            dob_estimated: false,
            date_of_death: None,
            medical_history: None,
            allergies: None,
            current_medications: None,
            archived_at: None,
            version: 1,
        },
        figures: Figures {
            patient_id: key(1),
            total_consultations: 0,
            total_mri_scans: 1,
            total_predictions: 0,
            unique_doctors_count: 0,
            first_visit_date: None,
            last_visit_date: None,
            last_scan_date: None,
            disease_status: DiseaseStatus::Unknown,
            disease_stage: None,
        },
        doctors: vec![],
        responsibilities: vec![],
        sessions: vec![],
        scans: vec![scan(10)],
        predictions: vec![],
        visits: vec![],
        reports: vec![],
        notes: vec![],
    }
}

fn full() -> Record {
    let sparse = sparse();
    let text = || Some("A text\nof two lines".to_owned());
    Record {
        person: Person {
            date_of_birth: Some(Day(at(-20_000).utc().date_naive())),
            dob_estimated: true,
            date_of_death: Some(Day(at(299).utc().date_naive())),
            medical_history: text(),
            allergies: text(),
            current_medications: text(),
            ..sparse.person
        },
        figures: Figures {
            first_visit_date: Some(at(100)),
            last_visit_date: Some(at(200)),
            disease_status: DiseaseStatus::Detected,
            disease_stage: Some("2".to_owned()),
            ..sparse.figures
        },
        doctors: vec![Doctor { doctor_id: key(2), name: "Dr. Doe".to_owned(), specialization: text(), version: 1 }],
        responsibilities: vec![Responsibility {
            id: key(3),
            doctor_id: key(2),
            assignment_type: AssignmentType::Primary,
            assignment_date: at(1),
            ended_at: None,
            version: 1,
        }],
        sessions: vec![Session { id: key(5), status: SessionStatus::Completed, created_at: at(1), version: 1 }],
        scans: (10..40).map(scan).collect(),
        predictions: (20..60).map(prediction).collect(),
        visits: (60..120).map(visit).collect(),
        reports: vec![Report {
            id: key(7),
            report_type: ReportType::Summary,
            title: "A report".to_owned(),
            revision: 1,
            supersedes_id: None,
            released_at: Some(at(2)),
            created_at: at(2),
            version: 2,
        }],
        notes: (200..220).map(note).collect(),
    }
}

fn scan(number: u128) -> Scan {
    Scan {
        id: key(number),
        session_id: Some(key(5)).filter(|_| number.is_multiple_of(2)),
        file_type: FileType::Dicom,
        image_dimensions: Some("256x256x176".to_owned()).filter(|_| number.is_multiple_of(2)),
        acquired_at: Some(at(number as i64)).filter(|_| number.is_multiple_of(2)),
        upload_timestamp: at(number as i64),
        processing_status: ProcessingStatus::ALL[(number % 4) as usize],
        version: 1,
    }
}

fn prediction(number: u128) -> Prediction {
    let known = !number.is_multiple_of(4);
    Prediction {
        id: key(number),
        session_id: Some(key(5)).filter(|_| known),
        mri_scan_id: Some(key(10 + number % 30)).filter(|_| known),
        prediction_type: "stage".to_owned(),
        binary_result: BinaryResult::ALL.get((number % 4) as usize).copied(),
        stage_result: Some("2".to_owned()).filter(|_| known),
        confidence_score: Some(0.8).filter(|_| known),
        binary_confidence: None,
        stage_confidence: Some(0.6).filter(|_| known),
        model_version: Some("model 1".to_owned()).filter(|_| known),
        created_at: at(number as i64 * 3),
        version: 1,
    }
}

fn visit(number: u128) -> Visit {
    let text = (!number.is_multiple_of(3)).then(|| format!("Text {}", number % 40));
    let doctor = if number.is_multiple_of(7) { key(9) } else { key(2) };
    Visit {
        id: key(number),
        doctor_id: doctor,
        session_id: Some(key(5)).filter(|_| number.is_multiple_of(5)),
        consultation_date: at(number as i64 * 3),
        consultation_type: ConsultationType::ALL.get((number % 5) as usize).copied(),
        status: ConsultationStatus::ALL[(number % 4) as usize],
        chief_complaint: text.clone(),
        diagnosis: text.clone(),
        prescription: text.clone(),
        next_visit_date: text.as_ref().map(|_| at(number as i64 * 3 + 30)),
        corrected_at: text.map(|_| at(number as i64 * 3 + 1)),
        created_at: at(number as i64 * 3),
        updated_at: at(number as i64 * 3),
        version: 1,
    }
}

fn note(number: u128) -> Note {
    Note {
        id: key(number),
        event_date: at(number as i64),
        event_title: "A note".to_owned(),
        event_description: (!number.is_multiple_of(3)).then(|| "What it says".to_owned()),
        severity: Severity::ALL[(number % 5) as usize],
        created_at: at(number as i64),
        version: 1,
    }
}
