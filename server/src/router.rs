//! What answers where.

use std::sync::LazyLock;

use anyhow::Result;
use axum::{Router, extract::State, handler::HandlerWithoutStateExt, http::StatusCode, routing::get};
use leptos_axum::{AxumRouteListing, LeptosRoutes, generate_route_list, render_app_async_with_context};
use mandate_app::{App, AppState, downloads, links, shell};
use tower_http::services::ServeDir;

use crate::{
    config::Config,
    kept_files,
    live::{self, Live},
    middleware::{self, error_page::ErrorPages},
    site::Site,
};

/// The application's paths, found by running it. Once, before anything is answered: a page that another thread renders
/// meanwhile can wait for ever.
static PAGES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| generate_route_list(App));

/// Everything, behind all middleware. It wants to know from where a request comes
/// ([`Router::into_make_service_with_connect_info`]).
pub fn router(state: AppState, live: Live, site: &Site, config: &Config) -> Result<Router> {
    let provide = {
        let state = state.clone();
        move || state.provide()
    };
    let document = {
        let options = site.options.clone();
        move || shell(options.clone())
    };
    let router = Router::new()
        .leptos_routes_with_context(&site.options, PAGES.clone(), provide.clone(), document.clone())
        .with_state(site.options.clone())
        .route("/healthz", get(async || "up\n"))
        .route("/readyz", get(ready).with_state(state.clone()))
        .merge(downloads::router(state.clone()))
        .merge(live::router(state.clone(), live))
        .merge(links::router(state))
        .fallback_service(
            files(site)
                .call_fallback_on_method_not_allowed(true)
                // Where there is no such file, the application has a page that says so.
                .fallback(render_app_async_with_context(provide, document).into_service()),
        );
    let router = middleware::around(router, ErrorPages::new(&site.stylesheet), config)?;
    // Without a hash, as while one edits, they change, and are files as all others.
    let kept = if site.is_hashed { kept_files::router(&site.root.join("pkg"))? } else { Router::new() };
    Ok(router.merge(middleware::around_files(kept, config)))
}

async fn ready(State(state): State<AppState>) -> (StatusCode, &'static str) {
    match state.service.ping().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    }
}

fn files(site: &Site) -> ServeDir {
    ServeDir::new(&site.root).append_index_html_on_directories(false).precompressed_br().precompressed_gzip()
}
