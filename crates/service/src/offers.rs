//! What a partner sends.

use mandate_domain::{
    Action, Event, GrantDays, LinkDays, OfferId, OfferName, OfferState, OfferStatus, Role, RoleSet, sort_key,
};
use mandate_store::{
    decisions,
    offers::{self, AnsweredOffer, Offer},
    transaction, users,
};

pub use mandate_store::decisions::{Answer, Outcome};

use crate::{Error, Principal, Result, Service, form::Problems, place::Place};

/// An offer to be made.
#[derive(Clone, Debug)]
pub struct NewOffer {
    pub name: OfferName,
    pub roles: RoleSet,
    pub days: GrantDays,
    pub link_days: LinkDays,
}

impl NewOffer {
    /// From the fields *Offer name*, the roles, *Number of days* and *Link works for*.
    pub fn parse(name: &str, roles: &[String], days: &str, link_days: &str) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let name = problems.check("name", OfferName::parse(name));
        let roles = problems.check("roles", offered_roles(roles));
        let days = problems.check("days", GrantDays::parse(days));
        let link_days = problems.check("link_days", LinkDays::parse(link_days));
        match (name, roles, days, link_days) {
            (Some(name), Some(roles), Some(days), Some(link_days)) => Ok(Self { name, roles, days, link_days }),
            _ => Err(problems),
        }
    }
}

fn offered_roles(keys: &[String]) -> Result<RoleSet, &'static str> {
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
}

/// How many answers an offer's page shows.
const ANSWERS_SHOWN: i64 = 50;

impl Service {
    pub async fn create_offer(&self, who: &Principal, new: &NewOffer) -> Result<OfferId> {
        let place = Place::own(who);
        place.permits(Action::ManageOffers)?;
        let now = self.now();
        let offer = Offer {
            id: OfferId(self.new_id()),
            partner_id: who.company.id,
            name: new.name.to_string(),
            roles: new.roles,
            days: new.days,
            link_ends_at: new.link_days.after(now),
            state: OfferState::Open,
            generation: 1,
            created_by: who.user.id,
            created_at: now,
        };
        transaction!(self.db, Error, |conn| {
            if !offers::insert(conn, &offer, &sort_key(&offer.name)).await? {
                let message = "You have an offer of this name. Choose another name";
                return Err(Problems::one("name", message).into());
            }
            self.record(conn, who, &place, &offer.name, Event::OfferCreated).await?;
            Ok(offer.id)
        })
    }

    pub async fn offer(&self, who: &Principal, id: OfferId) -> Result<OfferView> {
        Place::own(who).permits(Action::ManageOffers)?;
        let mut conn = self.db.read().await?;
        let AnsweredOffer { offer, authorized, declined } =
            offers::by_id(&mut conn, who.company.id, id).await?.ok_or(Error::NotFound)?;
        let answers = decisions::answers(&mut conn, who.company.id, id, ANSWERS_SHOWN).await?;
        let created_by = users::by_id(&mut conn, who.company.id, offer.created_by).await?;
        let status = offer.state.at(self.now(), offer.link_ends_at);
        let url = (status == OfferStatus::Open).then(|| self.offer_url(&offer));
        let created_by = created_by.map(|user| user.display_name).unwrap_or_default();
        Ok(OfferView { offer, status, created_by, authorized, declined, answers, url })
    }

    fn offer_url(&self, offer: &Offer) -> String {
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
                let message = match found.state.at(now, found.link_ends_at) {
                    OfferStatus::Open => "Somebody else made a new URL at the same moment. It is shown here.",
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
            }
            Ok(())
        })
    }
}
