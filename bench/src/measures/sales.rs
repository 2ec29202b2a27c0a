//! Companies that sign up, and licenses that are assigned: durable, in this process.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow, bail};
use mandate_domain::{OfferId, SubscriptionId, Term, UserId};
use mandate_service::{
    Principal, Service,
    catalog::parse,
    licenses::MOST_CHOSEN,
    page::{Cursor, PageRequest},
    sales::{LineForm, NewPurchase, NewTrial, SaleForm},
    server_key::Secret,
    sign_up::{AdministratorForm, CompanyForm},
};
use mandate_store::{Db, DbOptions, StoreError, sign_ups, transaction};
use sqlx::types::Uuid;
use tokio::task::JoinSet;

use super::{Bench, writes::argon2};
use crate::{
    load::Load,
    report::milliseconds,
    world::{PARTNER, PASSWORD, World},
};

/// More than are used up in the time. Each is for one company.
const INVITATIONS: u32 = 4_000;
const SIGNING_UP: usize = 16;
const USERS: u32 = 10_000;

/// Two plans, so that one is assigned by the product and one by the bare loop.
const CATALOG: &str = r#"
[[product]]
name = "Office Suite"
description = "Mail and documents"

[[product.plan]]
key = "business"
name = "Business"
description = "In the browser"
license = "One person"
trial = { days = 30, licenses = 25 }
quantity = { min = 1, max = 20_000 }
prices.yearly = { EUR = 11_700 }

[[product.plan]]
key = "enterprise"
name = "Enterprise"
description = "On the desktop"
license = "One person"
quantity = { min = 1, max = 20_000 }
prices.yearly = { EUR = 24_480 }
"#;

pub async fn measure(bench: &mut Bench<'_>) -> Result<()> {
    let world = World::sqlite(&bench.fresh("sales")?).await?.seeded(10, USERS).await?;
    let catalog = parse(CATALOG).map_err(|errors| anyhow!("{errors:?}"))?;
    world.service.import_catalog(&catalog).await?;
    let (_, partner) = world.sign_in(PARTNER).await?;

    let invitations = invitations(&world, &partner).await?;
    let signed_up = sign_ups(&world, invitations, bench.time()).await?;
    let hashing = argon2(bench.time(), false).await?;
    let argon2_alone = ("argon2 alone, on as many threads as cores", hashing.per_second);
    let what = format!("sign-up, SQLite, {SIGNING_UP} at once");
    bench.report.ratio(&what, "per second", signed_up.per_second, argon2_alone, 0.0);
    bench.report.say(&format!("  p50 {}, p99 {}", milliseconds(signed_up.p50()), milliseconds(signed_up.p99())));

    let (_, customer) = world.sign_in(&world.largest().await?).await?;
    let [ours, bare] = bought(&world, &partner, &customer).await?;
    let users = users(&world, &customer).await?;
    let assigned = assign(&world, &customer, ours, &users).await?;
    let baseline = ("a bare loop of the same writes", bare_loop(&world, &customer, bare, &users).await?);
    let what = format!("assigning licenses to {USERS} users, {MOST_CHOSEN} at once, SQLite");
    bench.report.ratio(&what, "per second", assigned, baseline, 0.0);
    Ok(())
}

async fn token(world: &World, partner: &Principal, offer: OfferId) -> Result<String> {
    let url = world.service.offer(partner, offer).await?.url.context("an open offer has a URL")?;
    Ok(url.rsplit('/').next().unwrap_or_default().to_owned())
}

/// The tokens of trial invitations that nobody has answered.
async fn invitations(world: &World, partner: &Principal) -> Result<Vec<String>> {
    let plans = world.service.offered_plans(partner).await?;
    let plan = plans.first().context("the catalog has plans")?.plan.id.to_string();
    let lines = [LineForm { plan: &plan, quantity: "25", term: "" }];
    let roles = ["license_administrator".to_owned()];
    let form = SaleForm {
        country: "US",
        lines: &lines,
        delegation: true,
        roles: &roles,
        days: "365",
        link_days: "90",
        ..SaleForm::default()
    };
    let new = NewTrial::parse(&form, &plans).map_err(|problems| anyhow!("{:?}", problems.0))?;
    let mut tokens = Vec::new();
    for _ in 0..INVITATIONS {
        let offer = world.service.create_trial(partner, &new).await?;
        tokens.push(token(world, partner, offer).await?);
    }
    Ok(tokens)
}

/// From the first step to the last, each by another company.
async fn sign_ups(world: &World, invitations: Vec<String>, most: Duration) -> Result<Load> {
    let (invitations, next) = (Arc::new(invitations), Arc::new(AtomicUsize::new(0)));
    let start = Instant::now();
    let mut workers = JoinSet::new();
    for _ in 0..SIGNING_UP {
        let (service, db) = (world.service.clone(), world.db.clone());
        let (invitations, next) = (Arc::clone(&invitations), Arc::clone(&next));
        workers.spawn(async move {
            let mut times = Vec::new();
            while start.elapsed() < most {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(token) = invitations.get(number) else { bail!("there are too few invitations") };
                let began = Instant::now();
                sign_up(&service, &db, token, u32::try_from(number)?).await?;
                times.push(began.elapsed());
            }
            anyhow::Ok(times)
        });
    }
    let mut times = Vec::new();
    while let Some(worker) = workers.join_next().await {
        times.extend(worker??);
    }
    Ok(Load::new(times, start.elapsed()))
}

