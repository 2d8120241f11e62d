//! What holds for all values: they come back as they were given, on both databases alike, or are refused.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::{Clinic, with};
use crate::on_both;
use crate::support::database::TestDatabase;
use crate::support::factory::id;

on_both!(
    any_text_comes_back_trimmed_from_an_update,
    any_text_comes_back_trimmed_from_a_creation,
    any_amount_with_two_decimals_comes_back,
    any_instant_comes_back_in_utc,
    an_instant_is_as_fine_as_it_is_kept,
    any_json_comes_back,
    any_share_of_certainty_comes_back,
    a_nul_is_refused_wherever_it_stands,
);

/// So many values of a kind; the same in every run.
fn some<S: Strategy>(count: usize, strategy: S) -> impl Iterator<Item = S::Value> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(move |_| strategy.new_tree(&mut runner).expect("a value").current())
}

/// Texts of what texts are made of: any character, and the hard ones often.
fn text() -> impl Strategy<Value = String> {
    let hard = prop_oneof![
        Just('\u{301}'),  // combines with the letter before it
        Just('\u{200f}'), // turns the direction of writing
        Just('\u{202e}'),
        Just('\u{200d}'), // joins emoji
        Just('👩'),
        Just('ß'),
        Just('İ'),
        Just('\u{1}'),
        Just('\u{7f}'),
        Just('\u{feff}'),
        Just('\u{ffff}'),
        Just('\u{10ffff}'),
        Just('"'),
        Just('\\'),
        Just('\''),
        Just('%'),
        Just('\n'),
        Just(' '),
        Just('\u{3000}'), // a space, too
        Just('ا'),
    ];
    let any = any::<char>().prop_filter("NUL is refused", |c| *c != '\0');
    vec(prop_oneof![hard, any], 0..12).prop_map(|characters| characters.into_iter().collect())
}

/// What becomes of a text that may be unknown.
fn kept(text: &str) -> Value {
    let trimmed = text.trim();
    if trimmed.is_empty() { Value::Null } else { json!(trimmed) }
}

async fn any_text_comes_back_trimmed_from_an_update(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let key = clinic.rows.patient("A-1", json!({})).await;
    for (number, (line, long)) in some(60, (text(), text())).enumerate() {
        let change = json!({"id": id("Patient", &key), "version": number + 1, "phone": line, "allergies": long});
        let payload = clinic.done("updatePatient", "patient { phone allergies }", change).await;
        assert_eq!(payload["patient"], json!({"phone": kept(&line), "allergies": kept(&long)}), "{line:?} {long:?}");
    }
}

async fn any_text_comes_back_trimmed_from_a_creation(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let patient = id("Patient", &clinic.rows.patient("A-1", json!({})).await);
    let doctor = id("Doctor", &clinic.rows.doctor("Bell", json!({})).await);
    for (name, content) in some(40, (text(), text())) {
        let report = json!({"patientId": patient, "title": format!("x{name}"), "content": format!("{content}x")});
        let payload = clinic.done("createReport", "report { title content }", report).await;
        let expected = json!({"title": kept(&format!("x{name}")), "content": kept(&format!("{content}x"))});
        assert_eq!(payload["report"], expected, "{name:?} {content:?}");
        // Texts also pass through the triggers into the timeline.
        let visit = json!({
            "patientId": patient, "doctorId": doctor, "date": "2026-01-01T08:00:00Z", "status": "COMPLETED",
            "diagnosis": content, "notes": name,
        });
        let payload = clinic.done("createConsultation", "consultation { diagnosis notes }", visit).await;
        assert_eq!(payload["consultation"], json!({"diagnosis": kept(&content), "notes": kept(&name)}));
    }
}

async fn any_amount_with_two_decimals_comes_back(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let key = clinic.rows.doctor("Bell", json!({})).await;
    let cents = prop_oneof![0_i64..1000, 0..=i64::MAX, Just(i64::MAX), Just(0)];
    for (number, cents) in some(50, cents).enumerate() {
        let amount = format!("{}.{:02}", cents / 100, cents % 100);
        let change = json!({"id": id("Doctor", &key), "version": number + 1, "consultationFee": amount});
        let payload = clinic.done("updateDoctor", "doctor { consultationFee }", change).await;
        assert_eq!(payload["doctor"]["consultationFee"], amount);
        let negative = json!({"name": "A", "consultationFee": format!("-{}", "0.01")});
        if number == 0 {
            clinic.refuse("createDoctor", negative, &[("INVALID", "consultationFee")]).await;
        }
    }
    for (written, read) in [("7", "7.00"), ("7.5", "7.50"), ("007.50", "7.50"), ("0.0", "0.00"), ("-0", "0.00")] {
        let payload = clinic
            .done("createDoctor", "doctor { consultationFee }", json!({"name": "A", "consultationFee": written}))
            .await;
        assert_eq!(payload["doctor"]["consultationFee"], read, "{written}");
    }
}

