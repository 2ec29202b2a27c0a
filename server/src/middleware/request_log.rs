use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    http::HeaderValue,
    middleware::Next,
    response::Response,
};
use mandate_service::ambient::{SystemEntropy, secret_bytes};
use tracing::Instrument;

/// Gives each request an id, which stands in every log line about it and in the response, and logs it when it is
/// answered: by the route, since addresses carry tokens and names.
pub async fn log(request: Request, next: Next) -> Response {
    let id = format!("{:016x}", u64::from_be_bytes(secret_bytes(&SystemEntropy)));
    let span = tracing::info_span!("request", id);
    let answered = async {
        let start = Instant::now();
        let method = request.method().clone();
        let route = request.extensions().get::<MatchedPath>().cloned();
        let response = next.run(request).await;
        tracing::info!(
            %method,
            route = route.as_ref().map_or("none", MatchedPath::as_str),
            status = response.status().as_u16(),
            milliseconds = start.elapsed().as_secs_f64() * 1000.0,
            "answered"
        );
        response
    };
    let mut response = answered.instrument(span).await;
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}
