use std::sync::Arc;

use mandate_domain::{Country, OfferId, SignUpId, SubscriptionKind};
use mandate_store::{
    Conn, StoreError, StoreResult,
    mail::{self, Mail},
    sign_ups::{self, SignUp},
    transaction,
};
use tokio::{sync::Barrier, task::JoinSet};

use crate::{
    engines::{Store, on_both_engines},
    world::{account, at, id, offer, ordered},
};

on_both_engines!(
    what_was_typed_comes_back,
    a_code_is_tried_five_times,
    another_address_is_confirmed_anew,
    a_stranger_gets_few_codes,
    it_is_finished_once,
    they_are_counted_by_address_and_by_offer,
    after_a_day_nothing_is_left,
);

fn new(offer: OfferId) -> SignUp {
    SignUp {
        id: SignUpId(id()),
        offer_id: offer,
        generation: 1,
        address_key: "192.0.2.1".to_owned(),
        company_name: None,
        country: None,
        domain_prefix: None,
        first_name: None,
        last_name: None,
        display_name: None,
        user_name: None,
        alternate_email: None,
        password_hash: None,
        email_confirmed: false,
        code_tries: 0,
        code_expires_at: None,
        created_at: at(0),
        finished_at: None,
        finished_company: None,
        finished_order: None,
    }
}

fn token(sign_up: &SignUp) -> [u8; 16] {
    sign_up.id.0.into_bytes()
}

const ADDRESS: &str = "mia@home.example";

fn typed(begun: &SignUp) -> SignUp {
    SignUp {
        first_name: Some("Mia".to_owned()),
        last_name: Some("Núñez".to_owned()),
        display_name: Some("Mia Núñez".to_owned()),
        user_name: Some("mia".to_owned()),
        alternate_email: Some(ADDRESS.to_owned()),
        password_hash: Some("$argon2id$".to_owned()),
        ..begun.clone()
    }
}

/// One that was just begun.
async fn begun(conn: &mut Conn) -> StoreResult<SignUp> {
    let partner = account(conn, "Fabrikam").await?;
    let offer = offer(conn, &partner, "Managed IT").await?;
    let begun = new(offer.id);
    sign_ups::insert(conn, &begun, &token(&begun)).await?;
    Ok(begun)
}

/// One whose administrator waits for a code.
async fn waiting(conn: &mut Conn) -> StoreResult<SignUp> {
    let waiting = typed(&begun(conn).await?);
    assert!(sign_ups::save_administrator(conn, &waiting).await?);
    assert!(sign_ups::begin_code(conn, waiting.id, 5).await?);
    assert!(sign_ups::set_code(conn, waiting.id, ADDRESS, b"hash", at(900)).await?);
    Ok(SignUp { code_expires_at: Some(at(900)), ..waiting })
}

async fn read(conn: &mut Conn, of: &SignUp) -> StoreResult<SignUp> {
    Ok(sign_ups::by_token_hash(conn, &token(of)).await?.unwrap())
}

async fn what_was_typed_comes_back(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let kept = begun(conn).await?;
        assert_eq!(read(conn, &kept).await?, kept);
        assert_eq!(sign_ups::by_token_hash(conn, b"another").await?, None);
        let germany = Country::parse("DE").unwrap();
        assert!(sign_ups::save_company(conn, kept.id, "Contoso “GmbH”", germany, "contoso").await?);
        assert!(sign_ups::save_administrator(conn, &typed(&kept)).await?);
        let expected = SignUp {
            company_name: Some("Contoso “GmbH”".to_owned()),
            country: Some(germany),
            domain_prefix: Some("contoso".to_owned()),
            ..typed(&kept)
        };
        assert_eq!(read(conn, &kept).await?, expected);
        assert_eq!(sign_ups::lock(conn, kept.id).await?, Some(expected));
        assert_eq!(sign_ups::lock(conn, SignUpId(id())).await?, None);
        Ok(())
    })
    .unwrap();
}

