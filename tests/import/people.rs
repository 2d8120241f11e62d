//! Accounts, doctors and patients.

use serde_json::json;

use super::{Target, counts, found, sign_in};
use crate::on_both;
use crate::support::database::TestDatabase;
use crate::support::legacy::{LegacyFile, Variant, cells};
use crate::support::server::TestServer;

on_both!(
    people_sign_in_by_their_old_names,
    the_default_password_and_foreign_hashes_open_nothing,
    a_patient_is_found_by_the_old_id,
    people_share_nothing_that_only_one_may_have,
);

/// "an owl over the harbour", at the lowest cost.
const HASH: &str = "$2b$04$KqYr6Fg4qodAwTckQ4HlVucsPjDdfuSp3lw01fs9MMuVNJype/0Me";
const PASSWORD: &str = "an owl over the harbour";
/// "Admin123".
const DEFAULT: &str = "$2b$04$Hx.NppWV/iQOLd2YkZbdietvNuY4DpxDPr/uetl5wzqTFx9mRNa6m";

fn staff(file: &LegacyFile) {
    for (id, username, role, hash) in [
        ("u-admin", "admin", "admin", DEFAULT),
        ("u-boss", "boss", "admin", HASH),
        ("u-rao", "DR_RAO", "doctor", HASH),
        ("u-sha", "sha", "doctor", "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"),
        ("u-gone", "gone", "doctor", HASH),
    ] {
        let active = username != "gone";
        file.insert(
            "users",
            &cells![id: id, username: username, name: username, role: role, password_hash: hash, is_active: active],
        );
    }
    file.insert(
        "users",
        &cells![id: "u-pat", name: "Asha Menon", role: "patient", password_hash: HASH, phone: "12345",
            email: "asha@example.org"],
    );
    file.insert("doctors", &cells![doctor_id: "DOC1", user_id: "u-rao", license_number: "L1", consultation_fee: 19.99]);
    file.insert(
        "patients",
        &cells![patient_id: "PAT_1", user_id: "u-pat", name: "Asha Menon", gender: "female", age: 61, allergies: "penicillin",
            created_at: "2025-10-06T12:30:00.25", updated_at: "2025-10-06 07:00:00"],
    );
}

async fn people_sign_in_by_their_old_names(database: TestDatabase) {
    let target = Target::of(database);
    let file = target.old("old.db", Variant::V3, staff);
    let report = target.import(&file, &[]);
    assert_eq!(counts(&report, "users"), [6, 6, 0, 0, 0, 0, 0]);
    let server = TestServer::start(target.database).await;
    let stranger = server.stranger();
    let doctor = sign_in(&stranger, "DR_RAO", PASSWORD).await.expect("the old password opens the account");
    let viewer = doctor.data("{ viewer { name role doctor { name } } }", json!({})).await;
    assert_eq!(viewer["viewer"], json!({"name": "DR_RAO", "role": "DOCTOR", "doctor": {"name": "DR_RAO"}}));
    assert!(sign_in(&stranger, "boss", PASSWORD).await.is_some());
    assert!(sign_in(&stranger, "DR_RAO", "another owl over it").await.is_none());
    assert!(sign_in(&stranger, "gone", PASSWORD).await.is_none(), "a disabled account stays closed");
    // Whoever knew the old id alone knows no password.
    assert_eq!(found(&report, "user.patient_password"), 1);
    assert!(sign_in(&stranger, "PAT_1", PASSWORD).await.is_none());
    assert!(sign_in(&stranger, "PAT_1", "").await.is_none() && sign_in(&stranger, "PAT_1", "PAT_1").await.is_none());
    let accounts = server.admin().data("{ users(first: 10) { nodes { username role isActive } } }", json!({})).await;
    assert!(accounts.to_string().contains(r#"{"isActive":true,"role":"PATIENT","username":"PAT_1"}"#), "{accounts}");
}

async fn the_default_password_and_foreign_hashes_open_nothing(database: TestDatabase) {
    let target = Target::of(database);
    let file = target.old("old.db", Variant::V3, staff);
    let report = target.import(&file, &[]);
    assert_eq!((found(&report, "user.default_password"), found(&report, "user.password_not_bcrypt")), (1, 1));
    let hashes =
        target.rows(&["username", "password_hash"], "FROM users WHERE password_hash IS NULL ORDER BY username").await;
    assert_eq!(hashes.iter().map(|row| row[0].as_str()).collect::<Vec<_>>(), ["PAT_1", "admin", "sha"]);
    // A secret is nowhere else either.
    for table in ["import_kept", "imports", "import_quarantine"] {
        let content = target.content().await[table].join("\n");
        assert!(!content.contains("$2b$") && !content.contains("5e884898"), "{table}: {content}");
    }
    let server = TestServer::start(target.database).await;
    assert!(sign_in(&server.stranger(), "admin", "Admin123").await.is_none());
    assert!(sign_in(&server.stranger(), "sha", "password").await.is_none());
}

async fn a_patient_is_found_by_the_old_id(database: TestDatabase) {
    let target = Target::of(database);
    let file = target.old("old.db", Variant::V3, staff);
    target.import(&file, &[]);
    let key =
        target.value("row_key", "FROM import_rows WHERE source_table = 'patients' AND source_key = 'PAT_1'").await;
    assert_eq!(key, target.value("patient_id", "FROM patients WHERE mrn = 'PAT_1'").await);
    let server = TestServer::start(target.database).await;
    let document = "{ patient(mrn: \"PAT_1\") { name gender phone email allergies dateOfBirth dateOfBirthEstimated createdAt } \
                    doctors(first: 1) { nodes { name licenseNumber consultationFee } } }";
    let answer = server.admin().query(document, json!({})).await;
    let patient = &answer["data"]["patient"];
    // 61 years on 6 October 2025, give or take half a year.
    assert_eq!(
        *patient,
        json!({
            "name": "Asha Menon", "gender": "FEMALE", "phone": "12345", "email": "asha@example.org", "allergies": "penicillin",
            "dateOfBirth": "1964-04-07", "dateOfBirthEstimated": true, "createdAt": "2025-10-06T07:00:00.250000Z"
        }),
        "{answer:#}"
    );
}

async fn people_share_nothing_that_only_one_may_have(database: TestDatabase) {
    let target = Target::of(database);
    target
        .change(
            "INSERT INTO users (id, username, email, name, role) VALUES \
        ('01990000-0000-7000-8000-000000000001', 'DR_RAO', 'asha@example.org', 'Here', 'admin')",
        )
        .await;
    target.change("INSERT INTO patients (patient_id, mrn, name) VALUES ('01990000-0000-7000-8000-000000000002', 'PAT_1', 'Here')").await;
    let file = target.old("old.db", Variant::V3, staff);
    let said = target.refused(&file, &[]).await;
    assert!(said.contains("--force") && said.contains("did not come from the old system"), "{said}");
    let report = target.import(&file, &["--force"]);
    assert_eq!(report["backup"].as_str().unwrap().len(), "20260317T081500Z".len(), "{report:#}");
    for code in ["user.username_taken", "user.email_taken", "patient.mrn_taken"] {
        assert_eq!(found(&report, code), 1, "{code}");
    }
    assert_eq!(target.value("username", "FROM users WHERE name = 'DR_RAO'").await, "DR_RAO-old");
    assert_eq!(target.value("mrn", "FROM patients WHERE name = 'Asha Menon'").await, "PAT_1-old");
    assert_eq!(target.value("name", "FROM patients WHERE mrn = 'PAT_1'").await, "Here");
}
