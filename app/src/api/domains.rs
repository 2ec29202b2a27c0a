//! The domains of a company: claiming, proving and giving them up, in one's own or on behalf of a customer.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use mandate_domain::DomainId;
use serde::{Deserialize, Serialize};

use super::{ApiError, Posted, place::PlaceView};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainsPage {
    pub place: PlaceView,
    pub domains: Vec<DomainView>,
    pub may_manage: bool,
    pub notice: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainPage {
    pub place: PlaceView,
    pub domain: DomainView,
    pub record: RecordView,
    pub next_check: NextCheck,
    pub in_use: bool,
    pub may_manage: bool,
    pub checked: Option<Posted<CheckView>>,
    pub made_default: Option<Posted<()>>,
    pub removed: Option<Posted<()>>,
}

/// A domain that a company claims or owns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainView {
    pub id: DomainId,
    /// As people read it.
    pub name: String,
    /// As the domain name system has it, where that differs.
    pub ascii: Option<String>,
    pub state: DomainState,
    /// It came with the company.
    pub is_platform: bool,
    /// The company's first choice for new user names.
    pub is_default: bool,
    pub lapses_at: Option<DateTime<Utc>>,
    pub verified_at: Option<DateTime<Utc>>,
    /// The company's domain that it lies under, where that was its proof.
    pub verified_under: Option<String>,
    /// What the last check saw, in words, and when.
    pub seen: Option<(DateTime<Utc>, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DomainState {
    Pending,
    Verified,
    Lapsed,
}

/// When a claim is looked for next without anybody asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NextCheck {
    Soon,
    At(DateTime<Utc>),
    Never,
}

/// The TXT record that proves a domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordView {
    pub name: String,
    /// The name without the zone, as most forms take it.
    pub before_zone: Option<String>,
    pub zone: String,
    pub value: String,
    pub ttl: u32,
    pub host: Option<HostView>,
}

/// Where the record is entered, and what the form there calls its fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostView {
    pub name: String,
    pub host_word: String,
    pub value_word: String,
    pub takes_whole_name: bool,
    pub hint: Option<String>,
}

/// That a domain was checked. What was seen is told by the domain itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckView {
    pub verified: bool,
}

#[server(prefix = "/api", endpoint = "domains/list")]
pub async fn load_domains(company: String) -> Result<DomainsPage, ApiError> {
    use super::request::{Request, company_of, refuse};

    let request = Request::current()?;
    let who = request.require().await?;
    let company = company_of(&who, &company)?;
    let notice = request.take_notice();
    let now = request.service().now();
    let found = request.service().domains(&who, company).await.map_err(refuse)?;
    Ok(DomainsPage {
        place: PlaceView::new(&who, &found.place),
        domains: found.domains.into_iter().map(|domain| view(domain, now)).collect(),
        may_manage: found.may_manage,
        notice,
    })
}

/// Where a domain is to be added; refused to who may not.
#[server(prefix = "/api", endpoint = "domains/new")]
pub async fn load_new_domain(company: String) -> Result<(PlaceView, Option<Posted<DomainId>>), ApiError> {
    use mandate_domain::Action;

    use super::request::{Request, company_of, refuse};

    let request = Request::current()?;
    let who = request.require().await?;
    let company = company_of(&who, &company)?;
    let posted = request.take_posted("new-domain");
    let place = request.service().place(&who, company).await.map_err(refuse)?;
    place.permits(Action::ManageDomains).map_err(refuse)?;
    Ok((PlaceView::new(&who, &place), posted))
}

#[server(prefix = "/api", endpoint = "domains/add")]
pub async fn add_domain(company: String, domain_name: String) -> Result<Posted<DomainId>, ApiError> {
    use mandate_service::{domain_names::parse_domain, form::Problems};

    use super::request::{After, Request, base_path, company_of};

    let request = Request::current()?;
    let who = request.require().await?;
    let company = company_of(&who, &company)?;
    let outcome = match parse_domain(&domain_name) {
        Ok(name) => request.service().add_domain(&who, company, &name).await,
        Err(problem) => Err(Problems::one("domain_name", problem).into()),
    };
    let domains = format!("{}/domains", base_path(&who, company));
    request.finish("new-domain", &format!("{domains}/new"), outcome, &[("domain_name", &domain_name)], |id| {
        After::Go(format!("{domains}/{id}"))
    })
}

