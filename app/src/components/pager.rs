use leptos::prelude::*;

use crate::format::number;

/// Links to the pages before and after; nothing where this is the only one.
#[component]
pub fn Pager(
    /// Of what, for those who hear it.
    label: &'static str,
    /// In which order the rows stand.
    #[prop(into)]
    order: String,
    previous: Option<String>,
    next: Option<String>,
) -> impl IntoView {
    (previous.is_some() || next.is_some()).then(|| {
        let link = |href: Option<String>, rel: &'static str, label: &'static str| match href {
            Some(href) => view! { <a class="btn small" href=href rel=rel>{label}</a> }.into_any(),
            None => view! { <span class="btn small" aria-disabled="true">{label}</span> }.into_any(),
        };
        view! {
            <nav class="pages" aria-label=label>
                <span class="small muted">{order}</span>
                <div class="actions">{link(previous, "prev", "Previous")} {link(next, "next", "Next")}</div>
            </nav>
        }
    })
}

/// Where a list is longer than what is shown of it.
pub fn first_of(shown: usize) -> impl IntoView {
    view! { <p class="hint">{format!("The first {}. There are more.", number(shown))}</p> }
}
