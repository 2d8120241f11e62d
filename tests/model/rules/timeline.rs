//! Notes, and what the database keeps itself.

use serde_json::json;

use super::super::fields::NOTE;
use super::super::state::{key, row};
use super::super::turn::{Done, Stop, Turn};
use crate::naive::tables::Row;

const NOTES: &str = "TimelineEvent";
/// The version digit in the key of an event that the database made of a scan.
const SCAN: &str = "9";

pub fn add_note(turn: &mut Turn<'_>) -> Done {
    let mut columns = turn.columns(NOTE, true);
    turn.refer("Patient", "patientId", columns.get("patient_id"));
    turn.refer("Doctor", "doctorId", columns.get("doctor_id"));
    turn.finish()?;
    columns.extend(row([("event_type", json!("note")), ("author_id", turn.by.clone())]));
    turn.insert(NOTES, "/timelineEvent", columns).map(drop)
}

pub fn update_note(turn: &mut Turn<'_>) -> Done {
    let columns = turn.columns(NOTE, false);
    let note = note(turn)?;
    turn.refer("Doctor", "doctorId", columns.get("doctor_id"));
    turn.finish()?;
    turn.save(NOTES, "/timelineEvent", &note, columns)
}

pub fn delete_note(turn: &mut Turn<'_>) -> Done {
    let note = note(turn)?;
    turn.delete(NOTES, &note)
}

/// The event to change, which a person wrote. Those that the database made have the keys of their sources but for one
/// digit; of these, only scans' are tried.
fn note(turn: &mut Turn<'_>) -> Result<Row, Stop> {
    let event = key(NOTES, &turn.input["id"]).map(|key| key.as_str().expect("a key").to_owned());
    match event.filter(|event| event[14..15] == *SCAN) {
        Some(event) => made(turn, &event),
        None => turn.target(NOTES),
    }
}

/// No person changes a made event, in whichever version it was read.
fn made(turn: &mut Turn<'_>, event: &str) -> Result<Row, Stop> {
    let scan = json!(format!("{}7{}", &event[..14], &event[15..]));
    turn.state.find("Scan", &scan).ok_or(Stop::NotFound)?;
    turn.refuse_with(&["INVALID_TRANSITION id", "CONFLICT version", "ARCHIVED id"]);
    Err(Stop::Refused)
}

/// What the triggers keep never differs from what the record says, whoever asks and for whichever patient.
pub fn recalculate(turn: &mut Turn<'_>) -> Done {
    let patient = key("Patient", &turn.input["patientId"]).ok_or(Stop::NotFound)?;
    turn.state.find("Patient", &patient).ok_or(Stop::NotFound)?;
    match turn.answer.at("/differences").as_array().is_some_and(Vec::is_empty) {
        true => Ok(()),
        false => Err(Stop::Strange("the figures are right".to_owned())),
    }
}
