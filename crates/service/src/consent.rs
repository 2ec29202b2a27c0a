//! What a customer answers to an offer.

use chrono::{DateTime, Utc};
use mandate_domain::{
    Action, Addressee, CompanyId, ContentKind, DecisionId, DeclineReason, Difference, Event, GrantId, GrantState,
    GrantStatus, OfferId, OfferStatus, Refusal, difference,
};
use mandate_store::{
    Conn,
    activity::{self, NewEntry},
    companies::{self, Company},
    decisions::{self, Decision, Outcome},
    domains,
    grants::{self, Grant},
    offer_mail,
    offers::{self, Offer},
    orders, search, subscriptions, transaction, users,
};

use crate::{
    Error, Principal, Result, Service,
    acceptance::OrderView,
    notify::{Recipient, contact, date, quotation},
    overview::customer_terms,
    place::{Place, person},
    sales::Sale,
    server_key::OfferToken,
};

/// An offer as its customer sees it.
#[derive(Clone, Debug)]
pub enum Consent {
    /// Damaged, replaced by a new URL, or never made: these answer alike.
    Unknown,
    /// The link can no longer be used.
    Over {
        partner: Company,
        status: OfferStatus,
    },
    /// It is meant for another company than the reader's. Which one is not said.
    Elsewhere {
        partner: Company,
    },
    Open(Box<OpenConsent>),
}

/// What is asked, by whom, and who reads it.
#[derive(Clone, Debug)]
pub struct OpenConsent {
    pub partner: Company,
    pub sender: String,
    pub offer: Offer,
    /// What the partner reads on its own page too.
    pub code: String,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub reader: Reader,
    /// What it offers beside delegated administration.
    pub sale: Option<Sale>,
    /// Whether who has no account yet can start a company with it.
    pub may_sign_up: bool,
}

/// Who reads the offer, and so what they can do with it.
#[derive(Clone, Debug)]
pub enum Reader {
    SignedOut,
    /// Of the partner itself.
    Partner,
    /// Of the customer, without the right: these people have it.
    MayNotDecide {
        administrators: Vec<String>,
    },
    MayDecide {
        standing: Option<Difference>,
        declined: Option<Decision>,
    },
    /// The company authorized it already, and this is what came of it.
    Authorized {
        grant: Grant,
        status: GrantStatus,
    },
    /// The company accepted what it sells, with delegated administration or without.
    Ordered {
        order: Box<OrderView>,
        grant: Option<(Grant, GrantStatus)>,
    },
}

/// How many of those who may decide are named.
const NAMED: i64 = 10;

impl Service {
    /// The offer of a token, while that is of its current URL.
    async fn offer_of(&self, conn: &mut Conn, token: &OfferToken) -> Result<Option<Offer>> {
        let offer = offers::by_token(conn, token.offer).await?;
        Ok(offer.filter(|offer| self.key.verifies(token, offer.generation)))
    }

    /// Which offer a URL is of. It reads, and changes nothing: mail scanners open links.
    pub async fn resolve_offer_url(&self, token: &str) -> Result<Option<OfferId>> {
        let Some(token) = OfferToken::parse(token) else { return Ok(None) };
        let mut conn = self.db.read().await?;
        Ok(self.offer_of(&mut conn, &token).await?.map(|offer| offer.id))
    }

    pub async fn consent(&self, who: Option<&Principal>, token: &str) -> Result<Consent> {
        let Some(token) = OfferToken::parse(token) else { return Ok(Consent::Unknown) };
        let mut conn = self.db.read().await?;
        let Some(offer) = self.offer_of(&mut conn, &token).await? else { return Ok(Consent::Unknown) };
        self.consent_to(&mut conn, who, offer).await
    }

