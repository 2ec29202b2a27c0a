//! What a partner sees of what it sold.

use chrono::{DateTime, TimeDelta, Utc};
use mandate_domain::{Action, Money, SubscriptionId, SubscriptionKind, SubscriptionStatus};
use mandate_store::{
    companies, licenses, orders,
    page::{Cursor, Page, PageRequest},
    subscriptions,
};

pub use mandate_store::{licenses::LicensesUsed, orders::Order};

use crate::{
    Error, Principal, Result, Service,
    csv_file::CsvFile,
    listed::one_more_than_listed,
    overview::{MOST_IN_FILE, SOON_DAYS, overview_place},
    place::Place,
    sales::not_convertible,
    subscriptions::SubscriptionRow,
};

/// Of one of the partner's customers.
pub type PartnerSubscription = SubscriptionRow;

/// An order, whose it is, and by what the offer that it came from is found.
#[derive(Clone, Debug)]
pub struct PartnerOrder {
    pub order: Order,
    pub customer: String,
    pub reference: Option<String>,
}

/// A trial that an offer can turn into a purchase.
#[derive(Clone, Debug)]
pub struct Convertible {
    pub row: PartnerSubscription,
    /// For whom the offer then is.
    pub customer_domain: Option<String>,
}

/// The partner's overview of its sales. Each list but the orders has one more than [`LISTED`](crate::listed::LISTED) where there are more.
#[derive(Clone, Debug)]
pub struct SalesOverview {
    /// Within 30 days, the first foremost: trials, and what was canceled. What renews does not end.
    pub ending: Vec<PartnerSubscription>,
    pub open_trials: Vec<PartnerSubscription>,
    /// Those that expired lately, the latest first: they can still be turned into a purchase.
    pub ended_trials: Vec<PartnerSubscription>,
    pub used: Vec<LicensesUsed>,
    /// The latest first.
    pub orders: Page<PartnerOrder>,
    pub may_manage_offers: bool,
}

/// For so long a trial that expired is listed.
const ENDED_DAYS: i64 = 90;
const FILE_PAGE: u16 = 500;

impl Service {
    /// For a partner's own people; for anybody else there is no such page.
    pub async fn sales_overview(&self, who: &Principal, orders: &PageRequest) -> Result<SalesOverview> {
        let place = overview_place(who)?;
        let (partner, now, most) = (who.company.id, self.now(), one_more_than_listed());
        let rows = |listed: Vec<_>| listed.into_iter().map(|listed| SubscriptionRow::at(listed, now)).collect();
        let mut conn = self.db.read().await?;
        let soon = now + TimeDelta::days(SOON_DAYS);
        let ending = rows(subscriptions::ending(&mut conn, partner, now, soon, most).await?);
        let open_trials = rows(subscriptions::open_trials(&mut conn, partner, now, most).await?);
        let since = now - TimeDelta::days(ENDED_DAYS);
        let ended_trials = rows(subscriptions::ended_trials(&mut conn, partner, now, since, most).await?);
        let used = licenses::used_per_customer(&mut conn, partner, now, most).await?;
        let orders = orders::list_for_partner(&mut conn, partner, orders).await?;
        let orders = orders.map(|(order, customer, reference)| PartnerOrder { order, customer, reference });
        Ok(SalesOverview {
            ending,
            open_trials,
            ended_trials,
            used,
            orders,
            may_manage_offers: place.allows(Action::ManageOffers),
        })
    }

    /// A trial of the partner's that has not become a purchase, whether it has ended or not.
    pub async fn convertible(&self, who: &Principal, id: SubscriptionId) -> Result<Convertible> {
        Place::own(who).permits(Action::ManageOffers)?;
        let mut conn = self.db.read().await?;
        let listed = subscriptions::by_partner(&mut conn, who.company.id, id).await?.ok_or(Error::NotFound)?;
        let row = SubscriptionRow::at(listed, self.now());
        if !matches!(row.status, SubscriptionStatus::Trial | SubscriptionStatus::Expired) {
            return Err(Error::NotFound);
        }
        if !row.plan.is_offered {
            return Err(Error::Changed(format!("{}.", not_convertible(&row.plan))));
        }
        let customer = companies::by_id(&mut conn, row.subscription.company_id).await?.ok_or(Error::NotFound)?;
        Ok(Convertible { row, customer_domain: customer.domain })
    }

