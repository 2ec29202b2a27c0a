use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use mandate_domain::{
    SubscriptionId, SubscriptionKind, SubscriptionState, SubscriptionStatus, Term, trial_notice_bounds,
};
use mandate_store::{
    Conn, StoreError, StoreResult,
    licenses::{self, Assigned},
    page::{Cursor, PageRequest},
    subscriptions::{self, Listed, Subscription},
    transaction,
};
use tokio::{sync::Barrier, task::JoinSet};

use crate::{
    engines::{Store, on_both_engines},
    world::{Account, account, at, id, ordered, quantity, sold, subscription},
};

on_both_engines!(
    a_subscription_comes_back,
    a_term_is_renewed_once,
    what_is_canceled_ends_with_its_term,
    a_trial_ends_at_its_end,
    notices_are_sent_once_each,
    a_quantity_changes_from_what_was_read,
    a_trial_is_converted_once_with_its_licenses,
    of_conversions_at_once_one_counts,
    what_a_partner_sees,
    pages_of_subscriptions,
);

async fn both(conn: &mut Conn) -> StoreResult<(Account, Account)> {
    Ok((account(conn, "Fabrikam").await?, account(conn, "Contoso").await?))
}

async fn read(conn: &mut Conn, kept: &Subscription) -> StoreResult<Subscription> {
    Ok(subscriptions::by_id(conn, kept.company_id, kept.id).await?.unwrap())
}

fn ids(listed: &[Listed]) -> Vec<SubscriptionId> {
    listed.iter().map(|row| row.subscription.id).collect()
}

async fn a_subscription_comes_back(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let (partner, customer) = both(conn).await?;
        for kind in SubscriptionKind::ALL {
            let (plan, order) = ordered(conn, &partner, &customer, kind).await?;
            let kept = Subscription { notices: 2, ..subscription(&order, plan.id) };
            subscriptions::insert(conn, &kept).await?;
            assert_eq!(subscriptions::by_id(conn, customer.id, kept.id).await?.as_ref(), Some(&kept));
            assert_eq!(subscriptions::lock(conn, customer.id, kept.id).await?.as_ref(), Some(&kept));
            let listed = Listed {
                subscription: kept.clone(),
                plan,
                customer: "Contoso".to_owned(),
                partner: "Fabrikam".to_owned(),
                order_number: order.number,
            };
            assert_eq!(subscriptions::listed(conn, customer.id, kept.id).await?.as_ref(), Some(&listed));
            assert_eq!(subscriptions::by_partner(conn, partner.id, kept.id).await?.as_ref(), Some(&listed));
            // Each side reads it as its own alone.
            assert_eq!(subscriptions::by_id(conn, partner.id, kept.id).await?, None);
            assert_eq!(subscriptions::listed(conn, partner.id, kept.id).await?, None);
            assert_eq!(subscriptions::lock(conn, partner.id, kept.id).await?, None);
            assert_eq!(subscriptions::by_partner(conn, customer.id, kept.id).await?, None);
        }
        Ok(())
    })
    .unwrap();
}

async fn a_term_is_renewed_once(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let (partner, customer) = both(conn).await?;
        let kept = sold(conn, &partner, &customer, SubscriptionKind::Paid).await?;
        let trial = sold(conn, &partner, &customer, SubscriptionKind::Trial).await?;
        let end = kept.ends_at;
        assert_eq!(subscriptions::renew_due(conn, end - TimeDelta::microseconds(1), 5).await?, []);
        assert_eq!(subscriptions::renew_due(conn, end, 5).await?, std::slice::from_ref(&kept));
        // Past its end and not renewed yet, its licenses count all the same.
        assert_eq!(ids(&subscriptions::live(conn, customer.id, end, 5).await?), [kept.id]);
        let assigned =
            licenses::assign(conn, customer.id, kept.id, customer.administrator, customer.administrator, end);
        assert_eq!(assigned.await?, Assigned::Done);
        let next = Term::Monthly.end_after(kept.starts_at, end);
        assert!(subscriptions::renew(conn, kept.id, end, next).await?);
        assert!(!subscriptions::renew(conn, kept.id, end, next).await?, "by another server");
        assert_eq!(read(conn, &kept).await?.ends_at, next);
        assert_eq!(subscriptions::renew_due(conn, end, 5).await?, []);
        assert!(!subscriptions::renew(conn, trial.id, trial.ends_at, next).await?, "a trial ends");
        Ok(())
    })
    .unwrap();
}

