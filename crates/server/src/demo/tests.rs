use std::collections::HashSet;

use chrono_tz::Tz;
use entity::vocabulary::*;
use entity::{Day, Instant, Key};

use super::*;

const ZONE: Tz = chrono_tz::Europe::Berlin;

fn clinic(patients: u64, seed: u64) -> Clinic {
    Clinic::new(patients, seed, NaiveDate::from_ymd_opt(2026, 3, 30).unwrap(), ZONE)
}

fn records() -> (Clinic, Vec<Record>) {
    let clinic = clinic(1500, 42);
    let records = clinic.records().collect();
    (clinic, records)
}

fn count<T>(records: &[Record], rows: impl Fn(&Record) -> &Vec<T>) -> f64 {
    records.iter().map(|record| rows(record).len()).sum::<usize>() as f64 / records.len() as f64
}

#[test]
fn the_same_seed_size_and_day_make_the_same_clinic() {
    let made = |seed| format!("{:?} {:?}", clinic(50, seed).staff(), clinic(50, seed).records().collect::<Vec<_>>());
    assert_eq!(made(1), made(1));
    assert_ne!(made(1), made(2));
}

#[test]
fn a_record_depends_on_no_other() {
    let clinic = clinic(300, 9);
    let all: Vec<Record> = clinic.records().collect();
    assert_eq!(clinic.record(200), all[199]);
}

#[test]
fn who_a_patient_is_does_not_depend_on_how_many_there_are() {
    let who = |patients| {
        clinic(patients, 9)
            .records()
            .take(40)
            .map(|record| (record.patient.mrn, record.patient.name))
            .collect::<Vec<_>>()
    };
    assert_eq!(who(40), who(900));
}

#[test]
fn those_who_can_sign_in_have_something_to_see_and_not_the_same() {
    for (patients, seed) in [(30, 1), (200, 1), (200, 7), (1500, 42)] {
        let clinic = clinic(patients, seed);
        let records: Vec<Record> = clinic.records().collect();
        let named = |username: &str| {
            let record =
                records.iter().find(|record| record.user.as_ref().is_some_and(|user| user.username == username));
            record.unwrap_or_else(|| panic!("{username} of {patients} patients"))
        };
        let doctor = |username: &str| {
            let user = clinic.staff.users.iter().find(|user| user.username == username).unwrap().id;
            clinic.staff.doctors.iter().find(|doctor| doctor.user_id == Some(user)).unwrap().doctor_id
        };
        let treats = |doctor: Key, record: &Record| {
            record.doctor_patient_assignments.iter().any(|row| row.doctor_id == doctor && row.is_open())
        };
        let (one, other) = (doctor("demo-doctor-1"), doctor("demo-doctor-2"));
        let (first, second) = (named("demo-patient-1"), named("demo-patient-2"));
        assert!(treats(one, first) && treats(other, second) && !treats(one, second) && !treats(other, first));
        for record in [first, second] {
            let user = record.user.as_ref().unwrap();
            assert_eq!((user.role, user.is_active, record.patient.user_id), (Role::Patient, true, Some(user.id)));
            assert!(record.patient.archived_at.is_none() && !record.consultations.is_empty());
            let released = record.predictions.iter().filter(|prediction| prediction.is_released()).count();
            let drafts = record.medical_reports.iter().filter(|report| report.status == ReportStatus::Draft).count();
            let hidden = record.predictions.len() - released + drafts;
            assert!(patients < 200 || (released > 0 && hidden > 0), "{patients} {seed}: {released} {hidden}");
        }
    }
    for patients in 0..4 {
        assert_eq!(clinic(patients, 1).records().count() as u64, patients, "the smallest clinics are made too");
    }
}

#[test]
fn every_key_is_its_own() {
    let (clinic, records) = records();
    let mut keys: HashSet<Key> = HashSet::new();
    let mut new = |key: Key| assert!(keys.insert(key), "{key} twice");
    clinic.staff.users.iter().for_each(|row| new(row.id));
    clinic.staff.doctors.iter().for_each(|row| new(row.doctor_id));
    for record in &records {
        new(record.patient.patient_id);
        record.user.iter().for_each(|row| new(row.id));
        record.doctor_patient_assignments.iter().for_each(|row| new(row.id));
        record.sessions.iter().for_each(|row| new(row.id));
        record.mri_scans.iter().for_each(|row| new(row.id));
        record.predictions.iter().for_each(|row| new(row.id));
        record.medical_reports.iter().for_each(|row| new(row.id));
        record.consultations.iter().for_each(|row| new(row.id));
        record.consultation_revisions.iter().for_each(|row| new(row.id));
        record.report_status.iter().for_each(|row| new(row.id));
        record.patient_timeline.iter().for_each(|row| new(row.id));
    }
}

