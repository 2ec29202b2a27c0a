use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use mandate_domain::{CompanyId, GrantState};
use mandate_store::{Db, StoreError, companies, grants, transaction};
use tokio::sync::Barrier;

use crate::{
    engines::{Store, connect, on_both_engines, on_postgres, on_sqlite},
    world::{account, at, authorized, company, granted},
};

on_both_engines!(
    an_error_leaves_nothing,
    what_is_dropped_leaves_nothing,
    what_is_not_committed_is_not_read,
    a_conflict_is_tried_again_and_another_error_not,
    two_servers_write_at_once,
    a_removal_waits_for_what_is_done_by_the_grant,
    what_is_done_by_a_grant_waits_for_its_removal,
    migrating_again_changes_nothing,
);

/// Long enough for what can go on to have gone on.
async fn a_while() {
    tokio::time::sleep(Duration::from_millis(200)).await;
}

async fn kept(db: &Db, id: CompanyId) -> bool {
    let mut conn = db.read().await.unwrap();
    companies::by_id(&mut conn, id).await.unwrap().is_some()
}

#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("refused")]
    ByRule,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl mandate_store::Retryable for Refused {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_retryable())
    }
}

async fn an_error_leaves_nothing(store: Store) {
    let company = company("Contoso");
    let outcome = transaction!(store.db, Refused, |conn| {
        companies::insert(conn, &company).await?;
        assert!(companies::by_id(conn, company.id).await?.is_some());
        Err::<(), _>(Refused::ByRule)
    });
    assert!(matches!(outcome, Err(Refused::ByRule)));
    assert!(!kept(&store.db, company.id).await);
    transaction!(store.db, Refused, |conn| { Ok(companies::insert(conn, &company).await?) }).unwrap();
    assert!(kept(&store.db, company.id).await);
}

async fn what_is_dropped_leaves_nothing(store: Store) {
    let company = company("Contoso");
    let mut conn = store.db.begin().await.unwrap();
    companies::insert(&mut conn, &company).await.unwrap();
    drop(conn);
    assert!(!kept(&store.db, company.id).await);

    // As where a request ends in the middle.
    let stopped = tokio::time::timeout(Duration::from_millis(200), async {
        transaction!(store.db, StoreError, |conn| {
            companies::insert(conn, &company).await?;
            pending::<Result<(), _>>().await
        })
    })
    .await;
    assert!(stopped.is_err());
    transaction!(store.db, StoreError, |conn| {
        assert!(companies::by_id(conn, company.id).await?.is_none());
        companies::insert(conn, &company).await
    })
    .unwrap();
}

async fn what_is_not_committed_is_not_read(store: Store) {
    let company = company("Contoso");
    let mut conn = store.db.begin().await.unwrap();
    companies::insert(&mut conn, &company).await.unwrap();
    assert!(!kept(&store.db, company.id).await);
    conn.commit().await.unwrap();
    assert!(kept(&store.db, company.id).await);
}

async fn a_conflict_is_tried_again_and_another_error_not(store: Store) {
    let mut runs = 0;
    let outcome: Result<(), _> = transaction!(store.db, StoreError, |_conn| {
        runs += 1;
        if runs < 3 { Err(StoreError::Conflict(sqlx::Error::RowNotFound)) } else { Ok(()) }
    });
    assert_eq!((outcome.is_ok(), runs), (true, 3));

    let mut runs = 0;
    let outcome: Result<(), _> = transaction!(store.db, StoreError, |_conn| {
        runs += 1;
        Err(StoreError::Conflict(sqlx::Error::RowNotFound))
    });
    assert!(matches!(outcome, Err(StoreError::Conflict(_))));
    assert_eq!(runs, 10);

    let mut runs = 0;
    let outcome: Result<(), _> = transaction!(store.db, StoreError, |_conn| {
        runs += 1;
        Err(StoreError::RowsAffected { expected: 1, actual: 0 })
    });
    assert!(matches!(outcome, Err(StoreError::RowsAffected { .. })));
    assert_eq!(runs, 1);
}

