//! What an offer sells, as its customer's browser without scripts meets it.

use reqwest::StatusCode;

use crate::{browser::Browser, house::House};

const DELEGATION: [(&str, &str); 4] =
    [("delegation", "true"), ("roles[]", "user_administrator"), ("days", "30"), ("link_days", "90")];

/// What follows this in a page, up to the next quotation mark.
fn after<'p>(page: &'p str, text: &str) -> &'p str {
    let (_, after) = page.split_once(text).unwrap_or_else(|| panic!("{text} is not in {page}"));
    after.split('"').next().unwrap()
}

fn hidden(page: &str, name: &str) -> String {
    after(page, &format!("name=\"{name}\" value=\"")).to_owned()
}

/// What a form posts for the option of this name.
fn option(page: &str, name: &str) -> String {
    let (before, _) = page.split_once(&format!(">{name}")).expect(name);
    let (_, option) = before.rsplit_once("<option value=\"").expect("an option");
    option.split('"').next().unwrap().to_owned()
}

/// An offer of ten licenses for a month; its URL.
async fn purchase(house: &House) -> String {
    let mut ana = Browser::signed_in(house, "ana@fabrikam.example").await;
    let (_, page) = ana.get("/partner/purchases/new").await;
    let plan = option(&page, "Device Management Basic");
    let line = [("lines[0][plan]", plan.as_str()), ("lines[0][quantity]", "10"), ("lines[0][term]", "monthly")];
    let form: Vec<_> = DELEGATION.into_iter().chain([("currency", "EUR")]).chain(line).collect();
    let (_, page) = ana.post("/api/sales/create-purchase", &form).await;
    format!("/o/{}", after(&page, "http://127.0.0.1:3000/o/"))
}

async fn trial(house: &House) -> String {
    let mut ana = Browser::signed_in(house, "ana@fabrikam.example").await;
    let (_, page) = ana.get("/partner/trials/new").await;
    let plan = option(&page, "Device Management Basic, 30 days");
    let form: Vec<_> = DELEGATION.into_iter().chain([("country", "DE"), ("plan", &plan), ("quantity", "25")]).collect();
    let (_, page) = ana.post("/api/sales/create-trial", &form).await;
    format!("/o/{}", after(&page, "http://127.0.0.1:3000/o/"))
}

