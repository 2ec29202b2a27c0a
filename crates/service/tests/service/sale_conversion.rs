//! A purchase in the place of a trial.

use std::sync::Arc;

use chrono::TimeDelta;
use mandate_domain::{DelegatedAdministration, Event, SubscriptionId, SubscriptionKind, SubscriptionState, UserId};
use mandate_service::{Principal, consent::Consent};
use mandate_store::subscriptions::{self, Subscription};
use tokio::task::JoinSet;

use crate::{
    outcome::{changed, problem},
    selling::{BUSINESS, as_it_is, begun, new_purchase, quantities, send_conversion, started_trial},
    state::{State, first_page},
};

on_both_engines!(
    a_trial_is_converted_with_its_licenses,
    fewer_than_are_assigned_are_refused_with_the_names,
    it_is_for_the_company_that_has_the_trial,
    of_two_offers_for_one_trial_one_converts_it,
    a_trial_that_has_ended_can_still_be_converted,
    a_license_that_is_assigned_meanwhile_is_not_lost,
    of_a_plan_that_is_withdrawn_no_trial_is_converted_but_as_was_offered,
);

async fn subscription(state: &State, who: &Principal, id: SubscriptionId) -> Subscription {
    subscriptions::by_id(&mut state.conn().await, who.company.id, id).await.unwrap().expect("it is there")
}

/// Gives some of a company's people, who are made for it, a license each.
async fn assign(state: &State, who: &Principal, trial: &Subscription, locals: &[&str]) -> Vec<UserId> {
    let mut users = Vec::new();
    for local in locals {
        users.push(state.insert_user(&who.user, local, None, DelegatedAdministration::No).await.id);
    }
    state.service.assign_licenses(who, who.company.id, trial.id, &users).await.unwrap();
    users
}

async fn a_trial_is_converted_with_its_licenses(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let trial = started_trial(&state, &ana, &mia).await;
    assign(&state, &mia, &trial, &["ada", "bo", "cy"]).await;
    let sent = send_conversion(&state, &ana, trial.id, "3").await;
    let Consent::Open(open) = state.service.consent(None, &sent.token).await.unwrap() else { panic!() };
    assert!(!open.may_sign_up, "a new company has no trial");
    assert_eq!(open.sale.unwrap().converts, Some(trial.id));

    state.clock.turn(TimeDelta::days(2));
    let accepted = state.service.accept_sale(&mia, &sent.token, &[], false).await.unwrap();
    let made: Vec<_> = begun(&state, &mia).await.into_iter().filter(|it| it.order_id == accepted.order).collect();
    let [other, paid] = &made[..] else { panic!("{made:?}") };
    assert_eq!((paid.kind, paid.plan_id, paid.quantity.get()), (SubscriptionKind::Paid, trial.plan_id, 3));
    assert_eq!((paid.assigned, other.assigned), (3, 0), "the line of the same plan takes them over");
    let ended = subscription(&state, &mia, trial.id).await;
    assert_eq!((ended.state, ended.assigned), (SubscriptionState::Converted, 0));
    assert_eq!((ended.converted_to, ended.ended_at), (Some(paid.id), Some(state.now())));
    let detail = state.service.subscription(&mia, mia.company.id, paid.id, &first_page(10)).await.unwrap();
    assert_eq!(detail.holders.rows.len(), 3);
    for company in [ana.company.id, mia.company.id] {
        let record = state.record(company).await;
        let entry = record.iter().find(|entry| entry.event == Event::SubscriptionConverted).unwrap();
        assert_eq!(entry.object_name, "Device Management Basic");
    }
    let again = state.service.accept_sale(&mia, &sent.token, &[], false).await.unwrap();
    assert_eq!(again, accepted);
}

async fn fewer_than_are_assigned_are_refused_with_the_names(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let trial = started_trial(&state, &ana, &mia).await;
    let users = assign(&state, &mia, &trial, &["ada", "bo", "cy"]).await;
    let sent = send_conversion(&state, &ana, trial.id, "2").await;
    let record = state.record(mia.company.id).await;
    let (field, message) = problem(state.service.accept_sale(&mia, &sent.token, &[], true).await);
    assert_eq!(field, "quantity.1");
    assert!(message.starts_with("3 people have a license of the trial: ADA Test, BO Test, CY Test."), "{message}");
    assert!(message.contains("Order at least 3"), "{message}");
    assert_eq!(state.record(mia.company.id).await, record);
    assert_eq!(subscription(&state, &mia, trial.id).await, Subscription { assigned: 3, ..trial.clone() });
    assert_eq!(state.count("SELECT count(*) FROM orders").await, 1, "that of the trial");

    // With more of them, or with fewer who have one, it goes through.
    state.service.remove_licenses(&mia, mia.company.id, trial.id, &users[..1]).await.unwrap();
    state.service.accept_sale(&mia, &sent.token, &quantities(&["3", "2"]), false).await.unwrap();
    assert_eq!(subscription(&state, &mia, trial.id).await.state, SubscriptionState::Converted);
}

