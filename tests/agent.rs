//! The example agent of docs/agent, run as it is against a demo.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::binary::{self, Running};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/agent/agent.py");

/// A demo, its administrator, and the key of its agent.
struct Demo {
    running: Running,
    directory: tempfile::TempDir,
}

impl Demo {
    fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut command = binary::command(&["demo", "--json", "--patients", "20"], directory.path());
        // Or the server's own workers might be first.
        let running = Running::begin({
            command.env("PATIENTGRAPH_REPORTS__WORKERS", "0");
            command
        });
        Self { running, directory }
    }

    fn token(&self, role: &str) -> &str {
        let accounts = self.running.ready["accounts"].as_array().unwrap();
        accounts.iter().find(|account| account["role"] == role).unwrap()["token"].as_str().unwrap()
    }

    fn admin(&self) -> Actor {
        Actor::new(self.url().strip_suffix("/graphql").unwrap(), self.token("admin"))
    }

    fn url(&self) -> &str {
        self.running.ready["url"].as_str().unwrap()
    }

    /// Runs the agent with the demo's key to its end.
    fn agent(&self, arguments: &[&str]) -> Output {
        python(self.directory.path())
            .arg(SCRIPT)
            .args(arguments)
            .env("PATIENTGRAPH_URL", self.url())
            .env("PATIENTGRAPH_KEY", self.token("agent"))
            .output()
            .expect("Python starts")
    }
}

/// Python, as new as the agent needs it.
fn python(directory: &Path) -> Command {
    let enough = "import sys; sys.exit(sys.version_info < (3, 11))";
    let found = Command::new("python3").args(["-c", enough]).status();
    assert!(
        found.is_ok_and(|status| status.success()),
        "the example agent needs python3, 3.11 or newer, on the PATH: install it and run the tests again"
    );
    let mut command = Command::new("python3");
    // Nothing is written beside the script, and nothing of this machine's own is imported.
    command.args(["-I", "-B"]).current_dir(directory);
    command
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[tokio::test]
async fn the_agent_delivers_a_scan_and_what_its_model_found() {
    let demo = Demo::start();
    std::fs::write(demo.directory.path().join("brain.nii.gz"), b"pixels").unwrap();
    let output = demo.agent(&["intake", "PG-000003", "brain.nii.gz"]);
    assert!(output.status.success(), "{}", said(&output));
    let delivered: Value = serde_json::from_slice(&output.stdout).unwrap();

    let query = "query($session: ID!) { node(id: $session) { ... on AnalysisSession { status patient { mrn }
        scans { nodes { id originalFilename fileType fileSize sha256 processingStatus } }
        predictions { nodes { id result modelVersion releasedAt scan { id } } } } } }";
    let session = demo.admin().data(query, json!({"session": delivered["session"]})).await["node"].clone();
    assert_eq!((&session["status"], &session["patient"]["mrn"]), (&json!("COMPLETED"), &json!("PG-000003")));
    let digits = ring::digest::digest(&ring::digest::SHA256, b"pixels");
    let digits: String = digits.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        session["scans"]["nodes"],
        json!([{
            "id": delivered["scan"], "originalFilename": "brain.nii.gz", "fileType": "NIFTI", "fileSize": 6,
            "sha256": digits, "processingStatus": "COMPLETED",
        }])
    );
    assert_eq!(
        session["predictions"]["nodes"],
        json!([{
            "id": delivered["prediction"], "result": "UNCERTAIN", "modelVersion": "example-agent 1.0", "releasedAt": null,
            "scan": {"id": delivered["scan"]},
        }])
    );
}

#[tokio::test]
async fn the_agent_says_what_is_wrong() {
    let demo = Demo::start();
    std::fs::write(demo.directory.path().join("brain.nii.gz"), b"pixels").unwrap();
    let output = demo.agent(&["intake", "PG-999999", "brain.nii.gz"]);
    assert!(!output.status.success() && said(&output).contains("refused: NOT_FOUND"), "{}", said(&output));
    let output = demo.agent(&["intake", "PG-000003", "nowhere.nii.gz"]);
    assert!(!output.status.success(), "{}", said(&output));
    // A session that came to nothing is not left open.
    let query = "{ sessions(first: 1) { nodes { status patient { mrn } } } }";
    let last = demo.admin().data(query, json!({})).await["sessions"]["nodes"][0].clone();
    assert_eq!(last, json!({"status": "FAILED", "patient": {"mrn": "PG-000003"}}));
    let mut keyless = python(demo.directory.path());
    let output = keyless.args([SCRIPT, "report"]).env_remove("PATIENTGRAPH_KEY").output().unwrap();
    assert!(!output.status.success() && said(&output).contains("PATIENTGRAPH_KEY"), "{}", said(&output));
}

#[tokio::test]
async fn the_agent_writes_the_report_that_was_asked_for() {
    let demo = Demo::start();
    let admin = demo.admin();
    let patient = admin.data("{ patient(mrn: \"PG-000003\") { id name } }", json!({})).await["patient"].clone();
    let request = "mutation($patient: ID!) { requestReport(input: {patientId: $patient, type: OTHER}) {
        reportRequest { id } userErrors { message } } }";
    let request = admin.data(request, json!({"patient": patient["id"]})).await["requestReport"].clone();
    assert_eq!(request["userErrors"], json!([]), "{request}");
    let request = request["reportRequest"]["id"].clone();
    // Of this type nothing else waits in the demo.
    let output = demo.agent(&["report", "--once", "--type", "OTHER"]);
    assert!(output.status.success() && said(&output).contains("done"), "{}", said(&output));
    assert!(!said(&output).contains(patient["name"].as_str().unwrap()), "the log has nothing of the patient");

    let query = "query($id: ID!) { node(id: $id) { ... on ReportRequest { status retryCount report {
        status type title content format generatedBy disclaimer patient { id } } } } }";
    let done = admin.data(query, json!({"id": request})).await["node"].clone();
    assert_eq!((&done["status"], &done["retryCount"]), (&json!("GENERATED"), &json!(0)), "{done}");
    let report = &done["report"];
    assert_eq!(
        (&report["status"], &report["type"], &report["format"], &report["generatedBy"], &report["patient"]["id"]),
        (&json!("DRAFT"), &json!("OTHER"), &json!("MARKDOWN"), &json!("example-agent 1.0"), &patient["id"])
    );
    assert!(report["content"].as_str().unwrap().starts_with("# Report about "), "{report}");
    // The lease is over, and with it what the agent sees.
    let agent = Actor::new(demo.url().strip_suffix("/graphql").unwrap(), demo.token("agent"));
    let seen = agent.data("query($id: ID!) { node(id: $id) { id } }", json!({"id": patient["id"]})).await;
    assert_eq!(seen["node"], Value::Null);
}
