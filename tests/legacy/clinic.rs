//! What is said to be true of a made clinic is what its rows say, read another way.

use std::collections::BTreeMap;
use std::time::Instant;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use patientgraph::auth::password::{Password, Passwords};
use rusqlite::{Connection, Row};

use crate::support::legacy::clinic::{ADMIN, Assignment, Finding, PASSWORD, Patient, Shape, Truth, build};

/// A clinic's rows, read one by one.
struct Reading {
    connection: Connection,
    patients: BTreeMap<String, Patient>,
}

/// The owner that the session names, else the event that was made of the row.
const OWNER: &str = "FROM TABLE r LEFT JOIN sessions s ON s.id = r.session_id
    LEFT JOIN patient_timeline t ON t.related_table = 'TABLE' AND t.related_id = r.id";

fn instant(text: &str) -> DateTime<Utc> {
    let local = text.contains('T');
    let text = NaiveDateTime::parse_from_str(&text.replace('T', " "), "%Y-%m-%d %H:%M:%S%.f").unwrap();
    text.and_utc() - if local { TimeDelta::minutes(330) } else { TimeDelta::zero() }
}

/// The field of a row that is a text.
fn text(row: &Row<'_>, at: usize) -> String {
    row.get(at).unwrap()
}

fn maybe(row: &Row<'_>, at: usize) -> Option<String> {
    row.get(at).unwrap()
}

impl Reading {
    fn of(connection: Connection) -> BTreeMap<String, Patient> {
        let mut reading = Self { connection, patients: BTreeMap::new() };
        reading.people();
        reading.sessions();
        reading.analysis();
        reading.care();
        reading.patients
    }

    fn each(&mut self, sql: &str, mut read: impl FnMut(&mut BTreeMap<String, Patient>, &Row<'_>)) {
        let mut statement = self.connection.prepare(sql).unwrap();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            read(&mut self.patients, row);
        }
    }

