//! The published schema, as far as reading and writing queries needs it.

use std::collections::BTreeMap;

use async_graphql::parser::types::{BaseType, Type, TypeKind, TypeSystemDefinition};

/// A field of an object, an interface or an input object.
#[derive(Debug, Clone)]
pub struct Field {
    pub name: String,
    /// The type as written, for instance `[Doctor!]!`.
    pub written: String,
    /// The type without lists and non-nulls.
    pub type_name: String,
    pub arguments: Vec<Field>,
}

/// All types by name.
#[derive(Debug, Default)]
pub struct Schema {
    /// The fields of objects, interfaces and input objects.
    pub fields: BTreeMap<String, Vec<Field>>,
    /// The values of enums.
    pub enums: BTreeMap<String, Vec<String>>,
    /// The objects that an interface or a union can be.
    pub possible: BTreeMap<String, Vec<String>>,
}

impl Schema {
    /// Reads a schema's text.
    pub fn parse(sdl: &str) -> Self {
        let document = async_graphql::parser::parse_schema(sdl).expect("the schema can be parsed");
        let mut schema = Self::default();
        for definition in document.definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let name = definition.node.name.node.to_string();
            match definition.node.kind {
                TypeKind::Scalar => {}
                TypeKind::Object(object) => {
                    for interface in object.implements {
                        schema.possible.entry(interface.node.to_string()).or_default().push(name.clone());
                    }
                    schema.fields.insert(name, object.fields.into_iter().map(|field| field.node.into()).collect());
                }
                TypeKind::Interface(interface) => {
                    schema.fields.insert(name, interface.fields.into_iter().map(|field| field.node.into()).collect());
                }
                TypeKind::Union(union) => {
                    schema.possible.insert(name, union.members.iter().map(|member| member.node.to_string()).collect());
                }
                TypeKind::Enum(values) => {
                    let values = values.values.iter().map(|value| value.node.value.node.to_string());
                    schema.enums.insert(name, values.collect());
                }
                TypeKind::InputObject(input) => {
                    schema.fields.insert(name, input.fields.into_iter().map(|field| field.node.into()).collect());
                }
            }
        }
        schema
    }

    /// A field of a type.
    pub fn field(&self, type_name: &str, field: &str) -> &Field {
        let found = self.fields[type_name].iter().find(|candidate| candidate.name == field);
        found.unwrap_or_else(|| panic!("{type_name} has no field {field}"))
    }

    /// Whether fields can be selected in it.
    pub fn is_composite(&self, type_name: &str) -> bool {
        self.fields.contains_key(type_name) || self.possible.contains_key(type_name)
    }

    /// Whether an object of this type is one of `condition`'s.
    pub fn is(&self, object: &str, condition: &str) -> bool {
        object == condition || self.possible.get(condition).is_some_and(|possible| possible.iter().any(|p| p == object))
    }
}

impl From<async_graphql::parser::types::FieldDefinition> for Field {
    fn from(field: async_graphql::parser::types::FieldDefinition) -> Self {
        Self {
            name: field.name.node.to_string(),
            written: field.ty.node.to_string(),
            type_name: base(&field.ty.node),
            arguments: field.arguments.into_iter().map(|argument| argument.node.into()).collect(),
        }
    }
}

impl From<async_graphql::parser::types::InputValueDefinition> for Field {
    fn from(value: async_graphql::parser::types::InputValueDefinition) -> Self {
        Self {
            name: value.name.node.to_string(),
            written: value.ty.node.to_string(),
            type_name: base(&value.ty.node),
            arguments: vec![],
        }
    }
}

/// A type without lists and non-nulls.
pub fn base(written: &Type) -> String {
    match &written.base {
        BaseType::Named(name) => name.to_string(),
        BaseType::List(item) => base(item),
    }
}
