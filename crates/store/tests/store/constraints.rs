use mandate_domain::{CompanyId, DecisionId, DomainId, Event, GrantId, GrantState, OfferId, RoleSet, UserId};
use mandate_store::{
    StoreError,
    activity::{self, NewEntry},
    decisions::{self, Decision, Outcome},
    domains::{self, Domain, DomainStatus},
    grants::{self, Grant},
    offers::{self, Offer},
    sessions, transaction,
    users::{self, User},
};
use sqlx::error::ErrorKind;
use uuid::Uuid;

use crate::{
    engines::{Store, execute, kind, on_both_engines},
    world::{account, at, authorized, decision, domain, granted, id, offer, user},
};

on_both_engines!(
    one_live_grant,
    one_grant_for_a_decision,
    a_grant_is_well_formed,
    one_owner_of_a_verified_domain,
    one_default_domain,
    a_claim_begins_once,
    user_names_differ_by_more_than_case,
    a_user_stands_on_a_domain_of_their_company,
    one_decision_per_offer_and_company,
    offer_names_differ_within_a_partner,
    activity_is_only_appended,
    values_keep_their_bounds,
    references_hold,
);

/// That the database refuses a statement, and why.
async fn refuses(store: &Store, expected: &ErrorKind, sql: &'static str, ids: &[Uuid]) {
    let mut conn = store.db.begin().await.unwrap();
    let error = execute(&mut conn, sql, ids).await.unwrap_err();
    assert_eq!(&error.as_database_error().unwrap().kind(), expected, "{sql}: {error}");
}

/// That the store refuses to keep a grant, and why.
async fn refuses_grant(store: &Store, expected: &ErrorKind, kept: &Grant) {
    let mut conn = store.db.begin().await.unwrap();
    let error = grants::insert(&mut conn, kept).await.unwrap_err();
    assert_eq!(kind(&error).as_ref(), Some(expected), "{error}");
}

async fn one_live_grant(store: Store) {
    let (first, second) = transaction!(store.db, StoreError, |conn| {
        let partner = account(conn, "Fabrikam").await?;
        let customer = account(conn, "Contoso").await?;
        Ok((granted(conn, &partner, &customer).await?, authorized(conn, &partner, &customer).await?))
    })
    .unwrap();
    refuses_grant(&store, &ErrorKind::UniqueViolation, &second).await;

    // The one before it ended: there is room.
    transaction!(store.db, StoreError, |conn| {
        assert!(grants::end(conn, first.id, GrantState::Replaced, at(20), None).await?);
        grants::insert(conn, &second).await
    })
    .unwrap();
    let mut conn = store.db.read().await.unwrap();
    let live = grants::live(&mut conn, first.partner_id, first.customer_id, at(30)).await.unwrap();
    assert_eq!(live, Some(second));
    drop(conn);
    refuses(&store, &ErrorKind::UniqueViolation, "UPDATE grants SET status = 'active', ended_at = NULL", &[]).await;
}

async fn one_grant_for_a_decision(store: Store) {
    let kept = transaction!(store.db, StoreError, |conn| {
        let partner = account(conn, "Fabrikam").await?;
        let customer = account(conn, "Contoso").await?;
        let kept = granted(conn, &partner, &customer).await?;
        assert!(grants::end(conn, kept.id, GrantState::Removed, at(20), Some(customer.administrator)).await?);
        Ok(kept)
    })
    .unwrap();
    let again = Grant { id: GrantId(id()), ..kept };
    refuses_grant(&store, &ErrorKind::UniqueViolation, &again).await;
    let of_nothing = Grant { decision_id: DecisionId(id()), ..again };
    refuses_grant(&store, &ErrorKind::ForeignKeyViolation, &of_nothing).await;
}

