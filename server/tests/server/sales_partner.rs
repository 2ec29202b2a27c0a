//! Trial invitations, purchase offers and what came of them, as a partner's browser without scripts meets them.

use reqwest::{
    StatusCode,
    header::{CONTENT_DISPOSITION, CONTENT_TYPE},
};

use crate::{browser::Browser, house::House};

const DELEGATION: [(&str, &str); 4] =
    [("delegation", "true"), ("roles[]", "directory_reader"), ("days", "30"), ("link_days", "90")];

/// What a form posts for the option of this name.
fn option(page: &str, name: &str) -> String {
    let (before, _) = page.split_once(&format!(">{name}")).expect(name);
    let (_, option) = before.rsplit_once("<option value=\"").expect("an option");
    option.split('"').next().unwrap().to_owned()
}

/// How many things in a page are called so.
fn number_of(page: &str, text: &str) -> usize {
    page.matches(text).count()
}

fn form<'a>(fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    DELEGATION.iter().copied().chain(fields.iter().copied()).collect()
}

#[tokio::test]
async fn a_trial_invitation() {
    let house = House::open().await;
    let mut ana = Browser::signed_in(&house, "ana@fabrikam.example").await;
    let path = "/partner/trials/new";
    let (status, page) = ana.get(path).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("Create a trial invitation") && page.contains("value=\"US\" selected"), "{page}");
    let enterprise = option(&page, "Office Suite Enterprise, 30 days");
    let basic = option(&page, "Device Management Basic, 30 days");

    let look =
        form(&[("country", "JP"), ("plan", &enterprise), ("quantity", "12"), ("message", "Hello"), ("step", "show")]);
    let (back, page) = ana.post("/api/sales/create-trial", &look).await;
    assert_eq!(back, format!("{path}#plan"));
    assert!(page.contains("not offered in Japan") && page.contains(">Hello</textarea>"), "{page}");
    assert!(page.contains("value=\"12\"") && !page.contains("role=\"alert\""), "{page}");

    let wrong = form(&[("country", "JP"), ("plan", &enterprise), ("quantity", "9"), ("message", "Hello")]);
    let (back, page) = ana.post("/api/sales/create-trial", &wrong).await;
    assert_eq!(back, path);
    assert!(page.contains("cannot be chosen in Japan") && page.contains("role=\"alert\""), "{page}");
    assert!(page.contains("id=\"quantity-error\"") && page.contains("value=\"9\""), "{page}");

    let good = form(&[("country", "JP"), ("plan", &basic), ("quantity", "9"), ("message", "Hello")]);
    let (made, page) = ana.post("/api/sales/create-trial", &good).await;
    assert!(made.starts_with("/partner/offers/"), "{made}");
    assert!(page.contains("Device Management Basic trial, T-") && page.contains("Japan"), "{page}");
    assert!(page.contains("30 days from the day they authorize"), "{page}");

    let alone = [("country", "US"), ("plan", &basic), ("quantity", "9"), ("link_days", "7")];
    let (_, page) = ana.post("/api/sales/create-trial", &alone).await;
    assert!(page.contains("None is asked for") && !page.contains("Asks for"), "{page}");
}

#[tokio::test]
async fn a_purchase_offer_of_several_lines() {
    let house = House::open().await;
    let mut ana = Browser::signed_in(&house, "ana@fabrikam.example").await;
    let path = "/partner/purchases/new";
    let (_, page) = ana.get(path).await;
    assert_eq!(number_of(&page, "<legend>"), 2, "one line, and the roles: {page}");
    let (basic, business) = (option(&page, "Device Management Basic"), option(&page, "Office Suite Business"));

    let first = [("lines[0][plan]", business.as_str()), ("lines[0][quantity]", "10"), ("lines[0][term]", "yearly")];
    let common = [("currency", "USD"), ("reference", "Q-17")];
    let more: Vec<_> = form(&common).into_iter().chain(first).chain([("step", "add-line")]).collect();
    let (back, page) = ana.post("/api/sales/create-purchase", &more).await;
    assert_eq!(back, format!("{path}#lines"));
    assert!(page.contains("lines[1][plan]") && page.contains("value=\"Q-17\""), "{page}");
    assert!(page.contains("USD\u{a0}1,255.00") && !page.contains("role=\"alert\""), "{page}");

    let third = [("lines[2][plan]", basic.as_str()), ("lines[2][quantity]", "7"), ("lines[2][term]", "monthly")];
    let second = [("lines[1][plan]", ""), ("lines[1][quantity]", ""), ("lines[1][term]", "")];
    let less = form(&common).into_iter().chain(first).chain(second).chain(third).chain([("step", "remove-line-1")]);
    let (_, page) = ana.post("/api/sales/create-purchase", &less.collect::<Vec<_>>()).await;
    assert!(page.contains("lines[2][plan]") && !page.contains("lines[1][plan]"), "{page}");
    assert!(page.contains("USD\u{a0}1,285.00"), "{page}");

    // What is wrong stands beside the row that was typed into, whatever was taken out above it.
    let dear = [("lines[2][plan]", basic.as_str()), ("lines[2][quantity]", "301"), ("lines[2][term]", "monthly")];
    let wrong: Vec<_> = form(&common).into_iter().chain(first).chain(dear).collect();
    let (back, page) = ana.post("/api/sales/create-purchase", &wrong).await;
    assert_eq!(back, path);
    assert!(page.contains("id=\"lines.2.quantity-error\"") && page.contains("value=\"301\""), "{page}");
    assert!(!page.contains("id=\"lines.0.quantity-error\""), "{page}");

    let good: Vec<_> = form(&common).into_iter().chain(first).chain(third).collect();
    let (made, page) = ana.post("/api/sales/create-purchase", &good).await;
    assert!(made.starts_with("/partner/offers/"), "{made}");
    assert!(page.contains("USD\u{a0}1,285.00") && page.contains("Q-17"), "{page}");

    let reference = page.split_once(">P-").map(|(_, after)| format!("P-{}", &after[..6])).expect("a reference");
    let (found, _) = ana.post("/api/offers/find", &[("find", &reference.to_lowercase())]).await;
    assert_eq!(found, made);
    let mut pia = Browser::signed_in(&house, "pia@tailspin.example").await;
    pia.post("/api/sales/create-purchase", &good).await;
    let (back, page) = pia.post("/api/offers/find", &[("find", &reference)]).await;
    assert_eq!(back, "/partner#offers-h");
    assert!(page.contains("You have no offer with this reference"), "{page}");
}

#[tokio::test]
async fn files_are_for_the_partners_people() {
    let house = House::open().await;
    for (file, head) in [
        ("licenses", "Customer,Bought or tried,Assigned"),
        ("orders", "Order,Customer,"),
        ("subscriptions", "Customer,Plan,"),
    ] {
        let path = format!("/partner/{file}.csv");
        let mut leo = Browser::signed_in(&house, "leo@fabrikam.example").await;
        let response = leo.send(house.get(&path)).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[CONTENT_TYPE], "text/csv; charset=utf-8");
        assert_eq!(response.headers()[CONTENT_DISPOSITION], format!("attachment; filename=\"{file}.csv\""));
        let text = response.text().await.unwrap();
        assert!(text.trim_start_matches('\u{feff}').starts_with(head), "{text}");
        let (status, _) = Browser::signed_in(&house, "mia@contoso.example").await.get(&path).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let (_, page) = Browser::new(&house).get(&path).await;
        assert!(page.contains("Sign in"), "{page}");
    }
}
