//! All that a database holds, as text: two of the same content are equal row for row, and by what their schemas say.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};

use super::database::TestDatabase;

/// Every row of every table, sorted, under the table's name; and under `schema` what the tables, triggers and functions are.
/// PostgreSQL puts brackets anew when it reads what it has written, and SQLite makes a table of its own when it needs it.
pub type Content = BTreeMap<String, Vec<String>>;

const SQLITE_SCHEMA: &str = "SELECT type || ' ' || name || ' ' || COALESCE(sql, '') \
    FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";

const POSTGRES_SCHEMA: &str = "\
    SELECT relkind::text || ' ' || relname || ' ' || COALESCE(relacl::text, '') FROM pg_class WHERE relnamespace = 'public'::regnamespace \
    UNION ALL SELECT c.relname || '.' || attname || ' ' || format_type(atttypid, atttypmod) || ' ' || attnotnull \
        || ' ' || attidentity::text || ' ' || COALESCE(pg_get_expr(adbin, adrelid), '') FROM pg_attribute \
        JOIN pg_class c ON c.oid = attrelid AND c.relkind = 'r' AND relnamespace = 'public'::regnamespace \
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE attnum > 0 AND NOT attisdropped \
    UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prokind = 'f' \
    UNION ALL SELECT pg_get_triggerdef(oid) || ' ' || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal \
    UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint \
        WHERE connamespace = 'public'::regnamespace \
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' \
    UNION ALL SELECT viewname || ' ' || definition FROM pg_views WHERE schemaname = 'public'";

/// What the database holds now.
pub async fn of(database: &TestDatabase) -> Content {
    let connection = database.connect().await;
    let content = read(&connection).await;
    connection.close().await.expect("the connection closes");
    content
}

async fn read(connection: &DatabaseConnection) -> Content {
    let backend = connection.get_database_backend();
    let (tables, schema) = match backend {
        DbBackend::Postgres => (
            "SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'S') AND relnamespace = 'public'::regnamespace",
            POSTGRES_SCHEMA,
        ),
        _ => ("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_stat%'", SQLITE_SCHEMA),
    };
    let schema = texts(connection, schema).await.into_iter().map(|text| text.replace(['(', ')'], ""));
    let mut content = Content::from([("schema".to_owned(), schema.collect())]);
    for table in texts(connection, tables).await {
        let rows = match backend {
            // The columns of a sequence that say what comes next; how far its log is ahead changes by itself.
            DbBackend::Postgres if table.ends_with("_seq") => {
                format!("SELECT last_value || ' ' || is_called FROM \"{table}\"")
            }
            DbBackend::Postgres => format!("SELECT row_to_json(t)::text FROM \"{table}\" t"),
            _ => {
                let columns = texts(connection, &format!("SELECT name FROM pragma_table_info('{table}')")).await;
                let quoted: Vec<_> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
                format!("SELECT {} FROM \"{table}\"", quoted.join(" || ',' || "))
            }
        };
        let rows = texts(connection, &rows).await;
        if !(rows.is_empty() && table == "sqlite_sequence") {
            content.insert(table, rows);
        }
    }
    content
}

async fn texts(connection: &DatabaseConnection, sql: &str) -> Vec<String> {
    let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), sql)).await;
    let rows = rows.unwrap_or_else(|error| panic!("{sql}: {error}"));
    let mut texts: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0).expect("a text")).collect();
    texts.sort();
    texts
}

/// Where two contents differ: tables with rows that one of them lacks. For messages; whole contents are too long.
pub fn difference(one: &Content, other: &Content) -> Vec<String> {
    let names: std::collections::BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let differ = |name: &&String| one.get(*name) != other.get(*name);
    let describe = |name: &String| {
        let (empty, lines) = (vec![], |content: &Content| content.get(name).map_or(0, Vec::len));
        let (rows, others) = (one.get(name).unwrap_or(&empty), other.get(name).unwrap_or(&empty));
        let first = rows.iter().find(|row| !others.contains(row)).or(others.iter().find(|row| !rows.contains(row)));
        format!("{name}: {} and {} rows, {first:?}", lines(one), lines(other))
    };
    names.into_iter().filter(differ).map(describe).collect()
}
