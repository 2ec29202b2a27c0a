use leptos::prelude::*;
use leptos_meta::Title;

use super::state::{StateMark, bought, term, used};
use crate::{
    api::subscriptions::{SubscriptionView, load_subscriptions},
    components::{
        band::Band,
        loaded::{load, loaded},
        notice::Notice,
        pager::Pager,
    },
    pages::params::{path_param, query_param},
};

/// What a company has of plans.
#[component]
pub fn SubscriptionsPage() -> impl IntoView {
    let company = path_param("company");
    let (after, before) = (query_param("after"), query_param("before"));
    let data = load(
        move || (company.get(), after.get(), before.get()),
        |(company, after, before)| load_subscriptions(company, after, before),
    );
    loaded(data, |page| {
        let base = page.place.path("subscriptions");
        let previous = page.previous.map(|before| format!("{base}?before={before}"));
        let next = page.next.map(|after| format!("{base}?after={after}"));
        let place = page.place.clone();
        let rows = page.subscriptions.into_iter().map(|subscription| {
            let href = place.path(&format!("subscriptions/{}", subscription.id));
            view! { <Row subscription href/> }
        });
        let rows = rows.collect::<Vec<_>>();
        let body = if rows.is_empty() {
            view! { <Empty/> }.into_any()
        } else {
            view! {
                <table role="table" class="table stack" aria-labelledby="subscriptions-h">
                    <thead role="rowgroup">
                        <tr role="row">
                            <th role="columnheader" scope="col">"Plan"</th>
                            <th role="columnheader" scope="col">"Licenses"</th>
                            <th role="columnheader" scope="col">"Term"</th>
                            <th role="columnheader" scope="col">"Partner of record"</th>
                            <th role="columnheader" scope="col">"Renewal or end"</th>
                        </tr>
                    </thead>
                    <tbody role="rowgroup">{rows}</tbody>
                </table>
                <Pager label="Pages of subscriptions" order="Latest first" previous next/>
            }
            .into_any()
        };
        view! {
            <Title text="Subscriptions"/>
            <Band place=page.place/>
            <main class="page" id="main">
                <div class="page-head">
                    <div>
                        <h1 id="subscriptions-h">"Subscriptions"</h1>
                        <p class="muted">"What the company has on trial or has bought, and how many of its people use it."</p>
                    </div>
                </div>
                <Notice text=page.notice/>
                {body}
            </main>
        }
    })
}

#[component]
fn Empty() -> impl IntoView {
    view! {
        <div class="empty">
            <h2>"No subscriptions"</h2>
            <p>"When a partner sends a trial invitation or a purchase offer, open its link: what you accept stands here."</p>
        </div>
    }
}

#[component]
fn Row(subscription: SubscriptionView, href: String) -> impl IntoView {
    view! {
        <tr role="row">
            <td role="cell">
                <a class="name" href=href>{subscription.plan.clone()}</a>
            </td>
            <td role="cell" data-label="Licenses">
                {bought(&subscription)} <span class="sub">{used(&subscription)}</span>
            </td>
            <td role="cell" data-label="Term">{term(&subscription)}</td>
            <td role="cell" data-label="Partner">{subscription.partner.clone()}</td>
            <td role="cell" class="low-start">
                <StateMark subscription/>
            </td>
        </tr>
    }
}
