//! The domains of a company, in one's own or on behalf of a customer.

use chrono::{DateTime, TimeDelta, Utc};
use mandate_domain::{Action, CompanyId, DomainId, DomainName, Event};
use mandate_store::{
    Conn,
    companies::{self, Company},
    domains, search, transaction, users,
};

pub use mandate_store::domains::{Domain, DomainStatus};

use crate::{
    Error, Principal, Result, Service, dns::TxtAnswer, form::Problems, overview::customer_terms, place::Place,
    server_key::Secret,
};

/// How long a claim waits for its record.
pub const PENDING_DAYS: i64 = 30;
/// Seconds that a resolver may keep the record.
pub const RECORD_TTL: u32 = 3600;
/// A company has a page of domains, not a list to search.
const MOST_DOMAINS: i64 = 200;

/// The TXT record that proves a domain: at a name of its own, so that it meets no other record there
/// (draft-ietf-dnsop-domain-verification-techniques, section 5.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChallengeRecord {
    pub name: String,
    pub value: String,
}

/// The domains of a company.
#[derive(Clone, Debug)]
pub struct DomainList {
    pub place: Place,
    pub domains: Vec<Domain>,
    pub may_manage: bool,
}

/// A domain as its page shows it.
#[derive(Clone, Debug)]
pub struct DomainView {
    pub place: Place,
    pub domain: Domain,
    pub record: ChallengeRecord,
    pub in_use: bool,
    pub may_manage: bool,
}

/// What a check of a domain came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Check {
    Verified,
    /// In words: what was seen, and what to do.
    NotYet(String),
}

pub fn challenge_record(domain: &Domain) -> ChallengeRecord {
    ChallengeRecord {
        name: format!("_mandate-challenge.{}", domain.name),
        value: format!("mandate={}", domain.challenge),
    }
}

/// A claim past its time has lapsed, before any job has said so.
fn is_pending(domain: &Domain, now: DateTime<Utc>) -> bool {
    domain.status == DomainStatus::Pending && domain.lapses_at.is_some_and(|lapses_at| lapses_at > now)
}

/// The longest domain under which the challenge's name still fits into 253 octets.
fn fits_challenge(name: &DomainName) -> bool {
    name.as_str().len() + "_mandate-challenge.".len() <= 253
}

impl Service {
    pub async fn domains(&self, who: &Principal, company: CompanyId) -> Result<DomainList> {
        let mut conn = self.db.read().await?;
        let place = self.enter(&mut conn, who, company).await?;
        place.permits(Action::ReadDomains)?;
        let domains = domains::list(&mut conn, company, "", MOST_DOMAINS).await?;
        let may_manage = place.allows(Action::ManageDomains);
        Ok(DomainList { place, domains, may_manage })
    }

    pub async fn domain(&self, who: &Principal, company: CompanyId, id: DomainId) -> Result<DomainView> {
        let mut conn = self.db.read().await?;
        let place = self.enter(&mut conn, who, company).await?;
        place.permits(Action::ReadDomains)?;
        let domain = domains::by_id(&mut conn, company, id).await?.ok_or(Error::NotFound)?;
        let in_use = users::use_domain(&mut conn, company, id).await?;
        let may_manage = place.allows(Action::ManageDomains);
        Ok(DomainView { record: challenge_record(&domain), place, domain, in_use, may_manage })
    }

    /// Claims a domain. It is the company's once its record is seen. Claiming again what is pending leads to it.
    pub async fn add_domain(&self, who: &Principal, company: CompanyId, name: &DomainName) -> Result<DomainId> {
        if !fits_challenge(name) {
            let message = "This name is too long: its record would pass 253 characters";
            return Err(Problems::one("domain_name", message).into());
        }
        let challenge = Secret::new(&*self.entropy);
        let id = DomainId(self.new_id());
        let now = self.now();
        let lapses_at = now + TimeDelta::days(PENDING_DAYS);
        transaction!(self.db, Error, |conn| {
            let place = self.enter_to_change(conn, who, company).await?;
            place.permits(Action::ManageDomains)?;
            let standing = domains::by_name(conn, company, name.as_str()).await?;
            match &standing {
                Some(standing) if standing.status == DomainStatus::Verified => {
                    let message = "This domain is verified for this company already";
                    return Err(Problems::one("domain_name", message).into());
                }
                Some(standing) if is_pending(standing, now) => return Ok(standing.id),
                _ => self.refuse_owned(conn, name.as_str()).await?,
            }
            if standing.is_none() && domains::list(conn, company, "", MOST_DOMAINS).await?.len() >= 200 {
                let message = "A company has at most 200 domains here. Remove one that is not used";
                return Err(Problems::one("domain_name", message).into());
            }
            if let Some(lapsed) = standing {
                domains::claim_again(conn, company, lapsed.id, challenge.text(), now, lapses_at).await?;
                self.record(conn, who, &place, name.as_str(), Event::DomainAdded).await?;
                return Ok(lapsed.id);
            }
            let domain = Domain {
                id,
                company_id: company,
                name: name.to_string(),
                status: DomainStatus::Pending,
                is_platform: false,
                challenge: challenge.text().to_owned(),
                created_at: now,
                lapses_at: Some(lapses_at),
                verified_at: None,
                checked_at: None,
                check_result: None,
            };
            if !domains::insert(conn, &domain).await? {
                return Err(Error::Changed("Somebody else added this domain at the same moment.".to_owned()));
            }
            self.record(conn, who, &place, name.as_str(), Event::DomainAdded).await?;
            Ok(id)
        })
    }