async fn what_is_canceled_ends_with_its_term(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let (partner, customer) = both(conn).await?;
        let kept = sold(conn, &partner, &customer, SubscriptionKind::Paid).await?;
        let trial = sold(conn, &partner, &customer, SubscriptionKind::Trial).await?;
        let end = kept.ends_at;
        for (company, id, cancel, now, expected) in [
            (customer.id, kept.id, false, at(20), false),
            (customer.id, kept.id, true, at(20), true),
            (customer.id, kept.id, true, at(20), false),
            (customer.id, kept.id, false, at(21), true),
            (customer.id, kept.id, true, at(22), true),
            (partner.id, kept.id, false, at(23), false),
            (customer.id, kept.id, false, end, false),
            (customer.id, trial.id, true, at(20), false),
        ] {
            let changed = subscriptions::set_cancel(conn, company, id, cancel, now).await?;
            assert_eq!(changed, expected, "{cancel} at {now}");
        }
        let before = end - TimeDelta::microseconds(1);
        let canceled = read(conn, &kept).await?;
        assert_eq!(canceled.status(before), SubscriptionStatus::Canceling);
        assert_eq!(canceled.status(end), SubscriptionStatus::Canceled, "before any job has said so");
        assert_eq!(subscriptions::renew_due(conn, end, 5).await?, []);
        assert!(!subscriptions::renew(conn, kept.id, end, at(9_000)).await?);
        assert_eq!(ids(&subscriptions::live(conn, customer.id, before, 5).await?), [trial.id, kept.id]);
        assert_eq!(subscriptions::live(conn, customer.id, end, 5).await?, []);
        let administrator = customer.administrator;
        let late = licenses::assign(conn, customer.id, kept.id, administrator, administrator, end).await?;
        assert_eq!(late, Assigned::NoneFree);
        assert_eq!(subscriptions::expire_due(conn, before, 5).await?, []);
        let due = subscriptions::expire_due(conn, end, 5).await?;
        assert_eq!(due.iter().map(|due| due.id).collect::<Vec<_>>(), [kept.id, trial.id]);
        assert!(!subscriptions::end(conn, kept.id, SubscriptionState::Canceled, before).await?);
        assert!(subscriptions::end(conn, kept.id, SubscriptionState::Canceled, end).await?);
        assert!(!subscriptions::end(conn, kept.id, SubscriptionState::Canceled, end).await?);
        assert!(!subscriptions::set_cancel(conn, customer.id, kept.id, false, at(30)).await?);
        let ended = read(conn, &kept).await?;
        assert_eq!((ended.state, ended.ended_at), (SubscriptionState::Canceled, Some(end)));
        Ok(())
    })
    .unwrap();
}

async fn a_trial_ends_at_its_end(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let (partner, customer) = both(conn).await?;
        let goes_on = sold(conn, &partner, &customer, SubscriptionKind::Paid).await?;
        let kept = sold(conn, &partner, &customer, SubscriptionKind::Trial).await?;
        assert_eq!(kept.status(kept.ends_at), SubscriptionStatus::Expired, "before any job has said so");
        assert_eq!(subscriptions::expire_due(conn, kept.ends_at, 5).await?, std::slice::from_ref(&kept));
        assert!(!subscriptions::end(conn, goes_on.id, SubscriptionState::Canceled, kept.ends_at).await?);
        assert!(subscriptions::end(conn, kept.id, SubscriptionState::Expired, at(5_000)).await?);
        assert_eq!(subscriptions::expire_due(conn, at(9_000), 5).await?, []);
        assert_eq!(read(conn, &kept).await?.status(at(5_000)), SubscriptionStatus::Expired);
        Ok(())
    })
    .unwrap();
}

