use axum::http::request::Parts;
use leptos::{config::LeptosOptions, nonce::use_nonce, prelude::*};
use leptos_axum::ResponseOptions;
use leptos_meta::{HashedStylesheet, MetaTags};

use crate::{App, app::is_without_scripts, format::viewer_locale};

/// The document around the application, complete in the first response.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    say_what_may_run();
    view! {
        <!DOCTYPE html>
        <html lang="en" data-locale=viewer_locale().key()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <AutoReload options=options.clone()/>
                {(!shows_a_plain_page()).then(|| view! { <HydrationScripts options=options.clone()/> })}
                <HashedStylesheet options/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

fn shows_a_plain_page() -> bool {
    use_context::<Parts>().is_some_and(|parts| is_without_scripts(parts.uri.path()))
}

/// A Content-Security-Policy (W3C, level 3): only what this response names by its nonce runs, and what that loads.
fn say_what_may_run() {
    let (Some(response), Some(nonce)) = (use_context::<ResponseOptions>(), use_nonce()) else { return };
    // cargo leptos watch reloads pages through a socket of its own.
    let reload = if cfg!(debug_assertions) { " ws://127.0.0.1:3001" } else { "" };
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self'; connect-src 'self'{reload}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    if let Ok(policy) = http::HeaderValue::from_str(&policy) {
        response.insert_header(http::header::CONTENT_SECURITY_POLICY, policy);
    }
}
