//! Somebody who speaks GraphQL to the server, by HTTP.

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

/// A client with the rights of one viewer.
#[derive(Debug, Clone)]
pub struct Actor {
    client: Client,
    origin: String,
    /// What every request carries; a stranger's carry nothing.
    pub token: Option<String>,
}

impl Actor {
    /// Speaks to the server at `origin`, `http://127.0.0.1:4000`, as nobody.
    pub fn stranger(origin: &str) -> Self {
        Self { client: Client::new(), origin: origin.to_owned(), token: None }
    }

    /// Speaks to the server at `origin` with an access token or an API key.
    pub fn new(origin: &str, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..Self::stranger(origin) }
    }

    /// The same, with another token or none.
    pub fn carrying(self, token: Option<&str>) -> Self {
        Self { token: token.map(str::to_owned), ..self }
    }

    /// The same, from another address of this machine.
    pub fn at_address(self, address: &str) -> Self {
        let address = address.parse::<std::net::IpAddr>().expect("an address");
        let client = Client::builder().local_address(address).build().expect("a client");
        Self { client, ..self }
    }

    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// The answer to a document.
    pub async fn query(&self, document: &str, variables: Value) -> Value {
        let text = self.text(document, &variables).await;
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// The answer as it came.
    pub async fn text(&self, document: &str, variables: &Value) -> String {
        let body = json!({"query": document, "variables": variables});
        let response = self.post("/graphql").json(&body).send().await.expect("the server answers");
        response.text().await.expect("a body")
    }

    /// The `data` of an answer without errors.
    pub async fn data(&self, document: &str, variables: Value) -> Value {
        let mut answer = self.query(document, variables).await;
        assert!(answer.get("errors").is_none(), "{document}\n{answer:#}");
        answer["data"].take()
    }

    /// The codes of an answer with errors, in their order.
    pub async fn error_codes(&self, document: &str, variables: Value) -> Vec<String> {
        let answer = self.query(document, variables).await;
        let Some(errors) = answer["errors"].as_array() else { panic!("{document}\nhas no errors: {answer:#}") };
        errors.iter().map(|error| error["extensions"]["code"].as_str().unwrap_or("none").to_owned()).collect()
    }

    /// The same, of another server.
    pub fn at(&self, origin: &str) -> Self {
        Self { origin: origin.to_owned(), ..self.clone() }
    }

    /// The URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// A request of another kind.
    pub fn post(&self, path: &str) -> RequestBuilder {
        self.signed(self.client.post(self.url(path)))
    }

    /// A request of another kind.
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.signed(self.client.get(self.url(path)))
    }
}

/// An answer but for the numbers of its request, which are all that differs between equal answers.
pub fn without_request_ids(answer: String) -> String {
    const ID: &str = "\"requestId\":\"";
    let mut parts = answer.split(ID);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + ID + part.split_once('"').map_or("", |(_, rest)| rest))
}
