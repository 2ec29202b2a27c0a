//! What a customer accepts of a trial invitation or a purchase offer: an order, its subscriptions and, where they want
//! it, delegated administration, in one transaction and once.

use chrono::{DateTime, Utc};
use mandate_domain::{
    CompanyId, ContentKind, DecisionId, Event, GrantId, OfferId, OrderId, SubscriptionId, SubscriptionKind,
    SubscriptionState, trial_notices_due,
};
use mandate_store::{
    Conn, companies,
    decisions::{self, Decision, Outcome},
    offer_mail,
    offers::{self, Offer},
    orders,
    subscriptions::{self, Subscription},
    transaction,
};

pub use mandate_store::orders::{Order, OrderLine};

use crate::{
    Company, Error, Principal, Result, Service,
    consent::{authorized_grant, used_up},
    form::Problems,
    licenses::who_has_one,
    sale_mail::Agreed,
    sales::{Sale, is_convertible},
    server_key::{OfferToken, legible},
};

/// With so many no two orders meet.
const NUMBER_LETTERS: usize = 10;

/// What came of an offer that was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    pub order: OrderId,
    pub grant: Option<GrantId>,
}

/// What was agreed. It stays, whatever becomes of the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderView {
    pub order: Order,
    pub lines: Vec<OrderLine>,
}

impl Service {
    pub(crate) async fn order_view(conn: &mut Conn, order: Order) -> Result<OrderView> {
        let lines = orders::lines(conn, order.id).await?;
        Ok(OrderView { order, lines })
    }

    /// What an offer comes to with other numbers of licenses. It changes nothing.
    pub async fn sale_total(&self, token: &str, quantities: &[String]) -> Result<Sale> {
        let token = OfferToken::parse(token).ok_or(Error::NotFound)?;
        let mut conn = self.db.read().await?;
        let offer = offers::by_token(&mut conn, token.offer).await?;
        let offer = offer.filter(|offer| self.key.verifies(&token, offer.generation)).ok_or(Error::NotFound)?;
        let partner = companies::by_id(&mut conn, offer.partner_id).await?.ok_or(Error::NotFound)?;
        self.check_answerable(&offer, &partner)?;
        let sale = Self::sale_of(&mut conn, &offer).await?.ok_or(Error::NotFound)?;
        Ok(sale.with_quantities(quantities)?)
    }

    /// Accepts what an offer sells, for the principal's company; with the delegated administration that it asks for, or
    /// without, which makes no difference to the rest. However often and by whomever it is done, there is one order, and
    /// each who asked is given it.
    pub async fn accept_sale(
        &self,
        who: &Principal,
        token: &str,
        quantities: &[String],
        authorize: bool,
    ) -> Result<Accepted> {
        transaction!(self.db, Error, |conn| {
            let (offer, partner) = self.offer_to_decide(conn, who, token).await?;
            self.accept(conn, who, &offer, &partner, quantities, authorize).await
        })
    }

    /// What a company's order of an offer came to, if there is one.
    pub(crate) async fn accepted(conn: &mut Conn, offer: OfferId, customer: CompanyId) -> Result<Option<Accepted>> {
        let Some(order) = orders::by_offer_and_company(conn, offer, customer).await? else { return Ok(None) };
        let decision = decisions::of_company(conn, offer, customer).await?;
        let grant = authorized_grant(conn, decision.as_ref()).await?;
        Ok(Some(Accepted { order: order.id, grant: grant.map(|grant| grant.id) }))
    }

