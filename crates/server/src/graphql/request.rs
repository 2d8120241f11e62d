//! What is to be known of a request before anything of it runs.

use std::collections::HashSet;

use async_graphql::parser::types::{DocumentOperations, OperationDefinition, OperationType, Selection};
use async_graphql::{Request, Response, ServerError, Value};

use crate::read::error::code;
use crate::read::reading::Sharing;

/// The operation's name and how its reads share a snapshot.
pub(super) type Examined = (Option<String>, Sharing);

/// Finds the operation and checks that its variables are there: otherwise the first root fields of a mutation would
/// run and commit before a later one misses its own. What is wrong with the document itself the library says better.
pub(super) fn examine(request: &mut Request) -> Result<Examined, Vec<ServerError>> {
    let wanted = request.operation_name.clone();
    let Ok(document) = request.parsed_query() else { return Ok((wanted, Sharing::Shared)) };
    let (name, operation) = match &document.operations {
        DocumentOperations::Single(operation) => (None, Some(operation)),
        DocumentOperations::Multiple(all) => {
            let found = all.iter().find(|(name, _)| wanted.as_ref().is_none_or(|w| w == name.as_str()));
            (found.map(|(name, _)| name.to_string()), found.map(|(_, operation)| operation))
        }
    };
    let Some(operation) = operation.map(|operation| operation.node.clone()) else {
        return Ok((name, Sharing::Shared));
    };
    let mut problems: Vec<_> = missing(&operation, request).collect();
    problems.extend(twice(&operation, request));
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok((name.or(wanted), sharing(&operation)))
}

fn missing<'a>(operation: &'a OperationDefinition, request: &'a Request) -> impl Iterator<Item = ServerError> + 'a {
    let definitions = operation.variable_definitions.iter().filter(|definition| {
        let definition = &definition.node;
        let given = request.variables.get(&definition.name.node);
        !definition.var_type.node.nullable
            && matches!((given, &definition.default_value), (None, None) | (Some(Value::Null), _))
    });
    definitions.map(|definition| {
        let name = &definition.node.name.node;
        let mut error = ServerError::new(format!("The variable ${name} is required."), Some(definition.pos));
        error.extensions = Some(code("BAD_USER_INPUT"));
        error
    })
}

/// Root fields of a mutation with the same key in the answer: the library would execute each.
fn twice(operation: &OperationDefinition, request: &mut Request) -> Option<ServerError> {
    if operation.ty != OperationType::Mutation {
        return None;
    }
    let document = request.parsed_query().ok()?;
    let (mut keys, mut spreads) = (HashSet::new(), HashSet::new());
    let mut sets = vec![&operation.selection_set.node];
    while let Some(set) = sets.pop() {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    let key = &field.node.response_key().node;
                    if !keys.insert(key.clone()) {
                        let message = format!("The mutation has `{key}` twice. Give each an alias of its own.");
                        let mut error = ServerError::new(message, Some(field.pos));
                        error.extensions = Some(code("BAD_USER_INPUT"));
                        return Some(error);
                    }
                }
                Selection::InlineFragment(fragment) => sets.push(&fragment.node.selection_set.node),
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if spreads.insert(name.clone()) {
                        sets.extend(document.fragments.get(name).map(|f| &f.node.selection_set.node));
                    }
                }
            }
        }
    }
    None
}

fn sharing(operation: &OperationDefinition) -> Sharing {
    match (operation.ty, operation.selection_set.node.items.as_slice()) {
        (OperationType::Mutation, _) => Sharing::Fresh,
        (_, [single]) if matches!(single.node, Selection::Field(_)) => Sharing::Single,
        _ => Sharing::Shared,
    }
}

/// Whether a response is an executed operation's: a request that was refused has no data and no path in its errors.
pub(super) fn was_executed(response: &Response) -> bool {
    response.data != Value::Null || response.errors.iter().any(|error| !error.path.is_empty())
}
