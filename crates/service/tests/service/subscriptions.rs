//! What a company has of plans, and what it can do with it.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use mandate_domain::{
    CompanyId, DelegatedAdministration, Event, Money, OfferId, Refusal, Role, SubscriptionId, SubscriptionState,
    SubscriptionStatus, Term,
};
use mandate_service::{
    Principal,
    sales::{LineForm, NewPurchase, NewTrial, SaleForm},
    subscriptions::{Subscription, SubscriptionRow},
};
use mandate_store::page::Cursor;

use crate::{
    outcome::{changed, not_found, problem, refused},
    state::{MICROSECOND, State, first_page},
};

on_both_engines!(
    a_trial_and_a_purchase_are_listed,
    what_is_canceled_ends_with_its_term,
    until_then_it_can_be_reactivated,
    a_trial_is_not_canceled,
    the_number_of_licenses_changes_within_bounds,
    nobody_agrees_to_a_total_that_they_have_not_seen,
    what_was_agreed_stays_whatever_the_catalog_says,
    bounds_that_have_changed_leave_a_way_back,
    a_total_that_cannot_be_counted_is_refused,
    fewer_than_are_assigned_are_refused_with_the_names,
    of_a_plan_that_is_withdrawn_there_are_no_more,
    each_state_by_the_clock,
    who_may_read_and_who_may_manage,
    another_companys_subscription_does_not_exist,
);

pub const BUSINESS: &str = "office-suite-business";

/// The plan's id, as a form posts it.
async fn plan_id(state: &State, partner: &Principal, key: &str) -> String {
    let plans = state.service.offered_plans(partner).await.unwrap();
    plans.iter().find(|view| view.plan.key.as_str() == key).expect("a plan of this key").plan.id.to_string()
}

/// A trial of a plan that a company has started.
pub async fn trial(state: &State, partner: &Principal, customer: &Principal, key: &str, licenses: u32) -> Subscription {
    let (plan, quantity) = (plan_id(state, partner, key).await, licenses.to_string());
    let lines = [LineForm { plan: &plan, quantity: &quantity, term: "" }];
    let form = SaleForm { country: "US", lines: &lines, link_days: "30", ..SaleForm::default() };
    let new = NewTrial::parse(&form, &state.service.offered_plans(partner).await.unwrap()).unwrap();
    let offer = state.service.create_trial(partner, &new).await.unwrap();
    accept(state, partner, customer, offer).await
}

/// A subscription that a company has bought.
pub async fn bought(
    state: &State,
    partner: &Principal,
    customer: &Principal,
    key: &str,
    licenses: u32,
    term: Term,
) -> Subscription {
    purchase(state, partner, customer, key, licenses, term, "").await
}

/// The same in the place of a trial.
pub async fn converted(state: &State, partner: &Principal, customer: &Principal, trial: &Subscription) -> Subscription {
    purchase(state, partner, customer, BUSINESS, 30, Term::Yearly, &trial.id.to_string()).await
}

async fn purchase(
    state: &State,
    partner: &Principal,
    customer: &Principal,
    key: &str,
    licenses: u32,
    term: Term,
    converts: &str,
) -> Subscription {
    let (plan, quantity) = (plan_id(state, partner, key).await, licenses.to_string());
    let lines = [LineForm { plan: &plan, quantity: &quantity, term: term.key() }];
    let form = SaleForm { currency: "EUR", lines: &lines, link_days: "30", converts, ..SaleForm::default() };
    let new = NewPurchase::parse(&form, &state.service.offered_plans(partner).await.unwrap()).unwrap();
    let offer = state.service.create_purchase(partner, &new).await.unwrap();
    accept(state, partner, customer, offer).await
}

async fn accept(state: &State, partner: &Principal, customer: &Principal, offer: OfferId) -> Subscription {
    let token = state.token(partner, offer).await;
    let accepted = state.service.accept_sale(customer, &token, &[], false).await.unwrap();
    let list = all(state, customer).await;
    list.into_iter().map(|row| row.subscription).find(|of| of.order_id == accepted.order).expect("it is there")
}

/// All that a company has, the latest first.
async fn all(state: &State, who: &Principal) -> Vec<SubscriptionRow> {
    let mut page = first_page(50);
    page.descending = true;
    state.service.subscriptions(who, who.company.id, &page).await.unwrap().rows.rows
}

