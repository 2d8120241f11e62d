//! What can be told about accounts: inputs, payloads, root mutations.

use async_graphql::{ID, InputObject, MaybeUndefined};

use super::User;
use super::store::Closing;
use crate::input::{mutations, payloads, targets};
use crate::read::record::{Deleted, One};
use crate::vocabulary::UserRole;

/// What an account may be linked to. In a change, what is absent stays and `null` clears.
#[derive(InputObject)]
pub struct AccountDetails {
    /// The e-mail address; unique.
    pub email: MaybeUndefined<String>,
    /// The doctor whose account it is; an account of a doctor has at most one, and one of others none.
    pub doctor_id: MaybeUndefined<ID>,
    /// The patient whose account it is; an account of a patient has at most one, and one of others none.
    pub patient_id: MaybeUndefined<ID>,
}

/// An account to open. It takes no password: whoever it is for chooses one.
#[derive(InputObject)]
pub struct CreateUserInput {
    /// The unique name to sign in with, without spaces.
    pub username: String,
    /// The person's or program's name.
    pub name: String,
    /// What the account is to the clinic.
    pub role: UserRole,
    /// What else is known.
    #[graphql(flatten)]
    pub details: AccountDetails,
}

/// A change of an account. What is absent stays; `null` clears what may be unknown.
#[derive(InputObject)]
pub struct UpdateUserInput {
    /// The account.
    pub id: ID,
    /// The version that was read; an older one changes nothing.
    pub version: i32,
    /// The unique name to sign in with, without spaces.
    pub username: MaybeUndefined<String>,
    /// The person's or program's name.
    pub name: MaybeUndefined<String>,
    /// What the account is to the clinic.
    pub role: MaybeUndefined<UserRole>,
    /// Whether it can sign in.
    pub is_active: MaybeUndefined<bool>,
    /// What else changes.
    #[graphql(flatten)]
    pub details: AccountDetails,
}

targets! {
    /// An account to delete, which no record names and no doctor or patient has.
    DeleteUserInput(User) -> Closing = Closing;
}

payloads! {
    /// What came of opening an account.
    CreateUserPayload {
        /// The new account; null when there are errors.
        user: One<User>
    }
    /// What came of changing an account.
    UpdateUserPayload {
        /// The changed account; null when there are errors.
        user: One<User>
    }
    /// What came of deleting an account.
    DeleteUserPayload {
        /// The id that the account had; null when there are errors.
        deleted_id: Deleted<User>
    }
}

mutations! {
    /// Mutations of accounts.
    AccountMutation {
        /// Opens an account.
        create_user(CreateUserInput, "The account.") for admins -> CreateUserPayload;
        /// Changes an account: its names, its role, whose it is, whether it can sign in.
        update_user(UpdateUserInput, "The account, the version that was read, and what changes.") for admins -> UpdateUserPayload;
        /// Deletes an account that no record names; disable one that is named.
        delete_user(DeleteUserInput, "The account and the version that was read.") for admins -> DeleteUserPayload;
    }
}
