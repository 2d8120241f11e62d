//! One operation on a socket, in a task of its own.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;

use async_graphql::Request;
use async_graphql::parser::types::OperationType;
use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::message;
use crate::auth::ClientAddress;
use crate::graphql::{Admitted, Answer};
use crate::http::Shared;
use crate::http::refusal::Refusal;
use crate::http::request_log::OperationLine;
use crate::identity::Known;

/// What an operation has to say to its client.
pub(super) struct Said {
    /// Which operation of the socket says it.
    pub(super) number: u64,
    /// Its id.
    pub(super) id: Arc<str>,
    /// The message.
    pub(super) text: String,
    /// Whether it was its last word.
    pub(super) is_last: bool,
}

/// An operation of a socket.
pub(super) struct Operation {
    pub(super) app: Arc<Shared>,
    pub(super) known: Known,
    pub(super) address: ClientAddress,
    pub(super) number: u64,
    pub(super) id: Arc<str>,
    pub(super) out: mpsc::Sender<Said>,
}

impl Operation {
    /// Runs it to its end, as a request by HTTP would run; nobody hears it when the socket is gone.
    pub(super) async fn run(self, request: Request) {
        let request_id = self.app.request_ids.next();
        let mut line = OperationLine::begin(&request_id, self.address, &self.known);
        let admitted = match self.app.api.admit(request, &request_id) {
            Ok(admitted) => admitted,
            Err(refused) => {
                line.note(&refused);
                return self.end(refused.errors_alone()).await;
            }
        };
        match admitted.kind() {
            Some(OperationType::Subscription) => self.follow(admitted, request_id, &mut line).await,
            kind => self.answer(admitted, kind, request_id, &mut line).await,
        }
    }

    async fn follow(&self, admitted: Admitted, request_id: String, line: &mut OperationLine) {
        let answers = self.app.api.answers(admitted, self.known.clone(), self.address, request_id.clone());
        let mut answers = pin!(AssertUnwindSafe(answers).catch_unwind());
        while let Some(answer) = answers.next().await {
            let Ok(answer) = answer else {
                line.fail();
                return self.refuse(&Refusal::internal(), &request_id).await;
            };
            line.note(&answer);
            if !answer.has_data {
                return self.end(answer.errors_alone()).await;
            }
            if !self.say(message::next(&self.id, &answer.body), false).await {
                return;
            }
        }
        self.complete().await;
    }

    async fn answer(
        &self,
        admitted: Admitted,
        kind: Option<OperationType>,
        request_id: String,
        line: &mut OperationLine,
    ) {
        let answers = self.app.api.answers(admitted, self.known.clone(), self.address, request_id.clone());
        let answer = async move { pin!(AssertUnwindSafe(answers).catch_unwind()).next().await.and_then(Result::ok) };
        let answer = timeout(self.app.settings.http.request_timeout(), async {
            if kind == Some(OperationType::Mutation) {
                // A task of its own: it runs to its end when the client hangs up or the deadline passes.
                self.app.mutations.spawn(answer).await.ok().flatten()
            } else {
                answer.await
            }
        });
        match answer.await {
            Ok(Some(answer)) => self.tell(&answer, line).await,
            Ok(None) => {
                line.fail();
                self.refuse(&Refusal::internal(), &request_id).await;
            }
            Err(_) => {
                line.fail();
                self.refuse(&Refusal::too_slow(), &request_id).await;
            }
        }
    }

    async fn tell(&self, answer: &Answer, line: &mut OperationLine) {
        line.note(answer);
        if !answer.has_data {
            return self.end(answer.errors_alone()).await;
        }
        if self.say(message::next(&self.id, &answer.body), false).await {
            self.complete().await;
        }
    }

    async fn refuse(&self, refusal: &Refusal, request_id: &str) {
        self.end(&refusal.errors(request_id)).await;
    }

    async fn end(&self, errors: &[u8]) {
        self.say(message::error(&self.id, errors), true).await;
    }

    async fn complete(&self) {
        self.say(message::complete(&self.id), true).await;
    }

    /// Says something when the socket has room for it; whether it is still there.
    async fn say(&self, text: String, is_last: bool) -> bool {
        self.out.send(Said { number: self.number, id: self.id.clone(), text, is_last }).await.is_ok()
    }
}
