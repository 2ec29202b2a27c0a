use leptos::{html, prelude::*};

/// Puts the focus into the field where the next keystroke goes. Arriving by a link within the site, the browser heeds no
/// `autofocus`; and whoever is typing elsewhere already is left there.
pub fn focus_on_arrival(field: NodeRef<html::Input>) {
    Effect::new(move |_| {
        let is_free = document().active_element().is_none_or(|element| element.tag_name() == "BODY");
        if let Some(field) = field.get().filter(|_| is_free) {
            let _ = field.focus();
        }
    });
}
