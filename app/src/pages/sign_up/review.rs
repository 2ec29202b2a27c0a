use leptos::prelude::*;
use mandate_domain::{Country, SignUpStep};

use super::{Leave, company::Back};
use crate::{
    api::{Refused, consent::OpenConsentView, sign_up::SignUpView},
    pages::{
        asked::Letterhead,
        sale_review::{AlsoAsked, Authorize, Changeable, ValidUntil, words},
    },
};

/// All of it once more, before anything is made.
#[component]
pub fn ReviewStep(page: SignUpView, refused: Signal<Option<Refused>>) -> impl IntoView {
    let SignUpView { open, company, administrator, domain, review, .. } = page;
    let OpenConsentView { offer_id, partner, sender, code, sale, roles, days, starts_at, ends_at, .. } = open;
    // Nobody signs up by an offer that sells nothing.
    let Some(sale) = sale else { return ().into_any() };
    let (words, kind) = (words(&sale), sale.kind);
    let (name, is_asked) = (partner.name.clone(), !roles.is_empty());
    let own = company.company_name.clone();
    let country = Country::parse(&company.country).map(Country::name).unwrap_or_default();
    let user_name = format!("{}@{domain}", administrator.user_name);
    view! {
        <section class="section" aria-labelledby="who-h">
            <h2 id="who-h">"Your company"</h2>
            <dl class="facts sold">
                <div>
                    <dt>"Company"</dt>
                    <dd>{own.clone()}</dd>
                    <dd class="hint">{country}</dd>
                    <dd>
                        <Leave to=SignUpStep::Company label="Change the company"/>
                    </dd>
                </div>
                <div>
                    <dt>"First administrator"</dt>
                    <dd>{administrator.display_name}</dd>
                    <dd class="hint">{user_name}</dd>
                    <dd class="hint">{administrator.alternate_email}</dd>
                    <dd>
                        <Leave to=SignUpStep::Administrator label="Change the administrator"/>
                    </dd>
                </div>
            </dl>
        </section>
        <form id="step" method="post" action="/api/sign-up/finish">
            <input type="hidden" name="offer" value=offer_id/>
            <input type="hidden" name="from" value=SignUpStep::Review.key()/>
            <Changeable
                sale
                typed=review.quantities
                partner=name.clone()
                now=starts_at
                refused
                new_company=true
            />
            <section class="section" aria-label="Who offers it">
                <Letterhead partner sender code/>
            </section>
            <AlsoAsked partner=name.clone() own roles days starts_at ends_at words difference=None/>
            <Authorize partner=name is_asked chosen=review.authorize words replaces=false/>
            <div class="decision">
                <ValidUntil kind until=open.link_ends_at/>
                <p>"Your company is made, and you are signed in to it."</p>
                <div class="actions">
                    <button class="btn primary large" type="submit">{words.accept}</button>
                    <Back/>
                </div>
            </div>
        </form>
    }
    .into_any()
}
