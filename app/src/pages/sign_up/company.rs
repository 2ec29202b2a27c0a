use leptos::{html::Input, prelude::*};
use mandate_domain::{Country, DomainPrefix, SignUpStep};

use crate::{
    api::{
        Refused,
        sign_up::{PrefixAnswer, SignUpView, ask_prefix},
    },
    components::{
        asking::asked_while_typed,
        form::{SelectField, TextField},
        icon::{Glyph, Icon},
    },
};

/// What the company is called, where it is, and by which domain its people sign in.
#[component]
pub fn CompanyStep(page: SignUpView, refused: Signal<Option<Refused>>) -> impl IntoView {
    let SignUpView { open, company, prefix_problem, platform_domain, .. } = page;
    let countries = Country::ALL.iter().map(|country| (country.code().to_owned(), country.name().to_owned())).collect();
    // What was offered for a country is for it at first.
    let offered = open.sale.and_then(|sale| sale.country).map(|country| country.code().to_owned());
    let country = if company.country.is_empty() { offered.unwrap_or_default() } else { company.country };
    // One that is taken meanwhile is told where it was chosen, unless the form says so already.
    let taken = prefix_problem.filter(|_| refused.with_untracked(Option::is_none));
    view! {
        <form class="form" id="step" method="post" action="/api/sign-up/company">
            <input type="hidden" name="offer" value=open.offer_id.clone()/>
            <input type="hidden" name="from" value=SignUpStep::Company.key()/>
            <TextField
                label="Company name"
                name="company_name"
                refused
                value=company.company_name
                autocomplete="organization"
                autofocus=true
            />
            <SelectField
                label="Country"
                name="country"
                refused
                options=countries
                value=country
                help="Where your company is"
            />
            {taken
                .map(|taken| {
                    view! {
                        <div class="note warn">
                            <Icon glyph=Glyph::Alert/>
                            <p>{taken}</p>
                        </div>
                    }
                })}
            <Prefix offer=open.offer_id refused value=company.domain_prefix platform_domain/>
            <div class="actions">
                <button class="btn primary large" type="submit">"Continue"</button>
                <Back/>
            </div>
        </form>
    }
}

/// Says while it is typed whether it can be had.
#[component]
fn Prefix(offer: String, refused: Signal<Option<Refused>>, value: String, platform_domain: String) -> impl IntoView {
    let field = NodeRef::<Input>::new();
    let (found, typed) = asked_while_typed(field, move |prefix| {
        let offer = offer.clone();
        async move {
            // What is no prefix need not be asked about.
            match DomainPrefix::parse(&prefix) {
                Ok(_) => ask_prefix(offer, prefix).await.ok(),
                Err(wrong) => Some(PrefixAnswer { is_free: false, text: format!("{wrong}.") }),
            }
        }
    });
    let class = move || match found.get() {
        Some(PrefixAnswer { is_free: true, .. }) => "hint free",
        Some(PrefixAnswer { is_free: false, .. }) => "hint taken",
        None => "hint",
    };
    view! {
        <div class="prefix" on:input=move |_| typed()>
            <TextField
                label="Domain prefix"
                name="domain_prefix"
                refused
                value
                help=format!("Your people sign in with names that end in @prefix.{platform_domain}. You can add a domain of your own later.")
                literal=true
                node_ref=field
            />
            <p class=class role="status">
                {move || found.get().map(|found| found.text)}
            </p>
        </div>
    }
}

/// Leaves a step for the one before it, and keeps what was typed.
#[component]
pub fn Back() -> impl IntoView {
    view! {
        <button class="btn quiet large" type="submit" formaction="/api/sign-up/back">
            "Back"
        </button>
    }
}
