use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;

use super::terms::{Sending, TemplateChoice, TermsFields, Uses};
use crate::{
    api::offers::{CreateOffer, load_new_offer},
    components::{
        form::{ErrorSummary, SubmitButton, TextField, refusal},
        icon::{Glyph, Icon},
        loaded::{load, loaded},
    },
    pages::params::query_param,
};

/// Makes an offer, and leads to its page.
#[component]
pub fn NewOfferPage() -> impl IntoView {
    let create = ServerAction::<CreateOffer>::new();
    let template = query_param("template");
    loaded(load(move || template.get(), load_new_offer), move |page| {
        let refused = refusal(move || create.value().get(), page.posted.as_ref());
        let start = page.start;
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
                <TemplateChoice page="/partner/offers/new" templates=page.templates chosen=page.chosen/>
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
                    <TermsFields refused start=start.clone()/>
                    <Uses refused single_use=start.single_use/>
                    <Sending
                        refused
                        help="Only the company that owns this domain, or that this person is of, can then use the offer, and once. You are not told whether there is such a company"
                        message=start.message
                    />
                    <div class="actions">
                        <SubmitButton label="Create offer" working="Creating" pending=create.pending()/>
                        <a class="btn quiet" href="/partner">
                            "Cancel"
                        </a>
                    </div>
                </ActionForm>
                <ul class="more">
                    <li>
                        <a href="/partner/offers/bulk">"Make offers for many companies"</a>
                    </li>
                    <li>
                        <a href="/partner/templates">"Templates"</a>
                    </li>
                </ul>
            </main>
        }
    })
}
