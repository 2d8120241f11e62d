//! Invented people whose reports are read.

use serde_json::{Value, json};

use crate::support::factory::Factory;

/// At nine in the morning, UTC.
pub fn at(day: &str) -> String {
    format!("{day}T09:00:00.000000Z")
}

/// A woman of 74 with a tremor, in care since 2021.
pub async fn rich(factory: &Factory) -> String {
    let haldane = factory.doctor("Dr. Miriam Haldane", json!({"specialization": "Neurology"})).await;
    let okoro = factory.doctor("Dr. Chidi Okoro", json!({"specialization": "Radiology"})).await;
    let patient = factory
        .patient(
            "PG-004711",
            json!({
                "name": "Elisabeth Thorne", "gender": "female", "date_of_birth": "1951-06-02",
                "phone": "+44 20 7946 0123", "email": "e.thorne@example.org", "address": "12 Mill Road",
                "insurance_info": "Northern Care 99-1",
                "medical_history": "Hypertension for more than ten years.\nHip replacement on the left, 2016.\n\nNo strokes. Father had a tremor in old age.",
                "allergies": "Penicillin (rash, 1989)\nIodinated contrast media",
                "current_medications": "Levodopa/carbidopa 100/25 mg three times daily\nRamipril 5 mg once daily\nMacrogol as needed",
            }),
        )
        .await;
    factory
        .assignment(
            &patient,
            &haldane,
            json!({"assignment_type": "primary", "assignment_date": at("2021-03-01"), "is_active": true}),
        )
        .await;
    factory.assignment(&patient, &okoro, json!({"assignment_type": "consultant", "assignment_date": at("2023-09-12"), "is_active": true, "notes": "INTERNAL assignment note"})).await;
    let visits = [
        (
            "2021-03-01",
            &haldane,
            "in-person",
            "Resting tremor of the right hand for half a year",
            "Suspected Parkinson's disease, early",
            "MRI of the head; physiotherapy twice a week",
            Some("2021-06-01"),
        ),
        (
            "2021-06-08",
            &haldane,
            "follow-up",
            "Handwriting has become small",
            "Parkinson's disease, unilateral, Hoehn and Yahr 1",
            "Rasagiline 1 mg once daily",
            Some("2021-12-01"),
        ),
        (
            "2022-01-17",
            &haldane,
            "follow-up",
            "Stiff shoulder, arm does not swing",
            "Parkinson's disease, unilateral, Hoehn and Yahr 1",
            "Rasagiline 1 mg once daily",
            None,
        ),
        (
            "2023-09-12",
            &okoro,
            "telemedicine",
            "Discussion of the second MRI",
            "Parkinson's disease, bilateral without impaired balance, Hoehn and Yahr 2",
            "",
            None,
        ),
        (
            "2024-05-21",
            &haldane,
            "in-person",
            "Slower with buttons and cutlery",
            "Parkinson's disease, bilateral without impaired balance, Hoehn and Yahr 2",
            "Levodopa/carbidopa 100/25 mg three times daily",
            Some("2024-11-20"),
        ),
        (
            "2025-02-03",
            &haldane,
            "emergency",
            "Fell in the bathroom; no injury",
            "Orthostatic hypotension",
            "Compression stockings; ramipril 10 -> 5 mg",
            None,
        ),
        (
            "2025-11-18",
            &haldane,
            "follow-up",
            "Medication wears off before the next dose",
            "Parkinson's disease, motor fluctuations",
            "Levodopa/carbidopa 100/25 mg three times daily",
            Some("2026-02-15"),
        ),
    ];
    for (day, doctor, kind, complaint, diagnosis, prescription, next) in visits {
        factory
            .consultation(&patient, doctor, &at(day), json!({
                "status": "completed", "consultation_type": kind, "chief_complaint": complaint, "diagnosis": diagnosis,
                "prescription": prescription, "notes": "INTERNAL visit note", "fee_charged_cents": 12_000,
                "next_visit_date": next.map(at), "created_at": at(day), "updated_at": at(day),
                "corrected_at": (day == "2025-02-03").then(|| at("2025-02-05")),
                "correction_reason": (day == "2025-02-03").then_some("Dose was recorded wrongly"),
            }))
            .await;
    }
    for (day, status, kind) in [
        ("2024-11-20", "cancelled", "follow-up"),
        ("2025-08-05", "no-show", "follow-up"),
        ("2026-02-16", "scheduled", "follow-up"),
        ("2026-04-02", "scheduled", "in-person"),
    ] {
        factory.consultation(&patient, &haldane, &at(day), json!({"status": status, "consultation_type": kind, "created_at": at("2024-05-21"), "updated_at": at("2024-05-21")})).await;
    }
    let first = scan(factory, &patient, "2021-03-20", "completed").await;
    let second = scan(factory, &patient, "2023-08-30", "completed").await;
    scan(factory, &patient, "2026-01-12", "failed").await;
    let third = scan(factory, &patient, "2026-03-04", "completed").await;
    prediction(factory, &patient, &first, "2021-03-20", "detected", Some("1"), 0.74, "pd-binary 1.4.0").await;
    let shown =
        prediction(factory, &patient, &second, "2023-08-31", "detected", Some("2"), 0.91, "pd-stage 2.1.0").await;
    prediction(factory, &patient, &third, "2026-03-05", "detected", Some("3"), 0.88, "pd-stage 2.1.0").await;
    prediction(factory, &patient, &third, "2026-03-06", "not_detected", None, 0.61, "pd-binary 2.0.1").await;
    report(factory, &patient, "2023-09-13", "MRI analysis: full report", "released", &shown).await;
    report(factory, &patient, "2026-03-07", "DRAFT that nobody has released", "draft", &shown).await;
    note(factory, &patient, "2025-02-06", "Fall at home", "Grab rails ordered.", true).await;
    note(factory, &patient, "2025-11-19", "INTERNAL note", "INTERNAL: husband exhausted", false).await;
    patient
}

