use leptos::server_fn::axum::server_fn_paths;
use mandate_store::users;
use reqwest::StatusCode;

use crate::house::House;

/// What may be called by who is not signed in. Each says nothing of anybody, or shows a secret of its own.
const OPEN: [&str; 21] = [
    "/api/consent/page",
    // By the token of a link in a mail, which is its holder's right.
    "/api/offer-mail/page",
    "/api/offer-mail/stop",
    "/api/password/forget-link",
    // By the cookie of an offer that was opened.
    "/api/sale/total",
    "/api/session/ask-help",
    "/api/session/help-page",
    "/api/session/sign-in",
    "/api/session/sign-in-page",
    "/api/session/sign-out",
    "/api/session/viewer",
    // By the cookie of what was begun with an offer, which those have who have no account yet.
    "/api/sign-up/administrator",
    "/api/sign-up/back",
    "/api/sign-up/begin",
    "/api/sign-up/code",
    "/api/sign-up/company",
    "/api/sign-up/finish",
    "/api/sign-up/forget",
    "/api/sign-up/load",
    "/api/sign-up/prefix",
    "/api/sign-up/send-code",
];

/// What anybody who is signed in may do with their own account.
const OWN: [&str; 12] = [
    "/api/account/cancel-email",
    "/api/account/confirm-email",
    "/api/account/email",
    "/api/account/end-session",
    "/api/account/page",
    "/api/account/profile",
    "/api/account/sign-out-everywhere",
    "/api/password/choose",
    "/api/password/page",
    "/api/password/strength",
    "/api/session/home",
    // Of who may not see the others, it lists nobody else.
    "/api/users/list",
];

const ID: &str = "01890000-0000-7000-8000-000000000000";

