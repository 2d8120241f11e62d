//! What the databases say about themselves: keys, indexes, checks, and that both have the same tables.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ConnectionTrait, DatabaseConnection, QueryResult, Statement};

use crate::support::database::TestDatabase;

async fn rows(conn: &DatabaseConnection, sql: &str) -> Vec<QueryResult> {
    conn.query_all_raw(Statement::from_string(conn.get_database_backend(), sql)).await.expect(sql)
}

fn text(row: &QueryResult, column: &str) -> String {
    row.try_get("", column).unwrap()
}

/// (table, column) -> NOT NULL, of every table of ours.
async fn columns(conn: &DatabaseConnection) -> BTreeMap<(String, String), bool> {
    let sql = match conn.get_database_backend() {
        sea_orm::DbBackend::Postgres => {
            "SELECT c.relname::text AS t, a.attname::text AS c, a.attnotnull AS required FROM pg_class c \
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 \
             WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
        }
        _ => {
            "SELECT m.name AS t, p.name AS c, p.\"notnull\" AS required FROM sqlite_master m \
             JOIN pragma_table_info(m.name) p WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'"
        }
    };
    let rows = rows(conn, sql).await;
    let columns = rows.iter().map(|row| ((text(row, "t"), text(row, "c")), row.try_get("", "required").unwrap()));
    columns.filter(|((table, _), _)| table != "seaql_migrations").collect()
}

#[tokio::test]
async fn both_databases_have_the_same_columns() {
    let (sqlite, postgres) = (TestDatabase::migrated_sqlite().await, TestDatabase::migrated_postgres().await);
    let (sqlite, postgres) = (columns(&sqlite.connect().await).await, columns(&postgres.connect().await).await);
    assert_eq!(sqlite, postgres);
    assert_eq!(sqlite.keys().map(|(table, _)| table).collect::<BTreeSet<_>>().len(), 25);
}

#[tokio::test]
async fn every_reference_has_a_foreign_key() {
    let database = TestDatabase::migrated_postgres().await;
    let conn = database.connect().await;
    let sql = "SELECT conrelid::regclass::text AS t, a.attname::text AS c FROM pg_constraint k \
               JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey) WHERE k.contype = 'f'";
    let referring: BTreeSet<_> = rows(&conn, sql).await.iter().map(|row| (text(row, "t"), text(row, "c"))).collect();
    for (table, column) in columns(&conn).await.into_keys() {
        let own_key = [("patients", "patient_id"), ("doctors", "doctor_id")].contains(&(&table, &column));
        // An event's source is in one of four tables; triggers keep it.
        let source = (table.as_str(), column.as_str()) == ("patient_timeline", "related_id");
        // The log of changes outlives what it tells of.
        if column.ends_with("_id") && !own_key && !source && table != "changes" {
            assert!(referring.contains(&(table.clone(), column.clone())), "{table}.{column} has no foreign key");
        }
    }
}

/// The columns of every foreign key, and those of every index that serves look-ups of any value.
async fn keys_and_indexes(conn: &DatabaseConnection) -> (Vec<(String, Vec<String>)>, Vec<(String, Vec<String>)>) {
    let keys = "SELECT conrelid::regclass::text AS t, (SELECT string_agg(a.attname, ',' ORDER BY u.n) \
                FROM unnest(k.conkey) WITH ORDINALITY u(c, n) JOIN pg_attribute a \
                ON a.attrelid = k.conrelid AND a.attnum = u.c) AS c FROM pg_constraint k WHERE k.contype = 'f'";
    let indexes = "SELECT indrelid::regclass::text AS t, (SELECT string_agg(COALESCE(a.attname, '-'), ',' ORDER BY u.n) \
                   FROM unnest(i.indkey::int2[]) WITH ORDINALITY u(c, n) LEFT JOIN pg_attribute a \
                   ON a.attrelid = i.indrelid AND a.attnum = u.c AND u.c > 0) AS c \
                   FROM pg_index i JOIN pg_class r ON r.oid = i.indrelid \
                   WHERE indpred IS NULL AND r.relnamespace = 'public'::regnamespace";
    let mut lists = Vec::new();
    for sql in [keys, indexes] {
        let rows = rows(conn, sql).await;
        let list = rows.iter().map(|row| (text(row, "t"), text(row, "c").split(',').map(str::to_owned).collect()));
        lists.push(list.collect::<Vec<_>>());
    }
    let indexes = lists.pop().unwrap();
    (lists.pop().unwrap(), indexes)
}

