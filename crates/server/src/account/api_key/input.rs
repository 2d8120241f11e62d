//! Inputs about programs' keys, checked into what may be written.

use entity::api_keys::ActiveModel;
use sea_orm::ActiveValue::Set;

use super::mutation::CreateApiKeyInput;
use super::store::NewApiKey;
use crate::account::User;
use crate::input::{Act, Checks, Input, UserError};
use crate::vocabulary::ApiKeyScope;

impl Input for CreateApiKeyInput {
    type Change = NewApiKey;

    fn parse(self, act: &Act) -> NewApiKey {
        let mut checks = Checks::default();
        let user = checks.reference::<User>(&["userId"], &self.user_id);
        let may = |scope| Set(self.scopes.contains(&scope));
        if self.scopes.is_empty() {
            checks.problem(UserError::required(&["scopes"], "Say what the key lets the program do."));
        }
        let expires_at = self.expires_at.map(|until| until.0);
        if expires_at.is_some_and(|until| until <= act.now()) {
            let message = "The key would have ended already. Give a time in the future, or none.";
            checks.problem(UserError::invalid(&["expiresAt"], message));
        }
        let columns = ActiveModel {
            name: checks.required_line(&["name"], &self.name),
            may_intake: may(ApiKeyScope::Intake),
            may_predict: may(ApiKeyScope::Predict),
            may_report: may(ApiKeyScope::Report),
            expires_at: Set(expires_at),
            ..Default::default()
        };
        NewApiKey { user, checks, columns }
    }
}
