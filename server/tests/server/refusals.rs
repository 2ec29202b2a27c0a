use reqwest::{
    StatusCode,
    header::{HOST, ORIGIN},
};

use crate::house::House;

const VIEWER: &str = "/api/session/viewer";

#[tokio::test]
async fn another_site_cannot_post() {
    let house = House::open().await;
    for (site, origin) in [
        ("cross-site", "https://evil.example"),
        ("same-site", "http://127.0.0.1:1"),
        ("cross-site", "null"),
        ("", "https://evil.example"),
    ] {
        for path in [VIEWER, "/api/session/sign-out", "/no-such-page"] {
            let request = house.post(path, &[]).header("sec-fetch-site", site).header(ORIGIN, origin);
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), StatusCode::FORBIDDEN, "{site} {origin} {path}");
            assert_eq!(response.headers()["cache-control"], "no-store");
            assert!(response.text().await.unwrap().contains("This came from another site"));
        }
    }
}

#[tokio::test]
async fn this_site_can_post() {
    let house = House::open_with(&["--public-url", "https://mandate.example.com"], |_| ()).await;
    for request in [
        house.post(VIEWER, &[]).header("sec-fetch-site", "same-origin"),
        house.post(VIEWER, &[]).header(ORIGIN, format!("http://{}", house.address)),
        // As behind a proxy that says another Host.
        house.post(VIEWER, &[]).header(ORIGIN, "https://mandate.example.com").header(HOST, "backend:3000"),
        // No browser.
        house.post(VIEWER, &[]),
    ] {
        assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn a_large_body_is_refused() {
    let house = House::open().await;
    let response = house.post(VIEWER, &[("a", &"a".repeat(64 * 1024))]).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    assert!(response.text().await.unwrap().contains("This is too long"));
}

#[tokio::test]
async fn is_ready_while_the_database_answers() {
    let house = House::open().await;
    let status = async |path| house.get(path).send().await.unwrap().status();
    assert_eq!(status("/readyz").await, StatusCode::OK);
    house.db.close().await;
    assert_eq!(status("/readyz").await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(status("/healthz").await, StatusCode::OK);
}
