//! Reports, the predictions they show, and the requests for them.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::super::call::text;
use super::super::fields::{Known, REPORT, REQUEST, SUBJECT};
use super::super::state::{LINKS, key, row, value};
use super::super::turn::{Done, Stop, Turn};
use super::people::reason;
use crate::naive::tables::Row;

/// The predictions that an input names, by their numbers in its list; nothing where it has no list.
type Shown = Option<Vec<(usize, Value)>>;

pub fn create(turn: &mut Turn<'_>) -> Done {
    let mut columns = turn.columns(REPORT, true);
    let shown = shown(turn);
    let patient = columns.get("patient_id").cloned();
    turn.refer("Patient", "patientId", patient.as_ref());
    origin(turn, &columns, &shown, patient.as_ref());
    turn.finish()?;
    columns.extend(row([("status", json!("draft")), ("revision", json!(1))]));
    let main = value(&columns, "prediction_id").clone();
    let (patient, report) = (columns["patient_id"].clone(), turn.insert("Report", "/report", columns)?);
    show(turn, &report, &patient, keys(shown), &main);
    Ok(())
}

fn shown(turn: &mut Turn<'_>) -> Shown {
    let ids = turn.given("predictionIds")?.as_array().cloned().unwrap_or_default();
    let mut keys = vec![];
    for (number, id) in ids.iter().enumerate() {
        match key("Prediction", id) {
            Some(key) => keys.push((number, key)),
            None => turn.problem("NOT_FOUND", &format!("predictionIds.{number}")),
        }
    }
    Some(keys)
}

fn keys(shown: Shown) -> Vec<Value> {
    shown.into_iter().flatten().map(|(_, key)| key).collect()
}

/// All that a report names is of the same patient.
fn origin(turn: &mut Turn<'_>, columns: &Row, shown: &Shown, patient: Option<&Value>) {
    turn.same_patient("AnalysisSession", "sessionId", columns.get("session_id"), patient);
    turn.same_patient("Prediction", "predictionId", columns.get("prediction_id"), patient);
    for (number, key) in shown.iter().flatten() {
        turn.same_patient("Prediction", &format!("predictionIds.{number}"), Some(key), patient);
    }
}

/// Makes a report show predictions, and the one that it is mainly about.
fn show(turn: &mut Turn<'_>, report: &Value, patient: &Value, wanted: Vec<Value>, main: &Value) {
    for prediction in wanted.into_iter().chain([main.clone()]).filter(|key| !key.is_null()) {
        if !shows(turn, report).contains(&prediction) {
            let link = [("report_id", report.clone()), ("prediction_id", prediction), ("patient_id", patient.clone())];
            turn.state.add(LINKS, row(link));
        }
    }
}

/// The predictions that a report shows.
fn shows(turn: &Turn<'_>, report: &Value) -> Vec<Value> {
    let links = turn.state.rows(LINKS).filter(|link| link["report_id"] == *report);
    links.map(|link| link["prediction_id"].clone()).collect()
}

pub fn update(turn: &mut Turn<'_>) -> Done {
    let columns = turn.columns(REPORT, false);
    let shown = shown(turn);
    let report = turn.target("Report")?;
    origin(turn, &columns, &shown, Some(&report["patient_id"]));
    stands(turn, &report, "draft");
    turn.finish()?;
    let main = columns.get("prediction_id").unwrap_or_else(|| value(&report, "prediction_id")).clone();
    turn.save("Report", "/report", &report, columns)?;
    let id = &report["id"];
    if shown.is_some() {
        turn.state.remove(LINKS, |link| link["report_id"] == *id);
    }
    show(turn, id, &report["patient_id"], keys(shown), &main);
    Ok(())
}

fn stands(turn: &mut Turn<'_>, report: &Row, status: &str) {
    turn.rule(report["status"] != status, "INVALID_TRANSITION", "id");
}

pub fn release(turn: &mut Turn<'_>) -> Done {
    let report = turn.target("Report")?;
    stands(turn, &report, "draft");
    turn.finish()?;
    turn.save("Report", "/report", &report, released(turn))?;
    give_out(turn, &report["id"]);
    Ok(())
}

