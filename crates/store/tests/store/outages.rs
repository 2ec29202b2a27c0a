use std::str::FromStr;

use mandate_store::{StoreError, companies, transaction};
use sqlx::{ConnectOptions, postgres::PgConnectOptions};
use tokio::task::JoinSet;

use crate::{
    engines::{connect, execute, on_postgres},
    proxy::Proxy,
    world::company,
};

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = connect(&format!("postgres://mandate@{address}/mandate")).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(sqlx::Error::Io(_))), "it says why: {error:?}");
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_unavailable() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("no folder").join("mandate.db");
    let error = connect(&format!("sqlite://{}", file.display())).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_servers_that_make_one_file_all_have_it() {
    for _ in 0..50 {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("mandate.db").display());
        let connecting: JoinSet<_> = (0..4)
            .map(|_| {
                let url = url.clone();
                async move {
                    let db = connect(&url).await?;
                    db.migrate().await?;
                    db.close().await;
                    Ok::<_, StoreError>(())
                }
            })
            .collect();
        for outcome in connecting.join_all().await {
            outcome.unwrap();
        }
    }
}

#[tokio::test]
async fn a_url_of_another_engine_is_unknown() {
    let error = connect("mysql://mandate@127.0.0.1/mandate").await.unwrap_err();
    assert!(matches!(error, StoreError::UnknownUrl), "{error:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_is_unavailable_until_it_is_back() {
    on_postgres(|store| async move {
        let server = PgConnectOptions::from_str(&store.url).unwrap();
        let mut proxy = Proxy::start(server.get_host(), server.get_port()).await;
        let url = server.host("127.0.0.1").port(proxy.address.port()).to_url_lossy();
        let db = connect(url.as_str()).await.unwrap();
        let lost = company("Contoso");
        let mut conn = db.begin().await.unwrap();
        companies::insert(&mut conn, &lost).await.unwrap();
        let mut reader = db.read().await.unwrap();

        proxy.stop().await;
        for error in [
            companies::by_id(&mut conn, lost.id).await.unwrap_err(),
            companies::by_id(&mut reader, lost.id).await.unwrap_err(),
            conn.commit().await.unwrap_err(),
            db.ping().await.unwrap_err(),
        ] {
            assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
        }
        drop(reader);

        proxy.start_again().await;
        db.ping().await.unwrap();
        transaction!(db, StoreError, |conn| {
            assert_eq!(companies::by_id(conn, lost.id).await?, None);
            companies::insert(conn, &lost).await
        })
        .unwrap();
        db.close().await;
    })
    .await;
}

/// As where an operator shuts the server down: it says so to whom it was serving.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_the_server_ends_is_unavailable() {
    on_postgres(|store| async move {
        let company = company("Contoso");
        let mut conn = store.db.begin().await.unwrap();
        companies::insert(&mut conn, &company).await.unwrap();
        let mut operator = store.db.read().await.unwrap();
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
        execute(&mut operator, sql, &[]).await.unwrap();
        let error = companies::insert(&mut conn, &company).await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
        drop(conn);
        transaction!(store.db, StoreError, |conn| { companies::insert(conn, &company).await }).unwrap();
    })
    .await;
}
