use std::sync::Arc;

use mandate_domain::{SubscriptionKind, SubscriptionState, UserId};
use mandate_store::{
    Conn, StoreError, StoreResult,
    licenses::{self, Assigned},
    page::{Cursor, PageRequest},
    subscriptions::{self, Subscription},
    transaction,
    users::User,
};
use sqlx::error::ErrorKind;
use tokio::{sync::Barrier, task::JoinSet};

use crate::{
    engines::{Store, connect, execute, kind, on_both_engines},
    world::{Account, account, add, at, id, quantity, sold, user},
};

on_both_engines!(
    a_license_is_assigned_and_removed_once,
    the_last_license_is_given_once,
    one_person_gets_one_license_however_often,
    who_assigns_and_who_removes_do_not_lose_count,
    there_are_no_more_than_were_bought,
    companies_are_walls,
    holders_by_name,
);

/// A customer with people, and what it bought.
async fn customer(conn: &mut Conn, people: usize) -> StoreResult<(Account, Vec<User>, Subscription)> {
    let partner = account(conn, "Fabrikam").await?;
    let customer = account(conn, "Contoso").await?;
    let mut kept = Vec::new();
    for index in 0..people {
        let person = user(customer.id, &customer.domain, &format!("Person {index:02}"));
        add(conn, &person).await?;
        kept.push(person);
    }
    let subscription = sold(conn, &partner, &customer, SubscriptionKind::Paid).await?;
    Ok((customer, kept, subscription))
}

async fn assign(conn: &mut Conn, of: &Subscription, user: UserId) -> StoreResult<Assigned> {
    licenses::assign(conn, of.company_id, of.id, user, user, at(20)).await
}

async fn counted(conn: &mut Conn, of: &Subscription) -> StoreResult<u32> {
    Ok(subscriptions::by_id(conn, of.company_id, of.id).await?.unwrap().assigned)
}

async fn a_license_is_assigned_and_removed_once(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let (customer, people, kept) = customer(conn, 11).await?;
        assert_eq!(assign(conn, &kept, people[0].id).await?, Assigned::Done);
        assert_eq!(assign(conn, &kept, people[0].id).await?, Assigned::HasOne);
        assert_eq!(counted(conn, &kept).await?, 1);
        assert_eq!(licenses::of_user(conn, customer.id, people[0].id).await?, [kept.id]);
        assert_eq!(licenses::of_user(conn, customer.id, people[1].id).await?, []);
        for person in &people[1..10] {
            assert_eq!(assign(conn, &kept, person.id).await?, Assigned::Done);
        }
        assert_eq!(assign(conn, &kept, people[10].id).await?, Assigned::NoneFree);
        assert_eq!(assign(conn, &kept, people[9].id).await?, Assigned::HasOne, "also where none is free");
        assert!(licenses::remove(conn, customer.id, kept.id, people[0].id).await?);
        assert!(!licenses::remove(conn, customer.id, kept.id, people[0].id).await?);
        assert_eq!(counted(conn, &kept).await?, 9);
        assert_eq!(assign(conn, &kept, people[10].id).await?, Assigned::Done);
        Ok(())
    })
    .unwrap();
}

/// By two servers, each with several connections. All try at once, and the count never disagrees with the rows.
async fn the_last_license_is_given_once(store: Store) {
    let second = connect(&store.url).await.unwrap();
    for _ in 0..5 {
        let (customer, people, kept) = transaction!(store.db, StoreError, |conn| {
            let (customer, people, kept) = customer(conn, 17).await?;
            for person in &people[..9] {
                assert_eq!(assign(conn, &kept, person.id).await?, Assigned::Done);
            }
            Ok((customer, people, kept))
        })
        .unwrap();
        let gate = Arc::new(Barrier::new(8));
        let mut tries = JoinSet::new();
        for (index, person) in people[9..].iter().enumerate() {
            let db = if index % 2 == 0 { store.db.clone() } else { second.clone() };
            let (gate, kept, person) = (Arc::clone(&gate), kept.clone(), person.id);
            tries.spawn(async move {
                gate.wait().await;
                transaction!(db, StoreError, |conn| { assign(conn, &kept, person).await }).unwrap()
            });
        }
        let outcomes = tries.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == Assigned::Done).count(), 1, "{outcomes:?}");
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == Assigned::NoneFree).count(), 7, "{outcomes:?}");
        let mut conn = store.db.read().await.unwrap();
        assert_eq!(counted(&mut conn, &kept).await.unwrap(), 10);
        let request = PageRequest { cursor: Cursor::First, size: 100, descending: false };
        let holders = licenses::holders(&mut conn, customer.id, kept.id, &request).await.unwrap();
        assert_eq!(holders.rows.len(), 10);
    }
    second.close().await;
}

