//! What was copied is what there was.

use std::collections::BTreeMap;
use std::time::Duration;

use patientgraph::copy::{LEFT_OUT, Table, copied as copied_tables, made};
use serde_json::{Value, json};

use super::{assert_same, change, columns, copied, directory, everything, fill, is_empty, refusal};
use crate::support::actor::Actor;
use crate::support::binary::{self, Running};
use crate::support::database::{Backend, TestDatabase};

/// JSON as programs write it, with what `jsonb` writes in another way; fractions; text of many alphabets; a row of each
/// table that a demo has none of.
const ODD: &str = r#"
    UPDATE sessions SET metadata = '{"b": 1.50, "a": [100, 12345678901234567890123, {"é": null}], "b ": "\u00e9\n"}'
        WHERE id = (SELECT id FROM sessions ORDER BY id LIMIT 1);
    UPDATE predictions SET confidence_score = 0.1234567890123456, processing_time = 0.000001
        WHERE id = (SELECT id FROM predictions ORDER BY id LIMIT 1);
    UPDATE patients SET phone = E'', address = 'Łódź — 東京 ''x'' \'
        WHERE patient_id = (SELECT patient_id FROM patients ORDER BY patient_id LIMIT 1);
    UPDATE medical_reports SET status = 'released', released_at = '2026-01-01T00:00:00.000000Z'
        WHERE id = (SELECT max(id) FROM medical_reports r WHERE status = 'draft');
    INSERT INTO medical_reports (id, patient_id, title, content, revision, supersedes_id, status, released_at)
        SELECT '00000000-0000-7000-8000-000000000001', patient_id, 'An older key', 'x', 2, id, 'released', released_at
        FROM medical_reports WHERE released_at = '2026-01-01T00:00:00.000000Z';
    INSERT INTO patient_erasures (id, reason, erased_at)
        VALUES ('01900000-0000-7000-8000-00000000dead', 'asked for', '2025-01-01T00:00:00.000001Z');
    INSERT INTO sign_ins (id, user_id, created_at, expires_at)
        SELECT '01900000-0000-7000-8000-00000000aaaa', id, '2026-01-01T00:00:00.000000Z', '2026-02-01T00:00:00.000000Z'
        FROM users ORDER BY id LIMIT 1;
    INSERT INTO refresh_tokens (hash, sign_in_id, created_at)
        VALUES ('abc', '01900000-0000-7000-8000-00000000aaaa', '2026-01-01T00:00:00.000000Z');
    INSERT INTO account_links (user_id, hash, created_at, expires_at)
        SELECT id, 'def', '2026-01-01T00:00:00.000000Z', '2026-02-01T00:00:00.000000Z' FROM users ORDER BY id LIMIT 1;
    INSERT INTO api_keys (id, user_id, name, hash, hint, may_report)
        SELECT '01900000-0000-7000-8000-00000000bbbb', id, 'room 2', 'ghi', 'hi', TRUE FROM users ORDER BY id LIMIT 1;
    INSERT INTO imports (id, file_name, file_sha256, file_bytes, variant, utc_offset_minutes, settings, made_by, started_at)
        VALUES ('01900000-0000-7000-8000-00000000cccc', 'old.db', 'abc', 7, 'v4', 330, '{"force": false}', '0.1.0',
            '2026-01-01T00:00:00.000000Z');
    INSERT INTO import_rows (source_table, source_key, row_key, print)
        SELECT 'patients', mrn, patient_id, 9007199254740993 FROM patients;
    INSERT INTO import_kept (id, import_id, source_table, source_row, reason, content, patient_id)
        SELECT '01900000-0000-7000-8000-00000000dddd', '01900000-0000-7000-8000-00000000cccc', 'users', 1, 'x', '{"a": 1}',
            patient_id FROM patients ORDER BY patient_id LIMIT 1;
    INSERT INTO import_kept (id, import_id, source_table, source_row, reason, content)
        VALUES ('01900000-0000-7000-8000-00000000eeee', '01900000-0000-7000-8000-00000000cccc', 'users', 2, 'x', '{}');
    INSERT INTO import_quarantine (import_id, source_table, source_row, code, reason)
        VALUES ('01900000-0000-7000-8000-00000000cccc', 'users', 3, 'x', 'y')"#;

