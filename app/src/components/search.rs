use leptos::{html, prelude::*};
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};
use wasm_bindgen::JsCast;
use web_sys::{FormData, HtmlFormElement, UrlSearchParams};

use crate::components::icon::{Glyph, Icon};

/// Searches a list by the query of its address: a plain form, and with WASM a step within the document.
#[component]
pub fn Search(
    #[prop(into)] label: String,
    #[prop(into)] placeholder: String,
    /// The list's path.
    #[prop(into)]
    action: String,
    value: String,
    /// What else stays in the query.
    #[prop(optional)]
    hidden: Vec<(&'static str, String)>,
) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let query = use_query_map();
    let searched = Memo::new(move |_| query.with(|query| query.get("q")).unwrap_or_default());
    // Led on by a link, the field says what is searched now. What was typed before WASM arrived stays, and so does what
    // is being typed.
    Effect::new(move |before: Option<String>| {
        let now = searched.get();
        if before.is_some_and(|before| before != now)
            && let Some(field) = field.get_untracked()
            && document().active_element().as_ref() != Some(field.as_ref())
        {
            field.set_value(&now);
        }
        now
    });
    let navigate = use_navigate();
    let go = {
        let action = action.clone();
        move |event: web_sys::SubmitEvent| {
            let form = event.target().and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
            let typed = form.and_then(|form| FormData::new_with_form(&form).ok());
            let typed = typed.and_then(|typed| UrlSearchParams::new_with_str_sequence_sequence(&typed).ok());
            if let Some(typed) = typed.and_then(|typed| typed.to_string().as_string()) {
                event.prevent_default();
                navigate(&format!("{action}?{typed}"), NavigateOptions::default());
            }
        }
    };
    let hidden = hidden.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> });
    view! {
        <form class="search" role="search" method="get" action=action on:submit=go>
            <Icon glyph=Glyph::Search/>
            <input
                class="input"
                type="search"
                name="q"
                value=value
                aria-label=label
                placeholder=placeholder
                autocomplete="off"
                node_ref=field
            />
            {hidden.collect_view()}
        </form>
    }
}
