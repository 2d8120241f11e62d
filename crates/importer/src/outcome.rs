//! What an import did, in figures. Never a name, nor what a row says.

use std::collections::BTreeMap;

use serde::Serialize;

/// What became of the rows of an old table: `rows` is the sum of all but `repaired`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct TableCount {
    /// Rows read.
    pub rows: u64,
    /// Rows that are rows here.
    pub migrated: u64,
    /// Rows that another row stands for.
    pub merged: u64,
    /// Rows that the database makes itself.
    pub rebuilt: u64,
    /// Rows kept aside.
    pub kept: u64,
    /// Rows in the old file alone.
    pub quarantined: u64,
    /// Rows that an earlier import judged.
    pub already: u64,
    /// Of those that came, rows in which something was put right.
    pub repaired: u64,
}

impl TableCount {
    /// Whether every row was accounted for exactly once.
    pub fn adds_up(&self) -> bool {
        self.rows == self.migrated + self.merged + self.rebuilt + self.kept + self.quarantined + self.already
    }
}

/// One local time of the file, read by both clocks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// As it is written.
    pub written: String,
    /// Taken for the old server's local time.
    pub as_local: String,
    /// Taken for UTC.
    pub as_utc: String,
}

/// What was made that no old row stands for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Made {
    /// Doctors, from accounts.
    pub doctors: u64,
    /// Patients, from what sessions say.
    pub patients: u64,
    /// Assignments, from the doctors that patients name.
    pub assignments_from_patients: u64,
    /// Assignments, from sessions.
    pub assignments_from_sessions: u64,
    /// Requests, for reports without one.
    pub requests: u64,
    /// Files of scans stored.
    pub files: u64,
    /// Their bytes.
    pub file_bytes: u64,
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// By old table.
    pub tables: BTreeMap<String, TableCount>,
    /// By code, how often it was found.
    pub findings: BTreeMap<&'static str, u64>,
    /// How many open assignments give a doctor a patient whom the old program did not show to that doctor.
    pub opens_access: u64,
    /// What no old row stands for.
    pub made: Made,
    /// By column, how many of the old statistics were wrong.
    pub stale_statistics: BTreeMap<&'static str, u64>,
    /// A local time, where there is one.
    pub reading: Option<Reading>,
}

impl Outcome {
    /// The old tables whose rows do not add up; there must be none.
    pub fn unaccounted(&self) -> Vec<&str> {
        self.tables.iter().filter(|(_, count)| !count.adds_up()).map(|(name, _)| name.as_str()).collect()
    }

    /// The sum over all tables.
    pub fn total(&self) -> TableCount {
        let mut total = TableCount::default();
        for count in self.tables.values() {
            total.rows += count.rows;
            total.migrated += count.migrated;
            total.merged += count.merged;
            total.rebuilt += count.rebuilt;
            total.kept += count.kept;
            total.quarantined += count.quarantined;
            total.already += count.already;
            total.repaired += count.repaired;
        }
        total
    }

    /// Whether nothing of the file is new here.
    pub fn changes_nothing(&self) -> bool {
        let total = self.total();
        let brings_nothing = total.migrated + total.merged + total.kept == 0 && self.made == Made::default();
        // A first import of which all is quarantined is told as what it is.
        brings_nothing && (total.already > 0 || total.quarantined == 0)
    }
}
