//! Who works there, and what else there is from the beginning.

use chrono::TimeDelta;

use super::{BEGIN, Dice, LegacyFile, Shape, cells, local, utc};

/// The password of every doctor.
pub const PASSWORD: &str = "an owl over the harbour";
/// Its hash, as the old system kept it but for the cost.
const HASH: &str = "$2b$04$KqYr6Fg4qodAwTckQ4HlVucsPjDdfuSp3lw01fs9MMuVNJype/0Me";
/// The user name of the administrator that the old program made, with its default password `Admin123`.
pub const ADMIN: &str = "admin";
const ADMIN_HASH: &str = "$2b$04$Hx.NppWV/iQOLd2YkZbdietvNuY4DpxDPr/uetl5wzqTFx9mRNa6m";

pub(super) const FIRST: &[&str] = &[
    "Asha", "Ravi", "Meera", "Karl", "Inés", "Zoë", "Björn", "Fatima", "Devi", "José", "Anil", "Łucja", "Noor", "Olga",
    "Émile", "Sunita",
];
pub(super) const LAST: &[&str] = &[
    "Rao",
    "Menon",
    "Iyer",
    "Das",
    "Müller",
    "O'Brien",
    "Gómez",
    "Khan",
    "Nair",
    "Şahin",
    "Ångström",
    "Pillai",
    "Roy",
    "de Souza",
    "王",
    "Bose",
    "Varga",
];

/// A doctor, by everything that rows name one by.
#[derive(Debug, Clone)]
pub struct Doctor {
    /// The id as a doctor.
    pub id: String,
    /// The id as a user.
    pub user: String,
    /// The name to sign in with.
    pub username: String,
    /// The name.
    pub name: String,
    /// Whether the account is not disabled.
    pub active: bool,
}

/// Inserts the administrator and the doctors; answers those.
pub(super) fn staff(file: &LegacyFile, shape: &Shape) -> Vec<Doctor> {
    let made = local(BEGIN);
    let admin = cells![
        id: "5f0c2a10-0000-4000-8000-00000000ad01", username: ADMIN, email: "admin@parkinsons.system",
        password_hash: ADMIN_HASH, name: "System Administrator", role: "admin", created_at: &made, updated_at: &made
    ];
    file.insert("users", &admin);
    let mut dice = Dice::new(shape.seed);
    (0..(shape.patients / 150).max(6)).map(|number| doctor(file, &mut dice, number)).collect()
}

fn doctor(file: &LegacyFile, dice: &mut Dice, number: usize) -> Doctor {
    let name = format!("{} {}", dice.pick(FIRST), dice.pick(LAST));
    let id = match number % 4 {
        0 => format!("DOC{:03}", 100 + number),
        1 => format!("DR_{}{number:03}", ["ASHRAO", "KARDAS", "OLGROY"][number % 3]),
        2 => format!("DR_20251002_{number:08X}"),
        _ => format!("{}{}", FIRST[number % FIRST.len()].to_lowercase(), 4000 + number),
    };
    let user = if number.is_multiple_of(2) { super::uuid(dice) } else { format!("user_{number:08x}") };
    let username = if number % 4 < 2 { id.clone() } else { format!("dr_{id}") };
    let active = number % 9 != 8;
    let at = BEGIN + TimeDelta::minutes(number as i64);
    let license = (!number.is_multiple_of(4)).then(|| format!("LIC-{number:05}"));
    let specialization = *dice.pick(&["Neurology", "Radiology", "General medicine"]);
    file.insert(
        "users",
        &cells![
            id: &user, username: &username, email: number.is_multiple_of(3).then(|| format!("doc{number}@hospital.example")),
            password_hash: HASH, name: &name, role: "doctor", specialization: specialization,
            is_active: active, created_at: local(at), updated_at: utc(at),
            last_login: (number % 3 == 1).then(|| local(at + TimeDelta::days(9)))
        ],
    );
    // A fee as SQLite keeps it: whole where it has no fraction.
    let fee = *dice.pick(&[None, Some(500.0), Some(750.5), Some(1200.25)]);
    file.insert(
        "doctors",
        &cells![
            doctor_id: &id, user_id: &user, specialization: specialization, license_number: license,
            years_experience: *dice.pick(&[None, Some(4_i64), Some(31)]),
            hospital_affiliation: *dice.pick(&[None, Some("City Hospital"), Some("Clínica São José")]),
            consultation_fee: fee, created_at: local(at), updated_at: local(at)
        ],
    );
    Doctor { id, user, username, name, active }
}

/// What the program brought along at every start, and what it noted of sign-ins: none of it is of the record.
pub(super) fn knowledge(file: &LegacyFile) {
    let at = BEGIN;
    for number in 0..5_i64 {
        file.insert(
            "knowledge_entries",
            &cells![
                id: format!("knowledge-{number}"), title: "Hoehn and Yahr scale", content: "Five stages.",
                category: "staging", source_type: "guideline", credibility_score: 0.95, created_at: local(at)
            ],
        );
        file.insert(
            "audit_logs",
            &cells![
                log_id: format!("log-{number}"), action: "admin_login", actor_id: ADMIN, actor_role: "admin",
                details: "{'username': 'admin'}", timestamp: local(at + TimeDelta::days(number))
            ],
        );
    }
}
