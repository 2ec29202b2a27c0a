//! What a company that has an account answers to a trial invitation or a purchase offer.

use std::sync::Arc;

use chrono::TimeDelta;
use mandate_domain::{
    Currency, DelegatedAdministration, Event, GrantStatus, Money, OfferStatus, Refusal, Role, SubscriptionKind,
    SubscriptionState, Term, TrialDays,
};
use mandate_service::{
    Principal,
    acceptance::OrderView,
    consent::{Consent, OpenConsent, Reader},
};
use mandate_store::decisions::Outcome;
use tokio::task::JoinSet;

use crate::{
    outcome::{changed, not_found, problem, refused},
    selling::{ENTERPRISE, ROLES, as_it_is, begun, delegating, new_purchase, quantities, send_purchase, send_trial},
    state::{MICROSECOND, Sent, State},
};

on_both_engines!(
    what_is_asked_of_whom,
    a_trial_without_delegated_administration,
    a_trial_with_it,
    a_purchase_with_changed_quantities,
    quantities_that_cannot_be_had,
    what_is_not_offered_where_the_company_is,
    what_was_agreed_is_both_sides_to_read,
    accepting_again_answers_with_what_was_made,
    fifty_tasks_by_two_administrators_place_one_order,
    of_two_companies_at_the_same_moment_one_orders,
    declining_and_thinking_again,
    accepting_while_another_declines,
    a_sale_is_not_authorized_and_an_offer_not_ordered,
    a_standing_grant_stays_without_consent,
    what_is_refused_leaves_nothing,
    who_may_not,
    a_link_over_time,
);

fn euros(minor: i64) -> Option<Money> {
    Money::new(minor, Currency::parse("EUR").unwrap()).ok()
}

async fn open(state: &State, who: Option<&Principal>, sent: &Sent) -> OpenConsent {
    match state.service.consent(who, &sent.token).await.unwrap() {
        Consent::Open(open) => *open,
        other => panic!("{other:?}"),
    }
}

async fn ordered(state: &State, who: &Principal, sent: &Sent) -> (OrderView, Option<GrantStatus>) {
    match open(state, Some(who), sent).await.reader {
        Reader::Ordered { order, grant } => (*order, grant.map(|(_, status)| status)),
        other => panic!("{other:?}"),
    }
}

/// How many there are of all that accepting makes.
async fn made(state: &State) -> [i64; 5] {
    [
        state.count("SELECT count(*) FROM orders").await,
        state.count("SELECT count(*) FROM order_lines").await,
        state.count("SELECT count(*) FROM subscriptions").await,
        state.count("SELECT count(*) FROM decisions").await,
        state.count("SELECT count(*) FROM grants").await,
    ]
}

async fn what_is_not_offered_where_the_company_is(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let new = new_purchase(&state, &ana, &[(ENTERPRISE, "10", "yearly")], None, as_it_is).await.unwrap();
    let id = state.service.create_purchase(&ana, &new).await.unwrap();
    let token = state.token(&ana, id).await;
    let accept = async || state.service.accept_sale(&mia, &token, &[], true).await;
    state.execute("UPDATE companies SET country = 'NZ' WHERE name = 'Contoso'").await;
    assert_eq!(
        changed(accept().await),
        "Office Suite Enterprise is not offered in New Zealand, where your company is. Ask Fabrikam Partners for another \
         offer."
    );
    assert_eq!(made(&state).await, [0; 5]);
    state.execute("UPDATE companies SET country = 'FR' WHERE name = 'Contoso'").await;
    let accepted = accept().await.unwrap();
    // What there is stays, wherever the company is taken to be then.
    state.execute("UPDATE companies SET country = 'NZ' WHERE name = 'Contoso'").await;
    assert_eq!(accept().await.unwrap(), accepted);
}

