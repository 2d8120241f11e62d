//! Random statements, as other programs might send them, over few rows and few times, so that they meet.

use crate::support::dice::Dice;

const PATIENTS: usize = 4;
const DOCTORS: usize = 3;
const SESSIONS: usize = 4;
const SOURCES: usize = 8;

/// The tables events and figures come from, and the group of their keys.
const TABLES: [(&str, char); 5] = [
    ("mri_scans", '3'),
    ("predictions", '4'),
    ("medical_reports", '5'),
    ("consultations", '6'),
    ("doctor_patient_assignments", '7'),
];

fn key(group: char, number: usize) -> String {
    format!("'{group}0000000-0000-7000-8000-0000000000{number:02x}'")
}

/// Users, doctors, patients and sessions to write about.
pub fn people() -> Vec<String> {
    let mut statements = Vec::new();
    for number in 0..DOCTORS {
        statements.push(format!("INSERT INTO doctors (doctor_id, name) VALUES ({}, 'D')", key('0', number)));
    }
    statements.extend((0..PATIENTS).map(patient));
    for number in 0..SESSIONS {
        let patient = key('1', number % PATIENTS);
        statements.push(format!("INSERT INTO sessions (id, patient_id) VALUES ({}, {patient})", key('2', number)));
    }
    statements
}

fn patient(number: usize) -> String {
    format!("INSERT INTO patients (patient_id, mrn, name) VALUES ({}, 'M{number}', 'P')", key('1', number))
}

/// Removes everything again.
pub fn nobody() -> [&'static str; 2] {
    ["DELETE FROM patients", "DELETE FROM doctors"]
}

fn time(dice: &mut Dice) -> String {
    format!("'2024-01-0{}T00:00:00.000000Z'", 1 + dice.below(5))
}

fn maybe(dice: &mut Dice, value: String) -> String {
    if dice.chance(40) { "NULL".to_owned() } else { value }
}

fn one_of(dice: &mut Dice, words: &[&str]) -> String {
    match *dice.pick(words) {
        "" => "NULL".to_owned(),
        word => format!("'{word}'"),
    }
}

fn words(dice: &mut Dice) -> String {
    let long = "ä".repeat(230);
    let choices = ["", " ", " \t\n", "tremor", "rigidity on the left", long.as_str()];
    one_of(dice, &choices)
}

fn a_patient(dice: &mut Dice) -> String {
    key('1', dice.below(PATIENTS))
}

fn a_source(dice: &mut Dice, table: (&str, char)) -> String {
    key(table.1, dice.below(SOURCES))
}

/// A statement; it may well be refused.
pub fn statement(dice: &mut Dice) -> String {
    let table = *dice.pick(&TABLES);
    match dice.below(20) {
        0..=7 => insert(dice, table),
        8..=13 => update(dice, table),
        14 => bulk_update(dice),
        15 => format!(
            "UPDATE sessions SET patient_id = {} WHERE id = {}",
            a_patient(dice),
            key('2', dice.below(SESSIONS))
        ),
        16 => format!("DELETE FROM {} WHERE id = {}", table.0, a_source(dice, table)),
        17 => format!("DELETE FROM {} WHERE patient_id = {}", table.0, a_patient(dice)),
        18 if dice.chance(30) => format!("DELETE FROM patients WHERE patient_id = {}", a_patient(dice)),
        _ => patient(dice.below(PATIENTS)),
    }
}

fn insert(dice: &mut Dice, table: (&str, char)) -> String {
    let columns = columns(dice, table, true);
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let mut rows = Vec::new();
    let first = dice.below(SOURCES);
    for offset in 0..1 + dice.below(4) {
        let mut columns = self::columns(dice, table, true);
        columns[0].1 = key(table.1, (first + offset) % SOURCES);
        rows.push(format!("({})", columns.into_iter().map(|(_, value)| value).collect::<Vec<_>>().join(", ")));
    }
    let upsert = if dice.chance(30) {
        let set = columns.iter().skip(1).map(|(name, _)| format!("{name} = excluded.{name}")).collect::<Vec<_>>();
        format!(" ON CONFLICT (id) DO UPDATE SET {}", set.join(", "))
    } else {
        " ON CONFLICT DO NOTHING".to_owned()
    };
    format!("INSERT INTO {} ({}) VALUES {}{upsert}", table.0, names.join(", "), rows.join(", "))
}