async fn one_person_gets_one_license_however_often(store: Store) {
    let (people, kept) = transaction!(store.db, StoreError, |conn| {
        let (_, people, kept) = customer(conn, 1).await?;
        Ok((people, kept))
    })
    .unwrap();
    let gate = Arc::new(Barrier::new(6));
    let mut tries = JoinSet::new();
    for _ in 0..6 {
        let (db, gate, kept, person) = (store.db.clone(), Arc::clone(&gate), kept.clone(), people[0].id);
        tries.spawn(async move {
            gate.wait().await;
            transaction!(db, StoreError, |conn| { assign(conn, &kept, person).await }).unwrap()
        });
    }
    let outcomes = tries.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Assigned::Done).count(), 1, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Assigned::HasOne).count(), 5, "{outcomes:?}");
    assert_eq!(counted(&mut store.db.read().await.unwrap(), &kept).await.unwrap(), 1);
}

async fn who_assigns_and_who_removes_do_not_lose_count(store: Store) {
    let (customer, people, kept) = transaction!(store.db, StoreError, |conn| { customer(conn, 4).await }).unwrap();
    let mut tasks = JoinSet::new();
    for worker in 0..4 {
        let (db, kept, people) = (store.db.clone(), kept.clone(), people.clone());
        tasks.spawn(async move {
            for step in 0..12 {
                let person = people[(worker + step) % people.len()].id;
                transaction!(db, StoreError, |conn| {
                    if (worker + step) % 3 == 0 {
                        licenses::remove(conn, kept.company_id, kept.id, person).await?;
                    } else {
                        assign(conn, &kept, person).await?;
                    }
                    Ok(())
                })
                .unwrap();
            }
        });
    }
    tasks.join_all().await;
    let mut conn = store.db.read().await.unwrap();
    let mut with = 0;
    for person in &people {
        with += licenses::of_user(&mut conn, customer.id, person.id).await.unwrap().len();
    }
    assert_eq!(usize::try_from(counted(&mut conn, &kept).await.unwrap()).unwrap(), with);
}

async fn there_are_no_more_than_were_bought(store: Store) {
    let (people, kept) = transaction!(store.db, StoreError, |conn| {
        let (_, people, kept) = customer(conn, 3).await?;
        for person in &people {
            assert_eq!(assign(conn, &kept, person.id).await?, Assigned::Done);
        }
        assert!(!subscriptions::set_quantity(conn, kept.company_id, kept.id, kept.quantity, quantity(2)).await?);
        assert!(subscriptions::set_quantity(conn, kept.company_id, kept.id, kept.quantity, quantity(3)).await?);
        Ok((people, kept))
    })
    .unwrap();
    // Nor does the database take it from whoever writes past these functions.
    for wrong in ["UPDATE subscriptions SET quantity = 2", "UPDATE subscriptions SET assigned = 4"] {
        let mut conn = store.db.begin().await.unwrap();
        let error = execute(&mut conn, wrong, &[]).await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().kind(), ErrorKind::CheckViolation, "{wrong}");
    }
    let mut conn = store.db.begin().await.unwrap();
    let twice = "INSERT INTO licenses (subscription_id, user_id, company_id, assigned_at, assigned_by)
                 SELECT subscription_id, user_id, company_id, assigned_at, assigned_by FROM licenses";
    let error = execute(&mut conn, twice, &[]).await.unwrap_err();
    assert_eq!(error.as_database_error().unwrap().kind(), ErrorKind::UniqueViolation);
    drop(conn);

    transaction!(store.db, StoreError, |conn| {
        // What has ended gives no more, and can still be taken back.
        assert!(subscriptions::set_cancel(conn, kept.company_id, kept.id, true, at(30)).await?);
        assert!(subscriptions::end(conn, kept.id, SubscriptionState::Canceled, kept.ends_at).await?);
        assert!(licenses::remove(conn, kept.company_id, kept.id, people[0].id).await?);
        assert_eq!(assign(conn, &kept, people[0].id).await?, Assigned::NoneFree);
        Ok(())
    })
    .unwrap();
}