async fn a_code_is_tried_five_times(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let kept = typed(&begun(conn).await?);
        assert!(sign_ups::save_administrator(conn, &kept).await?);
        assert_eq!(sign_ups::try_code(conn, kept.id, at(1), 5).await?, None, "none was sent");
        assert!(!sign_ups::set_code(conn, kept.id, "other@home.example", b"hash", at(900)).await?);
        assert!(sign_ups::set_code(conn, kept.id, ADDRESS, b"hash", at(900)).await?);
        assert_eq!(read(conn, &kept).await?, SignUp { code_expires_at: Some(at(900)), ..kept.clone() });
        assert_eq!(sign_ups::try_code(conn, kept.id, at(900), 5).await?, None, "its time is over");
        for tries in 1..=5 {
            let compared = sign_ups::try_code(conn, kept.id, at(899), 5).await?;
            assert_eq!(compared, Some((ADDRESS.to_owned(), b"hash".to_vec())));
            assert_eq!(read(conn, &kept).await?.code_tries, tries);
        }
        assert_eq!(sign_ups::try_code(conn, kept.id, at(899), 5).await?, None, "often enough");
        assert!(!sign_ups::confirm(conn, kept.id, "other@home.example").await?);
        assert!(sign_ups::confirm(conn, kept.id, ADDRESS).await?);
        assert_eq!(read(conn, &kept).await?, SignUp { email_confirmed: true, ..kept.clone() });
        assert_eq!(sign_ups::try_code(conn, kept.id, at(1), 5).await?, None);
        assert!(!sign_ups::set_code(conn, kept.id, ADDRESS, b"late", at(900)).await?, "it is theirs already");
        Ok(())
    })
    .unwrap();

    // Of tries at once, each is one more.
    let kept = transaction!(store.db, StoreError, |conn| { waiting(conn).await }).unwrap();
    let gate = Arc::new(Barrier::new(8));
    let mut tries = JoinSet::new();
    for _ in 0..8 {
        let (db, gate, id) = (store.db.clone(), Arc::clone(&gate), kept.id);
        tries.spawn(async move {
            gate.wait().await;
            transaction!(db, StoreError, |conn| { sign_ups::try_code(conn, id, at(1), 5).await }).unwrap()
        });
    }
    assert_eq!(tries.join_all().await.into_iter().flatten().count(), 5);
}

async fn another_address_is_confirmed_anew(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let kept = waiting(conn).await?;
        // The same again, with another name: the code still works.
        let renamed = SignUp { first_name: None, ..kept.clone() };
        assert!(sign_ups::save_administrator(conn, &renamed).await?);
        assert_eq!(read(conn, &kept).await?, renamed);
        let other = SignUp { alternate_email: Some("mia@other.example".to_owned()), ..kept.clone() };
        assert!(sign_ups::save_administrator(conn, &other).await?);
        assert_eq!(read(conn, &kept).await?, SignUp { code_expires_at: None, ..other.clone() });
        assert!(!sign_ups::confirm(conn, kept.id, ADDRESS).await?, "it is another by now");
        assert!(sign_ups::confirm(conn, kept.id, "mia@other.example").await?);
        assert!(sign_ups::save_administrator(conn, &other).await?);
        assert!(read(conn, &kept).await?.email_confirmed, "it is still the same");
        assert!(sign_ups::save_administrator(conn, &kept).await?);
        assert!(!read(conn, &kept).await?.email_confirmed);
        Ok(())
    })
    .unwrap();
}

async fn a_stranger_gets_few_codes(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let kept = begun(conn).await?;
        assert!(!sign_ups::begin_code(conn, kept.id, 2).await?, "there is no address");
        assert!(sign_ups::save_administrator(conn, &typed(&kept)).await?);
        for address in [ADDRESS, "mia@other.example"] {
            let other = SignUp { alternate_email: Some(address.to_owned()), ..typed(&kept) };
            assert!(sign_ups::save_administrator(conn, &other).await?);
            assert!(sign_ups::begin_code(conn, kept.id, 2).await?);
            assert!(sign_ups::set_code(conn, kept.id, address, b"hash", at(900)).await?);
        }
        assert!(!sign_ups::begin_code(conn, kept.id, 2).await?, "to whichever address");
        assert!(sign_ups::begin_code(conn, kept.id, 3).await?);
        assert_eq!(sign_ups::try_code(conn, kept.id, at(1), 5).await?, None, "the one before is of no use");
        assert!(sign_ups::confirm(conn, kept.id, "mia@other.example").await?);
        assert!(!sign_ups::begin_code(conn, kept.id, 9).await?, "it is confirmed");
        Ok(())
    })
    .unwrap();
}

