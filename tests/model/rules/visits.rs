//! Visits: booked, moved, done, corrected.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::super::call::text;
use super::super::fields::{FINDINGS, Known, VISIT};
use super::super::state::{REVISIONS, key, row, value};
use super::super::turn::{Done, Stop, Turn, id_of};
use super::assignments::consult;
use super::people::reason;
use crate::naive::tables::Row;

/// A row of an input, looked at.
struct Booking {
    columns: Row,
    fine: bool,
    clashes: Vec<(&'static str, Met)>,
}

/// Which visit another one meets.
enum Met {
    Booked(Value),
    /// The row of this number in the same input.
    Beside(usize),
}

pub fn create(turn: &mut Turn<'_>) -> Done {
    let booking = look_at(turn, &[]);
    warn(turn, "date", &booking.clashes, &[]);
    turn.finish()?;
    write(turn, booking.columns, "/consultation", "/openedAssignment").map(drop)
}

pub fn create_many(turn: &mut Turn<'_>) -> Done {
    let (whole, list) = (turn.input, turn.given("consultations").and_then(Value::as_array).cloned());
    let list = list.unwrap_or_default();
    let mut rows: Vec<Booking> = vec![];
    for number in 0..list.len() {
        turn.input = whole;
        turn.look_at("consultations", number);
        let row = look_at(turn, &rows);
        rows.push(row);
    }
    turn.look_at_all(whole);
    let written = turn.settle(rows.iter().map(|row| row.fine).collect(), "consultations")?;
    let mut keys = vec![];
    for (number, row) in rows.iter().enumerate() {
        let opened = opened_place(turn, &row.columns);
        keys.push(match written[number] {
            true => Some(write(turn, row.columns.clone(), &format!("/consultations/{number}"), &opened)?),
            false => None,
        });
    }
    for (number, row) in rows.iter().enumerate() {
        warn(turn, &format!("consultations.{number}.date"), &row.clashes, &keys);
    }
    if written.contains(&true) { Ok(()) } else { turn.finish() }
}

/// Where the answer shows the assignment that was opened for a visit's patient and doctor.
fn opened_place(turn: &Turn<'_>, columns: &Row) -> String {
    let opened = turn.answer.at("/openedAssignments").as_array().into_iter().flatten();
    let of = |opened: &Value, person: &str, type_name: &str| key(type_name, &opened[person]["id"]).unwrap_or_default();
    let meant = |opened: &Value| {
        of(opened, "patient", "Patient") == *value(columns, "patient_id")
            && of(opened, "doctor", "Doctor") == *value(columns, "doctor_id")
    };
    let number = opened.map(meant).position(|meant| meant).unwrap_or(usize::MAX);
    format!("/openedAssignments/{number}")
}

/// What is to be booked or recorded, after rows that may have been booked already.
fn look_at(turn: &mut Turn<'_>, before: &[Booking]) -> Booking {
    let mut columns = turn.columns(VISIT, true);
    if turn.given("type").is_none() {
        columns.insert("consultation_type".to_owned(), json!("in-person"));
    }
    columns.extend(turn.columns(FINDINGS, true));
    let future = value(&columns, "consultation_date").as_str() > Some(&text(turn.now));
    if future && has_begun(&columns) {
        turn.problem("IN_FUTURE", "date");
    }
    let (patient, doctor) = (columns.get("patient_id").cloned(), columns.get("doctor_id").cloned());
    turn.refer("Patient", "patientId", patient.as_ref());
    turn.refer("Doctor", "doctorId", doctor.as_ref());
    let session = columns.get("session_id").cloned();
    turn.same_patient("AnalysisSession", "sessionId", session.as_ref(), patient.as_ref());
    let mut clashes = clashes(turn, &columns);
    for (number, other) in before.iter().enumerate().filter(|(_, other)| other.fine) {
        clashes.extend(busy(&columns, &other.columns).map(|who| (who, Met::Beside(number))));
    }
    double_booked(turn, &clashes);
    Booking { fine: turn.is_fine(), columns, clashes }
}

fn has_begun(visit: &Row) -> bool {
    ["completed", "no-show"].iter().any(|status| visit["status"] == *status)
}

/// The time that a booked visit takes.
fn time(visit: &Row) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let from: DateTime<Utc> = value(visit, "consultation_date").as_str()?.parse().expect("an instant");
    let minutes = value(visit, "duration_minutes").as_i64().unwrap_or(30);
    (value(visit, "status") == "scheduled").then(|| (from, from + TimeDelta::minutes(minutes)))
}

