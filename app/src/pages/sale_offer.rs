use chrono::{DateTime, Utc};
use leptos::{either::EitherOf5, prelude::*};
use leptos_meta::Title;
use mandate_domain::ContentKind;

use crate::{
    api::{
        Refused,
        consent::{OpenConsentView, ReaderView},
        sale_consent::{OrderView, SaleView},
    },
    components::{
        form::ErrorSummary,
        icon::{Glyph, Icon},
        notice::Notice,
    },
    format::{date, list, quantity},
    pages::{
        agreed::Agreed,
        asked::Letterhead,
        consent::{Cannot, Forward, who_decides},
        sale_review::{
            AlsoAsked, Lines, Row, StartAsNew, Total, Trial, ValidUntil, amount, lead_of, means, title_of, words,
        },
    },
};

/// An offer that sells something, as those read it who do not accept it here: it leads on to who does.
#[component]
pub fn SaleOffer(
    open: OpenConsentView,
    sale: SaleView,
    refused: Signal<Option<Refused>>,
    notice: Option<String>,
) -> impl IntoView {
    let partner = open.partner.name.clone();
    let (kind, until) = (sale.kind, open.link_ends_at);
    let (title, lead, words) = (title_of(&sale, &partner), lead_of(&sale, &partner), words(&sale));
    let own = match &open.reader {
        ReaderView::MayNotDecide { company, .. } | ReaderView::MayDecide { company, .. } => company.clone(),
        _ => "your company".to_owned(),
    };
    let is_ordered = matches!(open.reader, ReaderView::Ordered { .. });
    let (roles, days, starts_at, ends_at) = (open.roles.clone(), open.days, open.starts_at, open.ends_at);
    let offered = (!is_ordered).then(|| {
        view! {
            <Sold sale partner=partner.clone() now=starts_at/>
            <AlsoAsked partner own roles days starts_at ends_at words difference=None/>
        }
    });
    view! {
        <Title text=title.clone()/>
        <main class="sheet panel" id="main">
            <Notice text=notice/>
            <ErrorSummary refused/>
            <Letterhead partner=open.partner.clone() sender=open.sender.clone() code=open.code.clone()/>
            <h1>{title}</h1>
            {(!is_ordered)
                .then(|| {
                    view! {
                        <p class="lead">{lead}</p>
                        <ValidUntil kind until/>
                    }
                })}
            {offered}
            <Next open/>
        </main>
    }
}

/// What is sold, as it was offered.
#[component]
fn Sold(sale: SaleView, partner: String, now: DateTime<Utc>) -> impl IntoView {
    if sale.kind == ContentKind::Trial {
        return view! { <Trial sale now/> }.into_any();
    }
    let total = sale.total;
    let rows = sale.lines.into_iter().map(|line| {
        let total = amount(line.total_of(&line.quantity.to_string()));
        let quantity = quantity(line.quantity);
        view! {
            <Row
                plan=line.plan
                notes=vec![line.description, means(&line.license_means)]
                unit=line.unit
                term=line.term
                quantity=quantity.into_any()
                total=total.into_any()
            />
        }
    });
    view! {
        <section class="section" aria-labelledby="sale-h">
            <h2 id="sale-h">"What you order"</h2>
            <Lines rows=rows.collect_view().into_any()/>
            <Total total=amount(total).into_any() partner/>
        </section>
    }
    .into_any()
}

/// What the reader can do.
#[component]
fn Next(open: OpenConsentView) -> impl IntoView {
    let OpenConsentView { offer_id, partner, may_sign_up, reader, .. } = open;
    match reader {
        ReaderView::SignedOut => EitherOf5::A(view! {
            <div class="decision">
                <p>{how_to_begin(may_sign_up)}</p>
                <div class="actions">
                    {may_sign_up
                        .then(|| view! { <StartAsNew offer_id=offer_id.clone() class="btn primary large"/> })}
                    <form method="get" action="/sign-in">
                        <input type="hidden" name="next" value=format!("/offers/{offer_id}")/>
                        <button class="btn large" type="submit">"Use my company's account"</button>
                    </form>
                </div>
            </div>
        }),
        ReaderView::Partner { user, company } => EitherOf5::B(view! {
            <Cannot title=format!("You are signed in as {user} ({company}), who made this offer.")>
                <p>"It cannot be accepted here. Send the link to your customer."</p>
            </Cannot>
        }),
        ReaderView::MayNotDecide { user, company, administrators, url } => {
            let who = who_decides(&company, &administrators);
            EitherOf5::C(view! {
                <Cannot title=format!("You are signed in as {user} ({company}) and cannot answer for it.")>
                    <p>{who}</p>
                    <Forward url/>
                </Cannot>
                {may_sign_up
                    .then(|| {
                        view! {
                            <div class="ways">
                                <p>"Is it for a company that has no account yet?"</p>
                                <StartAsNew offer_id class="btn small"/>
                            </div>
                        }
                    })}
            })
        }
        // Led on to look at all of it; this is what stands here until the browser follows.
        ReaderView::MayDecide { .. } | ReaderView::Authorized { .. } => EitherOf5::D(view! {
            <div class="decision">
                <a class="btn primary large" href=format!("/accept/{offer_id}")>"Go on"</a>
            </div>
        }),
        ReaderView::Ordered { company, order } => EitherOf5::E(view! { <Ordered company order partner=partner.name/> }),
    }
}

fn how_to_begin(may_sign_up: bool) -> &'static str {
    if may_sign_up {
        "Start as a new company in three short steps, or sign in as a global administrator of yours. You look at everything once more before you decide."
    } else {
        "A global administrator of your company signs in, looks at everything once more, and decides."
    }
}

/// What was agreed, as it was agreed.
#[component]
fn Ordered(company: String, order: OrderView, partner: String) -> impl IntoView {
    let accepted_at = order.accepted_at;
    let did = if order.is_trial { "started this trial" } else { "ordered this" };
    let access = match &order.authorized {
        None => format!("You gave {partner} no access with it."),
        Some(authorized) => {
            let roles: Vec<_> = authorized.roles.iter().map(|role| role.name().to_owned()).collect();
            let (roles, ends) = (list(&roles), date(authorized.ends_at));
            match &authorized.ended {
                None => format!("{partner} is your delegated administrator until {ends}: {roles}."),
                Some(ended) => format!("The access that you gave {partner} with it was {ended} since."),
            }
        }
    };
    view! {
        <Agreed order partner/>
        <div class="decision">
            <div class="note good">
                <Icon glyph=Glyph::Check/>
                <div>
                    <p>
                        <strong>{format!("{company} {did} on {}.", date(accepted_at))}</strong>
                    </p>
                    <p>{access}</p>
                </div>
            </div>
            <div class="actions">
                <a class="btn" href="/subscriptions">"See it in Subscriptions"</a>
            </div>
        </div>
    }
}
