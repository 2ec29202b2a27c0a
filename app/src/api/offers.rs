//! Making, showing and ending a partner's offers.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use mandate_domain::{OfferId, OfferStatus, Role};
use serde::{Deserialize, Serialize};

use super::{ApiError, Posted};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewOfferView {
    /// How the last attempt ended, where it was posted plainly.
    pub posted: Option<Posted<OfferId>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferView {
    pub id: OfferId,
    pub name: String,
    pub status: OfferStatus,
    /// While the link can be used.
    pub url: Option<String>,
    pub roles: Vec<Role>,
    pub days: u16,
    pub link_ends_at: DateTime<Utc>,
    pub created_by: String,
    pub created_at: DateTime<Utc>,
    pub authorized: i64,
    pub declined: i64,
    /// The latest of them.
    pub answers: Vec<AnswerView>,
    pub sender: SenderView,
    pub posted: Option<Posted<()>>,
    pub notice: Option<String>,
}

/// A customer's decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerView {
    pub company: String,
    pub authorized: bool,
    pub reason: Option<String>,
    pub at: DateTime<Utc>,
}

/// Who signs the message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SenderView {
    pub name: String,
    pub company: String,
    pub domain: Option<String>,
}

#[server(prefix = "/api", endpoint = "offers/new")]
pub async fn load_new_offer() -> Result<NewOfferView, ApiError> {
    use mandate_domain::Action;
    use mandate_service::place::Place;

    use super::request::{Request, refuse};

    let request = Request::current()?;
    let who = require_partner(&request).await?;
    Place::own(&who).permits(Action::ManageOffers).map_err(refuse)?;
    Ok(NewOfferView { posted: request.take_posted("new-offer") })
}

#[server(prefix = "/api", endpoint = "offers/create")]
pub async fn create_offer(
    name: String,
    #[server(default)] roles: Vec<String>,
    days: String,
    link_days: String,
) -> Result<Posted<OfferId>, ApiError> {
    use mandate_service::offers::NewOffer;

    use super::request::{After, Request};

    let request = Request::current()?;
    let who = require_partner(&request).await?;
    let outcome = match NewOffer::parse(&name, &roles, &days, &link_days) {
        Ok(new) => request.service().create_offer(&who, &new).await,
        Err(problems) => Err(problems.into()),
    };
    let mut typed = vec![("name", name.as_str()), ("days", days.as_str()), ("link_days", link_days.as_str())];
    typed.extend(roles.iter().map(|role| ("roles", role.as_str())));
    request.finish("new-offer", "/partner/offers/new", outcome, &typed, |id| {
        let notice = "The offer is made. Its URL is ready to be copied, or sent by email.";
        After::GoSaying(format!("/partner/offers/{id}"), notice.to_owned())
    })
}

#[server(prefix = "/api", endpoint = "offers/offer")]
pub async fn load_offer(offer: String) -> Result<OfferView, ApiError> {
    use mandate_service::offers::Outcome;

    use super::request::{Request, refuse};

    let request = Request::current()?;
    let who = require_partner(&request).await?;
    let id = offer.parse().map_err(|_| refuse(ApiError::NotFound))?;
    let found = request.service().offer(&who, id).await.map_err(refuse)?;
    let answers = found.answers.into_iter().map(|answer| AnswerView {
        company: answer.company_name,
        authorized: answer.outcome == Outcome::Authorized,
        reason: answer.reason,
        at: answer.decided_at,
    });
    Ok(OfferView {
        id,
        name: found.offer.name,
        status: found.status,
        url: found.url,
        roles: found.offer.roles.iter().collect(),
        days: found.offer.days.get(),
        link_ends_at: found.offer.link_ends_at,
        created_by: found.created_by,
        created_at: found.offer.created_at,
        authorized: found.authorized,
        declined: found.declined,
        answers: answers.collect(),
        sender: SenderView { name: who.user.display_name, company: who.company.name, domain: who.company.domain },
        posted: request.take_posted("offer"),
        notice: request.take_notice(),
    })
}

#[server(prefix = "/api", endpoint = "offers/renew-url")]
pub async fn renew_offer_url(offer: String) -> Result<Posted<()>, ApiError> {
    use mandate_service::Error;

    use super::request::Request;

    let request = Request::current()?;
    let who = require_partner(&request).await?;
    let outcome = match offer.parse() {
        Ok(id) => request.service().renew_offer_url(&who, id).await,
        Err(_) => Err(Error::NotFound),
    };
    back_to_offer(&request, &offer, outcome, "There is a new URL. The old one does not work any more.")
}

#[server(prefix = "/api", endpoint = "offers/withdraw")]
pub async fn withdraw_offer(offer: String) -> Result<Posted<()>, ApiError> {
    use mandate_service::Error;

    use super::request::Request;

    let request = Request::current()?;
    let who = require_partner(&request).await?;
    let outcome = match offer.parse() {
        Ok(id) => request.service().withdraw_offer(&who, id).await,
        Err(_) => Err(Error::NotFound),
    };
    back_to_offer(&request, &offer, outcome, "The offer is withdrawn.")
}

/// For anybody else there are no such pages.
#[cfg(feature = "ssr")]
async fn require_partner(request: &super::request::Request) -> Result<mandate_service::Principal, ApiError> {
    let who = request.require().await?;
    if who.company.is_partner { Ok(who) } else { Err(super::request::refuse(ApiError::NotFound)) }
}

#[cfg(feature = "ssr")]
fn back_to_offer(
    request: &super::request::Request,
    offer: &str,
    outcome: mandate_service::Result<()>,
    notice: &str,
) -> Result<Posted<()>, ApiError> {
    use super::request::{After, local_path};

    let page = local_path(&format!("/partner/offers/{offer}"));
    request.finish("offer", &page.clone(), outcome, &[], |()| After::GoSaying(page, notice.to_owned()))
}