async fn a_grant_is_well_formed(store: Store) {
    let fits = transaction!(store.db, StoreError, |conn| {
        let partner = account(conn, "Fabrikam").await?;
        let customer = account(conn, "Contoso").await?;
        authorized(conn, &partner, &customer).await
    })
    .unwrap();
    let with_itself = Grant { customer_id: fits.partner_id, ..fits.clone() };
    refuses_grant(&store, &ErrorKind::CheckViolation, &with_itself).await;
    let without_time = Grant { ends_at: fits.starts_at, ..fits.clone() };
    refuses_grant(&store, &ErrorKind::CheckViolation, &without_time).await;
    let without_roles = Grant { roles: RoleSet::default(), ..fits.clone() };
    refuses_grant(&store, &ErrorKind::CheckViolation, &without_roles).await;

    transaction!(store.db, StoreError, |conn| { grants::insert(conn, &fits).await }).unwrap();
    for wrong in [
        "UPDATE grants SET roles = 64",
        "UPDATE grants SET roles = -1",
        "UPDATE grants SET status = 'removed'",
        "UPDATE grants SET status = 'paused', ended_at = starts_at",
    ] {
        refuses(&store, &ErrorKind::CheckViolation, wrong, &[]).await;
    }
}

async fn one_owner_of_a_verified_domain(store: Store) {
    let (first, second) = transaction!(store.db, StoreError, |conn| {
        let first = account(conn, "Contoso").await?;
        let second = account(conn, "Northwind").await?;
        let claims = [domain(first.id, "shared.example"), domain(second.id, "shared.example")];
        for claim in &claims {
            assert!(domains::insert(conn, claim).await?);
        }
        let [first, second] = claims;
        Ok((first, second))
    })
    .unwrap();
    transaction!(store.db, StoreError, |conn| {
        assert!(domains::verify(conn, first.company_id, first.id, at(1), None).await?);
        assert!(!domains::verify(conn, second.company_id, second.id, at(2), None).await?);
        assert_eq!(domains::owner(conn, "shared.example").await?, Some(first.company_id));
        // Not even as a claim that is verified from its beginning.
        let taken = Domain {
            id: DomainId(id()),
            status: DomainStatus::Verified,
            verified_at: Some(at(3)),
            ..domain(second.company_id, "shared.example")
        };
        assert!(!domains::insert(conn, &taken).await?);
        Ok(())
    })
    .unwrap();
    let sql = "UPDATE domains SET status = 'verified', verified_at = created_at WHERE id = $1";
    refuses(&store, &ErrorKind::UniqueViolation, sql, &[second.id.0]).await;
    refuses(&store, &ErrorKind::CheckViolation, "UPDATE domains SET status = 'verified' WHERE id = $1", &[second.id.0])
        .await;

    // Given up by one, it is free for the other.
    transaction!(store.db, StoreError, |conn| {
        domains::delete(conn, first.company_id, first.id).await?;
        assert!(domains::verify(conn, second.company_id, second.id, at(4), None).await?);
        Ok(())
    })
    .unwrap();
}

async fn one_default_domain(store: Store) {
    let (account, second, pending) = transaction!(store.db, StoreError, |conn| {
        let account = account(conn, "Contoso").await?;
        let second = Domain::owned(DomainId(id()), account.id, "labs.example".to_owned(), at(1));
        let pending = domain(account.id, "pending.example");
        for domain in [&second, &pending] {
            assert!(domains::insert(conn, domain).await?);
        }
        // A choice anew takes the place of the one before, and making it twice changes nothing.
        for chosen in [account.domain.id, second.id, second.id] {
            domains::make_default(conn, account.id, chosen).await?;
            let list = domains::list(conn, account.id, "", 10).await?;
            let defaults: Vec<_> = list.iter().filter(|domain| domain.is_default).map(|domain| domain.id).collect();
            assert_eq!(defaults, [chosen]);
        }
        Ok((account, second, pending))
    })
    .unwrap();
    let sql = "UPDATE domains SET is_default = TRUE WHERE id = $1";
    refuses(&store, &ErrorKind::UniqueViolation, sql, &[account.domain.id.0]).await;
    let sql = "UPDATE domains SET is_default = (id = $1)";
    refuses(&store, &ErrorKind::CheckViolation, sql, &[pending.id.0]).await;
    for (company, id) in [(account.id, pending.id), (CompanyId(id()), second.id), (account.id, DomainId(id()))] {
        let refused = transaction!(store.db, StoreError, |conn| { domains::make_default(conn, company, id).await });
        assert!(matches!(refused, Err(StoreError::RowsAffected { expected: 1, actual: 0 })));
    }
    let kept = domains::by_id(&mut store.db.read().await.unwrap(), account.id, second.id).await.unwrap().unwrap();
    assert!(kept.is_default, "a choice that was refused takes nothing away");
}

