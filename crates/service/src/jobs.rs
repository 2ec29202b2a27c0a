//! What happens by itself: mail is sent, and what is past its time is ended. Each job runs on one server at a time.

use chrono::{DateTime, TimeDelta, Utc};
use mandate_domain::{Event, GrantState};
use mandate_store::{
    activity::{self, NewEntry},
    companies, domains, email_confirmations, grants, leases,
    mail::{self, Mail},
    search, sessions, sign_in_attempts, transaction,
};
use uuid::Uuid;

use crate::{
    Error, Result, Service,
    mail::{DeliveryError, Mailbox, Mailer, OutgoingMail},
    principal::SESSION_IDLE_HOURS,
    secrets_in_mail::MailText,
    subscription_jobs,
};

/// Longer than the mail server's time-out for one message, so that no two servers send the same one.
const LEASE_MINUTES: i64 = 5;
/// Mail that cannot be delivered is tried again for this long.
const TRY_MAIL_HOURS: i64 = 24;
const KEEP_MAIL_DAYS: i64 = 30;
const BATCH: i64 = 100;

/// One server's claim to the jobs.
#[derive(Clone, Copy, Debug)]
pub struct Holder(Uuid);

impl Service {
    pub fn new_holder(&self) -> Holder {
        Holder(self.new_id())
    }

    pub(crate) async fn take_lease(&self, name: &str, holder: Holder) -> Result<bool> {
        let now = self.now();
        transaction!(self.db, Error, |conn| {
            Ok(leases::take(conn, name, holder.0, now, now + TimeDelta::minutes(LEASE_MINUTES)).await?)
        })
    }

    /// Lets another server take the jobs over at once.
    pub async fn give_back_leases(&self, holder: Holder) -> Result<()> {
        transaction!(self.db, Error, |conn| {
            leases::give_back(conn, "mail", holder.0).await?;
            leases::give_back(conn, "tidy", holder.0).await?;
            leases::give_back(conn, "domains", holder.0).await?;
            leases::give_back(conn, subscription_jobs::LEASE, holder.0).await?;
            Ok(())
        })
    }

    /// Sends what waits, and gives the number of messages that were delivered.
    pub async fn send_mail(&self, holder: Holder, mailer: &Mailer, from: &Mailbox) -> Result<usize> {
        let nothing_to_do = self.due_mail().await?.is_empty() && self.names_waiting().await?.is_empty();
        if nothing_to_do || !self.take_lease("mail", holder).await? {
            return Ok(0);
        }
        self.help_sign_in().await?;
        let mut delivered = 0;
        // Read again: what was due before may have been sent by the lease's last holder.
        for message in self.due_mail().await? {
            // Renewed for each: the lease outlasts one message, not a batch of slow ones.
            if !self.take_lease("mail", holder).await? {
                break;
            }
            delivered += usize::from(self.send(mailer, from, &message).await?);
        }
        Ok(delivered)
    }

    async fn due_mail(&self) -> Result<Vec<Mail>> {
        let mut conn = self.db.read().await?;
        Ok(mail::due(&mut conn, self.now(), BATCH).await?)
    }

    async fn send(&self, mailer: &Mailer, from: &Mailbox, message: &Mail) -> Result<bool> {
        let body = match self.mail_text(message).await? {
            MailText::AsKept => message.body.clone(),
            MailText::Made(body) => body,
            MailText::NotWanted => {
                transaction!(self.db, Error, |conn| {
                    Ok(mail::failed(conn, message.id, "what it was for does not hold any more").await?)
                })?;
                return Ok(false);
            }
        };
        let outgoing = OutgoingMail {
            id: message.id,
            to_name: message.to_name.clone(),
            to_address: message.to_address.clone(),
            subject: message.subject.clone(),
            body,
            message_id_domain: self.settings.platform_domain.clone(),
            date: message.created_at,
        };
        let outcome = mailer.deliver(from, &outgoing).await;
        let now = self.now();
        transaction!(self.db, Error, |conn| {
            match &outcome {
                Ok(()) => mail::sent(conn, message.id).await?,
                Err(error) => match next_attempt(message, error, now) {
                    Some(at) => mail::retry_at(conn, message.id, at, &error.to_string()).await?,
                    None => mail::failed(conn, message.id, &error.to_string()).await?,
                },
            }
            Ok(())
        })?;
        // The mail server's words can hold the address: they are kept with the mail, and not logged.
        match &outcome {
            Ok(()) => {}
            Err(DeliveryError::Permanent(_)) => tracing::warn!(mail = %message.id, "mail was refused for good"),
            Err(DeliveryError::Transient(_)) => tracing::warn!(mail = %message.id, "mail was not delivered this time"),
        }
        Ok(outcome.is_ok())
    }

