use std::sync::Arc;

use mandate_domain::{DelegatedAdministration, GrantState, UserId};
use mandate_store::{
    StoreError,
    decisions::{self, Decision, Outcome},
    domains::{self, CheckOutcome, Domain, DomainStatus},
    grants, leases, mail, offers, sessions,
    sessions::one_time_links,
    sign_in_attempts, transaction, users,
};
use tokio::sync::Barrier;

use crate::{
    engines::{Store, on_both_engines},
    world::{account, at, decision, domain, grant, granted, id, offer},
};

on_both_engines!(
    a_grant_ends_once,
    a_grant_past_its_end_is_not_used,
    an_offer_is_withdrawn_once,
    a_url_is_renewed_from_what_was_read,
    a_company_answers_once_however_many_try,
    a_refusal_can_be_changed_and_an_authorization_not,
    a_lease_has_one_holder_at_a_time,
    a_link_is_redeemed_once,
    a_link_of_a_blocked_person_is_of_no_use,
    a_claim_moves_from_state_to_state_once,
    a_person_is_changed_where_they_are,
    failures_are_counted_within_their_time,
    mail_is_settled_once,
    sessions_end,
);

async fn a_grant_ends_once(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let partner = account(conn, "Fabrikam").await?;
        let customer = account(conn, "Contoso").await?;
        let grant = granted(conn, &partner, &customer).await?;
        let used = grants::use_live(conn, partner.id, customer.id, at(30)).await?.unwrap();
        assert_eq!((used.id, used.last_used_at), (grant.id, Some(at(30))));
        assert!(grants::end(conn, grant.id, GrantState::Removed, at(40), Some(customer.administrator)).await?);
        assert!(!grants::end(conn, grant.id, GrantState::Expired, at(50), None).await?);
        let kept = grants::by_decision(conn, grant.decision_id).await?.unwrap();
        assert_eq!((kept.state, kept.ended_at), (GrantState::Removed, Some(at(40))));
        assert_eq!(grants::use_live(conn, partner.id, customer.id, at(60)).await?, None);
        assert_eq!(grants::live(conn, partner.id, customer.id, at(60)).await?, None);
        Ok(())
    })
    .unwrap();
}

async fn a_grant_past_its_end_is_not_used(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let partner = account(conn, "Fabrikam").await?;
        let customer = account(conn, "Contoso").await?;
        let grant = granted(conn, &partner, &customer).await?;
        let moment = chrono::TimeDelta::microseconds(1);
        let before = grant.ends_at - moment;
        assert!(grants::use_live(conn, partner.id, customer.id, before).await?.is_some());
        assert_eq!(grants::live_of_customer(conn, customer.id, before, 5).await?.len(), 1);
        assert_eq!(grants::due(conn, before, 5).await?, []);
        assert_eq!(grants::use_live(conn, partner.id, customer.id, grant.ends_at).await?, None);
        assert_eq!(grants::live_of_customer(conn, customer.id, grant.ends_at, 5).await?, []);
        assert_eq!(grants::ended_of_customer(conn, customer.id, grant.ends_at, 5).await?.len(), 1);
        assert_eq!(grants::due(conn, grant.ends_at, 5).await?.len(), 1);
        // It stands until a job or a new decision ends it.
        assert_eq!(grants::standing(conn, partner.id, customer.id).await?.map(|grant| grant.id), Some(grant.id));
        Ok(())
    })
    .unwrap();
}

async fn an_offer_is_withdrawn_once(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let partner = account(conn, "Fabrikam").await?;
        let other = account(conn, "Adventure").await?;
        let offer = offer(conn, &partner, "Managed IT").await?;
        assert!(!offers::withdraw(conn, other.id, offer.id, at(1)).await?, "it is not theirs");
        assert!(offers::withdraw(conn, partner.id, offer.id, at(2)).await?);
        assert!(!offers::withdraw(conn, partner.id, offer.id, at(3)).await?);
        Ok(())
    })
    .unwrap();
}

