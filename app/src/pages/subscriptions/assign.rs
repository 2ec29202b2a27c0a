use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use mandate_domain::SubscriptionId;

use super::state::free_in_words;
use crate::{
    api::{
        Refused,
        beginning::Beginning,
        licenses::{LicenseChoiceView, load_license_choice},
        subscriptions::SubscriptionView,
    },
    components::{
        band::Band,
        form::{ErrorSummary, FieldError, described, posted_refusal, typed_or},
        icon::{Glyph, Icon},
        loaded::{load, loaded},
        pager::first_of,
    },
    format::count,
    pages::params::{path_param, query_param},
};

/// Licenses for those who were chosen in the list of users.
#[component]
pub fn AssignPage() -> impl IntoView {
    let company = path_param("company");
    let query = use_query_map();
    let chosen = Memo::new(move |_| query.with(|query| query.get_all("users").unwrap_or_default()));
    let named = query_param("subscription");
    let data = load(
        move || (company.get(), named.get(), chosen.get()),
        |(company, named, chosen)| load_license_choice(company, named, chosen),
    );
    loaded(data, |page| {
        let refused = posted_refusal(page.posted.as_ref());
        let users = page.place.path("users");
        let body = if page.users.is_empty() {
            view! {
                <div class="empty">
                    <h2>"Nobody is chosen"</h2>
                    <p>"Choose one or more in the list of users first."</p>
                    <a class="btn" href=users.clone()>"Go to Users"</a>
                </div>
            }
            .into_any()
        } else if page.subscriptions.rows.is_empty() {
            view! {
                <div class="empty">
                    <h2>"There is nothing to assign"</h2>
                    <p>"The company has no subscription at the moment."</p>
                </div>
            }
            .into_any()
        } else {
            view! { <Choice page=page.clone() refused/> }.into_any()
        };
        view! {
            <Title text="Assign licenses"/>
            <Band place=page.place/>
            <main class="page" id="main">
                <a class="back" href=users>
                    <Icon glyph=Glyph::Back small=true/>
                    "All users"
                </a>
                <div class="page-head">
                    <h1>"Assign licenses"</h1>
                </div>
                {body}
            </main>
        }
    })
}

#[component]
fn Choice(page: LicenseChoiceView, refused: Signal<Option<Refused>>) -> impl IntoView {
    let LicenseChoiceView { place, users, named, subscriptions, .. } = page;
    let ids: Vec<_> = users.iter().map(|user| user.id.to_string()).collect();
    let addressed = named.iter().map(|id| format!("subscription={id}"));
    let addressed: Vec<_> = addressed.chain(ids.iter().map(|id| format!("users={id}"))).collect();
    let back = format!("{}?{}", place.path("users/licenses"), addressed.join("&"));
    let number = count(users.len(), "user", "users");
    let rows = users.into_iter().map(|user| {
        view! {
            <li>
                <div>{user.display_name} <span class="sub">{user.user_name}</span></div>
            </li>
        }
    });
    view! {
        <div class="two">
            <form class="form" method="post" action="/api/licenses/assign">
                <ErrorSummary refused/>
                <input type="hidden" name="company" value=place.company_field()/>
                <input type="hidden" name="back" value=back/>
                <input type="hidden" name="next" value=place.path("users")/>
                {ids.into_iter().map(|id| view! { <input type="hidden" name="users[]" value=id/> }).collect_view()}
                <Subscriptions list=subscriptions named refused/>
                <div class="actions">
                    <button class="btn primary" type="submit">"Assign licenses"</button>
                    <button class="btn" type="submit" formaction="/api/licenses/remove">"Remove licenses"</button>
                    <a class="btn quiet" href=place.path("users")>"Cancel"</a>
                </div>
            </form>
            <section id="users" tabindex="-1" aria-labelledby="chosen-h">
                <h2 id="chosen-h">{format!("For {number}")}</h2>
                <ul class="lines">{rows.collect_view()}</ul>
            </section>
        </div>
    }
}

/// The one for which users were chosen is chosen at first, and nothing where it has ended; else the first that has a
/// license free.
#[component]
fn Subscriptions(
    list: Beginning<SubscriptionView>,
    named: Option<SubscriptionId>,
    refused: Signal<Option<Refused>>,
) -> impl IntoView {
    let Beginning { rows, has_more } = list;
    let shown = rows.len();
    let first = match named {
        Some(id) => rows.iter().find(|subscription| subscription.id == id),
        None => rows.iter().find(|subscription| subscription.free() > 0).or_else(|| rows.first()),
    };
    let has_ended = named.is_some() && first.is_none();
    let first = first.map(|subscription| subscription.id.to_string()).unwrap_or_default();
    let chosen = typed_or(refused, "subscription", &first);
    let (_, by) = described(refused, "subscription", false);
    let choices = rows.into_iter().map(|subscription| {
        let id = subscription.id.to_string();
        let (control, help) = (format!("subscription-{id}"), format!("subscription-{id}-help"));
        let hint = format!("{}. From {}.", free_in_words(&subscription), subscription.partner);
        view! {
            <div class="choice">
                <input
                    class="radio"
                    type="radio"
                    name="subscription"
                    value=id.clone()
                    id=control.clone()
                    checked=id == chosen
                    aria-describedby=help.clone()
                />
                <label for=control>{subscription.plan}</label>
                <p class="hint" id=help>{hint}</p>
            </div>
        }
    });
    view! {
        <fieldset class="choices" id="subscription" tabindex="-1" aria-describedby=by>
            <legend>"Of which plan"</legend>
            <FieldError refused name="subscription"/>
            {has_ended.then(|| view! { <p>"The one that you came from has ended. Choose another."</p> })}
            {choices.collect_view()}
            {has_more.then(|| first_of(shown))}
        </fieldset>
    }
}
