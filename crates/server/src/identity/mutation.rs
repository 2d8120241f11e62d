//! What can be told about signing in: inputs, payloads, root mutations. Three of them take no viewer: they make one.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use entity::Instant;

use super::gate::Gate;
use super::sign_in::{SignedIn, SigningOut};
use crate::account::CurrentViewer;
use crate::auth::rights::{self, Allowed};
use crate::input::{Act, UserError, field_failed};
use crate::read::scalar::DateTime;

/// Who signs in.
#[derive(InputObject)]
pub struct SignInInput {
    /// The name to sign in with.
    pub username: String,
    /// The password.
    pub password: String,
}

/// What prolongs a sign-in.
#[derive(InputObject)]
pub struct RefreshTokenInput {
    /// The refresh token of the last sign-in or refresh. It is used up.
    pub refresh_token: String,
}

/// How far to sign out.
#[derive(InputObject)]
pub struct SignOutInput {
    /// Whether to end the viewer's sign-ins on all devices.
    #[graphql(default = false)]
    pub everywhere: bool,
}

/// A change of the viewer's own password.
#[derive(InputObject)]
pub struct ChangePasswordInput {
    /// The password until now.
    pub current_password: String,
    /// The password from now on: at least 12 characters.
    pub new_password: String,
}

/// A password for an account, chosen by a one-time link.
#[derive(InputObject)]
pub struct ChoosePasswordInput {
    /// The secret at the end of the one-time link; it begins with `pgl_`.
    pub link: String,
    /// The password from now on: at least 12 characters.
    pub new_password: String,
}

/// What somebody who is signed in goes on with.
#[derive(SimpleObject, Default)]
struct NewTokens {
    /// What requests carry from now on, as `Authorization: Bearer …`; null when there are errors.
    access_token: Option<String>,
    /// Until when the access token is good.
    access_token_expires_at: Option<DateTime>,
    /// What the next access token is got with, once; null when there are errors.
    refresh_token: Option<String>,
    /// Until when the refresh token is good.
    refresh_token_expires_at: Option<DateTime>,
    /// Who is signed in; null when there are errors.
    viewer: Option<CurrentViewer>,
}

/// What came of signing in.
#[derive(SimpleObject)]
pub struct SignInPayload {
    #[graphql(flatten)]
    tokens: NewTokens,
    /// What is wrong and what to do; empty when it was done.
    user_errors: Vec<UserError>,
}

/// What came of prolonging a sign-in.
#[derive(SimpleObject)]
pub struct RefreshTokenPayload {
    #[graphql(flatten)]
    tokens: NewTokens,
    /// What is wrong and what to do; empty when it was done.
    user_errors: Vec<UserError>,
}

/// What came of signing out.
#[derive(SimpleObject)]
pub struct SignOutPayload {
    /// What is wrong and what to do; empty when it was done.
    user_errors: Vec<UserError>,
}

/// What came of changing the password.
#[derive(SimpleObject)]
pub struct ChangePasswordPayload {
    /// What is wrong and what to do; empty when it was done.
    user_errors: Vec<UserError>,
}

/// What came of choosing a password.
#[derive(SimpleObject)]
pub struct ChoosePasswordPayload {
    /// The name to sign in with from now on; null when there are errors.
    username: Option<String>,
    /// What is wrong and what to do; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Mutations of signing in.
#[derive(Default)]
pub struct IdentityMutation;

impl IdentityMutation {
    /// Which roles may use which of its fields.
    pub const RIGHTS: &[(&str, Allowed)] = &[("sign_out", rights::people), ("change_password", rights::people)];
    /// What is for those who are not signed in.
    pub const WITHOUT_VIEWER: &[&str] = &["sign_in", "refresh_token", "choose_password"];
}

#[Object]
impl IdentityMutation {
    /// Signs a person in. After some wrong passwords it takes a while until the next can be tried from the same place.
    async fn sign_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The name and the password.")] input: SignInInput,
    ) -> Result<Option<SignInPayload>> {
        let done = async {
            let (gate, caller) = Gate::of(ctx)?;
            gate.sign_in(caller, &input.username, &input.password).await
        };
        let payload = |done: std::result::Result<SignedIn, _>| match done {
            Ok(done) => SignInPayload { tokens: done.into(), user_errors: Vec::new() },
            Err(user_errors) => SignInPayload { tokens: NewTokens::default(), user_errors },
        };
        Ok(or_failed(ctx, done.await.map(payload)))
    }

    /// Exchanges a refresh token for two new tokens, once; send it without `Authorization`. A used one ends the sign-in.
    async fn refresh_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The refresh token.")] input: RefreshTokenInput,
    ) -> Result<Option<RefreshTokenPayload>> {
        let done = async {
            let (gate, caller) = Gate::of(ctx)?;
            gate.refresh(caller, &input.refresh_token).await
        };
        let payload = |done: SignedIn| RefreshTokenPayload { tokens: done.into(), user_errors: Vec::new() };
        Ok(or_failed(ctx, done.await.map(payload)))
    }

    /// Ends the viewer's sign-in, or all that they have.
    async fn sign_out(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How far to sign out.")] input: SignOutInput,
    ) -> Result<Option<SignOutPayload>> {
        let done = async {
            let act = Act::of(ctx)?.permitted(rights::people)?;
            act.make(&SigningOut { everywhere: input.everywhere }).await
        };
        Ok(or_failed(ctx, done.await.map(|done| SignOutPayload { user_errors: done.err().unwrap_or_default() })))
    }

    /// Changes the viewer's password, and ends all their other sign-ins.
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The password until now, and the new one.")] input: ChangePasswordInput,
    ) -> Result<Option<ChangePasswordPayload>> {
        let done = async {
            let (gate, caller) = Gate::of(ctx)?;
            let act = Act::of(ctx)?.permitted(rights::people)?;
            gate.change_password(caller, act, &input.current_password, &input.new_password).await
        };
        Ok(or_failed(ctx, done.await.map(|done| ChangePasswordPayload { user_errors: done.err().unwrap_or_default() })))
    }

    /// Gives an account the password that whoever has its one-time link chooses. The account's sign-ins end.
    async fn choose_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The link and the password.")] input: ChoosePasswordInput,
    ) -> Result<Option<ChoosePasswordPayload>> {
        let done = async {
            let (gate, caller) = Gate::of(ctx)?;
            gate.choose_password(caller, &input.link, &input.new_password).await
        };
        let payload = |done| match done {
            Ok(username) => ChoosePasswordPayload { username: Some(username), user_errors: Vec::new() },
            Err(user_errors) => ChoosePasswordPayload { username: None, user_errors },
        };
        Ok(or_failed(ctx, done.await.map(payload)))
    }
}

/// The payload, or the field's error beside what other fields answer.
fn or_failed<T>(ctx: &Context<'_>, done: Result<T>) -> Option<T> {
    match done {
        Ok(payload) => Some(payload),
        Err(error) => field_failed(ctx, error),
    }
}

impl From<SignedIn> for NewTokens {
    fn from(done: SignedIn) -> Self {
        Self {
            access_token: Some(done.access_token),
            access_token_expires_at: Some(DateTime(Instant::new(done.access_token_expires_at))),
            refresh_token: Some(done.refresh_token.reveal().to_owned()),
            refresh_token_expires_at: Some(DateTime(Instant::new(done.refresh_token_expires_at))),
            viewer: Some(CurrentViewer::of(&done.viewer, Some(done.reading))),
        }
    }
}
