use leptos::{html, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use mandate_domain::{ContentKind, OfferStatus};

use super::overview::tone;
use crate::{
    api::{
        offers::{AddresseeView, AnswerView, OfferView, QrView, load_offer},
        sale_consent::{OrderView, SaleLineView, SaleView},
    },
    components::{
        copy_button::CopyButton,
        dialog::{Dialog, DialogActions},
        focus::focus_on_arrival,
        form::{ErrorSummary, TextArea, TextField, posted_refusal},
        icon::{Glyph, Icon},
        live::followed,
        loaded::{load, loaded},
        notice::Notice,
        status::{Status, Tone},
    },
    format::{count, date, money, quantity},
    mailto::mailto,
    pages::sale_review::{Lines, Row},
};

/// An offer: its URL, the message that brings it to a customer, and who answered.
#[component]
pub fn OfferPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("offer")).unwrap_or_default());
    loaded(load(move || id.get(), load_offer), move |offer| {
        let refused = posted_refusal(offer.posted.as_ref());
        // Made once, so that a message that is being written stays; what changes meanwhile stands around it.
        let keep = |before: &OfferView, now: &mut OfferView| {
            now.posted.clone_from(&before.posted);
            now.notice.clone_from(&before.notice);
        };
        let now = followed(offer.clone(), move || load_offer(id.get_untracked()), keep, "The offer has changed");
        let status = Memo::new(move |_| now.with(|now| now.status));
        let url = offer.url.clone();
        let is_other = Memo::new(move |_| now.with(|now| now.url != url));
        let sells = offer.sale.is_some();
        let answers = Memo::new(move |_| now.with(|now| (now.answers.clone(), now.authorized + now.declined)));
        view! {
            <Title text=offer.name.clone()/>
            <main class="page" id="main">
                <a class="back" href="/partner">
                    <Icon glyph=Glyph::Back small=true/>
                    "Partner overview"
                </a>
                <div class="page-head">
                    <h1 class="title">
                        {offer.name.clone()} " "
                        {move || view! { <Status tone=tone(status.get()) text=status.get().name() pill=true/> }}
                    </h1>
                </div>
                <ErrorSummary refused/>
                <Notice text=offer.notice.clone()/>
                <div role="status">
                    {
                        let path = format!("/partner/offers/{}", offer.id);
                        move || is_other.get().then(|| view! { <OtherUrl path=path.clone()/> })
                    }
                </div>
                <div class="two">
                    <div>
                        {match offer.url.clone() {
                            Some(url) => view! { <Link offer=offer.clone() url/> }.into_any(),
                            None => view! { <Ended status=offer.status sells=offer.sale.is_some()/> }.into_any(),
                        }}
                        {offer.sale.clone().map(|sale| view! { <Sells sale/> })}
                        {offer
                            .addressee
                            .clone()
                            .filter(|_| offer.url.is_some())
                            .map(|addressee| view! { <Mailed id=offer.id.to_string() addressee/> })}
                        {move || {
                            let (answers, of) = answers.get();
                            view! { <Answers answers of sells/> }
                        }}
                        {offer.url.is_some().then(|| view! { <Leave id=offer.id.to_string()/> })}
                    </div>
                    {move || view! { <Facts offer=now.get()/> }}
                </div>
            </main>
        }
    })
}

#[component]
fn Link(offer: OfferView, url: String) -> impl IntoView {
    let field = NodeRef::new();
    let is_new = offer.notice.is_some();
    if is_new {
        focus_on_arrival(field);
    }
    let who = match (offer.sale.is_some(), offer.may_sign_up) {
        (true, true) => "A new company can start with it, or a global administrator of an existing one accepts it.",
        (true, false) => "Whoever has it can read the offer; only a global administrator can accept it.",
        (false, _) => "Whoever has it can read the offer; only a global administrator can authorize it.",
    };
    let help = format!("Works until {}. {who}", date(offer.link_ends_at));
    view! {
        <div class="plate">
            <div class="field">
                <label for="url">"Offer URL"</label>
                <div class="with-button">
                    <input
                        class="input mono"
                        id="url"
                        readonly
                        value=url.clone()
                        autofocus=is_new
                        aria-describedby="url-help"
                        node_ref=field
                    />
                    <CopyButton label="Copy URL" text=Signal::stored(url.clone()) class="primary"/>
                </div>
                <p class="hint" id="url-help">
                    {help}
                </p>
            </div>
        </div>
        <Message
            subject=subject(&offer)
            text=message(&offer, &url)
            shorter=shorter_message(&offer, &url)
        />
    }
}

