use leptos::{html, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use mandate_domain::OfferStatus;

use super::overview::tone;
use crate::{
    api::offers::{AddresseeView, AnswerView, OfferView, QrView, load_offer},
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
    format::{count, date},
    mailto::mailto,
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
                            None => view! { <Ended status=offer.status/> }.into_any(),
                        }}
                        {offer
                            .addressee
                            .clone()
                            .filter(|_| offer.url.is_some())
                            .map(|addressee| view! { <Mailed id=offer.id.to_string() addressee/> })}
                        {move || {
                            let (answers, of) = answers.get();
                            view! { <Answers answers of/> }
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
    let help = format!(
        "Works until {}. Whoever has it can read the offer; only a global administrator can authorize it.",
        date(offer.link_ends_at),
    );
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
            subject=format!("{} asks to be your delegated administrator", offer.sender.company)
            text=message(&offer, &url)
            shorter=shorter_message(&url)
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

fn message(offer: &OfferView, url: &str) -> String {
    let sender = &offer.sender;
    let own = offer.message.as_ref().map(|own| format!("{own}\n\n")).unwrap_or_default();
    let can: Vec<_> = offer.roles.iter().map(|role| format!("- {}", role.can())).collect();
    let can = can.join("\n");
    let days = count(offer.days.into(), "day", "days");
    let domain = sender.domain.as_ref();
    let domain = domain.map(|domain| format!("The page shows {domain} as our verified domain. ")).unwrap_or_default();
    format!(
        "Hello,\n\n\
         {own}{company} asks to look after your company’s account for {days} from when you authorize it. We could:\n\n\
         {can}\n\n\
         You decide, and you can end it at any time. Open this link and sign in as a global administrator of your \
         company:\n{url}\n\n\
         To be sure that it is us: {domain}Call us at the number you know if in doubt.\n\n\
         {name}\n{company}\n",
        company = sender.company,
        name = sender.name,
    )
}

fn shorter_message(url: &str) -> String {
    format!(
        "Hello,\n\nPlease read this offer. Open the link and sign in as a global administrator of your company:\n{url}\n"
    )
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
fn Ended(status: OfferStatus) -> impl IntoView {
    let what = match status {
        OfferStatus::Withdrawn => "This offer was withdrawn, so it has no URL any more.",
        OfferStatus::UsedUp => "A customer has used this offer, so it has no URL any more.",
        OfferStatus::Expired | OfferStatus::Open | OfferStatus::Declined => {
            "This offer has expired, so it has no URL any more."
        }
    };
    view! {
        <div class="note">
            <Icon glyph=Glyph::Info/>
            <div>
                <p>
                    <strong>{what}</strong>
                    " Nobody can authorize it now. What was authorized before stays until it ends or the customer removes it."
                </p>
                <p>
                    <a href="/partner/offers/new">"Create a new offer"</a>
                </p>
            </div>
        </div>
    }
}

#[component]
fn Answers(answers: Vec<AnswerView>, of: i64) -> impl IntoView {
    let shown = answers.len();
    let is_cut = i64::try_from(shown).is_ok_and(|shown| shown < of);
    let lines = answers.into_iter().map(|answer| {
        let (tone, outcome) = if answer.authorized { (Tone::Good, "Authorized") } else { (Tone::Bad, "Declined") };
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
    view! {
        <section class="section" aria-labelledby="answers-h">
            <div class="bar">
                <h2 id="answers-h">"Answers " <small>{of}</small></h2>
            </div>
            {if shown == 0 {
                view! { <p class="muted">"None yet. Each customer that authorizes or declines stands here."</p> }
                    .into_any()
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
    let roles = offer.roles.iter().map(|role| view! { <dd>{role.name()}</dd> });
    let days = count(offer.days.into(), "day", "days");
    let (link_term, link_end) = match offer.status {
        OfferStatus::Open | OfferStatus::Declined => ("Link works until", date(offer.link_ends_at)),
        OfferStatus::Expired => ("Link worked until", date(offer.link_ends_at)),
        OfferStatus::UsedUp | OfferStatus::Withdrawn => ("Link works until", "It does not work any more".to_owned()),
    };
    view! {
        <aside class="aside" aria-label="About this offer">
            {offer.code.map(|code| view! { <Code code/> })}
            {offer.qr.map(|qr| view! { <Qr qr/> })}
            <dl class="facts">
                <div>
                    <dt>"Who may use it"</dt>
                    <dd>{offer.whom}</dd>
                </div>
                <div>
                    <dt>"Asks for"</dt>
                    {roles.collect_view()}
                </div>
                <div>
                    <dt>"For"</dt>
                    <dd>{format!("{days} from the day they authorize")}</dd>
                </div>
                <div>
                    <dt>"Answered"</dt>
                    <dd>{format!("{} authorized, {} declined", offer.authorized, offer.declined)}</dd>
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
        let subject = "Fabrikam Partners International asks to be your delegated administrator";
        let mail = mailto(subject, &message(&offer, &url), &shorter_message(&url));
        assert!(!mail.is_shortened, "{}", message(&offer, &url));
    }

    #[test]
    fn the_code_never_stands_beside_the_link() {
        let offer = OfferView { message: Some("As agreed, Mia.".to_owned()), ..offer() };
        let text = message(&offer, "https://mandate.example/o/a");
        assert!(text.starts_with("Hello,\n\nAs agreed, Mia.\n\nFabrikam"), "{text}");
        assert!(!text.contains("K7MX") && !shorter_message("https://mandate.example/o/a").contains("K7MX"));
    }
}