async fn two_servers_write_at_once(store: Store) {
    const EACH: i64 = 50;
    let id = transaction!(store.db, StoreError, |conn| { Ok(account(conn, "Contoso").await?.id) }).unwrap();
    let mut servers = tokio::task::JoinSet::new();
    for _ in 0..2 {
        let db = connect(&store.url).await.unwrap();
        servers.spawn(async move {
            for _ in 0..EACH {
                transaction!(db, StoreError, |conn| { companies::next_activity_seq(conn, id).await }).unwrap();
            }
            db.close().await;
        });
    }
    servers.join_all().await;
    let seq = transaction!(store.db, StoreError, |conn| { companies::next_activity_seq(conn, id).await }).unwrap();
    assert_eq!(seq, 2 * EACH + 1);
}

async fn a_removal_waits_for_what_is_done_by_the_grant(store: Store) {
    let grant = transaction!(store.db, StoreError, |conn| {
        let partner = account(conn, "Fabrikam").await?;
        let customer = account(conn, "Contoso").await?;
        granted(conn, &partner, &customer).await
    })
    .unwrap();
    let mut act = store.db.begin().await.unwrap();
    assert!(grants::use_live(&mut act, grant.partner_id, grant.customer_id, at(20)).await.unwrap().is_some());
    let db = store.db.clone();
    let removal = tokio::spawn(async move {
        transaction!(db, StoreError, |conn| { grants::end(conn, grant.id, GrantState::Removed, at(21), None).await })
    });
    a_while().await;
    assert!(!removal.is_finished());
    act.commit().await.unwrap();
    assert!(removal.await.unwrap().unwrap());
}

async fn what_is_done_by_a_grant_waits_for_its_removal(store: Store) {
    let grant = transaction!(store.db, StoreError, |conn| {
        let partner = account(conn, "Fabrikam").await?;
        let customer = account(conn, "Contoso").await?;
        granted(conn, &partner, &customer).await
    })
    .unwrap();
    let mut removal = store.db.begin().await.unwrap();
    assert!(grants::end(&mut removal, grant.id, GrantState::Removed, at(20), None).await.unwrap());
    let db = store.db.clone();
    let act = tokio::spawn(async move {
        transaction!(db, StoreError, |conn| {
            grants::use_live(conn, grant.partner_id, grant.customer_id, at(21)).await
        })
    });
    a_while().await;
    assert!(!act.is_finished());
    removal.commit().await.unwrap();
    assert_eq!(act.await.unwrap().unwrap(), None);
}

async fn migrating_again_changes_nothing(store: Store) {
    let id = transaction!(store.db, StoreError, |conn| { Ok(account(conn, "Contoso").await?.id) }).unwrap();
    store.db.migrate().await.unwrap();
    let other = connect(&store.url).await.unwrap();
    other.migrate().await.unwrap();
    assert!(kept(&other, id).await);
}

/// One waits for the other in either direction: PostgreSQL ends one of them, and it runs again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deadlocked_transactions_both_succeed() {
    on_postgres(|store| async move {
        let (one, other) = transaction!(store.db, StoreError, |conn| {
            Ok((account(conn, "Contoso").await?.id, account(conn, "Northwind").await?.id))
        })
        .unwrap();
        let runs = Arc::new(AtomicU32::new(0));
        let gate = Arc::new(Barrier::new(2));
        let mut both = tokio::task::JoinSet::new();
        for (first, second) in [(one, other), (other, one)] {
            let (db, runs, gate) = (store.db.clone(), runs.clone(), gate.clone());
            both.spawn(async move {
                transaction!(db, StoreError, |conn| {
                    companies::next_activity_seq(conn, first).await?;
                    if runs.fetch_add(1, Ordering::Relaxed) < 2 {
                        gate.wait().await;
                    }
                    companies::next_activity_seq(conn, second).await
                })
                .unwrap();
            });
        }
        both.join_all().await;
        assert!(runs.load(Ordering::Relaxed) > 2, "nothing ran again");
        transaction!(store.db, StoreError, |conn| {
            for id in [one, other] {
                assert_eq!(companies::next_activity_seq(conn, id).await?, 3, "what was rolled back was counted");
            }
            Ok(())
        })
        .unwrap();
    })
    .await;
}