    pub(crate) async fn consent_to(&self, conn: &mut Conn, who: Option<&Principal>, offer: Offer) -> Result<Consent> {
        let now = self.now();
        let partner = companies::by_id(conn, offer.partner_id).await?.ok_or(Error::NotFound)?;
        let reader = self.reader(conn, who, &offer, now).await?;
        let status = offer.status(now);
        // What was authorized or ordered can still be read there when the link is over.
        if !matches!(reader, Reader::Authorized { .. } | Reader::Ordered { .. }) {
            if let Some(who) = who
                && !matches!(reader, Reader::Partner)
                && !is_meant_for(conn, &offer, who.company.id).await?
            {
                return Ok(Consent::Elsewhere { partner });
            }
            if !status.can_be_answered() {
                return Ok(Consent::Over { partner, status });
            }
        }
        let sender = users::by_id(conn, partner.id, offer.created_by).await?.ok_or(Error::NotFound)?;
        Ok(Consent::Open(Box::new(OpenConsent {
            partner,
            sender: sender.display_name,
            code: self.key.verification_code(offer.id, offer.generation),
            starts_at: now,
            ends_at: offer.days.after(now),
            reader,
            sale: Self::sale_of(conn, &offer).await?,
            may_sign_up: may_sign_up(&offer),
            offer,
        })))
    }

    async fn reader(
        &self,
        conn: &mut Conn,
        who: Option<&Principal>,
        offer: &Offer,
        now: DateTime<Utc>,
    ) -> Result<Reader> {
        let Some(who) = who else { return Ok(Reader::SignedOut) };
        if who.user.must_change_password {
            return Err(Refusal::MustChangePassword.into());
        }
        if who.company.id == offer.partner_id {
            return Ok(Reader::Partner);
        }
        let decision = decisions::of_company(conn, offer.id, who.company.id).await?;
        let may_decide = Place::own(who).allows(Action::DecideConsent);
        if may_decide
            && offer.content.is_sale()
            && let Some(order) = orders::by_offer_and_company(conn, offer.id, who.company.id).await?
        {
            let grant = authorized_grant(conn, decision.as_ref()).await?;
            let grant = grant.map(|grant| {
                let status = grant.state.at(now, grant.ends_at);
                (grant, status)
            });
            let order = Box::new(Self::order_view(conn, order).await?);
            return Ok(Reader::Ordered { order, grant });
        }
        if let Some(authorized) = decision.as_ref().filter(|decision| decision.outcome == Outcome::Authorized)
            && let Some(grant) = grants::by_decision(conn, authorized.id).await?
            && may_decide
        {
            let status = grant.state.at(now, grant.ends_at);
            return Ok(Reader::Authorized { grant, status });
        }
        if !may_decide {
            let administrators = users::global_administrators(conn, who.company.id, NAMED).await?;
            let administrators = administrators.into_iter().map(|user| user.display_name).collect();
            return Ok(Reader::MayNotDecide { administrators });
        }
        // What asks for nothing changes nothing of what stands.
        let standing = if offer.roles.is_empty() {
            None
        } else {
            grants::live(conn, offer.partner_id, who.company.id, now).await?
        };
        let standing = standing.map(|grant| difference(grant.roles, grant.ends_at, offer.roles, offer.days.after(now)));
        Ok(Reader::MayDecide { standing, declined: decision })
    }

    /// The offer, where the principal may answer it; held, so that no withdrawal slips in between check and write.
    pub(crate) async fn offer_to_decide(
        &self,
        conn: &mut Conn,
        who: &Principal,
        token: &str,
    ) -> Result<(Offer, Company)> {
        self.enter_to_change(conn, who, who.company.id).await?.permits(Action::DecideConsent)?;
        let token = OfferToken::parse(token).ok_or(Error::NotFound)?;
        let offer = offers::lock(conn, token.offer).await?;
        let offer = offer.filter(|offer| self.key.verifies(&token, offer.generation)).ok_or(Error::NotFound)?;
        if offer.partner_id == who.company.id {
            let message = "This is your own company’s offer. A customer’s global administrator can authorize it.";
            return Err(Error::Changed(message.to_owned()));
        }
        let partner = companies::by_id(conn, offer.partner_id).await?.ok_or(Error::NotFound)?;
        Ok((offer, partner))
    }

