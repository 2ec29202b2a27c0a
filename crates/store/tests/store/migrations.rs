//! A database that an earlier version filled is brought up to today's without losing a row.

use mandate_domain::{
    ContentKind, DecisionId, GrantDays, GrantId, GrantState, OfferId, OfferState, Role, RoleSet, SubscriptionKind,
};
use mandate_store::{
    Db, StoreError, activity,
    decisions::{self, Decision, Outcome},
    grants::{self, Grant},
    offers::{self, Offer},
    orders, transaction,
    users::{self, User},
};
use sqlx::{
    AssertSqlSafe, SqlSafeStr,
    error::ErrorKind,
    migrate::{Migration, MigrationType, Migrator},
};
use uuid::Uuid;

use crate::{
    engines::{Schema, Store, connect, execute, on_postgres_with, on_sqlite_with},
    world::{Account, account, at, id, new_offer, ordered, user},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_keeps_what_was_there() {
    on_sqlite_with(Schema::None, a_license_administrator_comes_later).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_keeps_what_was_there() {
    on_postgres_with(Schema::None, a_license_administrator_comes_later).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_says_of_old_orders_what_was_bought() {
    on_sqlite_with(Schema::None, orders_keep_what_a_license_is).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_says_of_old_orders_what_was_bought() {
    on_postgres_with(Schema::None, orders_keep_what_a_license_is).await;
}

/// So many migrations there were before license administrators.
const BEFORE_LICENSES: usize = 5;
/// And before orders kept what a plan and a license are.
const BEFORE_AGREED: usize = 7;

/// As an earlier version left a database. What differs from that in so much as a letter, today's version would not go on
/// from.
async fn migrate_to(db: &Db, version: usize) {
    let sqlite = |sql: &str| sql.replace("BYTES", "BLOB").replace(" COLLATE \"C\"", "");
    let postgres = |sql: &str| sql.replace("BYTES", "BYTEA");
    let (append_only, license_administrator) = match db {
        Db::Sqlite { .. } => (
            include_str!("../../migrations/0002_append_only.sqlite.sql"),
            include_str!("../../migrations/0006_license_administrator.sqlite.sql"),
        ),
        Db::Postgres(_) => (
            include_str!("../../migrations/0002_append_only.postgres.sql"),
            include_str!("../../migrations/0006_license_administrator.postgres.sql"),
        ),
    };
    let steps = [
        ("schema", include_str!("../../migrations/0001_schema.sql")),
        ("append only", append_only),
        ("offers for one", include_str!("../../migrations/0003_offers_for_one.sql")),
        ("domains", include_str!("../../migrations/0004_domains.sql")),
        ("account", include_str!("../../migrations/0005_account.sql")),
        ("license administrator", license_administrator),
        ("sales", include_str!("../../migrations/0007_sales.sql")),
    ];
    let migrations = (1..).zip(steps).take(version).map(|(version, (name, sql))| {
        let sql = if matches!(db, Db::Sqlite { .. }) { sqlite(sql) } else { postgres(sql) };
        Migration::new(version, name.into(), MigrationType::Simple, AssertSqlSafe(sql).into_sql_str(), false)
    });
    let migrator = Migrator::with_migrations(migrations.collect());
    match db {
        Db::Sqlite { writer, .. } => migrator.run(writer.pool()).await.unwrap(),
        Db::Postgres(pool) => migrator.run(pool).await.unwrap(),
    }
}

/// Enough rows that the tables take more than a page.
const OFFERS: usize = 200;

/// As that version did: today's statements that keep an offer have columns that are not there yet.
async fn fill(store: &Store) -> (Account, Account, Vec<Offer>, Grant, User) {
    let (partner, customer) = transaction!(store.db, StoreError, |conn| {
        Ok((account(conn, "Fabrikam").await?, account(conn, "Contoso").await?))
    })
    .unwrap();
    let mut conn = store.db.begin().await.unwrap();
    let mut kept = Vec::new();
    for _ in 0..OFFERS {
        let offer =
            Offer { roles: RoleSet::from_bits(31).unwrap(), link_ends_at: at(0), ..new_offer(&partner, "Fabrikam") };
        // All but the ids is taken from what is there, since nothing else can be bound here.
        let rows = execute(
            &mut conn,
            "INSERT INTO offers (id, partner_id, name, name_key, roles, days, link_ends_at, state, generation, created_by,
                                 created_at)
             SELECT $1, c.id, c.name, (SELECT 'offer ' || count(*) FROM offers), 31, 365, c.created_at, 'open', 1, u.id,
                    c.created_at
             FROM companies c JOIN users u ON u.company_id = c.id WHERE c.id = $2 AND u.id = $3",
            &[offer.id.0, partner.id.0, partner.administrator.0],
        )
        .await
        .unwrap();
        assert_eq!(rows, 1);
        kept.push(offer);
    }
    conn.commit().await.unwrap();
    let (grant, reader) = transaction!(store.db, StoreError, |conn| {
        let decision = Decision {
            id: DecisionId(id()),
            offer_id: kept[0].id,
            company_id: customer.id,
            outcome: Outcome::Authorized,
            reason: None,
            decided_by: customer.administrator,
            decided_at: at(10),
        };
        assert!(decisions::decide(conn, &decision).await?);
        let grant = Grant {
            id: GrantId(id()),
            partner_id: partner.id,
            customer_id: customer.id,
            decision_id: decision.id,
            roles: RoleSet::from_bits(31).unwrap(),
            state: GrantState::Active,
            starts_at: at(10),
            ends_at: GrantDays::new(365).unwrap().after(at(10)),
            last_used_at: None,
            ended_at: None,
        };
        grants::insert(conn, &grant).await?;
        let reader = User { role: Some(Role::DirectoryReader), ..user(customer.id, &customer.domain, "Tom") };
        assert!(users::insert(conn, &reader).await?);
        Ok((grant, reader))
    })
    .unwrap();
    (partner, customer, kept, grant, reader)
}

async fn refused(db: &Db, sql: &'static str, ids: &[Uuid]) {
    let mut conn = db.begin().await.unwrap();
    let error = execute(&mut conn, sql, ids).await.unwrap_err();
    assert_eq!(error.as_database_error().unwrap().kind(), ErrorKind::CheckViolation, "{sql}: {error}");
}

async fn taken(db: &Db, sql: &'static str, ids: &[Uuid]) {
    let mut conn = db.begin().await.unwrap();
    assert!(execute(&mut conn, sql, ids).await.unwrap() > 0, "{sql}");
}

async fn a_license_administrator_comes_later(store: Store) {
    migrate_to(&store.db, BEFORE_LICENSES).await;
    let (partner, customer, kept, grant, reader) = fill(&store).await;
    // One server is about to start with today's version, and another has read the schema as it was.
    let [upgraded, running] = [connect(&store.url).await.unwrap(), connect(&store.url).await.unwrap()];
    let role = "UPDATE users SET role = 'license_administrator' WHERE id = $1";
    refused(&running, role, &[reader.id.0]).await;
    refused(&running, "UPDATE offers SET roles = 32", &[]).await;

    upgraded.migrate().await.unwrap();
    upgraded.migrate().await.unwrap();

    let mut conn = upgraded.read().await.unwrap();
    for expected in &kept {
        let read = offers::by_token(&mut conn, expected.id).await.unwrap();
        assert_eq!(read.as_ref(), Some(expected));
    }
    let read = grants::live(&mut conn, partner.id, customer.id, at(20)).await.unwrap();
    assert_eq!(read.as_ref(), Some(&grant));
    assert_eq!(users::by_id(&mut conn, customer.id, reader.id).await.unwrap().as_ref(), Some(&reader));
    drop(conn);
    for db in [&upgraded, &running] {
        taken(db, role, &[reader.id.0]).await;
        refused(db, "UPDATE users SET role = 'owner' WHERE id = $1", &[reader.id.0]).await;
        for wider in [
            "UPDATE offers SET roles = 63",
            "UPDATE grants SET roles = 32",
            "UPDATE offers SET roles = 0, content = 'trial', single_use = TRUE, sale_reference = CAST(id AS TEXT)",
        ] {
            taken(db, wider, &[]).await;
        }
        for wrong in [
            "UPDATE offers SET roles = 64",
            "UPDATE offers SET roles = -1",
            "UPDATE offers SET roles = 0",
            "UPDATE offers SET content = 'gift', sale_reference = CAST(id AS TEXT)",
            "UPDATE offers SET content = 'trial', single_use = FALSE, sale_reference = CAST(id AS TEXT)",
            "UPDATE grants SET roles = 0",
            "UPDATE grants SET roles = 64",
        ] {
            refused(db, wrong, &[]).await;
        }
    }
    let all = RoleSet::from_iter(Role::ALL);
    transaction!(upgraded, StoreError, |conn| {
        let named = Offer { roles: all, ..new_offer(&partner, "After") };
        assert!(offers::insert(conn, &named, "after").await?);
        assert!(!offers::insert(conn, &Offer { id: OfferId(id()), ..named.clone() }, "after").await?, "the keys hold");
        let read = offers::by_token(conn, named.id).await?.unwrap();
        assert_eq!((read.roles, read.content, read.state), (all, ContentKind::Delegation, OfferState::Open));
        assert_eq!(activity::list(conn, partner.id, None, None, 5).await?, []);
        Ok(())
    })
    .unwrap();
    whole(&upgraded).await;
    upgraded.close().await;
    running.close().await;
}

async fn orders_keep_what_a_license_is(store: Store) {
    migrate_to(&store.db, BEFORE_AGREED).await;
    let (plan, order) = transaction!(store.db, StoreError, |conn| {
        let (partner, customer) = (account(conn, "Fabrikam").await?, account(conn, "Contoso").await?);
        ordered(conn, &partner, &customer, SubscriptionKind::Trial).await
    })
    .unwrap();
    let line = "INSERT INTO order_lines (order_id, line, plan_id, plan_name, quantity) VALUES ($1, 0, $2, 'Then', 5)";
    let mut conn = store.db.begin().await.unwrap();
    assert_eq!(execute(&mut conn, line, &[order.id.0, plan.id.0]).await.unwrap(), 1);
    conn.commit().await.unwrap();

    store.db.migrate().await.unwrap();

    let lines = orders::lines(&mut store.db.read().await.unwrap(), order.id).await.unwrap();
    let [line] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!((line.plan_name.as_str(), line.plan_id), ("Then", plan.id));
    assert_eq!((&line.plan_description, &line.license_means), (&plan.description, &plan.license_means));
}

/// What the engine itself says of its file, where it is one, after the text of its tables was written anew.
async fn whole(db: &Db) {
    let Db::Sqlite { writer, .. } = db else { return };
    let found: Vec<(String,)> = sqlx::query_as("PRAGMA integrity_check").fetch_all(writer.pool()).await.unwrap();
    assert_eq!(found, [("ok".to_owned(),)]);
    let astray = sqlx::query("PRAGMA foreign_key_check").fetch_all(writer.pool()).await.unwrap();
    assert_eq!(astray.len(), 0);
    let (writable,): (i64,) = sqlx::query_as("PRAGMA writable_schema").fetch_one(writer.pool()).await.unwrap();
    assert_eq!(writable, 0);
    let (narrow,): (i64,) = sqlx::query_as("SELECT count(*) FROM sqlite_schema WHERE sql LIKE '%BETWEEN 1 AND 31%'")
        .fetch_one(writer.pool())
        .await
        .unwrap();
    assert_eq!(narrow, 0);
}
