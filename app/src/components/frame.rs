use leptos::{either::Either, prelude::*};
use leptos_router::{components::A, hooks::use_location};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    api::session::{Viewer, load_viewer},
    components::{
        icon::{Glyph, Icon},
        live::Live,
        loaded::load,
        navigation::{Loading, Progress},
    },
    format::initials,
};

/// The top of each page. Its menus are popovers, so they open without scripts.
#[component]
pub fn Header(loading: Loading) -> impl IntoView {
    let who = load(|| (), |()| load_viewer());
    view! {
        <a class="skip" href="#main">"Skip to content"</a>
        <header class="top">
            <Progress loading/>
            <div class="top-in">
                <a class="brand" href="/">
                    <svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
                        <rect width="24" height="24" rx="6"></rect>
                        <path d="M6 18.5v-9l5 6L18 5v13.5"></path>
                    </svg>
                    <span class="brand-name">"Mandate"</span>
                </a>
                <Suspense>
                    {move || Suspend::new(async move {
                        match who.await {
                            Ok(Some(viewer)) => Either::Left(view! { <SignedIn viewer/> }),
                            _ => Either::Right(view! { <SignedOut/> }),
                        }
                    })}
                </Suspense>
            </div>
        </header>
    }
}

#[component]
fn SignedIn(viewer: Viewer) -> impl IntoView {
    if let Some(live) = use_context::<Live>() {
        live.begin(viewer.reached);
    }
    let avatar = initials(&viewer.display_name, 1);
    // Until the temporary password is changed, nothing else works, so nothing else is shown.
    let may = move |allowed: bool| allowed && !viewer.must_change_password;
    view! {
        <span class="where">{viewer.company_name}</span>
        <button class="btn quiet menu-button" type="button" popovertarget="nav">
            <Icon glyph=Glyph::Menu/>
            "Menu"
        </button>
        <nav class="nav" id="nav" popover aria-label="Main">
            <ul>
                {may(viewer.is_partner).then(|| view! { <NavLink href="/partner" and="/customers" label="Partner"/> })}
                {may(true).then(|| view! { <NavLink href="/users" label="Users"/> })}
                {may(viewer.may_read_domains).then(|| view! { <NavLink href="/domains" label="Domains"/> })}
                {may(viewer.may_read_subscriptions)
                    .then(|| view! { <NavLink href="/subscriptions" label="Subscriptions"/> })}
                {may(viewer.may_manage_relationships)
                    .then(|| view! { <NavLink href="/partners" label="Partner relationships"/> })}
                {may(viewer.may_read_activity).then(|| view! { <NavLink href="/activity" label="Activity"/> })}
            </ul>
        </nav>
        <button class="btn quiet account" type="button" popovertarget="account">
            <span class="avatar" aria-hidden="true">{avatar}</span>
            <span class="label">"Account"</span>
            <Icon glyph=Glyph::Down small=true/>
        </button>
        <div class="menu" id="account" popover>
            <p>
                <strong>{viewer.display_name}</strong>
                <br/>
                <span class="muted">{viewer.user_name}</span>
            </p>
            <ul>
                {may(true).then(|| view! { <li><a href="/account">"Your account"</a></li> })}
                <li>
                    <a href="/password">"Change password"</a>
                </li>
                <li>
                    <form method="post" action="/api/session/sign-out">
                        <button type="submit">"Sign out"</button>
                    </form>
                </li>
            </ul>
        </div>
    }
}

/// A link that says whether one is on its page (`page`) or on one that belongs to it (`true`).
#[component]
fn NavLink(href: &'static str, #[prop(optional)] and: Option<&'static str>, label: &'static str) -> impl IntoView {
    let path = use_location().pathname;
    let within = |path: &str, base: &str| path.strip_prefix(base).is_some_and(|rest| rest.starts_with('/'));
    let current = move || {
        path.with(|path| {
            if path == href {
                Some("page")
            } else if within(path, href) || and.is_some_and(|base| within(path, base)) {
                Some("true")
            } else {
                None
            }
        })
    };
    view! {
        <li>
            <a href=href aria-current=current>{label}</a>
        </li>
    }
}

#[component]
fn SignedOut() -> impl IntoView {
    let location = use_location();
    let href = move || {
        let page = format!("{}{}", location.pathname.get(), location.search.with(|query| query_of(query)));
        format!("/sign-in?next={}", utf8_percent_encode(&page, NON_ALPHANUMERIC))
    };
    let elsewhere = move || location.pathname.with(|path| path != "/sign-in");
    view! {
        <Show when=elsewhere>
            <A attr:class="btn sign-in" href=href>"Sign in"</A>
        </Show>
    }
}

fn query_of(query: &str) -> String {
    if query.is_empty() { String::new() } else { format!("?{}", query.trim_start_matches('?')) }
}

#[component]
pub fn Footer() -> impl IntoView {
    view! {
        <footer class="foot">
            <span>"Mandate"</span>
            <span>"Dates are in UTC"</span>
        </footer>
    }
}
