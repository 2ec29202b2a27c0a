use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api::stop_mail::load_stop_mail,
    components::{
        form::{ErrorSummary, posted_refusal},
        loaded::{load, loaded},
    },
    pages::params::path_param,
};

/// Stops mail about an offer, by a button: opening the link changes nothing, because mail scanners open links.
#[component]
pub fn StopMailPage() -> impl IntoView {
    let token = path_param("token");
    loaded(load(move || token.get(), load_stop_mail), move |page| {
        let refused = posted_refusal(page.posted.as_ref());
        let partner = page.partner;
        let (title, text) = if page.is_stopped {
            (
                "You get no more mail about this offer",
                format!("The offer of {partner} itself stays as it is: the link in your message still opens it."),
            )
        } else {
            (
                "Stop mail about this offer",
                format!(
                    "{partner} had an offer sent to you. If you stop it, no reminder follows, and they cannot have it sent again from here. They see that you stopped it."
                ),
            )
        };
        let stop = (!page.is_stopped).then(|| {
            view! {
                <form method="post" action="/api/offer-mail/stop">
                    <input type="hidden" name="token" value=token.get_untracked()/>
                    <div class="actions">
                        <button class="btn primary" type="submit">"Stop mail"</button>
                    </div>
                </form>
            }
        });
        view! {
            <Title text=title/>
            <main class="sheet panel narrow" id="main">
                <h1>{title}</h1>
                <ErrorSummary refused/>
                <p class="muted">{text}</p>
                {stop}
            </main>
        }
    })
}
