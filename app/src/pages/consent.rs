use leptos::{
    either::{EitherOf5, EitherOf6},
    prelude::*,
};
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::{
    api::{
        Refused,
        consent::{ConsentView, DeclinedView, OpenConsentView, PartnerView, ReaderView, load_consent},
    },
    components::{
        error_page::set_status,
        form::{ErrorSummary, posted_refusal},
        icon::{Glyph, Icon},
        loaded::{load, loaded},
        notice::Notice,
    },
    format::{date, list},
    mailto::mailto,
    pages::{
        asked::{Access, DeclineDialog, Declined, Differences, Letterhead, subjects},
        sale_offer::SaleOffer,
    },
};

/// What a partner asks of the reader's company. It works without scripts, and posts plainly.
#[component]
pub fn ConsentPage() -> impl IntoView {
    let params = use_params_map();
    let offer = Memo::new(move |_| params.with(|params| params.get("offer")).unwrap_or_default());
    loaded(load(move || offer.get(), load_consent), |page| {
        let refused = posted_refusal(page.posted.as_ref());
        match page.consent {
            ConsentView::Unknown => EitherOf5::A(view! { <UnknownOffer/> }),
            ConsentView::OpenAgain => EitherOf5::B(view! { <OpenAgain/> }),
            ConsentView::Elsewhere(partner) => EitherOf5::C(view! { <ForAnother partner/> }),
            ConsentView::Expired(partner) => EitherOf5::D(view! { <OverOffer partner why=Over::Expired/> }),
            ConsentView::Withdrawn(partner) => EitherOf5::D(view! { <OverOffer partner why=Over::Withdrawn/> }),
            ConsentView::UsedUp(partner) => EitherOf5::D(view! { <OverOffer partner why=Over::UsedUp/> }),
            ConsentView::Open(mut open) => EitherOf5::E(match open.sale.take() {
                Some(sale) => view! { <SaleOffer open=*open sale refused notice=page.notice/> }.into_any(),
                None => view! { <OpenOffer open=*open refused notice=page.notice/> }.into_any(),
            }),
        }
    })
}

#[component]
fn UnknownOffer() -> impl IntoView {
    set_status(404);
    view! {
        <Title text="This offer link does not work"/>
        <main class="sheet panel narrow" id="main">
            <h1>"This offer link does not work"</h1>
            <p class="muted">
                "It may not have been copied whole, or was replaced by a newer one. Nothing was authorized. Open the link in your message again, or ask whoever sent it for a new one."
            </p>
        </main>
    }
}

#[component]
fn OpenAgain() -> impl IntoView {
    view! {
        <Title text="Open the link in your message again"/>
        <main class="sheet panel narrow" id="main">
            <h1>"Open the link in your message again"</h1>
            <p class="muted">
                "This browser does not have the offer any more: it keeps one for a day. Nothing was authorized."
            </p>
        </main>
    }
}

/// Why an offer can no longer be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    Expired,
    Withdrawn,
    UsedUp,
}

#[component]
fn OverOffer(partner: PartnerView, why: Over) -> impl IntoView {
    set_status(410);
    let name = &partner.name;
    let (title, text) = match why {
        Over::Expired => (
            "This offer has expired",
            format!("Nothing was authorized. If you still want this, ask {name} for a new offer."),
        ),
        Over::Withdrawn => (
            "This offer was withdrawn",
            format!("Nothing was authorized. If you still want this, ask {name} for a new offer."),
        ),
        Over::UsedUp => (
            "This offer is used up",
            format!(
                "It was for one company, and one has used it. If that was yours, sign in as one of its global administrators to see it here. If not, nothing was authorized for yours: ask {name} for an offer of your own."
            ),
        ),
    };
    view! { <NotAnswered title text partner/> }
}

#[component]
fn ForAnother(partner: PartnerView) -> impl IntoView {
    set_status(403);
    let text = format!(
        "It is meant for another company than yours, so nothing was authorized. Ask {} for an offer of your own, or sign in with your account of the company that it is for.",
        partner.name,
    );
    view! { <NotAnswered title="This offer is for another company" text partner/> }
}