/// A patient of whom there is one scan that could not be read.
pub async fn sparse(factory: &Factory) -> String {
    let patient = factory.patient("PG-000009", json!({"name": "J. Doe", "gender": "unknown"})).await;
    let row = json!({"upload_timestamp": at("2026-03-13"), "processing_status": "failed", "file_type": "unknown"});
    factory.of_patient("mri_scans", &patient, row).await;
    patient
}

/// People and texts in scripts from right to left, without spaces, and in what Markdown would take for its own.
pub async fn names(factory: &Factory) -> String {
    let doctor = factory.doctor("د. ليلى الحداد", json!({"specialization": "طب الأعصاب"})).await;
    let other = factory.doctor("Dr. | *Pipe* `Tick` <script>alert(1)</script>", json!({})).await;
    let patient = factory
        .patient(
            "北-*7*|9",
            json!({
                "name": "محمد عبد الله (王小明)", "gender": "male", "date_of_birth": "1960-02-29", "dob_estimated": true,
                "allergies": "青霉素过敏\n# Not a heading\n- not a list | not a cell",
                "medical_history": "高血压病史十年。\n\nارتفاع ضغط الدم منذ عشر سنوات.\n<b>not bold</b> and [no](http://link.example) www.link.example",
            }),
        )
        .await;
    factory
        .assignment(
            &patient,
            &doctor,
            json!({"assignment_date": at("2025-01-01"), "is_active": true, "assignment_type": "primary"}),
        )
        .await;
    for (day, doctor, text) in
        [("2025-05-02", &doctor, "帕金森病，霍恩-雅尔分级二级"), ("2025-09-09", &other, "مرض باركنسون، المرحلة 2")]
    {
        let row = json!({"status": "completed", "consultation_type": "in-person", "diagnosis": text, "prescription": "左旋多巴 *100* mg\n1. first line\n2. second line", "created_at": at(day), "updated_at": at(day)});
        factory.consultation(&patient, doctor, &at(day), row).await;
    }
    let scan = scan(factory, &patient, "2025-09-01", "completed").await;
    prediction(factory, &patient, &scan, "2025-09-01", "detected", Some("2|b"), 0.83, "模型_1_*").await;
    patient
}

