//! What a company has of plans, on trial or bought: seeing it, and how it goes on.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use mandate_domain::{
    Money, Quantity, QuantityBounds, SubscriptionId, SubscriptionKind, SubscriptionStatus, Term, UserId,
};
use serde::{Deserialize, Serialize};

use super::{ApiError, Posted, place::PlaceView, sale_consent::OrderView};

#[cfg(feature = "ssr")]
const PAGE_SIZE: u16 = 50;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionView {
    pub id: SubscriptionId,
    /// Product and plan.
    pub plan: String,
    pub description: String,
    pub license_means: String,
    /// The partner of record.
    pub partner: String,
    pub order_number: String,
    pub kind: SubscriptionKind,
    pub status: SubscriptionStatus,
    pub term: Option<Term>,
    pub quantity: Quantity,
    pub assigned: u32,
    pub bounds: QuantityBounds,
    pub starts_at: DateTime<Utc>,
    /// Of the trial, or of the term that lasts.
    pub ends_at: DateTime<Utc>,
    pub days_left: i64,
}

impl SubscriptionView {
    pub fn free(&self) -> u32 {
        self.quantity.get().saturating_sub(self.assigned)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionsView {
    pub place: PlaceView,
    pub subscriptions: Vec<SubscriptionView>,
    /// Cursors.
    pub previous: Option<String>,
    pub next: Option<String>,
    pub notice: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionPage {
    pub place: PlaceView,
    pub subscription: SubscriptionView,
    /// As it was agreed.
    pub order: OrderView,
    /// What a license costs for a term; nothing of a trial.
    pub unit: Option<Money>,
    pub holders: Vec<HolderView>,
    /// Cursors.
    pub previous: Option<String>,
    pub next: Option<String>,
    pub may_manage: bool,
    pub may_assign: bool,
    pub posted: Option<Posted<()>>,
    pub notice: Option<String>,
}

/// Who has a license.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HolderView {
    pub user: UserId,
    pub display_name: String,
    pub user_name: String,
    pub is_blocked: bool,
    pub assigned_at: DateTime<Utc>,
}

#[server(prefix = "/api", endpoint = "subscriptions/list")]
pub async fn load_subscriptions(
    company: String,
    #[server(default)] after: String,
    #[server(default)] before: String,
) -> Result<SubscriptionsView, ApiError> {
    use mandate_service::page::PageRequest;

    use super::{
        cursor,
        request::{Request, company_of, refuse},
    };

    let request = Request::current()?;
    let who = request.require().await?;
    let company = company_of(&who, &company)?;
    let notice = request.take_notice();
    let page = PageRequest { cursor: cursor::read(&after, &before), size: PAGE_SIZE, descending: true };
    let found = request.service().subscriptions(&who, company, &page).await.map_err(refuse)?;
    let (previous, next) = cursor::around(&found.rows, |row| cursor::write("", row.subscription.id.0));
    let now = request.service().now();
    Ok(SubscriptionsView {
        place: PlaceView::new(&who, &found.place),
        subscriptions: found.rows.rows.into_iter().map(|row| SubscriptionView::at(row, now)).collect(),
        previous,
        next,
        notice,
    })
}

#[server(prefix = "/api", endpoint = "subscriptions/get")]
pub async fn load_subscription(
    company: String,
    subscription: String,
    #[server(default)] after: String,
    #[server(default)] before: String,
) -> Result<SubscriptionPage, ApiError> {
    use mandate_service::page::PageRequest;

    use super::{
        cursor,
        request::{Request, company_of, refuse},
    };

    let request = Request::current()?;
    let who = request.require().await?;
    let company = company_of(&who, &company)?;
    let id = subscription.parse().map_err(|_| refuse(ApiError::NotFound))?;
    let posted = request.take_posted("subscription");
    let notice = request.take_notice();
    let page = PageRequest { cursor: cursor::read(&after, &before), size: PAGE_SIZE, descending: false };
    let found = request.service().subscription(&who, company, id, &page).await.map_err(refuse)?;
    let (previous, next) = cursor::around(&found.holders, |holder| cursor::write(&holder.sort_key, holder.user.0));
    let holders = found.holders.rows.into_iter().map(|holder| HolderView {
        user: holder.user,
        display_name: holder.display_name,
        user_name: holder.user_name,
        is_blocked: holder.is_blocked,
        assigned_at: holder.assigned_at,
    });
    Ok(SubscriptionPage {
        place: PlaceView::new(&who, &found.place),
        subscription: SubscriptionView::at(found.row, request.service().now()),
        order: OrderView::new(found.order, None),
        unit: found.unit,
        holders: holders.collect(),
        previous,
        next,
        may_manage: found.may_manage,
        may_assign: found.may_assign,
        posted,
        notice,
    })
}

#[server(prefix = "/api", endpoint = "subscriptions/cancel")]
pub async fn cancel_subscription(company: String, subscription: String) -> Result<Posted<()>, ApiError> {
    use super::request::{Request, company_of, refuse};

    let request = Request::current()?;
    let who = request.require().await?;
    let company = company_of(&who, &company)?;
    let id = subscription.parse().map_err(|_| refuse(ApiError::NotFound))?;
    let outcome = request.service().cancel_subscription(&who, company, id).await;
    let notice = "It ends with its term, and does not renew. You can reactivate it until then.";
    back_to(&request, &page_of(&who, company, id), outcome, &[], notice)
}

#[server(prefix = "/api", endpoint = "subscriptions/reactivate")]
pub async fn reactivate_subscription(company: String, subscription: String) -> Result<Posted<()>, ApiError> {
    use super::request::{Request, company_of, refuse};

    let request = Request::current()?;
    let who = request.require().await?;
    let company = company_of(&who, &company)?;
    let id = subscription.parse().map_err(|_| refuse(ApiError::NotFound))?;
    let outcome = request.service().reactivate_subscription(&who, company, id).await;
    back_to(
        &request,
        &page_of(&who, company, id),
        outcome,
        &[],
        "It is active again, and renews at the end of its term.",
    )
}

#[server(prefix = "/api", endpoint = "subscriptions/quantity")]
pub async fn change_quantity(
    company: String,
    subscription: String,
    quantity: String,
    /// The number of which the total stood there.
    #[server(default)]
    seen: String,
) -> Result<Posted<()>, ApiError> {
    use super::request::{Request, company_of, refuse};

    let request = Request::current()?;
    let who = request.require().await?;
    let company = company_of(&who, &company)?;
    let id = subscription.parse().map_err(|_| refuse(ApiError::NotFound))?;
    let outcome = request.service().change_quantity(&who, company, id, &quantity, &seen).await;
    let notice = match &outcome {
        Ok(false) => "That is the number of licenses there is. Nothing was changed.",
        _ => "The number of licenses is changed.",
    };
    let typed = [("quantity", quantity.as_str())];
    back_to(&request, &page_of(&who, company, id), outcome.map(drop), &typed, notice)
}

#[cfg(feature = "ssr")]
fn page_of(who: &mandate_service::Principal, company: mandate_domain::CompanyId, id: SubscriptionId) -> String {
    format!("{}/subscriptions/{id}", super::request::base_path(who, company))
}

#[cfg(feature = "ssr")]
fn back_to(
    request: &super::request::Request,
    page: &str,
    outcome: mandate_service::Result<()>,
    typed: &[(&str, &str)],
    notice: &str,
) -> Result<Posted<()>, ApiError> {
    use super::request::After;

    request.finish("subscription", page, outcome, typed, |()| After::GoSaying(page.to_owned(), notice.to_owned()))
}

#[cfg(feature = "ssr")]
impl SubscriptionView {
    pub(crate) fn at(row: mandate_service::subscriptions::SubscriptionRow, now: DateTime<Utc>) -> Self {
        let subscription = row.subscription;
        Self {
            id: subscription.id,
            plan: row.plan.full_name(),
            partner: row.partner,
            order_number: row.order_number,
            kind: subscription.kind,
            status: row.status,
            term: subscription.term,
            quantity: subscription.quantity,
            assigned: subscription.assigned,
            bounds: row.plan.bounds.reaching(subscription.quantity),
            starts_at: subscription.starts_at,
            ends_at: subscription.ends_at,
            days_left: mandate_domain::days_from(now, subscription.ends_at),
            description: row.plan.description,
            license_means: row.plan.license_means,
        }
    }
}
