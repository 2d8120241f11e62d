//! The dashboard, against counts over all rows.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use serde_json::{Value, json};

use crate::naive::Tables;
use crate::naive::tables::Row;
use crate::on_both;
use crate::support::clinic;
use crate::support::database::TestDatabase;
use crate::support::factory::Factory;
use crate::support::server::TestServer;

on_both!(figures_are_what_counting_finds, figures_may_be_five_seconds_old, an_empty_clinic_has_zeros);

const DASHBOARD: &str = "{ dashboard { asOf patients doctors visitsToday visitsThisWeek upcomingVisits overdueVisits
    requestsByStatus { status count } oldestOpenRequest failedRequestsByCause { cause count } patientsByDiseaseStatus { status count } patientsByDiseaseStage { stage count }
    recentActivity { date visits scans predictions reports } } }";

fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().expect("an instant").parse().expect("an instant")
}

fn day(value: &Value) -> NaiveDate {
    instant(value).with_timezone(&clinic::ZONE).date_naive()
}

/// Counts in the way one would on paper.
fn counted(tables: &Tables, now: DateTime<Utc>) -> Value {
    let today = now.with_timezone(&clinic::ZONE).date_naive();
    let monday = today - Days::new(u64::from(today.weekday().num_days_from_monday()));
    let archived: Vec<&Value> = tables
        .rows("patients")
        .iter()
        .filter(|patient| !patient["archived_at"].is_null())
        .map(|patient| &patient["patient_id"])
        .collect();
    let rows = |table: &str| -> Vec<&Row> {
        tables.rows(table).iter().filter(|row| !archived.contains(&&row["patient_id"])).collect()
    };
    let visits = rows("consultations");
    let visits_on = |days: &dyn Fn(NaiveDate) -> bool| {
        let counts =
            visits.iter().filter(|visit| visit["status"] != "cancelled" && days(day(&visit["consultation_date"])));
        counts.count()
    };
    let scheduled = |late: bool| {
        let booked = visits.iter().filter(|visit| visit["status"] == "scheduled");
        booked.filter(|visit| (instant(&visit["consultation_date"]) < now) == late).count()
    };
    let grouped = |rows: Vec<&Row>, column: &str, name: &str| {
        let mut counts: BTreeMap<String, (Value, usize)> = BTreeMap::new();
        for row in rows {
            counts.entry(row[column].to_string()).or_insert((row[column].clone(), 0)).1 += 1;
        }
        let word = |value: Value| match value {
            Value::String(word) if name != "stage" => json!(word.to_uppercase()),
            other => other,
        };
        counts.into_values().map(|(value, count)| json!({(name): word(value), "count": count})).collect::<Vec<_>>()
    };
    let statistics = rows("patient_statistics");
    let detected = statistics.iter().copied().filter(|row| row["disease_status"] == "detected").collect();
    let taken = |scan: &Row| {
        let at = if scan["acquired_at"].is_null() { &scan["upload_timestamp"] } else { &scan["acquired_at"] };
        day(at)
    };
    let activity = (0..30).rev().map(|back| {
        let date = today - Days::new(back);
        let made = |table: &str| rows(table).into_iter().filter(|row| day(&row["created_at"]) == date).count();
        let completed = visits.iter().filter(|visit| visit["status"] == "completed");
        json!({
            "date": date,
            "visits": completed.filter(|visit| day(&visit["consultation_date"]) == date).count(),
            "scans": rows("mri_scans").into_iter().filter(|scan| taken(scan) == date).count(),
            "predictions": made("predictions"),
            "reports": made("medical_reports"),
        })
    });
    let requests = rows("report_status");
    let open = requests.iter().filter(|row| row["status"] == "pending" || row["status"] == "generating");
    let failed = requests.iter().copied().filter(|row| row["status"] == "failed").collect();
    json!({
        "asOf": now.to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
        "patients": tables.rows("patients").len() - archived.len(),
        "doctors": tables.rows("doctors").iter().filter(|doctor| doctor["archived_at"].is_null()).count(),
        "visitsToday": visits_on(&|day| day == today),
        "visitsThisWeek": visits_on(&|day| day >= monday && day < monday + Days::new(7)),
        "upcomingVisits": scheduled(false),
        "overdueVisits": scheduled(true),
        "requestsByStatus": grouped(rows("report_status"), "status", "status"),
        "oldestOpenRequest": open.filter_map(|row| row["requested_at"].as_str()).min(),
        "failedRequestsByCause": grouped(failed, "failure_cause", "cause"),
        "patientsByDiseaseStatus": grouped(statistics.clone(), "disease_status", "status"),
        "patientsByDiseaseStage": grouped(detected, "disease_stage", "stage"),
        "recentActivity": activity.collect::<Vec<_>>(),
    })
}

/// Groups in no particular order.
fn sorted(mut dashboard: Value) -> Value {
    for groups in ["requestsByStatus", "failedRequestsByCause", "patientsByDiseaseStatus", "patientsByDiseaseStage"] {
        dashboard[groups].as_array_mut().expect("groups").sort_by_key(Value::to_string);
    }
    dashboard
}

async fn figures_are_what_counting_finds(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    clinic::fill(&factory).await;
    let tables = Tables::load(&factory.connection).await;
    let server = TestServer::start(database).await;
    // Evenings on which it is another day or week in the clinic than in UTC; and the day on which clocks change.
    // Not in their order, so that no figures are young enough to be shown again.
    let changes = "2026-03-29T10:00:00.000000Z";
    for now in [clinic::NOW, "2026-03-15T22:59:59.999999Z", changes, "2026-03-15T23:00:00.000000Z"] {
        server.clock.set(now);
        let answer = server.admin().data(DASHBOARD, json!({})).await;
        assert_eq!(sorted(answer["dashboard"].clone()), sorted(counted(&tables, server.clock.now())), "at {now}");
    }
}

async fn figures_may_be_five_seconds_old(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    let server = TestServer::start(database).await;
    let actor = server.admin();
    let query = "{ dashboard { asOf patients } }";
    let first = actor.data(query, json!({})).await;
    factory.patient("A-1", json!({})).await;
    server.clock.advance(chrono::Duration::seconds(4));
    assert_eq!(
        actor.data(query, json!({})).await,
        first,
        "four seconds later the figures are the old ones, and say so"
    );
    server.clock.advance(chrono::Duration::seconds(1));
    let now = server.clock.now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    assert_eq!(actor.data(query, json!({})).await, json!({"dashboard": {"asOf": now, "patients": 1}}));
}

async fn an_empty_clinic_has_zeros(database: TestDatabase) {
    let server = TestServer::start(database).await;
    let dashboard = server.admin().data(DASHBOARD, json!({})).await["dashboard"].clone();
    assert_eq!((&dashboard["patients"], &dashboard["visitsToday"]), (&json!(0), &json!(0)));
    assert_eq!(dashboard["recentActivity"].as_array().map(Vec::len), Some(30));
}