async fn what_is_asked_of_whom(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let tom = state.who("tom@contoso.example").await;
    let sent = send_trial(&state, &ana, delegating).await;
    let shown = open(&state, None, &sent).await;
    assert!(matches!(shown.reader, Reader::SignedOut) && shown.may_sign_up);
    assert_eq!(shown.ends_at, state.now() + TimeDelta::days(90));
    let sale = shown.sale.unwrap();
    assert_eq!((sale.lines[0].quantity.get(), sale.trial_days.map(TrialDays::get)), (25, Some(30)));
    assert!(matches!(open(&state, Some(&ana), &sent).await.reader, Reader::Partner));
    let Reader::MayNotDecide { administrators } = open(&state, Some(&tom), &sent).await.reader else { panic!() };
    assert_eq!(administrators, ["Mia Lindqvist"]);
    let reader = open(&state, Some(&mia), &sent).await.reader;
    assert!(matches!(reader, Reader::MayDecide { standing: None, declined: None }), "{reader:?}");

    state.grant(&ana, &mia, &[Role::DomainAdministrator]).await;
    let Reader::MayDecide { standing: Some(difference), .. } = open(&state, Some(&mia), &sent).await.reader else {
        panic!()
    };
    assert_eq!((difference.added, difference.removed), (ROLES.to_vec(), vec![Role::DomainAdministrator]));
    let without = send_trial(&state, &ana, as_it_is).await;
    let reader = open(&state, Some(&mia), &without).await.reader;
    assert!(matches!(reader, Reader::MayDecide { standing: None, .. }), "it asks for nothing: {reader:?}");
    let addressed = send_trial(&state, &ana, |form| form.addressed_to = "contoso.example").await;
    assert!(!open(&state, None, &addressed).await.may_sign_up);
    let plain = state.offer(&ana, "Plain", &[Role::DirectoryReader]).await;
    let shown = open(&state, None, &plain).await;
    assert_eq!((shown.sale, shown.may_sign_up), (None, false));
}

async fn a_trial_without_delegated_administration(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    // It is asked for, and left out: the trial goes through all the same.
    let sent = send_trial(&state, &ana, delegating).await;
    let accepted = state.service.accept_sale(&mia, &sent.token, &[], false).await.unwrap();
    assert_eq!((accepted.grant, made(&state).await), (None, [1, 1, 1, 1, 0]));
    let [subscription] = begun(&state, &mia).await.try_into().unwrap();
    assert_eq!((subscription.kind, subscription.state), (SubscriptionKind::Trial, SubscriptionState::Live));
    assert_eq!((subscription.quantity.get(), subscription.assigned, subscription.term), (25, 0, None));
    assert_eq!((subscription.starts_at, subscription.ends_at), (state.now(), state.now() + TimeDelta::days(30)));
    assert_eq!((subscription.order_id, subscription.partner_id), (accepted.order, ana.company.id));

    for company in [ana.company.id, mia.company.id] {
        let record = state.record(company).await;
        let Event::TrialStarted { plan, quantity, ends_at } = &record[0].event else { panic!("{record:?}") };
        assert_eq!((plan.as_str(), quantity.get()), ("Device Management Basic", 25));
        assert_eq!(*ends_at, subscription.ends_at);
        assert_eq!(record[0].person.as_ref().unwrap().company_name, "Contoso");
        assert_eq!(state.recorded(company, |event| matches!(event, Event::OfferAuthorized { .. })).await, 0);
    }
    let mut mail: Vec<_> =
        state.mail().await.into_iter().map(|mail| (mail.to_address, mail.subject, mail.body)).collect();
    mail.sort();
    let [to_ana, to_mia, to_support] = &mail[..] else { panic!("{mail:?}") };
    assert_eq!((to_ana.0.as_str(), to_support.0.as_str()), ("ana@fabrikam.example", "support@fabrikam.example"));
    assert_eq!(to_ana.1, "Contoso started a trial of Device Management Basic");
    assert!(to_ana.2.contains("They did not authorize delegated administration."), "{}", to_ana.2);
    assert_eq!(
        (to_mia.0.as_str(), to_mia.1.as_str()),
        ("mia@contoso.example", "Your trial of Device Management Basic")
    );
    assert!(to_mia.2.contains("ends on Apr 1, 2026"), "{}", to_mia.2);
    assert!(!to_mia.2.contains("can act in your account"), "{}", to_mia.2);
    let view = state.service.offer(&ana, sent.id).await.unwrap();
    assert_eq!((view.status, view.url, view.authorized), (OfferStatus::UsedUp, None, 1));
}

