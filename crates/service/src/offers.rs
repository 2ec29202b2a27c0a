//! What a partner sends.

use mandate_domain::{
    Action, Addressee, ContentKind, EmailAddress, Event, GrantDays, LinkDays, OfferAnswer, OfferId, OfferMessage,
    OfferName, OfferState, OfferStatus, Role, RoleSet, sort_key,
};
use mandate_store::{
    decisions,
    offers::{self, AnsweredOffer},
    orders, transaction, users,
};

pub use mandate_store::{
    decisions::{Answer, Outcome},
    offers::{BatchPlace, Offer},
};

use crate::{
    Error, Principal, Result, Service, acceptance::OrderView, addressee_list::parse_addressee, form::Problems,
    overview::whom, place::Place, sales::Sale,
};

/// What an offer asks for, from whom, and in which words. A template keeps the same.
#[derive(Clone, Debug)]
pub struct Terms {
    /// None where a sale asks for no delegated administration.
    pub roles: RoleSet,
    pub days: GrantDays,
    pub link_days: LinkDays,
    /// Whether one customer uses it up.
    pub single_use: bool,
    pub message: Option<OfferMessage>,
}

/// The same as it was typed: the roles, *Number of days*, *Link works for*, *Who may use this offer* and *Your words*.
#[derive(Clone, Copy, Debug, Default)]
pub struct TermsForm<'a> {
    pub roles: &'a [String],
    pub days: &'a str,
    pub link_days: &'a str,
    /// `one`, or `any`.
    pub uses: &'a str,
    pub message: &'a str,
}

impl Terms {
    pub(crate) fn parse(form: &TermsForm, problems: &mut Problems) -> Option<Self> {
        let roles = problems.check("roles", offered_roles(form.roles));
        let days = problems.check("days", GrantDays::parse(form.days));
        let link_days = problems.check("link_days", LinkDays::parse(form.link_days));
        let single_use = problems.check("uses", uses(form.uses));
        let message = problems.check("message", OfferMessage::parse_optional(form.message));
        Some(Self { roles: roles?, days: days?, link_days: link_days?, single_use: single_use?, message: message? })
    }
}

/// An offer to be made.
#[derive(Clone, Debug)]
pub struct NewOffer {
    pub name: OfferName,
    pub terms: Terms,
    /// The only company that may use it.
    pub addressed_to: Option<Addressee>,
    pub email: Option<EmailAddress>,
    /// Whether it is mailed there at once.
    pub mail: bool,
}

/// The same as it was typed: *Offer name*, the terms, *Domain or user name*, *Email of the addressee*, and whether it
/// is mailed.
#[derive(Clone, Copy, Debug, Default)]
pub struct OfferForm<'a> {
    pub name: &'a str,
    pub terms: TermsForm<'a>,
    pub addressed_to: &'a str,
    pub email: &'a str,
    pub mail: bool,
}

impl NewOffer {
    pub fn parse(form: &OfferForm) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let name = problems.check("name", OfferName::parse(form.name));
        let terms = Terms::parse(&form.terms, &mut problems);
        let for_whom = ForWhom::parse(form.addressed_to, form.email, form.mail, &mut problems);
        match (name, terms, for_whom) {
            (Some(name), Some(terms), Some(ForWhom { addressed_to, email, mail })) if problems.is_empty() => {
                Ok(Self { name, terms, addressed_to, email, mail })
            }
            _ => Err(problems),
        }
    }
}

/// Whom an offer is for, and whether it is mailed to them.
#[derive(Clone, Debug)]
pub struct ForWhom {
    /// The only company that may use it.
    pub addressed_to: Option<Addressee>,
    pub email: Option<EmailAddress>,
    /// Whether it is mailed there at once.
    pub mail: bool,
}

