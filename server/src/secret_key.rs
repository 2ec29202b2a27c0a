//! The server key: set by the operator, else kept in the data folder.

use std::{io, io::Write, path::Path};

use anyhow::{Context, Result};
use mandate_service::{
    ambient::{SystemEntropy, secret_bytes},
    server_key::ServerKey,
};

use crate::{config::Config, data_folder};

const FILE: &str = "secret-key";

pub fn find(config: &Config) -> Result<ServerKey> {
    if let Some(key) = &config.secret_key {
        return Ok(key.clone());
    }
    if config.is_on_postgres() {
        tracing::warn!(
            "MANDATE_SECRET_KEY is not set: this server uses the key in its own data folder, and a second server on \
             the same database would not know the offer URLs that it gives out"
        );
    }
    data_folder::make(config)?;
    let file = config.data.join(FILE);
    read_or_make(&file).with_context(|| format!("the server key in {} cannot be used", file.display()))
}

fn read_or_make(file: &Path) -> Result<ServerKey> {
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(ServerKey::parse(&text)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(file),
        Err(error) => Err(error.into()),
    }
}

/// Written whole beside its name, readable by its owner alone, and then given the name unless another process was
/// first: so nobody ever reads half a key, and two that start at once hold the same.
fn make(file: &Path) -> Result<ServerKey> {
    let key = ServerKey::new(secret_bytes(&SystemEntropy));
    let mut whole = tempfile::NamedTempFile::new_in(file.parent().unwrap_or(Path::new(".")))?;
    writeln!(whole, "{}", key.to_text())?;
    whole.as_file().sync_all()?;
    match whole.persist_noclobber(file) {
        Ok(_) => Ok(key),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            Ok(ServerKey::parse(&std::fs::read_to_string(file)?)?)
        }
        Err(error) => Err(error.error.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn is_made_once_and_for_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        let made: Vec<String> = std::thread::scope(|scope| {
            let makers: Vec<_> = (0..8).map(|_| scope.spawn(|| read_or_make(&file).unwrap().to_text())).collect();
            makers.into_iter().map(|maker| maker.join().unwrap()).collect()
        });
        assert!(made.iter().all(|key| *key == made[0]));
        assert_eq!(read_or_make(&file).unwrap().to_text(), made[0]);
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(folder.path().read_dir().unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_key_stops_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        std::fs::write(&file, "half a key").unwrap();
        assert!(read_or_make(&file).is_err());
    }
}
