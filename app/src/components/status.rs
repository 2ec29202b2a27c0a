use leptos::prelude::*;

/// What a status means for the reader; each has a mark of its own shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Good,
    Wait,
    Warn,
    Bad,
    Past,
}

/// A status mark with its word: plain in tables, as a pill beside a title.
#[component]
pub fn Status(tone: Tone, #[prop(into)] text: String, #[prop(optional)] pill: bool) -> impl IntoView {
    let tone = match tone {
        Tone::Good => "good",
        Tone::Wait => "wait",
        Tone::Warn => "warn",
        Tone::Bad => "bad",
        Tone::Past => "past",
    };
    let class = if pill { format!("status pill {tone}") } else { format!("status {tone}") };
    view! { <span class=class>{text}</span> }
}
