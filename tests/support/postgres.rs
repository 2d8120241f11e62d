//! A PostgreSQL of this test run's own: made at first use from the installed binaries, gone when the process ends.
//!
//! `PATIENTGRAPH_TEST_POSTGRES_URL` names a server to use instead, by a user who may create databases.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use nix::unistd::{Uid, User};

const URL_VARIABLE: &str = "PATIENTGRAPH_TEST_POSTGRES_URL";

/// Runs beside the tests and lives for their standard input: however the test process ends, its pipe closes, `read`
/// returns, and the cluster goes with its directory. Says `ready` once connections are accepted.
const KEEPER: &str = r#"
bin=$1 dir=$2
trap '' INT TERM HUP
{
  "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C --no-sync &&
  "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -t 120 -w start -o "-k '$dir' -c listen_addresses='' \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=400 -c shared_buffers=128MB"
} >"$dir/start" 2>&1 </dev/null && echo ready || cat "$dir/start" "$dir/log"
read -r _
"$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1 </dev/null
rm -rf "$dir"
"#;

/// A server on which tests make databases.
#[derive(Debug)]
pub struct Cluster {
    before_name: String,
    after_name: String,
    /// Whether the server ends with the process, and everything left on it too.
    pub private: bool,
}

impl Cluster {
    /// The server of this process; started by whoever asks first.
    ///
    /// # Panics
    /// Without PostgreSQL: half of the tests would say nothing.
    pub fn get() -> &'static Self {
        static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();
        let cluster = CLUSTER.get_or_init(|| match env::var(URL_VARIABLE) {
            Ok(url) => Ok(Cluster::at(&url)),
            Err(_) => Cluster::start(),
        });
        match cluster {
            Ok(cluster) => cluster,
            Err(why) => panic!("{why}"),
        }
    }

    /// The URL of one of its databases.
    pub fn url(&self, database: &str) -> String {
        format!("{}{database}{}", self.before_name, self.after_name)
    }

    /// A server that is there already: its URL with another database's name in it.
    fn at(url: &str) -> Self {
        let (address, parameters) = url.split_once('?').map_or((url, None), |(a, p)| (a, Some(p)));
        let authority = address.find("://").map_or(0, |at| at + 3);
        let end = address[authority..].find('/').map_or(address.len(), |at| authority + at);
        Self {
            before_name: format!("{}/", &address[..end]),
            after_name: parameters.map_or_else(String::new, |p| format!("?{p}")),
            private: false,
        }
    }

    fn start() -> Result<Self, String> {
        let bin = binaries().ok_or_else(|| {
            format!(
                "no PostgreSQL found in PATH, in /usr/lib/postgresql or by pg_config: run tests/run, which installs it, \
                 or `apt-get install postgresql`, or set {URL_VARIABLE} to a server's URL"
            )
        })?;
        let dir = tempfile::Builder::new().prefix("patientgraph-pg-").tempdir().map_err(|e| e.to_string())?.keep();
        let mut keeper = Command::new("sh");
        keeper.arg("-c").arg(KEEPER).arg("postgres-keeper").arg(&bin).arg(&dir).current_dir(&dir);
        if Uid::effective().is_root() {
            let user = unprivileged_user()?;
            chown(&dir, Some(user.uid.as_raw()), Some(user.gid.as_raw())).map_err(|e| e.to_string())?;
            keeper.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        // A group of its own: an interrupt from the terminal ends the tests, and thereby the cluster, in this order.
        let mut keeper = keeper
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| format!("sh does not start: {e}"))?;
        let mut output = BufReader::new(keeper.stdout.take().ok_or("the keeper has no output")?);
        let mut line = String::new();
        output.read_line(&mut line).map_err(|e| e.to_string())?;
        if line.trim() != "ready" {
            drop(keeper.stdin.take());
            output.read_to_string(&mut line).map_err(|e| e.to_string())?;
            return Err(format!("PostgreSQL in {} does not start:\n{line}", bin.display()));
        }
        // The other end of the keeper's pipe stays open for as long as this process lives, and no longer.
        std::mem::forget(keeper.stdin.take());
        Ok(Self {
            before_name: "postgres://postgres@localhost/".to_owned(),
            after_name: format!("?host={}", dir.display()),
            private: true,
        })
    }
}

/// The directory of the newest installed PostgreSQL.
pub fn binaries() -> Option<PathBuf> {
    let in_path = env::var_os("PATH").into_iter().flat_map(|path| env::split_paths(&path).collect::<Vec<_>>());
    let mut packaged: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    packaged.sort();
    let configured = Command::new("pg_config").arg("--bindir").output().ok();
    let configured = configured.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    in_path
        .chain(packaged.into_iter().rev().map(|(_, bin)| bin))
        .chain(configured)
        .find(|bin| ["initdb", "pg_ctl", "postgres"].iter().all(|name| is_file(&bin.join(name))))
}

fn is_file(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file())
}

/// `initdb` refuses to run as root.
fn unprivileged_user() -> Result<User, String> {
    let found = ["postgres", "nobody"].iter().find_map(|name| User::from_name(name).ok().flatten());
    found.ok_or_else(|| "PostgreSQL does not run as root, and there is no user `postgres` or `nobody`".to_owned())
}
