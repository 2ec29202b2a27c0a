use chrono::{DateTime, Utc};
use leptos::{html::Input, prelude::*};
use leptos_meta::Title;
use mandate_domain::{Money, SubscriptionKind, SubscriptionStatus};

use super::state::{StateMark, free, term, written};
use crate::{
    api::{
        Refused,
        place::PlaceView,
        subscriptions::{HolderView, SubscriptionPage as Page, SubscriptionView, load_subscription},
    },
    components::{
        band::Band,
        form::{ErrorSummary, TextField, posted_refusal, take_once_there, typed_or},
        icon::{Glyph, Icon},
        loaded::{load, loaded},
        notice::Notice,
        pager::Pager,
        status::{Status, Tone},
    },
    format::{date, money, quantity},
    pages::{
        agreed::Agreed,
        params::{path_param, query_param},
        sale_review::{amount, means},
    },
};

/// A subscription: how it goes on, and who has a license. All of it is posted plainly.
#[component]
pub fn SubscriptionPage() -> impl IntoView {
    let (company, id) = (path_param("company"), path_param("subscription"));
    let (after, before) = (query_param("after"), query_param("before"));
    let data = load(
        move || (company.get(), id.get(), after.get(), before.get()),
        |(company, id, after, before)| load_subscription(company, id, after, before),
    );
    loaded(data, |page| {
        let Page { place, subscription, order, unit, holders, previous, next, posted, notice, .. } = page;
        let (may_manage, may_assign) = (page.may_manage, page.may_assign);
        let refused = posted_refusal(posted.as_ref());
        let list = place.path("subscriptions");
        let base = place.path(&format!("subscriptions/{}", subscription.id));
        let previous = previous.map(|before| format!("{base}?before={before}"));
        let next = next.map(|after| format!("{base}?after={after}"));
        let is_bought = subscription.kind == SubscriptionKind::Paid && subscription.status.is_live();
        let goes_on = (may_manage && is_bought).then(|| {
            view! { <GoesOn subscription=subscription.clone() unit company=place.company_field() refused/> }
        });
        let assign = (may_assign && subscription.status.is_live())
            .then(|| place.path(&format!("users?subscription={}", subscription.id)));
        view! {
            <Title text=subscription.plan.clone()/>
            <Band place=place.clone()/>
            <main class="page" id="main">
                <a class="back" href=list>
                    <Icon glyph=Glyph::Back small=true/>
                    "All subscriptions"
                </a>
                <div class="page-head">
                    <div>
                        <h1 class="title">
                            {subscription.plan.clone()} " " <StateMark subscription=subscription.clone() pill=true/>
                        </h1>
                        <p class="muted">{subscription.description.clone()}</p>
                    </div>
                </div>
                <ErrorSummary refused/>
                <Notice text=notice/>
                <div class="two">
                    <div>
                        <section class="section" aria-labelledby="holders-h">
                            <div class="bar">
                                <h2 id="holders-h">"Who has a license"</h2>
                                {assign.map(|users| view! { <a class="btn small" href=users>"Choose users"</a> })}
                            </div>
                            <Holders
                                holders
                                place=place.clone()
                                subscription=subscription.clone()
                                base
                                may_assign
                            />
                            <Pager label="Pages of users with a license" order="By name" previous next/>
                        </section>
                        {goes_on}
                        <Agreed order=order.clone() partner=subscription.partner.clone()/>
                    </div>
                    <Facts subscription unit ordered_at=order.accepted_at/>
                </div>
            </main>
        }
    })
}

#[component]
fn Facts(subscription: SubscriptionView, unit: Option<Money>, ordered_at: DateTime<Utc>) -> impl IntoView {
    let price = unit.zip(subscription.term).map(|(unit, term)| {
        view! {
            <div>
                <dt>"Price"</dt>
                <dd>{money(unit)}</dd>
                <dd class="hint">{format!("per license and {}", term.per())}</dd>
            </div>
        }
    });
    let end = match subscription.status {
        SubscriptionStatus::Active => "Renews",
        SubscriptionStatus::Trial | SubscriptionStatus::Canceling => "Ends",
        SubscriptionStatus::Expired | SubscriptionStatus::Canceled | SubscriptionStatus::Converted => "Ended",
    };
    view! {
        <aside class="aside" aria-label=format!("About {}", subscription.plan)>
            <dl class="facts">
                <div>
                    <dt>"Licenses"</dt>
                    <dd>{quantity(subscription.quantity)}</dd>
                    <dd class="hint">{means(&subscription.license_means)}</dd>
                </div>
                <div>
                    <dt>"Assigned"</dt>
                    <dd>{written(subscription.assigned)}</dd>
                </div>
                <div>
                    <dt>"Free"</dt>
                    <dd>{free(&subscription)}</dd>
                </div>
                <div>
                    <dt>"Term"</dt>
                    <dd>{term(&subscription)}</dd>
                </div>
                {price}
                <div>
                    <dt>"Began"</dt>
                    <dd>{date(subscription.starts_at)}</dd>
                </div>
                <div>
                    <dt>{end}</dt>
                    <dd>{date(subscription.ends_at)}</dd>
                </div>
                <div>
                    <dt>"Partner of record"</dt>
                    <dd>{subscription.partner}</dd>
                </div>
                <div>
                    <dt>"Order"</dt>
                    <dd>{subscription.order_number}</dd>
                    <dd class="hint">{format!("of {}", date(ordered_at))}</dd>
                </div>
            </dl>
        </aside>
    }
}

