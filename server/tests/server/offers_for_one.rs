//! Pages, forms and files of offers for one company, as a browser without scripts meets them.

use reqwest::{
    StatusCode,
    header::{CONTENT_DISPOSITION, CONTENT_TYPE},
};

use crate::{browser::Browser, house::House};

const TERMS: [(&str, &str); 5] =
    [("roles[]", "directory_reader"), ("days", "365"), ("link_days", "90"), ("uses", "one"), ("message", "As agreed")];

/// Fills and posts the form of an offer.
async fn offer(browser: &mut Browser<'_>, name: &str, more: &[(&str, &str)]) -> (String, String) {
    let form: Vec<_> = [("name", name)].into_iter().chain(TERMS).chain(more.iter().copied()).collect();
    browser.post("/api/offers/create", &form).await
}

/// The path of the first URL in a page that begins so.
fn link(page: &str, begin: &str) -> String {
    let (_, after) = page.split_once(&format!("http://127.0.0.1:3000{begin}")).expect(begin);
    let end = after.find(|c: char| !c.is_ascii_alphanumeric() && !"-_".contains(c)).unwrap();
    format!("{begin}{}", &after[..end])
}

fn code(page: &str) -> String {
    let (_, after) = page.split_once("class=\"code\">").expect("a code");
    after[..9].to_owned()
}

#[tokio::test]
async fn an_offer_for_one_company() {
    let house = House::open().await;
    let mut ana = Browser::signed_in(&house, "ana@fabrikam.example").await;
    let (status, form) = ana.get("/partner/offers/new").await;
    assert_eq!(status, StatusCode::OK);
    assert!(form.contains("Who may use this offer") && form.contains("Any number of customers"), "{form}");

    let (back, page) = offer(&mut ana, "Wrong", &[("addressed_to", "nowhere")]).await;
    assert_eq!(back, "/partner/offers/new");
    assert!(page.contains("A domain has at least one dot") && page.contains("value=\"nowhere\""), "{page}");

    let (_, page) = offer(&mut ana, "For Contoso", &[("addressed_to", "contoso.example")]).await;
    assert!(page.contains("Show QR code") && page.contains("shape-rendering=\"crispEdges\""), "{page}");
    let url = link(&page, "/o/");
    let mut nora = Browser::signed_in(&house, "nora@northwind.example").await;
    let (status, seen) = nora.get(&url).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(seen.contains("This offer is for another company") && !seen.to_lowercase().contains("contoso"), "{seen}");
    let (status, seen) = Browser::new(&house).get(&url).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(code(&seen), code(&page));
    assert!(!seen.to_lowercase().contains("contoso"), "{seen}");

    let (_, page) = offer(&mut ana, "For one", &[]).await;
    let url = link(&page, "/o/");
    let (_, seen) = nora.get(&url).await;
    let hidden = |name: &str| {
        let (_, after) = seen.split_once(&format!("name=\"{name}\" value=\"")).expect(name);
        after.split('"').next().unwrap().to_owned()
    };
    let (offer, company) = (hidden("offer"), hidden("company"));
    nora.post("/api/consent/authorize", &[("offer", &offer), ("company", &company)]).await;
    let mut mia = Browser::signed_in(&house, "mia@contoso.example").await;
    let (status, seen) = mia.get(&url).await;
    assert_eq!(status, StatusCode::GONE);
    assert!(seen.contains("This offer is used up") && seen.contains("Fabrikam Partners"), "{seen}");

    let (_, list) = ana.get("/partner?status=used-up").await;
    assert!(list.contains("For one") && !list.contains(">For Contoso<"), "{list}");
}

#[tokio::test]
async fn mail_is_stopped_by_a_button_alone() {
    let house = House::open().await;
    let mut ana = Browser::signed_in(&house, "ana@fabrikam.example").await;
    let (path, page) = offer(&mut ana, "Mailed", &[("addressee_email", "mia@mail.example"), ("mail", "true")]).await;
    assert!(page.contains("Mailed to mia@mail.example") && page.contains(">Resend<"), "{page}");
    let (_, page) = ana.post("/api/offers/resend", &[("offer", path.rsplit('/').next().unwrap())]).await;
    assert!(page.contains("on its way"), "{page}");

    let mut conn = house.db.read().await.unwrap();
    let later = "2100-01-01T00:00:00Z".parse().unwrap();
    let mail = mandate_store::mail::due(&mut conn, later, 10).await.unwrap();
    assert_eq!(mail.len(), 2);
    let stop = link(&mail[0].body, "/stop/");
    let mut stranger = Browser::new(&house);
    for _ in 0..2 {
        let (status, page) = stranger.get(&stop).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("Stop mail about this offer") && page.contains("Fabrikam Partners"), "{page}");
    }
    let token = stop.rsplit('/').next().unwrap();
    let (back, page) = stranger.post("/api/offer-mail/stop", &[("token", token)]).await;
    assert_eq!(back, stop);
    assert!(page.contains("You get no more mail about this offer"), "{page}");
    let (status, _) = stranger.get(&format!("/stop/{}", "A".repeat(64))).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (_, page) = ana.get(&path).await;
    assert!(page.contains("asked for no more mail") && !page.contains(">Resend<"), "{page}");
}

