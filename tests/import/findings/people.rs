//! Accounts, doctors and patients.

use serde_json::{Value, json};

use super::{Defect, Fate, defect, hex};
use crate::support::legacy::{Cell, cells};

pub(super) fn defects() -> Vec<Defect> {
    users().into_iter().chain(doctors()).chain(patients()).collect()
}

const SHA256: &str = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8";
/// "Admin123".
const DEFAULT: &str = "$2b$04$Hx.NppWV/iQOLd2YkZbdietvNuY4DpxDPr/uetl5wzqTFx9mRNa6m";

fn users() -> Vec<Defect> {
    vec![
        defect("users", cells![id: Cell::Null, username: "n1"], &["user.id_missing"]).fate(Fate::Quarantined),
        defect("users", cells![id: " \t"], &["user.id_missing"]).fate(Fate::Quarantined),
        defect("users", cells![role: "inactive"], &["user.role_unknown"]).fate(Fate::Quarantined),
        defect("users", cells![role: b"admin".to_vec()], &["user.role_unknown"]).fate(Fate::Quarantined),
        defect("users", cells![name: "  "], &["user.name_blank"]).here("name", "Unknown"),
        defect("users", cells![name: "\u{a0}", email: Cell::Blob(vec![])], &["user.name_blank"])
            .here("name", "Unknown")
            .here("email", Value::Null),
        defect("users", cells![id: "bytes", username: Cell::Blob(vec![])], &["user.username_missing"])
            .here("username", "bytes"),
        defect("users", cells![password_hash: SHA256], &["user.password_not_bcrypt"])
            .here("password_hash", Value::Null),
        defect("users", cells![password_hash: DEFAULT.as_bytes().to_vec()], &["user.password_not_bcrypt"])
            .here("password_hash", Value::Null),
        defect("users", cells![password_hash: DEFAULT], &["user.default_password"]).here("password_hash", Value::Null),
        defect(
            "users",
            cells![role: "patient", password_hash: DEFAULT],
            &["user.patient_password", "user.patient_without_record"],
        )
        .here("password_hash", Value::Null),
        defect("users", cells![email: ""], &["user.email_blank"]).here("email", Value::Null),
        defect("users", cells![email: "taken@example.org"], &[]).here("email", "taken@example.org"),
        // Unique as bytes, the same as text.
        defect("users", cells![email: b"taken@example.org".to_vec()], &["user.email_taken"])
            .lost("email", hex("74616b656e406578616d706c652e6f7267")),
        defect("users", cells![username: "twice"], &[]).here("username", "twice"),
        defect("users", cells![username: b"twice".to_vec()], &["user.username_taken"])
            .here("username", "twice-old")
            .aside("username", hex("7477696365")),
        defect("users", cells![id: "nameless", username: Cell::Null], &["user.username_missing"])
            .here("username", "nameless"),
        defect("users", cells![username: "", email: "who@example.org"], &["user.username_missing"])
            .here("username", "who@example.org"),
        defect("users", cells![username: Cell::OddText(b"n\0ul".to_vec())], &["text.cleaned"])
            .here("username", "nul")
            .aside("username", hex("6e00756c")),
        defect("users", cells![is_active: "perhaps"], &["user.active_unreadable"])
            .here("is_active", false)
            .aside("is_active", "perhaps"),
        defect("users", cells![is_active: Cell::Null], &["user.active_unreadable"]).here("is_active", false),
        defect("users", cells![is_active: "yes"], &[]).here("is_active", true),
        defect("users", cells![is_active: 7_i64], &["user.active_unreadable"])
            .here("is_active", false)
            .aside("is_active", 7),
        defect("users", cells![last_login: "yesterday"], &["user.date_unparseable"]).lost("last_login", "yesterday"),
        defect("users", cells![last_login: 20_251_006_i64], &[]).here("last_login", "2025-10-06T00:00:00.000000Z"),
        defect("users", cells![role: "doctor", phone: "12"], &["user.doctor_without_profile"]),
        defect("users", cells![role: "patient"], &["user.patient_without_record"]),
        defect("users", cells![role: "Admin ", phone: "12", age: 40_i64], &[])
            .here("role", "admin")
            .aside("phone", "12")
            .aside("age", 40),
    ]
}

