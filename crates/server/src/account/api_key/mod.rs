//! The keys by which programs are known: shown once, kept as a hash, revocable, each for some kinds of work.

mod access;
mod input;
mod mutation;
mod object;
mod store;

pub use mutation::ApiKeyMutation;
pub use object::{API_KEY, ApiKey};
pub use store::NewKey;
pub(super) use store::{all, by_key};

use async_graphql::ID;
use entity::{Key, api_keys};

use self::mutation::CreateApiKeyInput;
use self::store::Revocation;
use crate::auth::Scopes;
use crate::input::Target;
use crate::read::id;
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

/// The end of a key.
pub(super) fn revocation(key: &api_keys::Model) -> Revocation {
    let version = i32::try_from(key.version).unwrap_or(i32::MAX);
    Revocation(Target::new::<ApiKey>(&key_id(key.id), version))
}

/// The id of a key, as clients know it.
pub fn key_id(key: Key) -> ID {
    ID(id::text(API_KEY.prefix.unwrap_or_default(), key.0))
}

/// The key that an id names; `None` for anything else.
pub(super) fn key_of(id: &str) -> Option<Key> {
    id::parse(API_KEY.prefix.unwrap_or_default(), id).map(Key)
}
