//! The dashboard as it changes.

use chrono::Duration;
use serde_json::json;

use super::Ward;
use crate::on_both;
use crate::support::database::TestDatabase;
use crate::support::socket::Socket;

on_both!(figures_are_told_when_they_change);

const DASHBOARD: &str = "subscription { dashboardChanged { patients requestsByStatus { status count } } }";

async fn figures_are_told_when_they_change(database: TestDatabase) {
    let ward = Ward::open(database).await;
    let mut admin = Socket::of(&ward.server.admin()).await;
    let mut doctor = Socket::of(&ward.actor("ute").await).await;
    let (all, own) = (admin.subscribe(DASHBOARD, json!({})).await, doctor.subscribe(DASHBOARD, json!({})).await);
    assert_eq!(admin.data(&all).await["dashboardChanged"], json!({"patients": 2, "requestsByStatus": []}));
    assert_eq!(doctor.data(&own).await["dashboardChanged"], json!({"patients": 1, "requestsByStatus": []}));
    // The clock of the test stands still: figures get old when it is moved.
    ward.rows.of_patient("report_status", &ward.patients["ada"], json!({})).await;
    ward.rows.patient("C", json!({})).await;
    ward.server.clock.advance(Duration::seconds(6));
    let pending = json!([{"status": "PENDING", "count": 1}]);
    assert_eq!(admin.data(&all).await["dashboardChanged"], json!({"patients": 3, "requestsByStatus": pending}));
    assert_eq!(doctor.data(&own).await["dashboardChanged"], json!({"patients": 1, "requestsByStatus": pending}));
    for who in ["ada", "program"] {
        let mut socket = Socket::of(&ward.actor(who).await).await;
        let id = socket.subscribe(DASHBOARD, json!({})).await;
        assert_eq!(socket.error(&id).await, "FORBIDDEN", "{who}");
    }
}
