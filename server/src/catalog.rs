//! `mandate catalog`.

use std::fmt::Write;

use anyhow::{Context, Result, bail};
use mandate_service::catalog::{CatalogReport, parse};

use crate::{backend::Backend, cli::CatalogFile, config::Config};

/// Checks all of a file, and makes it what is offered.
pub async fn import(config: &Config, CatalogFile { file }: &CatalogFile) -> Result<()> {
    let name = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("{name} cannot be read"))?;
    let catalog = match parse(&text) {
        Ok(catalog) => catalog,
        Err(errors) => {
            let mut message = String::from("the catalog was not imported:");
            for error in errors {
                write!(message, "\n{name}:{}: {}", error.line, error.message)?;
            }
            bail!(message)
        }
    };
    let backend = Backend::open(config).await?;
    let imported = backend.service.import_catalog(&catalog).await;
    backend.db.close().await;
    let CatalogReport { added, changed, withdrawn, unchanged } = imported?;
    println!("Plans: {added} added, {changed} changed, {withdrawn} withdrawn, {unchanged} as before");
    Ok(())
}
