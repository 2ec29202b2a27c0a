//! Until a page can be acted on in a browser.

use anyhow::{Context, Result, bail};
use tokio::process::Command;

use super::Bench;
use crate::{
    server::Server,
    world::{PARTNER, World},
};

pub async fn measure(bench: &mut Bench<'_>) -> Result<()> {
    let world = World::sqlite(&bench.fresh("interactive")?).await?.seeded(1_000, 1_000).await?;
    let (cookie, _) = world.sign_in(PARTNER).await?;
    let session = cookie.split_once('=').map(|(_, value)| value).unwrap_or_default();
    let server = Server::start(&bench.run.program, &world).await?;
    let ran = Command::new("npx")
        .args(["--no-install", "playwright", "test", "--config", "measure.config.ts"])
        .current_dir("end2end")
        .env("MEASURED_URL", format!("http://{}/partner", server.address))
        .env("MEASURED_SESSION", session)
        .output()
        .await?;
    server.stop().await?;
    let said = String::from_utf8_lossy(&ran.stdout);
    if !ran.status.success() {
        bail!("the browser's measurement failed: {said}");
    }
    let times =
        said.lines().find_map(|line| line.trim().strip_prefix("milliseconds ")).context("no times were said")?;
    let mut times: Vec<f64> = serde_json::from_str(times)?;
    bench.report.say(&format!("  five visits: {times:.0?} ms"));
    times.sort_by(f64::total_cmp);
    let median = times.get(times.len() / 2).context("no visit")?;
    let what = "Partner overview until interactive, nothing cached, 4 × slower processor, 10 Mbit/s";
    bench.report.bound(what, median / 1000.0, "s", 2.0);
    Ok(())
}