/// How many trials there is to tell of.
async fn due(conn: &mut Conn, now: DateTime<Utc>) -> StoreResult<usize> {
    Ok(subscriptions::notices_due(conn, trial_notice_bounds(now), 5).await?.len())
}

async fn notices_are_sent_once_each(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let (partner, customer) = both(conn).await?;
        let (plan, order) = ordered(conn, &partner, &customer, SubscriptionKind::Trial).await?;
        let kept = Subscription { ends_at: at(30 * 86_400), ..subscription(&order, plan.id) };
        subscriptions::insert(conn, &kept).await?;
        sold(conn, &partner, &customer, SubscriptionKind::Paid).await?;
        let days_before = |days: i64| kept.ends_at - TimeDelta::days(days);
        assert_eq!(due(conn, days_before(8)).await?, 0);
        for (days, notice) in [(7, 1), (1, 2), (0, 3)] {
            assert_eq!(due(conn, days_before(days)).await?, 1, "{days} days before");
            assert!(subscriptions::noticed(conn, kept.id, notice).await?);
            assert!(!subscriptions::noticed(conn, kept.id, notice).await?, "by another server");
            assert_eq!(due(conn, days_before(days)).await?, 0, "{days} days before");
        }
        assert_eq!(due(conn, at(40 * 86_400)).await?, 0);
        assert!(!subscriptions::noticed(conn, kept.id, 1).await?, "there were more");

        // One that nobody was told of in time is told of late, until it has ended.
        let (plan, order) = ordered(conn, &partner, &customer, SubscriptionKind::Trial).await?;
        let late = subscription(&order, plan.id);
        subscriptions::insert(conn, &late).await?;
        assert_eq!(due(conn, at(9 * 86_400)).await?, 1);
        assert!(subscriptions::end(conn, late.id, SubscriptionState::Expired, at(9 * 86_400)).await?);
        assert_eq!(due(conn, at(9 * 86_400)).await?, 0);
        assert!(!subscriptions::noticed(conn, late.id, 3).await?);
        Ok(())
    })
    .unwrap();
}

async fn a_quantity_changes_from_what_was_read(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let (partner, customer) = both(conn).await?;
        let kept = sold(conn, &partner, &customer, SubscriptionKind::Paid).await?;
        let (ten, twelve) = (kept.quantity, quantity(12));
        assert!(!subscriptions::set_quantity(conn, partner.id, kept.id, ten, twelve).await?, "it is not theirs");
        assert!(subscriptions::set_quantity(conn, customer.id, kept.id, ten, twelve).await?);
        assert!(!subscriptions::set_quantity(conn, customer.id, kept.id, ten, quantity(3)).await?, "changed meanwhile");
        assert_eq!(read(conn, &kept).await?.quantity, twelve);
        assert!(subscriptions::set_cancel(conn, customer.id, kept.id, true, at(20)).await?);
        assert!(subscriptions::end(conn, kept.id, SubscriptionState::Canceled, kept.ends_at).await?);
        assert!(!subscriptions::set_quantity(conn, customer.id, kept.id, twelve, ten).await?, "it has ended");
        Ok(())
    })
    .unwrap();
}