/// The message, to be edited; what is copied or opened in email is what stands there.
#[component]
fn Message(subject: String, text: String, shorter: String) -> impl IntoView {
    let subject_field = NodeRef::<html::Input>::new();
    let text_field = NodeRef::<html::Textarea>::new();
    let written = RwSignal::new((subject.clone(), text.clone()));
    let read = move || {
        if let (Some(subject), Some(text)) = (subject_field.get(), text_field.get()) {
            written.set((subject.value(), text.value()));
        }
    };
    // What was typed before WASM arrived counts.
    Effect::new(move |_| read());
    let mail = Memo::new(move |_| written.with(|(subject, text)| mailto(subject, text, &shorter)));
    let nothing_refused = Signal::stored(None);
    view! {
        <section class="section">
            <div class="bar">
                <h2>"Your message"</h2>
                <div class="actions">
                    <CopyButton
                        label="Copy message"
                        text=Signal::derive(move || written.with(|(_, text)| text.clone()))
                    />
                    <a class="btn" href=move || mail.with(|mail| mail.url.clone())>
                        <Icon glyph=Glyph::Mail/>
                        "Open in email"
                    </a>
                </div>
            </div>
            <div class="message" on:input=move |_| read()>
                <TextField label="Subject" name="subject" refused=nothing_refused value=subject node_ref=subject_field/>
                <TextArea label="Text" name="text" refused=nothing_refused value=text node_ref=text_field/>
            </div>
            <div role="status">
                {move || {
                    mail.with(|mail| mail.is_shortened)
                        .then(|| {
                            view! {
                                <p class="hint">
                                    "This is too long for a link: email opens with a shorter text that holds the URL. Copy message takes all of it."
                                </p>
                            }
                        })
                }}
            </div>
        </section>
    }
}

fn subject(offer: &OfferView) -> String {
    let company = &offer.sender.company;
    match &offer.sale {
        None => format!("{company} asks to be your delegated administrator"),
        Some(sale) if sale.kind == ContentKind::Trial => format!("{company} invites you to try {}", plans(sale)),
        Some(sale) => format!("{company} offers you {}", plans(sale)),
    }
}

