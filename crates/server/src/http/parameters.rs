//! The parameters of a GraphQL request, from a body or from a URL.

use async_graphql::{Request, Variables};
use axum::http::{HeaderMap, Uri, header};
use serde_json::{Map, Value};

use super::refusal::Refusal;

/// Whether `headers` announce JSON in UTF-8.
pub(super) fn announces_json(headers: &HeaderMap) -> bool {
    let Some(Ok(content_type)) = headers.get(header::CONTENT_TYPE).map(|value| value.to_str()) else { return false };
    let mut parts = content_type.split(';').map(str::trim);
    parts.next().is_some_and(|media| media.eq_ignore_ascii_case("application/json"))
        && parts.filter_map(|parameter| parameter.split_once('=')).all(|(name, value)| {
            !name.eq_ignore_ascii_case("charset") || value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        })
}

/// The request in a JSON body.
pub(super) fn from_body(body: &[u8]) -> Result<Request, Refusal> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(parameters)) => request(parameters),
        Ok(Value::Array(_)) => Err(Refusal::malformed("one operation per request: batches are not supported")),
        Ok(_) => Err(Refusal::malformed("the body must be a JSON object with `query`")),
        Err(error) => {
            let place = format!("line {}, column {}", error.line(), error.column());
            Err(Refusal::malformed(format!("the body is not JSON ({place})")))
        }
    }
}

/// The request in a URL: `query` and `operationName` as text, `variables` and `extensions` as JSON.
pub(super) fn from_url(uri: &Uri) -> Result<Request, Refusal> {
    let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri)
        .map_err(|_| Refusal::malformed("the URL's parameters are not form-encoded UTF-8"))?;
    let mut parameters = Map::new();
    for (name, text) in pairs.0 {
        let value = match name.as_str() {
            "query" | "operationName" => Value::String(text),
            "variables" | "extensions" if text.is_empty() => Value::Null,
            "variables" | "extensions" => serde_json::from_str(&text)
                .map_err(|_| Refusal::malformed(format!("the parameter `{name}` is not JSON")))?,
            _ => continue,
        };
        if parameters.contains_key(&name) {
            return Err(Refusal::malformed(format!("the parameter `{name}` is there twice")));
        }
        parameters.insert(name, value);
    }
    request(parameters)
}

/// The request that these parameters are.
pub(super) fn request(mut parameters: Map<String, Value>) -> Result<Request, Refusal> {
    let mut take = |name: &str| parameters.remove(name).unwrap_or(Value::Null);
    let mut request = match take("query") {
        Value::String(query) => Request::new(query),
        Value::Null => return Err(Refusal::malformed("`query` is missing")),
        _ => return Err(Refusal::malformed("`query` must be a string")),
    };
    request.operation_name = match take("operationName") {
        // GraphiQL and others send an empty name for none.
        Value::String(name) => Some(name).filter(|name| !name.is_empty()),
        Value::Null => None,
        _ => return Err(Refusal::malformed("`operationName` must be a string or null")),
    };
    request.variables = match take("variables") {
        variables @ (Value::Object(_) | Value::Null) => Variables::from_json(variables),
        _ => return Err(Refusal::malformed("`variables` must be an object or null")),
    };
    match take("extensions") {
        Value::Object(_) | Value::Null => Ok(request),
        _ => Err(Refusal::malformed("`extensions` must be an object or null")),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn json_in_utf_8_is_what_a_body_is() {
        let announces = |value: &'static str| {
            announces_json(&[(header::CONTENT_TYPE, HeaderValue::from_static(value))].into_iter().collect())
        };
        assert!(announces("application/json"));
        assert!(announces("Application/JSON; charset=\"UTF-8\""));
        assert!(!announces("application/json; charset=latin1"));
        assert!(!announces("text/plain"));
        assert!(!announces("application/jsonp"));
        assert!(!announces("multipart/form-data; boundary=application/json"));
        assert!(!announces_json(&HeaderMap::new()));
    }

    #[test]
    fn a_url_holds_the_same_parameters() {
        let uri = Uri::from_static(
            "/graphql?query=query+A%28%24n%3AInt%29%7Ba%7D&variables=%7B%22n%22%3A1%7D&operationName=A",
        );
        let request = from_url(&uri).unwrap();
        assert_eq!(request.query, "query A($n:Int){a}");
        assert_eq!(request.operation_name.as_deref(), Some("A"));
        assert_eq!(request.variables, Variables::from_json(serde_json::json!({ "n": 1 })));
        for uri in ["/graphql", "/graphql?query=%7Ba%7D&query=%7Bb%7D", "/graphql?query=%7Ba%7D&variables=5"] {
            assert!(from_url(&Uri::from_static(uri)).is_err(), "{uri}");
        }
    }

    #[test]
    fn a_refusal_does_not_echo() {
        for body in
            [r#"{"query": ["Ada Lovelace"]}"#, r#"{"query": "{a}", "variables": "Ada Lovelace"}"#, "Ada Lovelace"]
        {
            let refusal = from_body(body.as_bytes()).unwrap_err();
            assert!(!format!("{refusal:?}").contains("Ada"), "{refusal:?}");
        }
    }
}
