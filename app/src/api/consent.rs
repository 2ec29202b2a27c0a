//! The customer's side of an offer.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use mandate_domain::Role;
use serde::{Deserialize, Serialize};

use super::{
    ApiError, Posted,
    sale_consent::{OrderView, SaleView},
};

/// An offer as its customer sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConsentView {
    /// Damaged, replaced by a new URL, or never made.
    Unknown,
    /// The link was opened in another browser, or more than a day ago.
    OpenAgain,
    Expired(PartnerView),
    Withdrawn(PartnerView),
    /// It was for one company, and another has used it.
    UsedUp(PartnerView),
    /// It is meant for another company than the reader's.
    Elsewhere(PartnerView),
    Open(Box<OpenConsentView>),
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerView {
    pub name: String,
    pub domain: Option<String>,
    pub contact_address: Option<String>,
    pub phone: Option<String>,
    pub support_email: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenConsentView {
    pub offer_id: String,
    pub partner: PartnerView,
    pub sender: String,
    /// What the partner reads on its own page too.
    pub code: String,
    /// What it sells, where it is more than delegated administration.
    pub sale: Option<SaleView>,
    /// Whether a company can begin with it that has no account yet.
    pub may_sign_up: bool,
    /// None where no access is asked for.
    pub roles: Vec<Role>,
    pub days: u16,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub link_ends_at: DateTime<Utc>,
    pub reader: ReaderView,
}

/// Who reads the offer, and so what they can do with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReaderView {
    SignedOut,
    Partner {
        user: String,
        company: String,
    },
    MayNotDecide {
        user: String,
        company: String,
        administrators: Vec<String>,
        url: String,
    },
    MayDecide {
        user: String,
        company: String,
        company_id: String,
        difference: Option<DifferenceView>,
        declined: Option<DeclinedView>,
    },
    Authorized {
        company: String,
        roles: Vec<Role>,
        starts_at: DateTime<Utc>,
        ends_at: DateTime<Utc>,
        ended: Option<String>,
    },
    Ordered {
        company: String,
        order: OrderView,
    },
}

impl OpenConsentView {
    /// Whether the reader goes on to review what it sells.
    pub fn is_to_be_reviewed(&self) -> bool {
        self.sale.is_some() && matches!(self.reader, ReaderView::MayDecide { .. })
    }
}