    /// The same inside a transaction that holds the offer, by a principal who may decide.
    pub(crate) async fn accept(
        &self,
        conn: &mut Conn,
        who: &Principal,
        offer: &Offer,
        partner: &Company,
        quantities: &[String],
        authorize: bool,
    ) -> Result<Accepted> {
        let customer = who.company.id;
        if let Some(accepted) = Self::accepted(conn, offer.id, customer).await? {
            return Ok(accepted);
        }
        self.check_open(conn, offer, partner, customer).await?;
        let sale = Self::sale_of(conn, offer).await?.ok_or(Error::NotFound)?.with_quantities(quantities)?;
        check_company_country(conn, &sale, partner, customer).await?;
        let decision = self.decide_to_accept(conn, who, offer, partner).await?;
        // Held before the companies, as it is by whoever assigns one of its licenses.
        let trial = match offer.converts {
            Some(trial) => Some(Self::trial_to_convert(conn, who, &sale, trial).await?),
            None => None,
        };
        companies::lock(conn, &[customer, partner.id]).await?;
        let order = self.keep_order(conn, who, offer, &sale).await?;
        let made = self.begin_subscriptions(conn, &order, &sale).await?;
        self.record_order(conn, who, offer, &sale, &order, &made).await?;
        if let Some((trial, line)) = trial {
            self.convert(conn, who, &sale, &trial, line, &made).await?;
        }
        let grant = if authorize && !offer.roles.is_empty() {
            let grant = self.give(conn, who, offer, partner, decision).await?;
            self.record_authorized(conn, who, offer, &grant).await?;
            Some(grant)
        } else {
            None
        };
        let trial_ends_at = trial_end(&sale, &made);
        let agreed = Agreed { offer, partner, sale: &sale, order: &order, trial_ends_at, grant: grant.as_ref() };
        self.tell_agreed(conn, who, &agreed).await?;
        Ok(Accepted { order: order.id, grant: grant.map(|grant| grant.id) })
    }

    /// Keeps the decision, and uses the offer up.
    async fn decide_to_accept(
        &self,
        conn: &mut Conn,
        who: &Principal,
        offer: &Offer,
        partner: &Company,
    ) -> Result<DecisionId> {
        let declined = decisions::of_company(conn, offer.id, who.company.id).await?;
        let decision = Decision {
            id: declined.map_or_else(|| DecisionId(self.new_id()), |declined| declined.id),
            offer_id: offer.id,
            company_id: who.company.id,
            outcome: Outcome::Authorized,
            reason: None,
            decided_by: who.user.id,
            decided_at: self.now(),
        };
        if !decisions::decide(conn, &decision).await? {
            return Err(Error::Internal("an accepted offer without its order"));
        }
        if !offers::use_up(conn, offer.id).await? {
            return Err(used_up(partner));
        }
        offer_mail::end_reminders(conn, offer.id).await?;
        Ok(decision.id)
    }

    /// Keeps the order and its lines.
    async fn keep_order(&self, conn: &mut Conn, who: &Principal, offer: &Offer, sale: &Sale) -> Result<Order> {
        let order = Order {
            id: OrderId(self.new_id()),
            number: format!("ORD-{}", legible(&*self.entropy, NUMBER_LETTERS)),
            offer_id: offer.id,
            company_id: who.company.id,
            partner_id: offer.partner_id,
            kind: sold_as(sale),
            total: sale.total,
            partner_reference: sale.partner_reference.clone(),
            accepted_by: who.user.id,
            accepted_at: self.now(),
        };
        let lines = (0..).zip(&sale.lines).map(|(number, line)| OrderLine {
            line: number,
            plan_id: line.plan.id,
            plan_name: line.plan.full_name(),
            plan_description: line.plan.description.clone(),
            license_means: line.plan.license_means.clone(),
            term: line.term,
            quantity: line.quantity,
            unit: line.unit,
        });
        if !orders::insert(conn, &order, &lines.collect::<Vec<_>>()).await? {
            return Err(Error::Internal("an offer that was held was ordered"));
        }
        Ok(order)
    }

    /// Begins a subscription for each line, in their order.
    async fn begin_subscriptions(&self, conn: &mut Conn, order: &Order, sale: &Sale) -> Result<Vec<Subscription>> {
        let now = self.now();
        // Ids of one moment are in no order: they are put into one, since lists are by them.
        let mut ids: Vec<_> = sale.lines.iter().map(|_| SubscriptionId(self.new_id())).collect();
        ids.sort_unstable();
        let mut made = Vec::new();
        for (id, line) in ids.into_iter().zip(&sale.lines) {
            let ends_at = match (line.term, sale.trial_days) {
                (Some(term), _) => term.after(now),
                (None, Some(days)) => days.after(now),
                (None, None) => return Err(Error::Internal("a line of neither a purchase nor a trial")),
            };
            let subscription = Subscription {
                id,
                company_id: order.company_id,
                partner_id: order.partner_id,
                order_id: order.id,
                plan_id: line.plan.id,
                kind: order.kind,
                term: line.term,
                state: SubscriptionState::Live,
                quantity: line.quantity,
                assigned: 0,
                cancel_at_end: false,
                starts_at: now,
                ends_at,
                ended_at: None,
                // Nobody is told that a trial of a week ends in a week.
                notices: trial_notices_due(now, ends_at),
                converted_to: None,
            };
            subscriptions::insert(conn, &subscription).await?;
            made.push(subscription);
        }
        Ok(made)
    }

