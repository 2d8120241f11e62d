//! Shapes as types of the schema. What a shape declares is what the schema has: no field without a source.

use async_graphql::indexmap::{IndexMap, IndexSet};
use async_graphql::registry::{Deprecation, MetaEnumValue, MetaField, MetaInputValue, MetaType, Registry};
use async_graphql::{ID, OutputType};

use super::kind::Kind;
use super::registry_list::{self, connection_field};
use super::scalar;
use super::shape::{Field, Link, Relation, Shape, ShapeRef, Through};

/// What the registry takes for the Rust type behind all types that shapes declare.
pub(super) const BY_SHAPE: Option<&str> = Some("shape");

/// Puts an object type and everything it leads to into the schema.
pub fn object(registry: &mut Registry, shape: ShapeRef) {
    if registry.types.contains_key(shape.name) {
        return;
    }
    // A place holder first: shapes refer to each other.
    put_object(registry, shape.name, shape.about, Vec::new());
    if shape.prefix.is_some() {
        registry.add_implements(shape.name, "Node");
    }
    let mut fields: Vec<MetaField> = shape.fields.iter().map(|f| leaf(registry, f)).collect();
    for relation in shape.relations {
        let field = related(registry, relation);
        fields.push(field);
    }
    put_object(registry, shape.name, shape.about, fields);
}

fn leaf(registry: &mut Registry, field: &Field) -> MetaField {
    let name = kind(registry, field.kind);
    self::field(field.name, field.about, marked(&name, field.null))
}

fn related(registry: &mut Registry, relation: &Relation) -> MetaField {
    let shape = relation.shape;
    if !matches!(relation.link, Link::Union { .. }) {
        object(registry, shape);
    }
    match &relation.link {
        Link::Inline { present, .. } => field(relation.name, relation.about, marked(shape.name, !present.is_empty())),
        Link::One { required, .. } => field(relation.name, relation.about, marked(shape.name, !required)),
        Link::Union { name, about, members, .. } => {
            for (_, member) in *members {
                object(registry, member);
            }
            put_union(registry, name, about, members);
            field(relation.name, relation.about, (*name).to_owned())
        }
        Link::Many { .. } | Link::ManyBy { .. } => connection_field(registry, relation.name, relation.about, shape),
        Link::Through(through) => through_field(registry, relation, through),
    }
}

fn through_field(registry: &mut Registry, relation: &Relation, through: &'static Through) -> MetaField {
    object(registry, through.edge.shape);
    registry_list::through(registry, relation, through)
}

/// The `Node` interface over these shapes.
pub fn node_interface(registry: &mut Registry, shapes: &[ShapeRef]) {
    for shape in shapes {
        object(registry, shape);
    }
    let id = field("id", "Names the record, for good.", marked("ID", false));
    registry.types.insert(
        "Node".to_owned(),
        MetaType::Interface {
            name: "Node".to_owned(),
            description: Some("A record that can be read by its id alone.".to_owned()),
            fields: IndexMap::from([("id".to_owned(), id)]),
            possible_types: shapes.iter().map(|s| s.name.to_owned()).collect::<IndexSet<_>>(),
            extends: false,
            keys: None,
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            rust_typename: BY_SHAPE,
            directive_invocations: Vec::new(),
            requires_scopes: Vec::new(),
        },
    );
}

/// Makes sure that the scalar or enum is in the schema; answers its name.
pub(super) fn kind(registry: &mut Registry, kind: Kind) -> String {
    match kind {
        Kind::Id(_) => drop(<ID as OutputType>::create_type_info(registry)),
        Kind::Text => drop(<String as OutputType>::create_type_info(registry)),
        Kind::Instant => drop(<scalar::DateTime as OutputType>::create_type_info(registry)),
        Kind::Day => drop(<scalar::Date as OutputType>::create_type_info(registry)),
        Kind::Int => drop(<i32 as OutputType>::create_type_info(registry)),
        Kind::Size | Kind::Float => drop(<f64 as OutputType>::create_type_info(registry)),
        Kind::Bool => drop(<bool as OutputType>::create_type_info(registry)),
        Kind::Money => drop(<scalar::Decimal as OutputType>::create_type_info(registry)),
        Kind::Json => drop(<scalar::Json as OutputType>::create_type_info(registry)),
        Kind::Word(vocabulary) | Kind::Words(vocabulary) => drop((vocabulary.register)(registry)),
    }
    match kind {
        Kind::Words(_) => format!("[{}!]", kind.scalar()),
        _ => kind.scalar().to_owned(),
    }
}