/// A patient with a thousand events in twelve years, and a history of a hundred thousand characters.
pub async fn thousand(factory: &Factory) -> String {
    let doctors = [
        factory.doctor("Dr. Ines Falk", json!({"specialization": "Neurology"})).await,
        factory.doctor("Dr. Paul Berg", json!({})).await,
    ];
    let history = "Seen in another hospital; the letter was pasted in. ".repeat(1_950);
    let patient = factory
        .patient("PG-010000", json!({"name": "Otto Langer", "gender": "male", "date_of_birth": "1944-11-30", "medical_history": history.trim(), "allergies": "None known", "current_medications": "See the list of the family doctor"}))
        .await;
    factory
        .assignment(
            &patient,
            &doctors[0],
            json!({"assignment_date": at("2014-02-01"), "is_active": true, "assignment_type": "primary"}),
        )
        .await;
    let day = |number: usize| {
        let start = chrono::NaiveDate::from_ymd_opt(2014, 2, 3).unwrap();
        (start + chrono::Days::new(number as u64 * 6)).to_string()
    };
    let diagnoses = [
        "Parkinson's disease, Hoehn and Yahr 2",
        "Parkinson's disease, motor fluctuations",
        "Parkinson's disease with postural instability, Hoehn and Yahr 3",
        "Orthostatic hypotension",
    ];
    let kinds = [json!("in-person"), json!("follow-up"), json!("telemedicine"), json!("emergency"), Value::Null];
    for number in 0..700 {
        let date = day(number);
        let status = if number % 11 == 5 {
            "cancelled"
        } else if number % 17 == 3 {
            "no-show"
        } else {
            "completed"
        };
        let row = json!({
            "status": status, "consultation_type": kinds[number % 5], "diagnosis": diagnoses[number / 180], "chief_complaint": format!("Complaint {number}"),
            "prescription": format!("Levodopa/carbidopa {} mg", 100 + number / 50 * 25), "created_at": at(&date), "updated_at": at(&date),
        });
        factory.consultation(&patient, &doctors[number % 2], &at(&date), row).await;
    }
    for number in 0..150 {
        let date = day(number * 4);
        let scan = scan(factory, &patient, &date, "completed").await;
        let (result, stage) = match number {
            0..30 => ("detected", Some("2")),
            _ if number % 19 == 0 => ("uncertain", None),
            _ => ("detected", Some("3")),
        };
        prediction(factory, &patient, &scan, &date, result, stage, 0.93, "pd-stage 2.1.0").await;
    }
    patient
}

pub async fn scan(factory: &Factory, patient: &str, day: &str, processing: &str) -> String {
    let row = json!({
        "acquired_at": at(day), "upload_timestamp": at(day), "processing_status": processing, "file_type": "dicom",
        "image_dimensions": "256x256x176", "original_filename": "INTERNAL_file.dcm",
    });
    factory.of_patient("mri_scans", patient, row).await
}

#[allow(clippy::too_many_arguments, reason = "a row")]
pub async fn prediction(
    factory: &Factory,
    patient: &str,
    scan: &str,
    day: &str,
    result: &str,
    stage: Option<&str>,
    confidence: f64,
    model: &str,
) -> String {
    let row = json!({
        "mri_scan_id": scan, "created_at": format!("{day}T10:30:00.000000Z"), "binary_result": result, "stage_result": stage,
        "confidence_score": confidence, "binary_confidence": confidence, "stage_confidence": stage.map(|_| 0.66),
        "model_version": model, "prediction_type": if stage.is_some() { "stage" } else { "binary" },
    });
    factory.of_patient("predictions", patient, row).await
}

pub async fn report(
    factory: &Factory,
    patient: &str,
    day: &str,
    title: &str,
    status: &str,
    prediction: &str,
) -> String {
    let row = json!({
        "title": title, "content": "INTERNAL earlier content", "report_type": "comprehensive", "status": status, "revision": 1,
        "prediction_id": prediction, "created_at": at(day), "updated_at": at(day),
        "released_at": (status != "draft").then(|| at(day)),
    });
    factory.of_patient("medical_reports", patient, row).await
}

pub async fn note(factory: &Factory, patient: &str, day: &str, title: &str, text: &str, visible: bool) -> String {
    let row = json!({
        "event_type": "note", "event_date": at(day), "event_title": title, "event_description": text, "severity": "medium",
        "patient_visible": visible, "created_at": at(day), "updated_at": at(day),
    });
    factory.of_patient("patient_timeline", patient, row).await
}
