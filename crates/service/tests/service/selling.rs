//! Trials and purchases to begin a test with.

use mandate_domain::{OfferId, Role, SubscriptionId};
use mandate_service::{
    Principal,
    catalog::PlanView,
    form::Problems,
    sales::{LineForm, NewPurchase, NewTrial, SaleForm},
};
use mandate_store::subscriptions::{self, Subscription};

use crate::state::{Sent, State, first_page};

pub const BASIC: &str = "device-management-basic";
pub const PREMIUM: &str = "device-management-premium";
pub const BUSINESS: &str = "office-suite-business";
pub const ENTERPRISE: &str = "office-suite-enterprise";

/// What delegated administration is asked for with a sale, where it is.
pub const ROLES: [Role; 2] = [Role::DirectoryReader, Role::LicenseAdministrator];

pub async fn plans(state: &State, partner: &Principal) -> Vec<PlanView> {
    state.service.offered_plans(partner).await.unwrap()
}

pub fn plan<'a>(plans: &'a [PlanView], key: &str) -> &'a PlanView {
    plans.iter().find(|view| view.plan.key.as_str() == key).expect("a plan of this key")
}

/// A form with some fields as another test needs them.
pub type Change = fn(&mut SaleForm<'_>);

pub fn as_it_is(_: &mut SaleForm<'_>) {}

/// With delegated administration for 90 days.
pub fn delegating(form: &mut SaleForm<'_>) {
    form.delegation = true;
    form.days = "90";
}

/// A trial of *Device Management Basic* with 25 licenses in the United States, for any customer.
pub async fn new_trial(state: &State, partner: &Principal, change: Change) -> Result<NewTrial, Problems> {
    let plans = plans(state, partner).await;
    let id = plan(&plans, BASIC).plan.id.to_string();
    let lines = [LineForm { plan: &id, quantity: "25", term: "" }];
    let roles = ROLES.map(|role| role.key().to_owned());
    let mut form = SaleForm { country: "US", lines: &lines, roles: &roles, link_days: "30", ..SaleForm::default() };
    change(&mut form);
    NewTrial::parse(&form, &plans)
}

/// A purchase in euros: of each line the plan's key, the number of licenses and the term.
pub async fn new_purchase(
    state: &State,
    partner: &Principal,
    lines: &[(&str, &str, &str)],
    converts: Option<SubscriptionId>,
    change: Change,
) -> Result<NewPurchase, Problems> {
    let plans = plans(state, partner).await;
    let ids: Vec<_> = lines.iter().map(|(key, ..)| plan(&plans, key).plan.id.to_string()).collect();
    let lines: Vec<_> =
        lines.iter().zip(&ids).map(|((_, quantity, term), plan)| LineForm { plan, quantity, term }).collect();
    let roles = ROLES.map(|role| role.key().to_owned());
    let converts = converts.map(|id| id.to_string()).unwrap_or_default();
    let mut form = SaleForm {
        currency: "EUR",
        lines: &lines,
        roles: &roles,
        link_days: "30",
        converts: &converts,
        ..SaleForm::default()
    };
    change(&mut form);
    NewPurchase::parse(&form, &plans)
}

async fn sent(state: &State, partner: &Principal, id: OfferId) -> Sent {
    Sent { id, token: state.token(partner, id).await }
}

pub async fn send_trial(state: &State, partner: &Principal, change: Change) -> Sent {
    let new = new_trial(state, partner, change).await.unwrap();
    sent(state, partner, state.service.create_trial(partner, &new).await.unwrap()).await
}

/// Of 10 licenses of *Office Suite Business* by the year and 5 of *Device Management Basic* by the month.
pub async fn send_purchase(state: &State, partner: &Principal, change: Change) -> Sent {
    let lines = [(BUSINESS, "10", "yearly"), (BASIC, "5", "monthly")];
    let new = new_purchase(state, partner, &lines, None, change).await.unwrap();
    sent(state, partner, state.service.create_purchase(partner, &new).await.unwrap()).await
}

/// In the place of a trial of *Device Management Basic*, by the year.
pub async fn send_conversion(state: &State, partner: &Principal, trial: SubscriptionId, licenses: &str) -> Sent {
    let lines = [(BUSINESS, "3", "yearly"), (BASIC, licenses, "yearly")];
    let new = new_purchase(state, partner, &lines, Some(trial), as_it_is).await.unwrap();
    sent(state, partner, state.service.create_purchase(partner, &new).await.unwrap()).await
}

/// What a company's orders began, those of one order in the order of its lines.
pub async fn begun(state: &State, customer: &Principal) -> Vec<Subscription> {
    let page = first_page(50);
    let listed = subscriptions::list(&mut state.conn().await, customer.company.id, &page).await.unwrap();
    listed.rows.into_iter().map(|listed| listed.subscription).collect()
}

/// A trial of 25 licenses that a company has started.
pub async fn started_trial(state: &State, partner: &Principal, customer: &Principal) -> Subscription {
    let sent = send_trial(state, partner, as_it_is).await;
    let accepted = state.service.accept_sale(customer, &sent.token, &[], false).await.unwrap();
    let all = begun(state, customer).await;
    all.into_iter().find(|subscription| subscription.order_id == accepted.order).expect("what was ordered")
}

pub fn quantities(numbers: &[&str]) -> Vec<String> {
    numbers.iter().map(ToString::to_string).collect()
}
