use mandate_domain::{
    ContentKind, Country, Currency, Money, PlanId, Quantity, SubscriptionKind, Term, TrialDays, TrialTerms, sort_key,
};
use mandate_store::{
    StoreError, companies, offer_lines,
    offer_lines::OfferLine,
    offers::{self, Offer},
    orders::{self, Order, OrderLine},
    page::{Cursor, PageRequest},
    plans::{self, Plan, PlanPrice, Upserted},
    transaction,
};
use sqlx::error::ErrorKind;

use crate::{
    engines::{Store, execute, kind, on_both_engines},
    world::{account, euros, id, new_offer, new_sale, order, ordered, plan, quantity, sold},
};

on_both_engines!(
    a_plan_comes_back_and_is_known_by_its_key,
    what_is_offered_where,
    what_a_catalog_leaves_out_is_withdrawn,
    however_many_are_left_out_all_are_withdrawn,
    a_sale_comes_back,
    a_reference_is_for_one_offer_of_a_partner,
    a_company_orders_once_by_an_offer,
    orders_of_a_partner,
    sales_are_well_formed,
);

fn price(term: Term, code: &str, minor: i64) -> PlanPrice {
    PlanPrice { term, price: Money::new(minor, Currency::parse(code).unwrap()).unwrap() }
}

fn countries(codes: &[&str]) -> Vec<Country> {
    codes.iter().map(|code| Country::parse(code).unwrap()).collect()
}

async fn a_plan_comes_back_and_is_known_by_its_key(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let kept = Plan { countries: countries(&["DE", "FR"]), ..plan("office-business") };
        // As the store gives them: by term, then by currency.
        let costs = [
            price(Term::Monthly, "EUR", 1_250),
            price(Term::Monthly, "JPY", 0),
            price(Term::Yearly, "USD", Money::MOST),
        ];
        let [first, second, third] = costs;
        assert_eq!(plans::upsert(conn, &kept, &[third, first, second]).await?, Upserted::Added);
        assert_eq!(plans::by_id(conn, kept.id).await?.as_ref(), Some(&kept));
        assert_eq!(plans::prices(conn, kept.id).await?, costs);

        // The same again, whatever id it is given, changes nothing.
        let again = Plan { id: PlanId(id()), ..kept.clone() };
        assert_eq!(plans::upsert(conn, &again, &[second, third, first]).await?, Upserted::Unchanged);
        assert_eq!(plans::by_id(conn, again.id).await?, None);
        let without_trial = Plan { trial: None, ..again.clone() };
        assert_eq!(plans::upsert(conn, &without_trial, &costs).await?, Upserted::Changed);
        let dearer = [price(Term::Monthly, "EUR", 1_300)];
        assert_eq!(plans::upsert(conn, &without_trial, &dearer).await?, Upserted::Changed);
        assert_eq!(plans::upsert(conn, &without_trial, &dearer).await?, Upserted::Unchanged);
        assert_eq!(plans::by_id(conn, kept.id).await?, Some(Plan { id: kept.id, ..without_trial }));
        assert_eq!(plans::prices(conn, kept.id).await?, dearer);
        assert_eq!(plans::by_id(conn, PlanId(id())).await?, None);
        Ok(())
    })
    .unwrap();
}

async fn what_is_offered_where(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let everywhere = Plan { position: 2, ..plan("everywhere") };
        let here = Plan { position: 1, countries: countries(&["DE", "AT"]), ..plan("here") };
        let withdrawn = Plan { is_offered: false, ..plan("withdrawn") };
        let cost = [price(Term::Yearly, "EUR", 9_900)];
        for kept in [&everywhere, &here, &withdrawn] {
            plans::upsert(conn, kept, if kept.key == here.key { &cost } else { &[] }).await?;
        }
        let both = [(here, cost.to_vec()), (everywhere, Vec::new())];
        assert_eq!(plans::offered(conn, None).await?, both);
        assert_eq!(plans::offered(conn, Some(Country::parse("AT").unwrap())).await?, both);
        assert_eq!(plans::offered(conn, Some(Country::parse("CH").unwrap())).await?, both[1..]);
        Ok(())
    })
    .unwrap();
}

