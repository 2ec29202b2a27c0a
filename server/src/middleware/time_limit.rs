use std::time::Duration;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};

use super::error_page::ErrorPages;

const LIMIT: Duration = Duration::from_secs(30);

/// Answers for what does not. What it was doing is dropped, and its transaction with it.
pub async fn limit(State(pages): State<ErrorPages>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(LIMIT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => pages.too_slow(),
    }
}
