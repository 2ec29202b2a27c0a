//! Files that have their hash in their name. What is in one never changes, so all are read once, and kept: here and by
//! browsers.

use std::{collections::HashMap, fs, path::Path, sync::Arc};

use anyhow::{Context, Result};
use axum::{
    Router,
    body::Bytes,
    extract::{Path as Named, State},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY},
    },
    response::{IntoResponse, Response},
    routing::get,
};

const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// What the build lays beside each file, the smallest first.
const ENCODINGS: [(&str, &str); 2] = [("br", "br"), ("gzip", "gz")];

struct KeptFile {
    content_type: HeaderValue,
    plain: Bytes,
    /// In the order of [`ENCODINGS`], where they are there.
    encoded: [Option<Bytes>; ENCODINGS.len()],
}

type KeptFiles = Arc<HashMap<String, KeptFile>>;

/// The files in a folder, under `/pkg`.
pub fn router(folder: &Path) -> Result<Router> {
    let files: KeptFiles = Arc::new(read(folder).with_context(|| format!("{} cannot be read", folder.display()))?);
    Ok(Router::new().route("/pkg/{*file}", get(answer)).with_state(files))
}

/// Nothing where there is no such folder: pages are then without style and script, as was said at the start.
fn read(folder: &Path) -> Result<HashMap<String, KeptFile>> {
    let mut files = HashMap::new();
    if !folder.is_dir() {
        return Ok(files);
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_encoded = path.extension().is_some_and(|end| ENCODINGS.iter().any(|(_, encoded)| end == *encoded));
        let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|_| path.is_file() && !is_encoded)
        else {
            continue;
        };
        let beside = |end: &str| {
            let encoded = folder.join(format!("{name}.{end}"));
            encoded.is_file().then(|| fs::read(encoded).map(Bytes::from)).transpose()
        };
        let [(_, brotli), (_, gzip)] = ENCODINGS;
        let content_type = mime_guess::from_path(&path).first_or_octet_stream();
        let file = KeptFile {
            content_type: HeaderValue::from_str(content_type.as_ref())?,
            plain: fs::read(&path)?.into(),
            encoded: [beside(brotli)?, beside(gzip)?],
        };
        files.insert(name.to_owned(), file);
    }
    Ok(files)
}

async fn answer(State(files): State<KeptFiles>, Named(name): Named<String>, headers: HeaderMap) -> Response {
    let Some(file) = files.get(&name) else {
        tracing::info!(status = 404, "a file was asked for that is not there");
        return StatusCode::NOT_FOUND.into_response();
    };
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|accepted| accepted.to_str().ok()).unwrap_or_default();
    let encoded = ENCODINGS.iter().zip(&file.encoded).find_map(|((encoding, _), encoded)| {
        let encoded = encoded.as_ref().filter(|_| accepts(accepted, encoding))?;
        Some((*encoding, encoded.clone()))
    });
    let kept = [(CONTENT_TYPE, file.content_type.clone()), (CACHE_CONTROL, FOR_GOOD)];
    let varies = (VARY, HeaderValue::from_static("accept-encoding"));
    match encoded {
        Some((encoding, body)) => {
            (kept, [varies, (CONTENT_ENCODING, HeaderValue::from_static(encoding))], body).into_response()
        }
        None => (kept, [varies], file.plain.clone()).into_response(),
    }
}

/// Whether an `Accept-Encoding` (RFC 9110, section 12.5.3) names an encoding, and not to refuse it.
fn accepts(accepted: &str, encoding: &str) -> bool {
    accepted.split(',').any(|one| {
        let (name, parameters) = one.split_once(';').unwrap_or((one, ""));
        let weight = parameters.trim().strip_prefix("q=").and_then(|weight| weight.trim().parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case(encoding) && weight.is_none_or(|weight| weight > 0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_that_a_browser_names() {
        for (accepted, encoding, expected) in [
            ("gzip, deflate, br, zstd", "br", true),
            ("gzip, deflate", "br", false),
            ("BR;q=0.5", "br", true),
            ("br;q=0, gzip;q=1.0", "br", false),
            ("br;q=0.0", "br", false),
            ("brotli", "br", false),
            ("", "gzip", false),
        ] {
            assert_eq!(accepts(accepted, encoding), expected, "{encoding} of {accepted}");
        }
    }
}
