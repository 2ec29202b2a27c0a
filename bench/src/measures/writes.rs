//! Consents, users that are added, and signing in: durable, over HTTP.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use mandate_service::{ambient::SystemEntropy, passwords::Passwords};
use mandate_store::{Db, DbOptions};
use tokio::{process::Command, task::JoinSet};

use super::Bench;
use crate::{
    client::Ask,
    load::{self, Load},
    report::milliseconds,
    server::Server,
    world::{PASSWORD, World},
};

/// More than are used up in the time.
const CUSTOMERS: u32 = 40_000;

pub async fn measure(bench: &mut Bench<'_>) -> Result<()> {
    let folder = bench.fresh("writes")?;
    let world = World::sqlite(&folder).await?.seeded(CUSTOMERS, 1_000).await?;
    let ours = consents(bench, &world).await?;
    let bare = bare_loop(&folder, bench.time()).await?;
    let baseline = ("a bare loop of durable one-row transactions", bare.per_second);
    bench.report.ratio("consents, SQLite, 16 connections", "per second", ours.per_second, baseline, 0.5);
    bench.report.say(&format!("  p50 {}, p99 {}", milliseconds(ours.p50()), milliseconds(ours.p99())));
    users(bench, &world).await?;
    drop(world);

    let Ok(url) = std::env::var("MANDATE_TEST_POSTGRES_URL") else {
        bench.report.say("  PostgreSQL: not measured, since MANDATE_TEST_POSTGRES_URL names no server");
        return Ok(());
    };
    let world = World::open(&bench.fresh("postgres")?, url.clone()).await?.seeded(CUSTOMERS, 1_000).await?;
    let ours = consents(bench, &world).await?;
    let pgbench = pgbench(&url, bench.time()).await?;
    bench.report.ratio(
        "consents, PostgreSQL, 16 connections",
        "per second",
        ours.per_second,
        ("pgbench -N -c 16", pgbench),
        0.5,
    );
    bench.report.say(&format!("  p50 {}, p99 {}", milliseconds(ours.p50()), milliseconds(ours.p99())));
    Ok(())
}

/// Each by another company.
async fn consents(bench: &mut Bench<'_>, world: &World) -> Result<Load> {
    let offer = world.fresh_offer().await?;
    let customers = world.customers(CUSTOMERS.into()).await?;
    let sessions = world.sessions(&customers).await?;
    let asks: Vec<_> = customers
        .iter()
        .zip(&sessions)
        .map(|(customer, session)| {
            let form = format!("offer={}&company={}", offer.id, customer.company_id);
            Ask::post("/api/consent/authorize", format!("{session}; {}", offer.cookie()), form)
        })
        .collect();
    let server = Server::start(&bench.run.program, world).await?;
    let done = load::run(server.address, 16, bench.time(), move |number| asks.get(number).cloned()).await?;
    server.stop().await?;
    let sql = "SELECT count(*) FROM decisions WHERE offer_id = $1 AND outcome = 'authorized'";
    let kept: i64 = match &world.db {
        Db::Sqlite { readers, .. } => sqlx::query_scalar(sql).bind(offer.id.0).fetch_one(readers).await?,
        Db::Postgres(pool) => sqlx::query_scalar(sql).bind(offer.id.0).fetch_one(pool).await?,
    };
    if usize::try_from(kept)? < done.count() {
        bail!("{} consents were acknowledged, and {kept} are there", done.count());
    }
    Ok(done)
}

/// One row in each transaction, one after another, as durable as the product's.
async fn bare_loop(folder: &Path, most: Duration) -> Result<Load> {
    let url = format!("sqlite://{}", folder.join("bare.db").display());
    let db = Db::connect(&DbOptions { url, connections: 1, durable: true }).await?;
    let Db::Sqlite { writer, .. } = &db else { bail!("not SQLite") };
    sqlx::query("CREATE TABLE bare (id INTEGER PRIMARY KEY, text TEXT NOT NULL)").execute(writer.pool()).await?;
    load::in_process(most, async || {
        let mut transaction = writer.pool().begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query("INSERT INTO bare (text) VALUES ($1)").bind("a row").execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(())
    })
    .await
}