#[tokio::test]
async fn an_order_is_of_a_total_that_was_seen() {
    let house = House::open().await;
    let url = purchase(&house).await;
    let (status, page) = Browser::new(&house).get(&url).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("Start as a new company") && page.contains("Use my company's account"), "{page}");
    assert!(page.contains("What they may do in your company") && !page.contains("name=\"authorize\""), "{page}");
    assert!(page.contains("This offer is valid until"), "{page}");

    let mut nora = Browser::signed_in(&house, "nora@northwind.example").await;
    let (_, page) = nora.get(&url).await;
    assert!(page.contains("Place order") && page.contains("EUR\u{a0}45.00"), "{page}");
    assert!(page.contains("name=\"authorize\"") && page.contains(">Decline<"), "{page}");
    assert!(page.contains("This offer is valid until"), "{page}");
    let (offer, company) = (hidden(&page, "offer"), hidden(&page, "company"));
    let form = |number, shown| {
        [
            ("offer", offer.as_str()),
            ("company", company.as_str()),
            ("quantities[]", number),
            ("shown[]", shown),
            ("authorize", "true"),
        ]
    };

    let (back, page) = nora.post("/api/sale/accept", &form("12", "10")).await;
    assert_eq!(back, format!("/accept/{offer}"));
    assert!(page.contains("Nothing was ordered") && page.contains("value=\"12\""), "{page}");
    assert!(page.contains("EUR\u{a0}54.00") && page.contains("checked"), "{page}");
    let (back, page) = nora.post("/api/sale/total", &form("301", "12")).await;
    assert_eq!(back, format!("/accept/{offer}"));
    assert!(page.contains("id=\"quantity.0-error\"") && page.contains("value=\"301\""), "{page}");
    let (_, page) = nora.post("/api/sale/total", &form("20", "301")).await;
    assert!(page.contains("EUR\u{a0}90.00") && !page.contains("quantity.0-error"), "{page}");

    // Who signs in next in the same browser begins with what was offered, and nothing is chosen for them.
    let mut next = nora.clone();
    next.sign_in_as("mia@contoso.example").await;
    let (_, page) = next.get(&url).await;
    assert!(page.contains("value=\"10\"") && !page.contains("checked"), "{page}");

    for _ in 0..2 {
        let (to, page) = nora.post("/api/sale/accept", &form("20", "20")).await;
        assert_eq!(to, "/subscriptions");
        assert!(page.contains("Your order is placed. Fabrikam Partners sends the invoice."), "{page}");
        assert!(page.contains("20 licenses"), "{page}");
        assert_eq!(page.matches("20 licenses").count(), 1, "{page}");
    }
    let (_, page) = nora.get(&url).await;
    assert!(page.contains("Northwind Traders ordered this on") && page.contains("EUR\u{a0}90.00"), "{page}");
    let (_, page) = nora.get("/partners").await;
    assert!(page.contains("Remove Fabrikam Partners"), "{page}");
    let mut ana = Browser::signed_in(&house, "ana@fabrikam.example").await;
    let (_, page) = ana.get("/partner").await;
    assert!(page.contains("1 accepted") && !page.contains("1 authorized"), "{page}");
    let (_, file) = ana.get("/partner/offers.csv").await;
    assert!(file.contains(",Authorized or accepted,"), "{file}");
    let (status, page) = Browser::signed_in(&house, "mia@contoso.example").await.get(&url).await;
    assert_eq!(status, StatusCode::GONE);
    assert!(page.contains("This offer is used up"), "{page}");
}