/// What the offer would change of the access that the partner has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DifferenceView {
    pub added: Vec<Role>,
    pub kept: Vec<Role>,
    pub removed: Vec<Role>,
    pub ends_before: DateTime<Utc>,
    pub ends_after: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclinedView {
    pub at: DateTime<Utc>,
    pub reason: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentPage {
    pub consent: ConsentView,
    /// How the last attempt to answer ended, where it was refused.
    pub posted: Option<Posted<()>>,
    pub notice: Option<String>,
}

#[server(prefix = "/api", endpoint = "consent/page")]
pub async fn load_consent(offer: String) -> Result<ConsentPage, ApiError> {
    use super::request::{Request, redirect, refuse};

    let request = Request::current()?;
    let page = |consent| ConsentPage { consent, posted: request.take_posted("consent"), notice: request.take_notice() };
    if offer == "unavailable" {
        return Err(refuse(ApiError::Unavailable));
    }
    let Ok(id) = offer.parse::<mandate_domain::OfferId>() else { return Ok(page(ConsentView::Unknown)) };
    let Some(token) = request.cookie(&format!("offer-{id}")) else { return Ok(page(ConsentView::OpenAgain)) };
    let who = request.principal().await?;
    if who.as_ref().is_some_and(|who| who.user.must_change_password) {
        redirect(&format!("/password?next=%2Foffers%2F{id}"));
        return Err(refuse(ApiError::MustChangePassword));
    }
    let consent = request.service().consent(who.as_ref(), &token).await.map_err(refuse)?;
    let consent = view(consent, who.as_ref(), offer_url(&request, &token));
    if let ConsentView::Open(open) = &consent
        && open.is_to_be_reviewed()
    {
        redirect(&format!("/accept/{id}"));
        return Ok(ConsentPage { consent, posted: None, notice: None });
    }
    Ok(page(consent))
}

#[server(prefix = "/api", endpoint = "consent/authorize")]
pub async fn authorize(offer: String, company: String) -> Result<Posted<()>, ApiError> {
    use super::request::{After, Request, local_path};

    let request = Request::current()?;
    let who = request.require().await?;
    let outcome = match answerable(&request, &who, &offer, &company) {
        Ok((_, token)) => request.service().authorize(&who, &token).await.map(|_| ()),
        Err(error) => Err(error),
    };
    let back = local_path(&format!("/offers/{offer}"));
    request.finish("consent", &back, outcome, &[], |()| {
        let notice = "Authorized. You can end this here at any time.";
        After::GoSaying("/partners".to_owned(), notice.to_owned())
    })
}

#[server(prefix = "/api", endpoint = "consent/decline")]
pub async fn decline(
    offer: String,
    company: String,
    #[server(default)] reason: String,
) -> Result<Posted<()>, ApiError> {
    use mandate_domain::DeclineReason;
    use mandate_service::form::Problems;

    use super::request::{After, Request, local_path};

    let request = Request::current()?;
    let who = request.require().await?;
    let outcome = match (answerable(&request, &who, &offer, &company), DeclineReason::parse_optional(&reason)) {
        (Ok((_, token)), Ok(reason)) => request.service().decline(&who, &token, reason.as_ref()).await,
        (Err(error), _) => Err(error),
        (_, Err(error)) => Err(Problems::one("reason", error).into()),
    };
    let back = local_path(&format!("/offers/{offer}"));
    request.finish("consent", &back.clone(), outcome, &[("reason", &reason)], |()| {
        After::GoSaying(back, "Declined. They have been told, and got no access.".to_owned())
    })
}

/// The offer that the page showed and its token, where the page still speaks for the same company: another tab may have
/// signed in as somebody else since.
#[cfg(feature = "ssr")]
pub(crate) fn answerable(
    request: &super::request::Request,
    who: &mandate_service::Principal,
    offer: &str,
    company: &str,
) -> mandate_service::Result<(mandate_domain::OfferId, String)> {
    use mandate_service::Error;

    if company != who.company.id.to_string() {
        let (name, company) = (&who.user.display_name, &who.company.name);
        let message =
            format!("You are now signed in as {name} ({company}). Nothing was changed: look again, then decide.");
        return Err(Error::Changed(message));
    }
    token_of(request, offer).ok_or(Error::NotFound)
}

/// The token of an offer whose link was opened in this browser.
#[cfg(feature = "ssr")]
pub(crate) fn token_of(request: &super::request::Request, offer: &str) -> Option<(mandate_domain::OfferId, String)> {
    use mandate_service::server_key::OfferToken;

    let id = offer.parse::<mandate_domain::OfferId>().ok()?;
    let token = request.cookie(&format!("offer-{id}"))?;
    (OfferToken::parse(&token)?.offer == id).then_some((id, token))
}

/// What the message with the offer holds.
#[cfg(feature = "ssr")]
pub(crate) fn offer_url(request: &super::request::Request, token: &str) -> String {
    format!("{}/o/{token}", request.service().settings().public_url)
}

#[cfg(feature = "ssr")]
pub(crate) fn view(
    consent: mandate_service::consent::Consent,
    who: Option<&mandate_service::Principal>,
    url: String,
) -> ConsentView {
    use mandate_domain::OfferStatus;
    use mandate_service::consent::Consent;

    match consent {
        Consent::Unknown => ConsentView::Unknown,
        Consent::Over { partner, status: OfferStatus::Withdrawn } => ConsentView::Withdrawn(partner.into()),
        Consent::Over { partner, status: OfferStatus::UsedUp } => ConsentView::UsedUp(partner.into()),
        Consent::Over { partner, status: OfferStatus::Expired | OfferStatus::Open | OfferStatus::Declined } => {
            ConsentView::Expired(partner.into())
        }
        Consent::Elsewhere { partner } => ConsentView::Elsewhere(partner.into()),
        Consent::Open(open) => ConsentView::Open(Box::new(OpenConsentView {
            offer_id: open.offer.id.to_string(),
            partner: open.partner.into(),
            sender: open.sender,
            code: open.code,
            sale: open.sale.map(SaleView::from),
            may_sign_up: open.may_sign_up,
            roles: open.offer.roles.iter().collect(),
            days: open.offer.days.get(),
            starts_at: open.starts_at,
            ends_at: open.ends_at,
            link_ends_at: open.offer.link_ends_at,
            reader: reader(open.reader, who, url),
        })),
    }
}

#[cfg(feature = "ssr")]
fn reader(
    reader: mandate_service::consent::Reader,
    who: Option<&mandate_service::Principal>,
    url: String,
) -> ReaderView {
    use mandate_service::consent::Reader;

    use super::sale_consent::AuthorizedView;

    // Spoken to: by first name, where there is one.
    let user = who.map(|who| who.user.first_name.as_ref().unwrap_or(&who.user.display_name).clone());
    let user = user.unwrap_or_default();
    let company = who.map(|who| who.company.name.clone()).unwrap_or_default();
    match reader {
        Reader::SignedOut => ReaderView::SignedOut,
        Reader::Partner => ReaderView::Partner { user, company },
        Reader::MayNotDecide { administrators } => ReaderView::MayNotDecide { user, company, administrators, url },
        Reader::MayDecide { standing, declined } => ReaderView::MayDecide {
            user,
            company,
            company_id: who.map(|who| who.company.id.to_string()).unwrap_or_default(),
            difference: standing.map(|difference| DifferenceView {
                added: difference.added,
                kept: difference.kept,
                removed: difference.removed,
                ends_before: difference.ends_before,
                ends_after: difference.ends_after,
            }),
            declined: declined.map(|decision| DeclinedView { at: decision.decided_at, reason: decision.reason }),
        },
        Reader::Authorized { grant, status } => ReaderView::Authorized {
            company,
            roles: grant.roles.iter().collect(),
            starts_at: grant.starts_at,
            ends_at: grant.ends_at,
            ended: ended(status),
        },
        Reader::Ordered { order, grant } => {
            let authorized = grant.map(|(grant, status)| AuthorizedView {
                roles: grant.roles.iter().collect(),
                ends_at: grant.ends_at,
                ended: ended(status),
            });
            ReaderView::Ordered { company, order: OrderView::new(*order, authorized) }
        }
    }
}

#[cfg(feature = "ssr")]
fn ended(status: mandate_domain::GrantStatus) -> Option<String> {
    (status != mandate_domain::GrantStatus::Active).then(|| status.name().to_lowercase())
}

#[cfg(feature = "ssr")]
impl From<mandate_service::Company> for PartnerView {
    fn from(company: mandate_service::Company) -> Self {
        Self {
            name: company.name,
            domain: company.domain,
            contact_address: company.contact_address,
            phone: company.phone,
            support_email: company.support_email,
        }
    }
}