    /// Rows whose first column is their patient's id, with the patient.
    fn of_patients(&mut self, sql: &str, mut read: impl FnMut(&mut Patient, &Row<'_>)) {
        self.each(sql, |patients, row| {
            if let Some(id) = maybe(row, 0).filter(|id| !id.is_empty()) {
                read(patients.get_mut(&id).unwrap_or_else(|| panic!("no patient {id}")), row);
            }
        });
    }

    fn people(&mut self) {
        self.each("SELECT patient_id, name, assigned_doctor_id, user_id FROM patients", |patients, row| {
            let (id, assigned_doctor) = (text(row, 0), maybe(row, 2));
            let has_account = maybe(row, 3).is_some();
            let patient =
                Patient { id: id.clone(), name: text(row, 1), assigned_doctor, has_account, ..Patient::default() };
            patients.insert(id, patient);
        });
    }

    fn sessions(&mut self) {
        let sql = "SELECT s.patient_id, s.created_at, coalesce(d.doctor_id, u.doctor_id), s.doctor_id FROM sessions s
            LEFT JOIN doctors d ON d.doctor_id = s.doctor_id LEFT JOIN doctors u ON u.user_id = s.doctor_id";
        self.of_patients(sql, |patient, row| {
            patient.sessions += 1;
            assert_eq!(maybe(row, 2).is_some(), maybe(row, 3).is_some(), "every doctor that is named is there");
            if let Some(doctor) = maybe(row, 2) {
                let at = instant(&text(row, 1));
                let known = patient.session_doctors.entry(doctor).or_insert((at, at));
                *known = (known.0.min(at), known.1.max(at));
            }
        });
    }

    fn analysis(&mut self) {
        let of = |columns: &str, table: &str| {
            format!("SELECT coalesce(s.patient_id, t.patient_id), {columns} {}", OWNER.replace("TABLE", table))
        };
        self.of_patients(&of("upload_timestamp", "mri_scans"), |patient, row| {
            patient.scans += 1;
            patient.last_scan = patient.last_scan.max(Some(instant(&text(row, 1))));
        });
        let predictions = of("r.created_at, binary_result, stage_result", "predictions");
        self.of_patients(&format!("{predictions} ORDER BY r.rowid"), |patient, row| {
            let says = match text(row, 2).as_str() {
                "parkinsons" | "Positive" => "detected",
                "no_parkinsons" | "Negative" => "not_detected",
                "uncertain" => "uncertain",
                "error" => "error",
                other => panic!("{other}"),
            };
            *patient.predictions.entry(says).or_default() += 1;
            let (at, detected) = (instant(&text(row, 1)), says == "detected");
            if (detected || says == "not_detected") && patient.finding.as_ref().is_none_or(|known| known.at < at) {
                let mut digits = ["1", "2", "3", "4", "5"].into_iter();
                let stage = text(row, 3);
                let stage = digits.find(|digit| detected && stage.trim_start_matches("stage ") == *digit);
                patient.finding = Some(Finding { at, detected, stage });
            }
        });
        let reports = of("r.created_at, report_type, r.metadata ->> 'patient_id'", "medical_reports")
            .replace("t.patient_id)", "t.patient_id, r.metadata ->> 'patient_id')");
        self.of_patients(&reports, |patient, row| {
            assert_eq!(maybe(row, 3).as_ref(), Some(&patient.id));
            if text(row, 2) == "error" {
                patient.failed_reports += 1;
            } else {
                patient.reports += 1;
                patient.last_report = patient.last_report.max(Some(instant(&text(row, 1))));
            }
        });
        self.of_patients("SELECT patient_id, status FROM report_status", |patient, row| {
            *patient.requests.entry(word(&text(row, 1))).or_default() += 1;
        });
    }

    fn care(&mut self) {
        let sql = "SELECT patient_id, doctor_id, assignment_type, assignment_date, is_active, ended_at
            FROM doctor_patient_assignments ORDER BY rowid";
        self.of_patients(sql, |patient, row| {
            let (since, ended) = (instant(&text(row, 3)), maybe(row, 5).map(|at| instant(&at)));
            let active = row.get(4).unwrap();
            let assignment = Assignment { doctor: text(row, 1), kind: word(&text(row, 2)), since, active, ended };
            patient.assignments.push(assignment);
        });
        let sql = "SELECT patient_id, status, consultation_date, doctor_id, fee_charged FROM consultations";
        self.of_patients(sql, |patient, row| {
            *patient.consultations.entry(word(&text(row, 1))).or_default() += 1;
            if text(row, 1) == "completed" {
                let at = instant(&text(row, 2));
                let (first, last) = patient.visits.unwrap_or((at, at));
                patient.visits = Some((first.min(at), last.max(at)));
                patient.visit_doctors.insert(text(row, 3));
                let fee: Option<f64> = row.get(4).unwrap();
                patient.fees_cents += (fee.unwrap_or_default() * 100.0).round() as i64;
            }
        });
        self.of_patients("SELECT patient_id FROM patient_timeline WHERE related_id IS NULL", |patient, _| {
            patient.notes += 1
        });
    }
}

/// A word of a status as programs have it.
fn word(text: &str) -> &'static str {
    let words = ["pending", "generating", "generated", "failed", "archived", "scheduled", "completed", "cancelled"];
    let words = words.into_iter().chain(["no-show", "primary", "consultant", "specialist"]);
    words.into_iter().find(|word| *word == text).unwrap_or_else(|| panic!("{text}"))
}

fn made(shape: &Shape) -> (Truth, Connection, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("old.db");
    let began = Instant::now();
    let truth = build(&path, shape);
    eprintln!("{} patients, {} rows in {:?}", shape.patients, truth.rows.values().sum::<u64>(), began.elapsed());
    (truth, Connection::open(path).unwrap(), directory)
}

fn compare(truth: &Truth, connection: Connection) {
    let read = Reading::of(connection);
    assert_eq!(read.len(), truth.patients.len());
    for (id, patient) in &truth.patients {
        assert_eq!(Some(patient), read.get(id), "{id}");
    }
}

#[test]
fn the_truth_is_what_the_rows_say() {
    for (seed, aged) in [(1, true), (2, false), (3, true)] {
        let shape = Shape { seed, aged, ..Shape::of(400) };
        let (truth, connection, _directory) = made(&shape);
        compare(&truth, connection);
    }
}

