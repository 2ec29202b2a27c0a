use std::sync::Arc;

use mandate_domain::{
    Addressee, BatchId, GrantDays, LinkDays, OfferAnswer, OfferId, Role, RoleSet, TemplateId, sort_key,
};
use mandate_store::{
    StoreError, StoreResult,
    offer_batches::{self, Batch},
    offer_mail,
    offer_templates::{self, Template},
    offers::{self, BatchPlace, Offer},
    transaction,
};
use tokio::task::JoinSet;

use crate::{
    engines::{Store, on_both_engines},
    world::{Account, account, at, id, new_offer, offer},
};

on_both_engines!(
    what_an_offer_is_for_comes_back,
    an_offer_for_one_is_used_up_once,
    an_offer_for_any_number_is_never_used_up,
    what_is_addressed_is_for_one,
    a_decline_is_noted_where_it_is_the_only_answer,
    mail_and_reminders_move_by_guarded_writes,
    a_batch_is_made_once_and_is_its_partners,
    a_template_changes_from_what_was_read,
    one_template_is_the_default,
);

async fn what_an_offer_is_for_comes_back(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let partner = account(conn, "Fabrikam").await?;
        let batch = batch(&partner);
        assert!(offer_batches::insert(conn, &batch).await?);
        for (row, key) in ["contoso.example", "mia@contoso.example"].into_iter().enumerate() {
            let kept = Offer {
                single_use: true,
                addressed_to: Addressee::from_key(key),
                message: Some("Hello Mia,\nas agreed".to_owned()),
                addressee_name: Some("Contoso".to_owned()),
                addressee_email: Some("mia@contoso.example".to_owned()),
                batch: Some(BatchPlace { id: batch.id, row: i16::try_from(row).unwrap() }),
                ..new_offer(&partner, key)
            };
            assert!(offers::insert(conn, &kept, &sort_key(key)).await?);
            assert_eq!(offers::by_token(conn, kept.id).await?.as_ref(), Some(&kept));
        }
        Ok(())
    })
    .unwrap();
}

async fn for_one(store: &Store) -> (Account, Offer) {
    transaction!(store.db, StoreError, |conn| {
        let partner = account(conn, "Fabrikam").await?;
        let kept = Offer { single_use: true, ..new_offer(&partner, "For one") };
        assert!(offers::insert(conn, &kept, "for one").await?);
        Ok((partner, kept))
    })
    .unwrap()
}

async fn an_offer_for_one_is_used_up_once(store: Store) {
    let (partner, kept) = for_one(&store).await;
    let store = Arc::new(store);
    let mut tasks = JoinSet::new();
    for _ in 0..10 {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            transaction!(store.db, StoreError, |conn| { offers::use_up(conn, kept.id).await }).unwrap()
        });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|first| *first).count(), 1);
    transaction!(store.db, StoreError, |conn| {
        offers::declined(conn, kept.id).await?;
        assert_eq!(offers::by_token(conn, kept.id).await?.unwrap().answer, OfferAnswer::Used, "it stays so");
        assert!(!offers::withdraw(conn, partner.id, kept.id, at(2)).await?);
        assert!(!offers::renew_url(conn, partner.id, kept.id, 1, at(2)).await?);
        Ok(())
    })
    .unwrap();
}

async fn an_offer_for_any_number_is_never_used_up(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let partner = account(conn, "Fabrikam").await?;
        let kept = offer(conn, &partner, "Managed IT").await?;
        assert!(!offers::use_up(conn, kept.id).await?);
        offers::declined(conn, kept.id).await?;
        assert_eq!(offers::by_token(conn, kept.id).await?.unwrap().answer, OfferAnswer::None);
        Ok(())
    })
    .unwrap();
}

async fn what_is_addressed_is_for_one(store: Store) {
    let refused: StoreResult<bool> = transaction!(store.db, StoreError, |conn| {
        let partner = account(conn, "Fabrikam").await?;
        let wrong = Offer { addressed_to: Addressee::from_key("contoso.example"), ..new_offer(&partner, "Wrong") };
        offers::insert(conn, &wrong, "wrong").await
    });
    assert!(matches!(refused, Err(StoreError::Database(_))), "{refused:?}");
}

