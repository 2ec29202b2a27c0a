//! Fields that say what is wrong beside them, and keep what was typed, with WASM and without.

use leptos::{html, prelude::*};

use crate::{
    api::{ApiError, Posted, Refused},
    components::{
        focus::focus_on_arrival,
        icon::{Glyph, Icon},
    },
};

/// What is wrong with a form now: as its action last answered, or as it was last posted plainly.
pub fn refusal<T>(
    answered: impl Fn() -> Option<Result<Posted<T>, ApiError>> + Send + Sync + 'static,
    posted: Option<&Posted<T>>,
) -> Signal<Option<Refused>> {
    let first = posted.and_then(Posted::refused).cloned();
    Signal::derive(move || match answered() {
        None => first.clone(),
        Some(Ok(posted)) => posted.refused().cloned(),
        // The page has been led on to sign in, or on.
        Some(Err(ApiError::SignedOut | ApiError::MustChangePassword)) => None,
        Some(Err(error)) => {
            let again = error.is_passing();
            Some(Refused { message: Some(format!("{error}.")), again, ..Refused::default() })
        }
    })
}

/// The same for a form that is always posted plainly.
pub fn posted_refusal<T>(posted: Option<&Posted<T>>) -> Signal<Option<Refused>> {
    Signal::stored(posted.and_then(Posted::refused).cloned())
}

/// What stands in a field at first: what was typed before, else the given value.
pub fn typed_or(refused: Signal<Option<Refused>>, field: &str, value: &str) -> String {
    refused
        .with_untracked(|refused| refused.as_ref().and_then(|refused| refused.typed(field).map(ToOwned::to_owned)))
        .unwrap_or_else(|| value.to_owned())
}

/// Takes what was typed before WASM arrived, which no event told of.
pub fn take_once_there(field: NodeRef<html::Input>, take: impl Fn() + 'static) {
    Effect::new(move |_| {
        if field.get().is_some() {
            take();
        }
    });
}

/// A red note on top that links to each field; focused when it arrives.
#[component]
pub fn ErrorSummary(refused: Signal<Option<Refused>>) -> impl IntoView {
    let note = NodeRef::<html::Div>::new();
    let in_form = RwSignal::new(false);
    Effect::new(move |_| {
        if refused.with(Option::is_some)
            && let Some(note) = note.get()
        {
            in_form.set(note.closest("form").is_ok_and(|form| form.is_some()));
            let _ = note.focus();
        }
    });
    move || {
        refused.get().filter(Refused::tells).map(|refused| {
            let message = refused.message.clone().unwrap_or_else(|| match refused.problems.len() {
                1 => "Nothing was saved. One thing needs another look:".to_owned(),
                number => format!("Nothing was saved. {number} things need another look:"),
            });
            let again = refused.again;
            let again = move || {
                (again && in_form.get()).then(|| view! { <button class="btn" type="submit">"Try again"</button> })
            };
            let links = refused.problems.into_iter().map(|problem| {
                view! {
                    <li>
                        <a href=format!("#{}", problem.field) rel="external">{problem.message}</a>
                    </li>
                }
            });
            view! {
                <div class="note bad" role="alert" tabindex="-1" autofocus node_ref=note>
                    <Icon glyph=Glyph::Alert/>
                    <div>
                        <p>
                            <strong>{message}</strong>
                        </p>
                        <ul>{links.collect_view()}</ul>
                        {again}
                    </div>
                </div>
            }
        })
    }
}

/// What is wrong with one field, beside it.
#[component]
pub fn FieldError(refused: Signal<Option<Refused>>, #[prop(into)] name: String) -> impl IntoView {
    move || {
        let problem =
            refused.with(|refused| refused.as_ref().and_then(|refused| refused.problem(&name).map(ToOwned::to_owned)));
        problem.map(|message| {
            view! {
                <p class="error" id=format!("{name}-error")>
                    <Icon glyph=Glyph::Alert small=true/>
                    {message}
                </p>
            }
        })
    }
}

/// Whether a field is wrong, and by what it is described, for its control's attributes.
pub fn described(
    refused: Signal<Option<Refused>>,
    name: &str,
    has_help: bool,
) -> (Signal<Option<&'static str>>, Signal<Option<String>>) {
    let (help, error) = (has_help.then(|| format!("{name}-help")), format!("{name}-error"));
    let name = name.to_owned();
    let wrong = Memo::new(move |_| {
        refused.with(|refused| refused.as_ref().is_some_and(|refused| refused.problem(&name).is_some()))
    });
    let invalid = Signal::derive(move || wrong.get().then_some("true"));
    let by = Signal::derive(move || {
        let error = wrong.get().then(|| error.clone());
        match (help.clone(), error) {
            (None, None) => None,
            (help, error) => Some(help.into_iter().chain(error).collect::<Vec<_>>().join(" ")),
        }
    });
    (invalid, by)
}

