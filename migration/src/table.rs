//! A table with its constraints and indexes, written once for both databases.
//!
//! Every constraint and index is named after its table and columns, so that a violation can be told to the user:
//! `_pkey`, `_key` (unique), `_fkey`, `_check`, `_idx`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;
use sea_orm_migration::sea_query::{Check, TableCreateStatement};

use crate::form::{Column, count, instant};

/// What deleting the referenced row does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum OnDelete {
    /// The row goes with it.
    Cascade,
    /// The reference becomes NULL.
    SetNull,
    /// Refused while the row exists.
    Refuse,
}

impl From<OnDelete> for ForeignKeyAction {
    fn from(action: OnDelete) -> Self {
        match action {
            OnDelete::Cascade => Self::Cascade,
            OnDelete::SetNull => Self::SetNull,
            OnDelete::Refuse => Self::NoAction,
        }
    }
}

/// A table under construction.
pub(crate) struct Table {
    backend: DbBackend,
    name: &'static str,
    create: TableCreateStatement,
    indexes: Vec<String>,
}

impl Table {
    pub(crate) fn new(backend: DbBackend, name: &'static str) -> Self {
        let mut create = sea_query::Table::create();
        create.table(Alias::new(name));
        Self { backend, name, create, indexes: Vec::new() }
    }

    pub(crate) fn columns(mut self, columns: impl IntoIterator<Item = Column>) -> Self {
        for column in columns {
            self.create.col(column.definition(self.backend));
            if let Some(condition) = column.form_rule(self.backend) {
                self = self.check(&format!("{}_form", column.name), condition);
            }
            if let Some(condition) = &column.rule {
                self = self.check(column.name, condition);
            }
        }
        self
    }

    /// `created_at`, `updated_at` and `version` (the edit lock) of a row people change.
    pub(crate) fn mutable(self) -> Self {
        self.columns([
            instant("created_at").or_now().required(),
            instant("updated_at").or_now().required(),
            count("version").or_count(1).at_least(1),
        ])
    }

    pub(crate) fn primary_key(mut self, columns: &[&'static str]) -> Self {
        let mut index = Index::create();
        index.name(format!("{}_pkey", self.name)).primary();
        for column in columns {
            index.col(Alias::new(*column));
        }
        self.create.index(&mut index);
        self
    }

    pub(crate) fn unique(mut self, columns: &[&'static str]) -> Self {
        let mut index = Index::create();
        index.name(self.named(columns, "key")).unique();
        for column in columns {
            index.col(Alias::new(*column));
        }
        self.create.index(&mut index);
        self
    }

    /// CHECK (`condition`), named `<table>_<subject>_check`.
    pub(crate) fn check(mut self, subject: &str, condition: impl Into<String>) -> Self {
        let name = Alias::new(format!("{}_{subject}_check", self.name));
        self.create.check(Check::named(name, Expr::cust(condition.into())));
        self
    }

    /// A foreign key to the primary key `(target_column)` of `target`, with the index it needs.
    pub(crate) fn references(self, column: &'static str, target: &'static str, on_delete: OnDelete) -> Self {
        let target_column = match target {
            "patients" => "patient_id",
            "doctors" => "doctor_id",
            _ => "id",
        };
        self.foreign_key(&[column], target, &[target_column], on_delete, ForeignKeyAction::NoAction)
    }

    /// A foreign key to `target`'s (id, patient_id): the row belongs to the patient its parent belongs to, and follows
    /// when the parent moves to another patient.
    pub(crate) fn references_with_patient(
        self,
        column: &'static str,
        target: &'static str,
        on_delete: OnDelete,
    ) -> Self {
        let columns = [column, "patient_id"];
        self.foreign_key(&columns, target, &["id", "patient_id"], on_delete, ForeignKeyAction::Cascade).index(&columns)
    }

    fn foreign_key(
        mut self,
        columns: &[&'static str],
        target: &'static str,
        target_columns: &[&'static str],
        on_delete: OnDelete,
        on_update: ForeignKeyAction,
    ) -> Self {
        let mut foreign_key = ForeignKey::create();
        foreign_key
            .name(self.named(columns, "fkey"))
            .from_tbl(Alias::new(self.name))
            .to_tbl(Alias::new(target))
            .on_delete(on_delete.into())
            .on_update(on_update);
        for column in columns {
            foreign_key.from_col(Alias::new(*column));
        }
        for column in target_columns {
            foreign_key.to_col(Alias::new(*column));
        }
        self.create.foreign_key(&mut foreign_key);
        self
    }

    /// An index over columns, named after them.
    pub(crate) fn index(self, columns: &[&'static str]) -> Self {
        let name = self.named(columns, "idx");
        self.create_index("INDEX", name, &columns.join(", "))
    }

    /// An index over expressions, named `<table>_<subject>_idx`.
    pub(crate) fn index_on(self, subject: &str, expressions: &[&str]) -> Self {
        let name = format!("{}_{subject}_idx", self.name);
        self.create_index("INDEX", name, &expressions.join(", "))
    }

    /// An index over the rows that fulfil `condition`, named `<table>_<subject>_idx`.
    pub(crate) fn index_where(mut self, subject: &str, columns: &[&'static str], condition: &str) -> Self {
        let (name, columns) = (format!("{}_{subject}_idx", self.name), columns.join(", "));
        self.indexes.push(format!("CREATE INDEX {name} ON {} ({columns}) WHERE {condition}", self.name));
        self
    }

    /// A uniqueness that holds among the rows that fulfil `condition`, named `<table>_<subject>_key`.
    pub(crate) fn unique_where(mut self, subject: &str, columns: &[&'static str], condition: &str) -> Self {
        let name = format!("{}_{subject}_key", self.name);
        self.indexes.push(format!(
            "CREATE UNIQUE INDEX {name} ON {} ({}) WHERE {condition}",
            self.name,
            columns.join(", ")
        ));
        self
    }

    fn create_index(mut self, kind: &str, name: String, list: &str) -> Self {
        self.indexes.push(format!("CREATE {kind} {name} ON {} ({list})", self.name));
        self
    }

    fn named(&self, columns: &[&str], suffix: &str) -> String {
        format!("{}_{}_{suffix}", self.name, columns.join("_"))
    }

    /// Creates the table, then its indexes.
    pub(crate) async fn create(self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        manager.create_table(self.create).await?;
        for index in self.indexes {
            manager.get_connection().execute_unprepared(&index).await?;
        }
        Ok(())
    }
}

/// The statement that gives a table that is there another column, where it may be unknown, with its checks and what it
/// refers to.
pub(crate) fn added(backend: DbBackend, table: &str, column: &Column, references: Option<&str>) -> String {
    let name = column.name;
    let mut statement = format!("ALTER TABLE {table} ADD COLUMN {name} {}", column.type_name(backend));
    let rules = [("_form", column.form_rule(backend)), ("", column.rule.clone())];
    for (kind, rule) in rules.into_iter().filter_map(|(kind, rule)| Some((kind, rule?))) {
        statement += &format!(" CONSTRAINT {table}_{name}{kind}_check CHECK ({rule})");
    }
    if let Some(target) = references {
        statement += &format!(" CONSTRAINT {table}_{name}_fkey REFERENCES {target} (id)");
    }
    statement
}
