//! An operation on a transport that can carry more than one answer.

use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use futures_util::StreamExt;
use futures_util::future::Either;
use futures_util::stream::{Stream, once};

use super::{Admitted, Answer, Api, mask, request, response};
use crate::auth::ClientAddress;
use crate::identity::Known;
use crate::live::Follower;

impl Api {
    /// The answers to an operation: one, or of a subscription one for each change until its viewer, their rights or the
    /// client end it. Each is read in a snapshot of its own.
    pub fn answers(
        &self,
        admitted: Admitted,
        known: Known,
        address: ClientAddress,
        request_id: String,
    ) -> impl Stream<Item = Answer> + Send + use<> {
        let api = self.clone();
        if admitted.kind() != Some(OperationType::Subscription) {
            let execution = async move { api.execute(admitted, Some(&known), address, &request_id).await };
            return Either::Left(once(execution));
        }
        let Admitted { request, operation, .. } = admitted;
        let (viewer, standing) = (known.viewer.clone(), Arc::new(known));
        let follower = Follower::new(self.0.live.clone(), viewer, standing, self.0.clinic.zone);
        let answers = self.0.schema.execute_stream(request.data(follower.clone()));
        Either::Right(answers.map(move |answer| {
            let has_data = request::was_executed(&answer);
            let ends = answer.data == async_graphql::Value::Null;
            let errors = mask::mask(answer.errors, &request_id);
            Answer {
                body: response::write((has_data && !ends).then_some(&answer.data), &errors),
                has_data: has_data && !ends,
                operation: operation.clone(),
                statements: follower.take_statements(),
                errors: u32::try_from(errors.len()).unwrap_or(u32::MAX),
            }
        }))
    }
}
