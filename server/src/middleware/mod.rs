//! What happens to every request on its way in, and to every response on its way out.

pub mod error_page;

mod body_limit;
mod client_address;
mod headers;
mod overload;
mod request_log;
mod time_limit;

use anyhow::Result;
use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
};
use tower::ServiceBuilder;
use tower_http::{catch_panic::CatchPanicLayer, csrf::CsrfLayer};

use self::error_page::ErrorPages;
use crate::config::Config;

/// The outermost comes first: what is refused within is logged and protected too.
pub fn around(router: Router, pages: ErrorPages, config: &Config) -> Result<Router> {
    let (for_panic, for_stranger) = (pages.clone(), pages.clone());
    // A proxy may rewrite Host, so what the browser says in Origin is compared with the public URL as well.
    let csrf = CsrfLayer::new()
        .add_trusted_origin(config.public_url.to_string())?
        .with_rejection_response(move |_| for_stranger.from_another_site());
    let layers = ServiceBuilder::new()
        .layer(from_fn(request_log::log))
        .layer(from_fn_with_state(config.public_url.is_https(), headers::protect))
        .layer(CatchPanicLayer::custom(move |_| for_panic.broken()))
        .layer(from_fn_with_state(pages.clone(), time_limit::limit))
        .layer(from_fn_with_state(pages.clone(), overload::explain))
        .layer(csrf)
        .layer(from_fn_with_state(pages, body_limit::limit))
        .layer(from_fn_with_state(config.trusted_proxies.clone().into(), client_address::find));
    Ok(router.layer(layers))
}

/// What files need of it that are in memory: they take no time, no body and nothing from anybody, and one that is there
/// is not worth a line in the log.
pub fn around_files(router: Router, config: &Config) -> Router {
    router.layer(from_fn_with_state(config.public_url.is_https(), headers::protect))
}

#[cfg(test)]
mod tests {
    use std::{net::SocketAddr, time::Duration};

    use axum::{
        body::Body,
        extract::{Request, connect_info::MockConnectInfo},
        http::StatusCode,
        routing::{get, post},
    };
    use clap::Parser;
    use tokio::time::Instant;
    use tower::ServiceExt;

    use super::*;
    use crate::cli::Cli;

    async fn broken() {
        panic!("secret of the inside");
    }

    async fn answer(request: Request) -> (StatusCode, String) {
        let config = Config::parse(Cli::parse_from(["mandate", "serve"]).options).unwrap();
        let router = Router::new()
            .route("/broken", get(broken))
            .route("/endless", get(std::future::pending::<()>))
            .route("/api/busy", post(async || (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "2")], "{}")))
            .route("/size", post(async |body: String| body.len().to_string()))
            .route("/api/offers/bulk-check", post(async |body: String| body.len().to_string()));
        let router = around(router, ErrorPages::new("/pkg/mandate.css"), &config).unwrap();
        let from = MockConnectInfo(SocketAddr::from(([127, 0, 0, 1], 5000)));
        let response = router.layer(from).oneshot(request).await.unwrap();
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert!(response.headers().contains_key("content-security-policy"));
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8(body.into()).unwrap())
    }

    fn get_of(path: &str) -> Request {
        Request::get(path).body(Body::empty()).unwrap()
    }

    #[tokio::test]
    async fn a_panic_is_a_page_that_tells_nothing_of_it() {
        let (status, page) = answer(get_of("/broken")).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(page.contains("Something went wrong") && !page.contains("secret"), "{page}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_takes_too_long_is_a_page() {
        let start = Instant::now();
        let (status, page) = answer(get_of("/endless")).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(page.contains("took too long"), "{page}");
        assert_eq!(start.elapsed().as_secs(), Duration::from_secs(30).as_secs());
    }

    #[tokio::test]
    async fn a_form_that_comes_at_a_bad_time_is_answered_with_a_page() {
        let post = |accept| Request::post("/api/busy").header("accept", accept).body(Body::empty()).unwrap();
        let (status, page) = answer(post("text/html,*/*")).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(page.contains("does not work at the moment"), "{page}");
        assert_eq!(answer(post("application/json")).await, (StatusCode::SERVICE_UNAVAILABLE, "{}".to_owned()));
    }

    #[tokio::test]
    async fn a_body_is_taken_up_to_the_limit() {
        for (path, limit) in [("/size", 64 * 1024), ("/api/offers/bulk-check", 512 * 1024)] {
            let post = |length: usize| Request::post(path).body(Body::from(vec![b'a'; length])).unwrap();
            assert_eq!(answer(post(limit)).await, (StatusCode::OK, limit.to_string()));
            let (status, page) = answer(post(limit + 1)).await;
            assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
            assert!(page.contains("too long"), "{page}");
        }
    }
}
