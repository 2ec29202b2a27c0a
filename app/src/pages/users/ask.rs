use leptos::{html::Div, prelude::*};

/// Asks before something is done. A popover: it opens without scripts, and closes when the answer has come.
#[component]
pub fn Ask(
    id: &'static str,
    title: String,
    text: String,
    /// How often it was answered.
    #[prop(into)]
    answers: Signal<usize>,
    /// The form, with [`AskActions`] last.
    children: Children,
) -> impl IntoView {
    let dialog = NodeRef::<Div>::new();
    Effect::new(move |_| {
        if answers.get() > 0
            && let Some(dialog) = dialog.get_untracked()
        {
            let _ = dialog.hide_popover();
        }
    });
    let (heading, reason) = (format!("{id}-h"), format!("{id}-p"));
    view! {
        <div
            class="dialog"
            id=id
            popover
            role="dialog"
            aria-labelledby=heading
            aria-describedby=reason
            node_ref=dialog
        >
            <h2 id=heading.clone()>{title}</h2>
            <p id=reason.clone()>{text}</p>
            {children()}
        </div>
    }
}

/// The quiet way out, and the step itself, named with whom it is done to.
#[component]
pub fn AskActions(
    ask: &'static str,
    keep: &'static str,
    #[prop(into)] label: String,
    working: &'static str,
    #[prop(into)] pending: Signal<bool>,
    class: &'static str,
) -> impl IntoView {
    view! {
        <div class="actions">
            <button class="btn" type="button" popovertarget=ask popovertargetaction="hide" autofocus>
                {keep}
            </button>
            <button
                class=class
                type="submit"
                aria-busy=move || pending.get().then_some("true")
                on:click=move |event| {
                    if pending.get_untracked() {
                        event.prevent_default();
                    }
                }
            >
                {move || pending.get().then(|| view! { <span class="spinner" aria-hidden="true"></span> })}
                {move || if pending.get() { working.to_owned() } else { label.clone() }}
            </button>
        </div>
    }
}
