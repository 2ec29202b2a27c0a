//! Two servers on one SQLite file.

use reqwest::{
    Client, StatusCode,
    header::{ACCEPT, COOKIE},
    redirect::Policy,
};
use tokio::task::JoinSet;

use crate::{
    customers::{offered, sign_in},
    database::Database,
    process::Process,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_that_make_one_file_both_serve_it() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let url = Database::sqlite_url(folder.path());
        let mut processes = [(); 2].map(|()| Process::begin(&url, folder.path()));
        for process in &mut processes {
            process.ready().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_write_to_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(Database::sqlite_url(folder.path())).await;
    let offered = offered(&database, 60).await;
    let session = format!("mandate-session={}", sign_in(&database, "ana@fabrikam.example").await);
    let processes =
        [Process::start(&database.url, folder.path()).await, Process::start(&database.url, folder.path()).await];
    let client = Client::builder().redirect(Policy::none()).build().unwrap();
    let mut writes = JoinSet::new();
    for (index, customer) in offered.customers.iter().enumerate() {
        let form = [("offer", offered.offer.to_string()), ("company", customer.company.to_string())];
        let request = client
            .post(processes[index % 2].url("/api/consent/authorize"))
            .header(ACCEPT, "application/json")
            .header(COOKIE, &customer.cookie)
            .form(&form);
        writes.spawn(async move { request.send().await.unwrap().status() });
    }
    assert!(writes.join_all().await.iter().all(|status| *status == StatusCode::OK));
    assert_eq!(database.count("SELECT count(*) FROM grants").await, 60);
    for process in &processes {
        let page = client.get(process.url("/partner")).header(COOKIE, &session).header(ACCEPT, "text/html");
        let page = page.send().await.unwrap().text().await.unwrap();
        assert!(page.contains("Customer 000"), "each sees what the other wrote");
    }
    database.db.close().await;
}
