//! What a document becomes once its fragments are spread, computed without spreading them: each fragment is weighed
//! once, and what it weighs is added wherever it is named.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::{Name, Value, Variables};

use super::TooMuch;
use crate::config::Limits;
use crate::read::page;

/// What a selection would be.
#[derive(Debug, Clone, Copy, Default)]
struct Weight {
    /// Fields, and spreads, which cost whoever follows them too.
    fields: u64,
    /// Fields in each other.
    depth: u64,
    /// Objects of the answer, at most.
    objects: u64,
    /// Whether it has the rows of a connection.
    lists: bool,
}

impl Weight {
    fn and(self, other: Self) -> Self {
        Self {
            fields: self.fields.saturating_add(other.fields),
            depth: self.depth.max(other.depth),
            objects: self.objects.saturating_add(other.objects),
            lists: self.lists || other.lists,
        }
    }
}

/// Selections and spreads in each other: beyond any document that the other limits let through, and far from the end
/// of the stack.
const DEEPEST: u32 = 256;

pub(super) fn check(limits: &Limits, document: &ExecutableDocument, variables: &Variables) -> Result<(), TooMuch> {
    let operations = document.operations.iter().count();
    if operations > usize_of(limits.max_operations) {
        return Err(TooMuch::Operations(limits.max_operations));
    }
    let mut scale = Scale { limits, document, variables, known: HashMap::new() };
    for (_, operation) in document.operations.iter() {
        let set = &operation.node.selection_set.node;
        scale.selection(set, 0)?;
        if scale.width(set) > u64::from(limits.max_root_fields) {
            return Err(TooMuch::RootFields(limits.max_root_fields));
        }
    }
    // Fragments that nobody spreads are validated too.
    for name in document.fragments.keys() {
        scale.fragment(name, 0)?;
    }
    Ok(())
}

struct Scale<'a> {
    limits: &'a Limits,
    document: &'a ExecutableDocument,
    variables: &'a Variables,
    /// What fragments weigh; none for one that is being weighed.
    known: HashMap<&'a Name, Option<Weight>>,
}

impl<'a> Scale<'a> {
    fn selection(&mut self, set: &'a SelectionSet, level: u32) -> Result<Weight, TooMuch> {
        if level > DEEPEST {
            return Err(TooMuch::Depth(self.limits.max_depth));
        }
        let mut whole = Weight::default();
        for item in &set.items {
            let part = match &item.node {
                Selection::Field(field) => self.field(&field.node, level)?,
                Selection::InlineFragment(fragment) => self.selection(&fragment.node.selection_set.node, level + 1)?,
                Selection::FragmentSpread(spread) => {
                    let weight = self.fragment(&spread.node.fragment_name.node, level)?;
                    Weight { fields: weight.fields.saturating_add(1), ..weight }
                }
            };
            whole = whole.and(part);
            self.within(whole)?;
        }
        Ok(whole)
    }

    fn within(&self, weight: Weight) -> Result<(), TooMuch> {
        let Limits { max_fields, max_depth, max_objects, .. } = *self.limits;
        if weight.fields > max_fields.into() {
            return Err(TooMuch::Fields(max_fields));
        }
        if weight.depth > max_depth.into() {
            return Err(TooMuch::Depth(max_depth));
        }
        if weight.objects > max_objects.into() {
            return Err(TooMuch::Objects(max_objects));
        }
        Ok(())
    }

    fn field(&mut self, field: &'a Field, level: u32) -> Result<Weight, TooMuch> {
        let inner = self.selection(&field.selection_set.node, level + 1)?;
        let rows = matches!(field.name.node.as_str(), "nodes" | "edges");
        let times = if inner.lists { self.page(field) } else { self.rows_asked_for(field) };
        let own = u64::from(!field.selection_set.node.items.is_empty());
        Ok(Weight {
            fields: inner.fields + 1,
            depth: inner.depth + 1,
            objects: inner.objects.saturating_add(own).saturating_mul(times),
            lists: rows,
        })
    }