#[tokio::test]
async fn every_foreign_key_leads_an_index() {
    let database = TestDatabase::migrated_postgres().await;
    let (keys, indexes) = keys_and_indexes(&database.connect().await).await;
    assert!(keys.len() >= 40, "{}", keys.len());
    for (table, key) in keys {
        let served = indexes.iter().any(|(of, index)| *of == table && index.starts_with(&key));
        assert!(served, "{table} ({}) has no index", key.join(", "));
    }
}

#[tokio::test]
async fn timeline_and_statistics_refer_to_patients_last() {
    let database = TestDatabase::migrated_postgres().await;
    // Triggers of foreign keys run in the order of their names, which end in a growing number.
    let sql = "SELECT k.conrelid::regclass::text AS t FROM pg_trigger g JOIN pg_constraint k ON k.oid = g.tgconstraint \
               WHERE g.tgrelid = 'patients'::regclass AND k.confrelid = 'patients'::regclass \
               AND g.tgfoid = '\"RI_FKey_cascade_del\"'::regproc ORDER BY g.tgname COLLATE \"C\"";
    let order: Vec<String> = rows(&database.connect().await, sql).await.iter().map(|row| text(row, "t")).collect();
    // Nobody who locks a row of these two ever locks one of that.
    let order: Vec<String> = order.into_iter().filter(|table| table != "import_kept").collect();
    assert!(order.ends_with(&["patient_timeline".to_owned(), "patient_statistics".to_owned()]), "{order:?}");
}

#[tokio::test]
async fn every_vocabulary_is_checked() {
    let words = [
        ("users", "role"),
        ("patients", "gender"),
        ("sessions", "status"),
        ("mri_scans", "file_type"),
        ("mri_scans", "processing_status"),
        ("predictions", "binary_result"),
        ("medical_reports", "report_type"),
        ("medical_reports", "format_type"),
        ("medical_reports", "status"),
        ("report_status", "status"),
        ("report_status", "report_type"),
        ("doctor_patient_assignments", "assignment_type"),
        ("consultations", "consultation_type"),
        ("consultations", "status"),
        ("consultation_revisions", "consultation_type"),
        ("consultation_revisions", "status"),
        ("patient_timeline", "event_type"),
        ("patient_timeline", "related_table"),
        ("patient_timeline", "severity"),
        ("changes", "about"),
        ("changes", "what"),
        ("patient_statistics", "disease_status"),
        ("patient_statistics", "released_disease_status"),
    ];
    let (sqlite, postgres) = (TestDatabase::migrated_sqlite().await, TestDatabase::migrated_postgres().await);
    let postgres = rows(
        &postgres.connect().await,
        "SELECT conname::text AS name, pg_get_constraintdef(oid) AS text FROM pg_constraint WHERE contype = 'c'",
    )
    .await;
    let sqlite =
        rows(&sqlite.connect().await, "SELECT name, sql AS text FROM sqlite_master WHERE type = 'table'").await;
    for (table, column) in words {
        let name = format!("{table}_{column}_check");
        let found = postgres.iter().any(|row| text(row, "name") == name && text(row, "text").contains("ARRAY["));
        assert!(found, "PostgreSQL has no {name}");
        let of_table = sqlite.iter().find(|row| text(row, "name") == table).unwrap();
        let check = format!("CONSTRAINT \"{name}\" CHECK ({column} IN (");
        assert!(text(of_table, "text").contains(&check), "SQLite has no {name}");
    }
}
