//! Memory and start.

use anyhow::Result;

use super::Bench;
use crate::{
    client::{Ask, Client},
    load,
    server::Server,
    world::{PARTNER, World},
};

#[expect(clippy::cast_precision_loss, reason = "bytes of memory are far below 2^52")]
pub fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

pub async fn measure(bench: &mut Bench<'_>) -> Result<()> {
    let world = World::sqlite(&bench.fresh("process")?).await?.seeded(1_000, 1_000).await?;
    // Started once before, as any server but the first is: the schema is there.
    Server::start(&bench.run.program, &world).await?.stop().await?;
    let server = Server::start(&bench.run.program, &world).await?;
    bench.report.bound("start to first answer", server.started_in.as_secs_f64() * 1000.0, "ms", 200.0);
    Client::connect(server.address).await?.expect(&Ask::get("/sign-in", "")).await?;
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    bench.report.bound("resident memory, idle", megabytes(server.resident()?), "MB", 40.0);

    let (cookie, _) = world.sign_in(PARTNER).await?;
    let under = load::repeat(server.address, 16, bench.time(), Ask::get("/partner", cookie)).await?;
    bench.report.bound(
        "resident memory, after 16 connections read Partner overview",
        megabytes(server.resident()?),
        "MB",
        0.0,
    );
    bench.report.say(&format!("  {} pages at {:.0} per second", under.count(), under.per_second));
    server.stop().await
}