fn update(dice: &mut Dice, table: (&str, char)) -> String {
    let mut columns: Vec<(&str, String)> =
        columns(dice, table, false).into_iter().filter(|_| dice.chance(45)).collect();
    if columns.is_empty() {
        columns.push(("version", "version + 1".to_owned()));
    }
    if columns.iter().any(|(name, _)| *name == "patient_id") && table.0 != "doctor_patient_assignments" {
        columns.retain(|(name, _)| *name != "session_id");
        columns.push(("session_id", "NULL".to_owned()));
    }
    let set: Vec<String> = columns.into_iter().map(|(name, value)| format!("{name} = {value}")).collect();
    format!("UPDATE {} SET {} WHERE id = {}", table.0, set.join(", "), a_source(dice, table))
}

/// Columns with random values, the key first where it is asked for.
fn columns(dice: &mut Dice, table: (&str, char), with_key: bool) -> Vec<(&'static str, String)> {
    let mut columns = Vec::new();
    if with_key {
        columns.push(("id", a_source(dice, table)));
    }
    columns.push(("patient_id", a_patient(dice)));
    if table.0 != "doctor_patient_assignments" {
        let session = key('2', dice.below(SESSIONS));
        columns.push(("session_id", if dice.chance(20) { session } else { "NULL".to_owned() }));
    }
    match table.0 {
        "mri_scans" => {
            let taken = time(dice);
            columns.push(("acquired_at", maybe(dice, taken)));
            columns.push(("upload_timestamp", time(dice)));
            columns.push(("original_filename", words(dice)));
        }
        "predictions" => {
            let released = time(dice);
            columns.push(("binary_result", one_of(dice, &["detected", "not_detected", "uncertain", ""])));
            columns.push(("stage_result", one_of(dice, &["1", "Stage 2", "stage 3", ""])));
            columns.push(("created_at", time(dice)));
            columns.push(("released_at", maybe(dice, released)));
        }
        "medical_reports" => {
            columns.push(("created_at", time(dice)));
            columns.push(("title", one_of(dice, &["Findings", "Follow-up"])));
            columns.push(("content", one_of(dice, &["short", "x", &"y".repeat(300)])));
            let (status, released) = *dice.pick(&[("draft", false), ("released", true), ("withdrawn", true)]);
            let supersedes = status != "draft" && dice.chance(50);
            columns.push(("status", format!("'{status}'")));
            columns.push(("released_at", if released { time(dice) } else { "NULL".to_owned() }));
            columns.push(("revision", if supersedes { "2" } else { "1" }.to_owned()));
            columns.push(("supersedes_id", if supersedes { a_source(dice, table) } else { "NULL".to_owned() }));
        }
        "consultations" => {
            columns.push(("doctor_id", key('0', dice.below(DOCTORS))));
            columns.push(("consultation_date", time(dice)));
            columns.push(("consultation_type", one_of(dice, &["in-person", "emergency", "follow-up", ""])));
            let statuses = ["completed", "completed", "scheduled", "cancelled", "no-show"];
            columns.push(("status", one_of(dice, &statuses)));
            columns.push(("chief_complaint", words(dice)));
            columns.push(("diagnosis", words(dice)));
            columns.push(("prescription", words(dice)));
        }
        _ => {
            columns.push(("doctor_id", key('0', dice.below(DOCTORS))));
            columns.push(("assignment_type", one_of(dice, &["primary", "consultant", "specialist"])));
        }
    }
    columns
}

fn bulk_update(dice: &mut Dice) -> String {
    let (from, to) = (a_patient(dice), a_patient(dice));
    let when = time(dice);
    match dice.below(9) {
        0 => "UPDATE predictions SET released_at = CURRENT_TIMESTAMP WHERE 1 = 0".to_owned(),
        1 => format!("UPDATE predictions SET released_at = {when}"),
        2 => format!("UPDATE predictions SET released_at = NULL, created_at = {when}"),
        3 => format!("UPDATE consultations SET status = 'completed' WHERE patient_id = {from}"),
        4 => format!("UPDATE consultations SET diagnosis = NULL, consultation_date = {when}"),
        5 => format!("UPDATE consultations SET patient_id = {to}, session_id = NULL WHERE patient_id = {from}"),
        6 => format!("UPDATE mri_scans SET patient_id = {to}, session_id = NULL WHERE patient_id = {from}"),
        7 => {
            format!("UPDATE medical_reports SET status = 'withdrawn' WHERE status = 'released' AND patient_id = {from}")
        }
        _ => format!("UPDATE medical_reports SET patient_id = {to}, session_id = NULL WHERE patient_id = {from}"),
    }
}
