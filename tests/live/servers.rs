//! Several servers over one database.

use serde_json::json;

use super::{TIMELINE, Ward, change, pair, told};
use crate::on_both;
use crate::support::database::TestDatabase;
use crate::support::socket::Socket;

on_both!(what_one_server_writes_the_other_tells, a_position_is_good_on_every_server);

const ADD: &str = "mutation($input: AddTimelineNoteInput!) { addTimelineNote(input: $input) { userErrors { code } } }";

async fn what_one_server_writes_the_other_tells(database: TestDatabase) {
    let ward = Ward::open(database).await;
    let other = ward.server.another().await;
    let ada = ward.actor("ada").await;
    let (after, mut sockets) = (ward.position().await, vec![]);
    for actor in [ada.clone(), ada.at(&other.origin)] {
        let mut socket = Socket::of(&actor).await;
        let id = socket.subscribe(TIMELINE, json!({"patient": ward.patient("ada"), "after": after})).await;
        sockets.push((socket, id));
    }
    let ute = ward.actor("ute").await;
    for (number, actor) in [ute.clone(), ute.at(&other.origin), ute.clone()].iter().enumerate() {
        let title = format!("Note {number}");
        let input = json!({"patientId": ward.patient("ada"), "title": title, "patientVisible": true});
        actor.data(ADD, json!({"input": input})).await;
        for (socket, id) in &mut sockets {
            assert_eq!(told(socket, id).await, pair("ADDED", &title));
        }
    }
}

async fn a_position_is_good_on_every_server(database: TestDatabase) {
    let ward = Ward::open(database).await;
    let other = ward.server.another().await;
    let ada = ward.actor("ada").await;
    let servers = [ada.clone(), ada.at(&other.origin)];
    let mut after = ward.position().await;
    for number in 0..10 {
        ward.note("ada", &number.to_string(), true).await;
        ward.note("ada", "Next time", true).await;
        let mut socket = Socket::of(&servers[number % 2]).await;
        let id = socket.subscribe(TIMELINE, json!({"patient": ward.patient("ada"), "after": after})).await;
        let left_over = usize::from(number > 0);
        for _ in 0..left_over {
            assert_eq!(told(&mut socket, &id).await, pair("ADDED", "Next time"));
        }
        let change = change(&mut socket, &id).await;
        assert_eq!(change["event"]["title"], number.to_string());
        after = change["position"].as_str().expect("a position").to_owned();
    }
    assert!(other.stop().await);
}
