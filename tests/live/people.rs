//! Rights that end while somebody follows.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{TIMELINE, Ward, told};
use crate::on_both;
use crate::support::database::TestDatabase;
use crate::support::socket::Socket;

on_both!(an_ended_assignment_ends_the_stream, whoever_is_no_longer_themselves_is_sent_away);

/// How soon the end of rights is felt.
const SOON: Duration = Duration::from_secs(5);

async fn an_ended_assignment_ends_the_stream(database: TestDatabase) {
    let ward = Ward::open(database).await;
    let after = ward.position().await;
    let (mut idle, of_idle) = ward.following("ute", "ada", &after).await;
    let (mut busy, of_busy) = ward.following("ute", "ada", &after).await;
    ward.note("ada", "Seen", true).await;
    for (socket, id) in [(&mut idle, &of_idle), (&mut busy, &of_busy)] {
        assert_eq!(told(socket, id).await, super::pair("ADDED", "Seen"));
    }
    let end = format!(
        "UPDATE doctor_patient_assignments SET ended_at = '2026-03-01T00:00:00.000000Z', is_active = FALSE \
         WHERE id = '{}'",
        ward.assignment
    );
    ward.rows.run(&end).await;
    let ended = Instant::now();
    // What happens from then on is told no more.
    ward.note("ada", "Not seen", true).await;
    for (mut socket, id) in [(idle, of_idle), (busy, of_busy)] {
        assert_eq!(socket.error(&id).await, "NOT_FOUND");
        assert!(ended.elapsed() < SOON, "{:?}", ended.elapsed());
        // The socket is for other things too.
        let id = socket.subscribe("{ viewer { name } }", json!({})).await;
        assert_eq!(socket.data(&id).await["viewer"]["name"], "User ute");
    }
}

async fn whoever_is_no_longer_themselves_is_sent_away(database: TestDatabase) {
    const OUT: &str = "mutation { signOut(input: {}) { userErrors { code } } }";
    const REVOKE: &str = "UPDATE api_keys SET revoked_at = '2026-03-01T00:00:00.000000Z'";
    let ward = Ward::open(database).await;
    let (ute, ada) = (ward.actor("ute").await, ward.actor("ada").await);
    let mut sockets = vec![];
    for actor in [&ute, &ada, &ward.actor("program").await, &ward.actor("carl").await] {
        let mut socket = Socket::of(actor).await;
        socket.subscribe(TIMELINE, json!({"patient": ward.patient("ada")})).await;
        sockets.push(socket);
    }
    let carl = sockets.pop().expect("a socket");
    ward.rows.run(&format!("UPDATE users SET is_active = FALSE WHERE id = '{}'", ward.accounts["ute"])).await;
    ada.data(OUT, json!({})).await;
    ward.rows.run(REVOKE).await;
    let ended = Instant::now();
    for mut socket in sockets {
        assert_eq!(socket.closed().await, 4401);
        assert!(ended.elapsed() < SOON, "{:?}", ended.elapsed());
    }
    // Others stay.
    let mut carl = carl;
    let id = carl.subscribe("{ viewer { role } }", json!({})).await;
    assert_eq!(carl.data(&id).await["viewer"]["role"], "DOCTOR");
}
