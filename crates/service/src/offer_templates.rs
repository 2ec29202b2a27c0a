//! What a partner's new offers can start with.

use mandate_domain::{Action, Event, OfferName, TemplateId, sort_key};
use mandate_store::{offer_templates, transaction};

pub use mandate_store::offer_templates::Template;

use crate::{
    Error, Principal, Result, Service,
    form::Problems,
    offers::{Terms, TermsForm},
    place::Place,
};

/// A partner has a page of templates, not a list to search.
pub const MOST_TEMPLATES: i64 = 50;

/// A template to be kept.
#[derive(Clone, Debug)]
pub struct NewTemplate {
    pub name: OfferName,
    pub terms: Terms,
}

impl NewTemplate {
    pub fn parse(name: &str, terms: &TermsForm) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let name = problems.check("name", OfferName::parse(name));
        match (name, Terms::parse(terms, &mut problems)) {
            (Some(name), Some(terms)) => Ok(Self { name, terms }),
            _ => Err(problems),
        }
    }
}

impl Service {
    /// By name.
    pub async fn offer_templates(&self, who: &Principal) -> Result<Vec<Template>> {
        Place::own(who).permits(Action::ManageOffers)?;
        let mut conn = self.db.read().await?;
        Ok(offer_templates::list(&mut conn, who.company.id, MOST_TEMPLATES).await?)
    }

    pub async fn offer_template(&self, who: &Principal, id: TemplateId) -> Result<Template> {
        Place::own(who).permits(Action::ManageOffers)?;
        let mut conn = self.db.read().await?;
        offer_templates::by_id(&mut conn, who.company.id, id).await?.ok_or(Error::NotFound)
    }

    pub async fn create_offer_template(&self, who: &Principal, new: &NewTemplate) -> Result<TemplateId> {
        let place = Place::own(who);
        place.permits(Action::ManageOffers)?;
        let template = self.template(who, TemplateId(self.new_id()), 1, new);
        transaction!(self.db, Error, |conn| {
            if offer_templates::count(conn, who.company.id).await? >= MOST_TEMPLATES {
                let message = format!("There are {MOST_TEMPLATES} templates already. Delete one that is not used");
                return Err(Problems::one("name", message).into());
            }
            if !offer_templates::insert(conn, &template, &sort_key(&template.name)).await? {
                return Err(name_is_taken());
            }
            self.record(conn, who, &place, &template.name, Event::OfferTemplateSaved).await?;
            Ok(template.id)
        })
    }

    /// Changes a template that was read in a version. Offers that were made from it stay as they are.
    pub async fn update_offer_template(
        &self,
        who: &Principal,
        id: TemplateId,
        version: i64,
        new: &NewTemplate,
    ) -> Result<()> {
        let place = Place::own(who);
        place.permits(Action::ManageOffers)?;
        let template = self.template(who, id, version, new);
        let key = sort_key(&template.name);
        transaction!(self.db, Error, |conn| {
            offer_templates::by_id(conn, who.company.id, id).await?.ok_or(Error::NotFound)?;
            if offer_templates::name_is_taken(conn, who.company.id, id, &key).await? {
                return Err(name_is_taken());
            }
            if !offer_templates::update(conn, &template, &key).await? {
                let message =
                    "Somebody changed this template meanwhile. Nothing was saved: your version is still below";
                return Err(Error::Changed(message.to_owned()));
            }
            self.record(conn, who, &place, &template.name, Event::OfferTemplateSaved).await
        })
    }

    /// What a new offer starts with from now on; without a template, with what it started with at first.
    pub async fn choose_default_template(&self, who: &Principal, id: Option<TemplateId>) -> Result<()> {
        let place = Place::own(who);
        place.permits(Action::ManageOffers)?;
        transaction!(self.db, Error, |conn| {
            let chosen = match id {
                Some(id) => Some(offer_templates::by_id(conn, who.company.id, id).await?.ok_or(Error::NotFound)?),
                None => None,
            };
            if !offer_templates::choose_default(conn, who.company.id, id).await? {
                return Err(Error::NotFound);
            }
            match chosen {
                Some(template) if !template.is_default => {
                    self.record(conn, who, &place, &template.name, Event::OfferTemplateSaved).await
                }
                _ => Ok(()),
            }
        })
    }

    /// Deleting twice changes nothing more.
    pub async fn delete_offer_template(&self, who: &Principal, id: TemplateId) -> Result<()> {
        let place = Place::own(who);
        place.permits(Action::ManageOffers)?;
        transaction!(self.db, Error, |conn| {
            let found = offer_templates::by_id(conn, who.company.id, id).await?.ok_or(Error::NotFound)?;
            if offer_templates::delete(conn, who.company.id, id).await? {
                self.record(conn, who, &place, &found.name, Event::OfferTemplateDeleted).await?;
            }
            Ok(())
        })
    }

    fn template(&self, who: &Principal, id: TemplateId, version: i64, new: &NewTemplate) -> Template {
        Template {
            id,
            partner_id: who.company.id,
            name: new.name.to_string(),
            roles: new.terms.roles,
            days: new.terms.days,
            link_days: new.terms.link_days,
            single_use: new.terms.single_use,
            message: new.terms.message.as_ref().map(ToString::to_string),
            is_default: false,
            version,
            created_at: self.now(),
        }
    }
}

fn name_is_taken() -> Error {
    Problems::one("name", "You have a template of this name. Choose another name").into()
}