    /// Whether the company may answer, and still can.
    pub(crate) async fn check_open(
        &self,
        conn: &mut Conn,
        offer: &Offer,
        partner: &Company,
        customer: CompanyId,
    ) -> Result<()> {
        if !is_meant_for(conn, offer, customer).await? {
            let message = "This offer is meant for another company, so nothing was changed.";
            return Err(Error::Changed(format!("{message} Ask {} for one of your own.", partner.name)));
        }
        self.check_answerable(offer, partner)
    }

    /// Whether anybody still can.
    pub(crate) fn check_answerable(&self, offer: &Offer, partner: &Company) -> Result<()> {
        let name = &partner.name;
        let what = match offer.status(self.now()) {
            OfferStatus::Open | OfferStatus::Declined => return Ok(()),
            OfferStatus::UsedUp => return Err(used_up(partner)),
            OfferStatus::Expired => "has expired",
            OfferStatus::Withdrawn => "was withdrawn",
        };
        Err(Error::Changed(format!("This offer {what}, so nothing was changed. Ask {name} for a new one.")))
    }

    /// Authorizes an offer for the principal's company. However often and by whomever it is done, there is one grant,
    /// and each who asked is given it.
    pub async fn authorize(&self, who: &Principal, token: &str) -> Result<GrantId> {
        let now = self.now();
        let customer = who.company.id;
        transaction!(self.db, Error, |conn| {
            let (offer, partner) = self.offer_to_decide(conn, who, token).await?;
            if offer.content != ContentKind::Delegation {
                let message = "This offer also sells something. Load the page again, and look at all of it.";
                return Err(Error::Changed(message.to_owned()));
            }
            let standing_decision = decisions::of_company(conn, offer.id, customer).await?;
            if let Some(grant) = authorized_grant(conn, standing_decision.as_ref()).await? {
                return self.still_live(&grant, &partner);
            }
            self.check_open(conn, &offer, &partner, customer).await?;
            let decision = Decision {
                id: standing_decision.map_or_else(|| DecisionId(self.new_id()), |decision| decision.id),
                offer_id: offer.id,
                company_id: customer,
                outcome: Outcome::Authorized,
                reason: None,
                decided_by: who.user.id,
                decided_at: now,
            };
            if !decisions::decide(conn, &decision).await? {
                // Another tab, administrator or server was first; it has committed, or this write would still wait.
                let first = decisions::of_company(conn, offer.id, customer).await?;
                let grant = authorized_grant(conn, first.as_ref()).await?;
                let grant = grant.ok_or(Error::Internal("an authorized decision without a grant"))?;
                return self.still_live(&grant, &partner);
            }
            // Of two companies at the same moment, one uses it up. Refused here, the decision above is rolled back.
            if offer.single_use && !offers::use_up(conn, offer.id).await? {
                return Err(used_up(&partner));
            }
            offer_mail::end_reminders(conn, offer.id).await?;
            // One that declined at the same moment may have kept its row: the id is then that row's.
            let decision = decisions::of_company(conn, offer.id, customer)
                .await?
                .ok_or(Error::Internal("a decision that was just kept is not there"))?;
            companies::lock(conn, &[customer, partner.id]).await?;
            let grant = self.give(conn, who, &offer, &partner, decision.id).await?;
            self.record_authorized(conn, who, &offer, &grant).await?;
            self.tell_authorized(conn, who, &offer, &partner, &grant).await?;
            Ok(grant.id)
        })
    }

    /// Whoever asks again is given the grant there is; one that ended does not come back.
    fn still_live(&self, grant: &Grant, partner: &Company) -> Result<GrantId> {
        if grant.state.at(self.now(), grant.ends_at) == GrantStatus::Active {
            return Ok(grant.id);
        }
        let name = &partner.name;
        let message = format!("An offer gives access once, and this one’s has ended. Ask {name} for a new one.");
        Err(Error::Changed(message))
    }