#[tokio::test]
async fn to_the_other_database_and_back_again() {
    let [first, last] = [TestDatabase::migrated_sqlite().await, TestDatabase::fresh(Backend::Sqlite).await];
    let between = TestDatabase::fresh(Backend::Postgres).await;
    fill(&first, 60).await;
    change(&first, &ODD.replace("E''", "''")).await;
    let before = everything(&first).await;
    assert!(before.iter().all(|(table, rows)| !rows.is_empty() || table == "consultation_revisions"), "{before:#?}");

    assert!(before["medical_reports"].iter().any(|row| row.contains("An older key")), "it replaces one of a later key");
    let there = copied(&first, &between);
    assert_same(&before, &everything(&first).await);
    assert_same(&before, &everything(&between).await);
    let back = copied(&between, &last);
    assert_same(&before, &everything(&last).await);
    assert_eq!(there["tables"], back["tables"], "the digests say so too");
    let tables = there["tables"].as_array().unwrap();
    let rows = |title: &str| tables.iter().find(|table| table["table"] == title).unwrap()["rows"].clone();
    assert_eq!(rows("patients"), 60);
    assert_eq!(rows("patient_statistics"), 60);
    assert!(rows("patient_timeline (made events)").as_u64().unwrap() > 60, "{there}");
    for database in [&between, &last] {
        let connection = database.connect().await;
        let number = "SELECT count(*) FROM sessions WHERE CAST(metadata AS text) LIKE '%12345678901234567890123%'";
        let found: i64 = super::rows(&connection, number).await[0].try_get_by_index(0).unwrap();
        assert_eq!(found, 1, "a number keeps its digits");
        let fraction = "SELECT max(confidence_score) FROM predictions WHERE processing_time < 0.00001";
        let found: f64 = super::rows(&connection, fraction).await[0].try_get_by_index(0).unwrap();
        assert_eq!(found.to_bits(), 0.123_456_789_012_345_6_f64.to_bits(), "and a fraction all of its bits");
        connection.close().await.unwrap();
    }
    // Once more is refused: it is not empty any more.
    assert!(refusal(&first, &between).contains("has data already"));
    for database in [&between, &last] {
        let verified = binary::run(&["verify", "--database-url", &database.url()], directory().path());
        assert!(verified.status.success(), "{}", super::said(&verified));
    }
}

#[tokio::test]
async fn to_another_database_of_the_same_kind() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let (from, to) = (TestDatabase::migrated(backend).await, TestDatabase::migrated(backend).await);
        fill(&from, 10).await;
        copied(&from, &to);
        assert_same(&everything(&from).await, &everything(&to).await);
    }
}

#[tokio::test]
async fn people_sign_in_there_as_before() {
    let directory = directory();
    let from = TestDatabase::fresh(Backend::Sqlite).await;
    let demo = Running::start(&["demo", "--json", "--database-url", &from.url(), "--patients", "20"], directory.path());
    let accounts: Vec<Value> = demo.ready["accounts"].as_array().unwrap().clone();
    assert!(demo.stop(Duration::from_secs(10)).0.success());
    let to = TestDatabase::fresh(Backend::Postgres).await;
    assert!(is_empty(&to).await);
    copied(&from, &to);
    let server = Running::start(&["serve", "--database-url", &to.url()], directory.path());
    let nobody = Actor::stranger(server.ready["url"].as_str().and_then(|url| url.strip_suffix("/graphql")).unwrap());
    let sign_in = "mutation($username: String!, $password: String!) {
        signIn(input: { username: $username, password: $password }) { accessToken viewer { role } } }";
    for account in accounts.iter().filter(|account| account["password"].is_string()) {
        let variables = json!({"username": account["username"], "password": account["password"]});
        let answer = nobody.data(sign_in, variables).await;
        let role = account["role"].as_str().unwrap().to_uppercase();
        assert_eq!(answer["signIn"]["viewer"]["role"], role, "{answer}");
    }
    // The program by its key, which it had before.
    let agent = accounts.iter().find(|account| account["role"] == "agent").unwrap();
    let agent = nobody.carrying(agent["token"].as_str());
    assert_eq!(agent.data("{ viewer { role } }", json!({})).await["viewer"]["role"], "AGENT");
}

/// Whoever adds a table or a column says what becomes of it.
#[tokio::test]
async fn every_table_is_copied_or_left_out_for_a_reason() {
    let database = TestDatabase::migrated_postgres().await;
    let connection = database.connect().await;
    let mut known = BTreeMap::new();
    for table in copied_tables() {
        let columns = Table::columns(&table).map(str::to_owned).collect();
        assert!(known.insert(table.name().to_owned(), columns).is_none(), "{} is copied once", table.name());
    }
    for table in made().into_iter().filter(|table| table.name() == "patient_statistics") {
        let columns = table.columns().chain(["last_updated", "trigger_writes"]).map(str::to_owned).collect();
        known.insert(table.name().to_owned(), columns);
    }
    let all = columns(&connection).await;
    for (table, reason) in LEFT_OUT {
        assert!(!reason.is_empty() && !known.contains_key(table), "{table}");
        known.insert(table.to_owned(), all[table].clone());
    }
    assert_eq!(known, all, "see crates/server/src/copy/table.rs");
}
