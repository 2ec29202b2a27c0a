use leptos::prelude::*;
use mandate_domain::SignUpStep;

use super::company::Back;
use crate::{
    api::{Refused, sign_up::SignUpView},
    components::form::TextField,
};

/// Shows that the address is theirs.
#[component]
pub fn CodeStep(page: SignUpView, refused: Signal<Option<Refused>>) -> impl IntoView {
    let offer = page.open.offer_id;
    view! {
        <p>
            "A code was sent to " <strong>{page.administrator.alternate_email}</strong>
            ". It works for 15 minutes; look into the folder for unwanted mail too."
        </p>
        <form class="form" id="step" method="post" action="/api/sign-up/code">
            <input type="hidden" name="offer" value=offer.clone()/>
            <input type="hidden" name="from" value=SignUpStep::Code.key()/>
            <TextField
                label="Code"
                name="code"
                refused
                help="Six digits"
                autocomplete="one-time-code"
                inputmode="numeric"
                short=true
                autofocus=true
            />
            <div class="actions">
                <button class="btn primary large" type="submit">"Continue"</button>
                <Back/>
            </div>
        </form>
        <form class="more" method="post" action="/api/sign-up/send-code">
            <input type="hidden" name="offer" value=offer/>
            <button class="btn small" type="submit">"Send a new code"</button>
        </form>
    }
}
