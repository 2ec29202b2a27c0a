//! Requests one after another on several connections, each as soon as the one before is answered.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Result;
use tokio::task::JoinSet;

use crate::client::{Ask, Client};

/// What came of it.
pub struct Load {
    pub per_second: f64,
    /// Sorted.
    times: Vec<Duration>,
}

impl Load {
    pub fn new(mut times: Vec<Duration>, took: Duration) -> Self {
        times.sort_unstable();
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 requests")]
        let per_second = times.len() as f64 / took.as_secs_f64();
        Self { per_second, times }
    }

    pub fn count(&self) -> usize {
        self.times.len()
    }

    /// The time within which so many of a thousand were answered.
    pub fn within(&self, of_thousand: usize) -> Duration {
        let at = (self.times.len() * of_thousand / 1000).min(self.times.len().saturating_sub(1));
        self.times.get(at).copied().unwrap_or_default()
    }

    pub fn p50(&self) -> Duration {
        self.within(500)
    }

    pub fn p99(&self) -> Duration {
        self.within(990)
    }
}

/// Sends the numbered requests, until there are no more or the time is over.
pub async fn run(
    address: SocketAddr,
    connections: usize,
    most: Duration,
    ask: impl Fn(usize) -> Option<Ask> + Send + Sync + 'static,
) -> Result<Load> {
    let (ask, next) = (Arc::new(ask), Arc::new(AtomicUsize::new(0)));
    let mut clients = Vec::new();
    for _ in 0..connections {
        clients.push(Client::connect(address).await?);
    }
    let start = Instant::now();
    let mut workers = JoinSet::new();
    for mut client in clients {
        let (ask, next) = (Arc::clone(&ask), Arc::clone(&next));
        workers.spawn(async move {
            let mut times = Vec::new();
            while start.elapsed() < most {
                let Some(ask) = ask(next.fetch_add(1, Ordering::Relaxed)) else { break };
                let sent = Instant::now();
                client.expect(&ask).await?;
                times.push(sent.elapsed());
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

/// The same request again and again, after some that are not counted.
pub async fn repeat(address: SocketAddr, connections: usize, most: Duration, ask: Ask) -> Result<Load> {
    let warm = ask.clone();
    run(address, connections, most / 5, move |_| Some(warm.clone())).await?;
    run(address, connections, most, move |_| Some(ask.clone())).await
}

/// Work in this process, one after another.
pub async fn in_process<F: Future<Output = Result<()>>>(most: Duration, work: impl Fn() -> F) -> Result<Load> {
    for _ in 0..3 {
        work().await?;
    }
    let start = Instant::now();
    let mut times = Vec::new();
    while start.elapsed() < most {
        let began = Instant::now();
        work().await?;
        times.push(began.elapsed());
    }
    Ok(Load::new(times, start.elapsed()))
}