async fn what_a_catalog_leaves_out_is_withdrawn(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let [first, second, third] = ["first", "second", "third"].map(plan);
        for kept in [&first, &second, &third] {
            plans::upsert(conn, kept, &[price(Term::Monthly, "EUR", 100)]).await?;
        }
        let named = [first.key.clone(), third.key.clone()];
        assert_eq!(plans::withdraw_missing(conn, &named).await?, 1);
        assert_eq!(plans::withdraw_missing(conn, &named).await?, 0);
        let offered: Vec<_> = plans::offered(conn, None).await?.into_iter().map(|(plan, _)| plan.key).collect();
        assert_eq!(offered, named);
        let read = plans::by_id(conn, second.id).await?.unwrap();
        assert_eq!((read.is_offered, read.name.as_str()), (false, "Business"), "it stays readable");
        assert_eq!(plans::prices(conn, second.id).await?.len(), 1);
        // Named again, it is the same plan.
        assert_eq!(plans::upsert(conn, &plan("second"), &[]).await?, Upserted::Changed);
        assert!(plans::by_id(conn, second.id).await?.unwrap().is_offered);
        Ok(())
    })
    .unwrap();
}

async fn however_many_are_left_out_all_are_withdrawn(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        // Two catalogs and more of them, whose keys begin and end like those that stay.
        let named: Vec<_> = (0..50).map(|number| plan(&format!("plan-{number}"))).collect();
        for kept in &named {
            plans::upsert(conn, kept, &[]).await?;
        }
        let many = usize::try_from(2 * plans::MOST).unwrap() + 1;
        for number in 0..many {
            plans::upsert(conn, &plan(&format!("plan-1{number}-plan-1")), &[]).await?;
        }
        let keys: Vec<_> = named.iter().map(|plan| plan.key.clone()).collect();
        assert_eq!(plans::withdraw_missing(conn, &keys).await?, many);
        assert_eq!(plans::withdraw_missing(conn, &keys).await?, 0);
        let offered = plans::offered(conn, None).await?;
        assert!(offered.len() == 50 && offered.iter().all(|(plan, _)| keys.contains(&plan.key)));
        assert_eq!(plans::withdraw_missing(conn, &[]).await?, 50);
        assert_eq!(plans::offered(conn, None).await?, []);
        Ok(())
    })
    .unwrap();
}

async fn a_sale_comes_back(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let partner = account(conn, "Fabrikam").await?;
        let customer = account(conn, "Contoso").await?;
        let trial = sold(conn, &partner, &customer, SubscriptionKind::Trial).await?;
        let kept = Offer {
            partner_reference: Some("Project “7”".to_owned()),
            converts: Some(trial.id),
            ..new_sale(&partner, SubscriptionKind::Paid)
        };
        assert!(offers::insert(conn, &kept, &sort_key(&kept.name)).await?);
        assert_eq!(offers::by_token(conn, kept.id).await?.as_ref(), Some(&kept));
        let line = |number, term, unit| OfferLine {
            line: number,
            plan_id: trial.plan_id,
            term: Some(term),
            quantity: quantity(25),
            unit: Some(unit),
            trial_days: None,
        };
        let lines = [line(0, Term::Monthly, euros(0)), line(1, Term::Yearly, euros(Money::MOST))];
        offer_lines::insert(conn, kept.id, &lines).await?;
        assert_eq!(offer_lines::of_offer(conn, kept.id).await?, lines);

        let invitation = new_sale(&partner, SubscriptionKind::Trial);
        assert!(offers::insert(conn, &invitation, &sort_key(&invitation.name)).await?);
        let line = OfferLine { term: None, unit: None, trial_days: Some(30), ..lines[0].clone() };
        offer_lines::insert(conn, invitation.id, std::slice::from_ref(&line)).await?;
        assert_eq!(offers::by_token(conn, invitation.id).await?.as_ref(), Some(&invitation));
        assert_eq!(offer_lines::of_offer(conn, invitation.id).await?, [line]);

        // What changes in the catalog changes nothing of what was offered.
        let plan = plans::by_id(conn, trial.plan_id).await?.unwrap();
        let trial_of_a_day = TrialTerms { days: TrialDays::new(1).unwrap(), licenses: quantity(1) };
        let changed = Plan { trial: Some(trial_of_a_day), ..plan };
        assert_eq!(plans::upsert(conn, &changed, &[price(Term::Monthly, "EUR", 9)]).await?, Upserted::Changed);
        assert_eq!(offer_lines::of_offer(conn, kept.id).await?, lines);
        Ok(())
    })
    .unwrap();
}

