//! Positions: what was missed is told once, in order, whatever happened meanwhile.

use std::time::Duration;

use chrono::DateTime;
use patientgraph::clock::SystemClock;
use patientgraph::live::Live;
use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::json;

use super::{TIMELINE, Ward, change, pair, position, settle, told};
use crate::on_both;
use crate::support::database::TestDatabase;
use crate::support::server::TestServer;
use crate::support::socket::Socket;

on_both!(
    whoever_comes_back_gets_what_they_missed,
    a_position_read_with_the_data_misses_nothing,
    a_position_from_where_nothing_is_known_is_refused,
    pages_of_the_log_follow_each_other,
);

async fn whoever_comes_back_gets_what_they_missed(database: TestDatabase) {
    let ward = Ward::open(database).await;
    let mut after = ward.position().await;
    for round in 0..3 {
        let titles: Vec<String> = (0..4).map(|number| format!("{round}.{number}")).collect();
        for title in &titles {
            ward.note("ada", title, true).await;
        }
        let (mut socket, id) = ward.following("ada", "ada", &after).await;
        // The last two are left for the next time, and so is what comes after the cut.
        for title in &titles[..2] {
            let change = change(&mut socket, &id).await;
            assert_eq!(change["event"]["title"], *title);
            after = change["position"].as_str().expect("a position").to_owned();
        }
        drop(socket);
        ward.note("ada", "after the cut", true).await;
        let (mut socket, id) = ward.following("ada", "ada", &after).await;
        for title in [&titles[2], &titles[3], "after the cut"] {
            let change = change(&mut socket, &id).await;
            assert_eq!(change["event"]["title"], *title);
            after = change["position"].as_str().expect("a position").to_owned();
        }
        socket.is_quiet().await;
    }
}

async fn a_position_read_with_the_data_misses_nothing(database: TestDatabase) {
    const PAGE: &str =
        "query($id: ID!) { livePosition patient(id: $id) { timeline(first: 1) { totalCount nodes { title } } } }";
    let ward = Ward::open(database).await;
    ward.note("ada", "On the page", true).await;
    settle(&ward.rows.connection).await;
    let page = ward.actor("ada").await.data(PAGE, json!({"id": ward.patient("ada")})).await;
    assert_eq!(page["patient"]["timeline"]["totalCount"], 1);
    ward.note("ada", "New", true).await;
    let after = page["livePosition"].as_str().expect("a position");
    let (mut socket, id) = ward.following("ada", "ada", after).await;
    assert_eq!(told(&mut socket, &id).await, pair("ADDED", "New"));
    let stranger = ward.server.stranger().error_codes("{ livePosition }", json!({})).await;
    assert_eq!(stranger, ["UNAUTHENTICATED"]);
}

async fn a_position_from_where_nothing_is_known_is_refused(database: TestDatabase) {
    let ward = Ward::open(database).await;
    let after = ward.position().await;
    ward.note("ada", "Old", true).await;
    let kept = ward.position().await;
    let mut socket = Socket::of(&ward.actor("ada").await).await;
    let subscribe = async |socket: &mut Socket, after: &str| {
        socket.subscribe(TIMELINE, json!({"patient": ward.patient("ada"), "after": after})).await
    };
    // Another database's, and one that somebody has made up.
    let other = Ward::open(TestDatabase::migrated(ward.server.database.backend).await).await.position().await;
    let id = subscribe(&mut socket, &other).await;
    assert_eq!(socket.error(&id).await, "POSITION_EXPIRED");
    let made_up = "f".repeat(42) + "A";
    let id = subscribe(&mut socket, &made_up).await;
    assert_eq!(socket.error(&id).await, "POSITION_EXPIRED");
    for none in ["", "x", &kept[1..]] {
        let id = subscribe(&mut socket, none).await;
        assert_eq!(socket.error(&id).await, "BAD_USER_INPUT", "{none}");
    }
    // What was forgotten.
    let live = Live::new(ward.server.db.clone(), std::sync::Arc::new(SystemClock));
    let forever: DateTime<chrono::Utc> = "2999-01-01T00:00:00Z".parse().expect("an instant");
    live.forget(forever.into()).await.expect("old changes are forgotten");
    let id = subscribe(&mut socket, &after).await;
    assert_eq!(socket.error(&id).await, "POSITION_EXPIRED");
    ward.note("ada", "New", true).await;
    let id = subscribe(&mut socket, &kept).await;
    assert_eq!(told(&mut socket, &id).await, pair("ADDED", "New"));
}

async fn pages_of_the_log_follow_each_other(database: TestDatabase) {
    let ward = Ward::open(database).await;
    let after = ward.position().await;
    let note = ward.note("ada", "0", true).await;
    for number in 1..250 {
        ward.rows.run(&format!("UPDATE patient_timeline SET event_title = '{number}' WHERE id = '{note}'")).await;
        ward.note("bob", "Of another", true).await;
    }
    let (mut socket, id) = ward.following("ute", "ada", &after).await;
    let mut positions = vec![];
    for number in 0..250 {
        let change = change(&mut socket, &id).await;
        assert_eq!(change["kind"], if number == 0 { "ADDED" } else { "CHANGED" });
        positions.push(change["position"].as_str().expect("a position").to_owned());
    }
    socket.is_quiet().await;
    positions.dedup();
    assert_eq!(positions.len(), 250);
}

