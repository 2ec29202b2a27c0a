use leptos::prelude::*;

use crate::components::copy_button::CopyButton;

/// A temporary password, shown once, in the page.
#[component]
pub fn TemporaryPassword(
    /// What happened: *Nina Patel was added*.
    #[prop(into)]
    title: String,
    display_name: String,
    user_name: String,
    password: String,
    /// Where *Done, hide it* leads.
    #[prop(into)]
    done: String,
) -> impl IntoView {
    let (copied_user_name, copied_password) = (user_name.clone(), password.clone());
    view! {
        <section class="once panel" aria-labelledby="once-h">
            <div>
                <h2 id="once-h" tabindex="-1" autofocus>{title}</h2>
                <p class="muted">
                    {format!(
                        "The temporary password is shown once. Tell {display_name} by phone or in person. It has to be changed at the next sign-in.",
                    )}
                </p>
            </div>
            <dl>
                <div class="copyable">
                    <dt>"User name"</dt>
                    <dd class="value">{user_name}</dd>
                    <dd>
                        <CopyButton label="Copy user name" text=Signal::stored(copied_user_name)/>
                    </dd>
                </div>
                <div class="copyable secret">
                    <dt>"Temporary password"</dt>
                    <dd class="value code">{password}</dd>
                    <dd>
                        <CopyButton label="Copy password" text=Signal::stored(copied_password) class="primary"/>
                    </dd>
                </div>
            </dl>
            <div class="actions">
                <a class="btn" href=done>"Done, hide it"</a>
            </div>
        </section>
    }
}
