//! What is told of requests for reports.

use serde_json::{Value, json};

use super::{REQUESTS, Ward};
use crate::on_both;
use crate::support::database::TestDatabase;
use crate::support::socket::Socket;

on_both!(requests_are_told_to_whoever_sees_the_patient);

async fn next(socket: &mut Socket, id: &str) -> (String, Value) {
    let mut change = socket.data(id).await["reportRequestChanged"].take();
    (change["kind"].as_str().expect("a kind").to_owned(), change["reportRequest"]["status"].take())
}

async fn requests_are_told_to_whoever_sees_the_patient(database: TestDatabase) {
    let ward = Ward::open(database).await;
    let after = ward.position().await;
    let request = ward.rows.of_patient("report_status", &ward.patients["ada"], json!({})).await;
    let other = ward.rows.of_patient("report_status", &ward.patients["bob"], json!({"status": "archived"})).await;
    let set = |what: &str| format!("UPDATE report_status SET {what} WHERE id = '{request}'");
    // Patients do not read why it failed.
    ward.rows.run(&set("error_message = 'No memory'")).await;
    ward.rows.run(&set("status = 'failed', retry_count = 5")).await;
    ward.rows.run(&set("version = 7")).await;
    ward.rows.run(&format!("DELETE FROM report_status WHERE id = '{other}'")).await;
    let failed = || json!("FAILED");
    let of_ada = [("ADDED", failed()), ("CHANGED", failed()), ("CHANGED", failed())];
    let all = [&of_ada[..1], &[("ADDED", json!(null))], &of_ada[1..], &[("REMOVED", json!(null))]].concat();
    let noticed = of_ada[..2].to_vec();
    let (ada, bob) = (json!(ward.patient("ada")), json!(ward.patient("bob")));
    for (who, patient, expected) in [
        ("admin", json!(null), all),
        ("admin", ada.clone(), of_ada.to_vec()),
        ("ute", json!(null), of_ada.to_vec()),
        ("program", json!(null), of_ada.to_vec()),
        ("ada", json!(null), noticed),
        ("carl", json!(null), vec![]),
    ] {
        let mut socket = Socket::of(&ward.actor(who).await).await;
        let id = socket.subscribe(REQUESTS, json!({"patient": patient, "after": after})).await;
        for (kind, status) in expected {
            assert_eq!(next(&mut socket, &id).await, (kind.to_owned(), status), "{who}");
        }
        socket.is_quiet().await;
    }
    let mut socket = Socket::of(&ward.actor("ute").await).await;
    let id = socket.subscribe(REQUESTS, json!({"patient": bob, "after": after})).await;
    assert_eq!(socket.error(&id).await, "NOT_FOUND");
}
