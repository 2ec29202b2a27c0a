//! The licenses that a company has of plans: on trial, or bought for terms that renew.

use chrono::{DateTime, Utc};
use mandate_domain::{
    Action, CompanyId, Event, Money, Quantity, SubscriptionId, SubscriptionKind, SubscriptionState, SubscriptionStatus,
};
use mandate_store::{
    Conn,
    activity::{self, NewEntry},
    companies, licenses, orders,
    page::{Page, PageRequest},
    plans,
    subscriptions::{self, Listed},
    transaction, users,
};

pub use mandate_store::{licenses::Holder, plans::Plan, subscriptions::Subscription};

use crate::{
    Error, Principal, Result, Service,
    acceptance::{OrderLine, OrderView},
    form::Problems,
    licenses::below_assigned,
    notify::{Recipient, contact, date},
    place::{Place, person},
    sales::TOO_LARGE,
};

/// A subscription as lists show it, and what it is at this moment.
#[derive(Clone, Debug)]
pub struct SubscriptionRow {
    pub subscription: Subscription,
    pub plan: Plan,
    pub customer: String,
    /// Of whom it was bought.
    pub partner: String,
    pub order_number: String,
    pub status: SubscriptionStatus,
}

/// A page of a company's subscriptions, the latest first.
#[derive(Clone, Debug)]
pub struct SubscriptionsPage {
    pub place: Place,
    pub rows: Page<SubscriptionRow>,
    pub may_manage: bool,
    pub may_assign: bool,
}

/// A subscription as its page shows it, and who has a license.
#[derive(Clone, Debug)]
pub struct SubscriptionDetail {
    pub place: Place,
    pub row: SubscriptionRow,
    /// By which it came to be.
    pub order: OrderView,
    /// What a license costs for a term, as it was agreed; nothing of a trial.
    pub unit: Option<Money>,
    pub holders: Page<Holder>,
    pub may_manage: bool,
    pub may_assign: bool,
}

/// How many of a company's administrators are told at most.
const MOST_TOLD: i64 = 20;

impl SubscriptionRow {
    pub(crate) fn at(listed: Listed, now: DateTime<Utc>) -> Self {
        let Listed { subscription, plan, customer, partner, order_number } = listed;
        let status = subscription.status(now);
        Self { subscription, plan, customer, partner, order_number, status }
    }
}

impl Service {
    pub async fn subscriptions(
        &self,
        who: &Principal,
        company: CompanyId,
        page: &PageRequest,
    ) -> Result<SubscriptionsPage> {
        let mut conn = self.db.read().await?;
        let place = self.enter(&mut conn, who, company).await?;
        place.permits(Action::ReadSubscriptions)?;
        let now = self.now();
        let rows = subscriptions::list(&mut conn, company, page).await?.map(|listed| SubscriptionRow::at(listed, now));
        Ok(SubscriptionsPage {
            rows,
            may_manage: place.allows(Action::ManageSubscriptions),
            may_assign: place.allows(Action::AssignLicense),
            place,
        })
    }

    pub async fn subscription(
        &self,
        who: &Principal,
        company: CompanyId,
        id: SubscriptionId,
        holders: &PageRequest,
    ) -> Result<SubscriptionDetail> {
        let mut conn = self.db.read().await?;
        let place = self.enter(&mut conn, who, company).await?;
        place.permits(Action::ReadSubscriptions)?;
        let listed = subscriptions::listed(&mut conn, company, id).await?.ok_or(Error::NotFound)?;
        let row = SubscriptionRow::at(listed, self.now());
        let order = orders::by_id(&mut conn, company, row.subscription.order_id).await?;
        let order =
            Self::order_view(&mut conn, order.ok_or(Error::Internal("a subscription without its order"))?).await?;
        let unit = agreed_price(&order.lines, &row.subscription);
        let holders = licenses::holders(&mut conn, company, id, holders).await?;
        Ok(SubscriptionDetail {
            row,
            order,
            unit,
            holders,
            may_manage: place.allows(Action::ManageSubscriptions),
            may_assign: place.allows(Action::AssignLicense),
            place,
        })
    }

    /// Lets a subscription end with its term. Canceling twice changes nothing more.
    pub async fn cancel_subscription(&self, who: &Principal, company: CompanyId, id: SubscriptionId) -> Result<()> {
        self.set_cancel(who, company, id, true).await
    }

    /// Lets a canceled subscription go on after all, until its term has ended.
    pub async fn reactivate_subscription(&self, who: &Principal, company: CompanyId, id: SubscriptionId) -> Result<()> {
        self.set_cancel(who, company, id, false).await
    }

