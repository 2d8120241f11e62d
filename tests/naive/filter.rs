//! Whether a row is in a list.

use async_graphql::{Name, Value as Argument, indexmap::IndexMap};
use serde_json::Value;

use super::execute::word;
use super::model::Kind;
use super::reading::{Clinic, global_id};
use super::tables::Row;
use crate::support::factory::{fold, id, search_fold, searched_in};

type Filter = IndexMap<Name, Argument>;

/// Whether a row is in a list that takes filters. Archived people are left out unless the filter asks for them.
pub fn lists(clinic: &Clinic<'_>, kind: &Kind, row: &Row, filter: Option<&Filter>) -> bool {
    let archived = row.get("archived_at").is_some_and(|at| !at.is_null());
    let asked = filter.is_some_and(names_archived);
    (asked || !archived) && filter.is_none_or(|filter| matches(clinic, kind, row, filter))
}

fn names_archived(filter: &Filter) -> bool {
    filter.iter().any(|(name, value)| match (name.as_str(), value) {
        (_, Argument::Null) => false,
        ("archived", _) => true,
        ("and" | "or", Argument::List(filters)) => filters.iter().any(|f| as_filter(f).is_some_and(names_archived)),
        ("not", filter) => as_filter(filter).is_some_and(names_archived),
        _ => false,
    })
}

fn as_filter(value: &Argument) -> Option<&Filter> {
    match value {
        Argument::Object(filter) => Some(filter),
        _ => None,
    }
}

/// What is unknown satisfies nothing, so `not` of it holds.
fn matches(clinic: &Clinic<'_>, kind: &Kind, row: &Row, filter: &Filter) -> bool {
    let part = |part: &Argument| as_filter(part).is_none_or(|part| matches(clinic, kind, row, part));
    filter.iter().all(|(name, value)| match (name.as_str(), value) {
        (_, Argument::Null) => true,
        ("and", Argument::List(parts)) => parts.iter().all(part),
        ("or", Argument::List(parts)) => parts.iter().any(part),
        ("not", filter) => !part(filter),
        ("search", Argument::String(words)) => search_fold(words).split_whitespace().all(|word| {
            let mut texts = searched_in(kind.table).into_iter().filter_map(|column| row[column].as_str());
            texts.any(|text| search_fold(text).contains(word))
        }),
        (name, Argument::Object(operators)) => {
            let operand = operand(clinic, kind, row, name);
            operators.iter().all(|(operator, value)| *value == Argument::Null || operand.satisfies(operator, value))
        }
        (name, value) => panic!("{name} cannot be {value}"),
    })
}

/// What operators look at.
enum Operand {
    One(Value),
    /// Compared without case.
    Folded(Option<String>),
    /// Those with an open assignment.
    AnyOf(Vec<String>),
}

fn operand(clinic: &Clinic<'_>, kind: &Kind, row: &Row, name: &str) -> Operand {
    match (kind.name, name) {
        (_, "id") => Operand::One(global_id(kind, row).into()),
        (_, "archived") => Operand::One(Value::Bool(!row["archived_at"].is_null())),
        ("Patient", "doctorId") => Operand::AnyOf(assigned(clinic, row, "patient_id", "doctor_id", "Doctor")),
        ("Doctor", "patientId") => Operand::AnyOf(assigned(clinic, row, "doctor_id", "patient_id", "Patient")),
        (_, "patientId") => Operand::One(reference("Patient", &row["patient_id"])),
        (_, "doctorId") => Operand::One(reference("Doctor", &row["doctor_id"])),
        (_, "sessionId") => Operand::One(reference("AnalysisSession", &row["session_id"])),
        (_, "scanId") => Operand::One(reference("Scan", &row["mri_scan_id"])),
        _ if takes_parts(clinic, kind, name) => Operand::Folded(row[name].as_str().map(fold)),
        ("Patient", "lastVisit") => Operand::One(clinic.value(kind, row, "last_visit_date")),
        _ => Operand::One(clinic.value(kind, row, &kind.column(name))),
    }
}

/// Whether the filter compares texts without case, as those do that look for parts.
fn takes_parts(clinic: &Clinic<'_>, kind: &Kind, name: &str) -> bool {
    let type_name = format!("{}Filter", if kind.name == "TimelineEvent" { "Timeline" } else { kind.name });
    clinic.schema.field(&type_name, name).type_name == "TextFilter"
}

fn assigned(clinic: &Clinic<'_>, row: &Row, own: &str, other: &str, type_name: &str) -> Vec<String> {
    let assignments = clinic.tables.rows("doctor_patient_assignments").iter();
    let open = assignments.filter(|assignment| assignment[own] == row[own] && assignment["ended_at"].is_null());
    open.filter_map(|assignment| assignment[other].as_str().map(|key| id(type_name, key))).collect()
}

fn reference(type_name: &str, key: &Value) -> Value {
    key.as_str().map_or(Value::Null, |key| id(type_name, key).into())
}

impl Operand {
    fn satisfies(&self, operator: &str, argument: &Argument) -> bool {
        match (operator, argument, self) {
            ("in", Argument::List(values), _) => values.iter().any(|value| self.satisfies("eq", value)),
            ("isNull", Argument::Boolean(expected), Self::One(value)) => value.is_null() == *expected,
            ("isNull", Argument::Boolean(expected), Self::Folded(text)) => text.is_none() == *expected,
            ("eq", _, Self::AnyOf(ids)) => ids.iter().any(|id| Some(id.as_str()) == word(argument)),
            ("eq", _, Self::Folded(text)) => *text == word(argument).map(fold),
            ("contains", _, Self::Folded(text)) => {
                text.as_ref().is_some_and(|text| text.contains(&fold(word(argument).expect("a text"))))
            }
            (_, _, Self::One(Value::Null)) => false,
            (_, Argument::Boolean(expected), Self::One(Value::Bool(value))) => value == expected,
            (_, Argument::Number(number), Self::One(Value::Number(value))) => {
                ordered(operator, &value.as_i64(), &number.as_i64())
            }
            (_, Argument::Enum(name), Self::One(Value::String(value))) => {
                ordered(operator, &value.to_uppercase().replace('-', "_").as_str(), &name.as_str())
            }
            (_, Argument::String(text), Self::One(Value::String(value))) => ordered(operator, value, text),
            (operator, argument, _) => panic!("{operator} cannot take {argument}"),
        }
    }
}

fn ordered<T: Ord>(operator: &str, value: &T, argument: &T) -> bool {
    match operator {
        "eq" => value == argument,
        "gt" => value > argument,
        "gte" => value >= argument,
        "lt" => value < argument,
        "lte" => value <= argument,
        other => panic!("no operator {other}"),
    }
}
