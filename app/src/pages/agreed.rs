use leptos::prelude::*;

use super::sale_review::{Lines, Row, Total, means};
use crate::{
    api::sale_consent::OrderView,
    format::{money, quantity},
};

/// An order as it was agreed, whatever the catalog says since.
#[component]
pub fn Agreed(order: OrderView, partner: String) -> impl IntoView {
    let rows = order.lines.into_iter().map(|line| {
        let total = line.unit.and_then(|unit| unit.times(line.quantity).ok()).map_or_else(|| "Free".to_owned(), money);
        view! {
            <Row
                plan=line.plan
                notes=vec![line.description, means(&line.license_means)]
                unit=line.unit
                term=line.term
                quantity=quantity(line.quantity).into_any()
                total=total.into_any()
            />
        }
    });
    let reference = order.partner_reference;
    view! {
        <section class="section" aria-labelledby="sale-h">
            <h2 id="sale-h">{format!("Order {}", order.number)}</h2>
            <Lines rows=rows.collect_view().into_any()/>
            {order.total.map(|total| view! { <Total total=money(total).into_any() partner/> })}
            {reference.map(|reference| view! { <p class="hint">{format!("Their reference: {reference}")}</p> })}
        </section>
    }
}