impl ForWhom {
    pub(crate) fn parse(addressed_to: &str, email: &str, mail: bool, problems: &mut Problems) -> Option<Self> {
        let addressed_to = match addressed_to.trim() {
            "" => Some(None),
            text => problems.check("addressed_to", parse_addressee(text)).map(Some),
        };
        let email = problems.check("addressee_email", EmailAddress::parse_optional(email));
        if mail && matches!(email, Some(None)) {
            problems.add("addressee_email", "Enter the address that the offer is mailed to, or do not have it mailed");
        }
        Some(Self { addressed_to: addressed_to?, email: email?, mail })
    }
}

fn uses(text: &str) -> Result<bool, &'static str> {
    match text {
        "any" | "" => Ok(false),
        "one" => Ok(true),
        _ => Err("Choose who may use this offer"),
    }
}

pub(crate) fn offered_roles(keys: &[String]) -> Result<RoleSet, &'static str> {
    let mut roles = RoleSet::default();
    for key in keys {
        let role: Role = key.parse().map_err(|_| "One of these roles is unknown. Choose again")?;
        if !Role::OFFERED.contains(&role) {
            return Err("An offer cannot ask for this role. Choose again");
        }
        roles = roles.with(role);
    }
    if roles.is_empty() { Err("Choose at least one role") } else { Ok(roles) }
}

/// An offer as its page shows it.
#[derive(Clone, Debug)]
pub struct OfferView {
    pub offer: Offer,
    pub status: OfferStatus,
    pub created_by: String,
    pub authorized: i64,
    pub declined: i64,
    pub answers: Vec<Answer>,
    /// While the link can be used.
    pub url: Option<String>,
    /// With the URL: what both sides can compare on the telephone.
    pub code: Option<String>,
    /// For whom it is, in words.
    pub whom: String,
    /// What it offers beside delegated administration, and what was agreed.
    pub sale: Option<Sale>,
    pub order: Option<OrderView>,
}

/// How many answers an offer's page shows.
const ANSWERS_SHOWN: i64 = 50;

impl Service {
    pub async fn create_offer(&self, who: &Principal, new: &NewOffer) -> Result<OfferId> {
        let place = Place::own(who);
        place.permits(Action::ManageOffers)?;
        let offer = self.draft(who, new);
        transaction!(self.db, Error, |conn| {
            if !offers::insert(conn, &offer, &sort_key(&offer.name)).await? {
                let message = "You have an offer of this name. Choose another name";
                return Err(Problems::one("name", message).into());
            }
            self.record(conn, who, &place, &offer.name, Event::OfferCreated).await?;
            if new.mail {
                self.mail_offer(conn, who, &place, &offer).await?;
            }
            Ok(offer.id)
        })
    }

    pub(crate) fn draft(&self, who: &Principal, new: &NewOffer) -> Offer {
        self.draft_on_terms(who, &new.name, &new.terms, new.addressed_to.as_ref(), new.email.as_ref())
    }

    pub(crate) fn draft_on_terms(
        &self,
        who: &Principal,
        name: &str,
        terms: &Terms,
        addressed_to: Option<&Addressee>,
        email: Option<&EmailAddress>,
    ) -> Offer {
        let now = self.now();
        Offer {
            id: OfferId(self.new_id()),
            partner_id: who.company.id,
            name: name.to_owned(),
            roles: terms.roles,
            days: terms.days,
            link_ends_at: terms.link_days.after(now),
            state: OfferState::Open,
            generation: 1,
            created_by: who.user.id,
            created_at: now,
            // One company owns a domain, and one has a user of a name.
            single_use: terms.single_use || addressed_to.is_some(),
            addressed_to: addressed_to.cloned(),
            answer: OfferAnswer::None,
            message: terms.message.as_ref().map(ToString::to_string),
            addressee_name: None,
            addressee_email: email.map(ToString::to_string),
            batch: None,
            mailings: 0,
            mailed_at: None,
            reminders: 0,
            next_reminder_at: None,
            mail_stopped_at: None,
            content: ContentKind::Delegation,
            country: None,
            currency: None,
            sale_reference: None,
            partner_reference: None,
            converts: None,
        }
    }