async fn it_is_finished_once(store: Store) {
    let (kept, order) = transaction!(store.db, StoreError, |conn| {
        let kept = waiting(conn).await?;
        let partner = account(conn, "Fabrikam").await?;
        let customer = account(conn, "Contoso").await?;
        Ok((kept, ordered(conn, &partner, &customer, SubscriptionKind::Trial).await?.1))
    })
    .unwrap();
    let gate = Arc::new(Barrier::new(4));
    let mut tries = JoinSet::new();
    for _ in 0..4 {
        let (db, gate, id, order) = (store.db.clone(), Arc::clone(&gate), kept.id, order.clone());
        tries.spawn(async move {
            gate.wait().await;
            transaction!(db, StoreError, |conn| {
                sign_ups::finish(conn, id, order.company_id, order.id, at(50)).await
            })
            .unwrap()
        });
    }
    assert_eq!(tries.join_all().await.into_iter().filter(|first| *first).count(), 1);
    transaction!(store.db, StoreError, |conn| {
        let finished = SignUp {
            password_hash: None,
            code_expires_at: None,
            finished_at: Some(at(50)),
            finished_company: Some(order.company_id),
            finished_order: Some(order.id),
            ..kept.clone()
        };
        assert_eq!(read(conn, &kept).await?, finished);
        // Nothing of it changes any more.
        assert!(!sign_ups::save_company(conn, kept.id, "Other", Country::parse("FR").unwrap(), "other").await?);
        assert!(!sign_ups::save_administrator(conn, &kept).await?);
        assert!(!sign_ups::begin_code(conn, kept.id, 9).await?);
        assert!(!sign_ups::set_code(conn, kept.id, ADDRESS, b"late", at(900)).await?);
        assert!(!sign_ups::confirm(conn, kept.id, ADDRESS).await?);
        assert_eq!(sign_ups::try_code(conn, kept.id, at(51), 5).await?, None);
        assert_eq!(read(conn, &kept).await?, finished);
        Ok(())
    })
    .unwrap();
}

async fn they_are_counted_by_address_and_by_offer(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let partner = account(conn, "Fabrikam").await?;
        let [first, second] = [offer(conn, &partner, "First").await?.id, offer(conn, &partner, "Second").await?.id];
        for (offer, address, second_of) in [(first, "a", 1), (first, "a", 2), (first, "b", 3), (second, "a", 4)] {
            let kept = SignUp { address_key: address.to_owned(), created_at: at(second_of), ..new(offer) };
            sign_ups::insert(conn, &kept, &token(&kept)).await?;
        }
        assert_eq!(sign_ups::count_from(conn, "a", at(0)).await?, 3);
        assert_eq!(sign_ups::count_from(conn, "a", at(1)).await?, 2);
        assert_eq!(sign_ups::count_from(conn, "c", at(0)).await?, 0);
        assert_eq!(sign_ups::count_of_offer(conn, first, at(0)).await?, 3);
        assert_eq!(sign_ups::count_of_offer(conn, first, at(2)).await?, 1);
        assert_eq!(sign_ups::count_of_offer(conn, second, at(0)).await?, 1);
        Ok(())
    })
    .unwrap();
}

async fn after_a_day_nothing_is_left(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let kept = waiting(conn).await?;
        let letter = |number| Mail {
            id: id(),
            to_name: "Mia".to_owned(),
            to_address: ADDRESS.to_owned(),
            subject: format!("Code {number}"),
            body: String::new(),
            created_at: at(0),
            attempts: 0,
        };
        let [code, sent, other] = [1, 2, 3].map(letter);
        for mail in [&code, &sent, &other] {
            mail::enqueue(conn, mail).await?;
        }
        sign_ups::insert_mail(conn, code.id, kept.id).await?;
        sign_ups::insert_mail(conn, sent.id, kept.id).await?;
        mail::sent(conn, sent.id).await?;
        assert_eq!(sign_ups::of_mail(conn, code.id).await?, Some(kept.id));
        assert_eq!(sign_ups::of_mail(conn, other.id).await?, None);
        sign_ups::delete_before(conn, at(-1)).await?;
        assert_eq!(read(conn, &kept).await?, kept);
        sign_ups::delete_before(conn, at(0)).await?;
        assert_eq!(sign_ups::by_token_hash(conn, &token(&kept)).await?, None);
        assert_eq!(sign_ups::of_mail(conn, code.id).await?, None);
        assert_eq!(mail::due(conn, at(1), 9).await?, [other], "nor does the outbox know the address");
        Ok(())
    })
    .unwrap();
}
