use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// In the place of a page that the browser's part does not hold: the browser asks the server for it.
#[component]
pub fn FromServer() -> impl IntoView {
    let location = use_location();
    Effect::new(move |_| {
        let (path, query) = (location.pathname.get_untracked(), location.search.get_untracked());
        let address = if query.is_empty() { path } else { format!("{path}?{query}") };
        let _ = window().location().assign(&address);
    });
}
