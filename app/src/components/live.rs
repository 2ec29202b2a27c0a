//! Pages that follow what happens. The server says that something did; a page that follows then asks for what it shows,
//! and changes where that is another. Its forms are not made anew, so what was typed stays.

use std::{cell::RefCell, time::Duration};

use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Event, EventSource, MessageEvent, VisibilityState};

use crate::api::ApiError;

/// The page that a form leads to comes first: it may hold what is told only once.
const ASK_AFTER: Duration = Duration::from_millis(250);
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(5);
/// How long what was announced stands where it is read out from.
const SAID_FOR: Duration = Duration::from_secs(5);
/// After how long a stream that the browser has given up is opened once more, at first and at most.
const REOPEN_AFTER: u32 = 5;
const REOPEN_AT_LAST: u32 = 300;

thread_local! {
    static STREAM: RefCell<Option<Stream>> = const { RefCell::new(None) };
}

/// What is known of news, for all of a document: a browser opens few connections to one server.
#[derive(Clone, Copy)]
pub struct Live {
    /// The number that the company's record has reached, as far as it is known here.
    reached: RwSignal<Option<i64>>,
    /// How often there was news.
    news: RwSignal<u32>,
    /// How many parts of the page follow.
    followers: RwSignal<u32>,
    said: RwSignal<String>,
}

impl Live {
    pub fn provide() -> Self {
        let live = Self {
            reached: RwSignal::new(None),
            news: RwSignal::new(0),
            followers: RwSignal::new(0),
            said: RwSignal::new(String::new()),
        };
        provide_context(live);
        live
    }

    /// Says where the record stood when the document was made.
    pub fn begin(self, reached: Option<i64>) {
        Effect::new(move |_| self.reached.set(reached));
    }

    fn say(self, what: &str) {
        self.said.set(what.to_owned());
        set_timeout(move || self.said.set(String::new()), SAID_FOR);
    }
}

/// Follows while there is somebody to show it to, and says what is new to who listens.
#[component]
pub fn Follower(live: Live) -> impl IntoView {
    let hidden = RwSignal::new(false);
    // How often the browser gave the stream up.
    let failures = RwSignal::new(0);
    Effect::new(move |_| {
        let look = move || hidden.set(document().visibility_state() == VisibilityState::Hidden);
        look();
        let handle = window_event_listener_untyped("visibilitychange", move |_| look());
        on_cleanup(move || handle.remove());
    });
    let wanted = Memo::new(move |_| live.followers.get() > 0 && !hidden.get() && live.reached.with(Option::is_some));
    Effect::new(move |_| {
        failures.track();
        let is_wanted = wanted.get();
        let reached = live.reached.get_untracked().filter(|_| is_wanted);
        // The one before is closed first.
        STREAM.take();
        STREAM.set(reached.and_then(|reached| Stream::open(live, failures, reached)));
    });
    view! {
        <p class="vh" aria-live="polite">
            {live.said}
        </p>
    }
}

/// A connection on which the server says that there is news; closed when it is dropped.
struct Stream {
    source: EventSource,
    _told: Closure<dyn FnMut(MessageEvent)>,
    _failed: Closure<dyn FnMut(Event)>,
}

impl Stream {
    fn open(live: Live, failures: RwSignal<u32>, reached: i64) -> Option<Self> {
        let source = EventSource::new(&format!("/events?after={reached}")).ok()?;
        let told = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Ok(reached) = event.last_event_id().parse() {
                live.reached.set(Some(reached));
                live.news.update(|news| *news += 1);
            }
        });
        let state = source.clone();
        let failed = Closure::<dyn FnMut(Event)>::new(move |_: Event| {
            // A connection that broke off, the browser opens again by itself; an answer that is none, as of a proxy whose
            // server is starting, it takes for the end.
            if state.ready_state() == EventSource::CLOSED {
                let seconds = (REOPEN_AFTER << failures.get_untracked().min(6)).min(REOPEN_AT_LAST);
                set_timeout(move || failures.update(|number| *number += 1), Duration::from_secs(seconds.into()));
            }
        });
        source.set_onmessage(Some(told.as_ref().unchecked_ref()));
        source.set_onerror(Some(failed.as_ref().unchecked_ref()));
        Some(Self { source, _told: told, _failed: failed })
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.source.set_onmessage(None);
        self.source.set_onerror(None);
        self.source.close();
    }
}

/// What a page shows, as it is now: at first what it was loaded with, and after each news what is loaded `again`. `keep`
/// takes over what was told once and is not told again; `said` is read out where the page has changed.
pub fn followed<T, F>(
    first: T,
    again: impl Fn() -> F + Clone + Send + Sync + 'static,
    keep: fn(&T, &mut T),
    said: &'static str,
) -> Signal<T>
where
    T: Clone + PartialEq + Send + Sync + 'static,
    F: Future<Output = Result<T, ApiError>> + 'static,
{
    let now = RwSignal::new(first);
    let Some(live) = use_context::<Live>() else { return now.into() };
    let following = Following { live, now, shown: StoredValue::new(0), keep, said };
    Effect::new(move |_| {
        live.followers.update(|number| *number += 1);
        on_cleanup(move || live.followers.update(|number| *number -= 1));
    });
    Effect::new(move |known: Option<u32>| {
        let news = live.news.get();
        if known.is_some_and(|known| known != news) {
            following.ask(again.clone(), ASK_AFTER);
        }
        news
    });
    now.into()
}

struct Following<T: Send + Sync + 'static> {
    live: Live,
    now: RwSignal<T>,
    /// After which news what is shown was asked for.
    shown: StoredValue<u32>,
    keep: fn(&T, &mut T),
    said: &'static str,
}

impl<T: Send + Sync + 'static> Clone for Following<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Following<T> {}

impl<T: PartialEq + Send + Sync + 'static> Following<T> {
    fn ask<F>(self, again: impl Fn() -> F + 'static, after: Duration)
    where
        F: Future<Output = Result<T, ApiError>> + 'static,
    {
        let news = self.live.news.get_untracked();
        let ask = move || {
            // Later news are asked for by themselves; and the page may have been left.
            if self.live.news.get_untracked() == news && !self.now.is_disposed() {
                spawn_local(async move {
                    match again().await {
                        Ok(new) => self.show(new, news),
                        Err(ApiError::Network | ApiError::Unavailable | ApiError::Busy { .. }) => {
                            self.ask(again, ASK_AGAIN_AFTER);
                        }
                        // What is no longer open to the reader is said when they next do something; what they typed
                        // stays.
                        Err(_) => {}
                    }
                });
            }
        };
        set_timeout(ask, after);
    }

    fn show(self, mut new: T, news: u32) {
        if self.now.is_disposed() || self.shown.get_value() > news {
            return;
        }
        self.shown.set_value(news);
        let is_other = self.now.with_untracked(|shown| {
            (self.keep)(shown, &mut new);
            *shown != new
        });
        if is_other {
            self.now.set(new);
            self.live.say(self.said);
        }
    }
}