async fn any_instant_comes_back_in_utc(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let patient = id("Patient", &clinic.rows.patient("A-1", json!({})).await);
    let begin: chrono::DateTime<chrono::Utc> = "0001-01-02T00:00:00Z".parse().expect("an instant");
    let end = clinic.server.clock.now();
    let microseconds = begin.timestamp_micros()..=end.timestamp_micros();
    for (micros, minutes) in some(50, (microseconds, -1439_i32..=1439)) {
        let instant = chrono::DateTime::from_timestamp_micros(micros).expect("an instant");
        let zone = chrono::FixedOffset::east_opt(minutes * 60).expect("an offset");
        let written = instant.with_timezone(&zone).to_rfc3339_opts(chrono::SecondsFormat::Micros, false);
        let note = json!({"patientId": patient, "title": "A", "date": written});
        let payload = clinic.done("addTimelineNote", "timelineEvent { eventDate }", note).await;
        let read = instant.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
        assert_eq!(payload["timelineEvent"]["eventDate"], read, "{written}");
    }
}

async fn an_instant_is_as_fine_as_it_is_kept(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let patient = id("Patient", &clinic.rows.patient("A-1", json!({})).await);
    for (written, read) in [
        // Finer than a microsecond is cut off, before it is compared with the present.
        ("2026-03-14T22:30:00.000000999Z", "2026-03-14T22:30:00.000000Z"),
        ("2026-03-14t22:29:00z", "2026-03-14T22:29:00.000000Z"),
        ("2024-02-29T23:59:59.999999-12:00", "2024-03-01T11:59:59.999999Z"),
    ] {
        let note = json!({"patientId": patient, "title": "A", "date": written});
        let payload = clinic.done("addTimelineNote", "timelineEvent { eventDate }", note).await;
        assert_eq!(payload["timelineEvent"]["eventDate"], read, "{written}");
    }
    // A leap second is the second after it, on both databases.
    let note = json!({"patientId": patient, "title": "A", "date": "2016-12-31T23:59:60Z"});
    let payload = clinic.done("addTimelineNote", "timelineEvent { eventDate }", note).await;
    assert_eq!(payload["timelineEvent"]["eventDate"], "2017-01-01T00:00:00.000000Z");
    for nonsense in [
        "2023-02-29T00:00:00Z",
        "2026-03-14T24:00:00Z",
        "2026-03-14",
        "2026-03-14T22:30:00",
        "now",
        "9999-12-31T23:59:60Z",
        "9999-12-31T23:59:59-00:01",
        "+12026-01-01T00:00:00Z",
    ] {
        let note = json!({"patientId": patient, "title": "A", "date": nonsense});
        clinic.fail("addTimelineNote", note, "BAD_USER_INPUT").await;
    }
}

fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e9..1e9_f64).prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let fields = vec((text(), inner.clone()), 0..4).prop_map(|fields| Value::Object(fields.into_iter().collect()));
        prop_oneof![vec(inner, 0..4).prop_map(Value::Array), fields]
    })
}

async fn any_json_comes_back(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let patient = id("Patient", &clinic.rows.patient("A-1", json!({})).await);
    for document in some(60, document()) {
        let scan = json!({"patientId": patient, "metadata": document});
        let payload = clinic.done("createScan", "scan { metadata }", scan).await;
        assert_eq!(payload["scan"]["metadata"], document);
    }
}

async fn any_share_of_certainty_comes_back(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let patient = json!({"patientId": id("Patient", &clinic.rows.patient("A-1", json!({})).await)});
    let share = prop_oneof![0.0..=1.0_f64, Just(0.0), Just(1.0), Just(f64::MIN_POSITIVE), Just(0.1 + 0.2)];
    for share in some(40, share) {
        let prediction = with(patient.clone(), json!({"confidence": share}));
        let payload = clinic.done("createPrediction", "prediction { confidence }", prediction).await;
        assert_eq!(payload["prediction"]["confidence"].as_f64(), Some(share));
    }
    for outside in some(20, prop_oneof![1.000_000_1..1e300_f64, -1e300..-1e-300_f64]) {
        let prediction = with(patient.clone(), json!({"confidence": outside}));
        clinic.refuse("createPrediction", prediction, &[("INVALID", "confidence")]).await;
    }
}

async fn a_nul_is_refused_wherever_it_stands(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let patient = json!({"patientId": id("Patient", &clinic.rows.patient("A-1", json!({})).await)});
    for (before, after) in some(10, (text(), text())) {
        let line = format!("{before}\u{0}{after}");
        let input = json!({"mrn": line, "name": line, "allergies": line});
        let expected = [("INVALID", "mrn"), ("INVALID", "name"), ("INVALID", "allergies")];
        clinic.refuse("createPatient", input, &expected).await;
        for metadata in [json!(line), json!({"a": [[line]]}), json!([{line.clone(): 1}])] {
            let scan = with(patient.clone(), json!({"metadata": metadata}));
            clinic.refuse("createScan", scan, &[("INVALID", "metadata")]).await;
        }
    }
}
