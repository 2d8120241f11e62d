//! Patients, doctors and accounts.

use serde_json::{Value, json};

use super::super::call::text;
use super::super::fields::{DOCTOR, Form, Known, PATIENT, USER};
use super::super::state::{ERASURES, REVISIONS, row, value};
use super::super::turn::{Done, Turn, is_archived};
use crate::naive::tables::Row;
use crate::support::factory::{fold, search_text};

/// Where doctors are named.
const DOCTORS: &[&str] =
    &["doctor_patient_assignments", "consultations", "consultation_revisions", "sessions", "patient_timeline"];

/// Where accounts are named.
const USERS: &[(&str, &str)] = &[
    ("patients", "user_id"),
    ("doctors", "user_id"),
    ("sessions", "user_id"),
    ("sessions", "agent_id"),
    ("consultations", "corrected_by"),
    (REVISIONS, "changed_by"),
    ("medical_reports", "released_by"),
    ("report_status", "requested_by"),
    ("patient_timeline", "author_id"),
    (ERASURES, "erased_by"),
];

pub fn create_patient(turn: &mut Turn<'_>) -> Done {
    let columns = searched("patients", patient(turn, true), &Row::new());
    lifetime(turn, &Row::new());
    turn.unique("Patient", &[("mrn", "mrn")], &columns);
    turn.finish()?;
    turn.insert("Patient", "/patient", columns).map(drop)
}

pub fn update_patient(turn: &mut Turn<'_>) -> Done {
    let columns = patient(turn, false);
    let patient = turn.target("Patient")?;
    let columns = searched("patients", columns, &patient);
    lifetime(turn, &patient);
    turn.unique("Patient", &[("mrn", "mrn")], &columns);
    turn.finish()?;
    turn.save("Patient", "/patient", &patient, columns)
}

fn patient(turn: &mut Turn<'_>, new: bool) -> Row {
    let mut columns = folded(turn.columns(PATIENT, new));
    if let Some(contact) = turn.given("emergencyContact").cloned() {
        for part in ["name", "phone"] {
            let (column, name) = (format!("emergency_contact_{part}"), format!("emergencyContact.{part}"));
            match Form::Line.keep(contact.get(part).unwrap_or(&Value::Null), Known::Free, turn.now) {
                Ok(line) => drop(columns.insert(column, line)),
                Err(code) => turn.problem(code, &name),
            }
        }
    }
    columns
}

/// Nobody dies before being born.
fn lifetime(turn: &mut Turn<'_>, stood: &Row) {
    let day = |field: &str, column: &str| turn.given(field).unwrap_or_else(|| value(stood, column)).as_str();
    let (born, died) = (day("dateOfBirth", "date_of_birth"), day("dateOfDeath", "date_of_death"));
    let broken = born.is_some() && died.is_some() && died < born;
    turn.rule(broken, "INVALID", "dateOfDeath");
}

/// Names are compared and ordered folded.
fn folded(mut columns: Row) -> Row {
    if let Some(name) = columns.get("name").and_then(Value::as_str).map(fold) {
        columns.insert("name_folded".to_owned(), json!(name));
    }
    columns
}

/// People are searched by what the row is going to hold.
fn searched(table: &str, mut columns: Row, stood: &Row) -> Row {
    let mut after = stood.clone();
    after.extend(columns.clone());
    let searched = search_text(table, |column| after.get(column).and_then(Value::as_str));
    columns.insert("search_text".to_owned(), json!(searched));
    columns
}

pub fn archive(turn: &mut Turn<'_>, type_name: &str, at: &str, archive: bool) -> Done {
    let person = turn.held(type_name)?;
    turn.rule(is_archived(&person) == archive, "INVALID_TRANSITION", "id");
    turn.finish()?;
    let since = if archive { json!(text(turn.now)) } else { Value::Null };
    turn.save(type_name, at, &person, row([("archived_at", since)]))
}

pub fn erase_patient(turn: &mut Turn<'_>) -> Done {
    let reason = reason(turn, Known::Always);
    let patient = turn.held("Patient")?;
    turn.rule(!is_archived(&patient), "INVALID_TRANSITION", "id");
    turn.finish()?;
    turn.delete("Patient", &patient)?;
    turn.state.remove_patient(&patient["patient_id"]);
    let erasure = row([
        ("id", patient["patient_id"].clone()),
        ("reason", reason),
        ("erased_at", json!(text(turn.now))),
        ("erased_by", turn.by.clone()),
    ]);
    turn.state.add(ERASURES, erasure);
    Ok(())
}

/// Why something is done, as it is kept; nothing where it is not said.
pub fn reason(turn: &mut Turn<'_>, known: Known) -> Value {
    let kept = Form::Line.keep(turn.given("reason").unwrap_or(&Value::Null), known, turn.now);
    kept.unwrap_or_else(|code| {
        turn.problem(code, "reason");
        Value::Null
    })
}

pub fn create_doctor(turn: &mut Turn<'_>) -> Done {
    let columns = searched("doctors", folded(turn.columns(DOCTOR, true)), &Row::new());
    turn.unique("Doctor", &[("licenseNumber", "license_number")], &columns);
    turn.finish()?;
    turn.insert("Doctor", "/doctor", columns).map(drop)
}

