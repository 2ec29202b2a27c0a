//! What a partner's new offers can start with.

use leptos::prelude::*;
use mandate_domain::TemplateId;
use serde::{Deserialize, Serialize};

use super::{
    ApiError, Posted,
    terms::{TermsPosted, TermsView},
};

/// A template by its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateName {
    pub id: TemplateId,
    pub name: String,
    pub is_default: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateRow {
    pub template: TemplateName,
    pub terms: TermsView,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplatesPage {
    pub templates: Vec<TemplateRow>,
    pub posted: Option<Posted<()>>,
    pub notice: Option<String>,
}

/// A template to be changed, or made where it has no id yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateForm {
    pub id: Option<TemplateId>,
    pub name: String,
    pub version: i64,
    pub terms: TermsView,
    pub posted: Option<Posted<()>>,
}

/// The fields of a template as typed, but for its roles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TemplatePosted {
    /// Empty where it is new.
    pub template: String,
    pub version: String,
    pub name: String,
    #[serde(flatten)]
    pub terms: TermsPosted,
}

#[cfg(feature = "ssr")]
impl From<&mandate_service::offer_templates::Template> for TemplateName {
    fn from(template: &mandate_service::offer_templates::Template) -> Self {
        Self { id: template.id, name: template.name.clone(), is_default: template.is_default }
    }
}

#[cfg(feature = "ssr")]
const LIST: &str = "/partner/templates";

#[server(prefix = "/api", endpoint = "templates/list")]
pub async fn load_templates() -> Result<TemplatesPage, ApiError> {
    use super::{
        offers::require_partner,
        request::{Request, refuse},
    };

    let request = Request::current()?;
    let who = require_partner(&request).await?;
    let found = request.service().offer_templates(&who).await.map_err(refuse)?;
    let templates = found.iter().map(|template| TemplateRow { template: template.into(), terms: template.into() });
    Ok(TemplatesPage {
        templates: templates.collect(),
        posted: request.take_posted("templates"),
        notice: request.take_notice(),
    })
}

/// The form of a template, of a new one (`new`), or of one made from an offer.
#[server(prefix = "/api", endpoint = "templates/form")]
pub async fn load_template(template: String, offer: String) -> Result<TemplateForm, ApiError> {
    use super::{
        offers::require_partner,
        request::{Request, refuse},
    };

    let request = Request::current()?;
    let who = require_partner(&request).await?;
    let posted = request.take_posted("template");
    let not_found = || refuse(ApiError::NotFound);
    if template != "new" {
        let id = template.parse().map_err(|_| not_found())?;
        let found = request.service().offer_template(&who, id).await.map_err(refuse)?;
        let terms = (&found).into();
        return Ok(TemplateForm { id: Some(id), name: found.name, version: found.version, terms, posted });
    }
    if offer.is_empty() {
        // Only who may keep templates is shown the form.
        request.service().offer_templates(&who).await.map_err(refuse)?;
        return Ok(TemplateForm { id: None, name: String::new(), version: 0, terms: TermsView::default(), posted });
    }
    let id = offer.parse().map_err(|_| not_found())?;
    let found = request.service().offer(&who, id).await.map_err(refuse)?.offer;
    let terms = (&found).into();
    Ok(TemplateForm { id: None, name: found.name, version: 0, terms, posted })
}

#[server(prefix = "/api", endpoint = "templates/save")]
pub async fn save_template(
    #[server(default)] roles: Vec<String>,
    #[server(flatten)] form: TemplatePosted,
) -> Result<Posted<()>, ApiError> {
    use mandate_service::{Error, offer_templates::NewTemplate};

    use super::{
        offers::require_partner,
        request::{After, Request, local_path},
    };

    let request = Request::current()?;
    let who = require_partner(&request).await?;
    let new = NewTemplate::parse(&form.name, &form.terms.form(&roles));
    let outcome = match (new, form.template.as_str(), form.version.parse()) {
        (Err(problems), _, _) => Err(problems.into()),
        (Ok(new), "", _) => request.service().create_offer_template(&who, &new).await.map(drop),
        (Ok(new), id, Ok(version)) => match id.parse() {
            Ok(id) => request.service().update_offer_template(&who, id, version, &new).await,
            Err(_) => Err(Error::NotFound),
        },
        (Ok(_), _, Err(_)) => Err(Error::NotFound),
    };
    let mut typed = form.terms.typed(&roles);
    typed.push(("name", form.name.as_str()));
    let page = if form.template.is_empty() { "new" } else { form.template.as_str() };
    let back = local_path(&format!("{LIST}/{page}"));
    request.finish("template", &back, outcome, &typed, |()| {
        After::GoSaying(LIST.to_owned(), format!("The template “{}” is saved.", form.name.trim()))
    })
}

/// Without a template, there is no default any more.
#[server(prefix = "/api", endpoint = "templates/choose-default")]
pub async fn choose_default_template(#[server(default)] template: String) -> Result<Posted<()>, ApiError> {
    use mandate_service::Error;

    use super::{
        offers::require_partner,
        request::{After, Request},
    };

    let request = Request::current()?;
    let who = require_partner(&request).await?;
    let outcome = match template.as_str() {
        "" => request.service().choose_default_template(&who, None).await,
        id => match id.parse() {
            Ok(id) => request.service().choose_default_template(&who, Some(id)).await,
            Err(_) => Err(Error::NotFound),
        },
    };
    request.finish("templates", LIST, outcome, &[], |()| {
        let notice = if template.is_empty() {
            "New offers start without a template."
        } else {
            "New offers start with this template."
        };
        After::GoSaying(LIST.to_owned(), notice.to_owned())
    })
}

#[server(prefix = "/api", endpoint = "templates/delete")]
pub async fn delete_template(template: String) -> Result<Posted<()>, ApiError> {
    use mandate_service::Error;

    use super::{
        offers::require_partner,
        request::{After, Request},
    };

    let request = Request::current()?;
    let who = require_partner(&request).await?;
    let outcome = match template.parse() {
        Ok(id) => request.service().delete_offer_template(&who, id).await,
        Err(_) => Err(Error::NotFound),
    };
    request.finish("templates", LIST, outcome, &[], |()| {
        After::GoSaying(LIST.to_owned(), "The template is deleted. Offers made from it stay as they are.".to_owned())
    })
}
