//! PostgreSQL's own programs: where they are, and how they are run.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::BackupError;
use super::connection::environment;
use crate::db::DatabaseUrl;

/// What is needed of them.
const NEEDED: [&str; 3] = ["pg_dump", "pg_restore", "psql"];
/// Where packages put one directory per version: Debian and Ubuntu, Red Hat.
const PACKAGED: [(&str, &str); 2] = [("/usr/lib/postgresql", ""), ("/usr", "pgsql-")];

/// The programs of one version, and how they reach the database.
#[derive(Debug, Clone)]
pub(super) struct Programs {
    directory: PathBuf,
    environment: Vec<(&'static str, OsString)>,
}

impl Programs {
    /// The programs in `set`, if that is given. Else those that fit the server best: of its version, else the newest,
    /// else what the path has.
    pub(super) fn find(set: Option<&Path>, url: &DatabaseUrl, server: u32) -> Result<Self, BackupError> {
        let candidates = match set {
            Some(directory) => vec![directory.to_owned()],
            None => {
                let path = std::env::var_os("PATH").unwrap_or_default();
                best_first(packaged(), server).into_iter().chain(std::env::split_paths(&path)).collect()
            }
        };
        let found = candidates.into_iter().find(|candidate| NEEDED.iter().all(|name| candidate.join(name).is_file()));
        let directory = found.ok_or_else(|| BackupError::NoPrograms {
            place: set.map_or_else(|| "here".to_owned(), |set| format!("in {}", set.display())),
            server,
        })?;
        Ok(Self { directory, environment: environment(url)? })
    }

    /// One of them, for the database. Nothing of the address is among its arguments, which every user of the machine
    /// can list.
    pub(super) fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.directory.join(name));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command.env("LC_ALL", "C").env("PGAPPNAME", "patientgraph backup").env("PGCONNECT_TIMEOUT", "10");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// Directories with their versions.
fn packaged() -> Vec<(u32, PathBuf)> {
    let mut found = vec![];
    for (place, prefix) in PACKAGED {
        let entries = std::fs::read_dir(place).into_iter().flatten().flatten();
        found.extend(entries.filter_map(|entry| {
            let version = entry.file_name().to_str()?.strip_prefix(prefix)?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        }));
    }
    found
}

/// The server's own version first: what a later one writes is not always understood by it. Then the newest.
fn best_first(mut packaged: Vec<(u32, PathBuf)>, server: u32) -> Vec<PathBuf> {
    packaged.sort_by_key(|(version, _)| (*version != server, std::cmp::Reverse(*version)));
    packaged.into_iter().map(|(_, directory)| directory).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_own_version_comes_first_and_then_the_newest() {
        let packaged = || [9, 15, 17, 16].map(|version| (version, PathBuf::from(version.to_string()))).to_vec();
        let order = |server| best_first(packaged(), server).iter().map(|path| path.display().to_string()).collect();
        let (known, unknown): (Vec<String>, Vec<String>) = (order(16), order(18));
        assert_eq!(known, ["16", "17", "15", "9"]);
        assert_eq!(unknown, ["17", "16", "15", "9"]);
    }

    #[test]
    fn programs_are_looked_for_where_it_is_set() {
        let directory = tempfile::tempdir().unwrap();
        let url = "postgres://ada:s3cret@db/clinic".parse().unwrap();
        let refusal = Programs::find(Some(directory.path()), &url, 16).unwrap_err().to_string();
        assert!(refusal.contains("postgresql-client") && refusal.contains("backup.programs"), "{refusal}");
        for name in NEEDED {
            std::fs::write(directory.path().join(name), "").unwrap();
        }
        let programs = Programs::find(Some(directory.path()), &url, 16).unwrap();
        let command = format!("{:?}", programs.command("pg_dump").get_args());
        assert!(!command.contains("s3cret"), "{command}");
    }
}