    async fn record_order(
        &self,
        conn: &mut Conn,
        who: &Principal,
        offer: &Offer,
        sale: &Sale,
        order: &Order,
        made: &[Subscription],
    ) -> Result<()> {
        let (object, event) = match (order.total, &sale.lines[..], made) {
            (None, [line], [subscription]) => {
                let (plan, quantity) = (line.plan.full_name(), line.quantity);
                (&offer.name, Event::TrialStarted { plan, quantity, ends_at: subscription.ends_at })
            }
            (Some(total), ..) => {
                let reference = order.partner_reference.clone();
                (&order.number, Event::OrderPlaced { reference, total: total.to_string() })
            }
            _ => return Err(Error::Internal("an order of neither a purchase nor a trial")),
        };
        self.record_for_both(conn, who, order.partner_id, object, event).await
    }

    /// The trial that a purchase is in the place of, held until the transaction ends, and which line takes over its
    /// licenses. Refused where people have more of them than are bought.
    async fn trial_to_convert(
        conn: &mut Conn,
        who: &Principal,
        sale: &Sale,
        trial: SubscriptionId,
    ) -> Result<(Subscription, usize)> {
        let trial = subscriptions::lock(conn, who.company.id, trial).await?.ok_or(Error::NotFound)?;
        if !is_convertible(&trial) {
            let message = "The trial that this offer is for was converted already, so nothing was changed.";
            return Err(Error::Changed(message.to_owned()));
        }
        let line = sale.lines.iter().position(|line| line.plan.id == trial.plan_id);
        let line = line.ok_or(Error::Internal("a conversion without the plan of its trial"))?;
        let assigned = trial.assigned;
        if sale.lines[line].quantity.get() < assigned {
            let names = who_has_one(conn, &trial).await?;
            let message = format!(
                "{assigned} people have a license of the trial: {names}. Order at least {assigned}, or remove licenses \
                 first",
            );
            return Err(Problems::one(&format!("quantity.{line}"), message).into());
        }
        Ok((trial, line))
    }

    /// Ends the trial. Who has one of its licenses has one of what was bought.
    async fn convert(
        &self,
        conn: &mut Conn,
        who: &Principal,
        sale: &Sale,
        trial: &Subscription,
        line: usize,
        made: &[Subscription],
    ) -> Result<()> {
        if !subscriptions::convert(conn, who.company.id, trial.id, made[line].id, self.now()).await? {
            return Err(Error::Internal("a trial that was held was converted"));
        }
        let plan = sale.lines[line].plan.full_name();
        self.record_for_both(conn, who, trial.partner_id, &plan, Event::SubscriptionConverted).await
    }
}

/// Whether all that is bought is offered where the company is, if it said where. For a trial its own country decides, and
/// what a company has already it can keep.
async fn check_company_country(conn: &mut Conn, sale: &Sale, partner: &Company, customer: CompanyId) -> Result<()> {
    if sale.kind == ContentKind::Trial || sale.converts.is_some() {
        return Ok(());
    }
    let Some(country) = companies::country(conn, customer).await? else { return Ok(()) };
    sale.check_country(country)
        .map_err(|why| Error::Changed(format!("{why}, where your company is. Ask {} for another offer.", partner.name)))
}

fn sold_as(sale: &Sale) -> SubscriptionKind {
    if sale.kind == ContentKind::Trial { SubscriptionKind::Trial } else { SubscriptionKind::Paid }
}

fn trial_end(sale: &Sale, made: &[Subscription]) -> Option<DateTime<Utc>> {
    made.first().filter(|_| sale.kind == ContentKind::Trial).map(|subscription| subscription.ends_at)
}
