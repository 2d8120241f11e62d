//! The program itself, as a process.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::sync::OnceLock;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use patientgraph::clock::{Clock, SystemClock};
use sea_orm::Database;
use serde_json::Value;

use super::accounts;
use super::actor::Actor;

/// The program, built like these tests. Cargo builds no other package's program for a test, hence by hand.
pub fn path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let tests = std::env::current_exe().expect("the path of the tests");
        let directory = tests.ancestors().nth(2).expect("target/<profile>/deps/<tests>");
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        // With the tests among what is built, dependencies have the features that they have for the tests.
        cargo.args(["build", "--workspace", "--bin", "patientgraph", "--test", "patientgraph", "--quiet"]);
        cargo.arg("--target-dir").arg(directory.parent().expect("target"));
        if directory.ends_with("release") {
            cargo.arg("--release");
        }
        // What cargo tells a test of its package would make some build scripts run anew, and half of the world with them.
        for (variable, _) in std::env::vars_os() {
            if variable
                .to_str()
                .is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
            {
                cargo.env_remove(&variable);
            }
        }
        assert!(cargo.status().expect("cargo runs").success(), "the program does not build");
        directory.join("patientgraph")
    })
}

/// The program with arguments, in a directory of its own.
pub fn command(arguments: &[&str], directory: &Path) -> Command {
    let mut command = Command::new(path());
    command.args(arguments).current_dir(directory).stdin(Stdio::null());
    command.env("PATIENTGRAPH_AUTH__SECRET", accounts::SECRET);
    command
}

/// Runs it to its end.
pub fn run(arguments: &[&str], directory: &Path) -> Output {
    command(arguments, directory).output().expect("the program starts")
}

/// A server that runs. It is killed, as by `kill -9`, when nobody holds it any more.
#[derive(Debug)]
pub struct Running {
    child: Child,
    /// Reads what it logs from then on: a full pipe would stop it.
    log: Option<JoinHandle<String>>,
    /// What it said when it was ready: the line of `--json`, or of the log.
    pub ready: Value,
    /// What it prints, after the line of `--json`.
    out: Option<BufReader<ChildStdout>>,
    /// What it logged until then.
    pub before: Vec<String>,
}

impl Running {
    /// Starts a server on a free port and waits until it is ready.
    pub fn start(arguments: &[&str], directory: &Path) -> Self {
        Self::begin(command(arguments, directory))
    }

    /// [`start`](Self::start), of a command that has been made ready.
    pub fn begin(mut command: Command) -> Self {
        let arguments: Vec<_> = command.get_args().map(|argument| argument.to_string_lossy().into_owned()).collect();
        command.args(["--listen", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let mut log = BufReader::new(child.stderr.take().expect("a log"));
        let mut out = BufReader::new(child.stdout.take().expect("an output"));
        let (mut before, mut line) = (vec![], String::new());
        if arguments.iter().any(|argument| argument == "--json") {
            out.read_line(&mut line).expect("a line");
        } else {
            while !line.contains("\"ready\"")
                && log
                    .read_line({
                        line.clear();
                        &mut line
                    })
                    .expect("a line")
                    > 0
            {
                before.push(line.clone());
            }
        }
        let ready = serde_json::from_str(&line).unwrap_or_else(|_| {
            let mut rest = String::new();
            let _ = log.read_to_string(&mut rest);
            panic!("{arguments:?} does not get ready:\n{}{line}{rest}", before.concat())
        });
        let log = std::thread::spawn(move || {
            let mut rest = String::new();
            log.read_to_string(&mut rest).expect("the rest of the log");
            rest
        });
        Self { child, log: Some(log), ready, out: Some(out), before }
    }

    /// The tests' administrator, signed in to its database.
    pub async fn admin(&self, database_url: &str) -> Actor {
        let connection = Database::connect(database_url).await.expect("the database opens");
        let token = accounts::admin(&connection, SystemClock.now()).await;
        connection.close().await.expect("the connection closes");
        let url = self.ready["url"].as_str().expect("a URL");
        Actor::new(url.strip_suffix("/graphql").expect("the URL of the endpoint"), token)
    }

    /// Where it listens: `127.0.0.1:4000`.
    pub fn address(&self) -> String {
        let url = self.ready["url"].as_str().expect("a URL");
        url.trim_start_matches("http://").trim_end_matches("/graphql").to_owned()
    }

    /// The memory that it has, in kilobytes.
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("the server lives");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// What it prints, after the line of `--json`; once.
    pub fn take_out(&mut self) -> BufReader<ChildStdout> {
        self.out.take().expect("it is taken once")
    }

    /// Asks it to stop; answers how it ended and what it logged meanwhile.
    ///
    /// # Panics
    /// When it takes longer than `patience`.
    pub fn stop(mut self, patience: Duration) -> (ExitStatus, String) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).expect("a process id"));
        kill(pid, Signal::SIGTERM).expect("the server lives");
        let asked = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                break status;
            }
            assert!(asked.elapsed() < patience, "the server does not stop");
            std::thread::sleep(Duration::from_millis(20));
        };
        (status, self.rest_of_log())
    }

    /// Ends it at once; answers what it logged until then.
    pub fn kill(mut self) -> String {
        self.child.kill().expect("the server lives");
        self.child.wait().expect("a child");
        self.rest_of_log()
    }

    fn rest_of_log(&mut self) -> String {
        self.log.take().expect("it is read once").join().expect("the rest of the log")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
