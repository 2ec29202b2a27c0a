use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    api::session::load_sign_in,
    components::{
        form::{ErrorSummary, TextField, posted_refusal},
        loaded::{load, loaded},
        notice::Notice,
    },
};

/// Posted plainly, with WASM or without: the browser keeps the password to itself until then.
#[component]
pub fn SignInPage() -> impl IntoView {
    let next = Memo::new({
        let query = use_query_map();
        move |_| query.with(|query| query.get("next")).unwrap_or_else(|| "/".to_owned())
    });
    let data = load(move || next.get(), load_sign_in);
    loaded(data, move |page| {
        let refused = posted_refusal(page.posted.as_ref());
        view! {
            <Title text="Sign in"/>
            <main class="sheet panel narrow" id="main">
                <h1>"Sign in"</h1>
                <Notice text=page.notice/>
                <form class="form" method="post" action="/api/session/sign-in">
                    <ErrorSummary refused/>
                    <input type="hidden" name="next" value=next.get_untracked()/>
                    <TextField
                        label="User name"
                        name="user_name"
                        refused
                        autocomplete="username"
                        literal=true
                        autofocus=true
                    />
                    <TextField
                        label="Password"
                        name="password"
                        kind="password"
                        refused
                        autocomplete="current-password"
                    />
                    <div class="actions">
                        <button class="btn primary large" type="submit">"Sign in"</button>
                    </div>
                </form>
                <p class="small">
                    <a href="/cant-sign-in">"Can’t sign in?"</a>
                </p>
            </main>
        }
    })
}
