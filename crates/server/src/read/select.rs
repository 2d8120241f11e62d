//! The validated selection as the engine wants it: fragments spread, type conditions decided, equal response keys
//! merged, variables filled in. (`@skip` and `@include` are gone already: the library removes them.)

use async_graphql::parser::types::{Field, Selection, SelectionSet};
use async_graphql::{Name, QueryEnv, Value};

/// One response key: its field and the selection sets of all its occurrences.
pub struct Picked<'a> {
    /// The first occurrence: its arguments are everybody's, by validation.
    pub field: &'a Field,
    /// What was selected below it.
    pub sets: Vec<&'a SelectionSet>,
}

impl<'a> Picked<'a> {
    /// A field on its own.
    pub fn new(field: &'a Field) -> Self {
        Self { field, sets: vec![&field.selection_set.node] }
    }
    /// The field's name in the schema.
    pub fn name(&self) -> &'a str {
        &self.field.name.node
    }
    /// The name in the answer.
    pub fn key(&self) -> &'a str {
        &self.field.response_key().node
    }
}

/// The operation that is being answered.
#[derive(Clone, Copy)]
pub struct Query<'a>(pub &'a QueryEnv);

impl<'a> Query<'a> {
    /// CollectFields of the specification, for an object that `is` of certain types.
    pub fn collect(self, sets: &[&'a SelectionSet], is: &dyn Fn(&str) -> bool) -> Vec<Picked<'a>> {
        let mut out = Vec::new();
        for set in sets {
            self.add(set, is, &mut out);
        }
        out
    }

    fn add(self, set: &'a SelectionSet, is: &dyn Fn(&str) -> bool, out: &mut Vec<Picked<'a>>) {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    match out.iter_mut().find(|p| p.key() == field.response_key().node.as_str()) {
                        Some(picked) => picked.sets.push(&field.selection_set.node),
                        None => out.push(Picked::new(field)),
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let fragment = &fragment.node;
                    if fragment.type_condition.as_ref().is_none_or(|c| is(&c.node.on.node)) {
                        self.add(&fragment.selection_set.node, is, out);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.0.fragments.get(&spread.node.fragment_name.node)
                        && is(&fragment.node.type_condition.node.on.node)
                    {
                        self.add(&fragment.node.selection_set.node, is, out);
                    }
                }
            }
        }
    }

    /// The field at this place of the answer with the selection sets of all its occurrences; `None` when `field` is not
    /// the first of them: the library resolves each on its own, and one answer has it all.
    pub fn whole(self, path: &[&str], field: &Field) -> Option<Picked<'a>> {
        let (last, above) = path.split_last()?;
        let mut sets = vec![&self.0.operation.node.selection_set.node];
        for key in above {
            // Objects above a read are concrete types: every fragment on them applies.
            let picked = self.collect(&sets, &|_| true);
            sets = picked.into_iter().find(|p| p.key() == *key)?.sets;
        }
        let whole = self.collect(&sets, &|_| true).into_iter().find(|p| p.key() == *last)?;
        std::ptr::eq(whole.field, field).then_some(whole)
    }

    /// An argument as a constant; `None` when it is absent, null, or an absent variable without default.
    pub fn argument(self, field: &Field, name: &str) -> Option<Value> {
        let (_, value) = field.arguments.iter().find(|(n, _)| n.node.as_str() == name)?;
        match value.node.clone().into_const_with(|variable| Ok::<_, ()>(self.variable(&variable))) {
            Ok(Value::Null) | Err(()) => None,
            Ok(value) => Some(value),
        }
    }

    /// A variable's value, its default, or null.
    fn variable(self, name: &Name) -> Value {
        let definition = self.0.operation.node.variable_definitions.iter().find(|d| d.node.name.node == *name);
        let given = self.0.variables.get(name).cloned();
        given.or_else(|| definition.and_then(|d| d.node.default_value().cloned())).unwrap_or(Value::Null)
    }
}