    async fn set_cancel(&self, who: &Principal, company: CompanyId, id: SubscriptionId, cancel: bool) -> Result<()> {
        transaction!(self.db, Error, |conn| {
            let (place, sold) = self.subscription_to_manage(conn, who, company, id).await?;
            sold.paid("canceled")?;
            if !subscriptions::set_cancel(conn, company, id, cancel, self.now()).await? {
                return Ok(());
            }
            let (name, ends) = (sold.plan.full_name(), date(sold.subscription.ends_at));
            let by = format!("{} of {}", who.user.display_name, place.company.name);
            let (event, subject, body) = if cancel {
                let body = format!("{by} canceled {name}. It ends on {ends}, and can be reactivated until then.");
                (Event::SubscriptionCanceled, format!("{} canceled {name}", place.company.name), body)
            } else {
                let body = format!("{by} reactivated {name}. It renews on {ends}.");
                (Event::SubscriptionReactivated, format!("{} reactivated {name}", place.company.name), body)
            };
            self.record_sale(conn, Some(who), &sold.subscription, &sold.plan, event).await?;
            self.tell_both(conn, &sold.subscription, &subject, &body).await
        })
    }

    /// Buys more licenses, or fewer, at the price that was agreed. Fewer than are assigned are refused, with the names
    /// of those who have one. Nobody agrees to a total that they have not seen: `seen` is the number of which it stood
    /// there. Says whether it is another number than before.
    pub async fn change_quantity(
        &self,
        who: &Principal,
        company: CompanyId,
        id: SubscriptionId,
        text: &str,
        seen: &str,
    ) -> Result<bool> {
        transaction!(self.db, Error, |conn| {
            let (place, sold) = self.subscription_to_manage(conn, who, company, id).await?;
            sold.paid("changed in its number of licenses")?;
            let Sold { subscription, plan } = &sold;
            let wrong = |message: String| Error::from(Problems::one("quantity", message));
            let before = subscription.quantity;
            let after = plan.bounds.reaching(before).parse(text).map_err(|error| wrong(error.to_string()))?;
            if after == before {
                return Ok(false);
            }
            if after > before && !plan.is_offered {
                let message =
                    format!("{} is no longer offered. There can be fewer licenses, and no more", plan.full_name());
                return Err(wrong(message));
            }
            if after.get() < subscription.assigned {
                return Err(wrong(below_assigned(conn, subscription).await?));
            }
            let lines = orders::lines(conn, subscription.order_id).await?;
            let (Some(unit), Some(term)) = (agreed_price(&lines, subscription), subscription.term) else {
                return Err(Error::Internal("what was bought has a price and a term"));
            };
            let total = unit.times(after).map_err(|_| wrong(TOO_LARGE.to_owned()))?;
            if seen.trim() != text.trim() {
                let message = "You changed the number, and so the total. Nothing was changed: look at the new total, \
                               then go on.";
                return Err(Error::Changed(message.to_owned()));
            }
            if !subscriptions::set_quantity(conn, company, id, before, after).await? {
                return Err(Error::Internal("a subscription that is held changed"));
            }
            let name = plan.full_name();
            let event = Event::QuantityChanged { before, after };
            self.record_sale(conn, Some(who), subscription, plan, event).await?;
            let subject = format!("{} has {} of {name} now", place.company.name, count(after));
            let by = format!("{} of {}", who.user.display_name, place.company.name);
            let (before, after, per) = (count(before), count(after), term.per());
            let body = format!("{by} changed {name} from {before} to {after}. That is {total} for each {per}.");
            self.tell_both(conn, subscription, &subject, &body).await?;
            Ok(true)
        })
    }

    /// The subscription, held until the transaction ends, in the term that lasts now; found only by who may manage it.
    async fn subscription_to_manage(
        &self,
        conn: &mut Conn,
        who: &Principal,
        company: CompanyId,
        id: SubscriptionId,
    ) -> Result<(Place, Sold)> {
        let place = self.enter_to_change(conn, who, company).await?;
        place.permits(Action::ManageSubscriptions)?;
        let sold = self.lock_subscription(conn, company, id).await?;
        if !sold.subscription.status(self.now()).is_live() {
            return Err(Error::Changed(format!("{} has ended, so nothing was changed.", sold.plan.full_name())));
        }
        Ok((place, sold))
    }

    /// A subscription and its plan, held until the transaction ends. Where a term has ended and no job has said so, the
    /// next one begins here.
    pub(crate) async fn lock_subscription(
        &self,
        conn: &mut Conn,
        company: CompanyId,
        id: SubscriptionId,
    ) -> Result<Sold> {
        let mut subscription = subscriptions::lock(conn, company, id).await?.ok_or(Error::NotFound)?;
        let plan = plans::by_id(conn, subscription.plan_id).await?.ok_or(Error::NotFound)?;
        self.renew(conn, &mut subscription, &plan).await?;
        Ok(Sold { subscription, plan })
    }

