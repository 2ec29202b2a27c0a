use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use mandate_domain::Role;

use crate::{
    api::{
        Refused,
        offers::{CreateOffer, load_new_offer},
    },
    components::{
        form::{ErrorSummary, FieldError, SubmitButton, TextField, described, refusal},
        icon::{Glyph, Icon},
        loaded::loaded,
    },
};

/// Makes an offer, and leads to its page.
#[component]
pub fn NewOfferPage() -> impl IntoView {
    let create = ServerAction::<CreateOffer>::new();
    loaded(Resource::new_blocking(|| (), |()| load_new_offer()), move |page| {
        let refused = refusal(move || create.value().get(), page.posted.as_ref());
        view! {
            <Title text="Offer delegated administration"/>
            <main class="page" id="main">
                <a class="back" href="/partner">
                    <Icon glyph=Glyph::Back small=true/>
                    "Partner overview"
                </a>
                <div class="page-head">
                    <div>
                        <h1>"Offer delegated administration"</h1>
                        <p class="muted">
                            "You get a URL to send. Whoever authorizes the offer lets your company act in theirs, until they end it or its days are over."
                        </p>
                    </div>
                </div>
                <ActionForm action=create attr:class="form">
                    <ErrorSummary refused/>
                    <TextField
                        label="Offer name"
                        name="name"
                        refused
                        help="You find it by this name, and customers see it in their activity. Up to 50 characters"
                        // What was refused has the focus on what is wrong.
                        autofocus=page.posted.is_none()
                    />
                    <Roles refused/>
                    <TextField
                        label="Number of days"
                        name="days"
                        refused
                        value="365"
                        help="From 1 to 730, counted from the day they authorize"
                        inputmode="numeric"
                        short=true
                    />
                    <TextField
                        label="Link works for"
                        name="link_days"
                        refused
                        value="90"
                        help="In days, from 1 to 90, counted from today"
                        inputmode="numeric"
                        short=true
                    />
                    <div class="actions">
                        <SubmitButton label="Create offer" working="Creating" pending=create.pending()/>
                        <a class="btn quiet" href="/partner">
                            "Cancel"
                        </a>
                    </div>
                </ActionForm>
            </main>
        }
    })
}

/// All are chosen at first; after a refusal, those that were.
#[component]
fn Roles(refused: Signal<Option<Refused>>) -> impl IntoView {
    let before = refused.get_untracked();
    let chosen = move |role: Role| match &before {
        None => true,
        Some(refused) => refused.all_typed("roles").any(|key| key == role.key()),
    };
    let (_, by) = described(refused, "roles", true);
    let choices = Role::OFFERED.map(|role| {
        let (control, help) = (format!("role-{}", role.key()), format!("role-{}-help", role.key()));
        view! {
            <div class="choice">
                <input
                    class="check"
                    type="checkbox"
                    name="roles[]"
                    value=role.key()
                    id=control.clone()
                    checked=chosen(role)
                    aria-describedby=help.clone()
                />
                <label for=control>{role.name()}</label>
                <p class="hint" id=help>{format!("Can {}. Cannot {}.", role.can(), role.cannot())}</p>
            </div>
        }
    });
    view! {
        <fieldset class="choices" id="roles" tabindex="-1" aria-describedby=by>
            <legend>"Roles to ask for"</legend>
            <p class="hint" id="roles-help">
                "The customer reads the same words, and authorizes all of these roles or none."
            </p>
            <FieldError refused name="roles"/>
            {choices.into_iter().collect_view()}
        </fieldset>
    }
}
