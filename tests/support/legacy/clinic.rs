//! A clinic of the old system, made by chance from a seed, and what is true of it.
//!
//! It is as real files are: application times are local and have a `T`, the database's own are UTC and have none; results
//! have the words of two programs; sessions name doctors by either of two ids; most patients have no account; failed
//! runs are rows like others; sessions that were done with were deleted, and nothing else with them.
//!
//! It is clean all the same: every row has its owner, or a trace of it, but for the runs that never had a patient.

mod analysis;
mod care;
mod life;
mod people;
mod truth;

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use self::life::{Life, Phase};
use super::{LegacyFile, Variant, cells};
use crate::support::dice::Dice;

pub use people::{ADMIN, PASSWORD};
pub use truth::{Assignment, Finding, Patient, Truth};

/// What kind of clinic.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// How many patients it has.
    pub patients: usize,
    /// What chance begins with.
    pub seed: u64,
    /// Whether the sessions of the first weeks were deleted.
    pub aged: bool,
    /// Whether most scans have their bytes.
    pub bytes: bool,
}

impl Shape {
    /// An aged one with so many patients and small scans.
    pub fn of(patients: usize) -> Self {
        Self { patients, seed: 4711, aged: true, bytes: true }
    }
}

/// When the first patient came.
const BEGIN: DateTime<Utc> = at(10, 2, 3);
/// When the five tables were added and filled from the others, and the triggers made.
const ENHANCED: DateTime<Utc> = at(10, 22, 12);
/// From when on results have other words.
const NEW_WORDS: DateTime<Utc> = at(10, 23, 6);
/// When the file was last used.
const END: DateTime<Utc> = at(12, 19, 16);
/// How old a session becomes that is done with.
const KEPT: TimeDelta = TimeDelta::days(30);

/// Makes the file; answers what is true of it.
pub fn build(path: &Path, shape: &Shape) -> Truth {
    let file = LegacyFile::without_triggers(path, Variant::V4);
    file.run("BEGIN");
    let doctors = people::staff(&file, shape);
    let mut patients = BTreeMap::new();
    for phase in [Phase::Before, Phase::After] {
        if phase == Phase::After {
            file.add_triggers();
        }
        let mut rows = file.writer();
        for number in 0..shape.patients {
            let patient = Life::of(number, shape, &doctors, phase, &mut rows).live();
            patients.insert(patient.id.clone(), patient);
        }
    }
    let unattached = analysis::of_nobody(&file, shape);
    people::knowledge(&file);
    if shape.aged {
        forget_sessions(&file);
    }
    file.run("COMMIT");
    let rows = Variant::V4.tables().into_iter().map(|table| {
        let count = file.count(&format!("SELECT count(*) FROM {}", table.name));
        (table.name, u64::try_from(count).expect("a count"))
    });
    let truth = Truth { patients, doctors, unattached, rows: rows.collect() };
    file.close();
    truth
}

/// What a task of the old system did every minute, with foreign keys off: scans, predictions and reports stay.
fn forget_sessions(file: &LegacyFile) {
    let before = local(END - KEPT);
    file.run(&format!("DELETE FROM sessions WHERE status = 'completed' AND created_at < '{before}'"));
}

/// An hour of 2025.
const fn at(month: u32, day: u32, hour: u32) -> DateTime<Utc> {
    NaiveDate::from_ymd_opt(2025, month, day).expect("a day").and_hms_opt(hour, 0, 0).expect("an hour").and_utc()
}

/// As Python's `datetime.now().isoformat()` writes it on a server in India: without a zone, and without a fraction that
/// is nothing.
pub fn local(at: DateTime<Utc>) -> String {
    let at = (at + TimeDelta::minutes(330)).naive_utc();
    let text = at.format("%Y-%m-%dT%H:%M:%S").to_string();
    match at.and_utc().timestamp_subsec_micros() {
        0 => text,
        micros => format!("{text}.{micros:06}"),
    }
}

/// As SQLite writes `CURRENT_TIMESTAMP`: UTC, whole seconds.
pub fn utc(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// An instant between two, with microseconds; one in ten is a whole second.
fn between(dice: &mut Dice, from: DateTime<Utc>, to: DateTime<Utc>) -> DateTime<Utc> {
    let micros = (to - from).num_microseconds().and_then(|micros| usize::try_from(micros).ok()).expect("later");
    let at = from + TimeDelta::microseconds(dice.below(micros.max(1)) as i64);
    if dice.chance(10) { at - TimeDelta::microseconds(at.timestamp_subsec_micros().into()) } else { at }
}

/// A text like a version 4 UUID.
fn uuid(dice: &mut Dice) -> String {
    let mut digits = |bits: u32| dice.below(1 << bits);
    let (a, b, c, d, e, f) = (digits(32), digits(16), digits(12), digits(14), digits(24), digits(24));
    format!("{a:08x}-{b:04x}-4{c:03x}-{:04x}-{e:06x}{f:06x}", 0x8000 | d)
}

/// The seed of one patient's chance.
fn dice_of(shape: &Shape, number: usize) -> Dice {
    Dice::new(shape.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(number as u64))
}