/// Who cannot be at two booked visits at the same time.
fn busy(one: &Row, other: &Row) -> impl Iterator<Item = &'static str> + use<> {
    let meet = match (time(one), time(other)) {
        (Some(one), Some(other)) => one.0 < other.1 && other.0 < one.1,
        _ => false,
    };
    let same = |column: &str| meet && !value(one, column).is_null() && value(one, column) == value(other, column);
    let (doctor, patient) = (same("doctor_id"), same("patient_id"));
    doctor.then_some("DOCTOR_BUSY").into_iter().chain(patient.then_some("PATIENT_BUSY"))
}

/// The booked visits that this one meets, but itself.
fn clashes(turn: &Turn<'_>, visit: &Row) -> Vec<(&'static str, Met)> {
    let others = turn.state.all("Consultation").filter(|other| &other["id"] != value(visit, "id"));
    others.flat_map(|other| busy(visit, other).map(|who| (who, Met::Booked(other["id"].clone())))).collect()
}

/// Nobody is booked twice for the same time, unless that is meant.
fn double_booked(turn: &mut Turn<'_>, clashes: &[(&str, Met)]) {
    let allowed = turn.given("allowDoubleBooking") == Some(&json!(true));
    // Who is busy, nobody knows while anything else is wrong.
    let fine = turn.is_fine();
    if !fine {
        turn.warnings = None;
    }
    turn.rule(!(allowed || fine && clashes.is_empty()), "DOUBLE_BOOKED", "date");
}

/// The other visits are told in either case; one that was not written has no id. `written` has the rows of the input.
fn warn(turn: &mut Turn<'_>, path: &str, clashes: &[(&str, Met)], written: &[Option<Value>]) {
    let id = |key: &Value| id_of("Consultation", key);
    for (who, met) in clashes {
        let other = match met {
            Met::Booked(key) => Some(id(key)),
            Met::Beside(number) => written[*number].as_ref().map(id),
        };
        let warning = ((*who).to_owned(), path.to_owned(), other);
        turn.warnings.iter_mut().for_each(|all| all.extend([warning.clone()]));
    }
}

fn write(turn: &mut Turn<'_>, columns: Row, at: &str, opened: &str) -> Result<Value, Stop> {
    consult(turn, opened, &columns["patient_id"], &columns["doctor_id"])?;
    turn.insert("Consultation", at, columns)
}

pub fn reschedule(turn: &mut Turn<'_>) -> Done {
    let mut columns = turn.columns(VISIT, false);
    columns.extend(turn.columns(FINDINGS, false));
    let visit = scheduled(turn)?;
    turn.refer("Doctor", "id", Some(&visit["doctor_id"]));
    let (from, at) = (visit["consultation_date"].clone(), json!(text(turn.now)));
    columns.extend(row([("rescheduled_from", from), ("rescheduled_at", at)]));
    book(turn, &visit, columns)
}

/// Writes columns over a visit, which may thereby be booked for another time, doctor or patient.
fn book(turn: &mut Turn<'_>, visit: &Row, columns: Row) -> Done {
    let mut after = visit.clone();
    after.extend(columns.clone());
    let decides = ["consultation_date", "duration_minutes", "doctor_id", "status"];
    // A wrong value may be one that decides.
    if !turn.is_fine() || decides.iter().any(|column| value(visit, column) != value(&after, column)) {
        let clashes = clashes(turn, &after);
        double_booked(turn, &clashes);
        warn(turn, "date", &clashes, &[]);
    }
    turn.finish()?;
    turn.save("Consultation", "/consultation", visit, columns)
}

/// The visit to change, which has to be scheduled.
fn scheduled(turn: &mut Turn<'_>) -> Result<Row, Stop> {
    let visit = turn.target("Consultation")?;
    turn.rule(visit["status"] != "scheduled", "INVALID_TRANSITION", "id");
    Ok(visit)
}

pub fn complete(turn: &mut Turn<'_>) -> Done {
    let mut columns = turn.columns(VISIT, false);
    columns.extend(turn.columns(FINDINGS, false));
    let future = |date: &Value| date.as_str() > Some(&text(turn.now));
    let (given, late) = (turn.given("date").is_some(), future(value(&columns, "consultation_date")));
    if late {
        turn.problem("IN_FUTURE", "date");
    }
    let visit = scheduled(turn)?;
    let early = visit["consultation_date"].as_str() > Some(&text(turn.now));
    turn.rule(early && !given, "IN_FUTURE", "date");
    turn.finish()?;
    columns.extend(row([("status", json!("completed"))]));
    turn.save("Consultation", "/consultation", &visit, columns)
}

