//! Where settings come from, and the refusal of what is unknown or does not fit.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use figment::providers::{Format, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};

use ipnet::IpNet;

use super::Settings;
use super::error::{ConfigError, place, without_value};
use crate::db::DatabaseUrl;

/// What an environment variable of ours starts with; `__` goes down into a section.
const PREFIX: &str = "PATIENTGRAPH_";

/// Variables with our prefix that are no settings: the file's own place, a choice at build time, the tests' own.
const NOT_SETTINGS: [&str; 3] = ["PATIENTGRAPH_CONFIG", "PATIENTGRAPH_GRAPHIQL", "PATIENTGRAPH_TEST_"];

/// The flags that stand for settings; an absent one leaves the setting to the other sources.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--listen`
    pub listen: Option<SocketAddr>,
    /// `--data`
    pub data: Option<PathBuf>,
    /// `--database-url`
    pub database_url: Option<DatabaseUrl>,
    /// `--tls-cert`
    pub tls_cert: Option<PathBuf>,
    /// `--tls-key`
    pub tls_key: Option<PathBuf>,
    /// `--trusted-proxy`, as often as it was given
    pub trusted_proxies: Vec<IpNet>,
    /// `--backups`
    pub backups: Option<PathBuf>,
    /// `--workers`
    pub workers: Option<u32>,
}

/// One place that settings come from.
struct Source {
    /// As messages name it.
    origin: String,
    values: Dict,
}

impl Provider for Source {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.origin.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}

/// Settings from defaults, `file`, `environment` and `flags`, the later ones first.
pub fn load(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
    flags: &Flags,
) -> Result<Settings, ConfigError> {
    let known = known_settings();
    let mut figment = Figment::new().merge(Source { origin: "the defaults".to_owned(), values: known.clone() });
    let sources = file.map(from_file).transpose()?.into_iter().chain(environment.into_iter().filter_map(from_variable));
    for source in sources {
        if let Some((key, known)) = unknown(&source.values, &known, "") {
            return Err(ConfigError::Unknown { key, origin: source.origin, known });
        }
        figment = figment.merge(source);
    }
    for flag in from_flags(flags) {
        figment = figment.merge(flag);
    }
    figment.extract().map_err(|error| ConfigError::Invalid {
        key: error.path.join("."),
        origin: error.metadata.map_or_else(|| "the settings".to_owned(), |metadata| metadata.name.into_owned()),
        why: without_value(error.kind),
    })
}

/// All settings by name, each with its default.
fn known_settings() -> Dict {
    match Value::serialize(Settings::default()) {
        Ok(Value::Dict(_, settings)) => settings,
        _ => Dict::new(),
    }
}

fn from_file(file: &Path) -> Result<Source, ConfigError> {
    let text =
        std::fs::read_to_string(file).map_err(|source| ConfigError::Unreadable { file: file.to_owned(), source })?;
    let mut profiles = Toml::string(&text)
        .data()
        .map_err(|error| ConfigError::NotToml { file: file.to_owned(), place: place(&error.kind) })?;
    let values = profiles.remove(&Profile::Default).unwrap_or_default();
    Ok(Source { origin: file.display().to_string(), values })
}

fn from_variable((name, value): (String, String)) -> Option<Source> {
    let key = name.strip_prefix(PREFIX)?;
    let [file, bundle, tests] = NOT_SETTINGS;
    if name == file || name == bundle || name.starts_with(tests) {
        return None;
    }
    let key = key.to_ascii_lowercase().replace("__", ".");
    let value = value.parse().unwrap_or_else(|never| match never {});
    let values = figment::util::nest(&key, value).into_dict()?;
    Some(Source { origin: format!("the environment variable {name}"), values })
}