async fn a_trial_with_it(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let sent = send_trial(&state, &ana, delegating).await;
    let accepted = state.service.accept_sale(&mia, &sent.token, &[], true).await.unwrap();
    assert_eq!(made(&state).await, [1, 1, 1, 1, 1]);
    let (live, _) = state.grants(mia.company.id).await;
    assert_eq!((Some(live[0].id), live[0].ends_at), (accepted.grant, state.now() + TimeDelta::days(90)));
    assert_eq!(live[0].roles.iter().collect::<Vec<_>>(), ROLES);
    assert_eq!(state.customers(&ana, "").await, ["Contoso"]);
    for company in [ana.company.id, mia.company.id] {
        assert_eq!(state.recorded(company, |event| matches!(event, Event::TrialStarted { .. })).await, 1);
        assert_eq!(state.recorded(company, |event| matches!(event, Event::OfferAuthorized { .. })).await, 1);
    }
    let mail = state.mail().await;
    assert_eq!(mail.len(), 3, "one to each, for all of it");
    let to_mia = mail.iter().find(|mail| mail.to_address == "mia@contoso.example").unwrap();
    assert!(to_mia.body.contains("people of Fabrikam Partners can act in your account"), "{}", to_mia.body);
    assert!(to_mia.body.contains("https://mandate.test/partners"), "{}", to_mia.body);
    let to_ana = mail.iter().find(|mail| mail.to_address == "ana@fabrikam.example").unwrap();
    assert!(to_ana.body.contains("- License administrator"), "{}", to_ana.body);

    // Where nothing was asked for, nothing is given.
    let nora = state.who("nora@northwind.example").await;
    let without = send_trial(&state, &ana, as_it_is).await;
    let accepted = state.service.accept_sale(&nora, &without.token, &[], true).await.unwrap();
    assert_eq!((accepted.grant, state.grants(nora.company.id).await.0.len()), (None, 0));
}

async fn a_purchase_with_changed_quantities(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let sent = send_purchase(&state, &ana, |form| form.partner_reference = "PO 17").await;
    assert_eq!(state.service.sale_total(&sent.token, &[]).await.unwrap().total, euros(119_250));
    let wanted = quantities(&[" 300 ", "1"]);
    let sale = state.service.sale_total(&sent.token, &wanted).await.unwrap();
    assert_eq!((sale.lines[0].total, sale.lines[1].total), (euros(3_510_000), euros(450)));
    assert_eq!(sale.total, euros(3_510_450));
    assert_eq!(made(&state).await, [0; 5], "asking changes nothing");

    let accepted = state.service.accept_sale(&mia, &sent.token, &wanted, false).await.unwrap();
    let (view, grant) = ordered(&state, &mia, &sent).await;
    assert_eq!((view.order.id, view.order.kind, grant), (accepted.order, SubscriptionKind::Paid, None));
    assert_eq!((view.order.total, view.order.partner_reference.as_deref()), (euros(3_510_450), Some("PO 17")));
    assert_eq!((view.order.accepted_by, view.order.accepted_at), (mia.user.id, state.now()));
    let lines: Vec<_> =
        view.lines.iter().map(|line| (line.plan_name.as_str(), line.quantity.get(), line.term, line.unit)).collect();
    assert_eq!(
        lines,
        [
            ("Office Suite Business", 300, Some(Term::Yearly), euros(11_700)),
            ("Device Management Basic", 1, Some(Term::Monthly), euros(450)),
        ]
    );
    let subscriptions: Vec<_> = begun(&state, &mia).await;
    let ends: Vec<_> = subscriptions.iter().map(|it| (it.quantity.get(), it.ends_at.to_rfc3339())).collect();
    assert_eq!(ends, [(300, "2027-03-02T09:30:00+00:00".to_owned()), (1, "2026-04-02T09:30:00+00:00".to_owned())]);
    let placed = Event::OrderPlaced { reference: Some("PO 17".to_owned()), total: "EUR 35104.50".to_owned() };
    for company in [ana.company.id, mia.company.id] {
        let record = state.record(company).await;
        assert_eq!((&record[0].event, &record[0].object_name), (&placed, &view.order.number));
    }
    let mail = state.mail().await;
    let to_mia = mail.iter().find(|mail| mail.to_address == "mia@contoso.example").unwrap();
    for part in [view.order.number.as_str(), "Total: EUR 35104.50", "by an invoice that Fabrikam Partners sends you"] {
        assert!(to_mia.body.contains(part), "{part}: {}", to_mia.body);
    }
    let to_ana = mail.iter().find(|mail| mail.to_address == "ana@fabrikam.example").unwrap();
    assert!(to_ana.body.contains("Your reference: PO 17\n"), "{}", to_ana.body);
    assert!(!to_ana.body.contains("delegated administration"), "it was not asked for: {}", to_ana.body);
}

