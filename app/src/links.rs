//! The addresses that carry a secret. Each is a redirect to a clean address, with the secret in a cookie that no script
//! reads: so it stays out of history, screenshots, referrers and logs. They read, and change nothing.

use axum::{
    Router,
    extract::{Path, State},
    http::{
        HeaderValue, StatusCode,
        header::{LOCATION, SET_COOKIE},
    },
    response::{IntoResponse, Response},
    routing::get,
};

use crate::api::request::AppState;

const OFFER_SECONDS: i64 = 60 * 60 * 24;
const LINK_SECONDS: i64 = 60 * 60;

/// `/o/{token}` opens an offer, `/l/{token}` a one-time link.
pub fn router(state: AppState) -> Router {
    Router::new().route("/o/{token}", get(open_offer)).route("/l/{token}", get(open_link)).with_state(state)
}

async fn open_offer(State(state): State<AppState>, Path(token): Path<String>) -> Response {
    match state.service.resolve_offer_url(&token).await {
        Ok(Some(id)) => {
            let cookie = state.set_cookie(&format!("offer-{id}"), Some(&token), OFFER_SECONDS);
            lead_to(&format!("/offers/{id}"), Some(cookie))
        }
        // Unknown and damaged links answer alike.
        Ok(None) => lead_to("/offers/unknown", None),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "an offer could not be opened");
            lead_to("/offers/unavailable", None)
        }
    }
}

async fn open_link(State(state): State<AppState>, Path(token): Path<String>) -> Response {
    let fits = token.len() <= 100 && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    let cookie = state.set_cookie("link", Some(if fits { &token } else { "unknown" }), LINK_SECONDS);
    lead_to("/password?by=link", Some(cookie))
}

fn lead_to(path: &str, cookie: Option<HeaderValue>) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(path) = HeaderValue::from_str(path) {
        response.headers_mut().insert(LOCATION, path);
    }
    if let Some(cookie) = cookie {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}