    /// All orders as a file, the latest first, up to [`MOST_IN_FILE`].
    pub async fn orders_file(&self, who: &Principal) -> Result<Vec<u8>> {
        overview_place(who)?;
        let mut file = CsvFile::new(&[
            "Order",
            "Customer",
            "Kind",
            "Offer",
            "Your reference",
            "Currency",
            "Total",
            "Accepted (UTC)",
        ])?;
        let mut conn = self.db.read().await?;
        let mut cursor = Cursor::First;
        for _ in 0..MOST_IN_FILE / usize::from(FILE_PAGE) {
            let page = orders::list_for_partner(&mut conn, who.company.id, &latest(cursor)).await?;
            for (order, customer, reference) in &page.rows {
                file.row(&[
                    &order.number,
                    customer,
                    kind(order.kind),
                    reference.as_deref().unwrap_or_default(),
                    order.partner_reference.as_deref().unwrap_or_default(),
                    order.total.map_or("", |total| total.currency().code()),
                    &order.total.map(amount).unwrap_or_default(),
                    &time(order.accepted_at),
                ])?;
            }
            match page.rows.last() {
                Some((last, ..)) if page.has_next => cursor = Cursor::After(String::new(), last.id.0),
                _ => break,
            }
        }
        file.finish()
    }

    /// How many licenses each customer has and uses as a file, those with most first, up to [`MOST_IN_FILE`].
    pub async fn licenses_file(&self, who: &Principal) -> Result<Vec<u8>> {
        overview_place(who)?;
        let mut file = CsvFile::new(&["Customer", "Bought or tried", "Assigned"])?;
        let most = i64::try_from(MOST_IN_FILE).unwrap_or(i64::MAX);
        let mut conn = self.db.read().await?;
        for used in licenses::used_per_customer(&mut conn, who.company.id, self.now(), most).await? {
            file.row(&[&used.name, &used.bought.to_string(), &used.assigned.to_string()])?;
        }
        file.finish()
    }

    /// All subscriptions as a file, the latest first, up to [`MOST_IN_FILE`].
    pub async fn subscriptions_file(&self, who: &Principal) -> Result<Vec<u8>> {
        overview_place(who)?;
        let now = self.now();
        let mut file = CsvFile::new(&[
            "Customer",
            "Plan",
            "Kind",
            "Term",
            "Licenses",
            "Assigned",
            "Started (UTC)",
            "Ends or renews (UTC)",
            "Status",
            "Order",
        ])?;
        let mut conn = self.db.read().await?;
        let mut cursor = Cursor::First;
        for _ in 0..MOST_IN_FILE / usize::from(FILE_PAGE) {
            let page = subscriptions::list_for_partner(&mut conn, who.company.id, &latest(cursor)).await?;
            let page = page.map(|listed| SubscriptionRow::at(listed, now));
            for SubscriptionRow { subscription, plan, customer, order_number, status, .. } in &page.rows {
                file.row(&[
                    customer,
                    &plan.full_name(),
                    kind(subscription.kind),
                    subscription.term.map_or("", |term| term.name()),
                    &subscription.quantity.to_string(),
                    &subscription.assigned.to_string(),
                    &time(subscription.starts_at),
                    &time(subscription.ends_at),
                    status.name(),
                    order_number,
                ])?;
            }
            match page.rows.last() {
                Some(last) if page.has_next => cursor = Cursor::After(String::new(), last.subscription.id.0),
                _ => break,
            }
        }
        file.finish()
    }
}

fn latest(cursor: Cursor) -> PageRequest {
    PageRequest { cursor, size: FILE_PAGE, descending: true }
}

fn kind(kind: SubscriptionKind) -> &'static str {
    match kind {
        SubscriptionKind::Trial => "Trial",
        SubscriptionKind::Paid => "Purchase",
    }
}

/// Without the currency, so that a spreadsheet can count with it.
fn amount(money: Money) -> String {
    match money.parts() {
        (major, _, 0) => major.to_string(),
        (major, rest, digits) => format!("{major}.{rest:0width$}", width = digits as usize),
    }
}

fn time(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M").to_string()
}
