//! What becomes of subscriptions by themselves: terms renew, or end where they were canceled; trials are told to end,
//! and end.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use mandate_domain::{
    Event, SubscriptionId, SubscriptionState, SubscriptionStatus, days_from, trial_notice_bounds, trial_notices_due,
};
use mandate_store::{
    Conn,
    companies::{self, Company},
    subscriptions::{self, Subscription},
    transaction,
};

use crate::{
    Error, Result, Service,
    jobs::Holder,
    notify::moment,
    subscriptions::{Plan, Side, Sold, count, customer_path},
};

/// The name of the lease.
pub(crate) const LEASE: &str = "subscriptions";
const BATCH: i64 = 100;
/// In one run. After days without a server there is more than one batch to do.
const MOST_BATCHES: usize = 100;
/// After so many that cannot be read a run ends: each batch reads them again.
const MOST_FAILED: usize = 1_000;

impl Service {
    /// Brings all subscriptions up to now. Each step is taken once, whichever server takes it, and however long there
    /// was none.
    pub async fn mind_subscriptions(&self, holder: Holder) -> Result<()> {
        let (mut failed, mut last) = (HashSet::new(), None);
        for _ in 0..MOST_BATCHES {
            // Renewed for each batch, or another server would begin the same ones.
            if !self.take_lease(LEASE, holder).await? {
                break;
            }
            let due = self.due_subscriptions(&failed).await?;
            if due.is_empty() || failed.len() >= MOST_FAILED {
                break;
            }
            for subscription in &due {
                match self.mind(subscription).await {
                    Err(error @ Error::Unavailable(_)) => return Err(error),
                    Err(error) => {
                        let id = subscription.id;
                        tracing::error!(%error, subscription = %id, "a subscription is not brought up to now");
                        failed.insert(id);
                        last = Some(error);
                    }
                    Ok(()) => {}
                }
            }
        }
        last.map_or(Ok(()), Err)
    }

    /// The next batch of each kind, but for those that failed in this run: they stay due, so as many more are read, and
    /// those behind them do not wait.
    async fn due_subscriptions(&self, failed: &HashSet<SubscriptionId>) -> Result<Vec<Subscription>> {
        let now = self.now();
        let most = BATCH.saturating_add(i64::try_from(failed.len()).unwrap_or(i64::MAX));
        let mut conn = self.db.read().await?;
        let mut due = subscriptions::renew_due(&mut conn, now, most).await?;
        due.extend(subscriptions::notices_due(&mut conn, trial_notice_bounds(now), most).await?);
        due.extend(subscriptions::expire_due(&mut conn, now, most).await?);
        due.retain(|subscription| !failed.contains(&subscription.id));
        Ok(due)
    }

    async fn mind(&self, seen: &Subscription) -> Result<()> {
        transaction!(self.db, Error, |conn| {
            // Held, and in the term that lasts now.
            let Sold { subscription, plan } = self.lock_subscription(conn, seen.company_id, seen.id).await?;
            self.tell_of_end(conn, &subscription, &plan).await?;
            self.end_if_over(conn, &subscription, &plan).await
        })
    }

    /// Tells both sides when a trial ends. Of notices that became due while there was no server, the last says it all.
    async fn tell_of_end(&self, conn: &mut Conn, subscription: &Subscription, plan: &Plan) -> Result<()> {
        let now = self.now();
        let due = trial_notices_due(now, subscription.ends_at);
        if !subscriptions::noticed(conn, subscription.id, due).await? {
            return Ok(());
        }
        let customer = companies::by_id(conn, subscription.company_id).await?.ok_or(Error::NotFound)?;
        let partner = companies::by_id(conn, subscription.partner_id).await?.ok_or(Error::NotFound)?;
        let ends = ends(subscription.ends_at, now);
        let (name, assigned) = (plan.full_name(), assigned(subscription));

        let subject = format!("Your trial of {name} {ends}");
        let keep = if plan.is_offered {
            let (partner, at) = (&partner.name, reached_at(&partner));
            format!(" To keep {name}, ask {partner} for a purchase offer{at}. Who has a license then keeps it.")
        } else {
            String::new()
        };
        let body = format!(
            "The trial of {name} that {} has from {} {ends}, at {}.\n\n{assigned} When it has ended, nobody can use \
             them.{keep}\n\n{}\n",
            customer.name,
            partner.name,
            moment(subscription.ends_at),
            self.url(&customer_path(subscription)),
        );
        let recipients = self.side(conn, subscription, Side::Customer).await?;
        self.notify(conn, recipients, &subject, &body).await?;

        let converts = self.url(&format!("/partner/purchases/new?converts={}", subscription.id));
        let then = if plan.is_offered {
            format!("To turn it into a purchase, make an offer that names it:\n{converts}")
        } else {
            format!("{name} is no longer offered, so it cannot be turned into a purchase.")
        };
        let subject = format!("{}’s trial of {name} {ends}", customer.name);
        let body = format!(
            "The trial of {name} that {} has from {} {ends}, at {}.\n\n{assigned} {then}\n",
            customer.name,
            partner.name,
            moment(subscription.ends_at),
        );
        let recipients = self.side(conn, subscription, Side::Partner).await?;
        self.notify(conn, recipients, &subject, &body).await
    }

    /// What is past its end counts as ended before this; here the record learns of it. Who had a license is kept: what
    /// is bought in the place of a trial begins with them.
    async fn end_if_over(&self, conn: &mut Conn, subscription: &Subscription, plan: &Plan) -> Result<()> {
        let now = self.now();
        let state = match subscription.status(now) {
            SubscriptionStatus::Expired => SubscriptionState::Expired,
            SubscriptionStatus::Canceled => SubscriptionState::Canceled,
            SubscriptionStatus::Trial
            | SubscriptionStatus::Active
            | SubscriptionStatus::Canceling
            | SubscriptionStatus::Converted => return Ok(()),
        };
        if subscriptions::end(conn, subscription.id, state, now).await? {
            self.record_sale(conn, None, subscription, plan, Event::SubscriptionExpired).await?;
        }
        Ok(())
    }
}

/// To be read after what it is that ends.
fn ends(ends_at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    match days_from(now, ends_at) {
        _ if now >= ends_at => "has ended".to_owned(),
        0 => "ends today".to_owned(),
        1 => "ends tomorrow".to_owned(),
        days => format!("ends in {days} days"),
    }
}

fn assigned(subscription: &Subscription) -> String {
    format!("It has {}, and {} of them assigned.", count(subscription.quantity), subscription.assigned)
}

/// How a partner is reached, as far as it says so.
fn reached_at(partner: &Company) -> String {
    let ways = [partner.support_email.as_deref(), partner.phone.as_deref()];
    let ways: Vec<_> = ways.into_iter().flatten().collect();
    if ways.is_empty() { String::new() } else { format!(" ({})", ways.join(", ")) }
}
