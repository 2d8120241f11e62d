//! Settings: one struct per section, from defaults, a file, the environment and flags, the later ones first.
//!
//! `docs/configuration.md` lists them. An unknown key is refused: a misspelt limit must not go unnoticed.

mod backup;
mod error;
mod live;
pub mod private;
mod reports;
mod server;
mod sources;

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

pub use backup::BackupSettings;
pub use error::ConfigError;
pub use live::LiveSettings;
pub use reports::ReportSettings;
pub use server::{Networks, PublicUrl, ServerSettings, is_this_machine, network};
pub use sources::{Flags, load};

use crate::auth::signing::SigningSecret;
use crate::db::backup::Backups;
use crate::db::{DatabaseUrl, InvalidDatabaseUrl};

/// Everything that can be set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the server listens, who may reach it, and where it keeps its data.
    pub server: ServerSettings,
    /// Which database, and how many connections to it.
    pub database: DatabaseSettings,
    /// Where files are kept.
    pub files: FileSettings,
    /// Where backups are kept.
    pub backup: BackupSettings,
    /// Limits and deadlines of requests.
    pub http: HttpSettings,
    /// What a GraphQL document may be.
    pub graphql: Limits,
    /// Live updates, and the sockets that they come by.
    pub live: LiveSettings,
    /// How people and programs are known.
    pub auth: AuthSettings,
    /// What is particular to this clinic.
    pub clinic: ClinicSection,
    /// How requested reports are made.
    pub reports: ReportSettings,
    /// The page for writing queries by hand.
    pub graphiql: GraphiqlSettings,
    /// What is logged, and how it looks.
    pub log: LogSettings,
}

/// Which database, and how many connections to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSettings {
    /// Absent: the SQLite file `patientgraph.db` in the data directory.
    pub url: Option<DatabaseUrl>,
    /// Connections that read at the same time, at most.
    pub max_read_connections: u32,
    /// How long a request waits for a connection.
    pub acquire_timeout_seconds: u64,
}

/// Where files are kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileSettings {
    /// Absent: the folder `files` in the data directory.
    pub directory: Option<PathBuf>,
}

/// Limits and deadlines of requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpSettings {
    /// Bytes of a request's body, at most.
    pub max_body_bytes: usize,
    /// From a connection's first byte, or the last answer, to the end of a request's headers.
    pub header_timeout_seconds: u64,
    /// From the end of the headers to the end of the body.
    pub body_timeout_seconds: u64,
    /// From the end of the headers to the answer. A mutation runs to its end all the same.
    pub request_timeout_seconds: u64,
    /// How long requests in flight may take after SIGTERM.
    pub shutdown_timeout_seconds: u64,
}

/// The most that a GraphQL document may be, for every viewer alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Words, numbers, texts and signs of the document.
    pub max_tokens: u32,
    /// Brackets of all kinds in each other.
    pub max_nesting: u32,
    /// Fields in each other, fragments spread.
    pub max_depth: u32,
    /// Fields of an operation, fragments spread.
    pub max_fields: u32,
    /// Fields of the root, fragments spread: each is a read or a change of its own.
    pub max_root_fields: u32,
    /// Operations of a document.
    pub max_operations: u32,
    /// Objects that an answer may have: the sizes of pages within pages, multiplied.
    pub max_objects: u32,
}

/// How people and programs are known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthSettings {
    /// What access tokens are signed with. Absent: on SQLite one that is made at the first start.
    pub secret: Option<SigningSecret>,
    /// A file that holds it, instead.
    pub secret_file: Option<PathBuf>,
    /// How long an access token is good for.
    pub access_token_minutes: u32,
    /// How long a sign-in lasts that is not refreshed.
    pub sign_in_idle_hours: u32,
    /// How long a sign-in lasts at most.
    pub sign_in_days: u32,
}

/// What is particular to this clinic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClinicSection {
    /// The time zone (IANA name) that decides which day and week it is.
    pub zone: Tz,
    /// The currency of fees, ISO 4217.
    pub currency: Currency,
}