#[server(prefix = "/api", endpoint = "domains/page")]
pub async fn load_domain(company: String, domain: String) -> Result<DomainPage, ApiError> {
    use super::request::{Request, company_of, refuse};

    let request = Request::current()?;
    let who = request.require().await?;
    let company = company_of(&who, &company)?;
    let id = domain.parse::<DomainId>().map_err(|_| refuse(ApiError::NotFound))?;
    let checked = request.take_posted("verify");
    let made_default = request.take_posted("make-default");
    let removed = request.take_posted("remove-domain");
    let now = request.service().now();
    let found = request.service().domain(&who, company, id).await.map_err(refuse)?;
    Ok(DomainPage {
        place: PlaceView::new(&who, &found.place),
        next_check: match found.domain.next_check_at {
            None => NextCheck::Never,
            Some(at) if at <= now => NextCheck::Soon,
            Some(at) => NextCheck::At(at),
        },
        domain: view(found.domain, now),
        record: record_view(found.record, found.entry),
        in_use: found.in_use,
        may_manage: found.may_manage,
        checked,
        made_default,
        removed,
    })
}

#[server(prefix = "/api", endpoint = "domains/verify")]
pub async fn verify_domain(company: String, domain: String) -> Result<Posted<CheckView>, ApiError> {
    use mandate_service::domains::Check;

    use super::request::{After, Request, base_path, company_of, refuse};

    let request = Request::current()?;
    let who = request.require().await?;
    let company = company_of(&who, &company)?;
    let id = domain.parse::<DomainId>().map_err(|_| refuse(ApiError::NotFound))?;
    let outcome = request.service().verify_domain(&who, company, id).await;
    let outcome = outcome.map(|check| CheckView { verified: check == Check::Verified });
    let back = format!("{}/domains/{id}", base_path(&who, company));
    request.finish("verify", &back, outcome, &[], |_| After::Stay)
}

#[server(prefix = "/api", endpoint = "domains/make-default")]
pub async fn make_default_domain(company: String, domain: String) -> Result<Posted<()>, ApiError> {
    use super::request::{After, Request, base_path, company_of, refuse};

    let request = Request::current()?;
    let who = request.require().await?;
    let company = company_of(&who, &company)?;
    let id = domain.parse::<DomainId>().map_err(|_| refuse(ApiError::NotFound))?;
    let outcome = request.service().make_default_domain(&who, company, id).await;
    let domains = format!("{}/domains", base_path(&who, company));
    request.finish("make-default", &format!("{domains}/{id}"), outcome, &[], |()| {
        After::GoSaying(domains.clone(), "The default domain was changed.".to_owned())
    })
}

#[server(prefix = "/api", endpoint = "domains/remove")]
pub async fn remove_domain(company: String, domain: String) -> Result<Posted<()>, ApiError> {
    use super::request::{After, Request, base_path, company_of, refuse};

    let request = Request::current()?;
    let who = request.require().await?;
    let company = company_of(&who, &company)?;
    let id = domain.parse::<DomainId>().map_err(|_| refuse(ApiError::NotFound))?;
    let outcome = request.service().remove_domain(&who, company, id).await;
    let domains = format!("{}/domains", base_path(&who, company));
    request.finish("remove-domain", &format!("{domains}/{id}"), outcome, &[], |()| {
        After::GoSaying(domains.clone(), "The domain was removed.".to_owned())
    })
}

#[cfg(feature = "ssr")]
fn view(domain: mandate_service::domains::Domain, now: DateTime<Utc>) -> DomainView {
    use mandate_service::{domain_names::shown, domains::DomainStatus};

    let state = match domain.status {
        DomainStatus::Verified => DomainState::Verified,
        // It counts as lapsed before any job has said so.
        DomainStatus::Pending if domain.lapses_at.is_none_or(|lapses_at| lapses_at > now) => DomainState::Pending,
        DomainStatus::Pending | DomainStatus::Lapsed => DomainState::Lapsed,
    };
    let name = shown(&domain.name);
    DomainView {
        id: domain.id,
        ascii: (name != domain.name).then_some(domain.name),
        name,
        state,
        is_platform: domain.is_platform,
        is_default: domain.is_default,
        lapses_at: domain.lapses_at,
        verified_at: domain.verified_at,
        verified_under: domain.verified_under.as_deref().map(shown),
        seen: domain.checked_at.zip(domain.check_result),
    }
}

#[cfg(feature = "ssr")]
fn record_view(
    record: mandate_service::domains::ChallengeRecord,
    entry: mandate_service::domains::RecordEntry,
) -> RecordView {
    use mandate_service::{dns_hosts::HostForm, domains::RECORD_TTL};

    RecordView {
        name: record.name,
        before_zone: entry.before_zone,
        zone: entry.zone,
        value: record.value,
        ttl: RECORD_TTL,
        host: entry.host.map(|host| HostView {
            name: host.name.to_owned(),
            host_word: host.host_word.to_owned(),
            value_word: host.value_word.to_owned(),
            takes_whole_name: host.form == HostForm::Either,
            hint: host.hint.map(str::to_owned),
        }),
    }
}
