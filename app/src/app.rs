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
        navigation::{Loading, Progress},
    },
    pages::{
        activity::ActivityPage,
        consent::ConsentPage,
        domains::{detail::DomainPage, list::DomainsPage, new::NewDomainPage},
        home::HomePage,
        not_found::NotFoundPage,
        partner::{new_offer::NewOfferPage, offer::OfferPage, overview::OverviewPage},
        password::PasswordPage,
        relationships::RelationshipsPage,
        sign_in::SignInPage,
        users::{detail::UserPage, list::UsersPage, new::NewUserPage},
    },
};

/// All pages. Each is rendered whole on the server first, so that its status code is right and it reads without WASM.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let live = Live::provide();
    let loading = Loading::provide();
    view! {
        <Title formatter=|page: String| if page.is_empty() { "Mandate".to_owned() } else { format!("{page} – Mandate") }/>
        <Router set_is_routing=loading.routing()>
            <Progress loading/>
            <Header/>
            <Routes fallback=NotFoundPage>
                <Route path=path!("/") view=HomePage ssr=SsrMode::Async/>
                <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async/>
                <Route path=path!("/password") view=PasswordPage ssr=SsrMode::Async/>
                <Route path=path!("/offers/:offer") view=ConsentPage ssr=SsrMode::Async/>
                <Route path=path!("/partner") view=OverviewPage ssr=SsrMode::Async/>
                <Route path=path!("/partner/offers/new") view=NewOfferPage ssr=SsrMode::Async/>
                <Route path=path!("/partner/offers/:offer") view=OfferPage ssr=SsrMode::Async/>
                <Route path=path!("/partners") view=RelationshipsPage ssr=SsrMode::Async/>
                <Route path=path!("/users") view=UsersPage ssr=SsrMode::Async/>
                <Route path=path!("/users/new") view=NewUserPage ssr=SsrMode::Async/>
                <Route path=path!("/users/:user") view=UserPage ssr=SsrMode::Async/>
                <Route path=path!("/domains") view=DomainsPage ssr=SsrMode::Async/>
                <Route path=path!("/domains/new") view=NewDomainPage ssr=SsrMode::Async/>
                <Route path=path!("/domains/:domain") view=DomainPage ssr=SsrMode::Async/>
                <Route path=path!("/activity") view=ActivityPage ssr=SsrMode::Async/>
                <Route path=path!("/customers/:company/users") view=UsersPage ssr=SsrMode::Async/>
                <Route path=path!("/customers/:company/users/new") view=NewUserPage ssr=SsrMode::Async/>
                <Route path=path!("/customers/:company/users/:user") view=UserPage ssr=SsrMode::Async/>
                <Route path=path!("/customers/:company/domains") view=DomainsPage ssr=SsrMode::Async/>
                <Route path=path!("/customers/:company/domains/new") view=NewDomainPage ssr=SsrMode::Async/>
                <Route path=path!("/customers/:company/domains/:domain") view=DomainPage ssr=SsrMode::Async/>
                <Route path=path!("/customers/:company/activity") view=ActivityPage ssr=SsrMode::Async/>
            </Routes>
            <Footer/>
            <Follower live/>
        </Router>
    }
}
