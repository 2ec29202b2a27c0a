//! The database and the use cases on it.

use std::sync::Arc;

use anyhow::{Context, Result};
use mandate_service::{
    Service, Settings,
    ambient::{SystemClock, SystemEntropy},
    passwords::Passwords,
};
use mandate_store::{Db, DbOptions};

use crate::{config::Config, data_folder, secret_key};

const CONNECTIONS: u32 = 16;

pub struct Backend {
    pub db: Db,
    pub service: Service,
}

impl Backend {
    pub async fn open(config: &Config) -> Result<Self> {
        let key = secret_key::find(config)?;
        let db = migrated(config).await?;
        let entropy = Arc::new(SystemEntropy);
        let settings = Settings {
            public_url: config.public_url.to_string(),
            platform_domain: config.platform_domain.clone(),
            reserved_prefixes: config.reserved_prefixes.clone(),
        };
        let passwords = Passwords::new(entropy.clone());
        let service = Service::new(db.clone(), Arc::new(SystemClock), entropy, passwords, config.dns, key, settings);
        Ok(Self { db, service })
    }
}

/// The database, with the tables that this version needs.
pub async fn migrated(config: &Config) -> Result<Db> {
    if !config.is_on_postgres() {
        data_folder::make(config)?;
    }
    let options = DbOptions { url: config.database_url.clone(), connections: CONNECTIONS, durable: true };
    let db = Db::connect(&options).await.context("the database of DATABASE_URL cannot be opened")?;
    db.migrate().await.context("the database cannot be migrated")?;
    Ok(db)
}
