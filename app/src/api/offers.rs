//! Making, showing and ending a partner's offers.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use mandate_domain::{OfferId, OfferStatus, Role};
use serde::{Deserialize, Serialize};

use super::{
    ApiError, Posted,
    sale_consent::{OrderView, SaleView},
    templates::TemplateName,
    terms::{TermsPosted, TermsView},
};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewOfferView {
    /// What its fields start with: the chosen template, the default one, or none.
    pub start: TermsView,
    pub templates: Vec<TemplateName>,
    pub chosen: Option<TemplateName>,
    /// How the last attempt ended, where it was posted plainly.
    pub posted: Option<Posted<OfferId>>,
}

/// The fields of a new offer as typed, but for its roles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OfferPosted {
    pub name: String,
    pub addressed_to: String,
    pub addressee_email: String,
    pub mail: String,
    #[serde(flatten)]
    pub terms: TermsPosted,
}

/// A QR code: a path over a square of so many modules a side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QrView {
    pub size: i32,
    pub path: String,
}

/// To whom an offer is mailed, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddresseeView {
    pub email: String,
    /// When last, and how many times more it can be.
    pub mailed_at: Option<DateTime<Utc>>,
    pub times_left: i16,
    pub next_reminder_at: Option<DateTime<Utc>>,
    pub stopped_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferView {
    pub id: OfferId,
    pub name: String,
    pub status: OfferStatus,
    /// While the link can be used.
    pub url: Option<String>,
    /// With the URL: what both sides can compare on the telephone, and a picture of the URL.
    pub code: Option<String>,
    pub qr: Option<QrView>,
    pub whom: String,
    /// The sender's own words.
    pub message: Option<String>,
    pub addressee: Option<AddresseeView>,
    /// What it sells, whether a company that has no account yet can accept it, and what was agreed.
    pub sale: Option<SaleView>,
    pub may_sign_up: bool,
    pub order: Option<OrderView>,
    /// None where no delegated administration is asked for.
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
pub async fn load_new_offer(template: String) -> Result<NewOfferView, ApiError> {
    use super::request::Request;

    let request = Request::current()?;
    let who = require_partner(&request).await?;
    let (templates, chosen, start) = start_of(&request, &who, &template).await?;
    Ok(NewOfferView { start, templates, chosen, posted: request.take_posted("new-offer") })
}

/// A partner's templates, and what a form starts with: the template of an id, none (`none`), or the default.
#[cfg(feature = "ssr")]
pub(crate) async fn start_of(
    request: &super::request::Request,
    who: &mandate_service::Principal,
    template: &str,
) -> Result<(Vec<TemplateName>, Option<TemplateName>, TermsView), ApiError> {
    let templates = request.service().offer_templates(who).await.map_err(super::request::refuse)?;
    let chosen = match template {
        "" => templates.iter().find(|template| template.is_default),
        id => templates.iter().find(|template| template.id.to_string() == id),
    };
    let start = chosen.map(TermsView::from).unwrap_or_default();
    let chosen = chosen.map(TemplateName::from);
    Ok((templates.iter().map(TemplateName::from).collect(), chosen, start))
}

#[server(prefix = "/api", endpoint = "offers/create")]
pub async fn create_offer(
    #[server(default)] roles: Vec<String>,
    #[server(flatten)] offer: OfferPosted,
) -> Result<Posted<OfferId>, ApiError> {
    use mandate_service::offers::{NewOffer, OfferForm};

    use super::request::{After, Request};

    let request = Request::current()?;
    let who = require_partner(&request).await?;
    let form = OfferForm {
        name: &offer.name,
        terms: offer.terms.form(&roles),
        addressed_to: &offer.addressed_to,
        email: &offer.addressee_email,
        mail: offer.mail == "true",
    };
    let outcome = match NewOffer::parse(&form) {
        Ok(new) => request.service().create_offer(&who, &new).await,
        Err(problems) => Err(problems.into()),
    };
    let mut typed = offer.terms.typed(&roles);
    let fields = [
        ("name", &offer.name),
        ("addressed_to", &offer.addressed_to),
        ("addressee_email", &offer.addressee_email),
        ("mail", &offer.mail),
    ];
    typed.extend(fields.map(|(name, value)| (name, value.as_str())));
    request.finish("new-offer", "/partner/offers/new", outcome, &typed, |id| {
        let notice = if offer.mail == "true" {
            "The offer is made, and is on its way to the addressee."
        } else {
            "The offer is made. Its URL is ready to be copied, or sent by email."
        };
        After::GoSaying(format!("/partner/offers/{id}"), notice.to_owned())
    })
}

#[server(prefix = "/api", endpoint = "offers/offer")]
pub async fn load_offer(offer: String) -> Result<OfferView, ApiError> {
    use mandate_service::{offer_mail::MOST_MAILINGS, offers::Outcome};

    use super::request::{Request, refuse};
    use crate::qr::qr;

    let request = Request::current()?;
    let who = require_partner(&request).await?;
    let id = offer.parse().map_err(|_| refuse(ApiError::NotFound))?;
    let found = request.service().offer(&who, id).await.map_err(refuse)?;
    let may_sign_up = mandate_service::consent::may_sign_up(&found.offer);
    let answers = found.answers.into_iter().map(|answer| AnswerView {
        company: answer.company_name,
        authorized: answer.outcome == Outcome::Authorized,
        reason: answer.reason,
        at: answer.decided_at,
    });
    let addressee = found.offer.addressee_email.map(|email| AddresseeView {
        email,
        mailed_at: found.offer.mailed_at,
        times_left: MOST_MAILINGS - found.offer.mailings,
        next_reminder_at: found.offer.next_reminder_at,
        stopped_at: found.offer.mail_stopped_at,
    });
    Ok(OfferView {
        id,
        name: found.offer.name,
        status: found.status,
        code: found.code,
        qr: found.url.as_deref().and_then(qr),
        url: found.url,
        whom: found.whom,
        message: found.offer.message,
        addressee,
        sale: found.sale.map(SaleView::from),
        may_sign_up,
        order: found.order.map(|order| OrderView::new(order, None)),
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

/// Leads to the offer of a short reference.
#[server(prefix = "/api", endpoint = "offers/find")]
pub async fn find_offer(#[server(default)] find: String) -> Result<Posted<OfferId>, ApiError> {
    use super::request::{After, Request};

    let request = Request::current()?;
    let who = require_partner(&request).await?;
    let outcome = request.service().find_offer(&who, &find).await;
    request.finish("find-offer", "/partner#offers-h", outcome, &[("find", find.as_str())], |id| {
        After::Go(format!("/partner/offers/{id}"))
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

#[server(prefix = "/api", endpoint = "offers/resend")]
pub async fn resend_offer(offer: String) -> Result<Posted<()>, ApiError> {
    use mandate_service::Error;

    use super::request::Request;

    let request = Request::current()?;
    let who = require_partner(&request).await?;
    let outcome = match offer.parse() {
        Ok(id) => request.service().resend_offer(&who, id).await,
        Err(_) => Err(Error::NotFound),
    };
    back_to_offer(&request, &offer, outcome, "The offer is on its way to the addressee.")
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
pub(crate) async fn require_partner(request: &super::request::Request) -> Result<mandate_service::Principal, ApiError> {
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
