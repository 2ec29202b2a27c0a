use leptos::{prelude::*, wasm_bindgen::JsCast};

use crate::{api::users::PasswordView, components::secret::TemporaryPassword};

/// A password that was just made. What happened has the focus, so that it is read first and *Copy* comes next.
#[component]
pub fn ShownOnce(title: String, made: PasswordView, done: String) -> impl IntoView {
    Effect::new(|_| {
        let heading = document().get_element_by_id("once-h");
        if let Some(heading) = heading.and_then(|heading| heading.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = heading.focus();
        }
    });
    view! {
        <TemporaryPassword
            title
            display_name=made.display_name
            user_name=made.user_name
            password=made.password
            done
        />
    }
}
