//! Going from page to page within the document: progress where it takes a while, and the place one comes back to.

use std::{collections::HashMap, time::Duration};

use leptos::prelude::*;
use web_sys::ScrollRestoration;

/// A page that is there sooner needs no sign that it is coming.
const SHOWN_AFTER: Duration = Duration::from_millis(200);

/// Whether what was asked for is still on its way.
#[derive(Clone, Copy)]
pub struct Loading {
    routing: RwSignal<bool>,
    /// How many parts of the page load anew.
    parts: RwSignal<u32>,
}

impl Loading {
    pub fn provide() -> Self {
        let loading = Self { routing: RwSignal::new(false), parts: RwSignal::new(0) };
        provide_context(loading);
        loading
    }

    /// Told by the router, which shows the page before until the next is complete.
    pub fn routing(self) -> SignalSetter<bool> {
        self.routing.into()
    }

    /// Told by a part of the page that stands there while it loads anew.
    pub fn part() -> SignalSetter<bool> {
        // On the server nothing loads anew; and to set one signal from inside another while other threads render can wait
        // for ever there.
        if cfg!(feature = "ssr") {
            return SignalSetter::map(|_| ());
        }
        let parts = use_context::<Self>().map(|loading| loading.parts);
        let is_counted = StoredValue::new(false);
        let count = move |loads: bool| {
            if let Some(parts) = parts
                && is_counted.try_get_value().is_some_and(|counted| counted != loads)
            {
                is_counted.set_value(loads);
                parts.try_update(|number| *number = if loads { *number + 1 } else { number.saturating_sub(1) });
            }
        };
        on_cleanup(move || count(false));
        SignalSetter::map(count)
    }

    fn goes_on(self) -> bool {
        self.routing.get() || self.parts.get() > 0
    }
}

/// A thin line on top while a page is on its way; what was there before stays below it.
#[component]
pub fn Progress(loading: Loading) -> impl IntoView {
    let shown = RwSignal::new(false);
    let goes_on = Memo::new(move |_| loading.goes_on());
    Effect::new(move |waiting: Option<Option<TimeoutHandle>>| {
        if let Some(waiting) = waiting.flatten() {
            waiting.clear();
        }
        if goes_on.get() {
            set_timeout_with_handle(move || shown.set(true), SHOWN_AFTER).ok()
        } else {
            shown.set(false);
            None
        }
    });
    come_back_to_places(goes_on);
    view! { <div class="progress" role="progressbar" aria-label="Loading" hidden=move || !shown.get()></div> }
}

/// Going back, one is where one was. The browser would scroll before the page is there.
fn come_back_to_places(goes_on: Memo<bool>) {
    let address = || location().href().unwrap_or_default();
    let scrolled = || window().scroll_y().unwrap_or_default();
    let places = StoredValue::new(HashMap::<String, f64>::new());
    // Where to be when the page is there.
    let wanted = RwSignal::new(None::<f64>);
    Effect::new(move |_| {
        let history = window().history();
        let keep = move |by| {
            if let Ok(history) = &history {
                let _ = history.set_scroll_restoration(by);
            }
        };
        keep(ScrollRestoration::Manual);
        let handles = [
            window_event_listener_untyped("scroll", move |_| {
                // A page that is shorter moves by itself.
                if !goes_on.get_untracked() && wanted.get_untracked().is_none() {
                    places.update_value(|places| {
                        places.insert(address(), scrolled());
                    });
                }
            }),
            window_event_listener_untyped("popstate", move |_| {
                wanted.set(Some(places.with_value(|places| places.get(&address()).copied().unwrap_or_default())));
            }),
            // Loaded anew, or come back to from elsewhere, the document is the browser's to place.
            window_event_listener_untyped("pagehide", move |_| keep(ScrollRestoration::Auto)),
        ];
        on_cleanup(move || handles.into_iter().for_each(WindowListenerHandle::remove));
    });
    Effect::new(move |_| {
        if let Some(place) = wanted.get()
            && !goes_on.get()
        {
            request_animation_frame(move || {
                if !goes_on.get_untracked() {
                    window().scroll_to_with_x_and_y(0.0, place);
                    wanted.set(None);
                }
            });
        }
    });
}
