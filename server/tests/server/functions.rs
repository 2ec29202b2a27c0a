use leptos::server_fn::axum::server_fn_paths;
use reqwest::StatusCode;

use crate::house::House;

/// What may be called by who is not signed in. Each says nothing of anybody, or shows a secret of its own.
const OPEN: [&str; 6] = [
    "/api/consent/page",
    "/api/password/forget-link",
    "/api/session/sign-in",
    "/api/session/sign-in-page",
    "/api/session/sign-out",
    "/api/session/viewer",
];

const ID: &str = "01890000-0000-7000-8000-000000000000";

/// Every field of every server function: what one does not know, it ignores.
const FORM: &[(&str, &str)] = &[
    ("accounts[0]", ID),
    ("alternate_email", ""),
    ("before", ""),
    ("blocked", "true"),
    ("company", ""),
    ("current_password", "plum-orbit-canvas-29-thimble"),
    ("days", "365"),
    ("delegation", "full"),
    ("display_name", "Mia"),
    ("domain", ID),
    ("domain_name", "contoso.example"),
    ("first_name", "Mia"),
    ("known_passwords", "block"),
    ("last_name", "Lindqvist"),
    ("link_days", "90"),
    ("name", "Managed IT"),
    ("new_password", "glass heron swims by night"),
    ("next", "/"),
    ("offer", ID),
    ("partner", ID),
    ("password", "wrong"),
    ("query[after]", ""),
    ("query[before]", ""),
    ("query[descending]", "false"),
    ("query[search]", ""),
    ("query[sort]", "Name"),
    ("reason", ""),
    ("repeat_password", "glass heron swims by night"),
    ("role", ""),
    ("roles[0]", "user_administrator"),
    ("user", ID),
    ("user_name", "mia"),
];

#[tokio::test]
async fn each_refuses_who_is_not_signed_in() {
    let house = House::open().await;
    let mut paths: Vec<_> = server_fn_paths().map(|(path, _)| path).collect();
    paths.sort_unstable();
    assert!(paths.len() > OPEN.len(), "{paths:?}");
    let mut wrong = Vec::new();
    for path in paths {
        let response = house.post(path, FORM).send().await.unwrap();
        let status = response.status();
        let answer = response.text().await.unwrap();
        let refused = !status.is_success() && answer == "\"SignedOut\"";
        if refused == OPEN.contains(&path) {
            wrong.push((path, status, answer));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn none_is_called_by_a_get() {
    let house = House::open().await;
    for (path, method) in server_fn_paths() {
        assert_eq!(method, "POST", "{path}");
        let response = house.get(path).query(FORM).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
    }
}
