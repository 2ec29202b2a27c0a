use axum::{
    extract::{Request, State},
    http::{
        StatusCode,
        header::{ACCEPT, RETRY_AFTER},
    },
    middleware::Next,
    response::Response,
};

use super::error_page::ErrorPages;

/// A page for whoever posted a form without scripts and was told to come back later: what a server function answers is
/// for scripts to read.
pub async fn explain(State(pages): State<ErrorPages>, request: Request, next: Next) -> Response {
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    let is_form = request.uri().path().starts_with("/api/") && accept.is_some_and(|value| value.contains("text/html"));
    let response = next.run(request).await;
    if is_form && response.status() == StatusCode::SERVICE_UNAVAILABLE {
        pages.overloaded(response.headers().get(RETRY_AFTER).cloned())
    } else {
        response
    }
}