/// What happened, and whom to ask.
#[component]
fn NotAnswered(title: &'static str, text: String, partner: PartnerView) -> impl IntoView {
    view! {
        <Title text=title/>
        <main class="sheet panel narrow" id="main">
            <h1>{title}</h1>
            <p class="muted">{text}</p>
            <dl class="facts">
                <div>
                    <dt>"Whom to ask"</dt>
                    <dd>{partner.name.clone()}</dd>
                    <Contact partner/>
                </div>
            </dl>
        </main>
    }
}

#[component]
fn Contact(partner: PartnerView) -> impl IntoView {
    view! {
        {partner
            .support_email
            .map(|address| {
                view! {
                    <dd>
                        <a href=format!("mailto:{address}")>{address.clone()}</a>
                    </dd>
                }
            })}
        {partner.phone.map(|phone| view! { <dd>{phone}</dd> })}
    }
}

#[component]
fn OpenOffer(open: OpenConsentView, refused: Signal<Option<Refused>>, notice: Option<String>) -> impl IntoView {
    let title = format!("Authorize {} as your delegated administrator", open.partner.name);
    let company = match &open.reader {
        ReaderView::SignedOut | ReaderView::Partner { .. } => None,
        ReaderView::MayNotDecide { company, .. }
        | ReaderView::MayDecide { company, .. }
        | ReaderView::Authorized { company, .. }
        | ReaderView::Ordered { company, .. } => Some(company.clone()),
    };
    let own = company.clone().unwrap_or_else(|| "your company".to_owned());
    let authorized = matches!(open.reader, ReaderView::Authorized { .. });
    let difference = match &open.reader {
        ReaderView::MayDecide { difference, .. } => difference.clone(),
        _ => None,
    };
    let (roles, days, starts_at, ends_at) = (open.roles.clone(), open.days, open.starts_at, open.ends_at);
    view! {
        <Title text=title.clone()/>
        <main class="sheet panel" id="main">
            <Notice text=notice/>
            <ErrorSummary refused/>
            <Letterhead partner=open.partner.clone() sender=open.sender.clone() code=open.code.clone()/>
            <h1>{title}</h1>
            <p class="lead">
                {format!("They ask to look after {} in ", subjects(&open.roles))} <strong>{own.clone()}</strong>
                ". You decide, and you can end it at any time."
            </p>
            {difference.map(|difference| view! { <Differences difference/> })}
            {(!authorized)
                .then(|| {
                    view! { <Access own roles days starts_at ends_at starts_when="when you authorize"/> }
                })}
            <Decision open refused/>
        </main>
    }
}