async fn companies_are_walls(store: Store) {
    let (customer, people, kept, stranger) = transaction!(store.db, StoreError, |conn| {
        let (customer, people, kept) = customer(conn, 1).await?;
        Ok((customer, people, kept, account(conn, "Northwind").await?))
    })
    .unwrap();
    let refused = transaction!(store.db, StoreError, |conn| { assign(conn, &kept, stranger.administrator).await });
    assert!(matches!(refused, Err(StoreError::RowsAffected { expected: 1, actual: 0 })), "{refused:?}");
    let unknown = transaction!(store.db, StoreError, |conn| { assign(conn, &kept, UserId(id())).await });
    assert!(matches!(unknown, Err(StoreError::RowsAffected { .. })), "{unknown:?}");
    transaction!(store.db, StoreError, |conn| {
        assert_eq!(counted(conn, &kept).await?, 0, "what was refused leaves nothing");
        let person = people[0].id;
        let theirs = licenses::assign(conn, stranger.id, kept.id, stranger.administrator, person, at(20)).await?;
        assert_eq!(theirs, Assigned::NoneFree, "it is not theirs");
        assert_eq!(assign(conn, &kept, person).await?, Assigned::Done);
        assert!(!licenses::remove(conn, stranger.id, kept.id, person).await?);
        assert_eq!(licenses::of_user(conn, stranger.id, person).await?, []);
        let request = PageRequest { cursor: Cursor::First, size: 5, descending: false };
        assert_eq!(licenses::holders(conn, stranger.id, kept.id, &request).await?.rows, []);
        assert_eq!(licenses::holders(conn, customer.id, kept.id, &request).await?.rows.len(), 1);
        Ok(())
    })
    .unwrap();
    let mut conn = store.db.begin().await.unwrap();
    let astray = "INSERT INTO licenses (subscription_id, user_id, company_id, assigned_at, assigned_by)
                  SELECT subscription_id, $1, company_id, assigned_at, assigned_by FROM licenses";
    let error = StoreError::from(execute(&mut conn, astray, &[id()]).await.unwrap_err());
    assert_eq!(kind(&error), Some(ErrorKind::ForeignKeyViolation));
}

async fn holders_by_name(store: Store) {
    let (customer, people, kept) = transaction!(store.db, StoreError, |conn| {
        let (customer, people, kept) = customer(conn, 7).await?;
        // Not in the order of their names.
        for index in [3, 0, 6, 1, 5, 2, 4] {
            assert_eq!(assign(conn, &kept, people[index].id).await?, Assigned::Done);
        }
        Ok((customer, people, kept))
    })
    .unwrap();
    let mut conn = store.db.read().await.unwrap();
    for descending in [false, true] {
        let mut expected: Vec<UserId> = people.iter().map(|person| person.id).collect();
        if descending {
            expected.reverse();
        }
        let mut request = PageRequest { cursor: Cursor::First, size: 3, descending };
        let mut seen = Vec::new();
        loop {
            let page = licenses::holders(&mut conn, customer.id, kept.id, &request).await.unwrap();
            seen.extend(page.rows.iter().map(|holder| holder.user));
            let Some(last) = page.rows.last().filter(|_| page.has_next) else { break };
            request.cursor = Cursor::After(last.sort_key.clone(), last.user.0);
        }
        assert_eq!(seen, expected, "descending: {descending}");
    }
}
