use leptos::prelude::*;

use crate::components::icon::{Glyph, Icon};

/// What the page before had done, said once.
#[component]
pub fn Notice(text: Option<String>) -> impl IntoView {
    text.map(|text| {
        view! {
            <div class="note good" role="status">
                <Icon glyph=Glyph::Check/>
                <p>{text}</p>
            </div>
        }
    })
}