async fn quantities_that_cannot_be_had(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let sent = send_purchase(&state, &ana, as_it_is).await;
    for (numbers, field) in [
        (&["301", "5"][..], "quantity.0"),
        (&["10", "0"], "quantity.1"),
        (&["10", ""], "quantity.1"),
        (&["1.5", "5"], "quantity.0"),
        (&["10"], "quantity.0"),
        (&["10", "5", "1"], "quantity.0"),
    ] {
        let numbers = quantities(numbers);
        assert_eq!(problem(state.service.sale_total(&sent.token, &numbers).await).0, field, "{numbers:?}");
        assert_eq!(problem(state.service.accept_sale(&mia, &sent.token, &numbers, true).await).0, field);
    }
    assert_eq!(made(&state).await, [0; 5]);
    // How many a trial has is not the customer's to choose.
    let trial = send_trial(&state, &ana, as_it_is).await;
    state.service.accept_sale(&mia, &trial.token, &quantities(&["300"]), false).await.unwrap();
    assert_eq!(begun(&state, &mia).await[0].quantity.get(), 25);
}

async fn what_was_agreed_is_both_sides_to_read(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let tom = state.who("tom@contoso.example").await;
    let nora = state.who("nora@northwind.example").await;
    let sent = send_purchase(&state, &ana, delegating).await;
    let accepted = state.service.accept_sale(&mia, &sent.token, &[], true).await.unwrap();
    let (theirs, grant) = ordered(&state, &mia, &sent).await;
    assert_eq!((theirs.order.id, grant), (accepted.order, Some(GrantStatus::Active)));
    let ours = state.service.offer(&ana, sent.id).await.unwrap().order.unwrap();
    assert_eq!(ours, theirs);
    let seen = state.service.consent(Some(&nora), &sent.token).await.unwrap();
    assert!(matches!(seen, Consent::Over { status: OfferStatus::UsedUp, .. }), "{seen:?}");
    let seen = state.service.consent(Some(&tom), &sent.token).await.unwrap();
    assert!(matches!(seen, Consent::Over { status: OfferStatus::UsedUp, .. }), "{seen:?}");
    state.clock.turn(TimeDelta::days(90));
    assert_eq!(ordered(&state, &mia, &sent).await.1, Some(GrantStatus::Expired));
}

async fn accepting_again_answers_with_what_was_made(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let ada = state.colleague(&mia, "ada", Some(Role::GlobalAdministrator), DelegatedAdministration::No).await;
    let sent = send_purchase(&state, &ana, delegating).await;
    let first = state.service.accept_sale(&mia, &sent.token, &[], true).await.unwrap();
    state.clock.turn(TimeDelta::days(31));
    let (before, mail) = (made(&state).await, state.mail().await.len());
    for who in [&mia, &ada] {
        for (numbers, authorize) in
            [(quantities(&[]), false), (quantities(&["1", "1"]), true), (quantities(&["x"]), true)]
        {
            let again = state.service.accept_sale(who, &sent.token, &numbers, authorize).await.unwrap();
            assert_eq!(again, first);
        }
    }
    assert_eq!((made(&state).await, state.mail().await.len()), (before, mail));
}