/// What is written where a report is given out.
fn released(turn: &Turn<'_>) -> Row {
    row([("status", json!("released")), ("released_at", now(turn)), ("released_by", turn.by.clone())])
}

fn now(turn: &Turn<'_>) -> Value {
    json!(text(turn.now))
}

/// What a released report shows is released; since when, stays.
fn give_out(turn: &mut Turn<'_>, report: &Value) {
    let (shown, now) = (shows(turn, report), now(turn));
    let new = |row: &Row| shown.contains(&row["id"]) && value(row, "released_at").is_null();
    turn.state.change("predictions", new, |row| drop(row.insert("released_at".to_owned(), now.clone())));
}

pub fn amend(turn: &mut Turn<'_>) -> Done {
    let reason = reason(turn, Known::Always);
    let mut columns = turn.columns(REPORT, false);
    let shown = shown(turn);
    let report = turn.target("Report")?;
    origin(turn, &columns, &shown, Some(&report["patient_id"]));
    stands(turn, &report, "released");
    let superseded = turn.state.names(&["medical_reports"], "supersedes_id", &report["id"]);
    turn.rule(superseded, "INVALID_TRANSITION", "id");
    turn.finish()?;
    let stays = REPORT.iter().filter(|field| !columns.contains_key(field.column));
    let stays: Row = stays.map(|field| (field.column.to_owned(), value(&report, field.column).clone())).collect();
    columns.extend(stays);
    let revision = report["revision"].as_i64().expect("a revision") + 1;
    columns.extend(released(turn));
    columns.extend(row([
        ("revision", json!(revision)),
        ("supersedes_id", report["id"].clone()),
        ("revision_reason", reason),
    ]));
    let main = columns["prediction_id"].clone();
    let wanted = if shown.is_some() { keys(shown) } else { shows(turn, &report["id"]) };
    let new = turn.insert("Report", "/report", columns)?;
    show(turn, &new, &report["patient_id"], wanted, &main);
    give_out(turn, &new);
    Ok(())
}

pub fn withdraw(turn: &mut Turn<'_>) -> Done {
    let reason = reason(turn, Known::Always);
    let report = turn.target("Report")?;
    stands(turn, &report, "released");
    turn.finish()?;
    let withdrawn = row([("status", json!("withdrawn")), ("withdrawn_at", now(turn)), ("withdrawn_reason", reason)]);
    turn.save("Report", "/report", &report, withdrawn)?;
    // What another released report shows stays released.
    let released = turn.state.all("Report").filter(|other| other["status"] == "released");
    let elsewhere: Vec<Value> = released.flat_map(|other| shows(turn, &other["id"])).collect();
    let shown = shows(turn, &report["id"]);
    let hidden = |row: &Row| shown.contains(&row["id"]) && !elsewhere.contains(&row["id"]);
    turn.state.change("predictions", hidden, |row| drop(row.insert("released_at".to_owned(), Value::Null)));
    Ok(())
}

pub fn delete(turn: &mut Turn<'_>) -> Done {
    let report = turn.target("Report")?;
    stands(turn, &report, "draft");
    turn.finish()?;
    turn.delete("Report", &report)?;
    turn.state.remove(LINKS, |link| link["report_id"] == report["id"]);
    Ok(())
}