async fn a_trial_is_converted_once_with_its_licenses(store: Store) {
    let (customer, bought, trials) = transaction!(store.db, StoreError, |conn| {
        let (partner, customer) = both(conn).await?;
        let stranger = account(conn, "Northwind").await?;
        let administrator = customer.administrator;
        let mut trials = Vec::new();
        // One that runs, and one that has expired.
        for expired in [false, true] {
            let trial = sold(conn, &partner, &customer, SubscriptionKind::Trial).await?;
            let assigned = licenses::assign(conn, customer.id, trial.id, administrator, administrator, at(20)).await?;
            assert_eq!(assigned, Assigned::Done);
            if expired {
                assert!(subscriptions::end(conn, trial.id, SubscriptionState::Expired, trial.ends_at).await?);
            }
            let bought = sold(conn, &partner, &customer, SubscriptionKind::Paid).await?;
            assert!(!subscriptions::convert(conn, stranger.id, trial.id, bought.id, at(30)).await?);
            assert!(subscriptions::convert(conn, customer.id, trial.id, bought.id, at(30)).await?);
            assert!(!subscriptions::convert(conn, customer.id, trial.id, bought.id, at(31)).await?);
            let converted = read(conn, &trial).await?;
            let ended_at = if expired { trial.ends_at } else { at(30) };
            assert_eq!((converted.state, converted.ended_at), (SubscriptionState::Converted, Some(ended_at)));
            assert_eq!((converted.converted_to, converted.assigned), (Some(bought.id), 0));
            assert_eq!(read(conn, &bought).await?.assigned, 1);
            assert!(licenses::of_user(conn, customer.id, administrator).await?.contains(&bought.id));
            assert!(!licenses::of_user(conn, customer.id, administrator).await?.contains(&trial.id));
            trials.push(trial);
        }
        let bought = sold(conn, &partner, &customer, SubscriptionKind::Paid).await?;
        assert!(!subscriptions::convert(conn, customer.id, bought.id, bought.id, at(30)).await?, "it is no trial");
        Ok((customer, bought, trials))
    })
    .unwrap();
    assert_eq!(trials.len(), 2);

    // Fewer than people have a license of is no purchase in the place of a trial.
    let (trial, few) = transaction!(store.db, StoreError, |conn| {
        let partner = account(conn, "Adventure").await?;
        let trial = sold(conn, &partner, &customer, SubscriptionKind::Trial).await?;
        for name in ["Mia", "Tom"] {
            let person = crate::world::user(customer.id, &customer.domain, name);
            crate::world::add(conn, &person).await?;
            let assigned = licenses::assign(conn, customer.id, trial.id, person.id, person.id, at(20)).await?;
            assert_eq!(assigned, Assigned::Done);
        }
        assert!(subscriptions::set_quantity(conn, customer.id, bought.id, bought.quantity, quantity(1)).await?);
        Ok((trial, bought.id))
    })
    .unwrap();
    let refused = transaction!(store.db, StoreError, |conn| {
        subscriptions::convert(conn, customer.id, trial.id, few, at(30)).await
    });
    assert!(matches!(refused, Err(StoreError::RowsAffected { expected: 1, actual: 0 })), "{refused:?}");
    let kept = read(&mut store.db.read().await.unwrap(), &trial).await.unwrap();
    assert_eq!((kept.state, kept.assigned), (SubscriptionState::Live, 2));
}

async fn of_conversions_at_once_one_counts(store: Store) {
    let (trial, bought) = transaction!(store.db, StoreError, |conn| {
        let (partner, customer) = both(conn).await?;
        let trial = sold(conn, &partner, &customer, SubscriptionKind::Trial).await?;
        let mut bought = Vec::new();
        for _ in 0..4 {
            bought.push(sold(conn, &partner, &customer, SubscriptionKind::Paid).await?);
        }
        Ok((trial, bought))
    })
    .unwrap();
    let gate = Arc::new(Barrier::new(bought.len()));
    let mut tries = JoinSet::new();
    for bought in bought {
        let (db, gate, trial) = (store.db.clone(), Arc::clone(&gate), trial.clone());
        tries.spawn(async move {
            gate.wait().await;
            transaction!(db, StoreError, |conn| {
                subscriptions::convert(conn, trial.company_id, trial.id, bought.id, at(30)).await
            })
            .unwrap()
        });
    }
    assert_eq!(tries.join_all().await.into_iter().filter(|first| *first).count(), 1);
}

