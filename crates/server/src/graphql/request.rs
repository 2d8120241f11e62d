//! What is to be known of a request before anything of it runs.

use std::collections::HashSet;

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, OperationType, Selection};
use async_graphql::{Name, Pos, Request, Response, ServerError, Value, Variables};

use super::limits::TooMuch;
use crate::config::Limits;
use crate::read::error::code;
use crate::read::reading::Sharing;

/// A request that may be executed: it is within the limits, and its operation has what it needs to run to its end.
pub struct Admitted {
    pub(super) request: Request,
    /// The operation's name, where it has one.
    pub(super) operation: Option<String>,
    /// What the operation is; none where the document has no such operation, which the execution says better.
    pub(super) kind: Option<OperationType>,
    pub(super) sharing: Sharing,
}

impl Admitted {
    /// What will run: a query, a mutation, a subscription; none where the request will be refused.
    pub fn kind(&self) -> Option<OperationType> {
        self.kind
    }
}

/// Checks the document's text and shape against the limits, then finds the operation and checks that its variables are
/// there: otherwise the first root fields of a mutation would run and commit before a later one misses its own. What
/// else is wrong with the document the library says better.
pub(super) fn admit(mut request: Request, limits: &Limits) -> Result<Admitted, Vec<ServerError>> {
    let too_much = |why: TooMuch| vec![refusal(why.to_string(), Pos::default())];
    limits.source(&request.query).map_err(too_much)?;
    let wanted = request.operation_name.clone();
    let variables = std::mem::take(&mut request.variables);
    let (operation, kind, sharing) = match request.parsed_query() {
        Ok(document) => {
            limits.document(document, &variables).map_err(too_much)?;
            examined(document, wanted.as_deref(), &variables)?
        }
        Err(_) => (wanted, None, Sharing::Shared),
    };
    request.variables = variables;
    Ok(Admitted { request, operation, kind, sharing })
}

type Examined = (Option<String>, Option<OperationType>, Sharing);

fn examined(
    document: &ExecutableDocument,
    wanted: Option<&str>,
    variables: &Variables,
) -> Result<Examined, Vec<ServerError>> {
    let mut operations = document.operations.iter();
    let found = match wanted {
        Some(wanted) => operations.find(|(name, _)| name.is_some_and(|name| name == wanted)),
        // Without a name there must be one alone.
        None => operations.next().filter(|_| operations.next().is_none()),
    };
    let Some((name, operation)) = found else { return Ok((wanted.map(str::to_owned), None, Sharing::Shared)) };
    let operation = &operation.node;
    let mut problems: Vec<_> = missing(operation, variables).collect();
    problems.extend(twice(operation, document));
    problems.extend(not_one(operation));
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok((name.map(Name::to_string), Some(operation.ty), sharing(operation)))
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

/// Of a subscription, anything but one field at its root: which of several an answer is of could not be told.
fn not_one(operation: &OperationDefinition) -> Option<ServerError> {
    let set = &operation.selection_set;
    let is_one = matches!(set.node.items.as_slice(), [single] if matches!(single.node, Selection::Field(_)));
    (operation.ty == OperationType::Subscription && !is_one)
        .then(|| refusal("A subscription has one field at its root, and no fragment there.".to_owned(), set.pos))
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
