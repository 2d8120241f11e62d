//! Lists of shapes as types of the schema: connections, edges, orders, filters.

use async_graphql::OutputType;
use async_graphql::registry::{MetaField, MetaInputValue, Registry};
use async_graphql::types::connection::PageInfo;

use super::kind::{Kind, Vocabulary};
use super::page::{DEFAULT, MOST};
use super::registry::{field, input, inputs, kind, marked, put_enum, put_input, put_object};
use super::shape::{Operators, Order, Relation, Shape, ShapeRef, Through};

/// A field that answers a connection of a shape's rows.
pub fn connection_field(registry: &mut Registry, name: &str, about: &str, shape: ShapeRef) -> MetaField {
    connection(registry, shape.name, shape, Vec::new());
    let mut arguments = paging();
    if !shape.list.filters.is_empty() {
        arguments.push(filter(registry, shape));
    }
    arguments.push(order(registry, shape.list.stem, shape.list.orders, shape.list.newest_first));
    let mut field = field(name, about, format!("{}Connection!", shape.name));
    field.args = inputs(arguments);
    field
}

/// A field that answers a connection of rows found through others.
pub(super) fn through(registry: &mut Registry, relation: &Relation, through: &'static Through) -> MetaField {
    let shape = relation.shape;
    let list = field(through.edge.name, through.edge.about, format!("[{}!]!", through.edge.shape.name));
    connection(registry, through.name, shape, vec![list]);
    put_enum(
        registry,
        "DoctorScope",
        "Which relations between doctors and patients count.",
        &[("CURRENT", "Open assignments."), ("EVER", "Open and ended assignments, and completed visits.")],
    );
    let mut scope = input("scope", "Which relations count.", "DoctorScope");
    scope.default_value = Some("CURRENT".to_owned());
    let mut arguments = vec![scope];
    arguments.extend(paging());
    if through.filtered {
        arguments.push(filter(registry, shape));
    }
    let (stem, orders) = through.orders.unwrap_or((shape.list.stem, shape.list.orders));
    arguments.push(order(registry, stem, orders, shape.list.newest_first));
    let mut field = field(relation.name, relation.about, format!("{}Connection!", through.name));
    field.args = inputs(arguments);
    field
}

fn connection(registry: &mut Registry, stem: &str, shape: &Shape, edge: Vec<MetaField>) {
    let (connection, edge_name) = (format!("{stem}Connection"), format!("{stem}Edge"));
    if registry.types.contains_key(&connection) {
        return;
    }
    <PageInfo as OutputType>::create_type_info(registry);
    <i32 as OutputType>::create_type_info(registry);
    let mut edges = vec![
        field("cursor", "Where the record stands in the list.", "String!".to_owned()),
        field("node", "The record.", marked(shape.name, false)),
    ];
    edges.extend(edge);
    put_object(registry, &edge_name, "A record and its place in a list.", edges);
    put_object(
        registry,
        &connection,
        "A page of a list.",
        vec![
            field("edges", "The records of the page, each with its place.", format!("[{edge_name}!]!")),
            field("nodes", "The records of the page.", format!("[{}!]!", shape.name)),
            field("pageInfo", "Where the page stands in the list.", "PageInfo!".to_owned()),
            field("totalCount", "How many records the whole list has.", "Int!".to_owned()),
        ],
    );
}

fn paging() -> Vec<MetaInputValue> {
    vec![
        input("first", &format!("How many records from the start, 0 to {MOST}; {DEFAULT} when not given."), "Int"),
        input("after", "Start after the record with this cursor.", "String"),
        input("last", &format!("How many records from the end, 0 to {MOST}."), "Int"),
        input("before", "End before the record with this cursor.", "String"),
    ]
}

fn order(registry: &mut Registry, stem: &str, orders: &[Order], newest_first: bool) -> MetaInputValue {
    let (name, fields) = (format!("{stem}Order"), format!("{stem}OrderField"));
    put_enum(
        registry,
        "OrderDirection",
        "Which way a list runs.",
        &[
            ("ASC", "From the smallest, earliest, first letter; unknown comes first."),
            ("DESC", "From the greatest, latest, last letter; unknown comes last."),
        ],
    );
    let values: Vec<_> = orders.iter().map(|o| (o.name, o.about)).collect();
    put_enum(registry, &fields, "What a list is sorted by.", &values);
    let mut direction = input("direction", "Which way it runs.", "OrderDirection");
    direction.default_value = Some("ASC".to_owned());
    put_input(
        registry,
        &name,
        "How a list is sorted.",
        vec![input("field", "What it is sorted by.", format!("{fields}!")), direction],
    );
    let default = orders.first().map_or("", |o| o.name);
    let way = if newest_first { "DESC" } else { "ASC" };
    input("orderBy", &format!("How the list is sorted; {default} {way} when not given."), name)
}

fn filter(registry: &mut Registry, shape: &Shape) -> MetaInputValue {
    let name = format!("{}Filter", shape.list.stem);
    if !registry.types.contains_key(&name) {
        let mut fields = vec![
            input("and", "All of these hold.", format!("[{name}!]")),
            input("or", "At least one of these holds.", format!("[{name}!]")),
            input("not", "This does not hold.", name.clone()),
        ];
        for filter in shape.list.filters {
            let operators = operators(registry, filter.operators);
            fields.push(input(filter.name, filter.about, operators));
        }
        put_input(registry, &name, "Which records a list has: all conditions given hold.", fields);
    }
    input("filter", "Which records the list has.", name)
}

const EQ: (&str, &str) = ("eq", "Equal to this.");
const IN: (&str, &str) = ("in", "One of these.");
const UNKNOWN: (&str, &str) = ("isNull", "Whether it is unknown.");
const RANGE: [(&str, &str); 4] = [
    ("gt", "Greater or later than this."),
    ("gte", "This, greater or later."),
    ("lt", "Smaller or earlier than this."),
    ("lte", "This, smaller or earlier."),
];

/// The input type of a filter: of its operators, or of what is searched for. Answers its name.
fn operators(registry: &mut Registry, operators: Operators) -> String {
    let (name, of, range, contains, unknown) = match operators {
        Operators::Id(prefix) => ("IDFilter".to_owned(), Kind::Id(prefix), false, false, false),
        Operators::Search => return kind(registry, Kind::Text),
        Operators::Exact => ("StringFilter".to_owned(), Kind::Text, false, false, true),
        Operators::Folded | Operators::Lower => ("TextFilter".to_owned(), Kind::Text, false, true, true),
        Operators::Int => ("IntFilter".to_owned(), Kind::Int, true, false, true),
        Operators::Instant => ("DateTimeFilter".to_owned(), Kind::Instant, true, false, true),
        Operators::Day => ("DateFilter".to_owned(), Kind::Day, true, false, true),
        Operators::Flag => ("BooleanFilter".to_owned(), Kind::Bool, false, false, false),
        Operators::Word(words @ Vocabulary { name, .. }) => {
            (format!("{name}Filter"), Kind::Word(words), false, false, true)
        }
    };
    let of = kind(registry, of);
    let mut fields = vec![input(EQ.0, EQ.1, of.clone()), input(IN.0, IN.1, format!("[{of}!]"))];
    if range {
        fields.extend(RANGE.iter().map(|(name, about)| input(name, about, of.clone())));
    }
    if contains {
        fields.push(input("contains", "Has this in it, in any case, accents counting.", of));
    }
    if unknown {
        kind(registry, Kind::Bool);
        fields.push(input(UNKNOWN.0, UNKNOWN.1, "Boolean"));
    }
    put_input(registry, &name, "Conditions on a value: all given hold.", fields);
    name
}
