//! What an offer sells and what else it asks for, as its customer looks at it before deciding.

use chrono::{DateTime, TimeDelta, Utc};
use leptos::{html::Input, prelude::*};
use mandate_domain::{ContentKind, Money, Role, Term};

use crate::{
    api::{
        Refused,
        consent::DifferenceView,
        sale_consent::{SaleLineView, SaleView},
    },
    components::form::{FieldError, described, take_once_there},
    format::{count, date, money, quantity},
    pages::asked::{Access, Differences, subjects},
};

/// In what order something is called: what begins with it, and by which words.
#[derive(Clone, Copy)]
pub struct Words {
    /// On the button that does it.
    pub accept: &'static str,
    /// By when the access would start.
    starts_when: &'static str,
    goes_on: &'static str,
    without: &'static str,
    pub declined: &'static str,
}

pub fn words(sale: &SaleView) -> Words {
    match sale.kind {
        ContentKind::Purchase => Words {
            accept: "Place order",
            starts_when: "when you place the order",
            goes_on: "The order is placed with or without it.",
            without: "Without this, the order is placed all the same, and they get no access.",
            declined: "Nothing is ordered, they get no access, and are told. You can still change your answer while the offer is open.",
        },
        ContentKind::Trial | ContentKind::Delegation => Words {
            accept: "Start trial",
            starts_when: "when you start the trial",
            goes_on: "The trial starts with or without it.",
            without: "Without this, the trial starts all the same, and they get no access.",
            declined: "No trial starts, they get no access, and are told. You can still change your answer while the offer is open.",
        },
    }
}

/// The one thing that the page is about.
pub fn title_of(sale: &SaleView, partner: &str) -> String {
    match (sale.kind, sale.lines.first(), sale.trial_days) {
        (ContentKind::Trial, Some(line), Some(days)) => {
            format!("Try {} for {}", line.plan, count(days.into(), "day", "days"))
        }
        (ContentKind::Purchase, Some(line), _) if sale.converts => format!("Keep {} after the trial", line.plan),
        _ => format!("Order from {partner}"),
    }
}

pub fn lead_of(sale: &SaleView, partner: &str) -> String {
    match sale.kind {
        ContentKind::Trial => format!("{partner} invites you to use it free of charge. It ends by itself."),
        _ if sale.converts => {
            "This order takes the place of your trial. Who has a license keeps it, and nothing stops meanwhile."
                .to_owned()
        }
        _ => format!("{partner} offers you this. You can change how many licenses you order before you decide."),
    }
}

/// Until when it can be accepted, at these prices.
#[component]
pub fn ValidUntil(kind: ContentKind, until: DateTime<Utc>) -> impl IntoView {
    let what = if kind == ContentKind::Trial { "This invitation" } else { "This offer" };
    view! { <p class="muted">{format!("{what} is valid until {}.", date(until))}</p> }
}

/// Begins a company that has no account yet.
#[component]
pub fn StartAsNew(offer_id: String, class: &'static str) -> impl IntoView {
    view! {
        <form method="post" action="/api/sign-up/begin">
            <input type="hidden" name="offer" value=offer_id/>
            <button class=class type="submit">"Start as a new company"</button>
        </form>
    }
}