fn from_flags(flags: &Flags) -> impl Iterator<Item = Source> {
    let path = |path: &PathBuf| path.to_string_lossy().into_owned();
    let networks = flags.trusted_proxies.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let given = [
        ("--listen", "server.listen", flags.listen.map(|address| address.to_string())),
        ("--data", "server.data", flags.data.as_ref().map(path)),
        ("--database-url", "database.url", flags.database_url.as_ref().map(|url| url.secret().to_owned())),
        ("--backups", "backup.directory", flags.backups.as_ref().map(path)),
        ("--workers", "reports.workers", flags.workers.map(|workers| workers.to_string())),
        ("--tls-cert", "server.tls_cert", flags.tls_cert.as_ref().map(path)),
        ("--tls-key", "server.tls_key", flags.tls_key.as_ref().map(path)),
        ("--trusted-proxy", "server.trusted_proxies", Some(networks).filter(|networks| !networks.is_empty())),
    ];
    given.into_iter().filter_map(|(flag, key, value)| {
        // Numbers are numbers, as in the environment.
        let value = match key {
            "reports.workers" => value?.parse().unwrap_or_else(|never| match never {}),
            _ => Value::from(value?),
        };
        let values = figment::util::nest(key, value).into_dict()?;
        Some(Source { origin: format!("the flag {flag}"), values })
    })
}

