//! Why there are no settings. What was written is not quoted: it may be a secret, also one in the wrong place.

use std::path::PathBuf;

use figment::error::Kind;

/// Why there are no settings to start with.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the settings in {}", file.display())]
    Unreadable {
        /// The file that was named.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is no TOML.
    #[error("{} is not TOML: {place}", file.display())]
    NotToml {
        /// The file that was named.
        file: PathBuf,
        /// Where it goes wrong.
        place: String,
    },
    /// No setting has this name.
    #[error("unknown setting `{key}` from {origin}; {known}")]
    Unknown {
        /// The setting's dotted name.
        key: String,
        /// File or environment variable.
        origin: String,
        /// What would be known in its place.
        known: String,
    },
    /// The value does not fit.
    #[error("setting `{key}` from {origin}: {why}")]
    Invalid {
        /// The setting's dotted name.
        key: String,
        /// File, environment variable or flag.
        origin: String,
        /// What is wrong with it.
        why: String,
    },
}

/// Where a text stops to be TOML, without what stands there.
pub(super) fn place(kind: &Kind) -> String {
    let text = kind.to_string();
    let first = text.lines().next().unwrap_or_default();
    let place = first.strip_prefix("TOML parse error at ").filter(|place| place.starts_with("line "));
    place.map_or_else(|| "somewhere in it".to_owned(), str::to_owned)
}

/// What would fit, without what was there. A message is one of ours, which quotes no secret.
pub(super) fn without_value(kind: Kind) -> String {
    match kind {
        Kind::Message(why) => why,
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) | Kind::InvalidLength(_, expected) => {
            format!("expected {expected}")
        }
        Kind::UnknownVariant(_, known) => format!("expected one of {}", known.join(", ")),
        _ => "the value does not fit".to_owned(),
    }
}
