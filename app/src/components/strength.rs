use std::time::Duration;

use leptos::{
    html::Input,
    leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle},
    prelude::*,
    task::spawn_local,
};

use crate::api::password::{PasswordStrength, ask_password_strength};

/// Long enough that a word is typed and not each letter asked about.
const PAUSE: Duration = Duration::from_millis(300);

/// Says how hard the password in a field is to guess, while it is typed. It asks the server, which has the word lists;
/// without scripts, or where the server has other things to do, it says nothing.
#[component]
pub fn Strength(
    field: NodeRef<Input>,
    /// By the one-time link that was opened, not as who is signed in.
    by_link: bool,
    /// The field.
    children: Children,
) -> impl IntoView {
    let (found, set_found) = signal(None::<PasswordStrength>);
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    let asked = StoredValue::new(0_u32);
    let ask = move || {
        let password = field.get_untracked().map(|field| field.value()).unwrap_or_default();
        let this = asked.get_value() + 1;
        asked.set_value(this);
        if password.is_empty() {
            set_found.set(None);
            return;
        }
        spawn_local(async move {
            let answer = ask_password_strength(password, by_link).await.ok().flatten();
            // An answer to what is typed no more comes too late; so does one to a page that was left.
            if asked.try_get_value() == Some(this) {
                set_found.set(answer);
            }
        });
    };
    let typed = move || {
        if let Some(before) = waiting.get_value() {
            before.clear();
        }
        waiting.set_value(set_timeout_with_handle(ask, PAUSE).ok());
    };
    // What was typed before WASM arrived.
    Effect::new(move |_| {
        if field.get().is_some_and(|field| !field.value().is_empty()) {
            typed();
        }
    });
    on_cleanup(move || {
        if let Some(Some(before)) = waiting.try_get_value() {
            before.clear();
        }
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