    /// Makes the grant, in the place of one that stands.
    pub(crate) async fn give(
        &self,
        conn: &mut Conn,
        who: &Principal,
        offer: &Offer,
        partner: &Company,
        decision: DecisionId,
    ) -> Result<Grant> {
        let now = self.now();
        let customer = who.company.id;
        if let Some(standing) = grants::standing(conn, partner.id, customer).await? {
            let state = if standing.ends_at <= now { GrantState::Expired } else { GrantState::Replaced };
            grants::end(conn, standing.id, state, now, Some(who.user.id)).await?;
            if state == GrantState::Replaced {
                self.record_for_both(conn, who, partner.id, &partner.name, Event::GrantReplaced).await?;
            }
        }
        let grant = Grant {
            id: GrantId(self.new_id()),
            partner_id: partner.id,
            customer_id: customer,
            decision_id: decision,
            roles: offer.roles,
            state: GrantState::Active,
            starts_at: now,
            ends_at: offer.days.after(now),
            last_used_at: None,
            ended_at: None,
        };
        grants::insert(conn, &grant).await?;
        search::index(conn, partner.id, search::Kind::Customer, customer.0, &customer_terms(&who.company)).await?;
        Ok(grant)
    }

    pub(crate) async fn record_authorized(
        &self,
        conn: &mut Conn,
        who: &Principal,
        offer: &Offer,
        grant: &Grant,
    ) -> Result<()> {
        let event = Event::OfferAuthorized { roles: grant.roles.iter().collect(), ends_at: grant.ends_at };
        self.record_for_both(conn, who, grant.partner_id, &offer.name, event).await
    }

    async fn tell_authorized(
        &self,
        conn: &mut Conn,
        who: &Principal,
        offer: &Offer,
        partner: &Company,
        grant: &Grant,
    ) -> Result<()> {
        let customer = &who.company.name;
        let roles: Vec<_> = grant.roles.iter().map(|role| format!("- {}", role.name())).collect();
        let subject = format!("{customer} authorized {}", partner.name);
        let body = format!(
            "{} of {customer} authorized your offer “{}”.\n\nUntil {} your people can act in {customer} with these \
             roles:\n{}\n\nOpen {customer}: {}\n",
            who.user.display_name,
            offer.name,
            date(grant.ends_at),
            roles.join("\n"),
            self.url(&format!("/customers/{}/users", who.company.id)),
        );
        let recipients = self.offer_recipients(conn, offer, partner).await?;
        self.notify(conn, recipients, &subject, &body).await
    }

    /// Declines an offer. The answer can be changed while the offer is open.
    pub async fn decline(&self, who: &Principal, token: &str, reason: Option<&DeclineReason>) -> Result<()> {
        let now = self.now();
        transaction!(self.db, Error, |conn| {
            let (offer, partner) = self.offer_to_decide(conn, who, token).await?;
            let before = decisions::of_company(conn, offer.id, who.company.id).await?;
            if before.as_ref().is_some_and(|before| before.outcome == Outcome::Authorized) {
                return Err(authorized_already(&offer));
            }
            self.check_open(conn, &offer, &partner, who.company.id).await?;
            let reason = reason.map(ToString::to_string);
            let was_declined = before.is_some();
            if before.as_ref().is_some_and(|before| before.reason == reason) {
                return Ok(());
            }
            let decision = Decision {
                id: before.map_or_else(|| DecisionId(self.new_id()), |decision| decision.id),
                offer_id: offer.id,
                company_id: who.company.id,
                outcome: Outcome::Declined,
                reason: reason.clone(),
                decided_by: who.user.id,
                decided_at: now,
            };
            if !decisions::decide(conn, &decision).await? {
                return Err(authorized_already(&offer));
            }
            offers::declined(conn, offer.id).await?;
            offer_mail::end_reminders(conn, offer.id).await?;
            let event = Event::OfferDeclined { reason: reason.clone() };
            self.record_for_both(conn, who, partner.id, &offer.name, event).await?;
            if was_declined {
                return Ok(());
            }
            let customer = &who.company.name;
            let subject = format!("{customer} declined {}", partner.name);
            let because = reason.as_ref().map_or_else(|| "They gave no reason.".to_owned(), |reason| quoted(reason));
            let body = format!(
                "{} of {customer} declined your offer “{}”.\n\n{because}\n\nThey can still change their answer until \
                 {}.\n",
                who.user.display_name,
                offer.name,
                date(offer.link_ends_at),
            );
            let recipients = self.offer_recipients(conn, &offer, &partner).await?;
            self.notify(conn, recipients, &subject, &body).await
        })
    }

