use leptos::prelude::*;
use leptos_meta::Title;

use super::overview::tone;
use crate::{
    api::bulk::{BatchOfferView, load_batch},
    components::{
        icon::{Glyph, Icon},
        loaded::{load, loaded},
        notice::Notice,
        status::Status,
    },
    format::{count, date},
    pages::params::path_param,
};

/// Offers that were made together, and their URLs as a file.
#[component]
pub fn BatchPage() -> impl IntoView {
    let batch = path_param("batch");
    loaded(load(move || batch.get(), load_batch), |page| {
        let file = format!("/partner/offers/bulk/{}/urls.csv", page.id);
        let number = count(page.offers.len(), "offer", "offers");
        view! {
            <Title text=page.name.clone()/>
            <main class="page" id="main">
                <a class="back" href="/partner">
                    <Icon glyph=Glyph::Back small=true/>
                    "Partner overview"
                </a>
                <div class="page-head">
                    <div>
                        <h1>{page.name}</h1>
                        <p class="muted">{format!("{number}, made together on {}", date(page.created_at))}</p>
                    </div>
                    <a class="btn primary" href=file rel="external" download>"Download URLs"</a>
                </div>
                <Notice text=page.notice/>
                <Table offers=page.offers/>
            </main>
        }
    })
}

#[component]
fn Table(offers: Vec<BatchOfferView>) -> impl IntoView {
    let rows = offers.into_iter().map(|offer| {
        view! {
            <tr role="row">
                <td role="cell">
                    <a class="name" href=format!("/partner/offers/{}", offer.id)>{offer.name}</a>
                    <span class="sub">{offer.company}</span>
                </td>
                <td role="cell" data-label="For">{offer.addressee}</td>
                <td role="cell" data-label="Email">{offer.email}</td>
                <td role="cell" class="top-end">
                    <Status tone=tone(offer.status) text=offer.status.name()/>
                </td>
            </tr>
        }
    });
    view! {
        <table role="table" class="table stack" aria-label="Offers">
            <thead role="rowgroup">
                <tr role="row">
                    <th role="columnheader" scope="col">"Offer"</th>
                    <th role="columnheader" scope="col">"For"</th>
                    <th role="columnheader" scope="col">"Email"</th>
                    <th role="columnheader" scope="col">"Status"</th>
                </tr>
            </thead>
            <tbody role="rowgroup">{rows.collect_view()}</tbody>
        </table>
    }
}