/// By name, the first foremost.
fn plans(sale: &SaleView) -> String {
    let mut lines = sale.lines.iter();
    let first = lines.next().map(|line| line.plan.clone()).unwrap_or_default();
    match lines.len() {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

fn message(offer: &OfferView, url: &str) -> String {
    let sender = &offer.sender;
    let own = offer.message.as_ref().map(|own| format!("{own}\n\n")).unwrap_or_default();
    let domain = sender.domain.as_ref();
    let domain = domain.map(|domain| format!("The page shows {domain} as our verified domain. ")).unwrap_or_default();
    let company = &sender.company;
    let asks = match &offer.sale {
        None => format!("{}You decide, and you can end it at any time. {}", access(offer), how_to_answer(offer)),
        Some(sale) if offer.roles.is_empty() => format!("{}{}", sold(sale, company), how_to_answer(offer)),
        Some(sale) => format!(
            "{}{}That is yours to decide: all else is the same with it or without. {}",
            sold(sale, company),
            access(offer),
            how_to_answer(offer),
        ),
    };
    format!(
        "Hello,\n\n\
         {own}{asks}\n{url}\n\n\
         To be sure that it is us: {domain}Call us at the number you know if in doubt.\n\n\
         {name}\n{company}\n",
        name = sender.name,
    )
}

/// What the sender asks to be allowed.
fn access(offer: &OfferView) -> String {
    let can: Vec<_> = offer.roles.iter().map(|role| format!("- {}", role.can())).collect();
    let (can, days) = (can.join("\n"), count(offer.days.into(), "day", "days"));
    let also = if offer.sale.is_some() { "also " } else { "" };
    format!(
        "{} {also}asks to look after your company’s account for {days} from when you authorize it. We could:\n\n{can}\n\n",
        offer.sender.company,
    )
}

/// What the sender offers, and at which price.
fn sold(sale: &SaleView, company: &str) -> String {
    let lines: Vec<_> = sale.lines.iter().map(line_text).collect();
    let lines = lines.join("\n");
    if sale.kind == ContentKind::Trial {
        let days = count(sale.trial_days.unwrap_or_default().into(), "day", "days");
        format!("{company} invites you to try this for {days}. It costs nothing, and ends by itself:\n\n{lines}\n\n")
    } else {
        let total = sale.total.map(|total| format!("\nTotal: {}", money(total))).unwrap_or_default();
        format!(
            "{company} offers you:\n\n{lines}{total}\n\nYou can change the numbers of licenses before you order.\n\n"
        )
    }
}

fn line_text(line: &SaleLineView) -> String {
    let licenses = if line.quantity.get() == 1 { "license" } else { "licenses" };
    let what = format!("- {} {licenses} of {}", quantity(line.quantity), line.plan);
    match (line.unit, line.term) {
        (Some(unit), Some(term)) => format!("{what}, {} per license and {}", money(unit), term.per()),
        _ => what,
    }
}

fn how_to_answer(offer: &OfferView) -> &'static str {
    if offer.may_sign_up {
        "Open this link, to start as a new company or to sign in as a global administrator of yours:"
    } else {
        "Open this link and sign in as a global administrator of your company:"
    }
}

fn shorter_message(offer: &OfferView, url: &str) -> String {
    format!("Hello,\n\nPlease read this offer. {}\n{url}\n", how_to_answer(offer))
}

/// Where a colleague has ended or renewed the link while the page was open.
#[component]
fn OtherUrl(path: String) -> impl IntoView {
    view! {
        <div class="note warn">
            <Icon glyph=Glyph::Alert/>
            <p>
                <strong>"The URL below does not work any more."</strong>
                " It was changed while this page was open. Copy what you wrote before you "
                <a href=path rel="external">
                    "load the page again"
                </a>
                "."
            </p>
        </div>
    }
}

#[component]
fn Ended(status: OfferStatus, sells: bool) -> impl IntoView {
    let what = match status {
        OfferStatus::Withdrawn => "This offer was withdrawn, so it has no URL any more.",
        OfferStatus::UsedUp if sells => "A customer has accepted this offer, so it has no URL any more.",
        OfferStatus::UsedUp => "A customer has used this offer, so it has no URL any more.",
        OfferStatus::Expired | OfferStatus::Open | OfferStatus::Declined => {
            "This offer has expired, so it has no URL any more."
        }
    };
    let (after, next, to) = match (sells, status) {
        (true, OfferStatus::UsedUp) => {
            (" What was ordered stays as it was agreed.", "/partner/subscriptions", "Subscriptions and orders")
        }
        (true, _) => (" Nobody can accept it now.", "/partner", "Partner overview"),
        (false, _) => (
            " Nobody can authorize it now. What was authorized before stays until it ends or the customer removes it.",
            "/partner/offers/new",
            "Create a new offer",
        ),
    };
    view! {
        <div class="note">
            <Icon glyph=Glyph::Info/>
            <div>
                <p>
                    <strong>{what}</strong>
                    {after}
                </p>
                <p>
                    <a href=next>{to}</a>
                </p>
            </div>
        </div>
    }
}

/// What is sold, as it was offered.
#[component]
fn Sells(sale: SaleView) -> impl IntoView {
    let is_trial = sale.kind == ContentKind::Trial;
    let rows = sale.lines.into_iter().map(|line| {
        let total = line.total_of(&line.quantity.to_string()).map_or_else(|| "Free".to_owned(), money);
        view! {
            <Row
                plan=line.plan
                notes=vec![line.description, line.license_means]
                unit=line.unit
                term=line.term
                quantity=quantity(line.quantity).into_any()
                total=total.into_any()
            />
        }
    });
    let sum = sale.total.map(|total| {
        view! {
            <dl class="total">
                <dt>"Total"</dt>
                <dd>{money(total)}</dd>
            </dl>
            <p class="hint">"For one term of each plan. They pay by your invoice."</p>
        }
    });
    let lasts = is_trial.then(|| {
        let days = count(sale.trial_days.unwrap_or_default().into(), "day", "days");
        view! { <p class="hint">{format!("For {days} from the day they start. It ends by itself.")}</p> }
    });
    view! {
        <section class="section" aria-labelledby="sale-h">
            <div class="bar">
                <h2 id="sale-h">"What you offer"</h2>
            </div>
            <Lines rows=rows.collect_view().into_any()/>
            {sum}
            {lasts}
        </section>
    }
}

#[component]
fn Answers(answers: Vec<AnswerView>, of: i64, sells: bool) -> impl IntoView {
    let shown = answers.len();
    let is_cut = i64::try_from(shown).is_ok_and(|shown| shown < of);
    let yes = if sells { "Accepted" } else { "Authorized" };
    let lines = answers.into_iter().map(|answer| {
        let (tone, outcome) = if answer.authorized { (Tone::Good, yes) } else { (Tone::Bad, "Declined") };
        view! {
            <li>
                <div>
                    {answer.company} {answer.reason.map(|reason| view! { <span class="sub">{reason}</span> })}
                </div>
                <div class="when">
                    <Status tone text=outcome/>
                    <span class="sub">{date(answer.at)}</span>
                </div>
            </li>
        }
    });
    let none = if sells {
        "None yet. Who accepts or declines stands here."
    } else {
        "None yet. Each customer that authorizes or declines stands here."
    };
    view! {
        <section class="section" aria-labelledby="answers-h">
            <div class="bar">
                <h2 id="answers-h">"Answers " <small>{of}</small></h2>
            </div>
            {if shown == 0 {
                view! { <p class="muted">{none}</p> }.into_any()
            } else {
                view! { <ul class="lines">{lines.collect_view()}</ul> }.into_any()
            }}
            {is_cut.then(|| view! { <p class="hint">{format!("The latest {shown} of {of}")}</p> })}
        </section>
    }
}

/// What ends the URL. Withdrawing cannot be undone, so it asks first; a new URL shows on the same page.
#[component]
fn Leave(id: String) -> impl IntoView {
    view! {
        <section class="leave" aria-labelledby="leave-h">
            <h2 class="vh" id="leave-h">
                "End this link"
            </h2>
            <form method="post" action="/api/offers/renew-url">
                <input type="hidden" name="offer" value=id.clone()/>
                <button class="btn" type="submit">
                    "New URL"
                </button>
            </form>
            <button class="btn danger" type="button" popovertarget="withdraw">
                "Withdraw offer"
            </button>
            <p class="hint">"Either way, the URL above stops working at once. What a customer has authorized stays."</p>
        </section>
        <Dialog
            id="withdraw"
            title="Withdraw this offer?"
            text="Its URL stops working at once, and it cannot be opened again. What a customer has authorized stays."
        >
            <form method="post" action="/api/offers/withdraw">
                <input type="hidden" name="offer" value=id/>
                <DialogActions dialog="withdraw" keep="Keep the offer">
                    <button class="btn danger-final" type="submit">"Withdraw offer"</button>
                </DialogActions>
            </form>
        </Dialog>
    }
}

#[component]
fn Facts(offer: OfferView) -> impl IntoView {
    let (link_term, link_end) = match offer.status {
        OfferStatus::Open | OfferStatus::Declined => ("Link works until", date(offer.link_ends_at)),
        OfferStatus::Expired => ("Link worked until", date(offer.link_ends_at)),
        OfferStatus::UsedUp | OfferStatus::Withdrawn => ("Link works until", "It does not work any more".to_owned()),
    };
    let yes = if offer.sale.is_some() { "accepted" } else { "authorized" };
    view! {
        <aside class="aside" aria-label="About this offer">
            {offer.code.map(|code| view! { <Code code/> })}
            {offer.qr.map(|qr| view! { <Qr qr/> })}
            <dl class="facts">
                {offer.sale.map(|sale| view! { <SaleFacts sale/> })}
                {offer.order.map(|order| view! { <OrderFacts order/> })}
                <div>
                    <dt>"Who may use it"</dt>
                    <dd>{offer.whom}</dd>
                </div>
                {if offer.roles.is_empty() {
                    view! {
                        <div>
                            <dt>"Delegated administration"</dt>
                            <dd>"None is asked for"</dd>
                        </div>
                    }
                    .into_any()
                } else {
                    let roles = offer.roles.iter().map(|role| view! { <dd>{role.name()}</dd> });
                    let days = count(offer.days.into(), "day", "days");
                    view! {
                        <div>
                            <dt>"Asks for"</dt>
                            {roles.collect_view()}
                        </div>
                        <div>
                            <dt>"For"</dt>
                            <dd>{format!("{days} from the day they authorize")}</dd>
                        </div>
                    }
                    .into_any()
                }}
                <div>
                    <dt>"Answered"</dt>
                    <dd>{format!("{} {yes}, {} declined", offer.authorized, offer.declined)}</dd>
                </div>
                <div>
                    <dt>{link_term}</dt>
                    <dd>{link_end}</dd>
                </div>
                <div>
                    <dt>"Made by"</dt>
                    <dd>{format!("{}, {}", offer.created_by, date(offer.created_at))}</dd>
                </div>
            </dl>
            <p>
                <a href=format!("/partner/templates/new?offer={}", offer.id)>"Save as template"</a>
            </p>
        </aside>
    }
}

/// What a trial or purchase is found by, and for where it is.
#[component]
fn SaleFacts(sale: SaleView) -> impl IntoView {
    let own = sale.partner_reference.map(|reference| {
        view! {
            <div>
                <dt>"Your reference"</dt>
                <dd>{reference}</dd>
            </div>
        }
    });
    let country = sale.country.map(|country| {
        view! {
            <div>
                <dt>"Country"</dt>
                <dd>{country.name()}</dd>
            </div>
        }
    });
    view! {
        <div>
            <dt>"Reference"</dt>
            <dd class="code">{sale.reference}</dd>
            <dd class="hint">{sale.kind.name()} {sale.converts.then_some(", in place of a trial")}</dd>
        </div>
        {own}
        {country}
    }
}

#[component]
fn OrderFacts(order: OrderView) -> impl IntoView {
    view! {
        <div>
            <dt>"Order"</dt>
            <dd>{format!("{}, {}", order.number, date(order.accepted_at))}</dd>
            {order.total.map(|total| view! { <dd>{money(total)}</dd> })}
        </div>
    }
}

#[component]
fn Code(code: String) -> impl IntoView {
    view! {
        <dl class="compare">
            <dt>"Verification code"</dt>
            <dd class="code">{code}</dd>
            <dd class="hint">
                "The customer sees the same code on the page of the link. Read it to them when they call, and never send it with the link."
            </dd>
        </dl>
    }
}

/// Dark on white in both themes: some readers take no other.
#[component]
fn Qr(qr: QrView) -> impl IntoView {
    // The quiet zone around it is four modules wide (ISO/IEC 18004, section 9.1).
    let size = (qr.size + 8).to_string();
    view! {
        <details class="qr">
            <summary>"Show QR code"</summary>
            <svg
                viewBox=format!("-4 -4 {size} {size}")
                role="img"
                aria-label="QR code of the offer’s link"
                shape-rendering="crispEdges"
            >
                <rect x="-4" y="-4" width=size.clone() height=size.clone() fill="#ffffff"></rect>
                <path d=qr.path fill="#000000"></path>
            </svg>
            <p class="hint">"Sitting together? Scan it to open the offer."</p>
        </details>
    }
}

/// To whom it was mailed, and once more.
#[component]
fn Mailed(id: String, addressee: AddresseeView) -> impl IntoView {
    let AddresseeView { email, mailed_at, times_left, next_reminder_at, stopped_at } = addressee;
    let said = match (stopped_at, mailed_at) {
        (Some(stopped), _) => format!("{email} asked for no more mail about this offer on {}.", date(stopped)),
        (None, None) => format!("Not mailed to {email} yet."),
        (None, Some(mailed)) => {
            let reminder =
                next_reminder_at.map(|at| format!(" They are reminded on {}.", date(at))).unwrap_or_default();
            format!("Mailed to {email} on {}.{reminder}", date(mailed))
        }
    };
    let label = if mailed_at.is_some() { "Resend" } else { "Mail it now" };
    let again = (stopped_at.is_none() && times_left > 0).then(|| {
        view! {
            <form method="post" action="/api/offers/resend">
                <input type="hidden" name="offer" value=id/>
                <button class="btn" type="submit">{label}</button>
            </form>
        }
    });
    view! {
        <section class="section" aria-labelledby="mailed-h">
            <div class="bar">
                <h2 id="mailed-h">"Mail to the addressee"</h2>
                {again}
            </div>
            <p>{said}</p>
            {(stopped_at.is_none() && times_left <= 0)
                .then(|| view! { <p class="hint">"It cannot be mailed more often from here. Copy the URL, and send it yourself."</p> })}
        </section>
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use mandate_domain::{OfferId, Role};
    use uuid::Uuid;

    use super::*;
    use crate::api::offers::SenderView;

    fn offer() -> OfferView {
        OfferView {
            id: OfferId(Uuid::nil()),
            name: "Managed IT".to_owned(),
            status: OfferStatus::Open,
            url: None,
            code: Some("K7MX-Q3WP".to_owned()),
            qr: None,
            whom: "Any customer".to_owned(),
            message: None,
            addressee: None,
            sale: None,
            may_sign_up: false,
            order: None,
            roles: Role::OFFERED.to_vec(),
            days: 730,
            link_ends_at: DateTime::UNIX_EPOCH,
            created_by: String::new(),
            created_at: DateTime::UNIX_EPOCH,
            authorized: 0,
            declined: 0,
            answers: Vec::new(),
            sender: SenderView {
                name: "Bartholomäus Hülsenbeck".to_owned(),
                company: "Fabrikam Partners International".to_owned(),
                domain: Some("partners.fabrikam.example".to_owned()),
            },
            posted: None,
            notice: None,
        }
    }

    #[test]
    fn the_message_as_it_stands_at_first_fits_a_link() {
        let offer = offer();
        let url = format!("https://delegated.mandate.example/o/{}", "a".repeat(70));
        let mail = mailto(&subject(&offer), &message(&offer, &url), &shorter_message(&offer, &url));
        assert!(!mail.is_shortened, "{}", message(&offer, &url));
    }

    #[test]
    fn the_code_never_stands_beside_the_link() {
        let offer = OfferView { message: Some("As agreed, Mia.".to_owned()), ..offer() };
        let text = message(&offer, "https://mandate.example/o/a");
        assert!(text.starts_with("Hello,\n\nAs agreed, Mia.\n\nFabrikam"), "{text}");
        assert!(!text.contains("K7MX") && !shorter_message(&offer, "https://mandate.example/o/a").contains("K7MX"));
    }
}