/// As it is at this moment.
pub async fn row(state: &State, who: &Principal, id: SubscriptionId) -> SubscriptionRow {
    state.service.subscription(who, who.company.id, id, &first_page(10)).await.unwrap().row
}

pub async fn status(state: &State, who: &Principal, id: SubscriptionId) -> SubscriptionStatus {
    row(state, who, id).await.status
}

/// Runs the job, as one server.
pub async fn mind(state: &State) {
    let holder = state.service.new_holder();
    state.service.mind_subscriptions(holder).await.unwrap();
    state.service.give_back_leases(holder).await.unwrap();
}

fn day(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

async fn a_trial_and_a_purchase_are_listed(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let trial = trial(&state, &ana, &mia, BUSINESS, 20).await;
    state.clock.turn(TimeDelta::minutes(1));
    let bought = bought(&state, &ana, &mia, "device-management-basic", 12, Term::Monthly).await;
    let list = state.service.subscriptions(&mia, mia.company.id, &first_page(10)).await.unwrap();
    assert!(list.may_manage && list.may_assign);

    let [latest, first] = all(&state, &mia).await.try_into().unwrap();
    assert_eq!((latest.subscription.id, latest.status), (bought.id, SubscriptionStatus::Active));
    assert_eq!(latest.plan.full_name(), "Device Management Basic");
    assert_eq!((latest.customer.as_str(), latest.partner.as_str()), ("Contoso", "Fabrikam Partners"));
    assert!(!latest.order_number.is_empty() && latest.order_number != first.order_number);
    assert_eq!((bought.quantity.get(), bought.assigned, bought.term), (12, 0, Some(Term::Monthly)));
    assert_eq!(bought.ends_at, day("2026-04-02T09:31:00Z"));
    assert_eq!((first.subscription.id, first.status), (trial.id, SubscriptionStatus::Trial));
    assert_eq!((trial.quantity.get(), trial.term, trial.ends_at), (20, None, day("2026-04-01T09:30:00Z")));

    // Page by page.
    let mut page = first_page(1);
    page.descending = true;
    let one = state.service.subscriptions(&mia, mia.company.id, &page).await.unwrap().rows;
    assert!(one.has_next && !one.has_previous && one.rows[0].subscription.id == bought.id);
    page.cursor = Cursor::After(String::new(), bought.id.0);
    let next = state.service.subscriptions(&mia, mia.company.id, &page).await.unwrap().rows;
    assert!(!next.has_next && next.has_previous && next.rows[0].subscription.id == trial.id);
}

async fn what_is_canceled_ends_with_its_term(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let of = bought(&state, &ana, &mia, BUSINESS, 10, Term::Monthly).await;
    for _ in 0..2 {
        state.service.cancel_subscription(&mia, mia.company.id, of.id).await.unwrap();
    }
    assert_eq!(status(&state, &mia, of.id).await, SubscriptionStatus::Canceling);
    for (company, name) in
        [(mia.company.id, "Office Suite Business"), (ana.company.id, "Office Suite Business, Contoso")]
    {
        assert_eq!(state.recorded(company, |event| *event == Event::SubscriptionCanceled).await, 1);
        let entry = &state.record(company).await[0];
        assert_eq!((entry.object_name.as_str(), &entry.event), (name, &Event::SubscriptionCanceled));
        assert_eq!(entry.person.as_ref().unwrap().user_name, "mia@contoso.example");
    }
    let mut told = state.mail().await;
    told.retain(|mail| mail.subject == "Contoso canceled Office Suite Business");
    let mut addresses: Vec<_> = told.iter().map(|mail| mail.to_address.as_str()).collect();
    addresses.sort_unstable();
    assert_eq!(addresses, ["ana@fabrikam.example", "mia@contoso.example", "support@fabrikam.example"]);
    assert!(told.iter().all(|mail| mail.body.contains("It ends on Apr 2, 2026")));

    state.clock.turn_to(of.ends_at - MICROSECOND);
    mind(&state).await;
    assert_eq!(status(&state, &mia, of.id).await, SubscriptionStatus::Canceling);
    state.clock.turn(MICROSECOND);
    assert_eq!(status(&state, &mia, of.id).await, SubscriptionStatus::Canceled, "before any job has said so");
    for _ in 0..2 {
        mind(&state).await;
    }
    let ended = row(&state, &mia, of.id).await;
    assert_eq!((ended.status, ended.subscription.state), (SubscriptionStatus::Canceled, SubscriptionState::Canceled));
    assert_eq!(ended.subscription.ends_at, of.ends_at);
    for company in [mia.company.id, ana.company.id] {
        assert_eq!(state.recorded(company, |event| *event == Event::SubscriptionExpired).await, 1);
        assert_eq!(state.recorded(company, |event| *event == Event::SubscriptionRenewed).await, 0);
    }
}

async fn until_then_it_can_be_reactivated(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let of = bought(&state, &ana, &mia, BUSINESS, 10, Term::Monthly).await;
    state.service.cancel_subscription(&mia, mia.company.id, of.id).await.unwrap();
    state.clock.turn_to(of.ends_at - MICROSECOND);
    for _ in 0..2 {
        state.service.reactivate_subscription(&mia, mia.company.id, of.id).await.unwrap();
    }
    assert_eq!(status(&state, &mia, of.id).await, SubscriptionStatus::Active);
    assert_eq!(state.recorded(ana.company.id, |event| *event == Event::SubscriptionReactivated).await, 1);
    state.service.cancel_subscription(&mia, mia.company.id, of.id).await.unwrap();
    state.clock.turn(MICROSECOND);
    for run_before in [false, true] {
        if run_before {
            mind(&state).await;
        }
        let late = state.service.reactivate_subscription(&mia, mia.company.id, of.id).await;
        assert_eq!(changed(late), "Office Suite Business has ended, so nothing was changed.");
    }
    assert_eq!(status(&state, &mia, of.id).await, SubscriptionStatus::Canceled);

    // One whose term has ended and that no job has renewed yet is canceled in the term that lasts.
    let of = bought(&state, &ana, &mia, BUSINESS, 10, Term::Monthly).await;
    state.clock.turn_to(of.ends_at);
    state.service.cancel_subscription(&mia, mia.company.id, of.id).await.unwrap();
    let now = row(&state, &mia, of.id).await;
    assert_eq!(now.status, SubscriptionStatus::Canceling);
    assert_eq!(now.subscription.ends_at, Term::Monthly.end_after(of.starts_at, of.ends_at));
    assert_eq!(state.recorded(ana.company.id, |event| *event == Event::SubscriptionRenewed).await, 1);
}

async fn a_trial_is_not_canceled(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let of = trial(&state, &ana, &mia, BUSINESS, 10).await;
    let (record, service, company) = (state.record(mia.company.id).await, &state.service, mia.company.id);
    let canceled = service.cancel_subscription(&mia, company, of.id).await;
    assert_eq!(changed(canceled), "A trial cannot be canceled. It ends by itself on Apr 1, 2026.");
    changed(service.reactivate_subscription(&mia, company, of.id).await);
    changed(service.change_quantity(&mia, company, of.id, "12", "12").await);
    assert_eq!(state.record(mia.company.id).await, record);
}

async fn the_number_of_licenses_changes_within_bounds(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let of = bought(&state, &ana, &mia, BUSINESS, 10, Term::Monthly).await;
    let change = async |text: &str| state.service.change_quantity(&mia, mia.company.id, of.id, text, text).await;
    for wrong in ["", "0", "301", "-1", "1.5", "many", "99999999999999999999"] {
        assert_eq!(problem(change(wrong).await), ("quantity".to_owned(), "Enter a number from 1 to 300".to_owned()));
    }
    assert_eq!(row(&state, &mia, of.id).await.subscription, of);
    for (text, now) in [("10", 10), (" 300 ", 300), ("1", 1)] {
        assert_eq!(change(text).await.unwrap(), now != 10);
        assert_eq!(row(&state, &mia, of.id).await.subscription.quantity.get(), now);
    }
    for company in [mia.company.id, ana.company.id] {
        assert_eq!(state.recorded(company, |event| matches!(event, Event::QuantityChanged { .. })).await, 2);
        assert_eq!(state.record(company).await[0].event.detail().as_deref(), Some("From 300 to 1"));
    }
    let told = state.mail().await;
    assert!(told.iter().any(|mail| mail.subject == "Contoso has 1 license of Office Suite Business now"));

    // The price that was agreed is the order's, and stays.
    state.clock.turn_to(of.ends_at);
    change("2").await.unwrap();
    assert_eq!(status(&state, &mia, of.id).await, SubscriptionStatus::Active);
    state.service.cancel_subscription(&mia, mia.company.id, of.id).await.unwrap();
    change("3").await.unwrap();
    state.clock.turn(TimeDelta::days(31));
    changed(change("4").await);
}

async fn nobody_agrees_to_a_total_that_they_have_not_seen(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let of = bought(&state, &ana, &mia, BUSINESS, 10, Term::Monthly).await;
    let change = async |text, shown| state.service.change_quantity(&mia, mia.company.id, of.id, text, shown).await;
    for shown in ["10", "", "120"] {
        assert!(changed(change("12", shown).await).contains("look at the new total"));
    }
    assert_eq!(row(&state, &mia, of.id).await.subscription, of);
    change(" 12", "12 ").await.unwrap();
    let mail = state.mail().await;
    let told = mail.iter().find(|mail| mail.subject == "Contoso has 12 licenses of Office Suite Business now").unwrap();
    let said = "changed Office Suite Business from 10 licenses to 12 licenses. That is EUR 140.40 for each month.";
    assert!(told.body.contains(said), "{}", told.body);
}

async fn what_was_agreed_stays_whatever_the_catalog_says(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let of = bought(&state, &ana, &mia, BUSINESS, 10, Term::Monthly).await;
    let detail = async || state.service.subscription(&mia, mia.company.id, of.id, &first_page(10)).await.unwrap();
    let before = detail().await;
    let [line] = &before.order.lines[..] else { panic!("{:?}", before.order) };
    let plan = &before.row.plan;
    assert_eq!((&line.plan_name, line.quantity, line.unit), (&plan.full_name(), of.quantity, before.unit));
    assert_eq!((&line.plan_description, &line.license_means), (&plan.description, &plan.license_means));
    assert_eq!((before.order.order.number, before.order.order.id), (before.row.order_number, of.order_id));
    state
        .execute(
            "UPDATE plans SET name = 'Other', description = 'Less', license_means = 'One device', max_quantity = 5 \
             WHERE key = 'office-suite-business'",
        )
        .await;
    let after = detail().await;
    assert_eq!((&after.order.lines, after.unit), (&before.order.lines, before.unit));
    assert_eq!(after.row.plan.license_means, "One device");
}

async fn bounds_that_have_changed_leave_a_way_back(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let of = bought(&state, &ana, &mia, BUSINESS, 10, Term::Monthly).await;
    let change = async |text: &str| state.service.change_quantity(&mia, mia.company.id, of.id, text, text).await;
    state.execute("UPDATE plans SET max_quantity = 5 WHERE key = 'office-suite-business'").await;
    assert_eq!(problem(change("11").await).1, "Enter a number from 1 to 10");
    assert!(!change("10").await.unwrap() && change("9").await.unwrap() && change("5").await.unwrap());
    assert_eq!(problem(change("6").await).1, "Enter a number from 1 to 5");
    state.execute("UPDATE plans SET min_quantity = 8, max_quantity = 20 WHERE key = 'office-suite-business'").await;
    assert_eq!(problem(change("4").await).1, "Enter a number from 5 to 20");
    assert!(change("6").await.unwrap() && change("20").await.unwrap());
    assert_eq!(problem(change("7").await).1, "Enter a number from 8 to 20");
}

async fn a_total_that_cannot_be_counted_is_refused(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let catalog = |max: u32, price: i64| {
        format!(
            "[[product]]\nname = \"Backup\"\ndescription = \"Copies\"\n[[product.plan]]\nkey = \"backup\"\n\
             name = \"Small\"\ndescription = \"100 GB\"\nlicense = \"One device\"\n\
             quantity = {{ min = 1, max = {max} }}\nprices.monthly = {{ EUR = {price} }}\n",
        )
    };
    let import = async |text: &str| {
        state.service.import_catalog(&mandate_service::catalog::parse(text).unwrap()).await.unwrap();
    };
    import(&catalog(1, Money::MOST)).await;
    let of = bought(&state, &ana, &mia, "backup", 1, Term::Monthly).await;
    // The price stays the one that was agreed.
    import(&catalog(300, 100)).await;
    let (field, message) = problem(state.service.change_quantity(&mia, mia.company.id, of.id, "2", "2").await);
    assert_eq!(
        (field.as_str(), message.as_str()),
        ("quantity", "This comes to too large a sum. Choose fewer licenses")
    );
    let detail = state.service.subscription(&mia, mia.company.id, of.id, &first_page(10)).await.unwrap();
    assert_eq!((detail.unit.map(Money::minor), detail.row.subscription.quantity.get()), (Some(Money::MOST), 1));
}

async fn fewer_than_are_assigned_are_refused_with_the_names(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let tom = state.user("tom@contoso.example").await;
    let of = bought(&state, &ana, &mia, BUSINESS, 100, Term::Monthly).await;
    let assign = async |users: &[_]| state.service.assign_licenses(&mia, mia.company.id, of.id, users).await.unwrap();
    let change = async |text: &str| state.service.change_quantity(&mia, mia.company.id, of.id, text, text).await;
    assign(&[mia.user.id, tom.id]).await;
    let (field, message) = problem(change("1").await);
    assert_eq!(field, "quantity");
    assert_eq!(
        message,
        "2 licenses are assigned, to Mia Lindqvist, Tom Okafor. Enter at least 2, or remove licenses first"
    );
    let mut users = Vec::new();
    for number in 0..55 {
        let local = format!("u{number:02}");
        users.push(state.insert_user(&tom, &local, None, DelegatedAdministration::No).await.id);
    }
    assign(&users).await;
    let message = problem(change("56").await).1;
    assert!(message.starts_with("57 licenses are assigned, to Mia Lindqvist, Tom Okafor, U00 Test, "), "{message}");
    assert!(message.contains("U47 Test and 7 more. Enter at least 57"), "{message}");
    assert_eq!(row(&state, &mia, of.id).await.subscription.quantity.get(), 100);
    change("57").await.unwrap();
    let now = row(&state, &mia, of.id).await.subscription;
    assert_eq!((now.quantity.get(), now.assigned), (57, 57));
}

async fn of_a_plan_that_is_withdrawn_there_are_no_more(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let of = bought(&state, &ana, &mia, BUSINESS, 10, Term::Monthly).await;
    let others = "[[product]]\nname = \"Backup\"\ndescription = \"Copies\"\n[[product.plan]]\nkey = \"backup\"\n\
                  name = \"Small\"\ndescription = \"100 GB\"\nlicense = \"One device\"\n\
                  quantity = { min = 1, max = 9 }\nprices.monthly = { EUR = 300 }\n";
    state.service.import_catalog(&mandate_service::catalog::parse(others).unwrap()).await.unwrap();
    let change = async |text: &str| state.service.change_quantity(&mia, mia.company.id, of.id, text, text).await;
    let message = problem(change("11").await).1;
    assert_eq!(message, "Office Suite Business is no longer offered. There can be fewer licenses, and no more");
    change("9").await.unwrap();

    // It renews, and can be canceled and kept on.
    state.clock.turn_to(of.ends_at);
    mind(&state).await;
    assert_eq!(status(&state, &mia, of.id).await, SubscriptionStatus::Active);
    state.service.cancel_subscription(&mia, mia.company.id, of.id).await.unwrap();
    state.service.reactivate_subscription(&mia, mia.company.id, of.id).await.unwrap();
    let now = row(&state, &mia, of.id).await;
    assert_eq!((now.status, now.subscription.quantity.get()), (SubscriptionStatus::Active, 9));
}

async fn each_state_by_the_clock(state: Arc<State>) {
    use SubscriptionStatus::{Active, Canceled, Canceling, Converted, Expired, Trial};
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let nora = state.who("nora@northwind.example").await;
    let left = trial(&state, &ana, &mia, BUSINESS, 10).await;
    let kept = trial(&state, &ana, &nora, BUSINESS, 10).await;
    let monthly = bought(&state, &ana, &mia, "device-management-basic", 5, Term::Monthly).await;
    let canceled = bought(&state, &ana, &mia, "device-management-premium", 5, Term::Monthly).await;
    state.service.cancel_subscription(&mia, mia.company.id, canceled.id).await.unwrap();
    let states = async || {
        [
            status(&state, &mia, left.id).await,
            status(&state, &nora, kept.id).await,
            status(&state, &mia, monthly.id).await,
            status(&state, &mia, canceled.id).await,
        ]
    };
    assert_eq!(states().await, [Trial, Trial, Active, Canceling]);
    state.clock.turn_to(left.ends_at - MICROSECOND);
    let paid = converted(&state, &ana, &nora, &kept).await;
    assert_eq!(states().await, [Trial, Converted, Active, Canceling]);
    assert_eq!(row(&state, &nora, kept.id).await.subscription.converted_to, Some(paid.id));
    for turned in [left.ends_at, monthly.ends_at, monthly.ends_at + TimeDelta::days(400)] {
        state.clock.turn_to(turned);
        let canceling = if turned == left.ends_at { Canceling } else { Canceled };
        for _ in 0..2 {
            assert_eq!(states().await, [Expired, Converted, Active, canceling], "with and without a job, {turned}");
            mind(&state).await;
        }
    }
    assert_eq!(status(&state, &nora, paid.id).await, Active);
    let late = converted(&state, &ana, &mia, &left).await;
    assert_eq!(states().await, [Converted, Converted, Active, Canceled], "also when it had ended");
    assert_eq!(status(&state, &mia, late.id).await, Active);
}

async fn who_may_read_and_who_may_manage(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let of = bought(&state, &ana, &mia, BUSINESS, 10, Term::Monthly).await;
    let company = mia.company.id;
    let service = &state.service;
    let read = async |who: &Principal| {
        service.subscription(who, company, of.id, &first_page(10)).await?;
        service.subscriptions(who, company, &first_page(10)).await.map(|list| (list.may_manage, list.may_assign))
    };
    let manage = async |who: &Principal| {
        [
            service.cancel_subscription(who, company, of.id).await,
            service.reactivate_subscription(who, company, of.id).await,
            service.change_quantity(who, company, of.id, "11", "11").await.map(drop),
        ]
    };
    // Whoever sold it sees no more of the company than it was given.
    not_found(read(&ana).await);
    for outcome in manage(&ana).await {
        not_found(outcome);
    }
    let license = Some(Role::LicenseAdministrator);
    let liv = state.colleague(&mia, "liv", license, DelegatedAdministration::No).await;
    assert_eq!(read(&liv).await.unwrap(), (false, true));
    let dan = state.colleague(&mia, "dan", Some(Role::DomainAdministrator), DelegatedAdministration::No).await;
    let tom = state.who("tom@contoso.example").await;
    for who in [&dan, &tom] {
        refused(read(who).await, Refusal::Forbidden);
    }
    for who in [&liv, &dan, &tom] {
        for outcome in manage(who).await {
            refused(outcome, Refusal::Forbidden);
        }
    }
    state.grant(&ana, &mia, &[Role::LicenseAdministrator]).await;
    assert_eq!(read(&ana).await.unwrap(), (false, true));
    for outcome in manage(&ana).await {
        refused(outcome, Refusal::CompanyOnly);
    }
    let leo = state.who("leo@fabrikam.example").await;
    assert_eq!(read(&leo).await.unwrap(), (false, false), "limited administration reads");
    let kim = state.who("kim@fabrikam.example").await;
    refused(read(&kim).await, Refusal::NotDelegated);
    state.grant(&ana, &mia, &[Role::DomainAdministrator]).await;
    refused(read(&ana).await, Refusal::Forbidden);
    for outcome in manage(&mia).await {
        outcome.unwrap();
    }
}

async fn another_companys_subscription_does_not_exist(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let nora = state.who("nora@northwind.example").await;
    let of = bought(&state, &ana, &mia, BUSINESS, 10, Term::Monthly).await;
    let service = &state.service;
    let unknown = SubscriptionId(state.unknown_id());
    let tries: [(CompanyId, SubscriptionId); 4] = [
        (nora.company.id, of.id),
        (mia.company.id, of.id),
        (nora.company.id, unknown),
        (CompanyId(state.unknown_id()), of.id),
    ];
    for (company, id) in tries {
        not_found(service.subscription(&nora, company, id, &first_page(10)).await);
        not_found(service.cancel_subscription(&nora, company, id).await);
        not_found(service.reactivate_subscription(&nora, company, id).await);
        not_found(service.change_quantity(&nora, company, id, "11", "11").await);
    }
    assert!(all(&state, &nora).await.is_empty());
    assert_eq!(row(&state, &mia, of.id).await.subscription, of);
}
