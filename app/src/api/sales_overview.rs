//! What came of a partner's trials and purchases: what ends, what is tried, what is used, and what was ordered.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use mandate_domain::{CompanyId, Money, OrderId, Quantity, SubscriptionId, SubscriptionStatus};
use serde::{Deserialize, Serialize};

use super::{ApiError, beginning::Beginning, overview::Cursors};

#[cfg(feature = "ssr")]
const PAGE_SIZE: u16 = 25;

/// Where the page of orders begins; both empty at first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SalesQuery {
    pub after: String,
    pub before: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SalesView {
    pub ending: Beginning<SoldView>,
    pub open_trials: Beginning<SoldView>,
    /// Those that can still be converted.
    pub ended_trials: Beginning<SoldView>,
    pub used: Beginning<UsedView>,
    pub orders: Vec<OrderRowView>,
    pub order_cursors: Cursors,
    pub may_manage_offers: bool,
}

/// A customer's subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoldView {
    pub id: SubscriptionId,
    pub customer: String,
    pub plan: String,
    /// Whether the plan still is.
    pub is_offered: bool,
    pub quantity: Quantity,
    pub assigned: u32,
    pub status: SubscriptionStatus,
    pub ends_at: DateTime<Utc>,
    pub days_left: i64,
}

/// The licenses of a customer, of all plans together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedView {
    pub customer: CompanyId,
    pub name: String,
    pub bought: i64,
    pub assigned: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRowView {
    pub id: OrderId,
    pub number: String,
    pub customer: String,
    /// The offer's own, and the partner's.
    pub reference: Option<String>,
    pub partner_reference: Option<String>,
    /// Nothing for a trial.
    pub total: Option<Money>,
    pub accepted_at: DateTime<Utc>,
}

#[server(prefix = "/api", endpoint = "sales/overview")]
pub async fn load_sales(#[server(default)] query: SalesQuery) -> Result<SalesView, ApiError> {
    use mandate_service::page::PageRequest;

    use super::{
        cursor,
        offers::require_partner,
        request::{Request, refuse},
    };

    let request = Request::current()?;
    let who = require_partner(&request).await?;
    let now = request.service().now();
    // The newest first.
    let page = PageRequest { cursor: cursor::read(&query.after, &query.before), size: PAGE_SIZE, descending: true };
    let found = request.service().sales_overview(&who, &page).await.map_err(refuse)?;
    let (previous, next) = cursor::around(&found.orders, |row| cursor::write("", row.order.id.0));
    let listed = |rows: Vec<_>| Beginning::of(rows, |row| sold(row, now));
    Ok(SalesView {
        ending: listed(found.ending),
        open_trials: listed(found.open_trials),
        ended_trials: listed(found.ended_trials),
        used: Beginning::of(found.used, |used| UsedView {
            customer: used.customer,
            name: used.name,
            bought: used.bought,
            assigned: used.assigned,
        }),
        order_cursors: Cursors { previous, next },
        orders: found.orders.rows.into_iter().map(order).collect(),
        may_manage_offers: found.may_manage_offers,
    })
}

#[cfg(feature = "ssr")]
fn sold(row: mandate_service::subscriptions::SubscriptionRow, now: DateTime<Utc>) -> SoldView {
    let subscription = row.subscription;
    SoldView {
        id: subscription.id,
        customer: row.customer,
        plan: row.plan.full_name(),
        is_offered: row.plan.is_offered,
        quantity: subscription.quantity,
        assigned: subscription.assigned,
        status: row.status,
        ends_at: subscription.ends_at,
        days_left: mandate_domain::days_from(now, subscription.ends_at),
    }
}

#[cfg(feature = "ssr")]
fn order(row: mandate_service::sales_overview::PartnerOrder) -> OrderRowView {
    OrderRowView {
        id: row.order.id,
        number: row.order.number,
        customer: row.customer,
        reference: row.reference,
        partner_reference: row.order.partner_reference,
        total: row.order.total,
        accepted_at: row.order.accepted_at,
    }
}
