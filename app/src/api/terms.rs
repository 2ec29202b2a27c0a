//! What an offer asks for and of whom, as its forms show and post it.

use mandate_domain::Role;
use serde::{Deserialize, Serialize};

/// What a form of an offer or template starts with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermsView {
    pub roles: Vec<Role>,
    pub days: u16,
    pub link_days: u16,
    pub single_use: bool,
    pub message: String,
}

impl Default for TermsView {
    /// All roles for a year, to any number of customers.
    fn default() -> Self {
        Self { roles: Role::OFFERED.to_vec(), days: 365, link_days: 90, single_use: false, message: String::new() }
    }
}

/// The terms as typed, but for the roles, which are a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TermsPosted {
    pub days: String,
    pub link_days: String,
    pub uses: String,
    pub message: String,
}

#[cfg(feature = "ssr")]
impl TermsPosted {
    pub(crate) fn form<'a>(&'a self, roles: &'a [String]) -> mandate_service::offers::TermsForm<'a> {
        mandate_service::offers::TermsForm {
            roles,
            days: &self.days,
            link_days: &self.link_days,
            uses: &self.uses,
            message: &self.message,
        }
    }

    /// To be shown again where it was refused.
    pub(crate) fn typed<'a>(&'a self, roles: &'a [String]) -> Vec<(&'static str, &'a str)> {
        let fields =
            [("days", &self.days), ("link_days", &self.link_days), ("uses", &self.uses), ("message", &self.message)];
        let roles = roles.iter().map(|role| ("roles", role.as_str()));
        fields.into_iter().map(|(name, value)| (name, value.as_str())).chain(roles).collect()
    }
}

#[cfg(feature = "ssr")]
impl From<&mandate_service::offer_templates::Template> for TermsView {
    fn from(template: &mandate_service::offer_templates::Template) -> Self {
        Self {
            roles: template.roles.iter().collect(),
            days: template.days.get(),
            link_days: template.link_days.get(),
            single_use: template.single_use,
            message: template.message.clone().unwrap_or_default(),
        }
    }
}

#[cfg(feature = "ssr")]
impl From<&mandate_service::offers::Offer> for TermsView {
    fn from(offer: &mandate_service::offers::Offer) -> Self {
        let link_days = (offer.link_ends_at - offer.created_at).num_days();
        Self {
            roles: offer.roles.iter().collect(),
            days: offer.days.get(),
            link_days: u16::try_from(link_days).unwrap_or_default(),
            single_use: offer.single_use,
            message: offer.message.clone().unwrap_or_default(),
        }
    }
}