async fn a_claim_begins_once(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let account = account(conn, "Contoso").await?;
        assert!(domains::insert(conn, &domain(account.id, "labs.example")).await?);
        assert!(!domains::insert(conn, &domain(account.id, "labs.example")).await?);
        Ok(())
    })
    .unwrap();
    refuses(&store, &ErrorKind::CheckViolation, "UPDATE domains SET lapses_at = NULL WHERE status = 'pending'", &[])
        .await;
}

async fn user_names_differ_by_more_than_case(store: Store) {
    let (here, there) = transaction!(store.db, StoreError, |conn| {
        let here = account(conn, "Contoso").await?;
        let there = account(conn, "Northwind").await?;
        let mia = User { user_name: "mia@contoso.example".to_owned(), ..user(here.id, &here.domain, "Mia") };
        assert!(users::insert(conn, &mia).await?);
        Ok((here, there))
    })
    .unwrap();
    for account in [&here, &there] {
        let again = User { user_name: "mia@contoso.example".to_owned(), ..user(account.id, &account.domain, "Mia") };
        assert!(!transaction!(store.db, StoreError, |conn| { users::insert(conn, &again).await }).unwrap());
        // No user name is kept with upper case, so none differs by case alone.
        let upper = User { user_name: "Mia@contoso.example".to_owned(), ..again };
        let mut conn = store.db.begin().await.unwrap();
        assert_eq!(kind(&users::insert(&mut conn, &upper).await.unwrap_err()), Some(ErrorKind::CheckViolation));
    }
}

async fn a_user_stands_on_a_domain_of_their_company(store: Store) {
    let (here, there) = transaction!(store.db, StoreError, |conn| {
        Ok((account(conn, "Contoso").await?, account(conn, "Northwind").await?))
    })
    .unwrap();
    let astray = user(here.id, &there.domain, "Mia");
    let mut conn = store.db.begin().await.unwrap();
    assert_eq!(kind(&users::insert(&mut conn, &astray).await.unwrap_err()), Some(ErrorKind::ForeignKeyViolation));
    drop(conn);
    // Nor does a domain go while a user name is at it.
    let mut conn = store.db.begin().await.unwrap();
    let error = domains::delete(&mut conn, here.id, here.domain.id).await.unwrap_err();
    assert_eq!(kind(&error), Some(ErrorKind::ForeignKeyViolation));
}

async fn one_decision_per_offer_and_company(store: Store) {
    let (here, declined) = transaction!(store.db, StoreError, |conn| {
        let partner = account(conn, "Fabrikam").await?;
        let here = account(conn, "Contoso").await?;
        let there = account(conn, "Northwind").await?;
        let offer = offer(conn, &partner, "Managed IT").await?;
        let declined = decision(&offer, &here, Outcome::Declined);
        assert!(decisions::decide(conn, &declined).await?);
        assert!(decisions::decide(conn, &decision(&offer, &there, Outcome::Authorized)).await?);
        // Another answer of the same company changes the one that there is.
        let reason = Some("Not now".to_owned());
        assert!(decisions::decide(conn, &Decision { reason, ..decision(&offer, &here, Outcome::Declined) }).await?);
        Ok((here, declined))
    })
    .unwrap();
    let mut conn = store.db.read().await.unwrap();
    let kept = decisions::of_company(&mut conn, declined.offer_id, here.id).await.unwrap().unwrap();
    assert_eq!((kept.id, kept.reason.as_deref()), (declined.id, Some("Not now")));
    drop(conn);
    let sql = "INSERT INTO decisions (id, offer_id, company_id, outcome, decided_by, decided_at)
               SELECT $1, offer_id, company_id, outcome, decided_by, decided_at FROM decisions WHERE id = $2";
    refuses(&store, &ErrorKind::UniqueViolation, sql, &[id(), kept.id.0]).await;
    refuses(&store, &ErrorKind::CheckViolation, "UPDATE decisions SET outcome = 'authorized', reason = 'Why'", &[])
        .await;
    refuses(&store, &ErrorKind::CheckViolation, "UPDATE decisions SET outcome = 'undecided'", &[]).await;
}

