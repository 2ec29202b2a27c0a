use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api::{
        consent::{OpenConsentView, ReaderView},
        sale_consent::{SalePage, load_sale},
    },
    components::{
        form::{ErrorSummary, posted_refusal},
        loaded::{load, loaded},
        notice::Notice,
    },
    format::date,
    pages::{
        asked::{DeclineDialog, Declined, Letterhead},
        params::path_param,
        sale_review::{AlsoAsked, Authorize, Changeable, StartAsNew, ValidUntil, lead_of, title_of, words},
    },
};

/// What is sold, to be looked at and accepted for a company that has an account. It posts plainly; scripts only let the
/// total follow the quantities.
#[component]
pub fn AcceptPage() -> impl IntoView {
    let offer = path_param("offer");
    loaded(load(move || offer.get(), load_sale), |page| {
        let SalePage { open, typed, posted, notice } = page;
        let refused = posted_refusal(posted.as_ref());
        let OpenConsentView { offer_id, partner, sender, code, sale, may_sign_up, roles, reader, .. } = *open;
        let (days, starts_at, ends_at, until) = (open.days, open.starts_at, open.ends_at, date(open.link_ends_at));
        // Nobody else is led here.
        let (Some(sale), ReaderView::MayDecide { user, company, company_id, difference, declined }) = (sale, reader)
        else {
            return ().into_any();
        };
        let (title, lead, words) = (title_of(&sale, &partner.name), lead_of(&sale, &partner.name), words(&sale));
        let name = partner.name.clone();
        let (kind, is_asked, replaces) = (sale.kind, !roles.is_empty(), difference.is_some());
        view! {
            <Title text=title.clone()/>
            <main class="sheet panel" id="main">
                <Notice text=notice/>
                <ErrorSummary refused/>
                <Letterhead partner sender code/>
                <h1>{title}</h1>
                <p class="lead">{lead}</p>
                <ValidUntil kind until=open.link_ends_at/>
                {declined.map(|declined| view! { <Declined company=company.clone() declined until/> })}
                <div class="ways">
                    <p>"For " <strong>{company.clone()}</strong></p>
                    <div class="actions" role="group" aria-label="For whom">
                        // It is what the reader does already.
                        <form method="get" action=format!("/accept/{offer_id}")>
                            <button class="btn small" type="submit" aria-pressed="true">
                                "Use my company's account"
                            </button>
                        </form>
                        {may_sign_up.then(|| view! { <StartAsNew offer_id=offer_id.clone() class="btn small"/> })}
                    </div>
                </div>
                <form method="post" action="/api/sale/accept">
                    <input type="hidden" name="offer" value=offer_id.clone()/>
                    <input type="hidden" name="company" value=company_id.clone()/>
                    <Changeable sale typed=typed.quantities partner=name.clone() now=starts_at refused/>
                    <AlsoAsked
                        partner=name.clone()
                        own=company.clone()
                        roles
                        days
                        starts_at
                        ends_at
                        words
                        difference
                    />
                    <Authorize partner=name.clone() is_asked chosen=typed.authorize words replaces/>
                    <div class="decision">
                        <p>"You are signed in as " <strong>{format!("{user} ({company})")}</strong> "."</p>
                        <div class="actions">
                            <button class="btn primary large" type="submit">{words.accept}</button>
                            <button class="btn large" type="button" popovertarget="decline">"Decline"</button>
                        </div>
                    </div>
                </form>
                <DeclineDialog offer_id company_id name text=words.declined refused/>
            </main>
        }
        .into_any()
    })
}
