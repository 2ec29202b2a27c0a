use std::{collections::HashSet, fs, path::Path};

use reqwest::{
    Response, StatusCode,
    header::{ACCEPT_ENCODING, HeaderMap},
};

use crate::house::House;

fn lay_site(root: &Path) {
    fs::create_dir_all(root.join("pkg")).unwrap();
    for (file, content) in [
        ("pkg/mandate.aB1.js", "plain"),
        ("pkg/mandate.aB1.js.br", "in brotli"),
        ("pkg/mandate.aB1.js.gz", "in gzip"),
        ("favicon.svg", "<svg/>"),
    ] {
        fs::write(root.join(file), content).unwrap();
    }
}

fn value<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

fn assert_protected(response: &Response) {
    let headers = response.headers();
    let path = response.url().path();
    let policy = value(headers, "content-security-policy");
    assert!(policy.starts_with("default-src 'none';"), "{path}: {policy}");
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"), "{path}: {policy}");
    assert!(!policy.contains("'unsafe-"), "{path}: {policy}");
    for (name, expected) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(value(headers, name), expected, "{path}: {name}");
    }
    assert!(value(headers, "permissions-policy").contains("camera=()"), "{path}");
    // By it a request is found in the log, in which files do not stand.
    let named = if path.starts_with("/pkg/") { 0 } else { 16 };
    assert_eq!(value(headers, "x-request-id").len(), named, "{path}");
}

#[tokio::test]
async fn everything_says_how_it_may_be_used() {
    let house = House::open_with(&[], lay_site).await;
    for (path, status) in [
        ("/", 303),
        ("/sign-in", 200),
        ("/no-such-page", 404),
        ("/users", 303),
        ("/offers/unknown", 404),
        ("/o/no-such-token", 303),
        ("/l/no-such-token", 303),
        ("/healthz", 200),
        ("/readyz", 200),
        ("/favicon.svg", 200),
        ("/pkg/no-such-file.js", 404),
        ("/api/session/viewer", 405),
        ("/../Cargo.toml", 404),
        ("/%2e%2e/mandate.db", 404),
        ("/pkg/..%2f..%2fmandate.db", 404),
    ] {
        let response = house.get(path).send().await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{path}");
        assert_protected(&response);
        assert_eq!(value(response.headers(), "cache-control"), "no-store", "{path}");
        assert_eq!(value(response.headers(), "strict-transport-security"), "", "{path}");
    }
}

#[tokio::test]
async fn each_page_has_a_nonce_of_its_own() {
    let house = House::open().await;
    let mut nonces = HashSet::new();
    for path in ["/sign-in", "/sign-in", "/no-such-page"] {
        let response = house.get(path).send().await.unwrap();
        let policy = value(response.headers(), "content-security-policy").to_owned();
        let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap().to_owned();
        let page = response.text().await.unwrap();
        assert!(nonce.len() >= 16 && page.contains(&format!("nonce=\"{nonce}\"")), "{path}");
        nonces.insert(nonce);
    }
    assert_eq!(nonces.len(), 3);
}

#[tokio::test]
async fn hashed_files_are_kept_and_sent_compressed() {
    let house = House::open_with(&[], lay_site).await;
    for (accepted, encoding, content) in
        [("br, gzip", "br", "in brotli"), ("gzip", "gzip", "in gzip"), ("", "", "plain")]
    {
        let response = house.get("/pkg/mandate.aB1.js").header(ACCEPT_ENCODING, accepted).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_protected(&response);
        assert_eq!(value(response.headers(), "cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(value(response.headers(), "content-encoding"), encoding);
        assert_eq!(value(response.headers(), "content-type"), "text/javascript");
        assert_eq!(response.text().await.unwrap(), content);
    }
}

#[tokio::test]
async fn behind_https_browsers_are_told_to_stay_there() {
    let house = House::open_with(&["--public-url", "https://mandate.example.com"], |_| ()).await;
    let response = house.get("/sign-in").send().await.unwrap();
    assert_eq!(value(response.headers(), "strict-transport-security"), "max-age=63072000");
    let (_, cookies) = house.session("ana@fabrikam.example").await;
    assert!(cookies.contains("__Host-mandate-session="), "{cookies}");
}

#[tokio::test]
async fn an_unknown_path_has_the_applications_page() {
    let house = House::open().await;
    for request in [house.get("/no-such-page"), house.get("/users/1/2/3"), house.post("/no-such-page", &[])] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        assert!(response.text().await.unwrap().contains("There is no such page"));
    }
}