/// In whatever order they are named, companies are locked in one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn companies_locked_together_never_deadlock() {
    on_postgres(|store| async move {
        let ids = transaction!(store.db, StoreError, |conn| {
            Ok([account(conn, "Contoso").await?.id, account(conn, "Northwind").await?.id])
        })
        .unwrap();
        let mut both = tokio::task::JoinSet::new();
        for ids in [[ids[0], ids[1]], [ids[1], ids[0]]] {
            let db = store.db.clone();
            both.spawn(async move {
                for _ in 0..30 {
                    let mut conn = db.begin().await.unwrap();
                    companies::lock(&mut conn, &ids).await.unwrap();
                    conn.commit().await.unwrap();
                }
            });
        }
        both.join_all().await;
    })
    .await;
}

/// Two see that there is no grant and make one: the second is refused, runs again, and sees the first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_late_sees_what_was_first() {
    on_postgres(|store| async move {
        let grants = transaction!(store.db, StoreError, |conn| {
            let partner = account(conn, "Fabrikam").await?;
            let customer = account(conn, "Contoso").await?;
            Ok([authorized(conn, &partner, &customer).await?, authorized(conn, &partner, &customer).await?])
        })
        .unwrap();
        let gate = Arc::new(Barrier::new(2));
        let mut both = tokio::task::JoinSet::new();
        for grant in grants {
            let (db, gate) = (store.db.clone(), gate.clone());
            both.spawn(async move {
                transaction!(db, StoreError, |conn| {
                    if grants::standing(conn, grant.partner_id, grant.customer_id).await?.is_some() {
                        return Ok(false);
                    }
                    gate.wait().await;
                    grants::insert(conn, &grant).await?;
                    Ok(true)
                })
                .unwrap()
            });
        }
        let made = both.join_all().await.into_iter().filter(|made| *made).count();
        assert_eq!(made, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_start_together_migrate_once() {
    on_postgres(|store| async move {
        let mut conn = store.db.begin().await.unwrap();
        crate::engines::execute(&mut conn, "DROP SCHEMA public CASCADE", &[]).await.unwrap();
        crate::engines::execute(&mut conn, "CREATE SCHEMA public", &[]).await.unwrap();
        conn.commit().await.unwrap();
        let mut servers = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let db = connect(&store.url).await.unwrap();
            servers.spawn(async move {
                db.migrate().await.unwrap();
                db.close().await;
            });
        }
        servers.join_all().await;
    })
    .await;
}

/// A writer of another process is waited for, and the one waiting has not read what it then changes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_process_waits_for_the_file() {
    on_sqlite(|store| async move {
        let other = connect(&store.url).await.unwrap();
        let company = company("Contoso");
        let mut conn = store.db.begin().await.unwrap();
        companies::insert(&mut conn, &company).await.unwrap();
        let id = company.id;
        let late = tokio::spawn(async move {
            transaction!(other, StoreError, |conn| { companies::next_activity_seq(conn, id).await })
        });
        a_while().await;
        assert!(!late.is_finished());
        conn.commit().await.unwrap();
        assert_eq!(late.await.unwrap().unwrap(), 1);
    })
    .await;
}

/// How many commits stand in SQLite's write-ahead log: frames that say how large the database is after them
/// (<https://sqlite.org/fileformat2.html#the_write_ahead_log>).
fn commits(store: &Store) -> usize {
    let wal = std::fs::read(format!("{}-wal", store.url.trim_start_matches("sqlite://"))).unwrap();
    let word = |at: usize| u32::from_be_bytes(wal[at..at + 4].try_into().unwrap());
    let page = word(8) as usize;
    let frames = (32..wal.len()).step_by(24 + page);
    frames.filter(|&at| wal[at + 8..at + 16] == wal[16..24] && word(at + 4) > 0).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transactions_that_arrive_together_share_a_commit() {
    on_sqlite(|store| async move {
        const MANY: usize = 20;
        let id = transaction!(store.db, StoreError, |conn| { Ok(account(conn, "Contoso").await?.id) }).unwrap();
        let first = store.db.begin().await.unwrap();
        let mut waiting = tokio::task::JoinSet::new();
        for _ in 0..MANY {
            let db = store.db.clone();
            waiting.spawn(async move {
                transaction!(db, StoreError, |conn| { companies::next_activity_seq(conn, id).await }).unwrap()
            });
        }
        a_while().await;
        let before = commits(&store);
        first.commit().await.unwrap();
        let mut numbers = waiting.join_all().await;
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=20).collect::<Vec<i64>>());
        let shared = commits(&store) - before;
        assert!((1..=3).contains(&shared), "{shared} commits for {MANY} transactions");
    })
    .await;
}

