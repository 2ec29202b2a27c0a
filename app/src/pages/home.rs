use leptos::prelude::*;

use crate::{
    api::session::load_home,
    components::loaded::{load, loaded},
};

/// Leads on to one's first page.
#[component]
pub fn HomePage() -> impl IntoView {
    loaded(load(|| (), |()| load_home()), |()| {
        view! {
            <main class="sheet panel narrow" id="main">
                <h1>"Mandate"</h1>
                <p class="muted">"You are led to your first page."</p>
            </main>
        }
    })
}
