use leptos::prelude::*;

use crate::{api::session::load_home, components::loaded::loaded};

/// Leads on to one's first page.
#[component]
pub fn HomePage() -> impl IntoView {
    loaded(Resource::new_blocking(|| (), |()| load_home()), |()| {
        view! {
            <main class="sheet panel narrow" id="main">
                <h1>"Mandate"</h1>
                <p class="muted">"You are led to your first page."</p>
            </main>
        }
    })
}
