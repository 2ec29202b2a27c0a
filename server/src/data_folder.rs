//! Where the embedded database, the server key and mail as files are kept.

use std::{fs::DirBuilder, os::unix::fs::DirBuilderExt};

use anyhow::{Context, Result};

use crate::config::Config;

/// What is in it is nobody else's on this machine.
pub fn make(config: &Config) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&config.data)
        .with_context(|| format!("the folder of MANDATE_DATA, {}, cannot be made", config.data.display()))
}