    /// The sender of an offer and the partner's contact.
    pub(crate) async fn offer_recipients(
        &self,
        conn: &mut Conn,
        offer: &Offer,
        partner: &Company,
    ) -> Result<Vec<Recipient>> {
        let sender = users::by_id(conn, partner.id, offer.created_by).await?;
        let sender = sender.filter(|user| !user.is_blocked);
        Ok(sender.as_ref().map(Recipient::from).into_iter().chain(contact(partner)).collect())
    }

    /// Writes what a customer's person did about a partner into the record of both.
    pub(crate) async fn record_for_both(
        &self,
        conn: &mut Conn,
        who: &Principal,
        partner: CompanyId,
        object_name: &str,
        event: Event,
    ) -> Result<()> {
        let entry = NewEntry {
            at: self.now(),
            person: Some(person(who)),
            grant: None,
            on_behalf_of: None,
            object_name: object_name.to_owned(),
            event,
        };
        Ok(activity::append(conn, &[who.company.id, partner], &entry).await?)
    }
}

/// Whose the addressee is, is asked now: the partner never learned whether there is such a company. What converts a
/// trial is for the company that has it.
async fn is_meant_for(conn: &mut Conn, offer: &Offer, company: CompanyId) -> Result<bool> {
    if let Some(trial) = offer.converts
        && subscriptions::by_id(conn, company, trial).await?.is_none()
    {
        return Ok(false);
    }
    let meant = match &offer.addressed_to {
        None => return Ok(true),
        Some(Addressee::Domain(name)) => domains::owner(conn, name.as_str()).await?,
        Some(Addressee::User(name)) => users::by_user_name(conn, &name.to_string()).await?.map(|user| user.company_id),
    };
    Ok(meant == Some(company))
}

/// A company that does not exist yet can accept what is sold, unless that is meant for one that does.
pub fn may_sign_up(offer: &Offer) -> bool {
    offer.content.is_sale() && offer.addressed_to.is_none() && offer.converts.is_none()
}

fn authorized_already(offer: &Offer) -> Error {
    let message = match offer.content {
        ContentKind::Delegation => "Your company has authorized this offer. To end that, remove the partner.",
        ContentKind::Trial | ContentKind::Purchase => {
            "Your company has accepted this offer. What came of it stands under Subscriptions."
        }
    };
    Error::Changed(message.to_owned())
}

pub(crate) fn used_up(partner: &Company) -> Error {
    let name = &partner.name;
    let message = "This offer was for one company, and another has used it, so nothing was changed.";
    Error::Changed(format!("{message} Ask {name} for one of your own."))
}

pub(crate) async fn authorized_grant(conn: &mut Conn, decision: Option<&Decision>) -> Result<Option<Grant>> {
    match decision {
        Some(decision) if decision.outcome == Outcome::Authorized => Ok(grants::by_decision(conn, decision.id).await?),
        _ => Ok(None),
    }
}

fn quoted(text: &str) -> String {
    format!("They wrote:\n\n{}", quotation(text))
}
