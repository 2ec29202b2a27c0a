//! Where the static files are, and what they are called.

use std::{io, path::Path, path::PathBuf};

use anyhow::{Context, Result};
use leptos::config::{Env, LeptosOptions};

const NAME: &str = "mandate";
const HASHES: &str = "hash.txt";

pub struct Site {
    pub root: PathBuf,
    /// Whether what is under `/pkg` has its hash in its name, and so never changes.
    pub is_hashed: bool,
    /// The path of the stylesheet.
    pub stylesheet: String,
    pub options: LeptosOptions,
}

impl Site {
    /// As the build lays it: `release/mandate` with `release/hash.txt` beside it, and `site/`. So the program can be
    /// started from anywhere. `cargo leptos watch` says another place.
    pub fn beside_program() -> Result<Self> {
        let program = std::env::current_exe()?;
        let folder = program.parent().context("the program is in no folder")?;
        let root = match std::env::var_os("LEPTOS_SITE_ROOT") {
            Some(root) => root.into(),
            None => folder.parent().unwrap_or(folder).join("site"),
        };
        let site = match std::fs::read_to_string(folder.join(HASHES)) {
            Ok(hashes) => Self::new(&root, Some(&hashes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::new(&root, None),
            Err(error) => return Err(error).with_context(|| format!("{HASHES} beside the program cannot be read")),
        };
        if !site.root.join("pkg").is_dir() {
            tracing::warn!(folder = %root.display(), "there are no static files: pages will be without style and script");
        }
        Ok(site)
    }

    /// The files in a folder, with the hashes that leptos will read from `hash.txt` beside the program, where it is.
    pub fn new(root: &Path, hashes: Option<&str>) -> Self {
        let hash = hashes.into_iter().flat_map(str::lines).find_map(|line| line.strip_prefix("css:"));
        let hash = hash.map(|hash| format!(".{}", hash.trim())).unwrap_or_default();
        let options = LeptosOptions::builder()
            .output_name(NAME)
            .site_root(root.to_string_lossy())
            .site_pkg_dir("pkg")
            .env(Env::PROD)
            .hash_file(HASHES.into())
            .hash_files(hashes.is_some())
            .build();
        Self {
            root: root.to_owned(),
            is_hashed: hashes.is_some(),
            stylesheet: format!("/pkg/{NAME}{hash}.css"),
            options,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let root = Path::new("/srv/site");
        let hashed = Site::new(root, Some("js: aB1\nwasm: cD2\ncss: eF3\n"));
        assert_eq!(hashed.stylesheet, "/pkg/mandate.eF3.css");
        assert!(hashed.is_hashed && hashed.options.hash_files);
        let plain = Site::new(root, None);
        assert_eq!(plain.stylesheet, "/pkg/mandate.css");
        assert!(!plain.is_hashed && !plain.options.hash_files);
    }
}
