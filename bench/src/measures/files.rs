//! Hashed files, and what a first visit sends.

use anyhow::{Context, Result};

use super::Bench;
use crate::{
    client::{Ask, Client},
    load,
    server::Server,
    world::{PARTNER, World},
};

/// What stands between quotes and ends so.
fn named(page: &str, end: &str) -> Result<String> {
    let found = page.split('"').find(|text| text.starts_with("/pkg/") && text.ends_with(end));
    found.map(ToOwned::to_owned).with_context(|| format!("the page names no {end}"))
}

#[expect(clippy::cast_precision_loss, reason = "bytes of a page are far below 2^52")]
fn kilobytes(bytes: usize) -> f64 {
    bytes as f64 / 1000.0
}

pub async fn measure(bench: &mut Bench<'_>) -> Result<()> {
    let world = World::sqlite(&bench.fresh("files")?).await?.seeded(10, 10).await?;
    let offer = world.fresh_offer().await?;
    let server = Server::start(&bench.run.program, &world).await?;
    let mut client = Client::connect(server.address).await?;

    let visit = |path: String| Ask { accepts_brotli: true, ..Ask::get(path, offer.cookie()) };
    let page = client.expect(&visit(format!("/offers/{}", offer.id))).await?.body;
    let text = String::from_utf8_lossy(&page).into_owned();
    let usable = page.len() + client.expect(&visit(named(&text, ".css")?)).await?.body.len();
    bench.report.bound("first visit of a consent page, until it can be used: all of it", kilobytes(usable), "kB", 30.0);

    let (session, _) = world.sign_in(PARTNER).await?;
    let page = client.expect(&Ask::get("/partner", session)).await?.body;
    let text = String::from_utf8_lossy(&page).into_owned();
    let mut sent = vec![("page", page.len())];
    for end in [".css", ".js", ".wasm"] {
        sent.push((end, client.expect(&visit(named(&text, end)?)).await?.body.len()));
    }
    bench.report.say(&format!("  bytes as sent: {sent:?}"));
    let all = sent.iter().map(|(_, bytes)| bytes).sum();
    bench.report.bound("first visit of Partner overview, in all", kilobytes(all), "kB", 250.0);

    let file = visit(named(&text, ".css")?);
    let body = client.expect(&file).await?.body;
    let path = bench.run.folder.join("file");
    std::fs::write(&path, &body)?;
    let ours = load::repeat(server.address, 16, bench.time(), file.clone()).await?;
    server.stop().await?;
    let bare = Server::bare(&["--body", &path.display().to_string()]).await?;
    let theirs = load::repeat(bare.address, 16, bench.time(), file).await?;
    bare.stop().await?;
    let baseline = ("a bare axum handler, same bytes from memory", theirs.per_second);
    bench.report.ratio("hashed file, 16 connections", "per second", ours.per_second, baseline, 0.8);
    Ok(())
}