async fn a_url_is_renewed_from_what_was_read(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let partner = account(conn, "Fabrikam").await?;
        let other = account(conn, "Adventure").await?;
        let kept = offer(conn, &partner, "Managed IT").await?;
        assert!(!offers::renew_url(conn, other.id, kept.id, 1, at(1)).await?, "it is not theirs");
        assert!(offers::renew_url(conn, partner.id, kept.id, 1, at(1)).await?);
        assert!(!offers::renew_url(conn, partner.id, kept.id, 1, at(1)).await?, "made anew meanwhile");
        assert_eq!(offers::by_token(conn, kept.id).await?.unwrap().generation, 2);
        assert!(!offers::renew_url(conn, partner.id, kept.id, 2, kept.link_ends_at).await?, "past its end");
        assert!(offers::withdraw(conn, partner.id, kept.id, at(2)).await?);
        assert!(!offers::renew_url(conn, partner.id, kept.id, 2, at(3)).await?, "withdrawn");
        Ok(())
    })
    .unwrap();
}

/// Released together, some answer by one server's connections; one of them alone makes the grant.
async fn a_company_answers_once_however_many_try(store: Store) {
    for _ in 0..10 {
        let (offer, customer) = transaction!(store.db, StoreError, |conn| {
            let partner = account(conn, "Fabrikam").await?;
            let customer = account(conn, "Contoso").await?;
            Ok((offer(conn, &partner, "Managed IT").await?, customer))
        })
        .unwrap();
        let gate = Arc::new(Barrier::new(4));
        let mut tries = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let (db, gate, offer) = (store.db.clone(), gate.clone(), offer.clone());
            let decision = decision(&offer, &customer, Outcome::Authorized);
            tries.spawn(async move {
                gate.wait().await;
                transaction!(db, StoreError, |conn| {
                    let first = decisions::decide(conn, &decision).await?;
                    if first {
                        grants::insert(conn, &grant(&offer, &decision)).await?;
                    }
                    Ok(first)
                })
                .unwrap()
            });
        }
        let firsts = tries.join_all().await.into_iter().filter(|first| *first).count();
        assert_eq!(firsts, 1);
        let mut conn = store.db.read().await.unwrap();
        let live = grants::live(&mut conn, offer.partner_id, customer.id, at(20)).await.unwrap();
        assert!(live.is_some());
    }
}

async fn a_refusal_can_be_changed_and_an_authorization_not(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let partner = account(conn, "Fabrikam").await?;
        let customer = account(conn, "Contoso").await?;
        let offer = offer(conn, &partner, "Managed IT").await?;
        let declined = Decision {
            reason: Some("We have another partner".to_owned()),
            ..decision(&offer, &customer, Outcome::Declined)
        };
        assert!(decisions::decide(conn, &declined).await?);
        let counted = offers::by_id(conn, partner.id, offer.id).await?.unwrap();
        assert_eq!((counted.authorized, counted.declined), (0, 1));
        let answers = decisions::answers(conn, partner.id, offer.id, 5).await?;
        assert_eq!((answers.len(), &answers[0].reason), (1, &declined.reason));
        assert_eq!(decisions::answers(conn, customer.id, offer.id, 5).await?, [], "told to the partner alone");

        assert!(decisions::decide(conn, &decision(&offer, &customer, Outcome::Authorized)).await?);
        assert!(!decisions::decide(conn, &declined).await?);
        assert!(!decisions::decide(conn, &decision(&offer, &customer, Outcome::Authorized)).await?);
        let kept = decisions::of_company(conn, offer.id, customer.id).await?.unwrap();
        assert_eq!((kept.id, kept.outcome, kept.reason), (declined.id, Outcome::Authorized, None));
        let counted = offers::by_id(conn, partner.id, offer.id).await?.unwrap();
        assert_eq!((counted.authorized, counted.declined), (1, 0));
        Ok(())
    })
    .unwrap();
}