async fn fifty_tasks_by_two_administrators_place_one_order(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let ada = state.colleague(&mia, "ada", Some(Role::GlobalAdministrator), DelegatedAdministration::No).await;
    let sent = send_purchase(&state, &ana, delegating).await;
    let mut tasks = JoinSet::new();
    for number in 0..50 {
        let who = if number % 2 == 0 { mia.clone() } else { ada.clone() };
        let (state, token) = (Arc::clone(&state), sent.token.clone());
        tasks.spawn(async move { state.service.accept_sale(&who, &token, &[], true).await.unwrap() });
    }
    let mut accepted = tasks.join_all().await;
    accepted.dedup();
    assert_eq!(accepted.len(), 1);
    assert_eq!(made(&state).await, [1, 2, 2, 1, 1]);
    let placed = |event: &Event| matches!(event, Event::OrderPlaced { .. });
    assert_eq!(state.recorded(mia.company.id, placed).await, 1);
    assert_eq!(state.mail().await.len(), 3);
}

async fn of_two_companies_at_the_same_moment_one_orders(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let (mia, nora) = (state.who("mia@contoso.example").await, state.who("nora@northwind.example").await);
    let sent = send_trial(&state, &ana, delegating).await;
    let mut tasks = JoinSet::new();
    for number in 0..20 {
        let who = if number % 2 == 0 { mia.clone() } else { nora.clone() };
        let (state, token) = (Arc::clone(&state), sent.token.clone());
        tasks.spawn(async move { (who.company.id, state.service.accept_sale(&who, &token, &[], true).await) });
    }
    let mut ordered = Vec::new();
    for (company, accepted) in tasks.join_all().await {
        match accepted {
            Ok(accepted) => ordered.push((company, accepted.order)),
            refused => assert!(changed(refused).contains("another has used it")),
        }
    }
    ordered.sort();
    ordered.dedup();
    assert_eq!(ordered.len(), 1);
    assert_eq!(made(&state).await, [1, 1, 1, 1, 1]);
}

async fn declining_and_thinking_again(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let sent = send_purchase(&state, &ana, delegating).await;
    state.service.decline(&mia, &sent.token, None).await.unwrap();
    assert_eq!(state.service.offer(&ana, sent.id).await.unwrap().status, OfferStatus::Declined);
    let Reader::MayDecide { declined: Some(decision), .. } = open(&state, Some(&mia), &sent).await.reader else {
        panic!()
    };
    assert_eq!(decision.outcome, Outcome::Declined);
    state.service.accept_sale(&mia, &sent.token, &[], false).await.unwrap();
    assert_eq!(made(&state).await, [1, 2, 2, 1, 0]);
    let said = changed(state.service.decline(&mia, &sent.token, None).await);
    assert!(said.contains("has accepted this offer"), "{said}");
    assert_eq!(state.service.offer(&ana, sent.id).await.unwrap().status, OfferStatus::UsedUp);
}

async fn accepting_while_another_declines(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let ada = state.colleague(&mia, "ada", Some(Role::GlobalAdministrator), DelegatedAdministration::No).await;
    for round in 1..=10 {
        let sent = send_trial(&state, &ana, as_it_is).await;
        let (accepted, declined) = tokio::join!(
            state.service.accept_sale(&mia, &sent.token, &[], false),
            state.service.decline(&ada, &sent.token, None)
        );
        accepted.unwrap();
        if declined.is_err() {
            assert!(changed(declined).contains("has accepted"));
        }
        assert_eq!(state.service.offer(&ana, sent.id).await.unwrap().status, OfferStatus::UsedUp);
        assert_eq!(made(&state).await, [round, round, round, round, 0]);
    }
}