    /// By the short reference of a trial or purchase, as it was read out or written down.
    pub async fn find_offer(&self, who: &Principal, reference: &str) -> Result<OfferId> {
        Place::own(who).permits(Action::ManageOffers)?;
        let reference: String = reference.chars().filter(|c| !c.is_whitespace()).collect();
        let mut conn = self.db.read().await?;
        let found = offers::by_reference(&mut conn, who.company.id, &reference.to_uppercase()).await?;
        found.ok_or_else(|| Problems::one("find", "You have no offer with this reference").into())
    }

    pub async fn offer(&self, who: &Principal, id: OfferId) -> Result<OfferView> {
        Place::own(who).permits(Action::ManageOffers)?;
        let mut conn = self.db.read().await?;
        let AnsweredOffer { offer, authorized, declined } =
            offers::by_id(&mut conn, who.company.id, id).await?.ok_or(Error::NotFound)?;
        let answers = decisions::answers(&mut conn, who.company.id, id, ANSWERS_SHOWN).await?;
        let created_by = users::by_id(&mut conn, who.company.id, offer.created_by).await?;
        let status = offer.status(self.now());
        let url = status.can_be_answered().then(|| self.offer_url(&offer));
        let code = url.as_ref().map(|_| self.key.verification_code(offer.id, offer.generation));
        let created_by = created_by.map(|user| user.display_name).unwrap_or_default();
        let whom = whom(&offer);
        let sale = Self::sale_of(&mut conn, &offer).await?;
        let placed = if sale.is_some() { orders::of_offer(&mut conn, who.company.id, id).await? } else { None };
        let order = match placed {
            Some(order) => Some(Self::order_view(&mut conn, order).await?),
            None => None,
        };
        Ok(OfferView { offer, status, created_by, authorized, declined, answers, url, code, whom, sale, order })
    }

    pub(crate) fn offer_url(&self, offer: &Offer) -> String {
        self.url(&format!("/o/{}", self.key.offer_token(offer.id, offer.generation)))
    }

    /// Makes a new URL, and ends the one that was out.
    pub async fn renew_offer_url(&self, who: &Principal, id: OfferId) -> Result<()> {
        let place = Place::own(who);
        place.permits(Action::ManageOffers)?;
        let now = self.now();
        transaction!(self.db, Error, |conn| {
            let found = offers::by_id(conn, who.company.id, id).await?.ok_or(Error::NotFound)?.offer;
            if !offers::renew_url(conn, who.company.id, id, found.generation, now).await? {
                let message = match found.status(now) {
                    OfferStatus::UsedUp => "This offer is used up, so it has no URL any more. Create a new offer.",
                    OfferStatus::Open | OfferStatus::Declined => {
                        "Somebody else made a new URL at the same moment. It is shown here."
                    }
                    OfferStatus::Expired => "This offer has expired, so it has no URL any more. Create a new offer.",
                    OfferStatus::Withdrawn => {
                        "This offer was withdrawn, so it has no URL any more. Create a new offer."
                    }
                };
                return Err(Error::Changed(message.to_owned()));
            }
            self.record(conn, who, &place, &found.name, Event::OfferUrlRenewed).await
        })
    }

    /// Ends the URL. What customers have authorized stays. Withdrawing twice changes nothing more.
    pub async fn withdraw_offer(&self, who: &Principal, id: OfferId) -> Result<()> {
        let place = Place::own(who);
        place.permits(Action::ManageOffers)?;
        let now = self.now();
        transaction!(self.db, Error, |conn| {
            let found = offers::by_id(conn, who.company.id, id).await?.ok_or(Error::NotFound)?.offer;
            if offers::withdraw(conn, who.company.id, id, now).await? {
                self.record(conn, who, &place, &found.name, Event::OfferWithdrawn).await?;
            } else if offers::by_id(conn, who.company.id, id).await?.is_some_and(|now| now.offer.is_used_up()) {
                let message = "A customer has used this offer, so there is nothing left to withdraw.";
                return Err(Error::Changed(message.to_owned()));
            }
            Ok(())
        })
    }
}
