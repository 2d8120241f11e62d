//! What is to be known of a request before anything of it runs.

use std::collections::HashSet;

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, OperationType, Selection};
use async_graphql::{Name, Pos, Request, Response, ServerError, Value, Variables};

use crate::read::error::code;
use crate::read::reading::Sharing;

/// The operation's name and how its reads share a snapshot.
pub(super) type Examined = (Option<String>, Sharing);

/// Finds the operation and checks that its variables are there: otherwise the first root fields of a mutation would
/// run and commit before a later one misses its own. What is wrong with the document itself the library says better.
pub(super) fn examine(request: &mut Request) -> Result<Examined, Vec<ServerError>> {
    let wanted = request.operation_name.clone();
    let variables = std::mem::take(&mut request.variables);
    let examined = match request.parsed_query() {
        Ok(document) => examined(document, wanted.as_deref(), &variables),
        Err(_) => Ok((wanted, Sharing::Shared)),
    };
    request.variables = variables;
    examined
}

fn examined(
    document: &ExecutableDocument,
    wanted: Option<&str>,
    variables: &Variables,
) -> Result<Examined, Vec<ServerError>> {
    let found = document.operations.iter().find(|(name, _)| wanted.is_none() || name.map(Name::as_str) == wanted);
    let Some((name, operation)) = found else { return Ok((wanted.map(str::to_owned), Sharing::Shared)) };
    let operation = &operation.node;
    let mut problems: Vec<_> = missing(operation, variables).collect();
    problems.extend(twice(operation, document));
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok((name.map(Name::to_string), sharing(operation)))
}

fn missing<'a>(operation: &'a OperationDefinition, variables: &'a Variables) -> impl Iterator<Item = ServerError> + 'a {
    let definitions = operation.variable_definitions.iter().filter(|definition| {
        let definition = &definition.node;
        let given = variables.get(&definition.name.node);
        !definition.var_type.node.nullable
            && matches!((given, &definition.default_value), (None, None) | (Some(Value::Null), _))
    });
    definitions
        .map(|definition| refusal(format!("The variable ${} is required.", definition.node.name.node), definition.pos))
}

/// Root fields of a mutation with the same key in the answer: the library would execute each.
fn twice(operation: &OperationDefinition, document: &ExecutableDocument) -> Option<ServerError> {
    if operation.ty != OperationType::Mutation {
        return None;
    }
    let (mut keys, mut spreads) = (HashSet::new(), HashSet::new());
    let mut sets = vec![&operation.selection_set.node];
    while let Some(set) = sets.pop() {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    let key = &field.node.response_key().node;
                    if !keys.insert(key) {
                        let message = format!("The mutation has `{key}` twice. Give each an alias of its own.");
                        return Some(refusal(message, field.pos));
                    }
                }
                Selection::InlineFragment(fragment) => sets.push(&fragment.node.selection_set.node),
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if spreads.insert(name) {
                        sets.extend(document.fragments.get(name).map(|f| &f.node.selection_set.node));
                    }
                }
            }
        }
    }
    None
}

fn refusal(message: String, pos: Pos) -> ServerError {
    let mut error = ServerError::new(message, Some(pos));
    error.extensions = Some(code("BAD_USER_INPUT"));
    error
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
