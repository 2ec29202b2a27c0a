//! Offers for many companies at once.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use mandate_domain::{BatchId, OfferId, OfferStatus};
use serde::{Deserialize, Serialize};

use super::{
    ApiError, Posted,
    templates::TemplateName,
    terms::{TermsPosted, TermsView},
};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewBatchView {
    /// Stands in the form, so that sending it twice makes the offers once.
    pub batch: BatchId,
    pub start: TermsView,
    pub templates: Vec<TemplateName>,
    pub chosen: Option<TemplateName>,
    pub posted: Option<Posted<BatchReview>>,
}

/// The fields as typed, but for the roles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BatchPosted {
    pub batch: String,
    pub name: String,
    pub list: String,
    pub mail: String,
    #[serde(flatten)]
    pub terms: TermsPosted,
}

/// What would be made, to be looked at before it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchReview {
    pub rows: Vec<ReviewRow>,
    pub mail: bool,
    /// As it is posted once more, to make them.
    pub roles: Vec<String>,
    pub form: BatchPosted,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewRow {
    pub company: String,
    pub addressee: String,
    pub email: String,
    pub name: String,
}

/// Offers that were made together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchView {
    pub id: BatchId,
    pub name: String,
    pub created_at: DateTime<Utc>,
    pub offers: Vec<BatchOfferView>,
    pub notice: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchOfferView {
    pub id: OfferId,
    pub company: String,
    pub addressee: String,
    pub email: String,
    pub name: String,
    pub status: OfferStatus,
}

#[cfg(feature = "ssr")]
const FORM: &str = "/partner/offers/bulk";

#[cfg(feature = "ssr")]
fn parse(
    form: &BatchPosted,
    roles: &[String],
) -> Result<mandate_service::offer_bulk::NewBatch, mandate_service::form::Problems> {
    use mandate_service::offer_bulk::{BatchForm, NewBatch};

    let fields = BatchForm {
        batch: &form.batch,
        name: &form.name,
        terms: form.terms.form(roles),
        list: &form.list,
        mail: form.mail == "true",
    };
    NewBatch::parse(&fields).map_err(|problems| {
        let mut told = problems.fields;
        for problem in problems.rows {
            told.add("list", format!("Row {}, {}: {}", problem.row, problem.column, problem.message));
        }
        told
    })
}

#[cfg(feature = "ssr")]
fn typed<'a>(form: &'a BatchPosted, roles: &'a [String]) -> Vec<(&'static str, &'a str)> {
    let mut typed = form.terms.typed(roles);
    let fields = [("batch", &form.batch), ("name", &form.name), ("list", &form.list), ("mail", &form.mail)];
    typed.extend(fields.map(|(name, value)| (name, value.as_str())));
    typed
}

#[server(prefix = "/api", endpoint = "offers/bulk-new")]
pub async fn load_new_batch(template: String) -> Result<NewBatchView, ApiError> {
    use super::{
        offers::{require_partner, start_of},
        request::{Request, refuse},
    };

    let request = Request::current()?;
    let who = require_partner(&request).await?;
    let batch = request.service().new_batch(&who).map_err(refuse)?;
    let (templates, chosen, start) = start_of(&request, &who, &template).await?;
    Ok(NewBatchView { batch, start, templates, chosen, posted: request.take_posted("bulk") })
}

/// Reads the list, and says what would come of it. Nothing is made yet.
#[server(prefix = "/api", endpoint = "offers/bulk-check")]
pub async fn check_offers(
    #[server(default)] roles: Vec<String>,
    #[server(flatten)] form: BatchPosted,
) -> Result<Posted<BatchReview>, ApiError> {
    use super::{
        offers::require_partner,
        request::{After, Request, refuse},
    };

    let request = Request::current()?;
    let who = require_partner(&request).await?;
    request.service().new_batch(&who).map_err(refuse)?;
    let outcome = parse(&form, &roles).map_err(Into::into).map(|new| {
        let rows = new.rows.iter().zip(new.names()).map(|(row, name)| ReviewRow {
            company: row.company.to_string(),
            addressee: row.addressee.to_string(),
            email: row.email.as_ref().map(ToString::to_string).unwrap_or_default(),
            name,
        });
        BatchReview { rows: rows.collect(), mail: new.mail, roles: roles.clone(), form: form.clone() }
    });
    request.finish("bulk", FORM, outcome, &typed(&form, &roles), |_| After::Stay)
}

/// Makes all of it or nothing. Sent again, it makes nothing more, and leads to what was made.
#[server(prefix = "/api", endpoint = "offers/bulk-create")]
pub async fn create_offers(
    #[server(default)] roles: Vec<String>,
    #[server(flatten)] form: BatchPosted,
) -> Result<Posted<BatchId>, ApiError> {
    use super::{
        offers::require_partner,
        request::{After, Request},
    };

    let request = Request::current()?;
    let who = require_partner(&request).await?;
    let outcome = match parse(&form, &roles) {
        Ok(new) => request.service().create_offers(&who, &new).await,
        Err(problems) => Err(problems.into()),
    };
    request.finish("bulk", FORM, outcome, &typed(&form, &roles), |id| {
        let notice = "The offers are made. Download their URLs, or open one to send it.";
        After::GoSaying(format!("{FORM}/{id}"), notice.to_owned())
    })
}

#[server(prefix = "/api", endpoint = "offers/bulk-made")]
pub async fn load_batch(batch: String) -> Result<BatchView, ApiError> {
    use super::{
        offers::require_partner,
        request::{Request, refuse},
    };

    let request = Request::current()?;
    let who = require_partner(&request).await?;
    let id = batch.parse().map_err(|_| refuse(ApiError::NotFound))?;
    let (batch, offers) = request.service().offer_batch(&who, id).await.map_err(refuse)?;
    let offers = offers.into_iter().map(|made| BatchOfferView {
        id: made.offer.id,
        company: made.offer.addressee_name.unwrap_or_default(),
        addressee: made.offer.addressed_to.as_ref().map(ToString::to_string).unwrap_or_default(),
        email: made.offer.addressee_email.unwrap_or_default(),
        name: made.offer.name,
        status: made.status,
    });
    Ok(BatchView {
        id,
        name: batch.name,
        created_at: batch.created_at,
        offers: offers.collect(),
        notice: request.take_notice(),
    })
}