#[component]
fn Decision(open: OpenConsentView, refused: Signal<Option<Refused>>) -> impl IntoView {
    let OpenConsentView { offer_id, partner, link_ends_at, reader, .. } = open;
    match reader {
        ReaderView::SignedOut => EitherOf6::A(view! {
            <div class="decision">
                <p>"To answer, sign in as a global administrator of your company."</p>
                <div class="actions">
                    <a class="btn primary large" href=format!("/sign-in?next=%2Foffers%2F{offer_id}")>
                        "Sign in to continue"
                    </a>
                </div>
            </div>
        }),
        ReaderView::Partner { user, company } => EitherOf6::B(view! {
            <Cannot title=format!("You are signed in as {user} ({company}), who made this offer.")>
                <p>
                    "It cannot be accepted here. Send the link to your customer: one of its global administrators authorizes it."
                </p>
            </Cannot>
        }),
        ReaderView::MayNotDecide { user, company, administrators, url } => {
            let who = who_decides(&company, &administrators);
            EitherOf6::C(view! {
                <Cannot title=format!("You are signed in as {user} ({company}) and cannot answer for it.")>
                    <p>{who}</p>
                    <Forward url/>
                </Cannot>
            })
        }
        ReaderView::MayDecide { user, company, company_id, difference, declined } => EitherOf6::D(view! {
            <MayDecide
                offer_id
                partner
                user
                company
                company_id
                replaces=difference.is_some()
                declined
                until=date(link_ends_at)
                refused
            />
        }),
        ReaderView::Authorized { company, roles, starts_at, ends_at, ended } => {
            let names: Vec<_> = roles.iter().map(|role| role.name().to_owned()).collect();
            EitherOf6::E(match ended {
                None => view! {
                    <div class="decision">
                        <div class="note good">
                            <Icon glyph=Glyph::Check/>
                            <div>
                                <p>
                                    <strong>{format!("{company} authorized this on {}.", date(starts_at))}</strong>
                                </p>
                                <p>{format!("{} until {}.", list(&names), date(ends_at))}</p>
                            </div>
                        </div>
                        <div class="actions">
                            <a class="btn" href="/partners">"See it in Partner relationships"</a>
                        </div>
                    </div>
                }
                    .into_any(),
                Some(ended) => view! {
                    <Cannot title=format!("{company} authorized this on {}, and it was {ended} since.", date(starts_at))>
                        <p>{format!("An offer gives access once. Ask {} for a new one if you want it again.", partner.name)}</p>
                    </Cannot>
                }
                    .into_any(),
            })
        }
        // Only of what sells something, which has a page of its own.
        ReaderView::Ordered { .. } => EitherOf6::F(()),
    }
}

/// The link, to be passed on to who may decide.
#[component]
pub fn Forward(url: String) -> impl IntoView {
    let text = format!("This offer waits for a global administrator of our company to read it:\n\n{url}\n");
    let mail = mailto("An offer to read", &text, &text);
    view! {
        <div class="field">
            <label for="forward">"Link to forward"</label>
            <div class="with-button">
                <input class="input mono" id="forward" readonly value=url/>
                <a class="btn" href=mail.url>
                    <Icon glyph=Glyph::Mail/>
                    "Open in email"
                </a>
            </div>
        </div>
    }
}

/// In place of the decision: why there is none to make.
#[component]
pub fn Cannot(title: String, children: Children) -> impl IntoView {
    view! {
        <div class="decision">
            <div class="note">
                <Icon glyph=Glyph::Info/>
                <div>
                    <p>
                        <strong>{title}</strong>
                    </p>
                    {children()}
                </div>
            </div>
        </div>
    }
}

/// Why somebody cannot decide, and who can.
pub fn who_decides(company: &str, administrators: &[String]) -> String {
    if administrators.is_empty() {
        format!("Only a global administrator of {company} can answer, and it has none who can sign in.")
    } else {
        format!("Only its global administrators can: {}.", list(administrators))
    }
}

#[component]
fn MayDecide(
    offer_id: String,
    partner: PartnerView,
    user: String,
    company: String,
    company_id: String,
    replaces: bool,
    declined: Option<DeclinedView>,
    until: String,
    refused: Signal<Option<Refused>>,
) -> impl IntoView {
    let name = partner.name;
    view! {
        {declined.map(|declined| view! { <Declined company=company.clone() declined until/> })}
        <div class="decision">
            <p>"You are signed in as " <strong>{format!("{user} ({company})")}</strong> "."</p>
            {replaces.then(|| view! { <p>"Authorizing replaces the access they have now."</p> })}
            <div class="actions">
                <form method="post" action="/api/consent/authorize">
                    <input type="hidden" name="offer" value=offer_id.clone()/>
                    <input type="hidden" name="company" value=company_id.clone()/>
                    <button class="btn primary large" type="submit">"Authorize"</button>
                </form>
                <button class="btn large" type="button" popovertarget="decline">"Decline"</button>
            </div>
            <p class="hint">
                "You can remove this at any time in " <a href="/partners">"Partner relationships"</a> "."
            </p>
        </div>
        <DeclineDialog
            offer_id
            company_id
            name
            text="They get no access, and are told. You can still change your answer while the offer is open."
            refused
        />
    }
}
