//! Assignments and visits.

use serde_json::Value;

use super::{Defect, Fate, defect, hex};
use crate::support::legacy::{Cell, cells};

const AT: &str = "2025-10-02T04:30:00.000000Z";

pub(super) fn defects() -> Vec<Defect> {
    assignments().into_iter().chain(several()).chain(visits()).collect()
}

fn assignments() -> Vec<Defect> {
    let table = "doctor_patient_assignments";
    vec![
        defect(table, cells![id: ""], &["assignment.id_missing"]).here("is_active", true),
        defect(table, cells![patient_id: "X"], &["assignment.patient_dangling"]).fate(Fate::Quarantined),
        defect(table, cells![doctor_id: "ada"], &["assignment.doctor_mapped"]).here("doctor_id", "of DOC1"),
        defect(table, cells![doctor_id: "DOC9"], &["assignment.doctor_dangling"]).fate(Fate::Quarantined),
        defect(table, cells![doctor_id: ""], &["assignment.doctor_dangling"]).fate(Fate::Quarantined),
        defect(table, cells![assignment_date: "soon"], &["assignment.date_unparseable"])
            .here("assignment_date", AT)
            .aside("assignment_date", "soon"),
        defect(table, cells![is_active: 0_i64, ended_at: "soon"], &["assignment.date_unparseable"])
            .here("ended_at", AT)
            .aside("ended_at", "soon"),
        defect(table, cells![assignment_type: "nurse"], &["assignment.type_unknown"])
            .here("assignment_type", "consultant")
            .aside("assignment_type", "nurse"),
        defect(table, cells![ended_at: "2025-10-03 00:00:00"], &["assignment.active_but_ended"])
            .here("ended_at", "2025-10-03T00:00:00.000000Z")
            .here("is_active", false),
        defect(table, cells![is_active: 0_i64, ended_at: "2025-10-01"], &["assignment.ended_before_start"])
            .here("ended_at", AT)
            .aside("ended_at", "2025-10-01"),
        defect(table, cells![is_active: 0_i64], &["assignment.end_unknown"]).here("ended_at", AT),
        defect(table, cells![is_active: Cell::Null], &["assignment.end_unknown"]).here("is_active", false),
        defect(table, cells![assignment_date: "2099-01-01"], &["assignment.in_future"])
            .aside("assignment_date", "2099-01-01"),
        defect(table, cells![assignment_type: Cell::Null], &[]).here("assignment_type", "consultant"),
    ]
}

/// Of one doctor twice, and of two primary doctors.
fn several() -> Vec<Defect> {
    let table = "doctor_patient_assignments";
    vec![
        defect(table, cells![patient_id: "A", assignment_type: "specialist"], &[])
            .here("assignment_type", "specialist")
            .here("assignment_date", "2025-09-01T00:00:00.000000Z"),
        defect(
            table,
            cells![patient_id: "A", assignment_date: "2025-09-01", notes: "Again"],
            &["assignment.duplicate_active"],
        )
        .fate(Fate::Merged)
        .here("assignment_date", "2025-09-01T00:00:00.000000Z")
        .aside("assignment_date", "2025-09-01")
        .aside("assignment_type", "consultant")
        .aside("notes", "Again"),
        defect(table, cells![patient_id: "B", assignment_type: "primary", assignment_date: "2025-10-05"], &[])
            .here("assignment_type", "primary"),
        defect(
            table,
            cells![patient_id: "B", doctor_id: "DOC2", assignment_type: "primary"],
            &["assignment.several_primary", "assignment.primary_yielded"],
        )
        .here("assignment_type", "consultant"),
    ]
}

