//! GraphiQL, the page for writing queries by hand, out of the binary.

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;

use super::App;

// BUNDLED, ETAG, ASSETS: what build.rs found or made.
include!(concat!(env!("OUT_DIR"), "/graphiql_assets.rs"));

/// A file of the page. Text and code are compressed, fonts are so by themselves.
struct Asset {
    name: &'static str,
    gzip: bool,
    bytes: &'static [u8],
}

/// A query or mutation that shows what the API is for.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// The file's name.
    pub name: &'static str,
    /// The document.
    pub query: &'static str,
}

/// The requests that GraphiQL opens with and that the demo prints.
pub const EXAMPLES: [Example; 5] = [
    Example { name: "record.graphql", query: include_str!("../../graphiql/queries/record.graphql") },
    Example { name: "attention.graphql", query: include_str!("../../graphiql/queries/attention.graphql") },
    Example { name: "dashboard.graphql", query: include_str!("../../graphiql/queries/dashboard.graphql") },
    Example { name: "register.graphql", query: include_str!("../../graphiql/queries/register.graphql") },
    Example { name: "live.graphql", query: include_str!("../../graphiql/queries/live.graphql") },
];

/// What both pages sign in with. The bundle has it in its script; the page without npm loads it as it is.
const SIGNING_IN: [(&str, &str); 4] = [
    ("typed.js", include_str!("../../graphiql/src/typed.js")),
    ("session.js", include_str!("../../graphiql/src/session.js")),
    ("bar.js", include_str!("../../graphiql/src/bar.js")),
    ("bar.css", include_str!("../../graphiql/src/bar.css")),
];

/// The editor sets styles by script and runs its workers from this origin.
const BUNDLED_POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; worker-src blob: 'self'; \
                              base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page of a build without npm: these files come from elsewhere, held to their hashes by the page.
const CDN_POLICY: &str = "default-src 'self'; \
                          script-src 'self' https://unpkg.com/react@18.3.1/umd/react.production.min.js \
                          https://unpkg.com/react-dom@18.3.1/umd/react-dom.production.min.js \
                          https://unpkg.com/graphiql@3.9.0/graphiql.min.js \
                          https://unpkg.com/graphql-ws@5.16.2/umd/graphql-ws.min.js; \
                          style-src 'self' 'unsafe-inline' https://unpkg.com/graphiql@3.9.0/graphiql.min.css; \
                          font-src data:; img-src 'self' data:; \
                          base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/", get(|| async { Redirect::temporary("/graphiql") }))
        .route("/graphiql", get(page))
        .route("/graphiql/assets/icon.svg", get(icon))
        .route("/graphiql/assets/{name}", get(asset))
}

async fn page() -> Response {
    let (policy, page) = if BUNDLED {
        (BUNDLED_POLICY, include_str!("../../graphiql/index.html"))
    } else {
        (CDN_POLICY, include_str!("../../graphiql/cdn/index.html"))
    };
    ([(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy))], Html(page)).into_response()
}

async fn icon() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, content_type(".svg"))], include_str!("../../graphiql/icon.svg"))
}

async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let caching = [(header::ETAG, ETAG), (header::CACHE_CONTROL, "no-cache")];
    let content_type = [(header::CONTENT_TYPE, content_type(&name))];
    let texts = EXAMPLES.iter().map(|example| (example.name, example.query)).chain(SIGNING_IN);
    if let Some((_, text)) = texts.into_iter().find(|(known, _)| *known == name) {
        return (content_type, caching, text).into_response();
    }
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known == ETAG) {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    let mut response = (content_type, caching, asset.bytes).into_response();
    if asset.gzip {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ttf") => "font/ttf",
        Some("woff") => "font/woff",
        Some("woff2") => "font/woff2",
        Some("graphql") => "application/graphql; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::CDN_POLICY;

    #[test]
    fn the_page_without_npm_may_load_its_files_from_elsewhere_and_no_others() {
        let page = include_str!("../../graphiql/cdn/index.html");
        let mut files: Vec<_> = page.split('"').filter(|value| value.starts_with("https:")).collect();
        let mut allowed: Vec<_> = CDN_POLICY.split([' ', ';']).filter(|value| value.starts_with("https:")).collect();
        files.sort_unstable();
        allowed.sort_unstable();
        assert_eq!(files, allowed);
        assert_eq!(page.matches("integrity=\"sha384-").count(), files.len());
    }
}
