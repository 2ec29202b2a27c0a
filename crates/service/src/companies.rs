//! How companies come to be.

use chrono::TimeDelta;
use mandate_domain::{
    CompanyId, DelegatedAdministration, DisplayName, DomainId, DomainPrefix, EmailAddress, Event, Line, LocalPart,
    Locale, Role, UserId, sort_key,
};
use mandate_store::{
    activity::{self, NewEntry},
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

impl Service {
    /// Makes a company, and gives a one-time link with which its first administrator sets a password.
    pub async fn create_company(&self, new: &NewCompany) -> Result<String> {
        let domain = new.domain_prefix.under(&self.settings.platform_domain);
        let domain = domain.map_err(|error| Problems::one("domain_prefix", error))?;
        let token = Secret::new(&*self.entropy);
        let now = self.now();
        let company_id = CompanyId(self.new_id());
        transaction!(self.db, Error, |conn| {
            if domains::owner(conn, domain.as_str()).await?.is_some() {
                return Err(Problems::one("domain_prefix", format!("{domain} is taken")).into());
            }
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
            companies::insert(conn, &company).await?;
            let id = DomainId(self.new_id());
            let platform = Domain { is_platform: true, ..Domain::owned(id, company_id, domain.to_string(), now) };
            if !domains::insert(conn, &platform).await? {
                return Err(Problems::one("domain_prefix", format!("{domain} is taken")).into());
            }
            let display_name = DisplayName::parse(new.administrator.as_str())
                .map_err(|error| Problems::one("administrator", error))?;
            let administrator = User {
                id: UserId(self.new_id()),
                company_id,
                domain_id: platform.id,
                user_name: format!("{}@{domain}", new.administrator.as_str()),
                first_name: None,
                last_name: None,
                sort_key: sort_key(&display_name),
                display_name: display_name.into_string(),
                alternate_email: None,
                alternate_email_confirmed: false,
                alternate_email_set_by: None,
                locale: Locale::default(),
                role: Some(Role::GlobalAdministrator),
                delegation: if new.is_partner { DelegatedAdministration::Full } else { DelegatedAdministration::No },
                is_blocked: false,
                password_hash: None,
                must_change_password: false,
                password_set_at: None,
                password_set_by: None,
                password_set_by_partner: None,
                last_sign_in_at: None,
                created_at: now,
            };
            if !users::insert(conn, &administrator).await? {
                return Err(Problems::one("administrator", "this user name is taken").into());
            }
            let terms = user_terms(&administrator);
            search::index(conn, company_id, search::Kind::User, administrator.id.0, &terms).await?;
            let expires_at = now + TimeDelta::days(LINK_DAYS);
            one_time_links::insert(conn, &token.hash(), administrator.id, now, expires_at).await?;
            let entry = NewEntry {
                at: now,
                person: None,
                grant: None,
                on_behalf_of: None,
                object_name: company.name.clone(),
                event: Event::CompanyCreated,
            };
            activity::append(conn, &[company_id], &entry).await?;
            Ok(())
        })?;
        Ok(self.url(&format!("/l/{}", token.text())))
    }
}