/// Three capital letters, as ISO 4217 names currencies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(String);

/// The page for writing queries by hand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GraphiqlSettings {
    /// Whether `/graphiql` is there.
    pub enabled: bool,
}

/// What is logged, and how it looks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSettings {
    /// The look of a line.
    pub format: LogFormat,
    /// What is logged, as `tracing_subscriber::EnvFilter` reads it: `info`, `warn,patientgraph=debug`.
    pub filter: String,
}

/// The look of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Human on a terminal, JSON otherwise.
    Auto,
    /// For people.
    Human,
    /// One JSON object per line.
    Json,
}

impl Default for DatabaseSettings {
    fn default() -> Self {
        Self { url: None, max_read_connections: 8, acquire_timeout_seconds: 5 }
    }
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            max_body_bytes: 1024 * 1024,
            header_timeout_seconds: 10,
            body_timeout_seconds: 10,
            request_timeout_seconds: 30,
            shutdown_timeout_seconds: 30,
        }
    }
}

impl HttpSettings {
    /// See [`HttpSettings::header_timeout_seconds`].
    pub fn header_timeout(&self) -> Duration {
        Duration::from_secs(self.header_timeout_seconds)
    }

    /// See [`HttpSettings::body_timeout_seconds`].
    pub fn body_timeout(&self) -> Duration {
        Duration::from_secs(self.body_timeout_seconds)
    }

    /// See [`HttpSettings::request_timeout_seconds`].
    pub fn request_timeout(&self) -> Duration {
        Duration::from_secs(self.request_timeout_seconds)
    }

    /// See [`HttpSettings::shutdown_timeout_seconds`].
    pub fn shutdown_timeout(&self) -> Duration {
        Duration::from_secs(self.shutdown_timeout_seconds)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_tokens: 10_000,
            max_nesting: 64,
            max_depth: 32,
            max_fields: 2_000,
            max_root_fields: 50,
            max_operations: 50,
            max_objects: 100_000,
        }
    }
}

impl Default for AuthSettings {
    fn default() -> Self {
        Self { secret: None, secret_file: None, access_token_minutes: 10, sign_in_idle_hours: 12, sign_in_days: 30 }
    }
}

impl Default for ClinicSection {
    fn default() -> Self {
        Self { zone: Tz::UTC, currency: Currency("EUR".to_owned()) }
    }
}

impl Default for GraphiqlSettings {
    fn default() -> Self {
        Self { enabled: true }
    }
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { format: LogFormat::Auto, filter: "info".to_owned() }
    }
}

impl TryFrom<String> for Currency {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.len() == 3 && text.bytes().all(|letter| letter.is_ascii_uppercase()) {
            Ok(Self(text))
        } else {
            Err("a currency is three capital letters, as in ISO 4217: EUR")
        }
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.0
    }
}

impl Settings {
    /// The database that is set, else the SQLite file in the data directory.
    pub fn database_url(&self) -> Result<DatabaseUrl, InvalidDatabaseUrl> {
        match &self.database.url {
            Some(url) => Ok(url.clone()),
            None => DatabaseUrl::sqlite(&self.server.data.join(DATABASE_FILE)),
        }
    }

    /// The folder of files that is set, else `files` in the data directory.
    pub fn files_directory(&self) -> PathBuf {
        self.files.directory.clone().unwrap_or_else(|| self.server.data.join("files"))
    }

    /// The backups of the database at `url`.
    pub fn backups(&self, url: &DatabaseUrl) -> Backups {
        let beside = url.file().and_then(Path::parent).unwrap_or(&self.server.data);
        let directory = self.backup.directory.clone().unwrap_or_else(|| beside.join(BACKUPS));
        Backups::new(directory, self.backup.programs.clone())
    }
}

/// The directory of backups, unless another is set.
const BACKUPS: &str = "backups";

/// The SQLite file's name in a data directory.
pub const DATABASE_FILE: &str = "patientgraph.db";
