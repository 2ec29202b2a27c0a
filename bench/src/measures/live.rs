//! Pages that stay open, and are told of what happens.

use anyhow::Result;
use tokio::time::{Duration, sleep};

use super::{Bench, process::megabytes};
use crate::{
    client::{Ask, Client},
    load,
    server::Server,
    world::{PARTNER, World},
};

const OPEN: u16 = 1_000;

pub async fn measure(bench: &mut Bench<'_>) -> Result<()> {
    let world = World::sqlite(&bench.fresh("live")?).await?.seeded(OPEN.into(), 1_000).await?;
    let customers = world.customers(OPEN.into()).await?;
    let sessions = world.sessions(&customers).await?;
    let (cookie, _) = world.sign_in(PARTNER).await?;
    let server = Server::start(&bench.run.program, &world).await?;

    let ask = Ask::get("/partner", cookie);
    let without = load::repeat(server.address, 4, bench.time(), ask.clone()).await?;
    let memory_without = server.resident()?;

    let mut open = Vec::new();
    for session in sessions {
        let mut client = Client::connect(server.address).await?;
        let stream = client.listen(&Ask::get("/events?after=0", session)).await?;
        open.push((client, stream));
    }
    sleep(Duration::from_secs(2)).await;
    let more = server.resident()?.saturating_sub(memory_without);
    let what = format!("resident memory, more with {} open live pages", open.len());
    bench.report.bound(&what, megabytes(more), "MB", 50.0);

    let with = load::repeat(server.address, 4, bench.time(), ask).await?;
    drop(open);
    server.stop().await?;
    let what = format!("Partner overview beside {OPEN} open live pages, 4 connections, p99");
    bench.report.at_most_times(&what, with.p99(), ("without them", without.p99()), 1.5);
    Ok(())
}
