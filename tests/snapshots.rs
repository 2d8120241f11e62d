//! Each request reads what was committed before it, whatever becomes of the requests beside it.

use serde_json::json;

use crate::on_both;
use crate::support::database::TestDatabase;
use crate::support::factory::{Factory, id};
use crate::support::server::TestServer;

on_both!(a_read_that_is_dropped_half_way_leaves_no_old_snapshot_behind);

/// Requests whose second field fails while the first one is being read: the library drops that one where it stands.
const DROPPED: &str = "{ patients { totalCount nodes { id } } reports(first: 1000) { totalCount } }";

async fn a_read_that_is_dropped_half_way_leaves_no_old_snapshot_behind(database: TestDatabase) {
    let rows = Factory::new(&database).await;
    let server = TestServer::start(database).await;
    let admin = server.admin();
    let others: Vec<_> = (0..3)
        .map(|_| {
            let admin = admin.clone();
            tokio::spawn(async move {
                loop {
                    admin.query(DROPPED, json!({})).await;
                }
            })
        })
        .collect();
    for number in 0..250 {
        let patient = rows.patient(&format!("P-{number}"), json!({})).await;
        let query = "query($id: ID!) { patient(id: $id) { mrn } }";
        let read = admin.data(query, json!({"id": id("Patient", &patient)})).await;
        assert_eq!(read["patient"]["mrn"], format!("P-{number}"), "it is there, and is read");
    }
    for other in others {
        other.abort();
    }
}
