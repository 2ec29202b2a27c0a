use leptos::prelude::*;

use crate::{
    api::domains::DomainState,
    components::status::{Status, Tone},
};

/// How far the claim to a domain has come.
#[component]
pub fn StateMark(state: DomainState, #[prop(optional)] pill: bool) -> impl IntoView {
    let (tone, text) = match state {
        DomainState::Pending => (Tone::Wait, "Waiting for DNS"),
        DomainState::Verified => (Tone::Good, "Verified"),
        DomainState::Lapsed => (Tone::Past, "Lapsed"),
    };
    view! { <Status tone text pill/> }
}