async fn a_reference_is_for_one_offer_of_a_partner(store: Store) {
    let (partner, kept) = transaction!(store.db, StoreError, |conn| {
        let partner = account(conn, "Fabrikam").await?;
        let other = account(conn, "Adventure").await?;
        let kept = new_sale(&partner, SubscriptionKind::Trial);
        assert!(offers::insert(conn, &kept, "one").await?);
        let reference = kept.sale_reference.clone().unwrap();
        let theirs = Offer { sale_reference: Some(reference.clone()), ..new_sale(&other, SubscriptionKind::Trial) };
        assert!(offers::insert(conn, &theirs, "one").await?);
        assert_eq!(offers::by_reference(conn, partner.id, &reference).await?, Some(kept.id));
        assert_eq!(offers::by_reference(conn, other.id, &reference).await?, Some(theirs.id));
        assert_eq!(offers::by_reference(conn, partner.id, "T-NONE").await?, None);
        Ok((partner, kept))
    })
    .unwrap();
    let again = Offer { sale_reference: kept.sale_reference, ..new_sale(&partner, SubscriptionKind::Trial) };
    let mut conn = store.db.begin().await.unwrap();
    let error = offers::insert(&mut conn, &again, "two").await.unwrap_err();
    assert_eq!(kind(&error), Some(ErrorKind::UniqueViolation));
}

async fn a_company_orders_once_by_an_offer(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let partner = account(conn, "Fabrikam").await?;
        let customer = account(conn, "Contoso").await?;
        let (plan, first) = ordered(conn, &partner, &customer, SubscriptionKind::Trial).await?;
        assert_eq!(orders::by_offer_and_company(conn, first.offer_id, customer.id).await?.as_ref(), Some(&first));
        assert_eq!(orders::lines(conn, first.id).await?, []);

        let offer = new_sale(&partner, SubscriptionKind::Paid);
        assert!(offers::insert(conn, &offer, &sort_key(&offer.name)).await?);
        let kept = Order {
            partner_reference: Some("Project 7".to_owned()),
            total: Some(euros(Money::MOST)),
            ..order(&offer, &customer, SubscriptionKind::Paid)
        };
        let line = |number, quantity: Quantity| OrderLine {
            line: number,
            plan_id: plan.id,
            plan_name: "Office Suite “Business”".to_owned(),
            plan_description: "Mail and documents".to_owned(),
            license_means: "One person".to_owned(),
            term: Some(Term::Yearly),
            quantity,
            unit: Some(euros(9_900)),
        };
        let lines = [line(0, quantity(1)), line(1, quantity(Quantity::MOST))];
        assert!(orders::insert(conn, &kept, &lines).await?);
        assert_eq!(orders::lines(conn, kept.id).await?, lines);
        let again = Order { number: "O-AGAIN".to_owned(), ..order(&offer, &customer, SubscriptionKind::Paid) };
        assert!(!orders::insert(conn, &again, &lines).await?);
        assert_eq!(orders::lines(conn, again.id).await?, [], "nothing of it is kept");
        assert_eq!(orders::by_offer_and_company(conn, offer.id, customer.id).await?.as_ref(), Some(&kept));
        assert_eq!(orders::by_offer_and_company(conn, offer.id, partner.id).await?, None);
        assert_eq!(orders::of_offer(conn, partner.id, offer.id).await?.as_ref(), Some(&kept));
        assert_eq!(orders::of_offer(conn, customer.id, offer.id).await?, None, "it is the partner's to read");
        let other = new_sale(&partner, SubscriptionKind::Paid);
        assert!(offers::insert(conn, &other, &sort_key(&other.name)).await?);
        let taken = Order { number: kept.number.clone(), ..order(&other, &customer, SubscriptionKind::Paid) };
        assert!(!orders::insert(conn, &taken, &[]).await?, "the number is another's");
        Ok(())
    })
    .unwrap();
}

