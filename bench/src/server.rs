//! A server in a process of its own.

use std::{
    net::{SocketAddr, TcpListener},
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use tokio::{
    process::{Child, Command},
    time::sleep,
};

use crate::{
    client::{Ask, Client},
    world::{KEY, World},
};

pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// From the start of the process to its first answer.
    pub started_in: Duration,
}

fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

impl Server {
    /// The product's.
    pub async fn start(program: &Path, world: &World) -> Result<Self> {
        let address = free_address()?;
        let mut command = Command::new(program);
        command
            .arg("serve")
            .env("MANDATE_LISTEN", address.to_string())
            .env("MANDATE_DATA", &world.folder)
            .env("DATABASE_URL", &world.url)
            .env("MANDATE_SECRET_KEY", KEY)
            .env("RUST_LOG", "warn");
        Self::of(command, address, "/readyz").await
    }

    /// A baseline.
    pub async fn bare(arguments: &[&str]) -> Result<Self> {
        let address = free_address()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("bare").arg("--listen").arg(address.to_string()).args(arguments);
        Self::of(command, address, "/readyz").await
    }

    async fn of(mut command: Command, address: SocketAddr, ready: &str) -> Result<Self> {
        let began = Instant::now();
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true).spawn()?;
        loop {
            if let Ok(mut client) = Client::connect(address).await
                && client.expect(&Ask::get(ready, "")).await.is_ok()
            {
                return Ok(Self { child, address, started_in: began.elapsed() });
            }
            if began.elapsed() > Duration::from_mins(1) {
                bail!("the server did not start");
            }
            sleep(Duration::from_millis(2)).await;
        }
    }

    /// Resident memory, in bytes.
    pub fn resident(&self) -> Result<u64> {
        let id = self.child.id().context("the server has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes * 1024)
    }

    pub async fn stop(mut self) -> Result<()> {
        self.child.kill().await?;
        Ok(())
    }
}