pub fn cancel(turn: &mut Turn<'_>) -> Done {
    let visit = scheduled(turn)?;
    turn.finish()?;
    turn.save("Consultation", "/consultation", &visit, row([("status", json!("cancelled"))]))
}

pub fn mark_no_show(turn: &mut Turn<'_>) -> Done {
    let visit = scheduled(turn)?;
    turn.rule(visit["consultation_date"].as_str() > Some(&text(turn.now)), "IN_FUTURE", "id");
    turn.finish()?;
    turn.save("Consultation", "/consultation", &visit, row([("status", json!("no-show"))]))
}

pub fn delete(turn: &mut Turn<'_>) -> Done {
    let visit = turn.target("Consultation")?;
    turn.delete("Consultation", &visit)?;
    turn.state.remove(REVISIONS, |revision| revision["consultation_id"] == visit["id"]);
    Ok(())
}

/// What an earlier state of a visit keeps.
const KEPT: [&str; 12] = [
    "patient_id",
    "doctor_id",
    "consultation_date",
    "consultation_type",
    "status",
    "chief_complaint",
    "diagnosis",
    "prescription",
    "notes",
    "next_visit_date",
    "duration_minutes",
    "fee_charged_cents",
];

pub fn update(turn: &mut Turn<'_>) -> Done {
    let mut columns = turn.columns(VISIT, false);
    columns.extend(turn.columns(FINDINGS, false));
    let reason = reason(turn, Known::Free);
    let visit = turn.target("Consultation")?;
    let mut after = visit.clone();
    after.extend(columns.clone());
    let changes = |column: &str| value(&visit, column) != value(&after, column);
    let over = visit["status"] != "scheduled";
    if changes("doctor_id") {
        turn.refer("Doctor", "doctorId", Some(&after["doctor_id"]));
        turn.rule(over, "INVALID_TRANSITION", "doctorId");
    }
    let session = columns.get("session_id").cloned();
    turn.same_patient("AnalysisSession", "sessionId", session.as_ref(), Some(&visit["patient_id"]));
    let moves = [("consultation_date", "date"), ("status", "status")].map(|(column, field)| (changes(column), field));
    let mut corrects = false;
    if !over {
        // Moves, completions and cancellations of a scheduled visit have mutations of their own.
        moves.iter().for_each(|(changes, field)| turn.rule(*changes, "INVALID_TRANSITION", field));
    } else {
        let moved = moves.iter().find(|(changes, _)| *changes);
        if let Some((_, field)) = moved {
            let future = after["consultation_date"].as_str() > Some(&text(turn.now));
            turn.rule(future && has_begun(&after), "IN_FUTURE", field);
        }
        let findings = ["diagnosis", "prescription", "notes"].into_iter().any(changes);
        let was_completed = visit["status"] == "completed";
        corrects = moved.is_some() || (was_completed && findings);
        if corrects {
            turn.rule(reason.is_null(), "REQUIRED", "reason");
            if was_completed {
                keep_revision(turn, &visit, &reason);
            }
            columns.insert("correction_reason".to_owned(), reason);
            columns.insert("corrected_at".to_owned(), json!(text(turn.now)));
            columns.insert("corrected_by".to_owned(), turn.by.clone());
        }
    }
    // A wrong value may hide that something is corrected, or pretend it.
    let hidden = !turn.is_fine() && over && !corrects;
    turn.rule(hidden, "REQUIRED", "reason");
    book(turn, &visit, columns)?;
    if changes("doctor_id") {
        consult(turn, "/openedAssignment", &visit["patient_id"], &after["doctor_id"])?;
    }
    Ok(())
}

/// What a completed visit said before a correction. A correction is known by its new instant: two at the same one are
/// told apart by nothing, and the second has no reason and nobody of its own.
fn keep_revision(turn: &mut Turn<'_>, visit: &Row, reason: &Value) {
    let mut revision: Row = KEPT.iter().map(|column| ((*column).to_owned(), value(visit, column).clone())).collect();
    let signed = value(visit, "corrected_at") != &json!(text(turn.now));
    revision.extend(row([
        ("consultation_id", visit["id"].clone()),
        ("consultation_version", visit["version"].clone()),
        ("reason", if signed { reason.clone() } else { Value::Null }),
        ("changed_by", if signed { turn.by.clone() } else { Value::Null }),
    ]));
    turn.state.add(REVISIONS, revision);
}
