//! The page behind one-time links, on which people choose their password: `/welcome#pgl_…`. What follows the `#` never
//! reaches the server by the page itself.

use axum::Router;
use axum::http::header;
use axum::response::Html;
use axum::routing::get;

use super::App;

/// Where the page is.
const PATH: &str = "/welcome";

pub(super) fn router() -> Router<App> {
    let file = |kind: &'static str, text: &'static str| get(async move || ([(header::CONTENT_TYPE, kind)], text));
    Router::new()
        .route(PATH, get(async || Html(include_str!("../../welcome/index.html"))))
        .route("/welcome/welcome.js", file("text/javascript; charset=utf-8", include_str!("../../welcome/welcome.js")))
        .route("/welcome/welcome.css", file("text/css; charset=utf-8", include_str!("../../welcome/welcome.css")))
        .route("/welcome/icon.svg", file("image/svg+xml", include_str!("../../graphiql/icon.svg")))
}