#[test]
fn a_clinic_is_as_real_ones_are() {
    let (truth, connection, _directory) = made(&Shape::of(600));
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let some = |what: &str, rest: &str| {
        let found = count(&format!("SELECT count(*) FROM {rest}"));
        assert!(found > 10, "{what}: {found}");
    };
    some("patients without an account", "patients WHERE user_id IS NULL");
    some("patients with one", "patients WHERE user_id IS NOT NULL");
    some("old words", "predictions WHERE binary_result = 'parkinsons'");
    some("new words", "predictions WHERE binary_result = 'Positive'");
    some("failed runs", "predictions WHERE binary_result = 'error'");
    some("failed reports", "medical_reports WHERE report_type = 'error'");
    some("sessions that are gone", "mri_scans WHERE session_id NOT IN (SELECT id FROM sessions)");
    some("doctors by their ids", "sessions WHERE doctor_id IN (SELECT doctor_id FROM doctors)");
    some("doctors by their accounts", "sessions WHERE doctor_id IN (SELECT user_id FROM doctors)");
    some("local times", "consultations WHERE consultation_date LIKE '____-__-__T%'");
    some("database times", "consultations WHERE consultation_date LIKE '____-__-__ __:__:__'");
    some("patients without figures", "patients WHERE patient_id NOT IN (SELECT patient_id FROM patient_statistics)");
    some("events of triggers", "patient_timeline WHERE id LIKE 'timeline_pred_%'");
    some("events from before", "patient_timeline WHERE event_title = 'From before'");
    some("bytes", "mri_scans WHERE length(binary_data) > 0");
    some(
        "files that several scans are",
        "mri_scans a JOIN mri_scans b ON a.binary_data = b.binary_data AND a.id < b.id",
    );
    let stale = "patient_statistics s WHERE total_consultations <> (SELECT count(*) FROM consultations c
        WHERE c.patient_id = s.patient_id AND status = 'completed')";
    some("figures that are wrong", stale);
    let nobody = "mri_scans m JOIN sessions s ON s.id = m.session_id WHERE ifnull(s.patient_id, '') = ''";
    assert_eq!(count(&format!("SELECT count(*) FROM {nobody}")), truth.unattached as i64);
    let statuses = |of: fn(&Patient) -> &BTreeMap<&'static str, u64>| {
        truth.patients.values().flat_map(|patient| of(patient).keys()).collect::<std::collections::BTreeSet<_>>().len()
    };
    assert_eq!((statuses(|p| &p.consultations), statuses(|p| &p.predictions), statuses(|p| &p.requests)), (4, 4, 3));
    let of = |status: &str| truth.patients.values().filter(|patient| patient.disease_status() == status).count();
    assert!(["detected", "not_detected", "unknown"].iter().all(|status| of(status) > 10));
    assert!(
        truth.patients.values().any(|patient| patient.disease_stage().is_some() && patient.total_predictions() > 1)
    );
    // Nothing lies after the last use but what is booked by its advice.
    assert_eq!(count("SELECT count(*) FROM consultations WHERE consultation_date >= '2025-12-20'"), 0);
    assert_eq!(count("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0);
}

#[tokio::test]
async fn the_staff_can_sign_in_as_before() {
    let (truth, connection, _directory) = made(&Shape::of(10));
    let hash = |username: &str| {
        let sql = "SELECT password_hash FROM users WHERE username = ?";
        connection.query_row(sql, [username], |row| row.get::<_, Option<String>>(0)).unwrap()
    };
    for doctor in &truth.doctors {
        let stored = hash(&doctor.username);
        assert!(Passwords::default().verify(Password::new(PASSWORD), stored).await.unwrap(), "{doctor:?}");
        let sql = "SELECT name, is_active FROM users JOIN doctors ON user_id = id WHERE id = ? AND doctor_id = ?";
        let row = connection.query_row(sql, [&doctor.user, &doctor.id], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        assert_eq!(row, (doctor.name.clone(), doctor.active));
    }
    assert!(Passwords::default().verify(Password::new("Admin123"), hash(ADMIN)).await.unwrap());
}

#[test]
fn the_same_seed_makes_the_same_clinic() {
    let contents = |seed| {
        let (truth, connection, directory) = made(&Shape { seed, ..Shape::of(50) });
        connection.close().unwrap();
        (truth.patients, std::fs::read(directory.path().join("old.db")).unwrap())
    };
    let (one, again, other) = (contents(5), contents(5), contents(6));
    // But for the times that triggers take from the machine's clock.
    assert_eq!((&one.0, one.1.len()), (&again.0, again.1.len()));
    assert_ne!(one.0, other.0);
}