#[test]
fn assignments_are_periods_and_at_most_one_primary_is_open() {
    let (clinic, records) = records();
    let now = clinic.calendar.now();
    let mut with_primary = 0;
    for record in &records {
        let rows = &record.doctor_patient_assignments;
        let open = rows.iter().filter(|row| row.is_open());
        let primary = open.clone().filter(|row| row.assignment_type == AssignmentType::Primary).count();
        assert!(primary <= 1);
        with_primary += primary;
        let distinct: HashSet<_> = open.clone().map(|row| (row.doctor_id, row.assignment_type)).collect();
        assert_eq!(distinct.len(), open.count());
        for row in rows {
            assert_eq!(row.is_active, row.is_open());
            assert!(
                row.assignment_date < now && row.ended_at.is_none_or(|end| row.assignment_date <= end && end < now)
            );
        }
    }
    assert!(with_primary * 10 > records.len() * 8, "{with_primary}");
}

#[test]
fn visits_keep_the_rules() {
    let (clinic, records) = records();
    let now = clinic.calendar.now();
    let mut doctors = HashSet::new();
    for record in &records {
        for visit in &record.consultations {
            if visit.status == ConsultationStatus::Scheduled {
                assert!(visit.diagnosis.is_none() && visit.prescription.is_none());
            } else {
                assert!(visit.consultation_date < now, "nothing has happened yet");
            }
            assert!(visit.created_at <= visit.consultation_date && visit.created_at < now);
            assert!(visit.created_at >= record.patient.created_at && visit.created_at <= visit.updated_at);
            assert!(visit.updated_at < now && visit.duration_minutes.is_none_or(|minutes| minutes > 0));
            assert!(visit.fee_charged_cents.is_none_or(|fee| fee.0 > 0));
            let at = visit.consultation_date.min(now);
            let responsible = record.doctor_patient_assignments.iter().find(|row| row.doctor_id == visit.doctor_id);
            assert!(responsible.unwrap().covers(at), "{visit:?}");
            if let Some(death) = record.patient.date_of_death {
                assert!(Day(visit.consultation_date.utc().with_timezone(&ZONE).date_naive()) <= death);
            }
            doctors.insert(visit.doctor_id);
        }
        for revision in &record.consultation_revisions {
            let visit = record.consultations.iter().find(|visit| visit.id == revision.consultation_id).unwrap();
            assert_eq!(
                (visit.corrected_at, visit.version),
                (Some(revision.changed_at), revision.consultation_version + 1)
            );
            assert!(revision.reason.is_some() && visit.corrected_by.is_some());
        }
    }
    assert!(doctors.len() > 20, "every doctor works");
}

#[test]
fn figures_are_shares_and_stages_never_go_back() {
    let (_, records) = records();
    for record in &records {
        let mut stage = 0;
        for prediction in &record.predictions {
            let shares = [prediction.confidence_score, prediction.binary_confidence, prediction.stage_confidence];
            assert!(shares.into_iter().flatten().all(|share| (0.0..=1.0).contains(&share)));
            assert!(prediction.processing_time.is_some_and(|seconds| seconds > 0.0));
            if let Some(next) = &prediction.stage_result {
                let next: i64 = next.parse().unwrap();
                assert!((1..=5).contains(&next) && next >= stage);
                stage = next;
            }
        }
    }
}

#[test]
fn reports_keep_the_rules_and_release_what_they_show() {
    let (clinic, records) = records();
    for record in &records {
        for report in &record.medical_reports {
            assert_eq!(report.status == ReportStatus::Draft, report.released_at.is_none());
            assert_eq!(report.status == ReportStatus::Withdrawn, report.withdrawn_at.is_some());
            assert_eq!(report.revision == 1, report.supersedes_id.is_none());
            assert!(report.supersedes_id.is_none() || report.status != ReportStatus::Draft);
            assert!(report.released_at.is_none_or(|at| at >= report.created_at && at < clinic.calendar.now()));
            assert!(report.withdrawn_at.is_none_or(|at| Some(at) > report.released_at));
        }
        for prediction in &record.predictions {
            let shown = record.medical_reports.iter().any(|report| {
                let row =
                    |row: &&report_predictions::Model| (row.report_id, row.prediction_id) == (report.id, prediction.id);
                report.is_released() && record.report_predictions.iter().find(row).is_some()
            });
            assert_eq!(prediction.is_released(), shown);
        }
    }
}

