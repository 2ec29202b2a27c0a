use chrono::{DateTime, Utc};
use mandate_domain::{CompanyId, PermissionSet, Role};
use serde::{Deserialize, Serialize};

/// In which company a page is, and by what right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceView {
    pub company_id: CompanyId,
    pub company_name: String,
    pub permissions: PermissionSet,
    /// Where it is a customer's.
    pub on_behalf: Option<OnBehalf>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnBehalf {
    pub partner_name: String,
    pub roles: Vec<Role>,
    pub ends_at: DateTime<Utc>,
}

impl PlaceView {
    /// The path of one of the company's pages, such as `users` or `users/new`.
    pub fn path(&self, page: &str) -> String {
        match self.on_behalf {
            Some(_) => format!("/customers/{}/{page}", self.company_id),
            None => format!("/{page}"),
        }
    }

    /// What a form posts to say in which company: nothing in one's own.
    pub fn company_field(&self) -> String {
        self.on_behalf.as_ref().map(|_| self.company_id.to_string()).unwrap_or_default()
    }
}

#[cfg(feature = "ssr")]
impl PlaceView {
    pub(crate) fn new(who: &mandate_service::Principal, place: &mandate_service::place::Place) -> Self {
        Self {
            company_id: place.company.id,
            company_name: place.company.name.clone(),
            permissions: place.permissions(),
            on_behalf: place.grant.as_ref().map(|grant| OnBehalf {
                partner_name: who.company.name.clone(),
                roles: grant.roles.iter().collect(),
                ends_at: grant.ends_at,
            }),
        }
    }
}