/// A field of one line. Its input is uncontrolled: what was typed before WASM arrived stays.
#[component]
pub fn TextField(
    label: &'static str,
    /// Under which it is posted, and the control's id.
    name: &'static str,
    refused: Signal<Option<Refused>>,
    #[prop(optional, into)] value: String,
    #[prop(optional, into)] help: String,
    #[prop(optional)] optional: bool,
    /// `text` unless said otherwise.
    #[prop(default = "text")]
    kind: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(optional)] inputmode: Option<&'static str>,
    /// For user names and the like: no capital letters by themselves, no spelling marks.
    #[prop(optional)]
    literal: bool,
    /// As wide as a number.
    #[prop(optional)]
    short: bool,
    #[prop(optional)] autofocus: bool,
    #[prop(optional)] node_ref: NodeRef<html::Input>,
) -> impl IntoView {
    let value = (kind != "password").then(|| typed_or(refused, name, &value));
    if autofocus {
        focus_on_arrival(node_ref);
    }
    let (invalid, by) = described(refused, name, !help.is_empty());
    view! {
        <div class="field">
            <label for=name>
                {label} {optional.then(|| view! { " " <span class="optional">"optional"</span> })}
            </label>
            <input
                class=if short { "input short" } else { "input" }
                id=name
                name=name
                type=kind
                value=value
                autocomplete=autocomplete
                inputmode=inputmode
                autocapitalize=literal.then_some("none")
                spellcheck=literal.then_some("false")
                autofocus=autofocus
                aria-invalid=invalid
                aria-describedby=by
                node_ref=node_ref
            />
            {(!help.is_empty()).then(|| view! { <p class="hint" id=format!("{name}-help")>{help}</p> })}
            <FieldError refused name/>
        </div>
    }
}

/// A field of several lines. Leptos 0.8 does not escape what stands in a text area when it renders on the server, and a
/// browser takes off a first line break, so the text goes in escaped by hand.
#[component]
pub fn TextArea(
    label: &'static str,
    name: &'static str,
    refused: Signal<Option<Refused>>,
    #[prop(optional, into)] value: String,
    #[prop(optional, into)] help: String,
    #[prop(optional)] optional: bool,
    #[prop(optional)] maxlength: Option<usize>,
    #[prop(optional)] autofocus: bool,
    #[prop(optional)] node_ref: NodeRef<html::Textarea>,
) -> impl IntoView {
    let value = typed_or(refused, name, &value);
    let (invalid, by) = described(refused, name, !help.is_empty());
    view! {
        <div class="field">
            <label for=name>
                {label} {optional.then(|| view! { " " <span class="optional">"optional"</span> })}
            </label>
            <textarea
                class="input"
                id=name
                name=name
                maxlength=maxlength.map(|most| most.to_string())
                autofocus=autofocus
                aria-invalid=invalid
                aria-describedby=by
                node_ref=node_ref
                inner_html=text_area_html(&value)
            ></textarea>
            {(!help.is_empty()).then(|| view! { <p class="hint" id=format!("{name}-help")>{help}</p> })}
            <FieldError refused name/>
        </div>
    }
}

pub(crate) fn text_area_html(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    if escaped.starts_with('\n') { format!("\n{escaped}") } else { escaped }
}

/// A choice of one from a list.
#[component]
pub fn SelectField(
    label: &'static str,
    name: &'static str,
    refused: Signal<Option<Refused>>,
    /// What is posted, and what it is called.
    options: Vec<(String, String)>,
    #[prop(optional, into)] value: String,
    #[prop(optional, into)] help: String,
    #[prop(optional)] node_ref: NodeRef<html::Select>,
) -> impl IntoView {
    let value = typed_or(refused, name, &value);
    let (invalid, by) = described(refused, name, !help.is_empty());
    let options = options.into_iter().map(|(key, title)| {
        let selected = key == value;
        view! { <option value=key selected=selected>{title}</option> }
    });
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <div class="select-box">
                <select class="select" id=name name=name aria-invalid=invalid aria-describedby=by node_ref=node_ref>
                    {options.collect_view()}
                </select>
                <Icon glyph=Glyph::Down small=true/>
            </div>
            {(!help.is_empty()).then(|| view! { <p class="hint" id=format!("{name}-help")>{help}</p> })}
            <FieldError refused name/>
        </div>
    }
}

/// A button that sends its form. While that goes on it keeps its place and says so.
#[component]
pub fn SubmitButton(
    #[prop(into)] label: String,
    /// What it says meanwhile: *Creating*.
    working: &'static str,
    #[prop(into)] pending: Signal<bool>,
    #[prop(default = "btn primary")] class: &'static str,
) -> impl IntoView {
    view! {
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
    }
}

#[cfg(test)]
mod tests {
    use super::text_area_html;

    #[test]
    fn a_text_area_cannot_be_left() {
        assert_eq!(text_area_html("a</textarea><script>&"), "a&lt;/textarea&gt;&lt;script&gt;&amp;");
        assert_eq!(text_area_html("\na"), "\n\na");
    }
}
