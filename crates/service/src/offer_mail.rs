//! Offers that are mailed to whom they are for, and reminders while nobody has answered.
//!
//! The outbox keeps no one-time links, but the URL of an offer does stand in the mail's body there: it is no more secret
//! than the mail that carries it. With it, one reads what a partner asks; to authorize takes the sign-in of a global
//! administrator. The partner can see it on any day and end it by a new one, and the outbox forgets what was sent. The
//! verification code never stands in a mail: it is what the mail is checked by.

use chrono::{DateTime, TimeDelta, Utc};
use mandate_domain::{Action, Event, OfferId, OfferStatus};
use mandate_store::{
    Conn,
    activity::{self, NewEntry},
    companies::{self, Company},
    offer_mail,
    offers::{self, Offer},
    transaction, users,
};

use crate::{
    Error, Principal, Result, Service,
    notify::{Recipient, date, quotation},
    place::Place,
    sale_mail,
    server_key::OfferToken,
};

/// How often one offer is mailed at most, reminders aside: nobody's mailbox is to be filled from here.
pub const MOST_MAILINGS: i16 = 5;
/// When the addressee is reminded, in days from the first mail.
const REMIND_AFTER: [i64; 2] = [7, 30];
const BATCH: i64 = 100;

/// What a link that stops mail shows before it does.
#[derive(Clone, Debug)]
pub struct MailToStop {
    pub partner: Company,
    pub is_stopped: bool,
}

impl Service {
    /// Mails the offer to its addressee, for the first time or again.
    pub async fn resend_offer(&self, who: &Principal, id: OfferId) -> Result<()> {
        let place = Place::own(who);
        place.permits(Action::ManageOffers)?;
        transaction!(self.db, Error, |conn| {
            let found = offers::by_id(conn, who.company.id, id).await?.ok_or(Error::NotFound)?.offer;
            self.mail_offer(conn, who, &place, &found).await
        })
    }

    pub(crate) async fn mail_offer(
        &self,
        conn: &mut Conn,
        who: &Principal,
        place: &Place,
        offer: &Offer,
    ) -> Result<()> {
        let now = self.now();
        let first_reminder = before_end(now + TimeDelta::days(REMIND_AFTER[0]), offer);
        let partner = place.company.id;
        if !offer_mail::mailed(conn, partner, offer.id, now, first_reminder, MOST_MAILINGS).await? {
            return Err(Error::Changed(why_not_mailed(offer, now)));
        }
        // Held by the write above: a new URL that was made meanwhile is the one that is mailed.
        let offer = offers::by_id(conn, partner, offer.id).await?.ok_or(Error::NotFound)?.offer;
        let to = offer.addressee_email.clone().unwrap_or_default();
        self.write(conn, &offer, &place.company, &who.user.display_name, "").await?;
        self.record(conn, who, place, &offer.name, Event::OfferMailed { to }).await
    }

    /// Leaves the mail about an offer to its addressee. What stands before the subject says why it comes.
    async fn write(&self, conn: &mut Conn, offer: &Offer, partner: &Company, sender: &str, before: &str) -> Result<()> {
        let Some(address) = offer.addressee_email.clone() else { return Ok(()) };
        let recipient = Recipient { name: offer.addressee_name.clone().unwrap_or_default(), address };
        let stop = self.url(&format!("/stop/{}", self.key.stop_token(offer.id)));
        let sale = Self::sale_of(conn, offer).await?;
        let subject = format!("{before}{}", sale_mail::subject(&partner.name, sale.as_ref()));
        let asks = sale_mail::asks(offer, &partner.name, sale.as_ref());
        let body = letter(offer, &asks, partner, sender, &self.offer_url(offer), &stop);
        self.notify(conn, [recipient], &subject, &body).await
    }

    /// Reminds addressees whose offer is open and unanswered. Each reminder goes out once: whoever moves the date on
    /// sends it.
    pub(crate) async fn remind_addressees(&self, now: DateTime<Utc>) -> Result<()> {
        let mut conn = self.db.read().await?;
        let due = offer_mail::due(&mut conn, now, BATCH).await?;
        drop(conn);
        for seen in due {
            transaction!(self.db, Error, |conn| {
                // Held until the end: no answer and no new URL slips in.
                let Some(offer) = offers::lock(conn, seen.id).await? else { return Ok(()) };
                let Some(due_at) = offer.next_reminder_at.filter(|at| *at <= now) else { return Ok(()) };
                let next = following(&offer, due_at);
                if !offer_mail::reminded(conn, offer.id, due_at, next).await? || offer.status(now) != OfferStatus::Open
                {
                    return Ok(());
                }
                let partner = companies::by_id(conn, offer.partner_id).await?.ok_or(Error::NotFound)?;
                let sender = users::by_id(conn, partner.id, offer.created_by).await?.ok_or(Error::NotFound)?;
                self.write(conn, &offer, &partner, &sender.display_name, "Reminder: ").await
            })?;
        }
        Ok(())
    }