async fn a_sale_is_not_authorized_and_an_offer_not_ordered(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let sent = send_trial(&state, &ana, delegating).await;
    assert!(changed(state.service.authorize(&mia, &sent.token).await).contains("also sells something"));
    let plain = state.offer(&ana, "Plain", &[Role::DirectoryReader]).await;
    not_found(state.service.accept_sale(&mia, &plain.token, &[], true).await);
    not_found(state.service.sale_total(&plain.token, &[]).await);
    assert_eq!(made(&state).await, [0; 5]);
}

async fn a_standing_grant_stays_without_consent(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let standing = state.grant(&ana, &mia, &[Role::DomainAdministrator]).await;
    let sent = send_trial(&state, &ana, delegating).await;
    state.service.accept_sale(&mia, &sent.token, &[], false).await.unwrap();
    assert_eq!(state.grants(mia.company.id).await.0[0].id, standing);
    let next = send_trial(&state, &ana, delegating).await;
    let accepted = state.service.accept_sale(&mia, &next.token, &[], true).await.unwrap();
    let (live, ended) = state.grants(mia.company.id).await;
    assert_eq!((Some(live[0].id), ended[0].id, live.len()), (accepted.grant, standing, 1));
    assert_eq!(state.recorded(mia.company.id, |event| *event == Event::GrantReplaced).await, 1);
}

async fn what_is_refused_leaves_nothing(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let sent = send_trial(&state, &ana, delegating).await;
    let (record, mail) = (state.record(mia.company.id).await, state.mail().await);
    for token in ["", "unknown", &sent.token[..63], &sent.token.to_uppercase()] {
        not_found(state.service.accept_sale(&mia, token, &[], true).await);
        not_found(state.service.sale_total(token, &[]).await);
    }
    state.service.withdraw_offer(&ana, sent.id).await.unwrap();
    let said = changed(state.service.accept_sale(&mia, &sent.token, &[], true).await);
    assert!(said.contains("was withdrawn") && said.contains("Ask Fabrikam Partners"), "{said}");
    assert_eq!((state.record(mia.company.id).await, state.mail().await), (record, mail));
    assert_eq!(made(&state).await, [0; 5]);
}

async fn who_may_not(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let sent = send_trial(&state, &ana, delegating).await;
    let roles = [Role::DirectoryReader, Role::UserAdministrator, Role::DomainAdministrator, Role::LicenseAdministrator];
    let mut others = vec![state.who("tom@contoso.example").await];
    for (role, local) in roles.into_iter().zip(["ada", "bo", "cy", "di"]) {
        others.push(state.colleague(&mia, local, Some(role), DelegatedAdministration::No).await);
    }
    for who in &others {
        refused(state.service.accept_sale(who, &sent.token, &[], false).await, Refusal::Forbidden);
    }
    let said = changed(state.service.accept_sale(&ana, &sent.token, &[], false).await);
    assert!(said.contains("your own company’s offer"), "{said}");
    let eve = state.colleague(&mia, "eve", Some(Role::GlobalAdministrator), DelegatedAdministration::No).await;
    state.service.set_blocked(&eve, mia.company.id, mia.user.id, true).await.unwrap();
    refused(state.service.accept_sale(&mia, &sent.token, &[], false).await, Refusal::Forbidden);
    assert_eq!(made(&state).await, [0; 5]);
}

async fn a_link_over_time(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let nora = state.who("nora@northwind.example").await;
    let (sent, other) = (send_trial(&state, &ana, as_it_is).await, send_trial(&state, &ana, as_it_is).await);
    state.clock.turn(TimeDelta::days(30) - MICROSECOND);
    state.service.accept_sale(&nora, &sent.token, &[], false).await.unwrap();
    state.clock.turn(MICROSECOND);
    assert!(changed(state.service.accept_sale(&nora, &other.token, &[], false).await).contains("has expired"));
    // What was ordered can still be read there, and answers as before.
    let (order, _) = ordered(&state, &nora, &sent).await;
    let again = state.service.accept_sale(&nora, &sent.token, &[], false).await.unwrap();
    assert_eq!(order.order.id, again.order);
}