pub fn update_doctor(turn: &mut Turn<'_>) -> Done {
    let columns = folded(turn.columns(DOCTOR, false));
    let doctor = turn.target("Doctor")?;
    let columns = searched("doctors", columns, &doctor);
    turn.unique("Doctor", &[("licenseNumber", "license_number")], &columns);
    turn.finish()?;
    turn.save("Doctor", "/doctor", &doctor, columns)
}

/// An archived doctor can be deleted too, but none whom a record names.
pub fn delete_doctor(turn: &mut Turn<'_>) -> Done {
    let doctor = turn.held("Doctor")?;
    let named = turn.state.names(DOCTORS, "doctor_id", &doctor["doctor_id"]);
    turn.rule(named, "IN_USE", "id");
    turn.finish()?;
    turn.delete("Doctor", &doctor)
}

const NAMES: &[(&str, &str)] = &[("username", "username"), ("email", "email")];
/// Whose an account can be: the field, the column, the type, and the role that it has then.
const OWNERS: [(&str, &str, &str, &str); 2] =
    [("doctorId", "doctor_id", "Doctor", "doctor"), ("patientId", "patient_id", "Patient", "patient")];

pub fn create_user(turn: &mut Turn<'_>) -> Done {
    let mut columns = turn.columns(USER, true);
    columns.insert("is_active".to_owned(), json!(true));
    let owners = owners(turn, &columns, &Row::new());
    turn.unique("User", NAMES, &columns);
    turn.finish()?;
    let user = turn.insert("User", "/user", without_owners(columns))?;
    link(turn, &user, &owners);
    Ok(())
}

pub fn update_user(turn: &mut Turn<'_>) -> Done {
    let mut columns = turn.columns(USER, false);
    match turn.given("isActive").cloned() {
        Some(Value::Null) => turn.problem("REQUIRED", "isActive"),
        Some(active) => drop(columns.insert("is_active".to_owned(), active)),
        None => {}
    }
    let user = turn.target("User")?;
    let owners = owners(turn, &columns, &user);
    let after = |column: &str| columns.get(column).unwrap_or(&user[column]);
    if after("role") != "admin" {
        last_admin(turn, &user, "role");
    } else if *after("is_active") != true {
        last_admin(turn, &user, "isActive");
    }
    turn.unique("User", NAMES, &columns);
    turn.finish()?;
    turn.save("User", "/user", &user, without_owners(columns))?;
    link(turn, &user["id"], &owners);
    Ok(())
}

pub fn delete_user(turn: &mut Turn<'_>) -> Done {
    let user = turn.target("User")?;
    last_admin(turn, &user, "id");
    turn.finish()?;
    let named = USERS.iter().any(|(table, column)| turn.state.names(&[table], column, &user["id"]));
    turn.rule(named, "IN_USE", "id");
    turn.finish()?;
    turn.delete("User", &user)
}

/// Somebody can always run the clinic.
fn last_admin(turn: &mut Turn<'_>, user: &Row, field: &str) {
    let runs = |row: &Row| row["role"] == "admin" && row["is_active"] == true;
    let others = turn.state.all("User").any(|other| other["id"] != user["id"] && runs(other));
    turn.rule(runs(user) && !others, "LAST_ADMIN", field);
}

/// Who is to have the account: each has one at most, and a role that fits. In the order of `OWNERS`, where it changes.
fn owners(turn: &mut Turn<'_>, columns: &Row, user: &Row) -> [Option<Value>; 2] {
    let role = columns.get("role").unwrap_or_else(|| value(user, "role")).clone();
    OWNERS.map(|(field, column, type_name, fitting)| {
        let given = columns.get(column).filter(|_| turn.given(field).is_some()).cloned();
        let owner = turn.refer(type_name, field, given.as_ref());
        let other = |owner: &Row| !value(owner, "user_id").is_null() && value(owner, "user_id") != value(user, "id");
        if owner.as_ref().is_some_and(other) {
            turn.problem("TAKEN", field);
        }
        let had = turn.state.all(type_name).any(|row| !user.is_empty() && value(row, "user_id") == &user["id"]);
        let has = given.as_ref().map_or(had, |given| !given.is_null());
        turn.rule(has && role != fitting, "INVALID", field);
        given
    })
}

/// The account itself does not say whose it is.
fn without_owners(mut columns: Row) -> Row {
    columns.retain(|column, _| !["doctor_id", "patient_id"].contains(&column.as_str()));
    columns
}

/// Gives the account to whoever is to have it, and to nobody else.
fn link(turn: &mut Turn<'_>, user: &Value, owners: &[Option<Value>; 2]) {
    for ((_, column, ..), owner) in OWNERS.iter().zip(owners) {
        let Some(owner) = owner else { continue };
        let table = if *column == "doctor_id" { "doctors" } else { "patients" };
        turn.state.change(
            table,
            |row| value(row, "user_id") == user,
            |row| {
                row.insert("user_id".to_owned(), Value::Null);
            },
        );
        turn.state.change(
            table,
            |row| row[*column] == *owner,
            |row| {
                row.insert("user_id".to_owned(), user.clone());
            },
        );
    }
}