/// A database that was restored or copied counts its transactions anew: its log is another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_log_is_another() {
    let ward = Ward::open(TestDatabase::migrated_postgres().await).await;
    let before = ward.position().await;
    let (mut live, of_live) = ward.following("ada", "ada", &before).await;
    ward.note("ada", "Before", true).await;
    assert_eq!(told(&mut live, &of_live).await, pair("ADDED", "Before"));
    // As a dump from a cluster that was further.
    ward.rows.run("UPDATE changes SET tx = tx + 1000000000").await;
    let server = ward.server.another().await;
    let ada = ward.actor("ada").await.at(&server.origin);
    let after = position(&ada).await;
    ward.note("ada", "After", true).await;
    let mut socket = Socket::of(&ada).await;
    let patient = ward.patient("ada");
    let id = socket.subscribe(TIMELINE, json!({"patient": patient, "after": before})).await;
    assert_eq!(socket.error(&id).await, "POSITION_EXPIRED");
    let id = socket.subscribe(TIMELINE, json!({"patient": patient, "after": after})).await;
    assert_eq!(told(&mut socket, &id).await, pair("ADDED", "After"));
    socket.is_quiet().await;
    // Who followed the old one is told too, and is not left in silence.
    assert_eq!(live.error(&of_live).await, "POSITION_EXPIRED");
}

/// A copy of a file is another database, with what was told of it before, and then goes its own way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copied_file_has_a_log_of_its_own() {
    let ward = Ward::open(TestDatabase::migrated_sqlite().await).await;
    let before = ward.position().await;
    ward.note("ada", "Before", true).await;
    let copy = TestDatabase::migrated_sqlite().await;
    std::fs::remove_file(copy.path()).expect("the old file goes");
    let whole = format!("VACUUM INTO '{}'", copy.path().display());
    ward.rows.connection.execute_unprepared(&whole).await.expect("a backup");
    let server = TestServer::start(copy).await;
    let mut socket = Socket::of(&server.admin()).await;
    let patient = ward.patient("ada");
    let id = socket.subscribe(TIMELINE, json!({"patient": patient, "after": before})).await;
    assert_eq!(socket.error(&id).await, "POSITION_EXPIRED");
    let (mut original, id) = ward.following("ada", "ada", &before).await;
    assert_eq!(told(&mut original, &id).await, pair("ADDED", "Before"));
}

/// A transaction that commits late is not passed by, and what commits meanwhile waits for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transactions_that_commit_out_of_order_are_all_told() {
    let ward = Ward::open(TestDatabase::migrated_postgres().await).await;
    let after = ward.position().await;
    let (mut live, of_live) = ward.following("ada", "ada", &after).await;
    let insert = |title: &str| {
        let (key, patient) = (ward.rows.next_key(), &ward.patients["ada"]);
        format!(
            "INSERT INTO patient_timeline (id, patient_id, event_type, event_title, patient_visible) \
             VALUES ('{key}', '{patient}', 'note', '{title}', TRUE)"
        )
    };
    let late = ward.rows.connection.begin().await.expect("a transaction");
    late.execute_unprepared(&insert("Early, late")).await.expect("a row");
    ward.note("ada", "Meanwhile", true).await;
    live.is_quiet().await;
    // A position read now is before both.
    let between = position(&ward.server.admin()).await;
    late.commit().await.expect("it commits");
    for after in [None, Some(&after), Some(&between)] {
        let (mut come_back, of_it) = match after {
            None => (None, String::new()),
            Some(after) => {
                let (socket, id) = ward.following("ada", "ada", after).await;
                (Some(socket), id)
            }
        };
        let (socket, id) = match &mut come_back {
            Some(socket) => (socket, &of_it),
            None => (&mut live, &of_live),
        };
        assert_eq!(told(socket, id).await, pair("ADDED", "Early, late"));
        assert_eq!(told(socket, id).await, pair("ADDED", "Meanwhile"));
        socket.is_quiet().await;
    }
}

/// An older transaction that changes a row after a younger one has: the row's changes are told in their own order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_of_a_row_keep_their_order() {
    let ward = Ward::open(TestDatabase::migrated_postgres().await).await;
    let after = ward.position().await;
    let older = ward.rows.connection.begin().await.expect("a transaction");
    older.execute_unprepared("SELECT pg_current_xact_id()").await.expect("it has a number");
    let note = ward.note("ada", "Added by the younger", true).await;
    older.execute_unprepared(&format!("DELETE FROM patient_timeline WHERE id = '{note}'")).await.expect("it deletes");
    tokio::time::sleep(Duration::from_millis(100)).await;
    older.commit().await.expect("it commits");
    let (mut socket, id) = ward.following("ada", "ada", &after).await;
    assert_eq!(told(&mut socket, &id).await, ("ADDED".to_owned(), None));
    assert_eq!(told(&mut socket, &id).await, ("REMOVED".to_owned(), None));
    socket.is_quiet().await;
}
