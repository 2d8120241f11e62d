//! The specification's execution of a query: fields collected through fragments and directives, each completed.

use async_graphql::parser::types::{
    Directive, ExecutableDocument, Field as Selected, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned, Value as Argument, Variables, indexmap::IndexMap, parser};
use async_graphql_value::Value as Written;

use super::json::Json;
use super::reading::{Clinic, Found, Object};
use super::schema::{Field, Schema, base};

/// A query with its variables.
#[derive(Debug)]
pub struct Query {
    document: ExecutableDocument,
    operation: OperationDefinition,
    variables: Variables,
}

/// The arguments of one field; null is as good as absent.
#[derive(Debug)]
pub struct Arguments(IndexMap<Name, Argument>);

impl Query {
    /// Reads the text of a query that has one operation.
    pub fn new(schema: &Schema, text: &str, variables: &serde_json::Value) -> Self {
        let document = parser::parse_query(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let operation = document.operations.iter().next().expect("an operation").1.node.clone();
        let mut variables = Variables::from_json(variables.clone());
        for definition in &operation.variable_definitions {
            if let Some(default) = &definition.node.default_value {
                variables.entry(definition.node.name.node.clone()).or_insert_with(|| default.node.clone());
            }
            let type_name = base(&definition.node.var_type.node);
            if let Some(value) = variables.get_mut(&definition.node.name.node) {
                *value = coerced(schema, &type_name, std::mem::take(value));
            }
        }
        Self { document, operation, variables }
    }

    /// What `data` must be.
    pub fn answer(&self, clinic: &Clinic<'_>) -> Json {
        self.object(clinic, &Object::Query, &[&self.operation.selection_set.node])
    }

    fn object<'c>(&self, clinic: &Clinic<'c>, object: &Object<'c>, selections: &[&SelectionSet]) -> Json {
        let type_name = object.type_name();
        let mut fields: IndexMap<&str, Vec<&Selected>> = IndexMap::new();
        for selection in selections {
            self.collect(clinic, &type_name, selection, &mut fields);
        }
        let completed = fields.into_iter().map(|(key, merged)| {
            let selected = merged[0];
            let value = if selected.name.node == "__typename" {
                Json::String(type_name.clone())
            } else {
                let field = clinic.schema.field(&type_name, &selected.name.node);
                let found = clinic.read(object, field, &self.arguments(selected, field));
                let selections: Vec<&SelectionSet> = merged.iter().map(|field| &field.selection_set.node).collect();
                self.complete(clinic, found, &selections)
            };
            (key.to_owned(), value)
        });
        Json::Object(completed.collect())
    }

    fn complete<'c>(&self, clinic: &Clinic<'c>, found: Found<'c>, selections: &[&SelectionSet]) -> Json {
        match found {
            Found::Leaf(leaf) => leaf,
            Found::List(items) => {
                Json::List(items.into_iter().map(|item| self.complete(clinic, item, selections)).collect())
            }
            Found::Object(object) => self.object(clinic, &object, selections),
        }
    }

    fn collect<'d>(
        &'d self,
        clinic: &Clinic<'_>,
        type_name: &str,
        selection: &'d SelectionSet,
        fields: &mut IndexMap<&'d str, Vec<&'d Selected>>,
    ) {
        for item in &selection.items {
            match &item.node {
                Selection::Field(field) if self.included(&field.node.directives) => {
                    fields.entry(field.node.response_key().node.as_str()).or_default().push(&field.node);
                }
                Selection::InlineFragment(fragment) if self.included(&fragment.node.directives) => {
                    let condition = fragment.node.type_condition.as_ref().map(|condition| &condition.node.on.node);
                    if condition.is_none_or(|condition| clinic.schema.is(type_name, condition)) {
                        self.collect(clinic, type_name, &fragment.node.selection_set.node, fields);
                    }
                }
                Selection::FragmentSpread(spread) if self.included(&spread.node.directives) => {
                    let fragment = &self.document.fragments[&spread.node.fragment_name.node].node;
                    if clinic.schema.is(type_name, &fragment.type_condition.node.on.node) {
                        self.collect(clinic, type_name, &fragment.selection_set.node, fields);
                    }
                }
                _ => {}
            }
        }
    }

    fn included(&self, directives: &[Positioned<Directive>]) -> bool {
        directives.iter().all(|directive| {
            let condition = directive.node.get_argument("if").expect("a condition");
            let condition = self.constant(&condition.node) == Some(Argument::Boolean(true));
            condition == (directive.node.name.node == "include")
        })
    }

    fn arguments(&self, selected: &Selected, field: &Field) -> Arguments {
        let mut arguments = IndexMap::new();
        for (name, value) in &selected.arguments {
            let known = field.arguments.iter().any(|argument| argument.name == name.node.as_str());
            assert!(known, "{} has no argument {}", field.name, name.node);
            if let Some(value) = self.constant(&value.node) {
                arguments.insert(name.node.clone(), value);
            }
        }
        Arguments(arguments)
    }

    /// The value with variables put in; a variable that was not given makes its place absent.
    fn constant(&self, value: &Written) -> Option<Argument> {
        Some(match value {
            Written::Variable(name) => self.variables.get(name)?.clone(),
            Written::List(items) => {
                Argument::List(items.iter().map(|item| self.constant(item).unwrap_or_default()).collect())
            }
            Written::Object(fields) => {
                let fields = fields.iter().filter_map(|(name, value)| Some((name.clone(), self.constant(value)?)));
                Argument::Object(fields.collect())
            }
            constant => constant.clone().into_const()?,
        })
    }
}

impl Arguments {
    /// A text or an enum value.
    pub fn text(&self, name: &str) -> Option<&str> {
        word(self.0.get(name)?)
    }

    /// A list of texts.
    pub fn texts(&self, name: &str) -> Vec<&str> {
        match self.0.get(name) {
            Some(Argument::List(items)) => items.iter().filter_map(word).collect(),
            single => single.and_then(word).into_iter().collect(),
        }
    }

    /// A number.
    pub fn number(&self, name: &str) -> Option<usize> {
        match self.0.get(name)? {
            Argument::Number(number) => number.as_u64().map(|number| number as usize),
            _ => None,
        }
    }

    /// An input object.
    pub fn object(&self, name: &str) -> Option<&IndexMap<Name, Argument>> {
        match self.0.get(name)? {
            Argument::Object(fields) => Some(fields),
            _ => None,
        }
    }
}

/// The value of a variable as a value of its type: JSON has no words of its own for enum values.
fn coerced(schema: &Schema, type_name: &str, value: Argument) -> Argument {
    match value {
        Argument::String(word) if schema.enums.contains_key(type_name) => Argument::Enum(Name::new(word)),
        Argument::List(items) => {
            Argument::List(items.into_iter().map(|item| coerced(schema, type_name, item)).collect())
        }
        Argument::Object(fields) => {
            let typed = |name: &Name| schema.field(type_name, name).type_name.clone();
            let fields = fields.into_iter().map(|(name, value)| (name.clone(), coerced(schema, &typed(&name), value)));
            Argument::Object(fields.collect())
        }
        other => other,
    }
}

/// The text of a string or an enum value.
pub fn word(argument: &Argument) -> Option<&str> {
    match argument {
        Argument::String(text) => Some(text),
        Argument::Enum(name) => Some(name),
        _ => None,
    }
}