    /// Begins the term that lasts now, where the one before has ended and the subscription goes on.
    async fn renew(&self, conn: &mut Conn, subscription: &mut Subscription, plan: &Plan) -> Result<()> {
        let now = self.now();
        let goes_on = subscription.state == SubscriptionState::Live && !subscription.cancel_at_end;
        let Some(term) = subscription.term.filter(|_| goes_on) else { return Ok(()) };
        // Each term that began is told, since each is paid for.
        while subscription.ends_at <= now {
            let next = term.end_after(subscription.starts_at, subscription.ends_at);
            if !subscriptions::renew(conn, subscription.id, subscription.ends_at, next).await? {
                return Err(Error::Internal("a subscription that is held changed"));
            }
            subscription.ends_at = next;
            self.record_sale(conn, None, subscription, plan, Event::SubscriptionRenewed).await?;
        }
        Ok(())
    }

    /// Writes what became of a subscription into both sides' records. The partner's says whose it is.
    pub(crate) async fn record_sale(
        &self,
        conn: &mut Conn,
        who: Option<&Principal>,
        subscription: &Subscription,
        plan: &Plan,
        event: Event,
    ) -> Result<()> {
        let (customer, partner) = (subscription.company_id, subscription.partner_id);
        let name = companies::by_id(conn, customer).await?.ok_or(Error::NotFound)?.name;
        // Each is written by itself, and companies are always locked in the order of their ids.
        companies::lock(conn, &[customer, partner]).await?;
        for (company, object_name) in [(customer, plan.full_name()), (partner, format!("{}, {name}", plan.full_name()))]
        {
            let entry = NewEntry {
                at: self.now(),
                person: who.map(person),
                grant: None,
                on_behalf_of: None,
                object_name,
                event: event.clone(),
            };
            activity::append(conn, &[company], &entry).await?;
        }
        Ok(())
    }

    /// Mails the customer's administrators, and the partner's contact and administrators.
    async fn tell_both(&self, conn: &mut Conn, subscription: &Subscription, subject: &str, body: &str) -> Result<()> {
        for (side, path) in [(Side::Customer, customer_path(subscription)), (Side::Partner, PARTNER_PATH.to_owned())] {
            let recipients = self.side(conn, subscription, side).await?;
            self.notify(conn, recipients, subject, &format!("{body}\n\n{}\n", self.url(&path))).await?;
        }
        Ok(())
    }

    /// Who is told on one side.
    pub(crate) async fn side(&self, conn: &mut Conn, of: &Subscription, side: Side) -> Result<Vec<Recipient>> {
        let id = match side {
            Side::Customer => of.company_id,
            Side::Partner => of.partner_id,
        };
        let company = companies::by_id(conn, id).await?.ok_or(Error::NotFound)?;
        let administrators = users::global_administrators(conn, id, MOST_TOLD).await?;
        let contact = contact(&company).filter(|_| side == Side::Partner);
        Ok(contact.into_iter().chain(administrators.iter().map(Recipient::from)).collect())
    }
}

/// What one license costs for a term, as it was ordered.
fn agreed_price(lines: &[OrderLine], subscription: &Subscription) -> Option<Money> {
    let line = lines.iter().find(|line| (line.plan_id, line.term) == (subscription.plan_id, subscription.term));
    line.and_then(|line| line.unit)
}

/// Where a partner reads about its customers' subscriptions.
const PARTNER_PATH: &str = "/partner/subscriptions";

/// Where a customer reads about one of its own.
pub(crate) fn customer_path(subscription: &Subscription) -> String {
    format!("/subscriptions/{}", subscription.id)
}

/// Of a sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Customer,
    Partner,
}

/// A subscription that is held, and its plan.
pub(crate) struct Sold {
    pub subscription: Subscription,
    pub plan: Plan,
}

impl Sold {
    /// A trial ends by itself, and its licenses are what the invitation said.
    fn paid(&self, what: &str) -> Result<()> {
        match self.subscription.kind {
            SubscriptionKind::Paid => Ok(()),
            SubscriptionKind::Trial => {
                let ends = date(self.subscription.ends_at);
                Err(Error::Changed(format!("A trial cannot be {what}. It ends by itself on {ends}.")))
            }
        }
    }
}

pub(crate) fn count(quantity: Quantity) -> String {
    if quantity.get() == 1 { "1 license".to_owned() } else { format!("{quantity} licenses") }
}