fn doctors() -> Vec<Defect> {
    vec![
        defect("doctors", cells![doctor_id: ""], &["doctor.id_missing"]).here("name", "Somebody"),
        defect("doctors", cells![doctor_id: Cell::Null], &["doctor.id_missing"]),
        defect("doctors", cells![user_id: "nobody"], &["doctor.user_missing", "user.doctor_without_profile"])
            .lost("user_id", "nobody")
            .here("name", "Unknown"),
        defect("doctors", cells![user_id: "u-admin"], &["doctor.user_not_doctor", "user.doctor_without_profile"])
            .here("user_id", Value::Null)
            .here("name", "Boss")
            .aside("user_id", "u-admin"),
        defect("doctors", cells![license_number: b"L-DOC1".to_vec()], &["doctor.license_taken"])
            .lost("license_number", hex("4c2d444f4331")),
        defect("doctors", cells![consultation_fee: -1.5], &["doctor.fee_invalid"]).lost_as(-1.5),
        defect("doctors", cells![consultation_fee: "free"], &["doctor.fee_invalid"]).lost_as("free"),
        defect("doctors", cells![consultation_fee: f64::INFINITY], &["doctor.fee_invalid"]).lost_as("inf"),
        defect("doctors", cells![consultation_fee: "150.00"], &[]).here("consultation_fee_cents", 15_000),
        defect("doctors", cells![consultation_fee: 19.999], &[]).here("consultation_fee_cents", 2_000),
        defect("doctors", cells![years_experience: "many"], &["doctor.years_invalid"]).lost("years_experience", "many"),
        defect("doctors", cells![years_experience: 400_i64], &["doctor.years_invalid"]).lost("years_experience", 400),
    ]
}

impl Defect {
    fn lost_as(self, fee: impl Into<Value>) -> Self {
        self.here("consultation_fee_cents", Value::Null).aside("consultation_fee", fee)
    }
}

const JOINED: &str = "e\u{301} \u{202e}\u{1f469}\u{200d}\u{2695}\u{fe0f}";

