use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

use crate::components::icon::{Glyph, Icon};

/// Copies a text and says so for two seconds, to the eye and to the ear. It needs scripts, and is not shown without.
#[component]
pub fn CopyButton(
    /// What the button says, such as *Copy URL*.
    #[prop(into)]
    label: String,
    /// Read when pressed.
    #[prop(into)]
    text: Signal<String>,
    /// Classes beside `btn` and `copy`.
    #[prop(optional)]
    class: &'static str,
) -> impl IntoView {
    let (copied, set_copied) = signal(false);
    let copy = move |_| {
        spawn_local(async move {
            if write_to_clipboard(&text.get_untracked()).await {
                set_copied.set(true);
                set_timeout(move || set_copied.set(false), Duration::from_secs(2));
            }
        });
    };
    view! {
        <button
            class=format!("btn copy {class}")
            type="button"
            data-copied=move || copied.get().then_some("")
            on:click=copy
        >
            <span class="copy-rest">
                <Icon glyph=Glyph::Copy/>
                {label}
            </span>
            <span class="copy-done" aria-hidden="true">
                <Icon glyph=Glyph::Check/>
                "Copied"
            </span>
        </button>
        <span class="vh" role="status">{move || copied.get().then_some("Copied")}</span>
    }
}

/// Through the clipboard API, or, where a page has none (plain http on another host) or may not use it, by selecting a
/// field. Whether it was copied.
async fn write_to_clipboard(text: &str) -> bool {
    let clipboard = window().navigator();
    let has_api = js_sys::Reflect::get(&clipboard, &"clipboard".into()).is_ok_and(|api| !api.is_undefined());
    if has_api && JsFuture::from(clipboard.clipboard().write_text(text)).await.is_ok() {
        return true;
    }
    copy_by_selection(text).unwrap_or(false)
}

fn copy_by_selection(text: &str) -> Option<bool> {
    let body = document().body()?;
    let field = document().create_element("textarea").ok()?;
    let field = field.dyn_into::<web_sys::HtmlTextAreaElement>().ok()?;
    field.set_value(text);
    field.set_class_name("vh");
    body.append_child(&field).ok()?;
    field.select();
    let document = document().dyn_into::<web_sys::HtmlDocument>().ok()?;
    let copied = document.exec_command("copy").ok();
    field.remove();
    copied
}
