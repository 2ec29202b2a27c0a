//! The domains of a company, in one's own or on behalf of a customer.

use chrono::{DateTime, TimeDelta, Utc};
use mandate_domain::{Action, CompanyId, DomainId, DomainName, Event, PENDING_DAYS, next_check};
use mandate_store::{
    Conn,
    companies::{self, Company},
    domains, search, transaction, users,
};

pub use mandate_store::domains::{Adder, Domain, DomainStatus};

use crate::{
    Error, Principal, Result, Service,
    dns_hosts::{DnsHost, before_zone, recognize},
    domain_check::Settled,
    domain_names::registrable,
    form::Problems,
    overview::customer_terms,
    place::Place,
    server_key::Secret,
};

/// Seconds that a resolver may keep the record.
pub const RECORD_TTL: u32 = 3600;
/// A company has a page of domains, not a list to search.
pub const MOST_DOMAINS: i64 = 200;

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
    pub entry: RecordEntry,
    pub in_use: bool,
    pub may_manage: bool,
}

/// Where and how the record is entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordEntry {
    pub zone: String,
    /// The record's name without the zone, as most forms take it.
    pub before_zone: Option<String>,
    /// The provider, where its name servers are known.
    pub host: Option<&'static DnsHost>,
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

/// Until the DNS has told the zone, it is taken to be what a registry gives out.
fn record_entry(domain: &Domain, record: &ChallengeRecord) -> RecordEntry {
    let zone = domain.zone.clone().unwrap_or_else(|| registrable(&domain.name).to_owned());
    let host = domain.name_servers.as_deref().and_then(|servers| recognize(servers.split(' ')));
    RecordEntry { before_zone: before_zone(&record.name, &zone).map(str::to_owned), zone, host }
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
        let record = challenge_record(&domain);
        let entry = record_entry(&domain, &record);
        Ok(DomainView { place, domain, record, entry, in_use, may_manage })
    }

    /// Claims a domain. It is the company's once its record is seen, or at once where it lies under one that is.
    /// Claiming again what is pending leads to it.
    pub async fn add_domain(&self, who: &Principal, company: CompanyId, name: &DomainName) -> Result<DomainId> {
        if !fits_challenge(name) {
            let message = "This name is too long: its record would pass 253 characters";
            return Err(Problems::one("domain_name", message).into());
        }
        // Refused before the DNS is asked, and decided again inside the transaction.
        self.place(who, company).await?.permits(Action::ManageDomains)?;
        let claim = self.claim(who, company, name).await;
        transaction!(self.db, Error, |conn| {
            let place = self.enter_to_change(conn, who, company).await?;
            place.permits(Action::ManageDomains)?;
            hold(conn, &place).await?;
            let id = self.keep_claim(conn, who, &place, &claim).await?;
            let now = claim.created_at;
            if let Some(under) = self.own_parent(conn, company, name.as_str()).await?
                && domains::verify(conn, company, id, now, Some(&under)).await?
            {
                self.record(conn, who, &place, name.as_str(), Event::SubdomainVerified { under }).await?;
                self.find_by_domain(conn, company).await?;
            }
            Ok(id)
        })
    }

    /// A claim that begins now. Its zone is asked for, so that the page can say where the record is entered.
    async fn claim(&self, who: &Principal, company: CompanyId, name: &DomainName) -> Domain {
        let zone = self.dns.zone(name.as_str()).await;
        let now = self.now();
        Domain {
            status: DomainStatus::Pending,
            challenge: Secret::new(&*self.entropy).text().to_owned(),
            lapses_at: Some(now + TimeDelta::days(PENDING_DAYS)),
            verified_at: None,
            added_by: Some(Adder { user: who.user.id, company: who.company.id }),
            next_check_at: next_check(now, now),
            name_servers: zone.as_ref().map(|zone| zone.servers.join(" ")),
            zone: zone.map(|zone| zone.name),
            ..Domain::owned(DomainId(self.new_id()), company, name.to_string(), now)
        }
    }

    async fn keep_claim(&self, conn: &mut Conn, who: &Principal, place: &Place, claim: &Domain) -> Result<DomainId> {
        let company = claim.company_id;
        let standing = domains::by_name(conn, company, &claim.name).await?;
        match &standing {
            Some(standing) if standing.status == DomainStatus::Verified => {
                let message = "This domain is verified for this company already";
                return Err(Problems::one("domain_name", message).into());
            }
            Some(standing) if is_pending(standing, claim.created_at) => return Ok(standing.id),
            _ => self.refuse_owned(conn, &claim.name).await?,
        }
        let id = if let Some(lapsed) = standing {
            domains::claim_again(conn, lapsed.id, claim).await?;
            lapsed.id
        } else {
            if domains::count(conn, company, MOST_DOMAINS).await? >= MOST_DOMAINS {
                let message = format!("A company has at most {MOST_DOMAINS} domains here. Remove one that is not used");
                return Err(Problems::one("domain_name", message).into());
            }
            if !domains::insert(conn, claim).await? {
                return Err(Error::Changed("Somebody else added this domain at the same moment.".to_owned()));
            }
            claim.id
        };
        self.record(conn, who, place, &claim.name, Event::DomainAdded).await?;
        Ok(id)
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
        let look = self.look_for(&domain).await?;
        transaction!(self.db, Error, |conn| {
            let place = self.enter_to_change(conn, who, company).await?;
            place.permits(Action::ManageDomains)?;
            match self.settle(conn, &domain, look.as_ref()).await? {
                Settled::NotYet(seen) => Ok(Check::NotYet(seen)),
                Settled::Already => Ok(Check::Verified),
                Settled::Verified(event) => {
                    self.record(conn, who, &place, &domain.name, event).await?;
                    Ok(Check::Verified)
                }
                Settled::AnotherCompanys => {
                    let message = "The record is there, but another company verified this domain first.";
                    Err(Error::Changed(message.to_owned()))
                }
            }
        })
    }

    /// Makes a verified domain the first choice for new user names.
    pub async fn make_default_domain(&self, who: &Principal, company: CompanyId, id: DomainId) -> Result<()> {
        transaction!(self.db, Error, |conn| {
            let place = self.enter_to_change(conn, who, company).await?;
            place.permits(Action::ManageDomains)?;
            hold(conn, &place).await?;
            let domain = domains::by_id(conn, company, id).await?.ok_or(Error::NotFound)?;
            if domain.is_default {
                return Ok(());
            }
            if domain.status != DomainStatus::Verified {
                let message = "Only a verified domain can be the default. Nothing was changed.";
                return Err(Error::Changed(message.to_owned()));
            }
            domains::make_default(conn, company, id).await?;
            self.record(conn, who, &place, &domain.name, Event::DomainMadeDefault).await?;
            self.find_by_domain(conn, company).await
        })
    }

    /// Partners find a customer by its domain, which may just have become another.
    pub(crate) async fn find_by_domain(&self, conn: &mut Conn, company: CompanyId) -> Result<()> {
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

/// Holds the company, and where it is done on behalf the partner, until the transaction ends: what is counted or chosen
/// among its domains still holds when written.
async fn hold(conn: &mut Conn, place: &Place) -> Result<()> {
    let mut held = vec![place.company.id];
    held.extend(place.partner());
    Ok(companies::lock(conn, &held).await?)
}
