//! The keys by which programs are known: shown once, kept as a hash, revocable, each for some kinds of work.

mod access;
mod input;
mod mutation;
mod object;
mod store;

pub use mutation::ApiKeyMutation;
pub use object::{API_KEY, ApiKey};
pub use store::NewKey;

use async_graphql::ID;

use self::mutation::CreateApiKeyInput;
use crate::auth::Scopes;
use crate::vocabulary::ApiKeyScope;

/// Scopes, as the API calls them.
pub(super) fn spoken(scopes: Scopes) -> Vec<ApiKeyScope> {
    let words = [
        (scopes.intake, ApiKeyScope::Intake),
        (scopes.predict, ApiKeyScope::Predict),
        (scopes.report, ApiKeyScope::Report),
    ];
    words.into_iter().filter_map(|(has, word)| has.then_some(word)).collect()
}

/// A key that does not end by itself.
pub(super) fn new_key(program: ID, name: &str, scopes: Scopes) -> CreateApiKeyInput {
    CreateApiKeyInput { user_id: program, name: name.to_owned(), scopes: spoken(scopes), expires_at: None }
}
