use std::time::Duration;

use leptos::{
    html::Input,
    leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle},
    prelude::*,
    task::spawn_local,
};

/// Long enough that a word is typed and not each letter asked about.
const PAUSE: Duration = Duration::from_millis(300);

/// Asks the server about what stands in a field: its last answer, and what to call when something is typed. An empty
/// field has no answer. What was typed before WASM arrived is asked about too.
pub fn asked_while_typed<T, F>(
    field: NodeRef<Input>,
    ask: impl Fn(String) -> F + Clone + 'static,
) -> (ReadSignal<Option<T>>, impl Fn() + Clone + 'static)
where
    T: Send + Sync + 'static,
    F: Future<Output = Option<T>> + 'static,
{
    let (found, set_found) = signal(None::<T>);
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    let asked = StoredValue::new(0_u32);
    let typed = move || {
        if let Some(before) = waiting.get_value() {
            before.clear();
        }
        let ask = ask.clone();
        let ask = move || {
            let text = field.get_untracked().map(|field| field.value()).unwrap_or_default();
            let this = asked.get_value() + 1;
            asked.set_value(this);
            if text.is_empty() {
                set_found.set(None);
                return;
            }
            let answer = ask(text);
            spawn_local(async move {
                let answer = answer.await;
                // An answer to what is typed no more comes too late; so does one to a page that was left.
                if asked.try_get_value() == Some(this) {
                    set_found.set(answer);
                }
            });
        };
        waiting.set_value(set_timeout_with_handle(ask, PAUSE).ok());
    };
    Effect::new({
        let typed = typed.clone();
        move |_| {
            if field.get().is_some_and(|field| !field.value().is_empty()) {
                typed();
            }
        }
    });
    on_cleanup(move || {
        if let Some(Some(before)) = waiting.try_get_value() {
            before.clear();
        }
    });
    (found, typed)
}
