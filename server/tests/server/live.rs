//! Pages that follow what happens.

use std::time::Duration;

use mandate::live::MOST_PER_SESSION;
use mandate_domain::{CompanyId, Event};
use mandate_store::{
    StoreError,
    activity::{self, NewEntry},
    transaction, users,
};
use reqwest::{
    Response, StatusCode,
    header::{COOKIE, HeaderName},
};
use tokio::time::{Instant, sleep, timeout};

use crate::house::{House, cookies};

type Cookies = (HeaderName, String);

async fn company_of(house: &House, user_name: &str) -> CompanyId {
    let mut conn = house.db.read().await.unwrap();
    users::by_user_name(&mut conn, user_name).await.unwrap().unwrap().company_id
}

/// Something happens in a company.
async fn happens(house: &House, company: CompanyId) {
    let entry = NewEntry {
        at: "2026-03-02T09:30:00Z".parse().unwrap(),
        person: None,
        grant: None,
        on_behalf_of: None,
        object_name: "Contoso".to_owned(),
        event: Event::GrantEnded,
    };
    transaction!(house.db, StoreError, |conn| { activity::append(conn, &[company], &entry).await }).unwrap();
}

async fn look_on(house: &House, (name, cookie): &Cookies, query: &str) -> Response {
    house.get(&format!("/events{query}")).header(name, cookie).send().await.unwrap()
}

/// The next event: whether it is news, and its number. Nothing where the stream has ended.
async fn next(stream: &mut Response) -> Option<(bool, i64)> {
    let text = timeout(Duration::from_secs(3), async {
        let mut text = String::new();
        while !text.ends_with("\n\n") {
            text += std::str::from_utf8(&stream.chunk().await.unwrap()?).unwrap();
        }
        Some(text)
    });
    let text = text.await.expect("an event within three seconds")?;
    let id = text.lines().find_map(|line| line.strip_prefix("id: ")).expect(&text).parse().unwrap();
    Some((!text.contains("event: here"), id))
}

async fn is_silent(stream: &mut Response) -> bool {
    timeout(Duration::from_millis(1_200), stream.chunk()).await.is_err()
}

#[tokio::test]
async fn who_is_not_signed_in_is_told_nothing_and_not_to_ask_again() {
    let house = House::open().await;
    for cookie in ["", "mandate-session=unknown"] {
        let response = look_on(&house, &(COOKIE, cookie.to_owned()), "").await;
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
    }
    assert_eq!(house.live.streams(), 0);
    assert_eq!(house.live.polls(), 0, "nobody looks on");
}

#[tokio::test]
async fn news_of_the_own_company_comes_within_two_seconds() {
    let house = House::open().await;
    let (mia, nora) = (house.session("mia@contoso.example").await, house.session("nora@northwind.example").await);
    let contoso = company_of(&house, "mia@contoso.example").await;
    let mut stream = look_on(&house, &mia, "").await;
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    assert_eq!(stream.headers()["cache-control"], "no-store");
    let (is_news, reached) = next(&mut stream).await.unwrap();
    assert!(!is_news);
    let mut elsewhere = look_on(&house, &nora, "").await;
    next(&mut elsewhere).await.unwrap();

    for more in 1..=3 {
        let start = Instant::now();
        happens(&house, contoso).await;
        assert_eq!(next(&mut stream).await, Some((true, reached + more)));
        assert!(start.elapsed() < Duration::from_secs(2));
    }
    assert!(is_silent(&mut elsewhere).await, "another company is told nothing");
}

