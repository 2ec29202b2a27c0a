use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::error_page::ErrorPages;

const MOST: usize = 64 * 1024;
/// A list of 500 companies, their addresses and what surrounds them in a form.
const MOST_OF_LIST: usize = 512 * 1024;
const LISTS: &str = "/api/offers/bulk-";

/// Takes the whole body before anything looks at it, so that too much of it is answered alike, whether its length was
/// said beforehand or not.
pub async fn limit(State(pages): State<ErrorPages>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let most = if parts.uri.path().starts_with(LISTS) { MOST_OF_LIST } else { MOST };
    match Limited::new(body, most).collect().await {
        Ok(body) => next.run(Request::from_parts(parts, Body::from(body.to_bytes()))).await,
        Err(error) if error.is::<LengthLimitError>() => pages.too_large(),
        Err(_) => pages.incomplete(),
    }
}
