use std::process::ExitCode;

use clap::Parser;
use mandate::{cli::Cli, log};

/// Pages are many small allocations, and glibc's allocator cost a fifth of all requests per second.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    log::start();
    let ended = tokio::runtime::Runtime::new()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(mandate::run(cli)));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mandate: {error:#}");
            ExitCode::FAILURE
        }
    }
}
