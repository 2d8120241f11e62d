//! How requested reports are made.

use std::path::PathBuf;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// How requested reports are made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportSettings {
    /// Reports that this process makes at the same time; 0 leaves them to other processes and to programs.
    pub workers: u32,
    /// For how long a request is claimed: whoever does not answer in time has failed.
    pub lease_seconds: u32,
    /// Attempts that may fail; the last one is final.
    pub attempts: u32,
    /// How long a request waits after its first failed attempt; then twice as long each time, up to 10 minutes.
    pub retry_seconds: u32,
    /// A directory with the clinic's own templates. Absent: those of the program.
    pub templates: Option<PathBuf>,
}

impl Default for ReportSettings {
    fn default() -> Self {
        Self { workers: 2, lease_seconds: 60, attempts: 5, retry_seconds: 10, templates: None }
    }
}

impl ReportSettings {
    /// See [`ReportSettings::lease_seconds`]; at least a second, or nothing could ever be made.
    pub fn lease(&self) -> TimeDelta {
        TimeDelta::seconds(self.lease_seconds.max(1).into())
    }

    /// See [`ReportSettings::retry_seconds`].
    pub fn retry(&self) -> TimeDelta {
        TimeDelta::seconds(self.retry_seconds.into())
    }
}
