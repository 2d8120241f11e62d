//! The pages of the server: whole, by themselves, and with nothing from elsewhere.

use crate::support::actor::Actor;
use crate::support::binary::Running;
use crate::support::database::{Backend, TestDatabase};
use crate::support::server::TestServer;

const STRICT: &str = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What a page loads: the values of its `src` and `href` attributes.
fn loads(page: &str) -> Vec<&str> {
    let values = ["src=\"", "href=\""].into_iter().flat_map(|attribute| page.split(attribute).skip(1));
    values.filter_map(|rest| rest.split('"').next()).collect()
}

#[tokio::test]
async fn a_page_is_whole_and_loads_nothing_from_elsewhere() {
    let server = TestServer::start(TestDatabase::migrated(Backend::Sqlite).await).await;
    let stranger = server.stranger();
    for (path, policy) in [("/welcome", STRICT), ("/graphiql", "style-src 'self' 'unsafe-inline'")] {
        let response = stranger.get(path).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert!(header("content-type").starts_with("text/html"), "{path}");
        assert!(header("content-security-policy").contains(policy), "{path}");
        assert_eq!(header("referrer-policy"), "no-referrer", "the address of a one-time link goes nowhere");
        assert_eq!(header("x-content-type-options"), "nosniff");
        let page = response.text().await.unwrap();
        assert!(!page.contains("style=") && !page.contains("onclick") && !page.contains("<style"), "{path}");
        assert_eq!(page.matches("<script").count(), page.matches("<script ").count(), "{path} has a script in it");
        let loads = loads(&page);
        assert!(loads.len() >= 3, "{page}");
        for asset in loads.into_iter().filter(|asset| !asset.starts_with("https://unpkg.com/")) {
            let answer = stranger.get(asset).send().await.unwrap();
            assert_eq!(answer.status(), 200, "{path} loads {asset}");
            let kind = answer.headers()["content-type"].to_str().unwrap();
            let expected = match asset.rsplit_once('.').map(|(_, ending)| ending) {
                Some("js") => "text/javascript",
                Some("css") => "text/css",
                Some("svg") => "image/svg+xml",
                _ => "text/html",
            };
            assert!(kind.starts_with(expected), "{asset}: {kind}");
        }
    }
    // The page of a build without npm signs in by the same files.
    for asset in ["session.js", "bar.js", "bar.css", "typed.js"] {
        assert_eq!(stranger.get(&format!("/graphiql/assets/{asset}")).send().await.unwrap().status(), 200, "{asset}");
    }
}

#[tokio::test]
async fn without_graphiql_passwords_can_still_be_chosen() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("settings.toml"), "[graphiql]\nenabled = false\n").unwrap();
    let server = Running::start(&["--config", "settings.toml", "serve"], directory.path());
    let stranger = Actor::stranger(server.ready["url"].as_str().unwrap().strip_suffix("/graphql").unwrap());
    for (path, status) in [("/welcome", 200), ("/graphiql", 404), ("/graphiql/assets/bar.js", 404), ("/", 404)] {
        assert_eq!(stranger.get(path).send().await.unwrap().status(), status, "{path}");
    }
}
