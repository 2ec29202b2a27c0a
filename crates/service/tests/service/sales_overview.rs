//! What a partner sees of what it sold.

use std::sync::Arc;

use chrono::TimeDelta;
use mandate_domain::{Role, SubscriptionId, SubscriptionStatus, Term};
use mandate_service::{Principal, sales_overview::SalesOverview};
use mandate_store::page::Cursor;

use crate::{
    outcome::{changed, not_found},
    state::{State, first_page},
    subscriptions::{BUSINESS, bought, converted, mind, trial},
};

on_both_engines!(
    the_lists_say_what_ends_and_what_is_used,
    what_renews_does_not_end,
    orders_page_by_page,
    the_files_hold_what_is_shown,
    a_trial_that_can_become_a_purchase,
    who_sees_it,
);

async fn overview(state: &State, who: &Principal) -> SalesOverview {
    let mut orders = first_page(50);
    orders.descending = true;
    state.service.sales_overview(who, &orders).await.unwrap()
}

async fn the_lists_say_what_ends_and_what_is_used(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let nora = state.who("nora@northwind.example").await;
    let tom = state.user("tom@contoso.example").await.id;
    let tried = trial(&state, &ana, &mia, BUSINESS, 20).await;
    let paid = bought(&state, &ana, &mia, "device-management-basic", 10, Term::Yearly).await;
    let other = bought(&state, &ana, &nora, "device-management-premium", 7, Term::Monthly).await;
    state.service.assign_licenses(&mia, mia.company.id, tried.id, &[mia.user.id, tom]).await.unwrap();
    state.service.assign_licenses(&mia, mia.company.id, paid.id, &[tom]).await.unwrap();

    let now = overview(&state, &ana).await;
    assert!(now.may_manage_offers && now.ended_trials.is_empty());
    let [open] = &now.open_trials[..] else { panic!("{:?}", now.open_trials) };
    assert_eq!((open.subscription.id, open.customer.as_str()), (tried.id, "Contoso"));
    assert_eq!((open.plan.full_name().as_str(), open.status), ("Office Suite Business", SubscriptionStatus::Trial));
    assert_eq!(now.ending.iter().map(|row| row.subscription.id).collect::<Vec<_>>(), [tried.id], "30 days");
    let used: Vec<_> = now.used.iter().map(|used| (used.name.as_str(), used.bought, used.assigned)).collect();
    assert_eq!(used, [("Contoso", 30, 3), ("Northwind Traders", 7, 0)]);
    assert_eq!(now.used[0].customer, mia.company.id);
    assert_eq!(now.orders.rows.len(), 3);

    state.clock.turn_to(tried.ends_at);
    for run_before in [false, true] {
        if run_before {
            mind(&state).await;
        }
        let now = overview(&state, &ana).await;
        assert!(now.open_trials.is_empty() && now.ending.is_empty());
        let ended: Vec<_> = now.ended_trials.iter().map(|row| (row.subscription.id, row.status)).collect();
        assert_eq!(ended, [(tried.id, SubscriptionStatus::Expired)]);
        let used: Vec<_> = now.used.iter().map(|used| (used.name.as_str(), used.bought, used.assigned)).collect();
        assert_eq!(used, [("Contoso", 10, 1), ("Northwind Traders", 7, 0)]);
    }
    state.clock.turn(TimeDelta::days(91));
    assert!(overview(&state, &ana).await.ended_trials.is_empty());
    assert!(overview(&state, &ana).await.used.iter().any(|used| used.customer == other.company_id), "it renews");
}

async fn what_renews_does_not_end(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let monthly = bought(&state, &ana, &mia, BUSINESS, 10, Term::Monthly).await;
    let yearly = bought(&state, &ana, &mia, "device-management-basic", 10, Term::Yearly).await;
    let ending = async || {
        let rows = overview(&state, &ana).await.ending;
        rows.iter().map(|row| row.subscription.id).collect::<Vec<_>>()
    };
    state.clock.turn(TimeDelta::days(5));
    assert!(ending().await.is_empty());
    for of in [&monthly, &yearly] {
        state.service.cancel_subscription(&mia, mia.company.id, of.id).await.unwrap();
    }
    assert_eq!(ending().await, [monthly.id]);
    state.clock.turn_to(yearly.ends_at - TimeDelta::days(30));
    assert_eq!(ending().await, [yearly.id]);
    state.service.reactivate_subscription(&mia, mia.company.id, yearly.id).await.unwrap();
    assert!(ending().await.is_empty());
}

async fn orders_page_by_page(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let first = trial(&state, &ana, &mia, BUSINESS, 20).await;
    state.clock.turn(TimeDelta::minutes(1));
    let second = bought(&state, &ana, &mia, "device-management-basic", 10, Term::Yearly).await;
    let mut page = first_page(1);
    page.descending = true;
    let latest = state.service.sales_overview(&ana, &page).await.unwrap().orders;
    let [order] = &latest.rows[..] else { panic!("{latest:?}") };
    assert_eq!((order.order.id, order.customer.as_str(), latest.has_next), (second.order_id, "Contoso", true));
    assert_eq!(order.order.total.unwrap().to_string(), "EUR 459.00");
    assert!(order.reference.as_ref().unwrap().starts_with("P-"));
    page.cursor = Cursor::After(String::new(), order.order.id.0);
    let before = state.service.sales_overview(&ana, &page).await.unwrap().orders;
    assert_eq!((before.rows[0].order.id, before.has_next, before.has_previous), (first.order_id, false, true));
    assert!(before.rows[0].order.total.is_none());
}

