//! What can be told about accounts: inputs, payloads, root mutations.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};

use super::User;
use super::store::{Closing, Opened, Reset};
use crate::identity::Gate;
use crate::input::{UserError, mutations, payloads, targets};
use crate::read::record::{Deleted, One};
use crate::vocabulary::UserRole;

/// What an account may be linked to. In a change, what is absent stays and `null` clears.
#[derive(InputObject, Default)]
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

impl UpdateUserInput {
    /// Whether the account can sign in, and nothing else.
    pub(super) fn activity(id: ID, version: i32, active: bool) -> Self {
        Self {
            id,
            version,
            username: MaybeUndefined::Undefined,
            name: MaybeUndefined::Undefined,
            role: MaybeUndefined::Undefined,
            is_active: MaybeUndefined::Value(active),
            details: AccountDetails::default(),
        }
    }
}

targets! {
    /// An account to delete, which no record names and no doctor or patient has.
    DeleteUserInput(User) -> Closing = Closing;
    /// An account whose password is to be chosen anew.
    ResetPasswordInput(User) -> Reset = Reset;
}

payloads! {
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

/// What came of opening an account.
pub struct CreateUserPayload(Result<Opened, Vec<UserError>>);

/// What came of resetting a password.
pub struct ResetPasswordPayload(Result<Opened, Vec<UserError>>);

/// The payload of a mutation that makes a one-time link beside an account.
macro_rules! with_a_link {
    ($payload:ident, $about:literal, $user_about:literal, $link_about:literal) => {
        #[doc = $about]
        #[Object]
        impl $payload {
            #[doc = $user_about]
            async fn user(&self) -> Option<One<User>> {
                self.0.as_ref().ok().map(|opened| One::new(opened.user.0))
            }

            #[doc = $link_about]
            async fn link(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<String>> {
                let gate = ctx.data::<Gate>()?;
                Ok(self.0.as_ref().ok().and_then(|opened| opened.link.as_ref()).map(|secret| gate.link(secret)))
            }

            /// What is wrong and what to do; empty when it was done.
            async fn user_errors(&self) -> &[UserError] {
                self.0.as_ref().err().map_or(&[], Vec::as_slice)
            }
        }

        impl From<Result<Opened, Vec<UserError>>> for $payload {
            fn from(done: Result<Opened, Vec<UserError>>) -> Self {
                Self(done)
            }
        }
    };
}

with_a_link!(
    CreateUserPayload,
    "What came of opening an account.",
    "The new account; null when there are errors.",
    "The address at which the person chooses a password, once, within 72 hours: hand it to nobody else. A program has \
     none; make it a key."
);
with_a_link!(
    ResetPasswordPayload,
    "What came of resetting a password.",
    "The account; null when there are errors.",
    "The address at which the person chooses a new password, once, within 72 hours: hand it to nobody else."
);

mutations! {
    /// Mutations of accounts.
    AccountMutation {
        /// Opens an account, and makes the one-time link by which the person chooses a password.
        create_user(CreateUserInput, "The account.") for admins -> CreateUserPayload;
        /// Changes an account: its names, its role, whose it is, whether it can sign in.
        update_user(UpdateUserInput, "The account, the version that was read, and what changes.") for admins -> UpdateUserPayload;
        /// Takes an account's password away and makes a one-time link for a new one. Its sign-ins end.
        reset_password(ResetPasswordInput, "The account and the version that was read.") for admins -> ResetPasswordPayload;
        /// Deletes an account that no record names; disable one that is named.
        delete_user(DeleteUserInput, "The account and the version that was read.") for admins -> DeleteUserPayload;
    }
}
