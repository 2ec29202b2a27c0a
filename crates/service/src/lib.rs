//! What one may do: a function per use case, which authorizes, changes, records and notifies in one transaction.
//!
//! A use case takes the [`Principal`] who acts and, where it can be done on behalf of another, the company it is done
//! in. It asks [`mandate_domain::permits`], and nothing else decides.

pub mod acceptance;
pub mod account;
pub mod activity;
pub mod ambient;
pub mod catalog;
pub mod companies;
pub mod consent;
pub mod csv_file;
pub mod delegation;
pub mod demo;
pub mod dns;
pub mod dns_hosts;
pub mod domain_names;
pub mod domains;
pub mod form;
pub mod jobs;
pub mod licenses;
pub mod listed;
pub mod live;
pub mod mail;
pub mod offer_bulk;
pub mod offer_mail;
pub mod offer_templates;
pub mod offers;
pub mod overview;
pub mod passwords;
pub mod place;
pub mod principal;
pub mod profile;
pub mod relationships;
pub mod sales;
pub mod sales_overview;
pub mod seed;
pub mod server_key;
pub mod sign_in;
pub mod sign_up;
pub mod subscriptions;
pub mod users;

mod addressee_list;
mod browser;
mod domain_check;
mod error;
mod notify;
mod sale_mail;
mod secrets_in_mail;
mod sign_in_help;
mod sign_up_end;
mod subscription_jobs;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use mandate_domain::DomainName;
use mandate_store::Db;
use uuid::Uuid;

pub use error::{Error, Result};
pub use mandate_store::{companies::Company, page};
pub use principal::Principal;

use crate::{
    ambient::{Clock, Entropy},
    dns::Dns,
    passwords::Passwords,
    server_key::ServerKey,
};

/// What an operator sets.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Links in mail and offers start with it; without a last slash.
    pub public_url: String,
    /// A new company gets a domain under it, verified from the start.
    pub platform_domain: DomainName,
    /// Which prefixes of it nobody who signs up can have, in lower case.
    pub reserved_prefixes: Vec<String>,
}

/// All use cases, on one database.
#[derive(Clone)]
pub struct Service {
    db: Db,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    passwords: Passwords,
    dns: Dns,
    key: ServerKey,
    settings: Arc<Settings>,
}

impl Service {
    pub fn new(
        db: Db,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        passwords: Passwords,
        dns: Dns,
        key: ServerKey,
        settings: Settings,
    ) -> Self {
        Self { db, clock, entropy, passwords, dns, key, settings: Arc::new(settings) }
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.db.ping().await?)
    }

    /// A key for another layer's purpose, from which the server key does not follow.
    pub fn derive_key(&self, purpose: &str) -> [u8; 32] {
        self.key.derive(purpose)
    }

    /// Randomness for another layer's purpose.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        ambient::secret_bytes(&*self.entropy)
    }

    fn new_id(&self) -> Uuid {
        ambient::uuid_v7(self.now(), &*self.entropy)
    }
}
