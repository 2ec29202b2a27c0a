use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

use crate::{
    components::{
        frame::{Footer, Header},
        live::{Follower, Live},
        navigation::Loading,
    },
    format::provide_locale,
    pages::{
        account::AccountPage,
        activity::ActivityPage,
        domains::{detail::DomainPage, list::DomainsPage, new::NewDomainPage},
        home::HomePage,
        not_found::NotFoundPage,
        partner::{
            batch::BatchPage,
            bulk::BulkPage,
            new_offer::NewOfferPage,
            new_purchase::NewPurchasePage,
            new_trial::NewTrialPage,
            offer::OfferPage,
            overview::OverviewPage,
            sales::SalesPage,
            templates::{TemplatePage, TemplatesPage},
        },
        password::PasswordPage,
        relationships::RelationshipsPage,
        sale_consent::AcceptPage,
        sign_up::SignUpPage,
        subscriptions::{assign::AssignPage, detail::SubscriptionPage, list::SubscriptionsPage},
        users::{detail::UserPage, list::UsersPage, new::NewUserPage},
    },
};

#[cfg(not(feature = "ssr"))]
use crate::pages::from_server::{
    FromServer as CantSignInPage, FromServer as ConsentPage, FromServer as SignInPage, FromServer as StopMailPage,
};
#[cfg(feature = "ssr")]
use crate::pages::{cant_sign_in::CantSignInPage, consent::ConsentPage, sign_in::SignInPage, stop_mail::StopMailPage};

/// Pages that need no script: where a person comes first, and decides. They are sent without the browser's part, which
/// does not hold them either, so that they are there at once and it is smaller.
#[cfg(feature = "ssr")]
pub fn is_without_scripts(path: &str) -> bool {
    ["/sign-in", "/cant-sign-in"].contains(&path) || ["/offers/", "/stop/"].iter().any(|page| path.starts_with(page))
}

/// All pages. Each is rendered whole on the server first, so that its status code is right and it reads without WASM.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_locale();
    let live = Live::provide();
    let loading = Loading::provide();
    view! {
        <Title formatter=|page: String| if page.is_empty() { "Mandate".to_owned() } else { format!("{page} – Mandate") }/>
        <Router set_is_routing=loading.routing()>
            <Header loading/>
            <Routes fallback=NotFoundPage>
                <Route path=path!("/") view=HomePage ssr=SsrMode::Async/>
                <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async/>
                <Route path=path!("/cant-sign-in") view=CantSignInPage ssr=SsrMode::Async/>
                <Route path=path!("/account") view=AccountPage ssr=SsrMode::Async/>
                <Route path=path!("/password") view=PasswordPage ssr=SsrMode::Async/>
                <Route path=path!("/offers/:offer") view=ConsentPage ssr=SsrMode::Async/>
                <Route path=path!("/accept/:offer") view=AcceptPage ssr=SsrMode::Async/>
                <Route path=path!("/sign-up/:offer") view=SignUpPage ssr=SsrMode::Async/>
                <Route path=path!("/partner") view=OverviewPage ssr=SsrMode::Async/>
                <Route path=path!("/partner/offers/new") view=NewOfferPage ssr=SsrMode::Async/>
                <Route path=path!("/partner/offers/bulk") view=BulkPage ssr=SsrMode::Async/>
                <Route path=path!("/partner/offers/bulk/:batch") view=BatchPage ssr=SsrMode::Async/>
                <Route path=path!("/partner/offers/:offer") view=OfferPage ssr=SsrMode::Async/>
                <Route path=path!("/partner/trials/new") view=NewTrialPage ssr=SsrMode::Async/>
                <Route path=path!("/partner/purchases/new") view=NewPurchasePage ssr=SsrMode::Async/>
                <Route path=path!("/partner/subscriptions") view=SalesPage ssr=SsrMode::Async/>
                <Route path=path!("/partner/templates") view=TemplatesPage ssr=SsrMode::Async/>
                <Route path=path!("/partner/templates/new") view=TemplatePage ssr=SsrMode::Async/>
                <Route path=path!("/partner/templates/:template") view=TemplatePage ssr=SsrMode::Async/>
                <Route path=path!("/stop/:token") view=StopMailPage ssr=SsrMode::Async/>
                <Route path=path!("/partners") view=RelationshipsPage ssr=SsrMode::Async/>
                <Route path=path!("/users") view=UsersPage ssr=SsrMode::Async/>
                <Route path=path!("/users/new") view=NewUserPage ssr=SsrMode::Async/>
                <Route path=path!("/users/licenses") view=AssignPage ssr=SsrMode::Async/>
                <Route path=path!("/users/:user") view=UserPage ssr=SsrMode::Async/>
                <Route path=path!("/domains") view=DomainsPage ssr=SsrMode::Async/>
                <Route path=path!("/domains/new") view=NewDomainPage ssr=SsrMode::Async/>
                <Route path=path!("/domains/:domain") view=DomainPage ssr=SsrMode::Async/>
                <Route path=path!("/subscriptions") view=SubscriptionsPage ssr=SsrMode::Async/>
                <Route path=path!("/subscriptions/:subscription") view=SubscriptionPage ssr=SsrMode::Async/>
                <Route path=path!("/activity") view=ActivityPage ssr=SsrMode::Async/>
                <Route path=path!("/customers/:company/users") view=UsersPage ssr=SsrMode::Async/>
                <Route path=path!("/customers/:company/users/new") view=NewUserPage ssr=SsrMode::Async/>
                <Route path=path!("/customers/:company/users/licenses") view=AssignPage ssr=SsrMode::Async/>
                <Route path=path!("/customers/:company/users/:user") view=UserPage ssr=SsrMode::Async/>
                <Route path=path!("/customers/:company/domains") view=DomainsPage ssr=SsrMode::Async/>
                <Route path=path!("/customers/:company/domains/new") view=NewDomainPage ssr=SsrMode::Async/>
                <Route path=path!("/customers/:company/domains/:domain") view=DomainPage ssr=SsrMode::Async/>
                <Route path=path!("/customers/:company/subscriptions") view=SubscriptionsPage ssr=SsrMode::Async/>
                <Route
                    path=path!("/customers/:company/subscriptions/:subscription")
                    view=SubscriptionPage
                    ssr=SsrMode::Async
                />
                <Route path=path!("/customers/:company/activity") view=ActivityPage ssr=SsrMode::Async/>
            </Routes>
            <Footer/>
            <Follower live/>
        </Router>
    }
}