async fn the_files_hold_what_is_shown(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    trial(&state, &ana, &mia, BUSINESS, 20).await;
    state.clock.turn(TimeDelta::minutes(1));
    bought(&state, &ana, &mia, "device-management-basic", 10, Term::Yearly).await;
    let text = String::from_utf8(state.service.subscriptions_file(&ana).await.unwrap()).unwrap();
    let lines: Vec<_> = text.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0], "Customer,Plan,Kind,Term,Licenses,Assigned,Started (UTC),Ends or renews (UTC),Status,Order");
    assert!(
        lines[1].starts_with(
            "Contoso,Device Management Basic,Purchase,Yearly,10,0,2026-03-02 09:31,2027-03-02 09:31,Active,"
        ),
        "{text}"
    );
    assert!(
        lines[2].starts_with("Contoso,Office Suite Business,Trial,,20,0,2026-03-02 09:30,2026-04-01 09:30,Trial,"),
        "{text}"
    );
    let text = String::from_utf8(state.service.orders_file(&ana).await.unwrap()).unwrap();
    let lines: Vec<_> = text.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines[0], "Order,Customer,Kind,Offer,Your reference,Currency,Total,Accepted (UTC)");
    assert!(lines[1].contains(",Contoso,Purchase,P-") && lines[1].ends_with(",EUR,459.00,2026-03-02 09:31"), "{text}");
    assert!(lines[2].contains(",Contoso,Trial,T-") && lines[2].ends_with(",,,2026-03-02 09:30"), "{text}");
    assert_eq!(lines.len(), 3);
    let text = String::from_utf8(state.service.licenses_file(&ana).await.unwrap()).unwrap();
    let lines: Vec<_> = text.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines, ["Customer,Bought or tried,Assigned", "Contoso,30,0"]);
}

async fn a_trial_that_can_become_a_purchase(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let pia = state.who("pia@tailspin.example").await;
    let mia = state.who("mia@contoso.example").await;
    let tried = trial(&state, &ana, &mia, BUSINESS, 20).await;
    let paid = bought(&state, &ana, &mia, "device-management-basic", 10, Term::Yearly).await;
    let found = state.service.convertible(&ana, tried.id).await.unwrap();
    assert_eq!((found.row.subscription.id, found.row.customer.as_str()), (tried.id, "Contoso"));
    assert_eq!(found.customer_domain.as_deref(), Some("contoso.example"));
    state.clock.turn_to(tried.ends_at);
    state.service.convertible(&ana, tried.id).await.unwrap();
    mind(&state).await;
    state.service.convertible(&ana, tried.id).await.unwrap();
    not_found(state.service.convertible(&ana, paid.id).await);
    not_found(state.service.convertible(&pia, tried.id).await);
    state.execute("UPDATE plans SET is_offered = FALSE WHERE key = 'office-suite-business'").await;
    assert!(changed(state.service.convertible(&ana, tried.id).await).contains("is no longer offered"));
    not_found(state.service.convertible(&pia, tried.id).await);
    state.execute("UPDATE plans SET is_offered = TRUE WHERE key = 'office-suite-business'").await;
    not_found(state.service.convertible(&ana, SubscriptionId(state.unknown_id())).await);
    converted(&state, &ana, &mia, &tried).await;
    not_found(state.service.convertible(&ana, tried.id).await);
    assert!(overview(&state, &ana).await.ended_trials.is_empty());
}

async fn who_sees_it(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let pia = state.who("pia@tailspin.example").await;
    let mia = state.who("mia@contoso.example").await;
    trial(&state, &ana, &mia, BUSINESS, 20).await;
    // What another partner was given in the company does not show it what others sold there.
    state.grant(&pia, &mia, &[Role::GlobalAdministrator]).await;
    let theirs = overview(&state, &pia).await;
    assert!(theirs.open_trials.is_empty() && theirs.ending.is_empty() && theirs.used.is_empty());
    assert!(theirs.orders.rows.is_empty());
    for user_name in ["leo@fabrikam.example", "kim@fabrikam.example"] {
        let seen = overview(&state, &state.who(user_name).await).await;
        assert_eq!((seen.open_trials.len(), seen.may_manage_offers), (1, false));
    }
    for user_name in ["mia@contoso.example", "tom@contoso.example"] {
        let who = state.who(user_name).await;
        not_found(state.service.sales_overview(&who, &first_page(10)).await);
        not_found(state.service.orders_file(&who).await);
        not_found(state.service.licenses_file(&who).await);
        not_found(state.service.subscriptions_file(&who).await);
    }
}
