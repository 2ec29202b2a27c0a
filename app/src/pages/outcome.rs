//! What came of a form that stays on its page.

use leptos::prelude::*;

use crate::api::{ApiError, Posted};

/// What a form did: as its action last answered, or as it was last posted plainly.
pub fn outcome<T>(
    answered: impl Fn() -> Option<Result<Posted<T>, ApiError>> + Send + Sync + 'static,
    posted: Option<&Posted<T>>,
) -> Memo<Option<T>>
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let first = posted.and_then(Posted::done).cloned();
    Memo::new(move |_| match answered() {
        None => first.clone(),
        Some(Ok(Posted::Done(done))) => Some(done),
        Some(_) => None,
    })
}

/// Loads a page again when an action has changed what it shows. After a refusal it stays, with all that was typed.
pub fn reload_after<T>(
    answered: impl Fn() -> Option<Result<Posted<T>, ApiError>> + 'static,
    reload: impl Fn() + 'static,
) {
    Effect::new(move |_| {
        if matches!(answered(), Some(Ok(Posted::Done(_)))) {
            reload();
        }
    });
}
