//! The rows of a table, page by page, as values that either database takes.

use std::collections::VecDeque;

use entity::{Day, Instant, Key};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement, TryGetable, Value};

use super::table::{Column, Form, Table};
use crate::db::adaptor::adapt;

/// Rows of a page: few enough to be in memory at the same time, however long their texts are.
const PAGE: usize = 512;

/// The values of a row, in the order of the table's columns. JSON is text.
pub(super) type Row = Vec<Value>;

/// What is still to be read of a table. All pages are of one state if the connection is in a snapshot.
pub(super) struct Pages<'a, C> {
    db: &'a C,
    table: &'a Table,
    /// One after the other; a single one where the table has none.
    levels: VecDeque<Option<i64>>,
    after: Option<Vec<Value>>,
}

impl<'a, C: ConnectionTrait> Pages<'a, C> {
    pub(super) async fn of(db: &'a C, table: &'a Table) -> Result<Self, DbErr> {
        let mut levels = VecDeque::from([None]);
        if let Some(level) = table.level {
            let sql = format!("SELECT DISTINCT {level} FROM {} ORDER BY 1", table.name);
            let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
            levels = rows.iter().map(|row| row.try_get_by_index(0).map(Some)).collect::<Result<_, _>>()?;
        }
        Ok(Self { db, table, levels, after: None })
    }

    /// The next rows; none at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Row>>, DbErr> {
        while let Some(level) = self.levels.front().copied() {
            let rows = self.db.query_all_raw(self.statement(level)).await?;
            let rows = rows.iter().map(|row| self.row(row)).collect::<Result<Vec<_>, _>>()?;
            self.after = rows.last().map(|row| self.place(row));
            if rows.len() < PAGE {
                self.levels.pop_front();
                self.after = None;
            }
            if !rows.is_empty() {
                return Ok(Some(rows));
            }
        }
        Ok(None)
    }

    fn statement(&self, level: Option<i64>) -> Statement {
        let backend = self.db.get_database_backend();
        let mut values = vec![];
        let mut bind = |value: Value| {
            values.push(value);
            if backend == DbBackend::Postgres { format!("${}", values.len()) } else { "?".to_owned() }
        };
        let mut conditions = vec![self.table.condition().to_owned()];
        if let (Some(column), Some(level)) = (self.table.level, level) {
            conditions.push(format!("{column} = {}", bind(level.into())));
        }
        let order = self.table.order.join(", ");
        if let Some(after) = &self.after {
            let places: Vec<String> = after.iter().map(|value| bind(value.clone())).collect();
            conditions.push(format!("({order}) > ({})", places.join(", ")));
        }
        let columns: Vec<String> = self.table.columns.iter().map(|column| selected(column, backend)).collect();
        let (columns, name) = (columns.join(", "), self.table.name);
        let conditions = conditions.join(" AND ");
        let sql = format!("SELECT {columns} FROM {name} WHERE {conditions} ORDER BY {order} LIMIT {PAGE}");
        adapt(Statement::from_sql_and_values(backend, sql, values))
    }

    fn row(&self, row: &QueryResult) -> Result<Row, DbErr> {
        self.table.columns.iter().map(|column| value(row, column)).collect()
    }

    /// Where a row stands in the order.
    fn place(&self, row: &Row) -> Vec<Value> {
        let named = |name: &&str| self.table.columns.iter().zip(row).find(|(column, _)| column.name == *name);
        self.table.order.iter().filter_map(|name| named(name).map(|(_, value)| value.clone())).collect()
    }
}

/// How many rows the table has.
pub(super) async fn rows_of(db: &impl ConnectionTrait, table: &Table) -> Result<u64, DbErr> {
    let sql = format!("SELECT count(*) FROM {} WHERE {}", table.name, table.condition());
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    let rows: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
    Ok(rows.unsigned_abs())
}

fn selected(column: &Column, backend: DbBackend) -> String {
    match (column.form, backend) {
        (Form::Json, DbBackend::Postgres) => format!("CAST({0} AS text) AS {0}", column.name),
        _ => column.name.to_owned(),
    }
}

fn value(row: &QueryResult, column: &Column) -> Result<Value, DbErr> {
    fn read<T: TryGetable + Into<Value> + sea_orm::sea_query::Nullable>(
        row: &QueryResult,
        name: &str,
    ) -> Result<Value, DbErr> {
        Ok(Option::<T>::try_get(row, "", name)?.into())
    }
    let name = column.name;
    match column.form {
        Form::Key => read::<Key>(row, name),
        Form::Instant => read::<Instant>(row, name),
        Form::Day => read::<Day>(row, name),
        Form::Count => read::<i64>(row, name),
        Form::Fraction => read::<f64>(row, name),
        Form::Flag => read::<bool>(row, name),
        Form::Json | Form::Text => read::<String>(row, name),
    }
}