/// What is sold, where the quantities can still be changed. The totals follow what is typed; without scripts, a button works
/// them out.
#[component]
pub fn Changeable(
    sale: SaleView,
    typed: Vec<String>,
    partner: String,
    now: DateTime<Utc>,
    refused: Signal<Option<Refused>>,
    /// Of a company that is about to be made.
    #[prop(optional)]
    new_company: bool,
) -> impl IntoView {
    if sale.kind == ContentKind::Trial {
        return view! { <Trial sale now/> }.into_any();
    }
    let start = if typed.len() == sale.lines.len() { typed } else { sale.offered() };
    let typed = RwSignal::new(start.clone());
    let rows = sale.lines.iter().cloned().zip(start).enumerate();
    let rows = rows.map(|(index, (line, start))| view! { <ChangeableRow line index start typed refused/> });
    let rows = rows.collect_view().into_any();
    // What the totals that stand there are of, so that nobody agrees to another.
    let shown = (0..sale.lines.len()).map(|index| {
        view! { <input type="hidden" name="shown[]" value=move || text_at(typed, index)/> }
    });
    let shown = shown.collect_view();
    let total = Memo::new(move |_| typed.with(|typed| sale.total_of(typed)));
    view! {
        <section class="section" aria-labelledby="sale-h">
            <h2 id="sale-h">"What you order"</h2>
            <Lines rows/>
            {shown}
            <Total total=(move || amount(total.get())).into_any() partner/>
            <button
                class="btn small without-script"
                type="submit"
                formaction="/api/sale/total"
                name=new_company.then_some("new_company")
                value=new_company.then_some("true")
            >
                "Update total"
            </button>
        </section>
    }
    .into_any()
}

fn text_at(typed: RwSignal<Vec<String>>, index: usize) -> String {
    typed.with(|typed| typed.get(index).cloned().unwrap_or_default())
}

/// What one license is.
pub fn means(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("A license: {text}") }
}

/// Nothing where a quantity cannot be.
pub fn amount(amount: Option<Money>) -> String {
    amount.map_or_else(|| "–".to_owned(), money)
}

/// What a trial gives, and until when.
#[component]
pub fn Trial(sale: SaleView, now: DateTime<Utc>) -> impl IntoView {
    let days = sale.trial_days.unwrap_or_default();
    let ends_at = now + TimeDelta::days(days.into());
    let plans = sale.lines.into_iter().map(|line| {
        view! {
            <div>
                <dt>"Plan"</dt>
                <dd>{line.plan}</dd>
                <dd class="hint">{line.description}</dd>
            </div>
            <div>
                <dt>"Licenses"</dt>
                <dd>{quantity(line.quantity)}</dd>
                <dd class="hint">{means(&line.license_means)}</dd>
            </div>
        }
    });
    let country = sale.country.map(|country| {
        view! {
            <div>
                <dt>"Country"</dt>
                <dd>{country.name()}</dd>
                <dd class="hint">"where the licenses are used"</dd>
            </div>
        }
    });
    view! {
        <section class="section" aria-labelledby="sale-h">
            <h2 id="sale-h">"What you get"</h2>
            <dl class="facts sold">
                {plans.collect_view()}
                <div>
                    <dt>"Price"</dt>
                    <dd>"Free"</dd>
                    <dd class="hint">"no card is asked for"</dd>
                </div>
                <div>
                    <dt>"End of the trial"</dt>
                    <dd>{date(ends_at)}</dd>
                    <dd class="hint">{format!("{} from today, by itself", count(days.into(), "day", "days"))}</dd>
                </div>
                {country}
            </dl>
        </section>
    }
}

