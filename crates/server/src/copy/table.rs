//! The tables that are copied, those that the database makes anew, and those that stay behind.

use entity::{
    account_links, api_keys, consultation_revisions, consultations, doctor_patient_assignments, doctors, import_kept,
    import_quarantine, import_rows, imports, medical_reports, mri_scans, patient_erasures, patient_statistics,
    patient_timeline, patients, predictions, refresh_tokens, report_predictions, report_status, sessions, sign_ins,
    users,
};
use sea_orm::sea_query::ColumnType;
use sea_orm::{ColumnTrait, EntityTrait, IdenStatic, Iterable, PrimaryKeyToColumn};

/// Copied, in the order of their foreign keys.
pub fn copied() -> Vec<Table> {
    vec![
        Table::of(users::Entity),
        Table::of(doctors::Entity),
        Table::of(patients::Entity),
        Table::of(patient_erasures::Entity),
        Table::of(sign_ins::Entity),
        Table::of(refresh_tokens::Entity),
        Table::of(api_keys::Entity),
        Table::of(account_links::Entity),
        Table::of(doctor_patient_assignments::Entity),
        Table::of(sessions::Entity),
        Table::of(mri_scans::Entity),
        Table::of(predictions::Entity),
        // A revision replaces one that must be there.
        Table::of(medical_reports::Entity).by_level("revision"),
        Table::of(report_predictions::Entity),
        Table::of(consultations::Entity),
        Table::of(consultation_revisions::Entity),
        Table::of(report_status::Entity),
        Table::of(patient_timeline::Entity).only("hand-written notes", "related_id IS NULL"),
        Table::of(imports::Entity),
        Table::of(import_rows::Entity),
        // Not every row is a patient's.
        Table::of(import_kept::Entity).by_key(),
        Table::of(import_quarantine::Entity),
    ]
}

/// Made anew by triggers, and the same but for when and how often they were written.
pub fn made() -> Vec<Table> {
    vec![
        Table::of(patient_timeline::Entity).only("made events", "related_id IS NOT NULL").without(&[
            "created_at",
            "updated_at",
            "version",
        ]),
        Table::of(patient_statistics::Entity).without(&["last_updated", "trigger_writes"]),
    ]
}

/// Tables that stay behind, each with the reason.
pub const LEFT_OUT: [(&str, &str); 3] = [
    ("changes", "positions in the log of changes are of one database: clients begin anew"),
    ("change_log", "says where the log of changes is written"),
    ("seaql_migrations", "the schema is built by the same migrations"),
];

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Key,
    Instant,
    Day,
    Count,
    Fraction,
    Flag,
    Json,
    Text,
}

/// A column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) form: Form,
}

/// A table, or some of its rows.
#[derive(Debug)]
pub struct Table {
    pub(super) name: &'static str,
    pub(super) columns: Vec<Column>,
    /// By what its pages are in order: rows of a patient stand together, so that a patient's figures are made anew once
    /// for many of them.
    pub(super) order: Vec<&'static str>,
    /// Rows with a smaller value here come first.
    pub(super) level: Option<&'static str>,
    /// Which rows, in people's words and as a condition.
    pub(super) rows: Option<(&'static str, &'static str)>,
}

impl Table {
    fn of<E: EntityTrait>(entity: E) -> Self {
        let column = |column: E::Column| Column { name: column.as_str(), form: form(column.def().get_column_type()) };
        let columns: Vec<Column> = E::Column::iter().map(column).collect();
        let keys = E::PrimaryKey::iter().map(|key| key.into_column().as_str());
        let patient = columns.iter().map(|column| column.name).filter(|name| *name == "patient_id");
        let mut order: Vec<&str> = patient.chain(keys).collect();
        order.dedup();
        Self { name: entity.as_str(), columns, order, level: None, rows: None }
    }

    /// In the order of the keys, whosever the rows are.
    fn by_key(mut self) -> Self {
        self.order.retain(|column| *column != "patient_id");
        self
    }

    fn by_level(self, column: &'static str) -> Self {
        Self { level: Some(column), ..self }
    }

    fn only(self, words: &'static str, condition: &'static str) -> Self {
        Self { rows: Some((words, condition)), ..self }
    }

    /// Columns that are not compared.
    fn without(mut self, columns: &[&str]) -> Self {
        self.columns.retain(|column| !columns.contains(&column.name));
        self
    }

    /// The table's name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The names of the columns.
    pub fn columns(&self) -> impl Iterator<Item = &'static str> {
        self.columns.iter().map(|column| column.name)
    }

    /// As it is shown: `patient_timeline (made events)`.
    pub(super) fn title(&self) -> String {
        self.rows.map_or_else(|| self.name.to_owned(), |(words, _)| format!("{} ({words})", self.name))
    }

    /// Which of its rows.
    pub(super) fn condition(&self) -> &'static str {
        self.rows.map_or("1 = 1", |(_, condition)| condition)
    }
}

fn form(column: &ColumnType) -> Form {
    match column {
        ColumnType::Uuid => Form::Key,
        ColumnType::TimestampWithTimeZone => Form::Instant,
        ColumnType::Date => Form::Day,
        ColumnType::BigInteger => Form::Count,
        ColumnType::Double => Form::Fraction,
        ColumnType::Boolean => Form::Flag,
        ColumnType::JsonBinary => Form::Json,
        _ => Form::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_in_the_order_of_patients_and_keys() {
        let order = |name: &str| {
            let tables = copied();
            let table = tables.iter().find(|table| table.name == name).unwrap();
            table.order.clone()
        };
        assert_eq!(order("patients"), ["patient_id"]);
        assert_eq!(order("consultations"), ["patient_id", "id"]);
        assert_eq!(order("report_predictions"), ["patient_id", "report_id", "prediction_id"]);
        assert_eq!(order("refresh_tokens"), ["hash"]);
    }
}