async fn a_decline_is_noted_where_it_is_the_only_answer(store: Store) {
    let (_, kept) = for_one(&store).await;
    transaction!(store.db, StoreError, |conn| {
        offers::declined(conn, kept.id).await?;
        assert_eq!(offers::by_token(conn, kept.id).await?.unwrap().answer, OfferAnswer::Declined);
        assert!(offers::use_up(conn, kept.id).await?, "it can still be changed");
        Ok(())
    })
    .unwrap();
}

async fn mail_and_reminders_move_by_guarded_writes(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let partner = account(conn, "Fabrikam").await?;
        let other = account(conn, "Adventure").await?;
        let without = offer(conn, &partner, "Without an address").await?;
        assert!(!offer_mail::mailed(conn, partner.id, without.id, at(1), None, 5).await?);

        let email = Some("mia@contoso.example".to_owned());
        let kept = Offer { addressee_email: email, ..new_offer(&partner, "Mailed") };
        assert!(offers::insert(conn, &kept, "mailed").await?);
        assert!(!offer_mail::mailed(conn, other.id, kept.id, at(1), Some(at(7)), 2).await?, "it is not theirs");
        assert!(offer_mail::mailed(conn, partner.id, kept.id, at(1), Some(at(7)), 2).await?);
        assert!(offer_mail::mailed(conn, partner.id, kept.id, at(2), Some(at(8)), 2).await?);
        assert!(!offer_mail::mailed(conn, partner.id, kept.id, at(3), Some(at(9)), 2).await?, "often enough");
        let seen = offers::by_token(conn, kept.id).await?.unwrap();
        assert_eq!((seen.mailings, seen.mailed_at, seen.next_reminder_at), (2, Some(at(2)), Some(at(7))));

        assert_eq!(offer_mail::due(conn, at(6), 5).await?, []);
        assert_eq!(offer_mail::due(conn, at(7), 5).await?, [seen]);
        assert!(offer_mail::reminded(conn, kept.id, at(7), Some(at(30))).await?);
        assert!(!offer_mail::reminded(conn, kept.id, at(7), Some(at(30))).await?, "sent already");
        assert_eq!(offers::by_token(conn, kept.id).await?.unwrap().reminders, 1);
        offer_mail::end_reminders(conn, kept.id).await?;
        assert_eq!(offer_mail::due(conn, at(99), 5).await?, []);

        assert!(offer_mail::stop(conn, kept.id, at(4)).await?);
        assert!(!offer_mail::stop(conn, kept.id, at(5)).await?);
        assert!(!offer_mail::mailed(conn, partner.id, kept.id, at(6), None, 9).await?, "stopped");
        Ok(())
    })
    .unwrap();
}

fn batch(partner: &Account) -> Batch {
    Batch {
        id: BatchId(id()),
        partner_id: partner.id,
        name: "Managed IT".to_owned(),
        created_by: partner.administrator,
        created_at: at(0),
    }
}

async fn a_batch_is_made_once_and_is_its_partners(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let partner = account(conn, "Fabrikam").await?;
        let other = account(conn, "Adventure").await?;
        let batch = batch(&partner);
        assert!(offer_batches::insert(conn, &batch).await?);
        assert!(!offer_batches::insert(conn, &batch).await?);
        assert!(!offer_batches::insert(conn, &Batch { partner_id: other.id, ..batch.clone() }).await?);
        assert_eq!(offer_batches::by_id(conn, partner.id, batch.id).await?.as_ref(), Some(&batch));
        assert_eq!(offer_batches::by_id(conn, other.id, batch.id).await?, None);
        let mut made: Vec<OfferId> = Vec::new();
        for row in [3, 1, 2] {
            let kept =
                Offer { batch: Some(BatchPlace { id: batch.id, row }), ..new_offer(&partner, &format!("Row {row}")) };
            assert!(offers::insert(conn, &kept, &sort_key(&kept.name)).await?);
            made.push(kept.id);
        }
        let found = offer_batches::offers(conn, partner.id, batch.id, 10).await?;
        assert_eq!(found.iter().map(|offer| offer.id).collect::<Vec<_>>(), [made[1], made[2], made[0]]);
        assert_eq!(offer_batches::offers(conn, other.id, batch.id, 10).await?, []);
        Ok(())
    })
    .unwrap();
}