fn patients() -> Vec<Defect> {
    let born = |cell: Cell, day: &str| {
        defect("patients", cells![date_of_birth: cell], &[]).here("date_of_birth", day).here("dob_estimated", false)
    };
    let unborn = |cell: Cell, raw: Value| {
        defect("patients", cells![date_of_birth: cell], &["patient.dob_unparseable"]).lost("date_of_birth", raw)
    };
    vec![
        defect("patients", cells![patient_id: Cell::Null], &["patient.id_missing"]).fate(Fate::Quarantined),
        defect("patients", cells![patient_id: ""], &["patient.id_missing"]).fate(Fate::Quarantined),
        defect("patients", cells![patient_id: Cell::OddText(b"P\0".to_vec())], &["patient.id_not_text"])
            .fate(Fate::Quarantined),
        defect("patients", cells![patient_id: Cell::OddText(b"P\xff".to_vec())], &["patient.id_not_text"])
            .fate(Fate::Quarantined),
        defect("patients", cells![patient_id: vec![1_u8]], &["patient.id_not_text"]).fate(Fate::Quarantined),
        defect("patients", cells![name: "\u{a0} "], &[]).here("name", "Unknown"),
        defect("patients", cells![name: " "], &["patient.name_blank"]).here("name", "Unknown"),
        defect("patients", cells![name: Cell::OddText(b"Z\xfcrn".to_vec())], &["patient.name_not_utf8"])
            .here("name", "Z\u{fffd}rn")
            .aside("name", hex("5afc726e")),
        defect("patients", cells![name: JOINED], &[]).here("name", JOINED),
        defect("patients", cells![name: "na\u{ef}ve ".repeat(1_000)], &["text.too_long"])
            .aside("name", "na\u{ef}ve ".repeat(1_000)),
        defect("patients", cells![allergies: Cell::OddText(b"nu\0ts".to_vec())], &["patient.text_has_nul"])
            .here("allergies", "nuts")
            .aside("allergies", hex("6e75007473")),
        defect("patients", cells![insurance_info: Cell::OddText(b"\xff".to_vec())], &["text.cleaned"])
            .here("insurance_info", "\u{fffd}")
            .aside("insurance_info", hex("ff")),
        defect("patients", cells![gender: "F"], &["patient.gender_normalised"])
            .here("gender", "female")
            .aside("gender", "F"),
        defect("patients", cells![gender: "x"], &["patient.gender_unknown"])
            .here("gender", "unknown")
            .aside("gender", "x"),
        defect("patients", cells![gender: b"male".to_vec()], &["patient.gender_unknown"])
            .here("gender", "unknown")
            .aside("gender", hex("6d616c65")),
        defect("patients", cells![age: -1_i64], &["patient.age_invalid"]).unaged(-1),
        defect("patients", cells![age: 131_i64], &["patient.age_invalid"]).unaged(131),
        defect("patients", cells![age: "old"], &["patient.age_invalid"]).unaged("old"),
        defect("patients", cells![age: 0_i64], &[]).here("date_of_birth", "2025-04-03").here("dob_estimated", true),
        defect("patients", cells![age: "61"], &[]).here("date_of_birth", "1964-04-03").here("dob_estimated", true),
        unborn(Cell::from("01/03/1950"), json!("01/03/1950")),
        unborn(Cell::from("1950-02-30"), json!("1950-02-30")),
        unborn(Cell::from("1899-12-31"), json!("1899-12-31")),
        unborn(Cell::from(1950_i64), json!(1950)),
        unborn(Cell::from(vec![1_u8]), hex("01")),
        born(Cell::from("1950-03-01"), "1950-03-01"),
        born(Cell::from("1950-03-01T00:10:00"), "1950-03-01"),
        born(Cell::from("1950-03-01 23:50:00"), "1950-03-01"),
        born(Cell::from("19500301"), "1950-03-01"),
        born(Cell::from(2_440_587.5), "1970-01-01"),
        defect("patients", cells![date_of_birth: "2099-12-31"], &["patient.dob_in_future"])
            .lost("date_of_birth", "2099-12-31"),
        defect("patients", cells![user_id: "nobody"], &["patient.user_dangling"])
            .here("user_id", Value::Null)
            .aside("user_id", "nobody"),
        defect("patients", cells![user_id: "u-ada"], &["patient.user_not_patient"])
            .here("user_id", Value::Null)
            .aside("user_id", "u-ada"),
        defect("patients", cells![assigned_doctor_id: "u-ada"], &["patient.assigned_doctor_mapped"])
            .aside("assigned_doctor_id", "u-ada"),
        defect("patients", cells![assigned_doctor_id: "ben"], &["patient.assigned_doctor_mapped"])
            .aside("assigned_doctor_id", "ben"),
        defect("patients", cells![assigned_doctor_id: ""], &["patient.assigned_doctor_dangling"])
            .aside("assigned_doctor_id", ""),
        defect("patients", cells![assigned_doctor_id: "DOC9"], &["patient.assigned_doctor_dangling"])
            .aside("assigned_doctor_id", "DOC9"),
        // Like the world's A.
        defect("patients", cells![patient_id: " a"], &["patient.possible_duplicate"]).here("mrn", " a"),
        defect("patients", cells![name: "Zo\u{eb}", date_of_birth: "1950-03-02"], &[]),
        defect("patients", cells![name: "ZOE\u{308}", date_of_birth: "1950-03-02"], &["patient.possible_duplicate"])
            .here("name", "ZOE\u{308}"),
        defect("patients", cells![updated_at: "24:00"], &["patient.date_unparseable"])
            .here("updated_at", "2025-10-02T04:30:00.000000Z")
            .aside("updated_at", "24:00"),
        defect("patients", cells![created_at: 1_759_734_000_123_i64, updated_at: 2_460_954.5], &[])
            .here("created_at", "2025-10-06T07:00:00.123000Z")
            .here("updated_at", "2025-10-06T07:00:00.123000Z"),
        defect("patients", cells![created_at: "2025-10-06T23:59:59.9999999+05:30"], &[])
            .here("created_at", "2025-10-06T18:29:59.999999Z"),
    ]
}

impl Defect {
    fn unaged(self, raw: impl Into<Value>) -> Self {
        self.here("date_of_birth", Value::Null).aside("age", raw)
    }
}
