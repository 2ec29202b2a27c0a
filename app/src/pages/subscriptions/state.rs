use leptos::prelude::*;
use mandate_domain::SubscriptionStatus;

use crate::{
    api::subscriptions::SubscriptionView,
    components::status::{Status, Tone},
    format::{count, date, in_days, number, quantity},
};

/// From so few days on, an end is soon.
const SOON_DAYS: i64 = 7;

/// How it goes on, in a few words and with its date.
#[component]
pub fn StateMark(subscription: SubscriptionView, #[prop(optional)] pill: bool) -> impl IntoView {
    let (status, ends) = (subscription.status, date(subscription.ends_at));
    let is_soon = subscription.days_left <= SOON_DAYS;
    let text = match status {
        SubscriptionStatus::Trial if is_soon => format!("Trial ends {ends}, {}", in_days(subscription.days_left)),
        SubscriptionStatus::Trial => format!("Trial ends {ends}"),
        SubscriptionStatus::Active => format!("Renews {ends}"),
        SubscriptionStatus::Canceling => format!("Ends {ends}"),
        SubscriptionStatus::Expired | SubscriptionStatus::Canceled | SubscriptionStatus::Converted => {
            status.name().to_owned()
        }
    };
    let tone = match status {
        SubscriptionStatus::Trial if is_soon => Tone::Warn,
        SubscriptionStatus::Canceling => Tone::Warn,
        SubscriptionStatus::Trial => Tone::Wait,
        SubscriptionStatus::Active => Tone::Good,
        SubscriptionStatus::Expired | SubscriptionStatus::Canceled | SubscriptionStatus::Converted => Tone::Past,
    };
    view! { <Status tone text pill/> }
}

/// For how long it is paid, or that it is not.
pub fn term(subscription: &SubscriptionView) -> &'static str {
    subscription.term.map_or("Trial", |term| term.name())
}

pub fn bought(subscription: &SubscriptionView) -> String {
    match subscription.quantity.get() {
        1 => "1 license".to_owned(),
        _ => format!("{} licenses", quantity(subscription.quantity)),
    }
}

pub fn free(subscription: &SubscriptionView) -> String {
    written(subscription.free())
}

pub fn written(licenses: u32) -> String {
    number(usize::try_from(licenses).unwrap_or(usize::MAX))
}

/// `3 assigned, 22 free`
pub fn used(subscription: &SubscriptionView) -> String {
    format!("{} assigned, {} free", written(subscription.assigned), free(subscription))
}

/// Of what can be given to somebody.
pub fn free_in_words(subscription: &SubscriptionView) -> String {
    match subscription.free() {
        0 => "None of its licenses is free".to_owned(),
        licenses => format!(
            "{} of {} free",
            count(usize::try_from(licenses).unwrap_or(usize::MAX), "license", "licenses"),
            quantity(subscription.quantity)
        ),
    }
}