    /// Whose mail a link would stop. It reads, and changes nothing: mail scanners open links.
    pub async fn offer_mail_to_stop(&self, token: &str) -> Result<MailToStop> {
        let token = self.stop_token(token)?;
        let mut conn = self.db.read().await?;
        let offer = offers::by_token(&mut conn, token.offer).await?.ok_or(Error::NotFound)?;
        let partner = companies::by_id(&mut conn, offer.partner_id).await?.ok_or(Error::NotFound)?;
        Ok(MailToStop { partner, is_stopped: offer.mail_stopped_at.is_some() })
    }

    /// Stops all mail about an offer, for whoever holds a mail about it. Stopping twice changes nothing more.
    pub async fn stop_offer_mail(&self, token: &str) -> Result<()> {
        let token = self.stop_token(token)?;
        let now = self.now();
        transaction!(self.db, Error, |conn| {
            let offer = offers::by_token(conn, token.offer).await?.ok_or(Error::NotFound)?;
            if offer_mail::stop(conn, offer.id, now).await? {
                let entry = NewEntry {
                    at: now,
                    person: None,
                    grant: None,
                    on_behalf_of: None,
                    object_name: offer.name,
                    event: Event::OfferMailStopped,
                };
                activity::append(conn, &[offer.partner_id], &entry).await?;
            }
            Ok(())
        })
    }

    fn stop_token(&self, text: &str) -> Result<OfferToken> {
        OfferToken::parse(text).filter(|token| self.key.verifies_stop(token)).ok_or(Error::NotFound)
    }
}

/// Nobody is reminded of a link that will not work then.
fn before_end(at: DateTime<Utc>, offer: &Offer) -> Option<DateTime<Utc>> {
    (at < offer.link_ends_at).then_some(at)
}

/// When the reminder after the one that is due comes.
fn following(offer: &Offer, due_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let sent = usize::try_from(offer.reminders).ok()?;
    let (this, next) = (REMIND_AFTER.get(sent)?, REMIND_AFTER.get(sent + 1)?);
    before_end(due_at + TimeDelta::days(next - this), offer)
}

fn why_not_mailed(offer: &Offer, now: DateTime<Utc>) -> String {
    let why = match offer.status(now) {
        OfferStatus::UsedUp => "This offer is used up, so it was not mailed.",
        OfferStatus::Expired => "This offer has expired, so it was not mailed.",
        OfferStatus::Withdrawn => "This offer was withdrawn, so it was not mailed.",
        OfferStatus::Open | OfferStatus::Declined if offer.addressee_email.is_none() => {
            "This offer has no address to mail it to. Copy its URL, and send it yourself."
        }
        OfferStatus::Open | OfferStatus::Declined if offer.mail_stopped_at.is_some() => {
            "The addressee asked for no more mail about this offer, so it was not mailed."
        }
        OfferStatus::Open | OfferStatus::Declined => {
            "This offer was mailed 5 times, so it was not mailed again. Copy its URL, and send it yourself."
        }
    };
    why.to_owned()
}

fn letter(offer: &Offer, asks: &str, partner: &Company, sender: &str, url: &str, stop: &str) -> String {
    let name = &partner.name;
    let says = offer.message.as_ref();
    let says = says.map(|words| format!("{sender} of {name} writes:\n\n{}\n\n", quotation(words))).unwrap_or_default();
    let domain = partner.domain.as_ref();
    let domain = domain.map(|domain| format!("The page shows {domain} as their verified domain. ")).unwrap_or_default();
    format!(
        "Hello,\n\n{says}{asks}{url}\n\nIt works until {}.\n\nTo be sure that it is them: {domain}The page also shows a \
         code. Call {name} at a number you already know, and have them read the code to you.\n\n{sender} of {name} \
         entered your address. To get no more mail about this offer:\n{stop}\n",
        date(offer.link_ends_at),
    )
}
