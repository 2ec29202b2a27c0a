use sqlx::{
    AssertSqlSafe, SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
};

const SCHEMA: &str = include_str!("../migrations/0001_schema.sql");
const OFFERS_FOR_ONE: &str = include_str!("../migrations/0003_offers_for_one.sql");
const DOMAINS: &str = include_str!("../migrations/0004_domains.sql");
const ACCOUNT: &str = include_str!("../migrations/0005_account.sql");
const SALES: &str = include_str!("../migrations/0007_sales.sql");
const AGREED: &str = include_str!("../migrations/0008_agreed.sql");

fn migrator(steps: Vec<(&'static str, String)>) -> Migrator {
    let migrations = (1..).zip(steps).map(|(version, (name, sql))| {
        Migration::new(version, name.into(), MigrationType::Simple, AssertSqlSafe(sql).into_sql_str(), false)
    });
    Migrator::with_migrations(migrations.collect())
}

pub fn sqlite() -> Migrator {
    migrator(vec![
        ("schema", SCHEMA.replace("BYTES", "BLOB").replace(" COLLATE \"C\"", "")),
        ("append only", include_str!("../migrations/0002_append_only.sqlite.sql").to_owned()),
        ("offers for one", OFFERS_FOR_ONE.replace(" COLLATE \"C\"", "")),
        ("domains", DOMAINS.to_owned()),
        ("account", ACCOUNT.replace("BYTES", "BLOB").replace(" COLLATE \"C\"", "")),
        ("license administrator", include_str!("../migrations/0006_license_administrator.sqlite.sql").to_owned()),
        ("sales", SALES.replace("BYTES", "BLOB").replace(" COLLATE \"C\"", "")),
        ("agreed", AGREED.to_owned()),
    ])
}

pub fn postgres() -> Migrator {
    migrator(vec![
        ("schema", SCHEMA.replace("BYTES", "BYTEA")),
        ("append only", include_str!("../migrations/0002_append_only.postgres.sql").to_owned()),
        ("offers for one", OFFERS_FOR_ONE.to_owned()),
        ("domains", DOMAINS.to_owned()),
        ("account", ACCOUNT.replace("BYTES", "BYTEA")),
        ("license administrator", include_str!("../migrations/0006_license_administrator.postgres.sql").to_owned()),
        ("sales", SALES.replace("BYTES", "BYTEA")),
        ("agreed", AGREED.to_owned()),
    ])
}