#[test]
fn requests_tell_how_they_went() {
    let (clinic, records) = records();
    for request in records.iter().flat_map(|record| &record.report_status) {
        let made = matches!(request.status, RequestStatus::Generated | RequestStatus::Archived);
        assert_eq!((made, made), (request.report_id.is_some(), request.generated_at.is_some()));
        // Of what succeeded in the end nobody keeps why it failed before.
        assert_eq!(request.retry_count > 0 && !made, request.error_message.is_some());
        assert!(request.requested_at.is_some_and(|at| at < clinic.calendar.now()));
        assert!(request.next_attempt_at.is_none() || request.status == RequestStatus::Pending);
    }
}

#[test]
fn nothing_was_written_before_its_patient_came_or_after_the_present() {
    let (clinic, records) = records();
    for record in &records {
        let written: Vec<Instant> = record
            .sessions
            .iter()
            .flat_map(|row| [row.created_at, row.updated_at])
            .chain(record.mri_scans.iter().flat_map(|row| {
                [Some(row.upload_timestamp), row.acquired_at, row.processing_timestamp].into_iter().flatten()
            }))
            .chain(record.predictions.iter().map(|row| row.created_at))
            .chain(record.medical_reports.iter().flat_map(|row| [row.created_at, row.updated_at]))
            .chain(record.report_status.iter().flat_map(|row| [row.created_at, row.updated_at]))
            .chain(record.patient_timeline.iter().map(|row| row.event_date))
            .chain([record.patient.updated_at])
            .collect();
        assert!(written.iter().all(|at| *at >= record.patient.created_at && *at < clinic.calendar.now()));
        let (birth, death) = (record.patient.date_of_birth, record.patient.date_of_death);
        assert!(death.is_none() || birth < death);
    }
}

#[test]
fn every_word_occurs() {
    let (_, records) = records();
    let all = || records.iter();
    macro_rules! occurs {
        ($($type:ident in $rows:ident.$column:ident),+ $(,)?) => {
            $(
                let rows = all().flat_map(|record| &record.$rows);
                let found: HashSet<_> = rows.flat_map(|row| Option::<$type>::from(row.$column)).collect();
                let missing: Vec<_> = $type::ALL.iter().filter(|word| !found.contains(word)).collect();
                assert!(missing.is_empty(), "{missing:?}");
            )+
        };
    }
    occurs! {
        AssignmentType in doctor_patient_assignments.assignment_type,
        ConsultationType in consultations.consultation_type,
        ConsultationStatus in consultations.status,
        SessionStatus in sessions.status,
        BinaryResult in predictions.binary_result,
        ProcessingStatus in mri_scans.processing_status,
        ReportStatus in medical_reports.status,
        RequestStatus in report_status.status,
        Severity in patient_timeline.severity,
    }
    assert!(all().any(|record| record.patient.archived_at.is_some()));
    assert!(all().any(|record| record.patient.date_of_death.is_some()));
    assert!(all().any(|record| record.user.is_some()));
    let now = clinic(1, 1).calendar.now();
    let visits = || all().flat_map(|record| &record.consultations);
    assert!(visits().any(|visit| visit.is_overdue(now)));
    assert!(visits().any(|visit| visit.consultation_date > now));
}

#[test]
fn a_record_has_as_many_rows_as_is_said() {
    let (_, records) = records();
    let figures = [
        ("consultations", count(&records, |record| &record.consultations), 4.5..5.5),
        ("assignments", count(&records, |record| &record.doctor_patient_assignments), 1.7..2.3),
        ("scans", count(&records, |record| &record.mri_scans), 1.3..1.8),
        ("predictions", count(&records, |record| &record.predictions), 1.3..1.8),
        ("reports", count(&records, |record| &record.medical_reports), 1.2..1.8),
        ("requests", count(&records, |record| &record.report_status), 0.45..0.75),
        ("notes", count(&records, |record| &record.patient_timeline), 0.4..0.65),
    ];
    for (what, figure, expected) in &figures {
        println!("{what}: {figure:.2}");
        assert!(expected.contains(figure), "{figures:?}");
    }
}
