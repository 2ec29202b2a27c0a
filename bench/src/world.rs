//! Databases to measure on, and the people who use them.

use std::{
    net::{IpAddr, Ipv4Addr},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result, bail};
use chrono::TimeDelta;
use mandate_domain::{DomainName, DomainPrefix, Line, LocalPart, OfferId, Role, UserId};
use mandate_service::{
    Principal, Service, Settings,
    ambient::{SystemClock, SystemEntropy},
    companies::NewCompany,
    dns::Dns,
    offers::{NewOffer, OfferForm, TermsForm},
    passwords::Passwords,
    seed::Seed,
    server_key::{Secret, ServerKey},
    sign_in::SignIn,
};
use mandate_store::{
    Db, DbOptions, StoreError,
    sessions::{self, Origin},
    transaction,
};

pub const PASSWORD: &str = "measured twice and cut once";
/// Of servers that live as long as a measurement.
pub const KEY: &str = "bWFuZGF0ZSBtZWFzdXJlcyBhbmQgbm90aGluZyBlbHM";
pub const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

pub struct World {
    pub folder: PathBuf,
    pub url: String,
    pub db: Db,
    pub service: Service,
}

/// Who the seed says can sign in.
pub const PARTNER: &str = "admin@seed-partners.example";

impl World {
    pub async fn sqlite(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        Self::open(folder, format!("sqlite://{}", folder.join("mandate.db").display())).await
    }

    pub async fn open(folder: &Path, url: String) -> Result<Self> {
        let db = Db::connect(&DbOptions { url: url.clone(), connections: 16, durable: true }).await?;
        db.migrate().await?;
        let entropy = Arc::new(SystemEntropy);
        let settings = Settings {
            public_url: "http://127.0.0.1:3000".to_owned(),
            platform_domain: DomainName::parse("mandate.example")?,
            reserved_prefixes: Vec::new(),
        };
        let passwords = Passwords::new(entropy.clone());
        let key = ServerKey::parse(KEY)?;
        let service =
            Service::new(db.clone(), Arc::new(SystemClock), entropy, passwords, Dns::new(None), key, settings);
        Ok(Self { folder: folder.to_owned(), url, db, service })
    }

    /// Fills it, unless a run before did.
    pub async fn seeded(self, companies: u32, users: u32) -> Result<Self> {
        let mark = self.folder.join("seeded");
        let what = format!("{companies} {users}");
        if std::fs::read_to_string(&mark).is_ok_and(|before| before == what) {
            return Ok(self);
        }
        self.service.seed(Seed { companies, users, seed: 1 }, PASSWORD, |_| {}).await?;
        std::fs::write(mark, what)?;
        Ok(self)
    }

    pub async fn sign_in(&self, user_name: &str) -> Result<(String, Principal)> {
        let SignIn::Done { token, .. } = self.service.sign_in(user_name, PASSWORD.to_owned(), ADDRESS).await? else {
            bail!("{user_name} was not let in");
        };
        let who = self.service.authenticate(token.text()).await?.context("the session has ended")?;
        Ok((session_cookie(token.text()), who))
    }

    /// The administrators of the seed's customers, the first one first.
    pub async fn customers(&self, most: i64) -> Result<Vec<Customer>> {
        let sql = "SELECT u.id, u.company_id FROM users u JOIN companies c ON c.id = u.company_id
                   WHERE u.role = 'global_administrator' AND NOT c.is_partner AND u.user_name LIKE 'admin@%-%.example'
                   ORDER BY length(u.user_name), u.id LIMIT $1";
        Ok(match &self.db {
            Db::Sqlite { readers, .. } => sqlx::query_as(sql).bind(most).fetch_all(readers).await?,
            Db::Postgres(pool) => sqlx::query_as(sql).bind(most).fetch_all(pool).await?,
        })
    }

    /// The first customer, who has the many users.
    pub async fn largest(&self) -> Result<String> {
        let sql = "SELECT user_name FROM users WHERE user_name LIKE 'admin@%-1.example' LIMIT 1";
        Ok(match &self.db {
            Db::Sqlite { readers, .. } => sqlx::query_scalar(sql).fetch_one(readers).await?,
            Db::Postgres(pool) => sqlx::query_scalar(sql).fetch_one(pool).await?,
        })
    }

    /// Sessions without the work of signing in. Gives the cookie of each.
    pub async fn sessions(&self, customers: &[Customer]) -> Result<Vec<String>> {
        let now = self.service.now();
        let secrets: Vec<_> = customers.iter().map(|_| Secret::new(&SystemEntropy)).collect();
        transaction!(self.db, StoreError, |conn| {
            for (customer, secret) in customers.iter().zip(&secrets) {
                let ends = now + TimeDelta::days(1);
                sessions::insert(conn, &secret.hash(), UserId(customer.id), "pwd", &Origin::default(), now, ends)
                    .await?;
            }
            Ok(())
        })?;
        Ok(secrets.iter().map(|secret| session_cookie(secret.text())).collect())
    }

    /// A further partner's offer, which nobody has answered.
    pub async fn fresh_offer(&self) -> Result<Offer> {
        let number = self.service.now().timestamp_micros();
        let prefix = format!("p{number}");
        let company = NewCompany {
            name: Line::parse("Measured Partners")?,
            domain_prefix: DomainPrefix::parse(&prefix)?,
            is_partner: true,
            contact_address: None,
            phone: None,
            support_email: None,
            administrator: LocalPart::parse("admin")?,
        };
        let link = self.service.create_company(&company).await?;
        let token = link.rsplit('/').next().unwrap_or_default();
        self.service.set_password_by_link(token, PASSWORD.to_owned()).await?;
        let (_, who) = self.sign_in(&format!("admin@{prefix}.mandate.example")).await?;
        let roles: Vec<_> = Role::OFFERED.iter().map(|role| role.key().to_owned()).collect();
        let terms = TermsForm { roles: &roles, days: "365", link_days: "90", ..TermsForm::default() };
        let new = NewOffer::parse(&OfferForm { name: "Managed IT", terms, ..OfferForm::default() })
            .map_err(|problems| anyhow::anyhow!("{:?}", problems.0))?;
        let id = self.service.create_offer(&who, &new).await?;
        let url = self.service.offer(&who, id).await?.url.context("an open offer has a URL")?;
        let token = url.rsplit('/').next().unwrap_or_default().to_owned();
        Ok(Offer { id, token })
    }
}

pub struct Offer {
    pub id: OfferId,
    pub token: String,
}

impl Offer {
    pub fn cookie(&self) -> String {
        format!("mandate-offer-{}={}", self.id, self.token)
    }
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Customer {
    pub id: sqlx::types::Uuid,
    pub company_id: sqlx::types::Uuid,
}

pub fn session_cookie(token: &str) -> String {
    format!("mandate-session={token}")
}
