//! What can be told about programs' keys: inputs, payloads, root mutations.

use async_graphql::{ID, InputObject, SimpleObject};

use super::ApiKey;
use super::store::{NewKey, Revocation};
use crate::input::{UserError, mutations, payloads, targets};
use crate::read::record::One;
use crate::read::scalar::DateTime;
use crate::vocabulary::ApiKeyScope;

/// A key to make for a program.
#[derive(InputObject)]
pub struct CreateApiKeyInput {
    /// The program's account, which has the role `AGENT`.
    pub user_id: ID,
    /// What the key is for, in people's words.
    pub name: String,
    /// What the key lets the program do: at least one.
    pub scopes: Vec<ApiKeyScope>,
    /// When the key ends by itself; without it, when it is revoked.
    pub expires_at: Option<DateTime>,
}

targets! {
    /// A key to revoke.
    RevokeApiKeyInput(ApiKey) -> Revocation = Revocation;
}

/// What came of making a key.
#[derive(SimpleObject)]
pub struct CreateApiKeyPayload {
    /// The new key; null when there are errors.
    api_key: Option<One<ApiKey>>,
    /// The key itself, to give to the program: it is shown this once. Null when there are errors.
    secret: Option<String>,
    /// What is wrong and what to do; empty when it was done.
    user_errors: Vec<UserError>,
}

impl From<Result<NewKey, Vec<UserError>>> for CreateApiKeyPayload {
    fn from(done: Result<NewKey, Vec<UserError>>) -> Self {
        match done {
            Ok(NewKey { key, secret }) => Self {
                api_key: Some(One::new(key.0)),
                secret: Some(secret.reveal().to_owned()),
                user_errors: Vec::new(),
            },
            Err(user_errors) => Self { api_key: None, secret: None, user_errors },
        }
    }
}

payloads! {
    /// What came of revoking a key.
    RevokeApiKeyPayload {
        /// The revoked key; null when there are errors.
        api_key: One<ApiKey>
    }
}

mutations! {
    /// Mutations of programs' keys.
    ApiKeyMutation {
        /// Makes a key for a program, and shows it once.
        create_api_key(CreateApiKeyInput, "The program, and what the key is for.") for admins -> CreateApiKeyPayload;
        /// Revokes a key: within seconds nobody gets in with it any more.
        revoke_api_key(RevokeApiKeyInput, "The key and the version that was read.") for admins -> RevokeApiKeyPayload;
    }
}
