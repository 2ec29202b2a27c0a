use std::{path::Path, sync::Arc};

use mandate_domain::DomainName;
use mandate_service::{
    Service, Settings,
    ambient::{SystemClock, SystemEntropy},
    dns::Dns,
    passwords::Passwords,
    server_key::ServerKey,
};
use mandate_store::{Db, DbOptions};

pub const KEY: &str = "0707070707070707070707070707070707070707070707070707070707070707";
pub const PASSWORD: &str = "plum-orbit-canvas-29-thimble";

/// The database that the processes are on, as seen from beside them.
pub struct Database {
    pub url: String,
    pub db: Db,
    pub service: Service,
}

impl Database {
    pub async fn open(url: String) -> Self {
        let db = Db::connect(&DbOptions { url: url.clone(), connections: 4, durable: true }).await.unwrap();
        db.migrate().await.unwrap();
        let entropy = Arc::new(SystemEntropy);
        let settings = Settings {
            public_url: "http://127.0.0.1:1".to_owned(),
            platform_domain: DomainName::parse("mandate.example").unwrap(),
            reserved_prefixes: Vec::new(),
        };
        let cheap = argon2::Params::new(8, 1, 1, None).unwrap();
        let passwords = Passwords::with_parameters(entropy.clone(), cheap);
        let key = ServerKey::parse(KEY).unwrap();
        let service =
            Service::new(db.clone(), Arc::new(SystemClock), entropy, passwords, Dns::new(None), key, settings);
        service.prepare_demo(PASSWORD).await.unwrap();
        Self { url, db, service }
    }

    pub fn sqlite_url(folder: &Path) -> String {
        format!("sqlite://{}", folder.join("mandate.db").display())
    }

    /// The number that a statement gives.
    pub async fn count(&self, sql: &'static str) -> i64 {
        match &self.db {
            Db::Sqlite { readers, .. } => sqlx::query_scalar(sql).fetch_one(readers).await.unwrap(),
            Db::Postgres(pool) => sqlx::query_scalar(sql).fetch_one(pool).await.unwrap(),
        }
    }
}