async fn users(bench: &mut Bench<'_>, world: &World) -> Result<()> {
    let (cookie, who) = world.sign_in(&world.largest().await?).await?;
    let domain = who.user.domain_id;
    let server = Server::start(&bench.run.program, world).await?;
    let added = {
        let cookie = cookie.clone();
        load::run(server.address, 16, bench.time(), move |number| {
            let form = format!(
                "company=&first_name=Ada&last_name=Chen&display_name=Ada+Chen&user_name=measured{number}&domain={domain}\
                 &alternate_email=&role="
            );
            Some(Ask::post("/api/users/add", cookie.clone(), form))
        })
        .await?
    };
    let hashing = argon2(bench.time(), false).await?;
    let argon2_alone = ("argon2 alone, on as many threads as cores", hashing.per_second);
    bench.report.ratio("add user, 16 connections", "per second", added.per_second, argon2_alone, 0.0);

    let listed = load::repeat(server.address, 16, bench.time(), Ask::get("/users", cookie)).await?;
    bench.report.bound("list of users, 16 connections, p99", listed.p99().as_secs_f64() * 1000.0, "ms", 0.0);
    bench.report.say(&format!("  {:.0} per second, p50 {}", listed.per_second, milliseconds(listed.p50())));

    let user_name = who.user.user_name.clone();
    let signed_in = load::run(server.address, 16, bench.time(), move |_| {
        let (user_name, password) = (user_name.replace('@', "%40"), PASSWORD.replace(' ', "+"));
        let form = format!("user_name={user_name}&password={password}&next=%2F");
        Some(Ask::post("/api/session/sign-in", "", form))
    })
    .await?;
    let verifying = argon2(bench.time(), true).await?;
    let alone = ("argon2 alone, on as many threads as cores", verifying.per_second);
    bench.report.ratio("sign-in, 16 connections", "per second", signed_in.per_second, alone, 0.9);
    server.stop().await
}

/// Passwords hashed or verified, with nothing around it.
pub(super) async fn argon2(most: Duration, verify: bool) -> Result<Load> {
    let passwords = Passwords::new(Arc::new(SystemEntropy));
    let hash = passwords.hash(PASSWORD.to_owned()).await?;
    let start = std::time::Instant::now();
    let mut workers = JoinSet::new();
    for _ in 0..std::thread::available_parallelism()?.get() {
        let (passwords, hash) = (passwords.clone(), hash.clone());
        workers.spawn(async move {
            let mut times = Vec::new();
            while start.elapsed() < most {
                let began = std::time::Instant::now();
                if verify {
                    passwords.verify(Some(hash.clone()), PASSWORD.to_owned()).await?;
                } else {
                    passwords.hash(PASSWORD.to_owned()).await?;
                }
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

/// Its simple update, per second.
async fn pgbench(url: &str, most: Duration) -> Result<f64> {
    let program = std::env::var("PGBENCH").unwrap_or_else(|_| "pgbench".to_owned());
    let made = Command::new(&program).args(["-i", "-q", "-s", "10", url]).output().await?;
    if !made.status.success() {
        bail!("pgbench -i: {}", String::from_utf8_lossy(&made.stderr));
    }
    let seconds = most.as_secs().max(1).to_string();
    let ran = Command::new(&program).args(["-N", "-c", "16", "-j", "2", "-T", &seconds, url]).output().await?;
    let said = String::from_utf8_lossy(&ran.stdout);
    let line = said.lines().find_map(|line| line.strip_prefix("tps = ")).context("pgbench says no tps")?;
    Ok(line.split(' ').next().unwrap_or_default().parse()?)
}
