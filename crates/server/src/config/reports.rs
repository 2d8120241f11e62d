//! How requested reports are made.

use std::num::NonZeroU32;
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
    pub lease_seconds: NonZeroU32,
    /// How long an attempt may take, however often its lease is prolonged.
    pub attempt_minutes: NonZeroU32,
    /// Attempts that may fail; the last one is final.
    pub attempts: NonZeroU32,
    /// How long a request waits after its first failed attempt; then twice as long each time, up to 10 minutes.
    pub retry_seconds: u32,
    /// A directory with the clinic's own templates. Absent: those of the program.
    pub templates: Option<PathBuf>,
}

const SIXTY: NonZeroU32 = NonZeroU32::MIN.saturating_add(59);
const THIRTY: NonZeroU32 = NonZeroU32::MIN.saturating_add(29);
const FIVE: NonZeroU32 = NonZeroU32::MIN.saturating_add(4);

impl Default for ReportSettings {
    fn default() -> Self {
        Self {
            workers: 2,
            lease_seconds: SIXTY,
            attempt_minutes: THIRTY,
            attempts: FIVE,
            retry_seconds: 10,
            templates: None,
        }
    }
}

impl ReportSettings {
    /// See [`ReportSettings::lease_seconds`].
    pub fn lease(&self) -> TimeDelta {
        TimeDelta::seconds(self.lease_seconds.get().into())
    }

    /// See [`ReportSettings::attempt_minutes`].
    pub fn longest(&self) -> TimeDelta {
        TimeDelta::minutes(self.attempt_minutes.get().into())
    }

    /// See [`ReportSettings::retry_seconds`].
    pub fn retry(&self) -> TimeDelta {
        TimeDelta::seconds(self.retry_seconds.into())
    }
}
