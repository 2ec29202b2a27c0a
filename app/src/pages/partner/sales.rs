use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{hooks::use_query_map, params::ParamsMap};
use mandate_domain::{SubscriptionId, SubscriptionStatus};

use super::overview::NothingMore;
use crate::{
    api::{
        beginning::Beginning,
        sales_overview::{OrderRowView, SalesQuery, SalesView, SoldView, UsedView, load_sales},
    },
    components::{
        icon::{Glyph, Icon},
        live::followed,
        loaded::{load, loaded},
        pager::{Pager, first_of},
        status::{Status, Tone},
    },
    format::{date, in_days, money, number, quantity},
};

/// What came of a partner's trials and purchases.
#[component]
pub fn SalesPage() -> impl IntoView {
    let address = use_query_map();
    let query = Memo::new(move |_| address.with(query));
    loaded(load(move || query.get(), load_sales), move |page| {
        let page = followed(
            page,
            move || load_sales(query.get_untracked()),
            |_, _| (),
            "Subscriptions and orders have changed",
        );
        view! {
            <Title text="Subscriptions and orders"/>
            <main class="page" id="main">
                <a class="back" href="/partner">
                    <Icon glyph=Glyph::Back small=true/>
                    "Partner overview"
                </a>
                <div class="page-head">
                    <h1>"Subscriptions and orders"</h1>
                </div>
                {move || parts(page.get())}
            </main>
        }
    })
}

fn parts(page: SalesView) -> AnyView {
    let SalesView { ending, open_trials, ended_trials, used, orders, order_cursors, may_manage_offers } = page;
    let is_paged = order_cursors.previous.is_some() || order_cursors.next.is_some();
    if used.rows.is_empty() && orders.is_empty() && !is_paged {
        return view! { <NothingSold may_manage=may_manage_offers/> }.into_any();
    }
    let ended = (!ended_trials.rows.is_empty())
        .then(|| view! { <Sold part=ENDED_TRIALS list=ended_trials may_convert=may_manage_offers/> });
    view! {
        <div class="actions">
            <a class="btn small" href="/partner/subscriptions.csv" rel="external" download>"Download subscriptions"</a>
            <a class="btn small" href="/partner/licenses.csv" rel="external" download>"Download licenses used"</a>
            <a class="btn small" href="/partner/orders.csv" rel="external" download>"Download orders"</a>
        </div>
        <Sold part=ENDING list=ending may_convert=false/>
        <Sold part=OPEN_TRIALS list=open_trials may_convert=may_manage_offers/>
        {ended}
        <Used list=used/>
        <Orders orders previous=order_cursors.previous next=order_cursors.next/>
    }
    .into_any()
}

#[component]
fn NothingSold(may_manage: bool) -> impl IntoView {
    view! {
        <div class="empty">
            <h2>"Nothing ordered yet"</h2>
            <p>"As soon as a customer accepts a trial invitation or a purchase offer, its subscriptions and its order stand here."</p>
            {may_manage
                .then(|| {
                    view! {
                        <a class="btn" href="/partner/trials/new">
                            <Icon glyph=Glyph::Plus/>
                            "Create a trial invitation"
                        </a>
                    }
                })}
        </div>
    }
}

/// A list of subscriptions: its name, the id of its heading, and what stands there while it is empty.
#[derive(Clone, Copy)]
struct Part {
    name: &'static str,
    heading: &'static str,
    none: &'static str,
}

const ENDING: Part =
    Part { name: "Ending within 30 days", heading: "ending-h", none: "No subscription ends within 30 days." };
const OPEN_TRIALS: Part = Part { name: "Open trials", heading: "trials-h", none: "No trial is open." };
const ENDED_TRIALS: Part = Part { name: "Ended trials", heading: "ended-h", none: "No trial has ended." };

#[component]
fn Sold(part: Part, list: Beginning<SoldView>, may_convert: bool) -> impl IntoView {
    let heading = part.heading;
    let Beginning { rows, has_more } = list;
    let shown = rows.len();
    let table = if rows.is_empty() {
        view! { <p class="muted">{part.none}</p> }.into_any()
    } else {
        view! { <SoldTable name=part.name rows may_convert/> }.into_any()
    };
    view! {
        <section class="section" aria-labelledby=heading>
            <div class="bar">
                <h2 id=heading>{part.name}</h2>
            </div>
            {table}
            {has_more.then(|| first_of(shown))}
        </section>
    }
}

#[component]
fn SoldTable(name: &'static str, rows: Vec<SoldView>, may_convert: bool) -> impl IntoView {
    let rows = rows.into_iter().map(|row| {
        let convert = may_convert.then(|| {
            if row.is_offered {
                view! { <Convert id=row.id customer=row.customer.clone() plan=row.plan.clone()/> }.into_any()
            } else {
                view! { <span class="muted">"No longer offered"</span> }.into_any()
            }
        });
        view! {
            <tr role="row">
                <td role="cell">{row.customer}</td>
                <td role="cell" class="low-start" data-label="Plan">{row.plan}</td>
                <td role="cell" class="low-start" data-label="Licenses">
                    {format!("{} of {} assigned", counted(row.assigned.into()), quantity(row.quantity))}
                </td>
                <td role="cell" class="date top-end">
                    <Ends status=row.status at=date(row.ends_at) days_left=row.days_left/>
                </td>
                {may_convert.then(|| view! { <td role="cell" class="act">{convert}</td> })}
            </tr>
        }
    });
    view! {
        <table role="table" class="table stack" aria-label=name>
            <thead role="rowgroup">
                <tr role="row">
                    <th role="columnheader" scope="col">"Customer"</th>
                    <th role="columnheader" scope="col">"Plan"</th>
                    <th role="columnheader" scope="col">"Licenses"</th>
                    <th role="columnheader" scope="col">"Ends"</th>
                    {may_convert
                        .then(|| {
                            view! {
                                <th role="columnheader" scope="col">
                                    <span class="vh">"Convert"</span>
                                </th>
                            }
                        })}
                </tr>
            </thead>
            <tbody role="rowgroup">{rows.collect_view()}</tbody>
        </table>
    }
}