async fn a_lease_has_one_holder_at_a_time(store: Store) {
    let (one, other) = (id(), id());
    transaction!(store.db, StoreError, |conn| {
        assert!(leases::take(conn, "mail", one, at(0), at(60)).await?);
        assert!(!leases::take(conn, "mail", other, at(1), at(61)).await?);
        assert!(leases::take(conn, "expiry", other, at(1), at(61)).await?, "of another job");
        assert!(leases::take(conn, "mail", one, at(30), at(90)).await?, "kept by its holder");
        assert!(!leases::take(conn, "mail", other, at(60), at(120)).await?);
        assert!(leases::take(conn, "mail", other, at(90), at(150)).await?, "past its end");
        assert!(!leases::take(conn, "mail", one, at(91), at(151)).await?);
        leases::give_back(conn, "mail", one).await?;
        assert!(!leases::take(conn, "mail", one, at(92), at(152)).await?, "not theirs to give back");
        leases::give_back(conn, "mail", other).await?;
        assert!(leases::take(conn, "mail", one, at(93), at(153)).await?);
        Ok(())
    })
    .unwrap();

    let gate = Arc::new(Barrier::new(2));
    let mut tries = tokio::task::JoinSet::new();
    for holder in [one, other] {
        let (db, gate) = (store.db.clone(), gate.clone());
        tries.spawn(async move {
            gate.wait().await;
            transaction!(db, StoreError, |conn| { leases::take(conn, "together", holder, at(0), at(60)).await })
                .unwrap()
        });
    }
    let taken = tries.join_all().await.into_iter().filter(|taken| *taken).count();
    assert_eq!(taken, 1);
}

async fn a_link_is_redeemed_once(store: Store) {
    let administrator = transaction!(store.db, StoreError, |conn| {
        let account = account(conn, "Contoso").await?;
        for token in [b"first", b"other"] {
            one_time_links::insert(conn, token, account.administrator, at(0), at(60)).await?;
        }
        assert_eq!(one_time_links::usable(conn, b"first", at(59)).await?, Some((account.id, account.administrator)));
        assert_eq!(one_time_links::usable(conn, b"first", at(60)).await?, None);
        assert_eq!(one_time_links::usable(conn, b"unknown", at(1)).await?, None);
        assert!(!one_time_links::redeem(conn, b"first", at(60)).await?, "past its time");
        assert!(one_time_links::redeem(conn, b"first", at(59)).await?);
        assert!(!one_time_links::redeem(conn, b"first", at(59)).await?);
        assert_eq!(one_time_links::usable(conn, b"first", at(1)).await?, None);
        Ok(account.administrator)
    })
    .unwrap();

    let gate = Arc::new(Barrier::new(2));
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..2 {
        let (db, gate) = (store.db.clone(), gate.clone());
        tries.spawn(async move {
            gate.wait().await;
            transaction!(db, StoreError, |conn| { one_time_links::redeem(conn, b"other", at(1)).await }).unwrap()
        });
    }
    let redeemed = tries.join_all().await.into_iter().filter(|redeemed| *redeemed).count();
    assert_eq!(redeemed, 1);

    transaction!(store.db, StoreError, |conn| {
        one_time_links::insert(conn, b"third", administrator, at(0), at(60)).await?;
        one_time_links::delete_of_user(conn, administrator).await?;
        assert!(!one_time_links::redeem(conn, b"third", at(1)).await?);
        Ok(())
    })
    .unwrap();
}

async fn a_link_of_a_blocked_person_is_of_no_use(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let account = account(conn, "Contoso").await?;
        one_time_links::insert(conn, b"token", account.administrator, at(0), at(60)).await?;
        assert!(users::set_blocked(conn, account.id, account.administrator, true).await?);
        assert_eq!(one_time_links::usable(conn, b"token", at(1)).await?, None);
        assert!(users::set_blocked(conn, account.id, account.administrator, false).await?);
        assert!(one_time_links::usable(conn, b"token", at(1)).await?.is_some());
        Ok(())
    })
    .unwrap();
}

