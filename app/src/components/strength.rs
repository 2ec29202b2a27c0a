use leptos::{html::Input, prelude::*};

use crate::{api::password::ask_password_strength, components::asking::asked_while_typed};

/// Says how hard the password in a field is to guess, while it is typed. It asks the server, which has the word lists;
/// without scripts, or where the server has other things to do, it says nothing.
#[component]
pub fn Strength(
    field: NodeRef<Input>,
    /// By the one-time link that was opened, not as who is signed in.
    #[prop(optional)]
    by_link: bool,
    /// As who signs up by this offer.
    #[prop(optional, into)]
    sign_up: String,
    /// The field.
    children: Children,
) -> impl IntoView {
    let (found, typed) = asked_while_typed(field, move |password| {
        let sign_up = sign_up.clone();
        async move { ask_password_strength(password, by_link, sign_up).await.ok().flatten() }
    });
    view! {
        <div class="strength" on:input=move |_| typed()>
            {children()}
            {move || {
                found
                    .get()
                    .map(|found| {
                        view! {
                            <meter
                                class="strength-meter"
                                aria-label="Strength of the password"
                                min="0"
                                low="3"
                                high="4"
                                optimum="4"
                                max="4"
                                value=found.score.to_string()
                            ></meter>
                        }
                    })
            }}
            <p class="hint" role="status">
                {move || found.get().map(|found| found.text)}
            </p>
        </div>
    }
}
