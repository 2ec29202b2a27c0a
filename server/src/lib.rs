//! The process: command line, configuration, router, middleware and background jobs.

pub mod cli;
pub mod config;
pub mod live;
pub mod log;
pub mod middleware;
pub mod router;
pub mod serve;
pub mod site;

mod backend;
mod catalog;
mod company;
mod data_folder;
mod demo;
mod jobs;
mod kept_files;
mod secret_key;
mod seed;

use cli::{CatalogCommand, Cli, Command, CompanyCommand};
use config::Config;

use crate::backend::Backend;

/// Does what the command line asks.
pub async fn run(cli: Cli) -> anyhow::Result<()> {
    let demo_password = cli.options.demo_password.clone();
    let config = Config::parse(cli.options)?;
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => {
            let backend = Backend::open(&config).await?;
            let greeting = format!("Mandate is at {}", config.public_url);
            serve::serve(config, backend, &greeting).await
        }
        Command::Demo => {
            demo::refuse_strangers(&config)?;
            let backend = Backend::open(&config).await?;
            let greeting = demo::prepare(&config, &backend.service, demo_password).await?;
            serve::serve(config, backend, &greeting).await
        }
        Command::Migrate => {
            backend::migrated(&config).await?.close().await;
            Ok(())
        }
        Command::Seed(seed) => seed::fill(&config, &seed, demo_password).await,
        Command::Catalog { command: CatalogCommand::Import(file) } => catalog::import(&config, &file).await,
        Command::Company { command: CompanyCommand::Create(new) } => company::create(&config, &new).await,
    }
}
