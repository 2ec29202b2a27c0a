//! Lists as files. They only read, for whoever may see the page that links to them.

use axum::{
    Router,
    extract::{Path, Query, State},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE, LOCATION},
    },
    response::{IntoResponse, Response},
    routing::get,
};
use mandate_domain::OfferStatus;
use mandate_service::{Error, Principal, overview::OfferSort};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use crate::api::{ApiError, overview::sort_of, request::AppState};

/// The page with the links to the files of what was sold.
const SALES: &str = "/partner/subscriptions";

pub fn router(state: AppState) -> Router {
    Router::new()
        .route("/partner/offers.csv", get(offers))
        .route("/partner/offers/bulk/{batch}/urls.csv", get(batch_urls))
        .route("/partner/licenses.csv", get(licenses))
        .route("/partner/orders.csv", get(orders))
        .route("/partner/subscriptions.csv", get(subscriptions))
        .with_state(state)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Chosen {
    status: String,
    sort: String,
}

async fn offers(State(state): State<AppState>, headers: HeaderMap, Query(chosen): Query<Chosen>) -> Response {
    let who = match who(&state, &headers, "/partner").await {
        Ok(who) => who,
        Err(response) => return response,
    };
    let sort: OfferSort = sort_of(&chosen.sort);
    let file = state.service.offers_file(&who, OfferStatus::from_key(&chosen.status), sort).await;
    answer(file, "offers.csv")
}

async fn batch_urls(State(state): State<AppState>, headers: HeaderMap, Path(batch): Path<String>) -> Response {
    let who = match who(&state, &headers, "/partner").await {
        Ok(who) => who,
        Err(response) => return response,
    };
    let file = match batch.parse() {
        Ok(batch) => state.service.offer_batch_file(&who, batch).await,
        Err(_) => Err(Error::NotFound),
    };
    answer(file, "offer-urls.csv")
}

async fn orders(State(state): State<AppState>, headers: HeaderMap) -> Response {
    match who(&state, &headers, SALES).await {
        Ok(who) => answer(state.service.orders_file(&who).await, "orders.csv"),
        Err(response) => response,
    }
}

async fn licenses(State(state): State<AppState>, headers: HeaderMap) -> Response {
    match who(&state, &headers, SALES).await {
        Ok(who) => answer(state.service.licenses_file(&who).await, "licenses.csv"),
        Err(response) => response,
    }
}

async fn subscriptions(State(state): State<AppState>, headers: HeaderMap) -> Response {
    match who(&state, &headers, SALES).await {
        Ok(who) => answer(state.service.subscriptions_file(&who).await, "subscriptions.csv"),
        Err(response) => response,
    }
}

/// Who is signed in; anybody else is led to sign in first, and to the page with the link after.
async fn who(state: &AppState, headers: &HeaderMap, page: &str) -> Result<Principal, Response> {
    let found = match state.session(headers) {
        Some(token) => state.service.authenticate(&token).await.map_err(refuse)?,
        None => None,
    };
    match found {
        None => Err(lead_to(&format!("/sign-in?next={}", utf8_percent_encode(page, NON_ALPHANUMERIC)))),
        Some(who) if who.user.must_change_password => Err(lead_to("/password")),
        Some(who) => Ok(who),
    }
}

fn lead_to(path: &str) -> Response {
    let location = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}

fn answer(file: mandate_service::Result<Vec<u8>>, name: &'static str) -> Response {
    match file {
        Ok(file) => {
            let disposition = format!("attachment; filename=\"{name}\"");
            ([(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, disposition)], file)
                .into_response()
        }
        Err(error) => refuse(error),
    }
}

fn refuse(error: Error) -> Response {
    let error = ApiError::from(error);
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, format!("{error}.\n")).into_response()
}
