//! The doctors, and the accounts of those who work in the clinic.

use entity::vocabulary::{Gender, Role};
use entity::{Cents, Instant, Key, doctors, fold, search_text, users};

use super::calendar::{Calendar, HISTORY};
use super::dice::{Dice, Stream};
use super::names::{mailbox, name};

/// The account that is written last: where it is, the demo is whole.
pub(super) const ADMIN: &str = "demo-admin";
/// An account that is written first: where it is, a demo was begun.
pub(super) const AGENT: &str = "demo-agent";

const SPECIALIZATIONS: [&str; 4] = ["Neurology", "Movement disorders", "Radiology", "Geriatrics"];
const HOSPITALS: [&str; 5] = [
    "Riverside Clinic for Movement Disorders",
    "St Brendan's Hospital",
    "University Hospital North",
    "Lakeview Medical Centre",
    "Hôpital de la Colline",
];

/// Who works in the clinic.
#[derive(Debug)]
pub(crate) struct Staff {
    pub(super) doctors: Vec<doctors::Model>,
    /// The doctors' accounts, one each in their order, then the agent's.
    pub(super) users: Vec<users::Model>,
    pub(super) agent: Key,
    pub(super) admin: users::Model,
}

impl Staff {
    /// One doctor for 60 patients, at least six.
    pub(super) fn new(patients: u64, seed: u64, calendar: &Calendar) -> Self {
        let mut office = Dice::new(seed, Stream::Office);
        let founded = calendar.moment(HISTORY + 30, &mut office);
        let admin = account(&mut office, ADMIN, "Clinic administration", Role::Admin, founded);
        let agent = account(&mut office, AGENT, "Scan analysis", Role::Agent, founded);
        let (doctors, mut users): (Vec<_>, Vec<_>) =
            (1..=patients.div_ceil(60).max(6)).map(|number| doctor(number, seed, calendar)).unzip();
        let agent_id = agent.id;
        users.push(agent);
        Self { doctors, users, agent: agent_id, admin }
    }
}

fn doctor(number: u64, seed: u64, calendar: &Calendar) -> (doctors::Model, users::Model) {
    let mut dice = Dice::new(seed, Stream::Doctor(number));
    let name = name(&mut dice, Gender::Unknown);
    let joined = calendar.moment(HISTORY + dice.between(5, 29), &mut dice);
    let email = format!("{}.d{number}@example.org", mailbox(&name));
    let mut user = account(&mut dice, &format!("doctor-{number:04}"), &name, Role::Doctor, joined);
    user.email = Some(email.clone());
    let years = dice.between(7, 38);
    let doctor_id = dice.key(joined);
    let license_number = format!("LIC-{:05}-{number:04}", dice.between(10_000, 99_999));
    let doctor = doctors::Model {
        doctor_id,
        user_id: Some(user.id),
        name_folded: fold(&name),
        search_text: search_text(&name, Some(&license_number), Some(&email)),
        // In turn, so that the smallest clinic has them all.
        specialization: Some(SPECIALIZATIONS[(number as usize - 1) % SPECIALIZATIONS.len()].to_owned()),
        license_number: Some(license_number),
        years_experience: Some(years),
        hospital_affiliation: Some(dice.pick(&HOSPITALS).to_owned()),
        consultation_fee_cents: Some(Cents(9_000 + 250 * years + 500 * dice.between(0, 8))),
        email: Some(email),
        phone: Some(format!("+44 1632 960{:03}", dice.between(0, 999))),
        archived_at: None,
        created_at: joined,
        updated_at: joined,
        version: 1,
        name,
    };
    (doctor, user)
}

pub(super) fn account(dice: &mut Dice, username: &str, name: &str, role: Role, since: Instant) -> users::Model {
    users::Model {
        id: dice.key(since),
        username: username.to_owned(),
        email: None,
        password_hash: None,
        name: name.to_owned(),
        role,
        is_active: true,
        last_login: None,
        created_at: since,
        updated_at: since,
        version: 1,
    }
}