#[tokio::test]
async fn templates_fill_the_form() {
    let house = House::open().await;
    let mut ana = Browser::signed_in(&house, "ana@fabrikam.example").await;
    let mut form = vec![("name", "Short"), ("template", ""), ("version", "0")];
    form.extend(TERMS.map(|(name, value)| if name == "days" { (name, "30") } else { (name, value) }));
    let (list, page) = ana.post("/api/templates/save", &form).await;
    assert_eq!(list, "/partner/templates");
    let (_, after) = page.split_once("href=\"/partner/templates/0").expect("a template");
    let id = format!("0{}", &after[..35]);
    let (_, page) = ana.get("/partner/offers/new").await;
    assert!(page.contains("value=\"365\""), "{page}");
    let (_, page) = ana.get(&format!("/partner/offers/new?template={id}")).await;
    assert!(page.contains("value=\"30\"") && page.contains(">As agreed</textarea>"), "{page}");
    ana.post("/api/templates/choose-default", &[("template", &id)]).await;
    let (_, page) = ana.get("/partner/offers/new").await;
    assert!(page.contains("value=\"30\""), "{page}");
    let (_, page) = ana.get("/partner/offers/new?template=none").await;
    assert!(page.contains("value=\"365\""), "{page}");
    let (_, page) = ana.get(&format!("/partner/templates/{id}")).await;
    assert!(page.contains("Change template") && page.contains("Delete Short"), "{page}");
    ana.post("/api/templates/delete", &[("template", &id)]).await;
    let (status, _) = ana.get(&format!("/partner/templates/{id}")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_list_becomes_offers_and_a_file() {
    let house = House::open().await;
    let mut ana = Browser::signed_in(&house, "ana@fabrikam.example").await;
    let (status, page) = ana.get("/partner/offers/bulk").await;
    assert_eq!(status, StatusCode::OK);
    let (_, after) = page.split_once("name=\"batch\" value=\"").expect("a batch");
    let batch = after[..36].to_owned();
    let form = |list: &'static str| {
        let mut form = vec![("name".to_owned(), "Managed IT".to_owned()), ("batch".to_owned(), batch.clone())];
        form.push(("list".to_owned(), list.to_owned()));
        form.extend(TERMS.map(|(name, value)| (name.to_owned(), value.to_owned())));
        form
    };
    let wrong = form("Contoso,contoso\n,northwind.example");
    let wrong: Vec<_> = wrong.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let (_, page) = ana.post("/api/offers/bulk-check", &wrong).await;
    assert!(page.contains("Row 1, Domain or user name: ") && page.contains("Row 2, Company: "), "{page}");

    let good = form("Contoso,contoso.example\nNorthwind Traders,nora@northwind.example");
    let good: Vec<_> = good.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let (_, page) = ana.post("/api/offers/bulk-check", &good).await;
    assert!(page.contains("2 offers would be made") && page.contains("Managed IT – Contoso"), "{page}");
    for _ in 0..2 {
        let (made, page) = ana.post("/api/offers/bulk-create", &good).await;
        assert_eq!(made, format!("/partner/offers/bulk/{batch}"));
        assert!(page.contains("2 offers, made together"), "{page}");
    }
    let response = ana.send(house.get(&format!("/partner/offers/bulk/{batch}/urls.csv"))).await;
    assert_eq!(response.headers()[CONTENT_TYPE], "text/csv; charset=utf-8");
    assert_eq!(response.headers()[CONTENT_DISPOSITION], "attachment; filename=\"offer-urls.csv\"");
    assert_eq!(response.text().await.unwrap().lines().count(), 3);
    let (_, file) = ana.get("/partner/offers.csv?status=open&sort=name").await;
    assert_eq!(file.lines().count(), 3, "{file}");

    for (who, expected) in [("leo@fabrikam.example", 403), ("pia@tailspin.example", 404), ("mia@contoso.example", 403)]
    {
        let mut other = Browser::signed_in(&house, who).await;
        let (status, text) = other.get(&format!("/partner/offers/bulk/{batch}/urls.csv")).await;
        assert_eq!(status, expected, "{who}: {text}");
    }
    let (_, page) = Browser::new(&house).get("/partner/offers.csv").await;
    assert!(page.contains("Sign in"), "{page}");
}