    /// How many rows a connection may have. What is no number is refused later, and for now is the most.
    fn page(&self, field: &Field) -> u64 {
        let given = |name| Some(self.constant(field.get_argument(name)?.node.clone()));
        let size = |value: Value| match value {
            Value::Number(number) => Some(number.as_u64().map_or(page::MOST, |size| size.min(page::MOST))),
            Value::Null => None,
            _ => Some(page::MOST),
        };
        given("first").and_then(size).or_else(|| given("last").and_then(size)).unwrap_or(page::DEFAULT)
    }

    /// How many rows a field without pages may answer: one for each item of a list that it is given, such as ids to look
    /// up or records to write.
    fn rows_asked_for(&self, field: &Field) -> u64 {
        if field.selection_set.node.items.is_empty() {
            return 1;
        }
        let values = field.arguments.iter().map(|(_, value)| longest(&self.constant(value.node.clone())));
        values.max().unwrap_or(1)
    }

    /// An argument with its variables filled in.
    fn constant(&self, value: async_graphql_value::Value) -> Value {
        value.into_const_with(|variable| Ok::<_, ()>(self.variable(&variable))).unwrap_or(Value::Null)
    }

    /// A variable's value, else a default: which operation will run is not known here, so the one that asks for most.
    fn variable(&self, name: &Name) -> Value {
        if let Some(value) = self.variables.get(name) {
            return value.clone();
        }
        let definitions =
            self.document.operations.iter().flat_map(|(_, operation)| &operation.node.variable_definitions);
        let defaults = definitions.filter(|definition| definition.node.name.node == *name);
        let asks_for = |value: &Value| match value {
            Value::Number(number) => number.as_u64().unwrap_or(u64::MAX),
            value => longest(value),
        };
        defaults
            .filter_map(|definition| definition.node.default_value().cloned())
            .max_by_key(asks_for)
            .unwrap_or(Value::Null)
    }

    fn fragment(&mut self, name: &'a Name, level: u32) -> Result<Weight, TooMuch> {
        match self.known.get(name) {
            Some(Some(weight)) => return Ok(*weight),
            Some(None) => return Err(TooMuch::Cycle),
            None => {}
        }
        // One that is not there weighs nothing, and validation says so.
        let Some(fragment) = self.document.fragments.get(name) else { return Ok(Weight::default()) };
        self.known.insert(name, None);
        let weight = self.selection(&fragment.node.selection_set.node, level + 1)?;
        self.known.insert(name, Some(weight));
        Ok(weight)
    }

    /// Fields of a selection itself, fragments spread. Called on what was weighed: there is no cycle in it, and not
    /// more spreads than fields are allowed.
    fn width(&self, set: &'a SelectionSet) -> u64 {
        let width = |item: &'a Selection| match item {
            Selection::Field(_) => 1,
            Selection::InlineFragment(fragment) => self.width(&fragment.node.selection_set.node),
            Selection::FragmentSpread(spread) => {
                let fragment = self.document.fragments.get(&spread.node.fragment_name.node);
                fragment.map_or(0, |fragment| self.width(&fragment.node.selection_set.node))
            }
        };
        set.items.iter().map(|item| width(&item.node)).sum()
    }
}

/// The length of the longest list in a value, at least 1.
fn longest(value: &Value) -> u64 {
    match value {
        Value::List(items) => {
            let own = u64::try_from(items.len()).unwrap_or(u64::MAX);
            items.iter().map(longest).max().unwrap_or(1).max(own)
        }
        Value::Object(fields) => fields.values().map(longest).max().unwrap_or(1),
        _ => 1,
    }
}

