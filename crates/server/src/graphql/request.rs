//! What is to be known of a request before anything of it runs.

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
    let missing: Vec<_> = missing(&operation, request).collect();
    if !missing.is_empty() {
        return Err(missing);
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