async fn orders_of_a_partner(store: Store) {
    let (partner, mut made) = transaction!(store.db, StoreError, |conn| {
        let partner = account(conn, "Fabrikam").await?;
        let other = account(conn, "Adventure").await?;
        let mut made = Vec::new();
        for index in 0..7 {
            let customer = account(conn, &format!("Customer {index}")).await?;
            companies::set_country(conn, customer.id, Country::parse("DE").unwrap()).await?;
            let kind = if index % 2 == 0 { SubscriptionKind::Trial } else { SubscriptionKind::Paid };
            let (_, order) = ordered(conn, &partner, &customer, kind).await?;
            ordered(conn, &other, &customer, kind).await?;
            let offer = offers::by_token(conn, order.offer_id).await?.unwrap();
            made.push((order, format!("Customer {index}"), offer.sale_reference));
        }
        Ok((partner, made))
    })
    .unwrap();
    let mut conn = store.db.read().await.unwrap();
    for descending in [false, true] {
        let mut request = PageRequest { cursor: Cursor::First, size: 3, descending };
        let mut seen = Vec::new();
        loop {
            let page = orders::list_for_partner(&mut conn, partner.id, &request).await.unwrap();
            seen.extend(page.rows);
            let Some((last, ..)) = seen.last().filter(|_| page.has_next) else { break };
            request.cursor = Cursor::After(String::new(), last.id.0);
        }
        assert_eq!(seen, made, "descending: {descending}");
        made.reverse();
    }
}

async fn sales_are_well_formed(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let partner = account(conn, "Fabrikam").await?;
        let customer = account(conn, "Contoso").await?;
        for kind in SubscriptionKind::ALL {
            let kept = sold(conn, &partner, &customer, kind).await?;
            let trial = kind == SubscriptionKind::Trial;
            let offer = orders::list_for_partner(
                conn,
                partner.id,
                &PageRequest { cursor: Cursor::First, size: 1, descending: true },
            )
            .await?
            .rows[0]
                .0
                .offer_id;
            let line = OfferLine {
                line: 0,
                plan_id: kept.plan_id,
                term: kept.term,
                quantity: quantity(1),
                unit: (!trial).then(|| euros(1)),
                trial_days: trial.then_some(30),
            };
            offer_lines::insert(conn, offer, &[line]).await?;
        }
        Ok(())
    })
    .unwrap();
    for wrong in [
        "UPDATE plans SET min_quantity = 0",
        "UPDATE plans SET max_quantity = 1000001",
        "UPDATE plans SET min_quantity = max_quantity + 1",
        "UPDATE plans SET trial_days = NULL",
        "UPDATE plans SET trial_days = 366",
        "UPDATE plan_prices SET minor = -1",
        "UPDATE plan_prices SET term = 'daily'",
        "UPDATE offers SET content = 'delegation', sale_reference = NULL, currency = NULL",
        "UPDATE offers SET sale_reference = NULL",
        "UPDATE offers SET single_use = FALSE",
        "UPDATE offers SET currency = 'EUR' WHERE content = 'trial'",
        "UPDATE offers SET currency = NULL WHERE content = 'purchase'",
        "UPDATE offer_lines SET quantity = 0",
        "UPDATE offer_lines SET unit_minor = -1 WHERE term IS NOT NULL",
        "UPDATE offer_lines SET unit_minor = NULL WHERE term IS NOT NULL",
        "UPDATE offer_lines SET unit_minor = 1 WHERE term IS NULL",
        "UPDATE offer_lines SET trial_days = NULL WHERE term IS NULL",
        "UPDATE orders SET kind = 'gift'",
        "UPDATE orders SET total_minor = NULL WHERE kind = 'paid'",
        "UPDATE orders SET total_minor = 0 WHERE kind = 'trial'",
        "UPDATE orders SET partner_id = company_id",
        "UPDATE subscriptions SET quantity = 0",
        "UPDATE subscriptions SET assigned = -1",
        "UPDATE subscriptions SET assigned = quantity + 1",
        "UPDATE subscriptions SET ends_at = starts_at",
        "UPDATE subscriptions SET state = 'expired'",
        "UPDATE subscriptions SET ended_at = starts_at",
        "UPDATE subscriptions SET state = 'converted', ended_at = starts_at",
        "UPDATE subscriptions SET term = NULL WHERE kind = 'paid'",
        "UPDATE subscriptions SET term = 'monthly' WHERE kind = 'trial'",
        "UPDATE subscriptions SET cancel_at_end = TRUE WHERE kind = 'trial'",
    ] {
        let mut conn = store.db.begin().await.unwrap();
        let error = execute(&mut conn, wrong, &[]).await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().kind(), ErrorKind::CheckViolation, "{wrong}: {error}");
    }
    let refused = transaction!(store.db, StoreError, |conn| {
        let partner = account(conn, "Adventure").await?;
        let wrong = Offer { content: ContentKind::Purchase, ..new_offer(&partner, "Wrong") };
        offers::insert(conn, &wrong, "wrong").await
    });
    assert!(matches!(refused, Err(StoreError::Database(_))), "{refused:?}");
}
