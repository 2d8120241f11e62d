//! What ought to be there of a clinic, by the rules of docs/import.md and from its truth alone.

use chrono::{DateTime, Utc};
use entity::Instant;

use super::Facts;
use crate::support::legacy::clinic::{Assignment, Patient, Truth};

/// Of each patient and doctor.
pub(super) fn facts(truth: &Truth) -> Facts {
    let patients = truth.patients.values().map(|patient| (patient.id.clone(), of_patient(patient)));
    let doctors = truth.doctors.iter().map(|doctor| {
        let fact = format!("doctor {} {} active {}", doctor.name, doctor.username, doctor.active);
        (format!("doctor {}", doctor.id), vec![fact])
    });
    patients.chain(doctors).collect()
}

fn of_patient(patient: &Patient) -> Vec<String> {
    let completed = patient.consultations.get("completed").copied().unwrap_or_default();
    let (first, last) = patient.visits.unzip();
    let mut facts = vec![
        format!("name {}", patient.name),
        format!("account {}", patient.has_account),
        format!("sessions {}", patient.sessions),
        format!("notes {}", patient.notes),
        format!("fees {}", patient.fees_cents),
        format!("total_consultations {completed}"),
        format!("total_mri_scans {}", patient.scans),
        format!("total_predictions {}", patient.total_predictions()),
        format!("total_reports {}", patient.reports),
        format!("unique_doctors_count {}", doctors(patient)),
        format!("first_visit_date {}", written(first)),
        format!("last_visit_date {}", written(last)),
        format!("last_scan_date {}", written(patient.last_scan)),
        format!("last_report_date {}", written(patient.last_report)),
        format!("disease_status {}", patient.disease_status()),
        format!("disease_stage {}", patient.disease_stage().unwrap_or("-")),
    ];
    let counted = |what: &str, counts: Vec<(&str, u64)>| {
        let counts = counts.into_iter().filter(|(_, count)| *count > 0);
        counts.map(|(word, count)| format!("{what} {word} {count}")).collect::<Vec<_>>()
    };
    let of = |counts: &std::collections::BTreeMap<&'static str, u64>| {
        counts.iter().filter(|(word, _)| **word != "error").map(|(word, count)| (*word, *count)).collect()
    };
    facts.extend(counted("visit", of(&patient.consultations)));
    facts.extend(counted("prediction", of(&patient.predictions)));
    facts.extend(counted("request", requests(patient)));
    facts.extend(assignments(patient));
    facts.sort();
    facts
}

/// Each report has one request: its own, or one that was made. A failed report is a failed request, whatever the old one
/// says of it.
fn requests(patient: &Patient) -> Vec<(&'static str, u64)> {
    let archived = patient.requests.get("archived").copied().unwrap_or_default();
    vec![
        ("archived", archived),
        ("failed", patient.failed_reports),
        ("generated", patient.reports.checked_sub(archived).expect("only reports that were made are archived")),
    ]
}

fn doctors(patient: &Patient) -> usize {
    let assigned = patient.assignments.iter().map(|assignment| &assignment.doctor);
    let all = assigned.chain(&patient.assigned_doctor).chain(patient.session_doctors.keys());
    all.chain(&patient.visit_doctors).collect::<std::collections::BTreeSet<_>>().len()
}

/// What is open, of which the newest primary one stays so; what is over; and what only sessions tell, over as well. The
/// doctor whom the patient names is the primary one since the registration.
fn assignments(patient: &Patient) -> Vec<String> {
    let Patient { assignments, assigned_doctor, session_doctors, .. } = patient;
    let mut facts = vec![];
    let mut open: Vec<(&String, &str, Option<DateTime<Utc>>)> = vec![];
    for assignment in assignments {
        let Assignment { doctor, kind, since, active, .. } = assignment;
        if *active {
            open.push((doctor, kind, Some(*since)));
        } else {
            facts.push(fact(doctor, kind, Some(*since), Some(ended(patient, assignment))));
        }
    }
    if let Some(named) = assigned_doctor {
        match open.iter_mut().find(|(doctor, ..)| *doctor == named) {
            Some((_, kind, _)) => *kind = "primary",
            None => open.push((named, "primary", None)),
        }
    }
    let newest = open.iter().filter(|(_, kind, _)| *kind == "primary").map(|(.., since)| *since).max();
    for (doctor, kind, since) in open {
        let yields = kind == "primary" && Some(since) != newest;
        facts.push(fact(doctor, if yields { "consultant" } else { kind }, since, None));
    }
    for (doctor, (first, last)) in session_doctors {
        let assigned = assignments.iter().any(|assignment| assignment.doctor == *doctor);
        if !assigned && assigned_doctor.as_ref() != Some(doctor) {
            facts.push(fact(doctor, "consultant", Some(*first), Some(*last)));
        }
    }
    facts
}

/// When it was noted, else with the last session of the two that is left, else at once.
fn ended(patient: &Patient, assignment: &Assignment) -> DateTime<Utc> {
    let met = patient.session_doctors.get(&assignment.doctor).map(|(_, last)| *last);
    assignment.ended.or(met).unwrap_or(assignment.since).max(assignment.since)
}

/// None is since the registration, and open.
fn fact(doctor: &str, kind: &str, since: Option<DateTime<Utc>>, ended: Option<DateTime<Utc>>) -> String {
    let since = since.map_or_else(|| "registered".to_owned(), |since| written(Some(since)));
    format!("assignment {doctor} {kind} {since} {}", written(ended))
}

fn written(at: Option<DateTime<Utc>>) -> String {
    at.map_or_else(|| "-".to_owned(), |at| Instant::new(at).to_string())
}
