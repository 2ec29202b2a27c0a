use leptos::prelude::*;
use leptos_router::hooks::use_location;
use mandate_domain::Permission;

use crate::{api::place::PlaceView, format::date};

/// Says on every page in whose account one is; nothing in one's own.
#[component]
pub fn Band(place: PlaceView) -> impl IntoView {
    place.on_behalf.clone().map(|behalf| {
        let customer = place.company_name.clone();
        let roles: Vec<_> = behalf.roles.iter().map(|role| role.name()).collect();
        let more =
            format!("{}, until {}. {customer} sees what you do, by name.", roles.join(", "), date(behalf.ends_at));
        view! {
            <section class="band" aria-label="On behalf of another company">
                <div class="band-in">
                    <div>
                        <p class="band-says">
                            "You are administering " <strong>{customer.clone()}</strong> " on behalf of "
                            <strong>{behalf.partner_name}</strong>
                        </p>
                        <p class="band-more">{more}</p>
                    </div>
                    <a class="btn" href="/partner">{format!("Leave {customer}")}</a>
                    <nav class="band-nav" aria-label=customer>
                        <ul>
                            <BandLink href=place.path("users") label="Users"/>
                            <BandLink href=place.path("domains") label="Domains"/>
                            {place
                                .permissions
                                .contains(Permission::SubscriptionRead)
                                .then(|| view! { <BandLink href=place.path("subscriptions") label="Subscriptions"/> })}
                            <BandLink href=place.path("activity") label="Activity"/>
                        </ul>
                    </nav>
                </div>
            </section>
        }
    })
}

#[component]
fn BandLink(href: String, label: &'static str) -> impl IntoView {
    let path = use_location().pathname;
    let base = href.clone();
    let current = move || {
        path.with(|path| match path.strip_prefix(&base) {
            Some("") => Some("page"),
            Some(rest) if rest.starts_with('/') => Some("true"),
            _ => None,
        })
    };
    view! {
        <li>
            <a href=href aria-current=current>{label}</a>
        </li>
    }
}
