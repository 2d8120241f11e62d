//! Sessions, scans and predictions.

use serde_json::{Value, json};

use super::super::compare::BY_THE_DATABASE;
use super::super::fields::{Field, PREDICTION, SCAN, SESSION};
use super::super::state::{LINKS, row, value};
use super::super::turn::{Done, Turn};
use crate::naive::tables::Row;

/// What can belong to a session.
const PARTS: &[&str] = &["mri_scans", "predictions", "medical_reports", "consultations", "report_status"];

pub fn create_session(turn: &mut Turn<'_>) -> Done {
    let mut columns = turn.columns(SESSION, true);
    turn.refer("Patient", "patientId", columns.get("patient_id"));
    people(turn, &columns);
    turn.finish()?;
    columns.insert("user_id".to_owned(), turn.by.clone());
    turn.insert("AnalysisSession", "/analysisSession", columns).map(drop)
}

pub fn update_session(turn: &mut Turn<'_>) -> Done {
    let columns = turn.columns(SESSION, false);
    let session = turn.target("AnalysisSession")?;
    people(turn, &columns);
    turn.finish()?;
    turn.save("AnalysisSession", "/analysisSession", &session, columns)
}

/// The doctor is there, and the agent is a program that can sign in.
fn people(turn: &mut Turn<'_>, columns: &Row) {
    turn.refer("Doctor", "doctorId", columns.get("doctor_id"));
    let agent = turn.refer("User", "agentId", columns.get("agent_id"));
    if agent.is_some_and(|agent| agent["role"] != "agent" || agent["is_active"] != true) {
        turn.problem("INVALID", "agentId");
    }
}

pub fn delete_session(turn: &mut Turn<'_>) -> Done {
    let session = turn.target("AnalysisSession")?;
    let used = turn.state.names(PARTS, "session_id", &session["id"]);
    turn.rule(used, "IN_USE", "id");
    turn.finish()?;
    turn.delete("AnalysisSession", &session)
}

fn fields(type_name: &str) -> &'static [Field] {
    if type_name == "Scan" { SCAN } else { PREDICTION }
}

pub fn create(turn: &mut Turn<'_>, type_name: &'static str) -> Done {
    let columns = look_at(turn, type_name);
    turn.finish()?;
    turn.insert(type_name, &format!("/{}", type_name.to_lowercase()), columns).map(drop)
}

pub fn create_many(turn: &mut Turn<'_>, type_name: &'static str) -> Done {
    let (whole, list) = (turn.input, format!("{}s", type_name.to_lowercase()));
    let (mut rows, mut fine) = (vec![], vec![]);
    for number in 0..whole[&list].as_array().map_or(0, Vec::len) {
        turn.look_at_all(whole);
        turn.look_at(&list, number);
        rows.push(look_at(turn, type_name));
        fine.push(turn.is_fine());
    }
    turn.look_at_all(whole);
    let written = turn.settle(fine, &list)?;
    for (number, columns) in rows.into_iter().enumerate().filter(|(number, _)| written[*number]) {
        turn.insert(type_name, &format!("/{list}/{number}"), columns)?;
    }
    if written.contains(&true) { Ok(()) } else { turn.finish() }
}

fn look_at(turn: &mut Turn<'_>, type_name: &str) -> Row {
    let columns = turn.columns(fields(type_name), true);
    let patient = columns.get("patient_id");
    turn.refer("Patient", "patientId", patient);
    origin(turn, &columns, patient);
    columns
}

/// Session and scan are of the same patient.
fn origin(turn: &mut Turn<'_>, columns: &Row, patient: Option<&Value>) {
    turn.same_patient("AnalysisSession", "sessionId", columns.get("session_id"), patient);
    turn.same_patient("Scan", "scanId", columns.get("mri_scan_id"), patient);
}

pub fn update_scan(turn: &mut Turn<'_>) -> Done {
    let columns = turn.columns(SCAN, false);
    let scan = turn.target("Scan")?;
    origin(turn, &columns, Some(&scan["patient_id"]));
    turn.finish()?;
    turn.save("Scan", "/scan", &scan, columns)
}

/// What was made from the scan stays.
pub fn delete_scan(turn: &mut Turn<'_>) -> Done {
    let scan = turn.target("Scan")?;
    turn.delete("Scan", &scan)?;
    fail_requests(turn, "mri_scan_id", &scan["id"]);
    forget(turn, &["predictions", "report_status"], "mri_scan_id", &scan["id"]);
    Ok(())
}

/// Clears a column where it names a record that is no more.
pub fn forget(turn: &mut Turn<'_>, tables: &[&str], column: &str, key: &Value) {
    for table in tables {
        turn.state.change(table, |row| value(row, column) == key, |row| row.extend(cleared(column)));
    }
}

/// A request about what is no more cannot be fulfilled.
fn fail_requests(turn: &mut Turn<'_>, column: &str, key: &Value) {
    let live = |row: &Row| ["pending", "generating", "failed"].iter().any(|status| row["status"] == *status);
    turn.state.change(
        "report_status",
        |request| {
            value(request, column) == key && live(request) && value(request, "failure_cause") != "subject_deleted"
        },
        |request| {
            let version = request["version"].as_i64().expect("a version") + 1;
            request.extend(row([
                ("status", json!("failed")),
                ("failure_cause", json!("subject_deleted")),
                ("error_message", json!("What the report was to be about was deleted. Request another one.")),
                ("next_attempt_at", Value::Null),
                ("version", json!(version)),
                ("updated_at", json!(BY_THE_DATABASE)),
            ]));
        },
    );
}

fn cleared(column: &str) -> Row {
    row([(column, Value::Null)])
}

pub fn update_prediction(turn: &mut Turn<'_>) -> Done {
    let columns = turn.columns(PREDICTION, false);
    let prediction = turn.target("Prediction")?;
    origin(turn, &columns, Some(&prediction["patient_id"]));
    not_given_out(turn, &prediction);
    turn.finish()?;
    turn.save("Prediction", "/prediction", &prediction, columns)
}

/// What was given out stays as it is.
fn not_given_out(turn: &mut Turn<'_>, prediction: &Row) {
    turn.rule(!value(prediction, "released_at").is_null(), "IN_USE", "id");
}

pub fn delete_prediction(turn: &mut Turn<'_>) -> Done {
    let prediction = turn.target("Prediction")?;
    not_given_out(turn, &prediction);
    turn.finish()?;
    turn.delete("Prediction", &prediction)?;
    fail_requests(turn, "prediction_id", &prediction["id"]);
    turn.state.remove(LINKS, |link| link["prediction_id"] == prediction["id"]);
    forget(turn, &["medical_reports", "report_status"], "prediction_id", &prediction["id"]);
    Ok(())
}
