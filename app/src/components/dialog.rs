use leptos::{html::Div, prelude::*};

/// Asks before something is done. A popover: it opens without scripts, by a button whose `popovertarget` is its id.
#[component]
pub fn Dialog(
    #[prop(into)] id: String,
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    /// How often it was answered: where its form does not leave the page, each answer closes it.
    #[prop(optional, into)]
    answers: Signal<usize>,
    /// The form, with [`DialogActions`] last.
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

/// The quiet way out, focused unless a field is, and the button that does it.
#[component]
pub fn DialogActions(
    #[prop(into)] dialog: String,
    keep: &'static str,
    #[prop(default = true)] autofocus: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="actions">
            <button
                class="btn"
                type="button"
                popovertarget=dialog
                popovertargetaction="hide"
                autofocus=autofocus
            >
                {keep}
            </button>
            {children()}
        </div>
    }
}