/// The first key of `values` that no setting has, with what would be known in its place.
fn unknown(values: &Dict, known: &Dict, section: &str) -> Option<(String, String)> {
    values.iter().find_map(|(name, value)| {
        let key = if section.is_empty() { name.clone() } else { format!("{section}.{name}") };
        match (known.get(name), value) {
            (Some(Value::Dict(_, known)), Value::Dict(_, values)) => unknown(values, known, &key),
            (Some(_), _) => None,
            (None, _) => {
                let names = known.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
                let place = if section.is_empty() { "the sections are".to_owned() } else { format!("`{section}` has") };
                Some((key, format!("{place} {names}")))
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn from(file: &str, environment: &[(&str, &str)], flags: &Flags) -> Result<Settings, ConfigError> {
        let mut text = tempfile::NamedTempFile::new().unwrap();
        text.write_all(file.as_bytes()).unwrap();
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        load(Some(text.path()), environment, flags)
    }

    fn refusal(file: &str, environment: &[(&str, &str)]) -> String {
        from(file, environment, &Flags::default()).unwrap_err().to_string()
    }

    #[test]
    fn flags_come_before_the_environment_the_file_and_the_defaults() {
        let file = "[server]\nlisten = '127.0.0.1:1'\ndata = 'file'\n[http]\nmax_body_bytes = 1\n";
        let environment = [("PATIENTGRAPH_SERVER__LISTEN", "127.0.0.1:2"), ("PATIENTGRAPH_SERVER__DATA", "env")];
        let flags = Flags { listen: Some("127.0.0.1:3".parse().unwrap()), ..Flags::default() };
        let settings = from(file, &environment, &flags).unwrap();
        assert_eq!(settings.server.listen.port(), 3);
        assert_eq!(settings.server.data, Path::new("env"));
        assert_eq!(settings.http.max_body_bytes, 1);
        assert_eq!(settings.http.body_timeout_seconds, 10);
    }

    #[test]
    fn nothing_set_is_the_defaults() {
        let elsewhere = ("HOME".to_owned(), "/".to_owned());
        assert_eq!(load(None, [elsewhere], &Flags::default()).unwrap(), Settings::default());
    }

    #[test]
    fn the_example_file_shows_every_setting_with_its_default() {
        let example = include_str!("../../../../docs/patientgraph.example.toml");
        assert_eq!(from(example, &[], &Flags::default()).unwrap(), Settings::default());
        let keys = example.lines().filter_map(|line| line.trim_start_matches("# ").split_once(" = ")).count();
        let known = known_settings().into_values().filter_map(Value::into_dict).map(|section| section.len());
        assert_eq!(keys, known.sum::<usize>());
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_origin() {
        let message = refusal("[http]\nmax_body_byte = 1\n", &[]);
        assert!(message.contains("`http.max_body_byte`") && message.contains("max_body_bytes"), "{message}");
        let message = refusal("", &[("PATIENTGRAPH_SERVER__LISTN", "127.0.0.1:1")]);
        assert!(message.contains("`server.listn`") && message.contains("PATIENTGRAPH_SERVER__LISTN"), "{message}");
        let message = refusal("lsten = 1", &[]);
        assert!(
            message.contains("`lsten`") && message.contains("the sections are auth, backup, clinic, database"),
            "{message}"
        );
    }

    #[test]
    fn a_value_that_does_not_fit_is_refused_with_its_origin() {
        let message = refusal("", &[("PATIENTGRAPH_HTTP__MAX_BODY_BYTES", "much")]);
        assert!(message.contains("`http.max_body_bytes`") && message.contains("PATIENTGRAPH_HTTP"), "{message}");
        let message = refusal("[clinic]\nzone = 'Europe/Nowhere'", &[]);
        assert!(message.contains("`clinic.zone`"), "{message}");
        let message = refusal("[clinic]\ncurrency = 'euro'", &[]);
        assert!(message.contains("three capital letters"), "{message}");
        let message = refusal("server = 5", &[]);
        assert!(message.contains("`server`"), "{message}");
    }

    #[test]
    fn a_refused_database_url_does_not_show_its_password() {
        let message = refusal("", &[("PATIENTGRAPH_DATABASE__URL", "mysql://ada:s3cret@db/clinic")]);
        assert!(message.contains("`database.url`") && !message.contains("s3cret"), "{message}");
    }

    #[test]
    fn a_secret_in_a_broken_file_is_not_shown() {
        for (file, told) in [
            ("[auth]\nsecret = 's3cret\n", "line 2, column"),
            ("[database]\nurl = postgres://ada:s3cret@db/clinic\n", "line 2, column"),
            ("[auth]\n\nsecret_file = 's3cret'\nsecret_file = 's3cret'\n", "line 4, column"),
            ("auth = 's3cret'", "`auth`"),
            ("[auth]\nsecret = ['s3cret']", "`auth.secret`"),
            ("[auth]\nsecret_file = ['s3cret']", "`auth.secret_file`"),
            ("[auth]\naccess_token_minutes = 's3cret'", "`auth.access_token_minutes`"),
            ("[database]\nurl = { password = 's3cret' }", "`database.url`"),
            ("[database]\nurl = 'ada:s3cret@db/clinic'", "`database.url`"),
        ] {
            let message = refusal(file, &[]);
            assert!(message.contains(told) && !message.contains("s3cret"), "{message}");
        }
        let message = refusal("", &[("PATIENTGRAPH_DATABASE__URL", "4711")]);
        assert!(message.contains("`database.url`") && !message.contains("4711"), "{message}");
    }

    #[test]
    fn networks_are_a_list_or_a_text() {
        let of = |file: &str, environment: &[(&str, &str)]| {
            from(file, environment, &Flags::default()).unwrap().server.trusted_proxies
        };
        let both = of("[server]\ntrusted_proxies = ['10.0.0.0/8', '::1']", &[]);
        assert_eq!(of("[server]\ntrusted_proxies = '10.0.0.0/8, ::1'", &[]), both);
        assert_eq!(of("", &[("PATIENTGRAPH_SERVER__TRUSTED_PROXIES", "10.0.0.0/8,::1")]), both);
        assert!(of("", &[("PATIENTGRAPH_SERVER__TRUSTED_PROXIES", "::1")]).contains("::1".parse().unwrap()));
        let flags = Flags { trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()], ..Flags::default() };
        let flagged = from("[server]\ntrusted_proxies = ['::1']", &[], &flags).unwrap().server.trusted_proxies;
        assert!(flagged.contains("10.1.1.1".parse().unwrap()) && !flagged.contains("::1".parse().unwrap()));
        let message = refusal("[server]\ntrusted_proxies = ['10.0.0.0/8', 'proxy']", &[]);
        assert!(message.contains("`server.trusted_proxies`") && message.contains("`proxy` is no network"), "{message}");
        let message = refusal("[server]\npublic_url = 'records.example.org'", &[]);
        assert!(message.contains("`server.public_url`") && message.contains("https://"), "{message}");
    }

    #[test]
    fn variables_that_are_no_settings_are_left_alone() {
        let environment =
            [("PATIENTGRAPH_CONFIG", "x"), ("PATIENTGRAPH_GRAPHIQL", "cdn"), ("PATIENTGRAPH_TEST_URL", "x")];
        assert_eq!(from("", &environment, &Flags::default()).unwrap(), Settings::default());
        let settings = from("", &[("PATIENTGRAPH_GRAPHIQL__ENABLED", "false")], &Flags::default()).unwrap();
        assert!(!settings.graphiql.enabled);
    }
}
