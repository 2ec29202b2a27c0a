use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    api::password::{PasswordReason, load_password_page},
    components::{
        form::{ErrorSummary, TextField, posted_refusal},
        loaded::{load, loaded},
        notice::Notice,
        strength::Strength,
    },
    pages::params::query_param,
};

/// Choosing a password. Posted plainly, as signing in is.
#[component]
pub fn PasswordPage() -> impl IntoView {
    let next = use_query_map().with_untracked(|query| query.get("next")).unwrap_or_else(|| "/".to_owned());
    let by = query_param("by");
    let data = load(move || by.get() == "link", load_password_page);
    loaded(data, move |page| {
        let refused = posted_refusal(page.posted.as_ref());
        let (title, text) = match page.reason {
            PasswordReason::DeadLink => return view! { <DeadLink/> }.into_any(),
            PasswordReason::Temporary => (
                "Choose your password",
                "The temporary one works only this once. Whoever gave it to you cannot see the new one.".to_owned(),
            ),
            PasswordReason::Link => {
                ("Choose your password", format!("You sign in to {} as {} with it.", page.company_name, page.user_name))
            }
            PasswordReason::Own => {
                ("Change your password", "Every other browser that is signed in as you is signed out.".to_owned())
            }
        };
        let is_done = page.posted.as_ref().is_some_and(|posted| posted.done().is_some());
        let own = page.reason == PasswordReason::Own;
        let by_link = page.reason == PasswordReason::Link;
        let new_password = NodeRef::new();
        view! {
            <Title text=title/>
            <main class="sheet panel narrow" id="main">
                <h1>{title}</h1>
                <p class="muted">{text}</p>
                <Notice text=is_done.then(|| "Your password is changed.".to_owned())/>
                <form class="form" method="post" action="/api/password/choose">
                    <ErrorSummary refused/>
                    <input type="hidden" name="next" value=next.clone()/>
                    {by_link.then(|| view! { <input type="hidden" name="by_link" value="true"/> })}
                    // Password managers keep the password under it.
                    <input type="hidden" name="username" autocomplete="username" value=page.user_name/>
                    {own
                        .then(|| {
                            view! {
                                <TextField
                                    label="Current password"
                                    name="current_password"
                                    kind="password"
                                    refused
                                    autocomplete="current-password"
                                />
                            }
                        })}
                    <Strength field=new_password by_link>
                        <TextField
                            label="New password"
                            name="new_password"
                            kind="password"
                            refused
                            autocomplete="new-password"
                            help="At least 12 characters. A few unrelated words are good."
                            autofocus=!own
                            node_ref=new_password
                        />
                    </Strength>
                    <TextField
                        label="Repeat new password"
                        name="repeat_password"
                        kind="password"
                        refused
                        autocomplete="new-password"
                    />
                    <div class="actions">
                        <button class="btn primary large" type="submit">"Save password"</button>
                    </div>
                </form>
            </main>
        }
        .into_any()
    })
}

#[component]
fn DeadLink() -> impl IntoView {
    view! {
        <Title text="This link does not work"/>
        <main class="sheet panel narrow" id="main">
            <h1>"This link does not work"</h1>
            <p class="muted">
                "It was used, is too old, or was not copied whole. Nothing was changed."
            </p>
            <p class="muted">
                "Ask whoever sent it for a new one, or get one yourself: " <a href="/cant-sign-in">"Can’t sign in?"</a>
            </p>
            <form method="post" action="/api/password/forget-link">
                <div class="actions">
                    <button class="btn primary" type="submit">"Go to sign in"</button>
                </div>
            </form>
        </main>
    }
}