async fn sign_up(service: &Service, db: &Db, token: &str, number: u32) -> Result<()> {
    // So many from one network are refused.
    let address = IpAddr::V4(Ipv4Addr::from_bits(Ipv4Addr::new(10, 0, 0, 0).to_bits() + number));
    let secret = service.begin_sign_up(token, address, None).await?;
    let (name, prefix) = (format!("Measured {number}"), format!("measured-{number}"));
    let company = CompanyForm { name: &name, country: "US", domain_prefix: &prefix };
    service.sign_up_company(&secret, company).await?;
    let email = format!("ada@measured-{number}.example");
    let administrator = AdministratorForm {
        first_name: "Ada",
        last_name: "Chen",
        display_name: "Ada Chen",
        user_name: "ada",
        alternate_email: &email,
        password: PASSWORD,
    };
    service.sign_up_administrator(&secret, administrator).await?;
    // In the place of entering the code, which is in a mail: one write as well.
    transaction!(db, StoreError, |conn| {
        let begun = sign_ups::by_token_hash(conn, &Secret::hash_of(&secret)).await?;
        match begun {
            Some(begun) => sign_ups::confirm(conn, begun.id, &email).await,
            None => Ok(false),
        }
    })?;
    service.sign_up_finish(&secret, &[], true, address).await?;
    Ok(())
}

/// Two subscriptions with a license for everybody.
async fn bought(world: &World, partner: &Principal, customer: &Principal) -> Result<[SubscriptionId; 2]> {
    let plans = world.service.offered_plans(partner).await?;
    let ids: Vec<_> = plans.iter().map(|view| view.plan.id.to_string()).collect();
    let quantity = (USERS + 10).to_string();
    let line = |plan| LineForm { plan, quantity: &quantity, term: Term::Yearly.key() };
    let lines: Vec<_> = ids.iter().map(|id| line(id.as_str())).collect();
    let form = SaleForm { currency: "EUR", lines: &lines, link_days: "30", ..SaleForm::default() };
    let new = NewPurchase::parse(&form, &plans).map_err(|problems| anyhow!("{:?}", problems.0))?;
    let offer = world.service.create_purchase(partner, &new).await?;
    let token = token(world, partner, offer).await?;
    world.service.accept_sale(customer, &token, &[], false).await?;
    let page = PageRequest { cursor: Cursor::First, size: 10, descending: false };
    let list = world.service.subscriptions(customer, customer.company.id, &page).await?;
    let ids: Vec<_> = list.rows.rows.into_iter().map(|row| row.subscription.id).collect();
    ids.try_into().map_err(|ids| anyhow!("not two subscriptions: {ids:?}"))
}

async fn users(world: &World, customer: &Principal) -> Result<Vec<UserId>> {
    let Db::Sqlite { readers, .. } = &world.db else { bail!("not SQLite") };
    let sql = "SELECT id FROM users WHERE company_id = $1 ORDER BY id LIMIT $2";
    let ids: Vec<Uuid> =
        sqlx::query_scalar(sql).bind(customer.company.id.0).bind(i64::from(USERS)).fetch_all(readers).await?;
    Ok(ids.into_iter().map(UserId).collect())
}

/// How many a second.
async fn assign(world: &World, customer: &Principal, of: SubscriptionId, users: &[UserId]) -> Result<f64> {
    let start = Instant::now();
    let mut assigned = 0;
    for chosen in users.chunks(MOST_CHOSEN) {
        assigned += world.service.assign_licenses(customer, customer.company.id, of, chosen).await?;
    }
    let took = start.elapsed();
    if assigned != usize::try_from(USERS)? {
        bail!("{assigned} licenses were assigned");
    }
    Ok(f64::from(USERS) / took.as_secs_f64())
}

/// The rows that an assignment writes, in as many transactions, one after another, as durable as the product's.
async fn bare_loop(world: &World, customer: &Principal, of: SubscriptionId, users: &[UserId]) -> Result<f64> {
    let db = Db::connect(&DbOptions { url: world.url.clone(), connections: 1, durable: true }).await?;
    let Db::Sqlite { writer, .. } = &db else { bail!("not SQLite") };
    let (company, now) = (customer.company.id.0, world.service.now());
    let start = Instant::now();
    for chosen in users.chunks(MOST_CHOSEN) {
        let mut transaction = writer.pool().begin_with("BEGIN IMMEDIATE").await?;
        for user in chosen {
            sqlx::query("UPDATE subscriptions SET assigned = assigned + 1 WHERE id = $1 AND assigned < quantity")
                .bind(of.0)
                .execute(&mut *transaction)
                .await?;
            sqlx::query(
                "INSERT INTO licenses (subscription_id, user_id, company_id, assigned_at, assigned_by)
                 VALUES ($1, $2, $3, $4, $5)",
            )
            .bind(of.0)
            .bind(user.0)
            .bind(company)
            .bind(now)
            .bind(customer.user.id.0)
            .execute(&mut *transaction)
            .await?;
            let seq: i64 = sqlx::query_scalar(
                "UPDATE companies SET activity_seq = activity_seq + 1 WHERE id = $1 RETURNING activity_seq",
            )
            .bind(company)
            .fetch_one(&mut *transaction)
            .await?;
            sqlx::query(
                "INSERT INTO activity (company_id, seq, at, actor_id, actor_name, actor_user_name, actor_company_id,
                                       actor_company_name, object_name, event)
                 VALUES ($1, $2, $3, $4, $5, $6, $1, $7, 'Office Suite Enterprise', $8)",
            )
            .bind(company)
            .bind(seq)
            .bind(now)
            .bind(customer.user.id.0)
            .bind(&customer.user.display_name)
            .bind(&customer.user.user_name)
            .bind(&customer.company.name)
            .bind(r#"{"kind":"license_assigned","user":"Ada Chen (adachen1@cedarbay-1.example)"}"#)
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
    }
    Ok(f64::from(USERS) / start.elapsed().as_secs_f64())
}