    /// Ends what is past its time and forgets what is of no more use.
    pub async fn tidy(&self, holder: Holder) -> Result<()> {
        if !self.take_lease("tidy", holder).await? {
            return Ok(());
        }
        let now = self.now();
        self.end_due_grants(now).await?;
        self.lapse_domains(now).await?;
        self.remind_addressees(now).await?;
        transaction!(self.db, Error, |conn| {
            sessions::delete_expired(conn, now, now - TimeDelta::hours(SESSION_IDLE_HOURS)).await?;
            Self::forget_sign_in_help(conn, now).await?;
            Self::forget_sign_ups(conn, now).await?;
            email_confirmations::forget_before(conn, now - TimeDelta::hours(1)).await?;
            sign_in_attempts::forget_before(conn, now - TimeDelta::hours(1)).await?;
            mail::forget_before(conn, now - TimeDelta::days(KEEP_MAIL_DAYS)).await?;
            Ok(())
        })
    }

    /// A grant past its end counts as ended before this; here the record and the search learn of it.
    async fn end_due_grants(&self, now: DateTime<Utc>) -> Result<()> {
        let mut conn = self.db.read().await?;
        let due = grants::due(&mut conn, now, BATCH).await?;
        drop(conn);
        for grant in due {
            transaction!(self.db, Error, |conn| {
                if !grants::end(conn, grant.id, GrantState::Expired, now, None).await? {
                    return Ok(());
                }
                search::remove(conn, grant.partner_id, search::Kind::Customer, grant.customer_id.0).await?;
                let partner = companies::by_id(conn, grant.partner_id).await?.ok_or(Error::NotFound)?;
                let entry = NewEntry {
                    at: now,
                    person: None,
                    grant: Some(grant.id),
                    on_behalf_of: None,
                    object_name: partner.name,
                    event: Event::GrantEnded,
                };
                activity::append(conn, &[grant.partner_id, grant.customer_id], &entry).await?;
                Ok(())
            })?;
        }
        Ok(())
    }

    async fn lapse_domains(&self, now: DateTime<Utc>) -> Result<()> {
        transaction!(self.db, Error, |conn| {
            let mut lapsed = domains::lapse(conn, now, BATCH).await?;
            // Companies are always locked in the order of their ids.
            lapsed.sort_by_key(|domain| domain.company_id);
            for domain in lapsed {
                let entry = NewEntry {
                    at: now,
                    person: None,
                    grant: None,
                    on_behalf_of: None,
                    object_name: domain.name,
                    event: Event::DomainLapsed,
                };
                activity::append(conn, &[domain.company_id], &entry).await?;
            }
            Ok(())
        })
    }
}

/// When to try again: after 1, 2, 4 … minutes, at most an hour apart, until a day has passed.
fn next_attempt(message: &Mail, error: &DeliveryError, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if let DeliveryError::Permanent(_) = error {
        return None;
    }
    let minutes = 1_i64 << message.attempts.clamp(0, 6);
    let at = now + TimeDelta::minutes(minutes.min(60));
    (at <= message.created_at + TimeDelta::hours(TRY_MAIL_HOURS)).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(attempts: i64) -> Mail {
        Mail {
            id: Uuid::nil(),
            to_name: "Mia".to_owned(),
            to_address: "mia@contoso.example".to_owned(),
            subject: "A".to_owned(),
            body: "B".to_owned(),
            created_at: DateTime::UNIX_EPOCH,
            attempts,
        }
    }

    #[test]
    fn tries_again_for_a_day() {
        let transient = DeliveryError::Transient("451".to_owned());
        let start = DateTime::UNIX_EPOCH;
        assert_eq!(next_attempt(&message(0), &transient, start), Some(start + TimeDelta::minutes(1)));
        assert_eq!(next_attempt(&message(3), &transient, start), Some(start + TimeDelta::minutes(8)));
        assert_eq!(next_attempt(&message(60), &transient, start), Some(start + TimeDelta::minutes(60)));
        assert_eq!(next_attempt(&message(30), &transient, start + TimeDelta::hours(24)), None);
        assert_eq!(next_attempt(&message(0), &DeliveryError::Permanent("550".to_owned()), start), None);
    }
}