/// A type's name with its nullability.
pub(super) fn marked(name: &str, null: bool) -> String {
    format!("{name}{}", if null { "" } else { "!" })
}

/// A field without arguments.
pub fn field(name: &str, about: &str, ty: String) -> MetaField {
    MetaField {
        name: name.to_owned(),
        description: Some(about.to_owned()),
        args: IndexMap::new(),
        ty,
        deprecation: Deprecation::NoDeprecated,
        cache_control: Default::default(),
        external: false,
        requires: None,
        provides: None,
        visible: None,
        shareable: false,
        inaccessible: false,
        tags: Vec::new(),
        override_from: None,
        compute_complexity: None,
        directive_invocations: Vec::new(),
        requires_scopes: Vec::new(),
    }
}

/// An argument or a field of an input.
pub fn input(name: &str, about: &str, ty: impl Into<String>) -> MetaInputValue {
    MetaInputValue {
        name: name.to_owned(),
        description: Some(about.to_owned()),
        ty: ty.into(),
        deprecation: Deprecation::NoDeprecated,
        default_value: None,
        visible: None,
        inaccessible: false,
        tags: Vec::new(),
        is_secret: false,
        directive_invocations: Vec::new(),
    }
}

/// Arguments or fields of an input, by name.
pub fn inputs(list: Vec<MetaInputValue>) -> IndexMap<String, MetaInputValue> {
    list.into_iter().map(|i| (i.name.clone(), i)).collect()
}

/// Puts an object type into the schema.
pub fn put_object(registry: &mut Registry, name: &str, about: &str, fields: Vec<MetaField>) {
    registry.types.insert(
        name.to_owned(),
        MetaType::Object {
            name: name.to_owned(),
            description: Some(about.to_owned()),
            fields: fields.into_iter().map(|f| (f.name.clone(), f)).collect(),
            cache_control: Default::default(),
            extends: false,
            shareable: false,
            resolvable: true,
            keys: None,
            visible: None,
            inaccessible: false,
            interface_object: false,
            tags: Vec::new(),
            is_subscription: false,
            rust_typename: BY_SHAPE,
            directive_invocations: Vec::new(),
            requires_scopes: Vec::new(),
        },
    );
}

/// Puts an input type into the schema.
pub(super) fn put_input(registry: &mut Registry, name: &str, about: &str, fields: Vec<MetaInputValue>) {
    registry.types.insert(
        name.to_owned(),
        MetaType::InputObject {
            name: name.to_owned(),
            description: Some(about.to_owned()),
            input_fields: inputs(fields),
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            rust_typename: BY_SHAPE,
            oneof: false,
            directive_invocations: Vec::new(),
        },
    );
}

/// Puts an enum into the schema.
pub(super) fn put_enum(registry: &mut Registry, name: &str, about: &str, values: &[(&str, &str)]) {
    let value = |(value, about): &(&str, &str)| MetaEnumValue {
        name: (*value).into(),
        description: Some((*about).to_owned()),
        deprecation: Deprecation::NoDeprecated,
        visible: None,
        inaccessible: false,
        tags: Vec::new(),
        directive_invocations: Vec::new(),
    };
    registry.types.insert(
        name.to_owned(),
        MetaType::Enum {
            name: name.to_owned(),
            description: Some(about.to_owned()),
            enum_values: values.iter().map(|v| (v.0.to_owned(), value(v))).collect(),
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            rust_typename: BY_SHAPE,
            directive_invocations: Vec::new(),
            requires_scopes: Vec::new(),
        },
    );
}

fn put_union(registry: &mut Registry, name: &str, about: &str, members: &[(&str, &'static Shape)]) {
    registry.types.insert(
        name.to_owned(),
        MetaType::Union {
            name: name.to_owned(),
            description: Some(about.to_owned()),
            possible_types: members.iter().map(|(_, shape)| shape.name.to_owned()).collect(),
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            rust_typename: BY_SHAPE,
            directive_invocations: Vec::new(),
        },
    );
}