pub fn request(turn: &mut Turn<'_>) -> Done {
    let mut columns = turn.columns(REQUEST, true);
    columns.extend(turn.columns(SUBJECT, true));
    let patient = columns.get("patient_id").cloned();
    turn.refer("Patient", "patientId", patient.as_ref());
    for (type_name, field, column) in [
        ("AnalysisSession", "sessionId", "session_id"),
        ("Scan", "scanId", "mri_scan_id"),
        ("Prediction", "predictionId", "prediction_id"),
    ] {
        turn.same_patient(type_name, field, columns.get(column), patient.as_ref());
    }
    turn.finish()?;
    if let Some(same) = live(turn, &columns, None) {
        // It is asked for already: whoever wants it most urgently decides.
        let more = columns["priority"].as_i64() > same["priority"].as_i64();
        if same["status"] == "pending" && more {
            let priority = row([("priority", columns["priority"].clone())]);
            return turn.save("ReportRequest", "/reportRequest", &same, priority);
        }
        return turn.nothing_new("ReportRequest", "/reportRequest");
    }
    let next = next_turn(turn, &columns["patient_id"]);
    columns.extend(row([
        ("turn_at", next),
        ("status", json!("pending")),
        ("requested_at", now(turn)),
        ("requested_by", turn.by.clone()),
        ("retry_count", json!(0)),
    ]));
    turn.insert("ReportRequest", "/reportRequest", columns).map(drop)
}

pub fn update_request(turn: &mut Turn<'_>) -> Done {
    let columns = turn.columns(REQUEST, false);
    let request = among(turn, &["pending"])?;
    let mut changed = request.clone();
    changed.extend(columns.clone());
    once(turn, &changed)?;
    turn.save("ReportRequest", "/reportRequest", &request, columns)
}

pub fn retry(turn: &mut Turn<'_>) -> Done {
    let request = among(turn, &["failed"])?;
    turn.rule(value(&request, "failure_cause") == "subject_deleted", "INVALID_TRANSITION", "id");
    once(turn, &request)?;
    let next = next_turn(turn, &request["patient_id"]);
    let again = row([
        ("turn_at", next),
        ("failure_cause", Value::Null),
        ("status", json!("pending")),
        ("retry_count", json!(0)),
        ("next_attempt_at", Value::Null),
        ("error_message", Value::Null),
    ]);
    turn.save("ReportRequest", "/reportRequest", &request, again)
}

pub fn archive_request(turn: &mut Turn<'_>) -> Done {
    let request = among(turn, &["generated", "failed"])?;
    turn.save("ReportRequest", "/reportRequest", &request, row([("status", json!("archived"))]))
}

pub fn delete_request(turn: &mut Turn<'_>) -> Done {
    let request = among(turn, &["pending", "generated", "failed", "archived"])?;
    turn.delete("ReportRequest", &request)
}

/// A minute after the last of the patient's requests that are open, or now.
fn next_turn(turn: &Turn<'_>, patient: &Value) -> Value {
    let open = |row: &Row| row["status"] == "pending" || row["status"] == "generating";
    let turns = turn.state.all("ReportRequest").filter(|row| open(row) && row["patient_id"] == *patient);
    let at = |row: &Row| value(row, "turn_at").as_str().map(|at| at.parse::<DateTime<Utc>>().expect("an instant"));
    let last = turns.filter_map(|row| at(row)).max();
    let apart = last.map(|last| last + TimeDelta::seconds(60));
    json!(text(apart.map_or(turn.now, |apart| apart.max(turn.now))))
}

/// The live request for the same report, but for this one itself.
fn live(turn: &Turn<'_>, wanted: &Row, but: Option<&Value>) -> Option<Row> {
    let same = |row: &Row| {
        let columns = ["patient_id", "report_type", "prediction_id", "mri_scan_id", "session_id"];
        columns.iter().all(|column| value(row, column) == value(wanted, column))
    };
    let live = |row: &Row| row["status"] == "pending" || row["status"] == "generating";
    turn.state
        .all("ReportRequest")
        .find(|row| live(row) && same(row) && Some(&row["id"]) != but)
        .map(|row| (**row).clone())
}

/// No other live request is for the same report.
fn once(turn: &mut Turn<'_>, request: &Row) -> Done {
    let twice = live(turn, request, Some(&request["id"])).is_some();
    turn.rule(twice, "TAKEN", "id");
    turn.finish()
}

/// The request to change, which has to stand at one of these.
fn among(turn: &mut Turn<'_>, statuses: &[&str]) -> Result<Row, Stop> {
    let request = turn.target("ReportRequest")?;
    turn.rule(!statuses.iter().any(|status| request["status"] == *status), "INVALID_TRANSITION", "id");
    turn.finish()?;
    Ok(request)
}
