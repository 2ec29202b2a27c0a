//! The consent page.

use anyhow::Result;

use super::Bench;
use crate::{
    client::{Ask, Client},
    load,
    report::milliseconds,
    server::Server,
    world::World,
};

pub async fn measure(bench: &mut Bench<'_>) -> Result<()> {
    let world = World::sqlite(&bench.fresh("pages")?).await?.seeded(1_000, 1_000).await?;
    let offer = world.fresh_offer().await?;
    let customers = world.customers(1).await?;
    let session = world.sessions(&customers).await?.remove(0);
    let ask = Ask::get(format!("/offers/{}", offer.id), format!("{session}; {}", offer.cookie()));

    let server = Server::start(&bench.run.program, &world).await?;
    let page = Client::connect(server.address).await?.expect(&ask).await?.body;
    let ours = load::repeat(server.address, 16, bench.time(), ask.clone()).await?;
    server.stop().await?;

    let body = bench.run.folder.join("consent.html");
    std::fs::write(&body, &page)?;
    let bare = Server::bare(&["--body", &body.display().to_string(), "--database", &world.url]).await?;
    let theirs = load::repeat(bare.address, 16, bench.time(), ask).await?;
    bare.stop().await?;

    let baseline = ("a bare axum handler: same reads, same bytes", theirs.per_second);
    bench.report.ratio("consent page, 16 connections", "per second", ours.per_second, baseline, 0.25);
    bench.report.bound("consent page, p99", ours.p99().as_secs_f64() * 1000.0, "ms", 10.0);
    bench.report.say(&format!(
        "  p50 {} (bare {}), p99 {} (bare {}), {} bytes",
        milliseconds(ours.p50()),
        milliseconds(theirs.p50()),
        milliseconds(ours.p99()),
        milliseconds(theirs.p99()),
        page.len()
    ));
    Ok(())
}
