//! The database fails under the server: what was in the middle is answered with a page that says so, and afterwards all
//! goes on by itself.

use std::time::Duration;

use mandate_domain::Event;
use mandate_store::Db;
use reqwest::{Response, StatusCode};
use sqlx::{ConnectOptions, postgres::PgConnectOptions};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use crate::{house::House, postgres::on_postgres, proxy::Proxy};

const OFFER: [(&str, &str); 4] =
    [("name", "Managed IT"), ("roles[0]", "user_administrator"), ("days", "365"), ("link_days", "90")];

async fn is_page_that_says_so(response: Response) {
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    let page = response.text().await.unwrap();
    assert!(page.contains("This does not work at the moment"), "{page}");
    assert!(page.contains("Nothing was changed"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_cut_off_is_said_and_comes_back() {
    on_postgres(cut_off).await;
}

async fn cut_off(url: String) {
    let server: PgConnectOptions = url.parse().unwrap();
    let mut proxy = Proxy::start(server.get_host(), server.get_port()).await;
    let url = server.host("127.0.0.1").port(proxy.address.port()).to_url_lossy();
    let house = House::open_with(&["--database-url", url.as_str()], |_| ()).await;
    let (name, cookie) = house.session("ana@fabrikam.example").await;
    let page = || house.get("/partner").header(&name, &cookie).send();
    let form = |offer: &str| {
        let fields = [("name", offer), OFFER[1], OFFER[2], OFFER[3]];
        house.post("/api/offers/create", &fields).header(&name, &cookie)
    };
    assert_eq!(page().await.unwrap().status(), StatusCode::OK);

    // Some of these are cut off in the middle.
    let mut requests = JoinSet::new();
    for index in 0..200 {
        let request = form(&format!("Offer {index}"));
        requests.spawn(async move {
            sleep(Duration::from_millis(index)).await;
            (index, request.send().await.unwrap())
        });
    }
    sleep(Duration::from_millis(100)).await;
    proxy.stop().await;
    is_page_that_says_so(page().await.unwrap()).await;
    let plain = house.post_plainly("/api/offers/create", &OFFER).header(&name, &cookie);
    is_page_that_says_so(plain.send().await.unwrap()).await;
    let mut acknowledged = Vec::new();
    for (index, response) in requests.join_all().await {
        match response.status() {
            StatusCode::OK => acknowledged.push(index),
            StatusCode::SERVICE_UNAVAILABLE => {}
            status => panic!("{status}: {}", response.text().await.unwrap()),
        }
    }
    assert!(acknowledged.len() < 200, "none was cut off");

    proxy.start_again().await;
    let start = Instant::now();
    while page().await.unwrap().status() != StatusCode::OK {
        assert!(start.elapsed() < Duration::from_secs(10), "it does not come back");
    }
    let mut conn = house.db.read().await.unwrap();
    let ana = mandate_store::users::by_user_name(&mut conn, "ana@fabrikam.example").await.unwrap().unwrap();
    let entries = mandate_store::activity::list(&mut conn, ana.company_id, None, None, 1_000).await.unwrap();
    for index in acknowledged {
        let recorded = entries.iter().filter(|entry| entry.object_name == format!("Offer {index}")).count();
        assert_eq!(recorded, 1, "Offer {index} was acknowledged");
    }
    drop(conn);
    house.db.close().await;
}

#[tokio::test]
async fn a_full_disk_is_said_and_nothing_is_half_done() {
    let house = House::open().await;
    let (name, cookie) = house.session("ana@fabrikam.example").await;
    let Db::Sqlite { writer, .. } = &house.db else { unreachable!("there is no other by default") };
    // The file as it is, and no page more.
    let (pages,): (i64,) = sqlx::query_as("PRAGMA page_count").fetch_one(writer.pool()).await.unwrap();
    let limit = |pages: i64| sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
    sqlx::query(limit(pages)).execute(writer.pool()).await.unwrap();

    let offers = async || {
        let page = house.get("/partner").header(&name, &cookie).send().await.unwrap();
        assert_eq!(page.status(), StatusCode::OK, "what is there can be read");
        page.text().await.unwrap().matches("/partner/offers/").count()
    };
    let mut made = 0;
    let refused = loop {
        assert!(made < 10_000, "the disk does not get full");
        let offer = format!("Offer {made}");
        let form = [("name", offer.as_str()), OFFER[1], OFFER[2], OFFER[3]];
        let request = house.post_plainly("/api/offers/create", &form).header(&name, &cookie);
        let response = request.send().await.unwrap();
        if response.status() != StatusCode::SEE_OTHER {
            break response;
        }
        made += 1;
    };
    let before = offers().await;
    is_page_that_says_so(refused).await;
    let ready = house.get("/readyz").send().await.unwrap();
    assert_eq!(ready.status(), StatusCode::OK);
    let mut conn = house.db.read().await.unwrap();
    let ana = mandate_store::users::by_user_name(&mut conn, "ana@fabrikam.example").await.unwrap().unwrap();
    let count = mandate_store::offers::count(&mut conn, ana.company_id, 10_000).await.unwrap();
    let entries = mandate_store::activity::list(&mut conn, ana.company_id, None, None, 10_000).await.unwrap();
    let recorded = entries.iter().filter(|entry| entry.event == Event::OfferCreated).count();
    assert_eq!((count, recorded), (made, usize::try_from(made).unwrap()), "all of an offer, or nothing");
    drop(conn);

    sqlx::query(limit(1_000_000)).execute(writer.pool()).await.unwrap();
    let response = house.post("/api/offers/create", &OFFER).header(&name, &cookie).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "with room, it goes on");
    assert!(offers().await >= before);
}