fn usize_of(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use serde_json::json;

    use super::*;

    fn checked(text: &str) -> Result<(), TooMuch> {
        let variables = Variables::from_json(json!({"n": 100}));
        check(&Limits::default(), &parse_query(text).unwrap(), &variables)
    }

    #[test]
    fn a_fragment_bomb_is_seen_without_setting_it_off() {
        let bomb: String =
            (0..30).map(|i| format!("fragment F{i} on Q {{ ...F{n} ...F{n} ...F{n} }} ", n = i + 1)).collect();
        let bomb = format!("{{ ...F0 }} {bomb} fragment F30 on Q {{ a }}");
        assert_eq!(checked(&bomb), Err(TooMuch::Fields(2_000)));
        let unused = bomb.replace("{ ...F0 }", "{ a }");
        assert_eq!(checked(&unused), Err(TooMuch::Fields(2_000)));
        assert_eq!(checked("{ ...A } fragment A on Q { ...B } fragment B on Q { a { ...A } }"), Err(TooMuch::Cycle));
        let chain: String = (0..400).map(|i| format!("fragment F{i} on Q {{ ...F{} }} ", i + 1)).collect();
        let chain = format!("{{ ...F0 }} {chain} fragment F400 on Q {{ a }}");
        assert_eq!(checked(&chain), Err(TooMuch::Depth(32)));
    }

    #[test]
    fn pages_within_pages_multiply() {
        let nested = |size: &str| {
            format!(
                "{{ patients(first: {size}) {{ nodes {{ id visits(first: {size}) {{ nodes {{ id doctor {{ id patients(first: {size}) {{ nodes {{ id }} }} }} }} }} }} }} }}"
            )
        };
        assert_eq!(checked(&nested("30")), Ok(()), "30 × 30 × 30");
        assert_eq!(checked(&nested("60")), Err(TooMuch::Objects(100_000)));
        assert_eq!(checked(&nested("$n")), Err(TooMuch::Objects(100_000)), "variables count");
        let by_default = nested("20").replace("(first: 20)", "");
        assert_eq!(checked(&by_default), Ok(()));
        let through_fragments = "{ patients(first: 100) { ...P } } fragment P on C { nodes { visits(last: 100) { ...V } } } fragment V on C { edges { node { visits(first: 100) { nodes { id } } } } }";
        assert_eq!(checked(through_fragments), Err(TooMuch::Objects(100_000)));
    }

    #[test]
    fn a_default_counts_where_no_value_is_given() {
        let nested = |size: u32| {
            format!(
                "query($m: Int = {size}) {{ patients(first: $m) {{ nodes {{ visits(first: $m) {{ nodes {{ \
                 doctor {{ patients(first: $m) {{ nodes {{ id }} }} }} }} }} }} }} }}"
            )
        };
        assert_eq!(checked(&nested(20)), Ok(()));
        assert_eq!(checked(&nested(100)), Err(TooMuch::Objects(100_000)));
    }

    #[test]
    fn a_list_that_is_given_is_answered_row_by_row() {
        let inner = "visits(first: 100) { nodes { doctor { patients(first: 20) { nodes { id } } } } }";
        let ids =
            |count: usize| format!("{{ nodes(ids: [{}]) {{ ... on Patient {{ {inner} }} }} }}", "\"x\" ".repeat(count));
        assert_eq!(checked(&ids(1)), Ok(()));
        assert_eq!(checked(&ids(100)), Err(TooMuch::Objects(100_000)));
        let rows = format!(
            "mutation($rows: [Row!]!) {{ createScans(input: {{scans: $rows}}) {{ scans {{ patient {{ {inner} }} }} }} }}"
        );
        let check = |rows_given: usize| {
            let variables = Variables::from_json(json!({"rows": vec![json!({}); rows_given]}));
            check(&Limits::default(), &parse_query(&rows).unwrap(), &variables)
        };
        assert_eq!(check(1), Ok(()));
        assert_eq!(check(1_000), Err(TooMuch::Objects(100_000)));
    }

    #[test]
    fn depth_width_and_number_are_bounded() {
        let deep = |levels: usize| format!("{{ {} a {} }}", "a { ".repeat(levels), "} ".repeat(levels));
        assert_eq!(checked(&deep(31)), Ok(()));
        assert_eq!(checked(&deep(32)), Err(TooMuch::Depth(32)));
        let wide = |fields: usize| format!("{{ {} }}", (0..fields).map(|i| format!("f{i}: a ")).collect::<String>());
        assert_eq!(checked(&wide(50)), Ok(()));
        assert_eq!(checked(&wide(51)), Err(TooMuch::RootFields(50)));
        assert_eq!(checked(&format!("{{ a {} }}", wide(2_000))), Err(TooMuch::Fields(2_000)));
        let many: String = (0..51).map(|i| format!("query Q{i} {{ a }} ")).collect();
        assert_eq!(checked(&many), Err(TooMuch::Operations(50)));
    }
}