#[tokio::test]
async fn licenses_are_assigned_from_the_list_of_users() {
    let house = House::open().await;
    let url = purchase(&house).await;
    let mut mia = Browser::signed_in(&house, "mia@contoso.example").await;
    let (_, page) = mia.get(&url).await;
    let (offer, company) = (hidden(&page, "offer"), hidden(&page, "company"));
    let form = [("offer", offer.as_str()), ("company", &company), ("quantities[]", "1"), ("shown[]", "1")];
    mia.post("/api/sale/accept", &form).await;

    let (_, page) = mia.get("/users").await;
    let users: Vec<_> =
        page.match_indices("name=\"users\" value=\"").map(|(at, text)| &page[at + text.len()..]).collect();
    let users: Vec<_> = users.into_iter().map(|rest| rest[..36].to_owned()).collect();
    assert_eq!(users.len(), 2, "{page}");
    let chosen = format!("/users/licenses?users={}&users={}", users[0], users[1]);
    let (_, page) = mia.get(&chosen).await;
    assert!(page.contains("For 2 users") && page.contains("1 license of 1 free"), "{page}");
    let subscription = hidden(&page, "subscription");

    // From a subscription's own page it is chosen, however many others there are, and stays so while users are searched.
    let (_, page) = mia.get(&format!("/subscriptions/{subscription}")).await;
    let for_it = format!("/users?subscription={subscription}");
    assert!(page.contains(&format!("href=\"{for_it}\"")), "{page}");
    assert!(page.contains("A license: ") && page.contains("sends you the invoice"), "as it was agreed: {page}");
    let (_, page) = mia.get(&format!("{for_it}&q=tom")).await;
    assert!(page.contains("Choose who is to have a license of"), "{page}");
    let kept = format!("name=\"subscription\" value=\"{subscription}\"");
    assert_eq!(page.matches(&kept).count(), 2, "with what is searched, and with who is chosen: {page}");
    let (_, page) = mia.get(&format!("/users/licenses?subscription={subscription}&users={}", users[0])).await;
    assert!(page.contains("For 1 user<") && page.contains(&format!("licenses?subscription={subscription}")), "{page}");
    let (_, page) = mia.get(&format!("/users/licenses?subscription={}&users={}", users[0], users[0])).await;
    assert!(page.contains("The one that you came from has ended") && !page.contains("checked"), "{page}");
    let (_, page) = mia.get(&format!("/users/licenses?subscription=none&users={}", users[0])).await;
    assert!(page.contains("For 1 user<") && page.contains(&kept), "{page}");

    let named = [("company", ""), ("subscription", &subscription), ("back", &chosen), ("next", "/users")];
    for (path, users, to, said) in [
        ("assign", &users[..], chosen.as_str(), "1 license is free, and 2 are needed"),
        ("assign", &users[..1], "/users", "1 license is assigned."),
        ("assign", &users[..1], "/users", "Everybody had a license already."),
        ("remove", &users[..], "/users", "1 license is removed."),
        ("remove", &users[..0], chosen.as_str(), "Choose at least one user"),
    ] {
        let form: Vec<_> = named.into_iter().chain(users.iter().map(|user| ("users[]", user.as_str()))).collect();
        let (led_to, page) = mia.post(&format!("/api/licenses/{path}"), &form).await;
        assert_eq!(led_to, to, "{path}");
        assert!(page.contains(said), "{path}: {page}");
    }

    let page_of = format!("/subscriptions/{subscription}");
    let (_, page) = mia.post("/api/subscriptions/cancel", &[("company", ""), ("subscription", &subscription)]).await;
    assert!(page.contains("It ends with its term") && page.contains(">Reactivate<"), "{page}");
    let of = |number, shown| {
        [("company", ""), ("subscription", subscription.as_str()), ("quantity", number), ("seen", shown)]
    };
    let (back, page) = mia.post("/api/subscriptions/quantity", &of("301", "1")).await;
    assert_eq!(back, page_of);
    assert!(page.contains("Enter a number from 1 to 300") && page.contains("value=\"301\""), "{page}");
    let (_, page) = mia.post("/api/subscriptions/quantity", &of("12", "1")).await;
    assert!(page.contains("look at the new total") && page.contains("value=\"12\""), "{page}");
    assert!(page.contains("EUR\u{a0}54.00"), "{page}");
    let (_, page) = mia.post("/api/subscriptions/quantity", &of("12", "12")).await;
    assert!(page.contains("The number of licenses is changed."), "{page}");
    let (_, page) = mia.post("/api/subscriptions/quantity", &of("12", "12")).await;
    assert!(page.contains("Nothing was changed.") && !page.contains("is changed."), "{page}");
    let (status, _) = Browser::signed_in(&house, "nora@northwind.example").await.get(&page_of).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, _) = Browser::signed_in(&house, "tom@contoso.example").await.get(&page_of).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_sign_up_keeps_what_was_typed() {
    let house = House::open().await;
    let url = trial(&house).await;
    let mut lena = Browser::new(&house);
    let (_, page) = lena.get(&url).await;
    let offer = hidden(&page, "offer");
    let step = |step: &str| format!("/sign-up/{offer}?step={step}");
    for _ in 0..2 {
        let (to, page) = lena.post("/api/sign-up/begin", &[("offer", &offer)]).await;
        assert_eq!(to, step("company"));
        assert!(page.contains("value=\"DE\" selected"), "{page}");
    }
    let company =
        |prefix| [("offer", offer.as_str()), ("company_name", "Litware"), ("country", "DE"), ("domain_prefix", prefix)];
    for (prefix, wrong) in [("-", "Use 2 to 40 letters"), ("www", "domain_prefix-error")] {
        let (back, page) = lena.post("/api/sign-up/company", &company(prefix)).await;
        assert_eq!(back, step("company"), "{prefix}");
        assert!(page.contains(wrong) && page.contains("value=\"Litware\""), "{prefix}: {page}");
    }
    let (to, page) = lena.post("/api/sign-up/company", &company("litware")).await;
    assert_eq!(to, step("administrator"));
    assert!(page.contains("@litware.mandate.example"), "{page}");

    let administrator = |email, password| {
        [
            ("offer", offer.as_str()),
            ("from", "administrator"),
            ("first_name", "Lena"),
            ("last_name", "Vogel"),
            ("display_name", ""),
            ("user_name", "lena"),
            ("alternate_email", email),
            ("password", password),
        ]
    };
    let to = [("to", "company")];
    let leaving: Vec<_> = administrator("elsewhere", "").into_iter().chain(to).collect();
    let (to, _) = lena.post("/api/sign-up/back", &leaving).await;
    assert_eq!(to, step("company"));
    let (_, page) = lena.get(&step("administrator")).await;
    assert!(page.contains("value=\"elsewhere\""), "{page}");
    let (to, page) = lena.post("/api/sign-up/back", &administrator("nowhere", "glass heron swims by night")).await;
    assert_eq!(to, step("company"));
    assert!(page.contains("value=\"Litware\"") && page.contains("value=\"litware\""), "{page}");
    let (_, page) = lena.get(&step("administrator")).await;
    assert!(page.contains("value=\"nowhere\"") && !page.contains("glass heron"), "{page}");
    let (back, page) = lena.post("/api/sign-up/administrator", &administrator("nowhere", "litware")).await;
    assert_eq!(back, step("administrator"));
    assert!(page.contains("alternate_email-error") && page.contains("password-error"), "{page}");
    let good = administrator("lena@mail.example", "glass heron swims by night");
    let (to, page) = lena.post("/api/sign-up/administrator", &good).await;
    assert_eq!(to, step("code"));
    assert!(page.contains("A code was sent to") && page.contains("lena@mail.example"), "{page}");
    // No step is passed over.
    let (_, page) = lena.get(&step("review")).await;
    assert!(page.contains("Confirm your email address"), "{page}");
    let (back, page) = lena.post("/api/sign-up/code", &[("offer", &offer), ("code", "12345")]).await;
    assert_eq!(back, step("code"));
    assert!(page.contains("The code has six digits"), "{page}");
    let (back, _) = lena.post("/api/sign-up/finish", &[("offer", &offer), ("authorize", "true")]).await;
    assert!(back.starts_with("/sign-up/"), "{back}");

    let mut stranger = Browser::new(&house);
    stranger.get(&url).await;
    let (_, page) = stranger.get(&step("company")).await;
    assert!(page.contains("Start again from the offer") && !page.contains("Litware"), "{page}");

    let (to, _) = lena.post("/api/sign-up/forget", &[("offer", &offer)]).await;
    assert_eq!(to, format!("/offers/{offer}"));
    let (_, page) = lena.get(&step("company")).await;
    assert!(page.contains("Start again from the offer") && !page.contains("Litware"), "{page}");
}