fn visits() -> Vec<Defect> {
    let table = "consultations";
    let gone = |cells: [(&'static str, Cell); 1], codes| defect(table, cells, codes).fate(Fate::Quarantined);
    let on = |cell: Cell, at: &str| defect(table, cells![consultation_date: cell], &[]).here("consultation_date", at);
    let free = |cell: Cell, raw: Value| {
        defect(table, cells![fee_charged: cell], &["consultation.fee_invalid"])
            .here("fee_charged_cents", Value::Null)
            .aside("fee_charged", raw)
    };
    let brief = |cell: Cell, raw: Value| {
        defect(table, cells![duration_minutes: cell], &["consultation.duration_invalid"]).lost("duration_minutes", raw)
    };
    vec![
        defect(table, cells![id: Cell::Null], &["consultation.id_missing"]).here("patient_id", "of A"),
        gone(cells![patient_id: "a"], &["consultation.patient_dangling"]),
        defect(table, cells![doctor_id: "u-ada"], &["consultation.doctor_mapped"]).here("doctor_id", "of DOC1"),
        gone(cells![doctor_id: "DOC9"], &["consultation.doctor_dangling"]),
        gone(cells![consultation_date: "2025-10-06T12:30:00 IST"], &["consultation.date_unparseable"]),
        gone(cells![consultation_date: Cell::Null], &["consultation.date_unparseable"]),
        gone(cells![consultation_date: "2100-01-01"], &["consultation.date_unparseable"]),
        gone(cells![consultation_date: vec![1_u8]], &["consultation.date_unparseable"]),
        on(Cell::from("2025-10-06"), "2025-10-06T00:00:00.000000Z"),
        on(Cell::from("20251006"), "2025-10-06T00:00:00.000000Z"),
        on(Cell::from(1_759_734_000_i64), "2025-10-06T07:00:00.000000Z"),
        on(Cell::from(2_460_954.5), "2025-10-06T00:00:00.000000Z"),
        on(Cell::from("2025-10-06 12:30:00.25"), "2025-10-06T07:00:00.250000Z"),
        on(Cell::from("2025-10-06T12:30:00Z"), "2025-10-06T12:30:00.000000Z"),
        on(Cell::from("1900-01-01T05:30:00"), "1900-01-01T00:00:00.000000Z"),
        defect(table, cells![status: "Done "], &["consultation.status_normalised"])
            .here("status", "completed")
            .aside("status", "Done "),
        defect(table, cells![status: "no_show"], &["consultation.status_normalised"])
            .here("status", "no-show")
            .aside("status", "no_show"),
        defect(table, cells![consultation_date: "2099-01-01"], &["consultation.in_future"])
            .here("status", "scheduled")
            .aside("status", "completed"),
        gone(cells![status: "perhaps"], &["consultation.status_unknown"]),
        gone(cells![status: Cell::Null], &["consultation.status_unknown"]),
        defect(table, cells![consultation_type: "Video"], &["consultation.type_normalised"])
            .here("consultation_type", "telemedicine")
            .aside("consultation_type", "Video"),
        defect(table, cells![consultation_type: "astral"], &["consultation.type_unknown"])
            .lost("consultation_type", "astral"),
        defect(table, cells![session_id: "gone too"], &["consultation.session_dangling"])
            .lost("session_id", "gone too"),
        defect(table, cells![session_id: "SB"], &["consultation.session_other_patient"]).lost("session_id", "SB"),
        free(Cell::from(-0.01), (-0.01).into()),
        free(Cell::from("free"), "free".into()),
        free(Cell::from(vec![1_u8]), hex("01")),
        free(Cell::from(12_345_678_901_234.5), 12_345_678_901_234.5.into()),
        defect(table, cells![fee_charged: 4.35], &[]).here("fee_charged_cents", 435),
        defect(table, cells![fee_charged: 0_i64], &[]).here("fee_charged_cents", 0),
        brief(Cell::from(-5_i64), (-5).into()),
        brief(Cell::from(1_441_i64), 1_441.into()),
        brief(Cell::from("long"), "long".into()),
        defect(table, cells![duration_minutes: 1_440_i64], &[]).here("duration_minutes", 1_440),
        defect(table, cells![duration_minutes: 0_i64], &["consultation.duration_zero"]).lost("duration_minutes", 0),
        defect(table, cells![next_visit_date: "in May"], &["consultation.next_visit_unparseable"])
            .lost("next_visit_date", "in May"),
        defect(table, cells![next_visit_date: "2025-10-01"], &["consultation.next_visit_before_visit"])
            .here("next_visit_date", "2025-10-01T00:00:00.000000Z"),
        defect(table, cells![notes: Cell::OddText(b"no\0te".to_vec())], &["consultation.text_has_nul"])
            .here("notes", "note")
            .aside("notes", hex("6e6f007465")),
    ]
}
