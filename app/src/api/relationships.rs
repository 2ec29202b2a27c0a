//! A customer's partners, and ending what they were given.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use mandate_domain::{CompanyId, Role, UserId};
use serde::{Deserialize, Serialize};

use super::{ApiError, Posted, consent::PartnerView};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelationshipsPage {
    pub company_name: String,
    pub live: Vec<RelationshipView>,
    pub ended: Vec<EndedView>,
    pub posted: Option<Posted<RemovedView>>,
    pub notice: Option<String>,
}

/// A partner and what it may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelationshipView {
    pub partner_id: CompanyId,
    pub partner: PartnerView,
    pub offer_name: String,
    pub authorized_by: String,
    pub roles: Vec<Role>,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub days_left: i64,
    pub last_used_at: Option<DateTime<Utc>>,
    pub people: Vec<PartnerPersonView>,
    pub latest: Vec<DoneView>,
    pub known_passwords: Vec<AccountView>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerPersonView {
    pub display_name: String,
    pub reach: String,
}

/// Something the partner's people did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoneView {
    pub at: DateTime<Utc>,
    pub who: String,
    pub what: String,
}

/// An account whose password the partner's people may know.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AccountView {
    pub id: UserId,
    pub display_name: String,
    pub user_name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedView {
    pub partner: String,
    pub status: String,
    pub starts_at: DateTime<Utc>,
    pub ended_at: DateTime<Utc>,
}

/// What came of a removal: the passwords that were reset, to be shown once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovedView {
    pub partner: String,
    pub blocked: usize,
    pub reset: Vec<ResetView>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResetView {
    pub display_name: String,
    pub user_name: String,
    pub password: String,
}

#[server(prefix = "/api", endpoint = "relationships/page")]
pub async fn load_relationships() -> Result<RelationshipsPage, ApiError> {
    use super::request::{Request, refuse};

    let request = Request::current()?;
    let who = request.require().await?;
    let posted = request.take_posted("remove");
    let notice = request.take_notice();
    let now = request.service().now();
    let found = request.service().relationships(&who).await.map_err(refuse)?;
    Ok(RelationshipsPage {
        company_name: who.company.name,
        live: found.live.into_iter().map(|relationship| view(relationship, now)).collect(),
        ended: found
            .ended
            .into_iter()
            .map(|ended| EndedView {
                partner: ended.partner,
                status: ended.grant.state.at(now, ended.grant.ends_at).name().to_owned(),
                starts_at: ended.grant.starts_at,
                ended_at: ended.grant.ended_at.unwrap_or(ended.grant.ends_at),
            })
            .collect(),
        posted,
        notice,
    })
}

#[server(prefix = "/api", endpoint = "relationships/remove")]
pub async fn remove_partner(
    partner: String,
    #[server(default)] known_passwords: String,
    #[server(default)] accounts: Vec<String>,
    #[server(default)] shown: Vec<String>,
) -> Result<Posted<RemovedView>, ApiError> {
    use mandate_service::{Error, form::Problems, relationships::KnownPassword};

    use super::request::{After, Request};

    let request = Request::current()?;
    let who = request.require().await?;
    let ids = |texts: &[String]| texts.iter().filter_map(|id| id.parse().ok()).collect::<Vec<UserId>>();
    let (chosen, mut left_out) = (ids(&accounts), ids(&shown));
    left_out.retain(|id| !chosen.contains(id));
    let choice = match known_passwords.as_str() {
        "block" => Some(KnownPassword::Block),
        "reset" => Some(KnownPassword::Reset),
        "leave" => Some(KnownPassword::Leave),
        "" if shown.is_empty() => Some(KnownPassword::Block),
        _ => None,
    };
    let outcome = match (partner.parse::<CompanyId>(), choice) {
        (Ok(partner), Some(choice)) => {
            request.service().remove_partner(&who, partner, choice, &chosen, &left_out).await
        }
        (Err(_), _) => Err(Error::NotFound),
        (_, None) => Err(Problems::one("known_passwords", "Choose what becomes of these accounts").into()),
    };
    let outcome = outcome.map(|removed| RemovedView {
        partner: removed.partner,
        blocked: removed.blocked,
        reset: removed
            .reset
            .into_iter()
            .map(|account| ResetView {
                display_name: account.display_name,
                user_name: account.user_name,
                password: account.password,
            })
            .collect(),
    });
    request.finish("remove", "/partners", outcome, &[], |_| After::Stay)
}

#[cfg(feature = "ssr")]
fn view(found: mandate_service::relationships::Relationship, now: DateTime<Utc>) -> RelationshipView {
    use mandate_domain::{DelegatedAdministration, days_from};

    let people = found.people.into_iter().map(|user| PartnerPersonView {
        display_name: user.display_name,
        reach: match user.delegation {
            DelegatedAdministration::Full => "All the roles listed here".to_owned(),
            DelegatedAdministration::Limited | DelegatedAdministration::No => user.delegation.explanation().to_owned(),
        },
    });
    let latest = found.latest.into_iter().map(|entry| DoneView {
        at: entry.at,
        who: entry.person.map(|person| person.display_name).unwrap_or_default(),
        what: format!("{}: {}", entry.event.what(), entry.object_name),
    });
    let known = found.known_passwords.into_iter();
    let known =
        known.map(|user| AccountView { id: user.id, display_name: user.display_name, user_name: user.user_name });
    RelationshipView {
        partner_id: found.partner.id,
        partner: found.partner.into(),
        offer_name: found.origin.offer_name,
        authorized_by: found.origin.authorized_by,
        roles: found.grant.roles.iter().collect(),
        starts_at: found.grant.starts_at,
        ends_at: found.grant.ends_at,
        days_left: days_from(now, found.grant.ends_at),
        last_used_at: found.grant.last_used_at,
        people: people.collect(),
        latest: latest.collect(),
        known_passwords: known.collect(),
    }
}
