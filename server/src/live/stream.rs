//! `GET /events`: server-sent events (HTML Standard, section 9.2), of which the browser keeps one open as long as its
//! page is seen.

use std::{convert::Infallible, time::Duration};

use axum::{
    Router,
    extract::{Query, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, RETRY_AFTER},
    },
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::get,
};
use futures_util::stream::unfold;
use mandate_app::AppState;
use mandate_service::ambient::{SystemEntropy, secret_bytes};
use tokio_util::sync::CancellationToken;

use super::{Live, audience::Seat};

/// More often than proxies give up on a silent connection.
const SIGN_OF_LIFE_EVERY: Duration = Duration::from_secs(15);

#[derive(serde::Deserialize)]
struct Asked {
    /// The number that the record had reached when the page was made. A browser that comes back says the last one it
    /// was told of, in a header.
    after: Option<String>,
}

pub fn router(state: AppState, live: Live) -> Router {
    Router::new().route("/events", get(events)).with_state((state, live))
}

async fn events(
    State((state, live)): State<(AppState, Live)>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let who = match state.principal(&headers).await {
        Ok(who) => who.filter(|who| !who.user.must_change_password),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "a page cannot be followed");
            return later();
        }
    };
    // A browser takes this for the end, and asks no more.
    let Some(who) = who else { return StatusCode::NO_CONTENT.into_response() };
    let Ok(seat) = live.join(&who) else { return later() };
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let looking =
        Looking { seat, stop: live.stop.clone(), seen: last.or_else(|| asked.after?.parse().ok()), is_new: true };
    let stream = unfold(looking, |mut looking| async move {
        let event = looking.next().await?;
        Some((Ok::<_, Infallible>(event), looking))
    });
    let sse = Sse::new(stream).keep_alive(KeepAlive::new().interval(SIGN_OF_LIFE_EVERY));
    // nginx would collect what is sent otherwise.
    let unbuffered = (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    ([unbuffered, (CACHE_CONTROL, HeaderValue::from_static("no-store"))], sse).into_response()
}

fn later() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, HeaderValue::from_static("10"))]).into_response()
}

struct Looking {
    seat: Seat,
    stop: CancellationToken,
    seen: Option<i64>,
    is_new: bool,
}

impl Looking {
    /// What to send next; nothing where the stream ends.
    async fn next(&mut self) -> Option<Event> {
        if self.is_new {
            self.is_new = false;
            let reached = *self.seat.news.borrow_and_update();
            let missed = self.seen.is_some_and(|seen| seen < reached);
            let event = Event::default().retry(return_after());
            // A message is news; what has another name only says where the record stands.
            let event = if missed { event } else { event.event("here") };
            return Some(numbered(event, reached));
        }
        tokio::select! {
            biased;
            () = self.stop.cancelled() => None,
            () = self.seat.ended.cancelled() => None,
            changed = self.seat.news.changed() => {
                changed.ok()?;
                Some(numbered(Event::default(), *self.seat.news.borrow_and_update()))
            }
        }
    }
}

fn numbered(event: Event, seq: i64) -> Event {
    let seq = seq.to_string();
    event.id(&seq).data(&seq)
}

/// When a browser whose stream broke off comes back: not all at the same moment, when a server starts anew.
fn return_after() -> Duration {
    let [random] = secret_bytes(&SystemEntropy);
    Duration::from_millis(500 + 4 * u64::from(random))
}