/// Of many at once, some refused and some abandoned, exactly those are there that were told so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_shared_commit_each_keeps_or_leaves_its_own() {
    on_sqlite(|store| async move {
        let mut all = tokio::task::JoinSet::new();
        for number in 0..120_u64 {
            let db = store.db.clone();
            all.spawn(async move {
                let company = company(&format!("Company {number}"));
                let work = async {
                    transaction!(db, Refused, |conn| {
                        companies::insert(conn, &company).await?;
                        match number % 3 {
                            0 => Ok(()),
                            1 => Err(Refused::ByRule),
                            _ => pending().await,
                        }
                    })
                };
                let patience = Duration::from_millis(if number % 3 == 2 { number % 10 } else { 30_000 });
                let kept = tokio::time::timeout(patience, work).await;
                (number, company.id, matches!(kept, Ok(Ok(()))))
            });
        }
        let all = all.join_all().await;
        for (number, id, told) in all {
            assert_eq!(told, number % 3 == 0);
            assert_eq!(kept(&store.db, id).await, told);
        }
        transaction!(store.db, StoreError, |conn| { Ok(account(conn, "Contoso").await?.id) }).unwrap();
    })
    .await;
}

/// A foreign key that is only checked at the end makes the commit itself fail.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_a_shared_commit_fails_all_are_told() {
    on_sqlite(|store| async move {
        let first = store.db.begin().await.unwrap();
        let db = store.db.clone();
        let wrong = tokio::spawn(async move {
            let mut conn = db.begin().await.unwrap();
            crate::engines::execute(&mut conn, "PRAGMA defer_foreign_keys = ON", &[]).await.unwrap();
            let sql = "INSERT INTO sessions (token_hash, user_id, amr, auth_time, last_seen_at, expires_at)
                       VALUES (x'00', x'00', 'pwd', '', '', '')";
            crate::engines::execute(&mut conn, sql, &[]).await.unwrap();
            conn.commit().await
        });
        a_while().await;
        let company = company("Contoso");
        let (db, right) = (store.db.clone(), company.clone());
        let right =
            tokio::spawn(async move { transaction!(db, StoreError, |conn| { companies::insert(conn, &right).await }) });
        a_while().await;
        for told in [first.commit().await, wrong.await.unwrap(), right.await.unwrap()] {
            assert!(matches!(told, Err(StoreError::Unavailable(_))), "{told:?}");
        }
        assert!(!kept(&store.db, company.id).await);
        transaction!(store.db, StoreError, |conn| { companies::insert(conn, &company).await }).unwrap();
        assert!(kept(&store.db, company.id).await, "the next one works");
    })
    .await;
}
