use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_query_map};

use crate::api::ApiError;

/// What happened, what is safe, and the way out.
#[component]
pub fn ErrorPage(
    error: ApiError,
    /// Loads the page once more, where that can help.
    #[prop(optional)]
    again: Option<Callback<()>>,
) -> impl IntoView {
    set_status(error.status());
    let (title, text, way_out, to) = match &error {
        // The server function has led on already; this is what stands here until the browser follows.
        ApiError::SignedOut => {
            ("Sign in to go on", "You are led to the sign-in page.".to_owned(), "Sign in", "/sign-in")
        }
        ApiError::MustChangePassword => (
            "Choose your password first",
            "Your temporary password has to be changed before anything else works.".to_owned(),
            "Choose a password",
            "/password",
        ),
        ApiError::NotFound => (
            "There is no such page",
            "The address may be mistyped, or what was here is not open to you any more. Nothing was changed."
                .to_owned(),
            "Go to the start",
            "/",
        ),
        ApiError::Forbidden(why) => ("You cannot open this", why.clone(), "Go to the start", "/"),
        ApiError::Changed(what) => ("This has changed", what.clone(), "Go to the start", "/"),
        ApiError::Busy { .. } | ApiError::Unavailable => (
            "This does not work at the moment",
            format!("{error}. What was saved before is safe."),
            "Go to the start",
            "/",
        ),
        ApiError::Internal | ApiError::Network => (
            "Something went wrong",
            format!("{error}. Try again; if it stays so, tell whoever runs this service the time it happened."),
            "Go to the start",
            "/",
        ),
    };
    let again = again.filter(|_| error.is_passing()).map(|again| view! { <TryAgain again/> });
    let class = if again.is_some() { "btn" } else { "btn primary" };
    view! {
        <Title text=title/>
        <main class="sheet panel narrow" id="main">
            <h1>{title}</h1>
            <p class="muted">{text}</p>
            <div class="actions">
                {again}
                <a class=class href=to>{way_out}</a>
            </div>
        </main>
    }
}

/// Without scripts it loads the whole page.
#[component]
fn TryAgain(again: Callback<()>) -> impl IntoView {
    let query = use_query_map().get_untracked().into_iter();
    let query = query.map(|(name, value)| view! { <input type="hidden" name=name.into_owned() value=value/> });
    view! {
        <form
            method="get"
            action=use_location().pathname
            on:submit=move |event| {
                event.prevent_default();
                again.run(());
            }
        >
            {query.collect_view()}
            <button class="btn primary" type="submit">
                "Try again"
            </button>
        </form>
    }
}

/// The status code of the server's response; in the browser there is none to set.
pub fn set_status(status: u16) {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>()
        && let Ok(status) = http::StatusCode::from_u16(status)
    {
        // A redirect that was decided before stands.
        let led_on = response.0.read().is_ok_and(|parts| parts.status.is_some_and(|status| status.is_redirection()));
        if !led_on {
            response.set_status(status);
        }
    }
    #[cfg(not(feature = "ssr"))]
    let _ = status;
}