async fn what_a_partner_sees(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let (partner, customer) = both(conn).await?;
        let other = account(conn, "Adventure").await?;
        let second = account(conn, "Northwind").await?;
        let mut kept = Vec::new();
        for (whose, kind, ends_at) in [
            (&customer, SubscriptionKind::Trial, at(300)),
            (&customer, SubscriptionKind::Paid, at(100)),
            (&second, SubscriptionKind::Trial, at(200)),
            (&second, SubscriptionKind::Paid, at(400)),
            (&second, SubscriptionKind::Trial, at(40)),
        ] {
            let (plan, order) = ordered(conn, &partner, whose, kind).await?;
            let one = Subscription { ends_at, ..subscription(&order, plan.id) };
            subscriptions::insert(conn, &one).await?;
            kept.push(one);
        }
        sold(conn, &other, &customer, SubscriptionKind::Trial).await?;
        let [trial, renews, soon, canceled, past] = kept.try_into().unwrap();
        assert!(subscriptions::set_cancel(conn, second.id, canceled.id, true, at(20)).await?);

        let now = at(50);
        let ending = subscriptions::ending(conn, partner.id, now, at(1_000), 9).await?;
        assert_eq!(ids(&ending), [soon.id, trial.id, canceled.id], "what renews does not end");
        assert_eq!(ids(&subscriptions::ending(conn, partner.id, now, at(300), 9).await?), [soon.id, trial.id]);
        assert_eq!(ids(&subscriptions::ending(conn, partner.id, now, at(1_000), 1).await?), [soon.id]);
        assert_eq!(ids(&subscriptions::open_trials(conn, partner.id, now, 9).await?), [soon.id, trial.id]);
        // One past its end is among the ended before any job has said so, and after.
        for _ in 0..2 {
            assert_eq!(ids(&subscriptions::ended_trials(conn, partner.id, now, at(0), 9).await?), [past.id]);
            subscriptions::end(conn, past.id, SubscriptionState::Expired, now).await?;
        }
        assert_eq!(subscriptions::ended_trials(conn, partner.id, now, at(45), 9).await?, []);
        let bought = sold(conn, &partner, &second, SubscriptionKind::Paid).await?;
        assert!(subscriptions::convert(conn, second.id, past.id, bought.id, now).await?);
        assert_eq!(subscriptions::ended_trials(conn, partner.id, now, at(0), 9).await?, []);

        let administrator = customer.administrator;
        let assigned = licenses::assign(conn, customer.id, renews.id, administrator, administrator, now).await?;
        assert_eq!(assigned, Assigned::Done);
        let used = licenses::used_per_customer(conn, partner.id, now, 9).await?;
        let used: Vec<_> = used.into_iter().map(|row| (row.customer, row.name, row.bought, row.assigned)).collect();
        let names = ["Northwind", "Contoso"].map(str::to_owned);
        let [northwind, contoso] = names;
        assert_eq!(used, [(second.id, northwind, 30, 0), (customer.id, contoso, 20, 1)]);
        assert_eq!(licenses::used_per_customer(conn, customer.id, now, 9).await?, []);
        // The latest first, each with what it is of.
        let live = subscriptions::live(conn, customer.id, now, 9).await?;
        assert_eq!(ids(&live)[live.len() - 2..], [renews.id, trial.id]);
        Ok(())
    })
    .unwrap();
}

async fn pages_of_subscriptions(store: Store) {
    let (partner, customer, mut made) = transaction!(store.db, StoreError, |conn| {
        let (partner, customer) = both(conn).await?;
        let mut made = Vec::new();
        for index in 0..7 {
            let kind = SubscriptionKind::ALL[index % 2];
            made.push(sold(conn, &partner, &customer, kind).await?.id);
        }
        Ok((partner, customer, made))
    })
    .unwrap();
    let mut conn = store.db.read().await.unwrap();
    for descending in [false, true] {
        for by_partner in [false, true] {
            let mut request = PageRequest { cursor: Cursor::First, size: 3, descending };
            let mut seen = Vec::new();
            loop {
                let page = if by_partner {
                    subscriptions::list_for_partner(&mut conn, partner.id, &request).await.unwrap()
                } else {
                    subscriptions::list(&mut conn, customer.id, &request).await.unwrap()
                };
                seen.extend(ids(&page.rows));
                let Some(last) = seen.last().filter(|_| page.has_next) else { break };
                request.cursor = Cursor::After(String::new(), last.0);
            }
            assert_eq!(seen, made, "descending: {descending}, by the partner: {by_partner}");
            request.cursor = Cursor::First;
            assert_eq!(subscriptions::list(&mut conn, partner.id, &request).await.unwrap().rows, []);
        }
        made.reverse();
    }
    assert!(subscriptions::by_id(&mut conn, customer.id, SubscriptionId(id())).await.unwrap().is_none());
}
