use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api::sign_in_help::load_sign_in_help,
    components::{
        form::{ErrorSummary, TextField, posted_refusal},
        loaded::{load, loaded},
    },
};

/// Asks for a way back in. What comes of it reads the same for every name.
#[component]
pub fn CantSignInPage() -> impl IntoView {
    loaded(load(|| (), |()| load_sign_in_help()), |page| {
        if page.posted.as_ref().is_some_and(|posted| posted.done().is_some()) {
            return view! { <Asked/> }.into_any();
        }
        let refused = posted_refusal(page.posted.as_ref());
        view! {
            <Title text="Can’t sign in?"/>
            <main class="sheet panel narrow" id="main">
                <h1>"Can’t sign in?"</h1>
                <p class="muted">
                    "You get a link to choose a new password, at your alternate email. Where you have not confirmed one, your company’s administrators are told, and can help you."
                </p>
                <form class="form" method="post" action="/api/session/ask-help">
                    <ErrorSummary refused/>
                    <TextField
                        label="User name"
                        name="user_name"
                        refused
                        help="Such as ana@contoso.example"
                        autocomplete="username"
                        literal=true
                        autofocus=true
                    />
                    <div class="actions">
                        <button class="btn primary large" type="submit">"Ask for help"</button>
                        <a class="btn large" href="/sign-in">"Back to sign in"</a>
                    </div>
                </form>
            </main>
        }
        .into_any()
    })
}

#[component]
fn Asked() -> impl IntoView {
    view! {
        <Title text="Look into your mail"/>
        <main class="sheet panel narrow" id="main">
            <h1>"Look into your mail"</h1>
            <p class="muted" role="status">
                "If there is an account of that name, a message is on its way: a link to its confirmed alternate email, or word to its company’s administrators."
            </p>
            <ul class="lines">
                <li>"The link works once, for one hour."</li>
                <li>"There is one message in 10 minutes, however often you ask."</li>
                <li>"Nothing came? Ask an administrator of your company to reset your password."</li>
            </ul>
            <div class="actions">
                <a class="btn primary" href="/sign-in">"Back to sign in"</a>
            </div>
        </main>
    }
}
