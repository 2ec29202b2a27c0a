//! How companies come to be.

use chrono::TimeDelta;
use mandate_domain::{
    CompanyId, DelegatedAdministration, DisplayName, DomainId, DomainName, DomainPrefix, EmailAddress, Event, Line,
    LocalPart, Locale, Role, UserId, sort_key,
};
use mandate_store::{
    Conn,
    activity::{self, NewEntry, Person},
    companies::{self, Company},
    domains::{self, Domain},
    search,
    sessions::one_time_links,
    transaction,
    users::{self, User},
};

use crate::{Error, Result, Service, form::Problems, server_key::Secret, users::user_terms};

/// How long the first administrator's link works.
const LINK_DAYS: i64 = 7;

/// A company to be made, with its first administrator.
#[derive(Clone, Debug)]
pub struct NewCompany {
    pub name: Line,
    pub domain_prefix: DomainPrefix,
    pub is_partner: bool,
    /// Whom to ask: customers read it before they authorize a partner, and mail for the company goes there.
    pub contact_address: Option<Line>,
    pub phone: Option<Line>,
    pub support_email: Option<EmailAddress>,
    /// The part of the first administrator's user name before the @.
    pub administrator: LocalPart,
}

/// Its first administrator, without a password yet.
pub(crate) fn first_administrator(
    company: &Company,
    domain: &Domain,
    id: UserId,
    local_part: &LocalPart,
    display_name: DisplayName,
) -> User {
    User {
        id,
        company_id: company.id,
        domain_id: domain.id,
        user_name: format!("{}@{}", local_part.as_str(), domain.name),
        first_name: None,
        last_name: None,
        sort_key: sort_key(&display_name),
        display_name: display_name.into_string(),
        alternate_email: None,
        alternate_email_confirmed: false,
        alternate_email_set_by: None,
        locale: Locale::default(),
        role: Some(Role::GlobalAdministrator),
        delegation: if company.is_partner { DelegatedAdministration::Full } else { DelegatedAdministration::No },
        is_blocked: false,
        password_hash: None,
        must_change_password: false,
        password_set_at: None,
        password_set_by: None,
        password_set_by_partner: None,
        last_sign_in_at: None,
        created_at: company.created_at,
    }
}

pub(crate) fn prefix_is_taken(domain: &DomainName) -> Error {
    Problems::one("domain_prefix", format!("{domain} is taken")).into()
}

impl Service {
    /// Makes a company, and gives a one-time link with which its first administrator sets a password.
    pub async fn create_company(&self, new: &NewCompany) -> Result<String> {
        let domain = new.domain_prefix.under(&self.settings.platform_domain);
        let domain = domain.map_err(|error| Problems::one("domain_prefix", error))?;
        let token = Secret::new(&*self.entropy);
        let now = self.now();
        let company_id = CompanyId(self.new_id());
        transaction!(self.db, Error, |conn| {
            let company = Company {
                id: company_id,
                name: new.name.to_string(),
                contact_address: new.contact_address.as_ref().map(ToString::to_string),
                phone: new.phone.as_ref().map(ToString::to_string),
                support_email: new.support_email.as_ref().map(ToString::to_string),
                is_partner: new.is_partner,
                is_demo: false,
                domain: None,
                created_at: now,
            };
            let platform = self.insert_company(conn, &company, &domain).await?;
            let display_name = DisplayName::parse(new.administrator.as_str())
                .map_err(|error| Problems::one("administrator", error))?;
            let id = UserId(self.new_id());
            let administrator = first_administrator(&company, &platform, id, &new.administrator, display_name);
            Self::insert_first_administrator(conn, &administrator, "administrator").await?;
            let expires_at = now + TimeDelta::days(LINK_DAYS);
            one_time_links::insert(conn, &token.hash(), administrator.id, now, expires_at).await?;
            self.record_company_created(conn, &company, None).await
        })?;
        Ok(self.url(&format!("/l/{}", token.text())))
    }

    /// Keeps a new company, and the domain under the platform's that is its own from then on.
    pub(crate) async fn insert_company(
        &self,
        conn: &mut Conn,
        company: &Company,
        domain: &DomainName,
    ) -> Result<Domain> {
        if domains::owner(conn, domain.as_str()).await?.is_some() {
            return Err(prefix_is_taken(domain));
        }
        companies::insert(conn, company).await?;
        let id = DomainId(self.new_id());
        let platform = Domain::owned(id, company.id, domain.to_string(), company.created_at);
        let platform = Domain { is_platform: true, ..platform };
        // Another may have taken it since the check above.
        if !domains::insert(conn, &platform).await? {
            return Err(prefix_is_taken(domain));
        }
        Ok(platform)
    }

    /// Keeps the first administrator of a new company. What is wrong with the user name is told beside a field.
    pub(crate) async fn insert_first_administrator(conn: &mut Conn, user: &User, field: &str) -> Result<()> {
        if !users::insert(conn, user).await? {
            return Err(Problems::one(field, "this user name is taken").into());
        }
        Ok(search::index(conn, user.company_id, search::Kind::User, user.id.0, &user_terms(user)).await?)
    }

    /// Begins the company's record; by nobody, where the operator made it.
    pub(crate) async fn record_company_created(
        &self,
        conn: &mut Conn,
        company: &Company,
        person: Option<Person>,
    ) -> Result<()> {
        let entry = NewEntry {
            at: self.now(),
            person,
            grant: None,
            on_behalf_of: None,
            object_name: company.name.clone(),
            event: Event::CompanyCreated,
        };
        Ok(activity::append(conn, &[company.id], &entry).await?)
    }
}
