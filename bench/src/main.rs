//! Measures the release build against baselines in the same run, and writes `bench/results.md`. `make bench` runs it.

mod bare;
mod client;
mod load;
mod measures;
mod report;
mod server;
mod world;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// The server's own allocator, so that baselines have it too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measures everything
    Run(Run),
    /// A baseline server, started by the above in a process of its own
    Bare(bare::Bare),
}

#[derive(clap::Args)]
pub struct Run {
    /// The server's program
    #[arg(long, default_value = "target/release/mandate")]
    program: PathBuf,
    /// Where databases are made; a large one is kept there for the next run
    #[arg(long, default_value = "target/bench")]
    folder: PathBuf,
    /// Where the results go
    #[arg(long, default_value = "bench")]
    results: PathBuf,
    /// Customers and users of the large database
    #[arg(long, default_value_t = 100_000)]
    companies: u32,
    #[arg(long, default_value_t = 1_000_000)]
    users: u32,
    /// Seconds for each figure of a load
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Only measures whose name contains this
    #[arg(long, default_value = "")]
    only: String,
}

#[tokio::main]
async fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Run(run) => measures::all(&run).await,
        Command::Bare(bare) => bare::serve(bare).await,
    }
}