/// Each server asks the database, so it need not have been there itself.
#[tokio::test]
async fn what_happens_through_another_server_is_news_too() {
    let house = House::open().await;
    let other = House::beside(&house).await;
    let (ana, mia) = (house.session("ana@fabrikam.example").await, other.session("mia@contoso.example").await);
    let mut streams = [look_on(&house, &ana, "").await, look_on(&house, &mia, "").await];
    for stream in &mut streams {
        next(stream).await.unwrap();
    }
    let offer = [("name", "Managed IT"), ("roles[0]", "user_administrator"), ("days", "365"), ("link_days", "90")];
    let created = house.post("/api/offers/create", &offer).header(&ana.0, &ana.1).send().await.unwrap();
    let path = created.headers()["location"].to_str().unwrap().to_owned();
    assert!(next(&mut streams[0]).await.unwrap().0, "the offer itself");
    let page = house.get(&path).header(&ana.0, &ana.1).send().await.unwrap().text().await.unwrap();
    let token = page.split("/o/").nth(1).unwrap().split('"').next().unwrap();
    let opened = other.get(&format!("/o/{token}")).send().await.unwrap();
    let id = opened.headers()["location"].to_str().unwrap().strip_prefix("/offers/").unwrap().to_owned();
    let cookie = format!("{}; {}", mia.1, cookies(&opened));
    let start = Instant::now();
    let company = company_of(&house, "mia@contoso.example").await.to_string();
    let form = [("offer", id.as_str()), ("company", &company)];
    let consent = other.post("/api/consent/authorize", &form).header(COOKIE, cookie).send().await.unwrap();
    assert_eq!(consent.status(), StatusCode::OK, "{}", consent.text().await.unwrap());
    for stream in &mut streams {
        assert!(next(stream).await.unwrap().0);
    }
    assert!(start.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn who_comes_back_is_told_of_what_they_missed() {
    let house = House::open().await;
    let mia = house.session("mia@contoso.example").await;
    let contoso = company_of(&house, "mia@contoso.example").await;
    let (_, reached) = next(&mut look_on(&house, &mia, "").await).await.unwrap();
    happens(&house, contoso).await;
    let again = House::beside(&house).await;
    let after = format!("?after={reached}");
    for (query, header, is_news) in [
        ("", "", false),
        (after.as_str(), "", true),
        (after.as_str(), &*(reached + 1).to_string(), false),
        ("", &*reached.to_string(), true),
        ("?after=", "", false),
        ("?after=x", "", false),
    ] {
        let request = again.get(&format!("/events{query}")).header(&mia.0, &mia.1);
        let request = if header.is_empty() { request } else { request.header("last-event-id", header) };
        let mut stream = request.send().await.unwrap();
        assert_eq!(stream.status(), StatusCode::OK, "{query} {header}");
        assert_eq!(next(&mut stream).await, Some((is_news, reached + 1)), "{query} {header}");
    }
}

#[tokio::test]
async fn a_thousand_pages_cost_one_poll() {
    let house = House::open().await;
    let mut streams = Vec::new();
    let people = ["ana@fabrikam.example", "mia@contoso.example", "nora@northwind.example", "pia@tailspin.example"];
    let contoso = company_of(&house, "mia@contoso.example").await;
    'full: loop {
        for person in people {
            let session = house.session(person).await;
            for _ in 0..MOST_PER_SESSION {
                let mut stream = look_on(&house, &session, "").await;
                next(&mut stream).await.unwrap();
                streams.push((person, stream));
                if streams.len() == 1_000 {
                    break 'full;
                }
            }
        }
    }
    assert_eq!(house.live.streams(), 1_000);
    let (start, before) = (Instant::now(), house.live.polls());
    happens(&house, contoso).await;
    let told = streams.iter_mut().filter(|(person, _)| *person == "mia@contoso.example");
    for (_, stream) in told {
        assert!(next(stream).await.unwrap().0);
    }
    sleep(Duration::from_secs(3)).await;
    let polls = house.live.polls() - before;
    let most = u64::try_from(start.elapsed().as_millis() / 500).unwrap() + 1;
    assert!((4..=most).contains(&polls), "{polls} polls in {:?}", start.elapsed());
    drop(streams);
    sleep(Duration::from_millis(500)).await;
    assert_eq!(house.live.streams(), 0, "who left is not asked for any more");
}

#[tokio::test]
async fn a_session_has_so_many_pages_and_no_more() {
    let house = House::open().await;
    let mia = house.session("mia@contoso.example").await;
    let mut streams = Vec::new();
    for _ in 0..MOST_PER_SESSION {
        streams.push(look_on(&house, &mia, "").await);
    }
    let refused = look_on(&house, &mia, "").await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(look_on(&house, &house.session("mia@contoso.example").await, "").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_stream_ends_with_its_session() {
    let house = House::open().await;
    let (mia, other) = (house.session("mia@contoso.example").await, house.session("mia@contoso.example").await);
    let mut streams = [look_on(&house, &mia, "").await, look_on(&house, &other, "").await];
    for stream in &mut streams {
        next(stream).await.unwrap();
    }
    house.post("/api/session/sign-out", &[]).header(&mia.0, &mia.1).send().await.unwrap();
    let ended = timeout(Duration::from_secs(30), async {
        while let Some(chunk) = streams[0].chunk().await.unwrap() {
            assert!(chunk.starts_with(b":"), "a sign of life: {chunk:?}");
        }
    });
    ended.await.expect("the stream ends within 30 seconds");
    assert_eq!(look_on(&house, &mia, "").await.status(), StatusCode::NO_CONTENT);
    happens(&house, company_of(&house, "mia@contoso.example").await).await;
    let told = timeout(Duration::from_secs(3), async {
        loop {
            let chunk = streams[1].chunk().await.unwrap().unwrap();
            if chunk.starts_with(b"id:") || chunk.starts_with(b"data:") {
                break;
            }
        }
    });
    told.await.expect("the other session goes on");
}

#[tokio::test]
async fn streams_end_when_the_server_stops() {
    let house = House::open().await;
    let mia = house.session("mia@contoso.example").await;
    let mut stream = look_on(&house, &mia, "").await;
    next(&mut stream).await.unwrap();
    house.stop.cancel();
    assert_eq!(next(&mut stream).await, None);
    timeout(Duration::from_secs(2), house.ended).await.unwrap().unwrap().unwrap();
}