async fn a_claim_moves_from_state_to_state_once(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let here = account(conn, "Contoso").await?.id;
        let there = account(conn, "Northwind").await?.id;
        let claim = domain(here, "labs.example");
        assert!(domains::insert(conn, &claim).await?);
        let again = |second| Domain {
            challenge: "again".to_owned(),
            created_at: at(second),
            lapses_at: Some(at(5_000)),
            next_check_at: Some(at(second + 60)),
            ..domain(here, "labs.example")
        };
        let refused = domains::claim_again(conn, claim.id, &again(999)).await;
        assert!(matches!(refused, Err(StoreError::RowsAffected { expected: 1, actual: 0 })), "it has not lapsed");
        assert!(!domains::verify(conn, there, claim.id, at(1), None).await?, "it is not theirs");
        assert!(!domains::verify(conn, here, claim.id, at(1_000), None).await?, "its time is over");
        assert_eq!(domains::lapse(conn, at(999), 5).await?, []);
        let lapsed = domains::lapse(conn, at(1_000), 5).await?;
        assert_eq!(
            lapsed.iter().map(|domain| (domain.id, domain.status)).collect::<Vec<_>>(),
            [(claim.id, DomainStatus::Lapsed)]
        );
        assert_eq!(domains::lapse(conn, at(1_000), 5).await?, []);
        domains::claim_again(conn, claim.id, &again(1_000)).await?;
        let checked = |second| CheckOutcome {
            at: at(second),
            result: "No such name",
            next_check_at: Some(at(4_000)),
            zone: None,
            name_servers: None,
        };
        assert_eq!(domains::to_check(conn, at(1_059), 5).await?, []);
        assert_eq!(domains::to_check(conn, at(1_060), 5).await?.len(), 1);
        domains::checked(conn, here, claim.id, &checked(1_500)).await?;
        assert_eq!(domains::to_check(conn, at(3_999), 5).await?, []);
        assert_eq!(domains::to_check(conn, at(4_000), 5).await?.len(), 1);
        assert_eq!(domains::to_check(conn, at(5_000), 5).await?, [], "its time is over");
        assert!(domains::verify(conn, here, claim.id, at(2_000), None).await?);
        assert!(!domains::verify(conn, here, claim.id, at(2_001), None).await?);
        domains::checked(conn, here, claim.id, &checked(2_002)).await?;
        assert_eq!(domains::to_check(conn, at(4_000), 5).await?, []);
        let kept = domains::by_name(conn, here, "labs.example").await?.unwrap();
        assert_eq!((kept.verified_at, kept.challenge.as_str()), (Some(at(2_000)), "again"));
        assert_eq!(kept.check_result, None, "what is verified is checked no more");
        Ok(())
    })
    .unwrap();
}

async fn a_person_is_changed_where_they_are(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let here = account(conn, "Contoso").await?;
        let there = account(conn, "Northwind").await?;
        let person = here.administrator;
        for (company, id) in [(there.id, person), (here.id, UserId(id()))] {
            let refused = users::set_delegation(conn, company, id, DelegatedAdministration::Full).await;
            assert!(matches!(refused, Err(StoreError::RowsAffected { expected: 1, actual: 0 })));
            assert!(!users::set_blocked(conn, company, id, true).await?);
            assert_eq!(users::lock(conn, company, id).await?, None);
            assert_eq!(users::by_id(conn, company, id).await?, None);
        }
        assert!(users::set_blocked(conn, here.id, person, true).await?);
        assert!(!users::set_blocked(conn, here.id, person, true).await?);

        let password =
            users::NewPassword { hash: "new", must_change: false, set_at: at(1), set_by: None, set_by_partner: None };
        users::set_password(conn, here.id, person, &password).await?;
        users::rehash(conn, person, "old", "stale").await?;
        assert_eq!(users::lock(conn, here.id, person).await?.unwrap().password_hash.as_deref(), Some("new"));
        users::rehash(conn, person, "new", "newer").await?;
        assert_eq!(users::lock(conn, here.id, person).await?.unwrap().password_hash.as_deref(), Some("newer"));
        Ok(())
    })
    .unwrap();
}