async fn it_is_for_the_company_that_has_the_trial(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let nora = state.who("nora@northwind.example").await;
    let trial = started_trial(&state, &ana, &mia).await;
    let sent = send_conversion(&state, &ana, trial.id, "2").await;
    assert!(matches!(state.service.consent(Some(&nora), &sent.token).await.unwrap(), Consent::Elsewhere { .. }));
    for refused in [
        state.service.accept_sale(&nora, &sent.token, &[], false).await.map(drop),
        state.service.decline(&nora, &sent.token, None).await,
    ] {
        let said = changed(refused);
        assert!(said.contains("meant for another company") && !said.contains("Contoso"), "{said}");
    }
    assert!(begun(&state, &nora).await.is_empty());
    assert!(matches!(state.service.consent(Some(&mia), &sent.token).await.unwrap(), Consent::Open(_)));
}

async fn of_two_offers_for_one_trial_one_converts_it(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let trial = started_trial(&state, &ana, &mia).await;
    let mut offers = Vec::new();
    for _ in 0..5 {
        offers.push(send_conversion(&state, &ana, trial.id, "2").await);
    }
    let mut tasks = JoinSet::new();
    for sent in offers {
        let (state, mia) = (Arc::clone(&state), mia.clone());
        tasks.spawn(async move { state.service.accept_sale(&mia, &sent.token, &[], false).await });
    }
    let (done, refused): (Vec<_>, Vec<_>) = tasks.join_all().await.into_iter().partition(Result::is_ok);
    assert_eq!(done.len(), 1);
    for result in refused {
        assert!(changed(result).contains("was converted already"));
    }
    assert_eq!(begun(&state, &mia).await.len(), 3, "the trial, and two lines");
    assert_eq!(state.recorded(mia.company.id, |event| *event == Event::SubscriptionConverted).await, 1);
}

async fn a_trial_that_has_ended_can_still_be_converted(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let trial = started_trial(&state, &ana, &mia).await;
    assign(&state, &mia, &trial, &["ada"]).await;
    state.clock.turn(TimeDelta::days(20));
    let sent = send_conversion(&state, &ana, trial.id, "2").await;
    state.clock.turn(TimeDelta::days(11));
    state.service.mind_subscriptions(state.service.new_holder()).await.unwrap();
    let ended = subscription(&state, &mia, trial.id).await;
    assert_eq!(ended.state, SubscriptionState::Expired);
    state.service.accept_sale(&mia, &sent.token, &[], false).await.unwrap();
    let converted = subscription(&state, &mia, trial.id).await;
    assert_eq!((converted.state, converted.ended_at), (SubscriptionState::Converted, ended.ended_at));
    let paid = subscription(&state, &mia, converted.converted_to.unwrap()).await;
    assert_eq!(paid.assigned, 1, "who had one has one again");
}

async fn a_license_that_is_assigned_meanwhile_is_not_lost(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    for round in 0..5 {
        let trial = started_trial(&state, &ana, &mia).await;
        let user = state.insert_user(&mia.user, &format!("user{round}"), None, DelegatedAdministration::No).await;
        let sent = send_conversion(&state, &ana, trial.id, "1").await;
        let users = [user.id];
        let (accepted, assigned) = tokio::join!(
            state.service.accept_sale(&mia, &sent.token, &[], false),
            state.service.assign_licenses(&mia, mia.company.id, trial.id, &users)
        );
        accepted.unwrap();
        let converted = subscription(&state, &mia, trial.id).await;
        assert_eq!((converted.state, converted.assigned), (SubscriptionState::Converted, 0));
        let paid = subscription(&state, &mia, converted.converted_to.unwrap()).await;
        assert_eq!(paid.assigned, u32::from(assigned.is_ok()), "either it came first, or it was refused");
    }
    let count = "SELECT (SELECT count(*) FROM licenses) - (SELECT CAST(sum(assigned) AS BIGINT) FROM subscriptions)";
    assert_eq!(state.count(count).await, 0);
}

async fn of_a_plan_that_is_withdrawn_no_trial_is_converted_but_as_was_offered(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let trial = started_trial(&state, &ana, &mia).await;
    let before = send_conversion(&state, &ana, trial.id, "2").await;
    state.execute("UPDATE plans SET is_offered = FALSE WHERE key = 'device-management-basic'").await;
    let instead = new_purchase(&state, &ana, &[(BUSINESS, "3", "yearly")], Some(trial.id), as_it_is).await.unwrap();
    let (field, message) = problem(state.service.create_purchase(&ana, &instead).await);
    assert_eq!(
        (field.as_str(), message.as_str()),
        ("converts", "Device Management Basic is no longer offered, so its trial cannot be converted")
    );
    state.service.accept_sale(&mia, &before.token, &[], false).await.unwrap();
    assert_eq!(subscription(&state, &mia, trial.id).await.state, SubscriptionState::Converted);
}