#[tokio::test]
async fn what_is_chosen_for_a_new_company_is_not_chosen_for_the_readers_own() {
    let house = House::open().await;
    let url = purchase(&house).await;
    let mut mia = Browser::signed_in(&house, "mia@contoso.example").await;
    let (_, page) = mia.get(&url).await;
    let offer = hidden(&page, "offer");
    let chosen = |step: [(&'static str, &'static str); 1]| {
        let form = [("offer", offer.as_str()), ("quantities[]", "15"), ("authorize", "true")];
        form.into_iter().chain(step).collect::<Vec<_>>()
    };
    let is_as_offered = |page: &str| page.contains("value=\"10\"") && !page.contains("checked");
    mia.post("/api/sign-up/begin", &[("offer", &offer)]).await;
    mia.post("/api/sign-up/back", &chosen([("from", "review")])).await;
    mia.post("/api/sale/total", &chosen([("new_company", "true")])).await;
    let (_, page) = mia.get(&format!("/accept/{offer}")).await;
    assert!(page.contains("Place order") && is_as_offered(&page), "{page}");

    let (_, page) = mia.post("/api/sale/total", &chosen([("company", "")])).await;
    assert!(page.contains("value=\"15\"") && page.contains("checked"), "{page}");
    let (_, page) = mia.get(&format!("/accept/{offer}")).await;
    assert!(page.contains("value=\"15\"") && page.contains("checked"), "{page}");
}
