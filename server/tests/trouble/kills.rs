//! The server is killed again and again while customers consent: what it acknowledged is there, whole and once.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use mandate_domain::Event;
use mandate_store::activity;
use reqwest::{
    Client, StatusCode,
    header::{ACCEPT, COOKIE},
    redirect::Policy,
};
use tokio::{task::JoinSet, time::sleep};

use crate::{
    customers::{Offered, offered},
    database::Database,
    postgres::on_postgres,
    process::Process,
};

/// So many in `make test`; `make soak` says more.
const CONSENTS: usize = 200;
const AT_ONCE: usize = 4;

/// How many, and after how long the server is killed each time.
fn extent() -> (usize, Duration) {
    match std::env::var("MANDATE_SOAK_CONSENTS") {
        Ok(number) => (number.parse().unwrap(), Duration::from_secs(1)),
        Err(_) => (CONSENTS, Duration::from_millis(150)),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_no_consent_is_lost_or_doubled() {
    let folder = tempfile::tempdir().unwrap();
    no_consent_is_lost_or_doubled(Database::sqlite_url(folder.path())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_no_consent_is_lost_or_doubled() {
    on_postgres(no_consent_is_lost_or_doubled).await;
}

async fn no_consent_is_lost_or_doubled(url: String) {
    let data = tempfile::tempdir().unwrap();
    let database = Database::open(url).await;
    let (number, killed_after) = extent();
    let offered = Arc::new(offered(&database, number).await);
    let mut process = Process::start(&database.url, data.path()).await;
    let authorize = process.url("/api/consent/authorize");

    let (next, failures) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let done = Arc::new(AtomicBool::new(false));
    let mut clients = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (offered, next, failures, authorize) =
            (Arc::clone(&offered), Arc::clone(&next), Arc::clone(&failures), authorize.clone());
        clients.spawn(async move {
            let client = Client::builder().redirect(Policy::none()).build().unwrap();
            while let Some(customer) = offered.customers.get(next.fetch_add(1, Ordering::Relaxed)) {
                let form = [("offer", offered.offer.to_string()), ("company", customer.company.to_string())];
                loop {
                    let request = client.post(&authorize).header(ACCEPT, "application/json").form(&form);
                    match request.header(COOKIE, &customer.cookie).send().await {
                        Ok(answer) if answer.status() == StatusCode::OK => break,
                        Ok(answer) if answer.status() != StatusCode::SERVICE_UNAVAILABLE => {
                            panic!("{}: {}", answer.status(), answer.text().await.unwrap())
                        }
                        // As a person would, who does not know whether it was done.
                        Ok(_) | Err(_) => {
                            failures.fetch_add(1, Ordering::Relaxed);
                            sleep(Duration::from_millis(20)).await;
                        }
                    }
                }
            }
        });
    }
    let killing = {
        let done = Arc::clone(&done);
        tokio::spawn(async move {
            let mut kills = 0;
            while !done.load(Ordering::Relaxed) {
                sleep(killed_after).await;
                process.kill_and_start().await;
                kills += 1;
            }
            kills
        })
    };
    clients.join_all().await;
    done.store(true, Ordering::Relaxed);
    let kills = killing.await.unwrap();
    println!("{number} consents, {kills} kills, {} without an answer", failures.load(Ordering::Relaxed));
    assert!(kills > 1 && failures.load(Ordering::Relaxed) > 0, "nothing was in the middle of anything");
    each_is_there_once(&database, &offered).await;
    database.db.close().await;
}

async fn each_is_there_once(database: &Database, offered: &Offered) {
    let number = i64::try_from(offered.customers.len()).unwrap();
    assert_eq!(database.count("SELECT count(*) FROM decisions WHERE outcome = 'authorized'").await, number);
    assert_eq!(database.count("SELECT count(*) FROM grants WHERE status = 'active'").await, number);
    assert_eq!(database.count("SELECT count(DISTINCT customer_id) FROM grants").await, number);
    assert_eq!(database.count("SELECT count(*) FROM grants").await, number);
    // Of each the partner is told, by as many messages as of any other, each to another address.
    let messages = database.count("SELECT count(*) FROM outgoing_mail").await;
    assert_eq!(database.count("SELECT count(DISTINCT subject || to_address) FROM outgoing_mail").await, messages);
    assert_eq!(database.count("SELECT count(DISTINCT subject) FROM outgoing_mail").await, number);
    let spread = "SELECT max(told) - min(told) FROM (SELECT count(*) AS told FROM outgoing_mail GROUP BY subject) each";
    assert_eq!(database.count(spread).await, 0);

    let mut conn = database.db.read().await.unwrap();
    let mut told = BTreeMap::new();
    for customer in &offered.customers {
        let entries = activity::list(&mut conn, customer.company, None, None, 10).await.unwrap();
        assert_eq!(entries.len(), 1, "{}", customer.name);
        assert!(matches!(entries[0].event, Event::OfferAuthorized { .. }), "{entries:?}");
        told.insert(customer.name.clone(), 0);
    }
    let partners = activity::list(&mut conn, offered.partner, None, None, number + 10).await.unwrap();
    let authorized = partners.iter().filter(|entry| matches!(entry.event, Event::OfferAuthorized { .. }));
    for entry in authorized {
        let company = &entry.person.as_ref().unwrap().company_name;
        *told.get_mut(company).unwrap() += 1;
    }
    assert!(told.values().all(|times| *times == 1), "{told:?}");
}