    /// What another company owns, or what lies under the platform's own domain, cannot be claimed.
    async fn refuse_owned(&self, conn: &mut Conn, name: &str) -> Result<()> {
        let platform = self.settings.platform_domain.as_str();
        let under_platform = name.strip_suffix(platform).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        if under_platform || domains::owner(conn, name).await?.is_some() {
            let message = "This domain is verified by another company. If it is yours, ask them to remove it first";
            return Err(Problems::one("domain_name", message).into());
        }
        Ok(())
    }

    /// Asks the DNS for the record, and says what it saw.
    pub async fn verify_domain(&self, who: &Principal, company: CompanyId, id: DomainId) -> Result<Check> {
        let place = self.place(who, company).await?;
        place.permits(Action::ManageDomains)?;
        let mut conn = self.db.read().await?;
        let domain = domains::by_id(&mut conn, company, id).await?.ok_or(Error::NotFound)?;
        drop(conn);
        if domain.status == DomainStatus::Verified {
            return Ok(Check::Verified);
        }
        if !is_pending(&domain, self.now()) {
            let message = format!("This claim lapsed after {PENDING_DAYS} days. Add the domain again.");
            return Err(Error::Changed(message));
        }
        let record = challenge_record(&domain);
        let answer = self.dns.txt(&record.name).await;
        let now = self.now();
        let seen = what_was_seen(&answer, &record);
        transaction!(self.db, Error, |conn| {
            let place = self.enter_to_change(conn, who, company).await?;
            place.permits(Action::ManageDomains)?;
            if let Some(seen) = &seen {
                domains::checked(conn, company, id, now, seen).await?;
                return Ok(Check::NotYet(seen.clone()));
            }
            if !domains::verify(conn, company, id, now).await? {
                if domains::owner(conn, &domain.name).await? == Some(company) {
                    return Ok(Check::Verified);
                }
                let message = "The record is there, but another company verified this domain first.";
                return Err(Error::Changed(message.to_owned()));
            }
            self.record(conn, who, &place, &domain.name, Event::DomainVerified).await?;
            self.find_by_domain(conn, company).await?;
            Ok(Check::Verified)
        })
    }

    /// Partners find a customer by its domain, which may just have become another.
    async fn find_by_domain(&self, conn: &mut Conn, company: CompanyId) -> Result<()> {
        let company: Company = companies::by_id(conn, company).await?.ok_or(Error::NotFound)?;
        for partner in companies::partners_of(conn, company.id).await? {
            let terms = customer_terms(&company);
            search::index(conn, partner, search::Kind::Customer, company.id.0, &terms).await?;
        }
        Ok(())
    }

    /// Gives a domain up. Refused while user names use it.
    pub async fn remove_domain(&self, who: &Principal, company: CompanyId, id: DomainId) -> Result<()> {
        transaction!(self.db, Error, |conn| {
            let place = self.enter_to_change(conn, who, company).await?;
            place.permits(Action::ManageDomains)?;
            let domain = domains::by_id(conn, company, id).await?.ok_or(Error::NotFound)?;
            if domain.is_platform {
                return Err(Error::Changed("This domain comes with the company and stays.".to_owned()));
            }
            if users::use_domain(conn, company, id).await? {
                let message = format!("{} is used in user names, so it was not removed.", domain.name);
                return Err(Error::Changed(message));
            }
            domains::delete(conn, company, id).await?;
            self.record(conn, who, &place, &domain.name, Event::DomainRemoved).await?;
            self.find_by_domain(conn, company).await
        })
    }
}

/// `None` where the record is there.
fn what_was_seen(answer: &TxtAnswer, record: &ChallengeRecord) -> Option<String> {
    let name = &record.name;
    Some(match answer {
        TxtAnswer::Found(values) if values.iter().any(|value| value.trim() == record.value) => return None,
        TxtAnswer::Found(values) => {
            let others: Vec<String> = values.iter().take(3).map(|value| format!("“{}”", visible(value))).collect();
            format!(
                "{name} has a TXT record with another value: {}. Replace it with the value shown here.",
                others.join(", ")
            )
        }
        TxtAnswer::NoSuchName => {
            format!("There is no name {name} yet. Create the record; new ones can take an hour to be seen.")
        }
        TxtAnswer::NoTxt => {
            format!("The name {name} exists, but it has no TXT record yet. New records can take an hour to be seen.")
        }
        TxtAnswer::ServerFailure => {
            "The domain’s name servers answered with a failure. Check there that the domain is set up, and try again."
                .to_owned()
        }
        TxtAnswer::TimedOut => {
            "The domain’s name servers did not answer within 5 seconds. Try again in some minutes.".to_owned()
        }
    })
}

/// The beginning of a stranger's text, with what cannot be seen made visible: it is kept and shown.
fn visible(text: &str) -> String {
    text.chars()
        .take(80)
        .map(|c| if c.is_control() || c.is_whitespace() && c != ' ' { '\u{fffd}' } else { c })
        .collect()
}
