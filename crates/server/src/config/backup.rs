//! Where backups are kept.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Where backups are kept, and what makes those of PostgreSQL.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupSettings {
    /// The directory of backups. Absent: `backups` beside the SQLite file, for PostgreSQL in the data directory.
    pub directory: Option<PathBuf>,
    /// The directory of PostgreSQL's own programs. Absent: they are looked for.
    pub programs: Option<PathBuf>,
}