async fn offer_names_differ_within_a_partner(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let here = account(conn, "Fabrikam").await?;
        let there = account(conn, "Adventure").await?;
        let kept = offer(conn, &here, "Managed IT").await?;
        offer(conn, &there, "Managed IT").await?;
        let again = Offer { id: OfferId(id()), ..kept };
        assert!(!offers::insert(conn, &again, "managed it").await?);
        Ok(())
    })
    .unwrap();
}

fn entry(event: Event) -> NewEntry {
    NewEntry { at: at(0), person: None, grant: None, on_behalf_of: None, object_name: "Contoso".to_owned(), event }
}

async fn activity_is_only_appended(store: Store) {
    let (here, there) = transaction!(store.db, StoreError, |conn| {
        let here = account(conn, "Contoso").await?.id;
        let there = account(conn, "Northwind").await?.id;
        activity::append(conn, &[there, here, there], &entry(Event::CompanyCreated)).await?;
        activity::append(conn, &[here], &entry(Event::DomainAdded)).await?;
        Ok((here, there))
    })
    .unwrap();
    for change in
        ["UPDATE activity SET object_name = 'Nothing'", "UPDATE activity SET seq = seq + 1", "DELETE FROM activity"]
    {
        let mut conn = store.db.begin().await.unwrap();
        let error = execute(&mut conn, change, &[]).await.unwrap_err();
        assert!(error.to_string().contains("only ever appended"), "{change}: {error}");
    }
    let mut conn = store.db.read().await.unwrap();
    let numbers = |entries: Vec<activity::Entry>| entries.into_iter().map(|entry| entry.seq).collect::<Vec<_>>();
    assert_eq!(numbers(activity::list(&mut conn, here, None, None, 10).await.unwrap()), [2, 1]);
    assert_eq!(numbers(activity::list(&mut conn, here, Some(2), None, 10).await.unwrap()), [1]);
    assert_eq!(numbers(activity::list(&mut conn, there, None, None, 10).await.unwrap()), [1]);
}

async fn values_keep_their_bounds(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let partner = account(conn, "Fabrikam").await?;
        offer(conn, &partner, "Managed IT").await
    })
    .unwrap();
    for wrong in [
        "UPDATE offers SET roles = 0",
        "UPDATE offers SET roles = 64",
        "UPDATE offers SET roles = -1",
        "UPDATE offers SET days = 0",
        "UPDATE offers SET days = 731",
        "UPDATE offers SET name = ''",
        "UPDATE offers SET state = 'expired'",
        "UPDATE offers SET state = 'withdrawn'",
        "UPDATE companies SET name = ''",
        "UPDATE users SET role = 'owner'",
        "UPDATE users SET delegation = 'some'",
        "UPDATE users SET display_name = ''",
        "UPDATE users SET password_set_by_partner = company_id",
        "UPDATE domains SET status = 'claimed', verified_at = NULL",
    ] {
        refuses(&store, &ErrorKind::CheckViolation, wrong, &[]).await;
    }
}

async fn references_hold(store: Store) {
    let here = transaction!(store.db, StoreError, |conn| { account(conn, "Contoso").await }).unwrap();
    for wrong in
        ["DELETE FROM companies WHERE id = $1", "UPDATE users SET domain_id = $1", "UPDATE domains SET id = $1"]
    {
        refuses(&store, &ErrorKind::ForeignKeyViolation, wrong, &[here.id.0]).await;
    }
    let mut conn = store.db.begin().await.unwrap();
    let error =
        sessions::insert(&mut conn, b"hash", UserId(id()), "pwd", &sessions::Origin::default(), at(0), at(1)).await;
    assert_eq!(kind(&error.unwrap_err()), Some(ErrorKind::ForeignKeyViolation));
    drop(conn);
    let mut conn = store.db.begin().await.unwrap();
    let error = domains::insert(&mut conn, &domain(CompanyId(id()), "nobody.example")).await;
    assert_eq!(kind(&error.unwrap_err()), Some(ErrorKind::ForeignKeyViolation));
}
