//! Random filters, mostly with values that some row has.

use async_graphql::indexmap::IndexMap;
use async_graphql::{Name, Value};

use super::Generator;
use crate::naive::model::Kind;
use crate::support::factory::{search_fold, searched_in};

const INSTANTS: &[&str] = &[
    "2021-06-30T08:00:00.000000Z",
    "2024-02-29T12:00:00.000000Z",
    "2026-03-13T22:59:59.999999Z",
    "2026-03-14T09:00:00.123456Z",
    "2026-03-15T09:00:00.000000Z",
];

impl Generator<'_> {
    /// A value of the filter type of `kind`.
    pub(super) fn filter(&mut self, type_name: &str, kind: &Kind, depth: usize) -> Value {
        let mut filter = IndexMap::new();
        for _ in 0..=self.dice.below(2) {
            let fields = &self.schema.fields[type_name];
            let fields = fields.iter().filter(|field| self.asks(type_name, &field.name)).collect::<Vec<_>>();
            let wished = fields.iter().find(|field| self.wishes.contains(&(type_name, field.name.as_str())));
            let field = match wished {
                Some(wished) if self.dice.chance(50) => (*wished).clone(),
                _ => (*self.dice.pick(&fields)).clone(),
            };
            let value = match field.name.as_str() {
                "and" | "or" | "not" if depth > 2 => continue,
                "and" | "or" => {
                    let parts = 0..self.dice.below(3);
                    Value::List(parts.map(|_| self.filter(type_name, kind, depth + 1)).collect())
                }
                "not" => self.filter(type_name, kind, depth + 1),
                "search" => self.search(kind),
                name => self.operators(&field.type_name, kind, name),
            };
            filter.insert(Name::new(&field.name), value);
        }
        Value::Object(filter)
    }

    /// Parts of what a person is found by, or of two persons, as somebody may type them.
    fn search(&mut self, kind: &Kind) -> Value {
        let mut parts = vec![];
        // Several words are found together less often than one.
        let words = if self.plain { 1 } else { self.dice.below(4) };
        for _ in 0..words {
            let rows = self.rows(kind.table);
            let column = *self.dice.pick(&searched_in(kind.table));
            let text = self.dice.pick(rows)[column].as_str().unwrap_or_default();
            let text = match self.dice.below(4) {
                0 => text.to_uppercase(),
                1 => search_fold(text),
                _ => text.to_owned(),
            };
            parts.push(self.part(&text));
        }
        parts.join(*self.dice.pick(&[" ", "  ", "\u{3000}"])).into()
    }

    fn operators(&mut self, type_name: &str, kind: &Kind, filtered: &str) -> Value {
        let mut operators = IndexMap::new();
        for _ in 0..=self.dice.below(10) / 9 {
            let operator = self.dice.pick(&self.schema.fields[type_name]).clone();
            let mut operand = || self.operand(&operator.type_name, kind, filtered, &operator.name);
            let value = match operator.name.as_str() {
                "in" => Value::List(vec![operand(), operand()]),
                _ => operand(),
            };
            operators.insert(Name::new(&operator.name), value);
        }
        Value::Object(operators)
    }

    fn operand(&mut self, type_name: &str, kind: &Kind, filtered: &str, operator: &str) -> Value {
        match type_name {
            "ID" => match filtered {
                "patientId" => self.id_of("Patient"),
                "doctorId" => self.id_of("Doctor"),
                "sessionId" => self.id_of("AnalysisSession"),
                "scanId" => self.id_of("Scan"),
                _ => self.id_of(kind.name),
            },
            "DateTime" => (*self.dice.pick(INSTANTS)).into(),
            "Date" => (*self.dice.pick(&["1950-03-14", "1950-03-15", "2000-02-29", "2020-03-14"])).into(),
            "Int" => self.dice.below(4).into(),
            "Boolean" => self.dice.chance(50).into(),
            "String" => self.text(kind, filtered, operator),
            words => Value::Enum(Name::new(self.dice.pick(&self.schema.enums[words]).as_str())),
        }
    }

    /// A text that stands in the column, or a part of it.
    fn text(&mut self, kind: &Kind, filtered: &str, operator: &str) -> Value {
        let column = kind.column(filtered);
        let rows = self.rows(if filtered == "diseaseStage" { "patient_statistics" } else { kind.table });
        let texts: Vec<&str> = rows.iter().filter_map(|row| row[column.as_str()].as_str()).collect();
        let Some(text) = (!texts.is_empty()).then(|| *self.dice.pick(&texts)) else { return "nothing".into() };
        let folded = !["diseaseStage", "stage"].contains(&filtered);
        let text = match self.dice.below(4) {
            0 if folded => text.to_uppercase(),
            1 if folded => text.to_lowercase(),
            _ => text.to_owned(),
        };
        if operator != "contains" {
            return text.into();
        }
        self.part(&text).into()
    }

    /// Up to three letters from somewhere in a text.
    fn part(&mut self, text: &str) -> String {
        let letters: Vec<char> = text.chars().collect();
        let start = self.dice.below(letters.len().max(1));
        let length = 1 + self.dice.below(3);
        letters.into_iter().skip(start).take(length).collect()
    }
}
