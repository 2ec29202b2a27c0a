//! Pages that are made at the same time.

use std::{sync::Arc, time::Duration};

use reqwest::StatusCode;
use tokio::{task::JoinSet, time::timeout};

use crate::house::House;

/// A signal that was set inside another while a second thread rendered made both wait for ever, after some hundred pages.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_page_waits_for_another() {
    let house = Arc::new(House::open().await);
    let session = house.session("ana@fabrikam.example").await;
    let mut readers = JoinSet::new();
    for _ in 0..8 {
        let (house, (name, cookie)) = (Arc::clone(&house), session.clone());
        readers.spawn(async move {
            for path in
                ["/partner", "/users", "/domains", "/activity", "/partner/offers/new"].into_iter().cycle().take(200)
            {
                let page = house.get(path).header(&name, &cookie).send().await.unwrap();
                assert_eq!(page.status(), StatusCode::OK, "{path}");
                page.bytes().await.unwrap();
            }
        });
    }
    timeout(Duration::from_mins(3), readers.join_all()).await.expect("all pages come");
}