#[component]
fn Holders(
    holders: Vec<HolderView>,
    place: PlaceView,
    subscription: SubscriptionView,
    /// The page that this is.
    base: String,
    may_assign: bool,
) -> impl IntoView {
    if holders.is_empty() {
        let text = if may_assign && subscription.status.is_live() {
            "Choose users in the list of users, then assign licenses to all of them at once."
        } else {
            "Everybody who has a license stands here."
        };
        return view! {
            <div class="empty">
                <h3>"Nobody has a license"</h3>
                <p>{text}</p>
            </div>
        }
        .into_any();
    }
    let rows = holders.into_iter().map(|holder| {
        let href = place.path(&format!("users/{}", holder.user));
        let remove = may_assign.then(|| {
            view! {
                <form method="post" action="/api/licenses/remove">
                    <input type="hidden" name="company" value=place.company_field()/>
                    <input type="hidden" name="subscription" value=subscription.id.to_string()/>
                    <input type="hidden" name="users[]" value=holder.user.to_string()/>
                    <input type="hidden" name="back" value=base.clone()/>
                    <input type="hidden" name="next" value=base.clone()/>
                    <button class="btn quiet small" type="submit">
                        "Remove license"
                        <span class="vh">{format!(" of {}", holder.display_name)}</span>
                    </button>
                </form>
            }
        });
        view! {
            <tr role="row">
                <td role="cell">
                    <a class="name" href=href>{holder.display_name.clone()}</a>
                    {holder.is_blocked.then(|| view! { " " <Status tone=Tone::Bad text="Blocked"/> })}
                </td>
                <td role="cell" class="low-start">{holder.user_name}</td>
                <td role="cell" class="date" data-label="Since">{date(holder.assigned_at)}</td>
                {may_assign.then(|| view! { <td role="cell" class="act">{remove}</td> })}
            </tr>
        }
    });
    view! {
        <table role="table" class="table stack" aria-labelledby="holders-h">
            <thead role="rowgroup">
                <tr role="row">
                    <th role="columnheader" scope="col">"Name"</th>
                    <th role="columnheader" scope="col">"User name"</th>
                    <th role="columnheader" scope="col">"Since"</th>
                    {may_assign
                        .then(|| {
                            view! {
                                <th role="columnheader" scope="col">
                                    <span class="vh">"Actions"</span>
                                </th>
                            }
                        })}
                </tr>
            </thead>
            <tbody role="rowgroup">{rows.collect_view()}</tbody>
        </table>
    }
    .into_any()
}

/// How many licenses there are, and whether there is a next term.
#[component]
fn GoesOn(
    subscription: SubscriptionView,
    unit: Option<Money>,
    company: String,
    refused: Signal<Option<Refused>>,
) -> impl IntoView {
    let id = subscription.id.to_string();
    let ends = date(subscription.ends_at);
    let canceled = subscription.status == SubscriptionStatus::Canceling;
    let (action, label, class, hint) = if canceled {
        ("/api/subscriptions/reactivate", "Reactivate", "btn", format!("Until {ends}, it can go on as before."))
    } else {
        let hint = format!("It ends on {ends} and does not renew. You can reactivate it until then.");
        ("/api/subscriptions/cancel", "Cancel at end of term", "btn danger", hint)
    };
    let named = {
        let (company, id) = (company.clone(), id.clone());
        view! {
            <input type="hidden" name="company" value=company/>
            <input type="hidden" name="subscription" value=id/>
        }
    };
    view! {
        <ChangeQuantity subscription unit company id refused/>
        <section class="leave" aria-label="Renewal">
            <form method="post" action=action>
                {named}
                <button class=class type="submit">{label}</button>
            </form>
            <p class="hint">{hint}</p>
        </section>
    }
}

/// The total follows what is typed; without scripts, the button first works it out, since nobody agrees to a total that
/// they have not seen.
#[component]
fn ChangeQuantity(
    subscription: SubscriptionView,
    unit: Option<Money>,
    company: String,
    id: String,
    refused: Signal<Option<Refused>>,
) -> impl IntoView {
    let (now, bounds) = (subscription.quantity, subscription.bounds);
    let help =
        format!("From {} to {}, and not fewer than are assigned", quantity(bounds.min()), quantity(bounds.max()));
    let start = typed_or(refused, "quantity", &now.to_string());
    let (typed, field) = (RwSignal::new(start), NodeRef::<Input>::new());
    let take = move || {
        if let Some(field) = field.get_untracked() {
            typed.set(field.value());
        }
    };
    take_once_there(field, take);
    let total = move || {
        let quantity = typed.with(|typed| bounds.parse(typed).ok());
        amount(unit.zip(quantity).and_then(|(unit, quantity)| unit.times(quantity).ok()))
    };
    let per = subscription.term.map(|term| format!(" for each {}", term.per()));
    view! {
        <section class="section" aria-labelledby="quantity-h">
            <h2 id="quantity-h">"Number of licenses"</h2>
            <form class="form" method="post" action="/api/subscriptions/quantity">
                <input type="hidden" name="company" value=company/>
                <input type="hidden" name="subscription" value=id/>
                <input type="hidden" name="seen" value=move || typed.get()/>
                <div on:input=move |_| take()>
                    <TextField
                        label="Quantity"
                        name="quantity"
                        refused
                        value=now.to_string()
                        help
                        inputmode="numeric"
                        short=true
                        node_ref=field
                    />
                </div>
                <p>"Total " <strong role="status">{total}</strong> {per}</p>
                <div class="actions">
                    <button class="btn" type="submit">"Change quantity"</button>
                </div>
            </form>
        </section>
    }
}
