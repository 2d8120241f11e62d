//! Random arguments, as literals or by variables.

use async_graphql::indexmap::IndexMap;
use async_graphql::{Name, Value};

use super::Generator;
use crate::naive::list;
use crate::naive::model::{Kind, kind};
use crate::naive::reading::global_id;
use crate::naive::schema::Field;
use crate::support::factory;

impl Generator<'_> {
    /// The arguments of a field, in parentheses if there are any.
    pub(super) fn arguments_of(&mut self, field: &Field) -> String {
        let values = match field.name.as_str() {
            _ if field.arguments.is_empty() => return String::new(),
            "node" => vec![("id", self.any_id())],
            "nodes" => vec![("ids", Value::List((0..self.dice.below(5)).map(|_| self.any_id()).collect()))],
            "doctor" => vec![("id", self.id_of("Doctor"))],
            "patient" if self.dice.chance(30) => vec![("mrn", self.mrn())],
            "patient" => vec![("id", self.id_of("Patient"))],
            _ => self.of_list(field),
        };
        let mut written = vec![];
        for (name, value) in values {
            let declared = field.arguments.iter().find(|argument| argument.name == name).expect("an argument");
            let value = self.written(&declared.written, value);
            written.push(format!("{name}: {value}"));
        }
        if written.is_empty() { String::new() } else { format!("({})", written.join(", ")) }
    }

    fn of_list(&mut self, field: &Field) -> Vec<(&'static str, Value)> {
        let nodes = self.schema.field(&field.type_name, "nodes");
        let kind = kind(&nodes.type_name);
        let mut values = vec![];
        let takes = |name: &str| field.arguments.iter().any(|argument| argument.name == name);
        if takes("scope") && self.dice.chance(60) {
            values.push(("scope", Value::Enum(Name::new(*self.dice.pick(&["CURRENT", "EVER"])))));
        }
        let mut order = (kind.orders[0].0.to_owned(), kind.newest_first);
        if self.dice.chance(40) {
            let (value, chosen) = self.order(&field.arguments);
            values.push(("orderBy", value));
            order = chosen;
        }
        match if self.plain { self.dice.below(25) } else { self.dice.below(10) } {
            0..6 => values.push(("first", self.dice.below(5).into())),
            6..8 => values.push(("last", self.dice.below(5).into())),
            _ => {}
        }
        let known = self.cursors.of_list(&list::order_name(kind, &order.0, order.1));
        for bound in ["after", "before"] {
            if self.dice.chance(5) {
                values.push((bound, Value::Null));
            } else if !known.is_empty() && self.dice.chance(if self.plain { 8 } else { 25 }) {
                values.push((bound, (*self.dice.pick(&known)).into()));
            }
        }
        let filter = field.arguments.iter().find(|argument| argument.name == "filter");
        let wished = filter.is_some_and(|filter| self.wishes.iter().any(|(of, _)| *of == filter.type_name));
        let often = match (self.plain, self.theme == Some(nodes.type_name.as_str())) {
            _ if wished => 95,
            (_, true) => 60,
            (true, false) => 25,
            (false, false) => 40,
        };
        if let Some(filter) = filter.filter(|_| self.dice.chance(often)) {
            values.push(("filter", self.filter(&filter.type_name, kind, 0)));
        }
        values
    }

    /// An order of the list, and what it means.
    fn order(&mut self, arguments: &[Field]) -> (Value, (String, bool)) {
        let order = arguments.iter().find(|argument| argument.name == "orderBy").expect("every list can be ordered");
        let field = &self.schema.field(&order.type_name, "field").type_name;
        let fields = self.schema.enums[field].iter().filter(|value| self.asks(field, value)).collect::<Vec<_>>();
        let wished = fields.iter().find(|value| self.wishes.contains(&(field.as_str(), value.as_str())));
        let field = match wished {
            Some(wished) if self.dice.chance(50) => (*wished).clone(),
            _ => (*self.dice.pick(&fields)).clone(),
        };
        let mut by = IndexMap::from([(Name::new("field"), Value::Enum(Name::new(&field)))]);
        let direction = *self.dice.pick(&[None, Some("ASC"), Some("DESC"), Some("DESC")]);
        if let Some(direction) = direction {
            by.insert(Name::new("direction"), Value::Enum(Name::new(direction)));
        }
        (Value::Object(by), (field, direction == Some("DESC")))
    }

    /// The id of some row, or nearly one.
    pub(super) fn id_of(&mut self, type_name: &str) -> Value {
        if self.dice.chance(8) {
            return (*self.dice.pick(&[
                "",
                "pat_",
                "doc_AAAAAAAAAAAAAAAAAAAAAA",
                "nothing",
                "pat_AAAAAAAAAAAAAAAAAAAAAB",
            ]))
            .into();
        }
        let kind: &Kind = kind(type_name);
        let rows = self.rows(kind.table);
        if rows.is_empty() { "nothing".into() } else { global_id(kind, self.dice.pick(rows)).into() }
    }

    fn any_id(&mut self) -> Value {
        let (type_name, _) = *self.dice.pick(factory::PREFIXES);
        self.meant = Some(type_name);
        self.id_of(type_name)
    }

    fn mrn(&mut self) -> Value {
        let patients = self.rows("patients");
        if self.dice.chance(10) { "none".into() } else { self.dice.pick(patients)["mrn"].as_str().unwrap_or("").into() }
    }

    /// A value as it stands in the query: itself, or a variable that has it, by default or given.
    pub(super) fn written(&mut self, written_type: &str, value: Value) -> String {
        if !self.dice.chance(25) {
            return value.to_string();
        }
        let name = self.name("v");
        let required = written_type.ends_with('!');
        let json = value.clone().into_json().expect("a value without files");
        match self.dice.below(3) {
            0 if value != Value::Null => {
                self.declarations.push(format!("${name}: {} = {value}", written_type.trim_end_matches('!')));
                if required {
                    // A nullable variable fits a required place by its default.
                    self.variables.insert(name.clone(), json);
                }
            }
            1 if !required && value == Value::Null => self.declarations.push(format!("${name}: {written_type}")),
            _ => {
                self.declarations.push(format!("${name}: {written_type}"));
                self.variables.insert(name.clone(), json);
            }
        }
        format!("${name}")
    }
}
