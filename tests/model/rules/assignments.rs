//! Which doctor answers for which patient.

use serde_json::{Value, json};

use super::super::call::text;
use super::super::fields::ASSIGNMENT;
use super::super::state::{row, value};
use super::super::turn::{Done, Stop, Turn};
use crate::naive::tables::Row;

const TABLE: &str = "doctor_patient_assignments";

pub fn assign(turn: &mut Turn<'_>) -> Done {
    let mut columns = turn.columns(ASSIGNMENT, true);
    let (patient, doctor) = (columns.get("patient_id").cloned(), columns.get("doctor_id").cloned());
    turn.refer("Patient", "patientId", patient.as_ref());
    turn.refer("Doctor", "doctorId", doctor.as_ref());
    taken(turn, &columns);
    turn.finish()?;
    columns.extend(row([("is_active", json!(true))]));
    turn.insert("Assignment", "/assignment", columns).map(drop)
}

pub fn update(turn: &mut Turn<'_>) -> Done {
    let mut columns = turn.columns(ASSIGNMENT, false);
    match turn.given("endedAt").cloned() {
        Some(Value::Null) => turn.problem("REQUIRED", "endedAt"),
        Some(at) if at.as_str() > Some(&text(turn.now)) => turn.problem("IN_FUTURE", "endedAt"),
        Some(at) => drop(columns.insert("ended_at".to_owned(), at)),
        None => {}
    }
    let assignment = turn.target("Assignment")?;
    let (open, ends) = (value(&assignment, "ended_at").is_null(), turn.given("endedAt").is_some());
    turn.rule(open && ends, "INVALID_TRANSITION", "endedAt");
    let mut after = assignment.clone();
    after.extend(columns.clone());
    let began = turn.given("assignedAt").unwrap_or(&assignment["assignment_date"]).clone();
    let ended = turn.given("endedAt").unwrap_or_else(|| value(&assignment, "ended_at")).clone();
    let backwards = !ended.is_null() && ended.as_str() < began.as_str();
    turn.rule(backwards, "INVALID", if ends { "endedAt" } else { "assignedAt" });
    if open {
        taken(turn, &after);
    }
    turn.finish()?;
    turn.save("Assignment", "/assignment", &assignment, columns)
}

pub fn end(turn: &mut Turn<'_>) -> Done {
    let now = text(turn.now);
    let at = turn.given("endedAt").and_then(Value::as_str).unwrap_or(&now).to_owned();
    if at > now {
        turn.problem("IN_FUTURE", "endedAt");
    }
    let assignment = turn.target("Assignment")?;
    turn.rule(!value(&assignment, "ended_at").is_null(), "INVALID_TRANSITION", "id");
    turn.rule(assignment["assignment_date"].as_str() > Some(&at), "INVALID", "endedAt");
    turn.finish()?;
    turn.save("Assignment", "/assignment", &assignment, ended(&at))
}

fn ended(at: &str) -> Row {
    row([("is_active", json!(false)), ("ended_at", json!(at))])
}

/// A doctor has one open assignment of a type to a patient, and a patient one primary doctor.
fn taken(turn: &mut Turn<'_>, wanted: &Row) {
    let same = |row: &Row, column: &str| value(row, column) == value(wanted, column);
    let meets = |row: &Row| same(row, "doctor_id") || value(wanted, "assignment_type") == "primary";
    let taken = turn.state.rows(TABLE).any(|row| {
        row["is_active"] == true
            && same(row, "patient_id")
            && same(row, "assignment_type")
            && meets(row)
            && !same(row, "id")
    });
    turn.rule(taken, "TAKEN", "type");
}

/// The present primary doctor's assignment ends, and the other's begins at the same instant.
pub fn transfer(turn: &mut Turn<'_>) -> Done {
    let named = |turn: &mut Turn<'_>, type_name, field: &str| {
        let key = super::super::state::key(type_name, &turn.input[field]);
        if key.is_none() {
            turn.problem("NOT_FOUND", field);
        }
        key
    };
    let patient = named(turn, "Patient", "patientId");
    let (from, to) = (named(turn, "Doctor", "fromDoctorId"), named(turn, "Doctor", "toDoctorId"));
    if from.is_some() && from == to {
        turn.problem("INVALID", "toDoctorId");
    }
    let stays = turn.given("formerStaysAs").and_then(Value::as_str).map(str::to_lowercase);
    if stays.as_deref() == Some("primary") {
        turn.problem("INVALID", "formerStaysAs");
    }
    let notes = turn.columns(ASSIGNMENT, false);
    turn.refer("Patient", "patientId", patient.as_ref());
    // Of the former doctor nothing is asked but to exist: it may be an archived one who is replaced.
    if from.as_ref().is_some_and(|from| turn.state.find("Doctor", from).is_none()) {
        turn.problem("NOT_FOUND", "fromDoctorId");
    }
    turn.refer("Doctor", "toDoctorId", to.as_ref());
    let open = |turn: &Turn<'_>, doctor: Option<&Value>, kind: &str| {
        let meant = |row: &Row| Some(&row["patient_id"]) == patient.as_ref() && Some(&row["doctor_id"]) == doctor;
        let open = |row: &Row| row["is_active"] == true && row["assignment_type"] == kind;
        turn.state.rows(TABLE).find(|row| meant(row) && open(row)).cloned()
    };
    let primary = open(turn, from.as_ref(), "primary");
    turn.rule(primary.is_none(), "CONFLICT", "fromDoctorId");
    turn.finish()?;
    let (Some(primary), Some(patient), Some(from), Some(to)) = (primary, &patient, &from, &to) else {
        return Err(Stop::Refused);
    };
    turn.save("Assignment", "/endedAssignment", &primary, ended(&text(turn.now)))?;
    begin(turn, "/assignment", (patient, to), "primary", notes)?;
    match stays {
        Some(kind) if open(turn, Some(from), &kind).is_none() => {
            begin(turn, "/formerAssignment", (patient, from), &kind, Row::new())
        }
        _ => turn.nothing_new("Assignment", "/formerAssignment"),
    }
}

fn begin(turn: &mut Turn<'_>, at: &str, (patient, doctor): (&Value, &Value), kind: &str, more: Row) -> Done {
    let mut columns = row([
        ("patient_id", patient.clone()),
        ("doctor_id", doctor.clone()),
        ("assignment_type", json!(kind)),
        ("assignment_date", json!(text(turn.now))),
        ("is_active", json!(true)),
    ]);
    columns.extend(more);
    turn.insert("Assignment", at, columns).map(drop)
}

/// A doctor who sees a patient has an assignment; without an open one the doctor becomes consultant.
pub fn consult(turn: &mut Turn<'_>, at: &str, patient: &Value, doctor: &Value) -> Done {
    let open = |row: &Row| row["is_active"] == true && row["patient_id"] == *patient && row["doctor_id"] == *doctor;
    if !turn.state.rows(TABLE).any(|row| open(row)) {
        return begin(turn, at, (patient, doctor), "consultant", Row::new());
    }
    turn.nothing_new("Assignment", at)
}
