//! The companies and the catalog that a demonstration begins with.

use mandate_domain::{CompanyId, DelegatedAdministration, DomainId, Locale, Role, UserId, sort_key};
use mandate_store::{
    Conn,
    companies::{self, Company},
    domains::{self, Domain},
    plans, search, transaction,
    users::{self, User},
};

use crate::{Error, Result, Service, catalog, users::user_terms};

/// A person who can sign in, to be printed at the start.
#[derive(Clone, Debug)]
pub struct DemoPerson {
    pub user_name: &'static str,
    pub description: &'static str,
}

struct DemoCompany {
    name: &'static str,
    prefix: &'static str,
    domain: &'static str,
    is_partner: bool,
    address: &'static str,
    phone: &'static str,
    support_email: &'static str,
    people: &'static [(&'static str, &'static str, Option<Role>, DelegatedAdministration)],
}

use DelegatedAdministration::{Full, Limited, No};

const GLOBAL: Option<Role> = Some(Role::GlobalAdministrator);

const COMPANIES: [DemoCompany; 4] = [
    DemoCompany {
        name: "Fabrikam Partners",
        prefix: "fabrikam",
        domain: "fabrikam.example",
        is_partner: true,
        address: "1420 Harbor Avenue, Seattle",
        phone: "+1 206 555 0142",
        support_email: "support@fabrikam.example",
        people: &[
            ("ana", "Ana Ruiz", GLOBAL, Full),
            ("leo", "Leo Brandt", None, Limited),
            ("kim", "Kim Sato", None, No),
        ],
    },
    DemoCompany {
        name: "Contoso",
        prefix: "contoso",
        domain: "contoso.example",
        is_partner: false,
        address: "88 Canal Street, Boston",
        phone: "+1 617 555 0188",
        support_email: "it@contoso.example",
        people: &[("mia", "Mia Lindqvist", GLOBAL, No), ("tom", "Tom Okafor", None, No)],
    },
    DemoCompany {
        name: "Northwind Traders",
        prefix: "northwind",
        domain: "northwind.example",
        is_partner: false,
        address: "7 Market Square, Portland",
        phone: "+1 503 555 0107",
        support_email: "office@northwind.example",
        people: &[("nora", "Nora Haddad", GLOBAL, No)],
    },
    DemoCompany {
        name: "Tailspin Partners",
        prefix: "tailspin",
        domain: "tailspin.example",
        is_partner: true,
        address: "300 Lakeview Road, Chicago",
        phone: "+1 312 555 0130",
        support_email: "hello@tailspin.example",
        people: &[("pia", "Pia Novak", GLOBAL, Full)],
    },
];

/// Who can sign in, and as what.
pub const PEOPLE: [DemoPerson; 7] = [
    DemoPerson { user_name: "ana@fabrikam.example", description: "partner, global administrator, full administration" },
    DemoPerson { user_name: "leo@fabrikam.example", description: "partner, limited administration" },
    DemoPerson { user_name: "kim@fabrikam.example", description: "partner, no delegated administration" },
    DemoPerson { user_name: "mia@contoso.example", description: "customer, global administrator" },
    DemoPerson { user_name: "tom@contoso.example", description: "customer, no role" },
    DemoPerson { user_name: "nora@northwind.example", description: "another customer, global administrator" },
    DemoPerson { user_name: "pia@tailspin.example", description: "a second partner, global administrator" },
];

/// What its partners can sell.
const CATALOG: &str = include_str!("demo_catalog.toml");

impl Service {
    /// Makes the demonstration's companies and catalog where there is none yet. Refused where there are others: their data is not
    /// to be mixed with people who all have one password.
    pub async fn prepare_demo(&self, password: &str) -> Result<()> {
        let hash = self.passwords.hash(password.to_owned()).await?;
        let catalog = catalog::parse(CATALOG).map_err(|_| Error::Internal("the demo's catalog has errors"))?;
        transaction!(self.db, Error, |conn| {
            match companies::present(conn).await? {
                (_, true) => {
                    let message = "This database holds companies that the demo did not make. Use another one.";
                    return Err(Error::Changed(message.to_owned()));
                }
                (true, false) => self.renew_demo_passwords(conn, &hash).await?,
                (false, false) => {
                    for company in &COMPANIES {
                        self.insert_demo_company(conn, company, &hash).await?;
                    }
                }
            }
            // Not in the place of a catalog that somebody imported.
            if plans::offered(conn, None).await?.is_empty() {
                self.keep_catalog(conn, &catalog).await?;
            }
            Ok(())
        })
    }

    /// What is there stays, but for the password, which is told anew at each start.
    async fn renew_demo_passwords(&self, conn: &mut Conn, hash: &str) -> Result<()> {
        for person in &PEOPLE {
            let Some(user) = users::by_user_name(conn, person.user_name).await? else { continue };
            let password =
                users::NewPassword { hash, must_change: false, set_at: self.now(), set_by: None, set_by_partner: None };
            users::set_password(conn, user.company_id, user.id, &password).await?;
        }
        Ok(())
    }

    async fn insert_demo_company(&self, conn: &mut Conn, demo: &DemoCompany, hash: &str) -> Result<()> {
        let now = self.now();
        let company_id = CompanyId(self.new_id());
        let company = Company {
            id: company_id,
            name: demo.name.to_owned(),
            contact_address: Some(demo.address.to_owned()),
            phone: Some(demo.phone.to_owned()),
            support_email: Some(demo.support_email.to_owned()),
            is_partner: demo.is_partner,
            is_demo: true,
            domain: None,
            created_at: now,
        };
        companies::insert(conn, &company).await?;
        let own = self.demo_domain(conn, company_id, demo.domain.to_owned(), false).await?;
        let platform = format!("{}.{}", demo.prefix, self.settings.platform_domain);
        self.demo_domain(conn, company_id, platform, true).await?;
        for (local, display_name, role, delegation) in demo.people {
            let (first_name, last_name) = display_name.split_once(' ').unwrap_or((display_name, ""));
            let user = User {
                id: UserId(self.new_id()),
                company_id,
                domain_id: own,
                user_name: format!("{local}@{}", demo.domain),
                first_name: Some(first_name.to_owned()),
                last_name: Some(last_name.to_owned()),
                display_name: (*display_name).to_owned(),
                sort_key: sort_key(display_name),
                alternate_email: None,
                alternate_email_confirmed: false,
                alternate_email_set_by: None,
                locale: Locale::default(),
                role: *role,
                delegation: *delegation,
                is_blocked: false,
                password_hash: Some(hash.to_owned()),
                must_change_password: false,
                password_set_at: Some(now),
                password_set_by: None,
                password_set_by_partner: None,
                last_sign_in_at: None,
                created_at: now,
            };
            if !users::insert(conn, &user).await? {
                return Err(Error::Internal("a demo user name is taken"));
            }
            search::index(conn, company_id, search::Kind::User, user.id.0, &user_terms(&user)).await?;
        }
        Ok(())
    }

    async fn demo_domain(
        &self,
        conn: &mut Conn,
        company_id: CompanyId,
        name: String,
        is_platform: bool,
    ) -> Result<DomainId> {
        let id = DomainId(self.new_id());
        let domain = Domain { is_platform, ..Domain::owned(id, company_id, name, self.now()) };
        if domains::insert(conn, &domain).await? {
            Ok(domain.id)
        } else {
            Err(Error::Internal("a demo domain is taken"))
        }
    }
}