/// When it ends, with a word where that is soon or was.
#[component]
fn Ends(status: SubscriptionStatus, at: String, days_left: i64) -> impl IntoView {
    let (tone, text) = match status {
        SubscriptionStatus::Trial | SubscriptionStatus::Active | SubscriptionStatus::Canceling => {
            let tone = if days_left <= 30 { Tone::Warn } else { Tone::Good };
            (tone, format!("{at}, {}", in_days(days_left)))
        }
        SubscriptionStatus::Expired | SubscriptionStatus::Canceled | SubscriptionStatus::Converted => {
            (Tone::Past, format!("{}, {at}", status.name()))
        }
    };
    view! { <Status tone text/> }
}

/// The way from a trial to a purchase.
#[component]
fn Convert(id: SubscriptionId, customer: String, plan: String) -> impl IntoView {
    view! {
        <a class="btn quiet small" href=format!("/partner/purchases/new?converts={id}")>
            "Convert to paid"
            <span class="vh">{format!(": {customer}, {plan}")}</span>
        </a>
    }
}

#[component]
fn Used(list: Beginning<UsedView>) -> impl IntoView {
    let Beginning { rows, has_more } = list;
    let shown = rows.len();
    let rows = rows.into_iter().map(|used| {
        let name = used.name.clone();
        view! {
            <tr role="row">
                <td role="cell">{used.name}</td>
                <td role="cell" data-label="Bought or tried">{counted(used.bought)}</td>
                <td role="cell" data-label="Assigned">{counted(used.assigned)}</td>
                <td role="cell" class="share skip-small">
                    <meter
                        aria-label=format!("Share of the licenses of {name} that are assigned")
                        min="0"
                        max=used.bought.to_string()
                        value=used.assigned.to_string()
                    ></meter>
                </td>
            </tr>
        }
    });
    let table = if shown == 0 {
        view! { <p class="muted">"No customer has licenses at the moment."</p> }.into_any()
    } else {
        view! {
            <table role="table" class="table stack" aria-label="Licenses used">
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">"Customer"</th>
                        <th role="columnheader" scope="col">"Bought or tried"</th>
                        <th role="columnheader" scope="col">"Assigned"</th>
                        <th role="columnheader" scope="col">
                            <span class="vh">"Share"</span>
                        </th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows.collect_view()}</tbody>
            </table>
        }
        .into_any()
    };
    view! {
        <section class="section" aria-labelledby="used-h">
            <div class="bar">
                <h2 id="used-h">"Licenses used"</h2>
            </div>
            {table}
            {has_more.then(|| first_of(shown))}
        </section>
    }
}

#[component]
fn Orders(orders: Vec<OrderRowView>, previous: Option<String>, next: Option<String>) -> impl IntoView {
    let previous = previous.map(|before| format!("/partner/subscriptions?before={before}#orders-h"));
    let next = next.map(|after| format!("/partner/subscriptions?after={after}#orders-h"));
    let is_empty = orders.is_empty();
    let rows = orders.into_iter().map(|order| {
        let total = match order.total {
            Some(total) => money(total).into_any(),
            None => view! { <span class="muted">"Trial"</span> }.into_any(),
        };
        let references: Vec<_> = order.reference.into_iter().chain(order.partner_reference).collect();
        view! {
            <tr role="row">
                <td role="cell">
                    <span class="name">{order.number}</span>
                </td>
                <td role="cell" data-label="Customer">{order.customer}</td>
                <td role="cell" data-label="Reference">{references.join(", ")}</td>
                <td role="cell" class="date" data-label="Placed">{date(order.accepted_at)}</td>
                <td role="cell" class="amount top-end">{total}</td>
            </tr>
        }
    });
    let table = if is_empty {
        view! { <NothingMore first_page="/partner/subscriptions"/> }.into_any()
    } else {
        view! {
            <table role="table" class="table stack" aria-label="Orders">
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">"Order"</th>
                        <th role="columnheader" scope="col">"Customer"</th>
                        <th role="columnheader" scope="col">"Reference"</th>
                        <th role="columnheader" scope="col">"Placed"</th>
                        <th role="columnheader" scope="col" class="amount">"Total"</th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows.collect_view()}</tbody>
            </table>
        }
        .into_any()
    };
    view! {
        <section class="section" aria-labelledby="orders-h">
            <div class="bar">
                <h2 id="orders-h">"Orders"</h2>
            </div>
            {table}
            <Pager label="Pages of orders" order="Newest first" previous next/>
        </section>
    }
}

fn counted(licenses: i64) -> String {
    number(usize::try_from(licenses).unwrap_or_default())
}

fn query(address: &ParamsMap) -> SalesQuery {
    let value = |name| address.get(name).unwrap_or_default();
    SalesQuery { after: value("after"), before: value("before") }
}