async fn failures_are_counted_within_their_time(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        for second in 0..3 {
            let before = sign_in_attempts::count(conn, "user:mia", at(second), at(second - 60)).await?;
            assert_eq!(before, second);
        }
        assert_eq!(sign_in_attempts::count(conn, "address:192.0.2.1", at(3), at(-57)).await?, 0);
        assert_eq!(sign_in_attempts::count(conn, "user:mia", at(70), at(2)).await?, 0, "long enough ago");
        sign_in_attempts::take_back(conn, "user:mia").await?;
        sign_in_attempts::take_back(conn, "user:mia").await?;
        assert_eq!(sign_in_attempts::count(conn, "user:mia", at(71), at(3)).await?, 0, "never below none");
        sign_in_attempts::forget_before(conn, at(10)).await?;
        assert_eq!(sign_in_attempts::count(conn, "address:192.0.2.1", at(71), at(0)).await?, 0);
        sign_in_attempts::forget(conn, "user:mia").await?;
        assert_eq!(sign_in_attempts::count(conn, "user:mia", at(72), at(0)).await?, 0);
        Ok(())
    })
    .unwrap();
}

async fn mail_is_settled_once(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let mut letter = mail::Mail {
            id: id(),
            to_name: "Mia".to_owned(),
            to_address: "mia@contoso.example".to_owned(),
            subject: "Access authorized".to_owned(),
            body: "Hello\n".to_owned(),
            created_at: at(0),
            attempts: 0,
        };
        mail::enqueue(conn, &letter).await?;
        assert_eq!(mail::due(conn, at(-1), 5).await?, []);
        assert_eq!(mail::due(conn, at(0), 5).await?, std::slice::from_ref(&letter));
        mail::retry_at(conn, letter.id, at(60), "refused").await?;
        assert_eq!(mail::due(conn, at(59), 5).await?, []);
        letter.attempts = 1;
        assert_eq!(mail::due(conn, at(60), 5).await?, std::slice::from_ref(&letter));
        mail::sent(conn, letter.id).await?;
        // Late news about what is settled changes nothing.
        mail::retry_at(conn, letter.id, at(61), "refused").await?;
        mail::failed(conn, letter.id, "refused").await?;
        assert_eq!(mail::due(conn, at(1_000), 5).await?, []);

        let given_up = mail::Mail { id: id(), ..letter };
        mail::enqueue(conn, &given_up).await?;
        mail::failed(conn, given_up.id, "refused").await?;
        assert_eq!(mail::due(conn, at(1_000), 5).await?, []);
        // What waits is kept, however old.
        let waiting = mail::Mail { id: id(), ..given_up };
        mail::enqueue(conn, &waiting).await?;
        mail::forget_before(conn, at(1_000)).await?;
        assert_eq!(mail::due(conn, at(1_000), 5).await?, [waiting]);
        Ok(())
    })
    .unwrap();
}

async fn sessions_end(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let account = account(conn, "Contoso").await?;
        let person = account.administrator;
        for token in [b"here", b"hers", b"then"] {
            sessions::insert(conn, token, person, "pwd", &sessions::Origin::default(), at(0), at(1_000)).await?;
        }
        sessions::touch(conn, b"here", at(500)).await?;
        let kept = sessions::by_token_hash(conn, b"here").await?.unwrap();
        assert_eq!((kept.user_id, kept.company_id), (person, account.id));
        assert_eq!((kept.last_seen_at, kept.expires_at), (at(500), at(1_000)));
        sessions::delete(conn, b"then").await?;
        assert_eq!(sessions::by_token_hash(conn, b"then").await?, None);
        // All but the one that asks for it.
        sessions::delete_of_user(conn, person, Some(b"here")).await?;
        assert_eq!(sessions::by_token_hash(conn, b"hers").await?, None);
        sessions::delete_expired(conn, at(999), at(499)).await?;
        assert!(sessions::by_token_hash(conn, b"here").await?.is_some());
        sessions::delete_expired(conn, at(999), at(500)).await?;
        assert_eq!(sessions::by_token_hash(conn, b"here").await?, None, "idle");
        sessions::insert(conn, b"late", person, "pwd", &sessions::Origin::default(), at(0), at(1_000)).await?;
        sessions::delete_expired(conn, at(1_000), at(-1)).await?;
        assert_eq!(sessions::by_token_hash(conn, b"late").await?, None, "expired");
        sessions::insert(conn, b"last", person, "pwd", &sessions::Origin::default(), at(0), at(1_000)).await?;
        sessions::delete_of_user(conn, person, None).await?;
        assert_eq!(sessions::by_token_hash(conn, b"last").await?, None);
        Ok(())
    })
    .unwrap();
}