fn template(partner: &Account, name: &str) -> Template {
    Template {
        id: TemplateId(id()),
        partner_id: partner.id,
        name: name.to_owned(),
        roles: RoleSet::from_iter([Role::DirectoryReader]),
        days: GrantDays::new(30).unwrap(),
        link_days: LinkDays::new(14).unwrap(),
        single_use: true,
        message: Some("As agreed".to_owned()),
        is_default: false,
        version: 1,
        created_at: at(0),
    }
}

async fn a_template_changes_from_what_was_read(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let partner = account(conn, "Fabrikam").await?;
        let other = account(conn, "Adventure").await?;
        let kept = template(&partner, "Small");
        assert!(offer_templates::insert(conn, &kept, "small").await?);
        assert!(!offer_templates::insert(conn, &template(&partner, "SMALL"), "small").await?);
        assert_eq!(offer_templates::by_id(conn, partner.id, kept.id).await?.as_ref(), Some(&kept));
        assert_eq!(offer_templates::by_id(conn, other.id, kept.id).await?, None);
        assert!(!offer_templates::name_is_taken(conn, partner.id, kept.id, "small").await?);
        assert!(offer_templates::name_is_taken(conn, partner.id, TemplateId(id()), "small").await?);
        let changed = Template { name: "Large".to_owned(), message: None, ..kept.clone() };
        assert!(!offer_templates::update(conn, &Template { partner_id: other.id, ..changed.clone() }, "large").await?);
        assert!(offer_templates::update(conn, &changed, "large").await?);
        assert!(!offer_templates::update(conn, &changed, "large").await?, "changed meanwhile");
        let expected = Template { version: 2, ..changed };
        assert_eq!(offer_templates::list(conn, partner.id, 9).await?, [expected]);
        assert_eq!(offer_templates::count(conn, other.id).await?, 0);
        assert!(!offer_templates::delete(conn, other.id, kept.id).await?);
        assert!(offer_templates::delete(conn, partner.id, kept.id).await?);
        assert!(!offer_templates::delete(conn, partner.id, kept.id).await?);
        Ok(())
    })
    .unwrap();
}

async fn one_template_is_the_default(store: Store) {
    let (partner, ids) = transaction!(store.db, StoreError, |conn| {
        let partner = account(conn, "Fabrikam").await?;
        let mut ids = Vec::new();
        for name in ["a", "b", "c"] {
            let kept = template(&partner, name);
            assert!(offer_templates::insert(conn, &kept, name).await?);
            ids.push(kept.id);
        }
        Ok((partner, ids))
    })
    .unwrap();
    let store = Arc::new(store);
    let mut tasks = JoinSet::new();
    for id in ids {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            transaction!(store.db, StoreError, |conn| {
                offer_templates::choose_default(conn, partner.id, Some(id)).await
            })
            .unwrap()
        });
    }
    assert_eq!(tasks.join_all().await, [true; 3]);
    transaction!(store.db, StoreError, |conn| {
        let defaults = |templates: Vec<Template>| templates.iter().filter(|template| template.is_default).count();
        assert_eq!(defaults(offer_templates::list(conn, partner.id, 9).await?), 1);
        assert!(offer_templates::choose_default(conn, partner.id, None).await?);
        assert_eq!(defaults(offer_templates::list(conn, partner.id, 9).await?), 0);
        assert!(!offer_templates::choose_default(conn, partner.id, Some(TemplateId(id()))).await?);
        Ok(())
    })
    .unwrap();
}