#[component]
pub fn Lines(rows: AnyView) -> impl IntoView {
    view! {
        <table role="table" class="table stack order-lines" aria-labelledby="sale-h">
            <thead role="rowgroup">
                <tr role="row">
                    <th role="columnheader" scope="col">"Plan"</th>
                    <th role="columnheader" scope="col">"Price"</th>
                    <th role="columnheader" scope="col">"Quantity"</th>
                    <th role="columnheader" scope="col">"Total"</th>
                </tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
}

#[component]
pub fn Row(
    plan: String,
    notes: Vec<String>,
    unit: Option<Money>,
    term: Option<Term>,
    quantity: AnyView,
    total: AnyView,
) -> impl IntoView {
    let notes = notes.into_iter().filter(|note| !note.is_empty());
    let notes = notes.map(|note| view! { <span class="sub">{note}</span> });
    view! {
        <tr role="row">
            <td role="cell">
                <strong>{plan}</strong>
                {notes.collect_view()}
            </td>
            <td role="cell" data-label="Price">
                {unit.map_or_else(|| "Free".to_owned(), money)}
                {term.map(|term| view! { <span class="sub">{format!("per license and {}", term.per())}</span> })}
            </td>
            <td role="cell" data-label="Quantity">{quantity}</td>
            <td role="cell" data-label="Total" class="sum">{total}</td>
        </tr>
    }
}

#[component]
fn ChangeableRow(
    line: SaleLineView,
    index: usize,
    start: String,
    typed: RwSignal<Vec<String>>,
    refused: Signal<Option<Refused>>,
) -> impl IntoView {
    let name = format!("quantity.{index}");
    let (invalid, by) = described(refused, &name, true);
    let field = NodeRef::<Input>::new();
    let take = move || {
        let Some(text) = field.get_untracked().map(|field| field.value()) else { return };
        typed.update(|typed| {
            if let Some(kept) = typed.get_mut(index) {
                *kept = text;
            }
        });
    };
    take_once_there(field, take);
    let term = line.term.map(|term| format!(", {}", term.name().to_lowercase())).unwrap_or_default();
    let label = format!("Quantity: licenses of {}{term}", line.plan);
    let bounds = format!("{} to {}", quantity(line.bounds.min()), quantity(line.bounds.max()));
    let entry = view! {
        <input
            class="input short"
            id=name.clone()
            name="quantities[]"
            value=start
            inputmode="numeric"
            autocomplete="off"
            aria-label=label
            aria-invalid=invalid
            aria-describedby=by
            node_ref=field
            on:input=move |_| take()
        />
        <span class="sub" id=format!("{name}-help")>{bounds}</span>
        <FieldError refused name/>
    };
    let notes = vec![line.description.clone(), means(&line.license_means)];
    let (plan, unit, term) = (line.plan.clone(), line.unit, line.term);
    let total = move || amount(typed.with(|typed| line.total_of(typed.get(index).map_or("", String::as_str))));
    view! { <Row plan notes unit term quantity=entry.into_any() total=total.into_any()/> }
}

#[component]
pub fn Total(total: AnyView, partner: String) -> impl IntoView {
    view! {
        <dl class="total">
            <dt>"Total"</dt>
            <dd>
                <span role="status">{total}</span>
            </dd>
        </dl>
        <p class="hint">
            {format!("For one term of each plan; it then renews until you cancel. {partner} sends you the invoice.")}
        </p>
    }
}

/// What the partner asks for besides: the same as in an offer of its own, and a question of its own.
#[component]
pub fn AlsoAsked(
    partner: String,
    /// The company's name.
    own: String,
    roles: Vec<Role>,
    days: u16,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    words: Words,
    difference: Option<DifferenceView>,
) -> impl IntoView {
    (!roles.is_empty()).then(|| {
        let asks = format!("{partner} also asks to look after {} in ", subjects(&roles));
        let rest = format!(". {} You decide, and you can end it at any time.", words.goes_on);
        view! {
            <section class="section" aria-labelledby="asked-h">
                <h2 id="asked-h">"Delegated administration"</h2>
                <p>{asks} <strong>{own.clone()}</strong> {rest}</p>
            </section>
            {difference.map(|difference| view! { <Differences difference/> })}
            <Access own roles days starts_at ends_at starts_when=words.starts_when/>
        }
    })
}

/// Nothing is chosen for the reader.
#[component]
pub fn Authorize(partner: String, is_asked: bool, chosen: bool, words: Words, replaces: bool) -> impl IntoView {
    is_asked.then(|| {
        let replaces = if replaces { " It replaces the access they have now." } else { "" };
        view! {
            <section class="section" aria-label="Your answer">
                <div class="choice">
                    <input
                        class="check"
                        type="checkbox"
                        name="authorize"
                        value="true"
                        id="authorize"
                        checked=chosen
                        aria-describedby="authorize-help"
                    />
                    <label for="authorize">{format!("Authorize {partner} as your delegated administrator")}</label>
                    <p class="hint" id="authorize-help">{words.without} {replaces}</p>
                </div>
            </section>
        }
    })
}