/// Every field of every server function: what one does not know, it ignores.
const FORM: &[(&str, &str)] = &[
    ("accounts[0]", ID),
    ("addressed_to", ""),
    ("addressee_email", ""),
    ("after", ""),
    ("alternate_email", ""),
    ("authorize", "true"),
    ("back", "/"),
    ("batch", ID),
    ("before", ""),
    ("blocked", "true"),
    ("by_link", "false"),
    ("code", "123456"),
    ("company", ""),
    ("company_name", "Contoso"),
    ("converts", ""),
    ("country", "DE"),
    ("currency", "EUR"),
    ("current_password", "plum-orbit-canvas-29-thimble"),
    ("days", "365"),
    ("delegation", "full"),
    ("display_name", "Mia"),
    ("domain", ID),
    ("domain_name", "contoso.example"),
    ("domain_prefix", "contoso"),
    ("find", "T-4K7M9X"),
    ("first_name", "Mia"),
    ("known_passwords", "block"),
    ("last_name", "Lindqvist"),
    ("lines[0][plan]", ID),
    ("lines[0][quantity]", "25"),
    ("lines[0][term]", "monthly"),
    ("link_days", "90"),
    ("locale", "en-US"),
    ("list", "Contoso,contoso.example"),
    ("mail", "false"),
    ("message", ""),
    ("name", "Managed IT"),
    ("new_company", "false"),
    ("new_password", "glass heron swims by night"),
    ("next", "/"),
    ("offer", ID),
    ("partner", ID),
    ("password", "wrong"),
    ("plan", ID),
    ("quantities[0]", "25"),
    ("quantity", "25"),
    ("query[after]", ""),
    ("query[before]", ""),
    ("query[descending]", "false"),
    ("query[offers_sort]", ""),
    ("query[offers_status]", ""),
    ("query[search]", ""),
    ("query[sort]", "Name"),
    ("query[subscription]", ""),
    ("reason", ""),
    ("reference", ""),
    ("remove", "false"),
    ("repeat_password", "glass heron swims by night"),
    ("role", ""),
    ("role_before", ""),
    ("roles[0]", "user_administrator"),
    ("session", ""),
    ("shown[0]", "25"),
    ("sign_up", ""),
    ("step", ""),
    ("subscription", ID),
    ("template", ID),
    ("token", ""),
    ("user", ID),
    ("user_name", "mia"),
    ("users[0]", ID),
    ("uses", "any"),
    ("version", "1"),
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

/// The form, as if it came from a page of Contoso about its administrator.
async fn about_contoso(house: &House, company: bool) -> Vec<(&'static str, String)> {
    let mut conn = house.db.read().await.unwrap();
    let mia = users::by_user_name(&mut conn, "mia@contoso.example").await.unwrap().unwrap();
    FORM.iter()
        .map(|(name, value)| match *name {
            "company" if company => (*name, mia.company_id.to_string()),
            "user" => (*name, mia.id.to_string()),
            "domain" => (*name, mia.domain_id.to_string()),
            _ => (*name, (*value).to_owned()),
        })
        .collect()
}

async fn answers(
    house: &House,
    who: &str,
    form: &[(&str, String)],
    paths: &[&'static str],
) -> Vec<(String, u16, String)> {
    let (name, cookie) = house.session(who).await;
    let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut answers = Vec::new();
    for path in paths {
        let response = house.post(path, &form).header(&name, &cookie).send().await.unwrap();
        let status = response.status().as_u16();
        answers.push((format!("{who} {path}"), status, response.text().await.unwrap()));
    }
    answers
}

/// What is done in a company, one's own or a customer's.
const COMPANYS: [&str; 5] = ["/api/users/", "/api/domains/", "/api/activity/", "/api/licenses/", "/api/subscriptions/"];

#[tokio::test]
async fn another_companys_is_not_there() {
    let house = House::open().await;
    let form = about_contoso(&house, true).await;
    let paths: Vec<_> = server_fn_paths()
        .map(|(path, _)| path)
        .filter(|path| COMPANYS.iter().any(|part| path.starts_with(part)))
        .filter(|path| *path != "/api/users/assign-delegation")
        .collect();
    assert!(paths.len() > 10, "{paths:?}");
    for who in ["kim@fabrikam.example", "ana@fabrikam.example", "nora@northwind.example", "pia@tailspin.example"] {
        for (what, status, answer) in answers(&house, who, &form, &paths).await {
            assert_eq!((status, answer.as_str()), (404, "\"NotFound\""), "{what}");
        }
    }
}

#[tokio::test]
async fn without_a_role_one_does_nothing_to_others() {
    let house = House::open().await;
    let form = about_contoso(&house, false).await;
    let paths: Vec<_> =
        server_fn_paths().map(|(path, _)| path).filter(|path| !OPEN.contains(path) && !OWN.contains(path)).collect();
    for (what, status, answer) in answers(&house, "tom@contoso.example", &form, &paths).await {
        let refused = matches!(status, 403 | 404) || answer.starts_with("{\"Refused\"");
        assert!(refused, "{what}: {status} {answer}");
    }
}

/// What is begun without an account is in a cookie: without it nobody learns which names are taken, or sends a code.
#[tokio::test]
async fn without_its_cookie_there_is_no_sign_up() {
    let house = House::open().await;
    for path in server_fn_paths().map(|(path, _)| path).filter(|path| path.starts_with("/api/sign-up/")) {
        let response = house.post(path, FORM).send().await.unwrap();
        let (status, answer) = (response.status().as_u16(), response.text().await.unwrap());
        match path {
            "/api/sign-up/load" => assert!(answer.starts_with("{\"Gone\""), "{path}: {status} {answer}"),
            "/api/sign-up/back" | "/api/sign-up/forget" => assert_eq!(status, 200, "{path}: {answer}"),
            _ => assert_eq!((status, answer.as_str()), (404, "\"NotFound\""), "{path}"),
        }
    }
    for prefix in ["contoso", "nobody-has-this"] {
        let form = [("offer", ID), ("domain_prefix", prefix)];
        let cookie = format!("mandate-sign-up-{ID}=unknown");
        let asked = house.post("/api/sign-up/prefix", &form).header("cookie", cookie).send().await.unwrap();
        assert_eq!(asked.status(), StatusCode::NOT_FOUND, "{prefix}");
    }
}
