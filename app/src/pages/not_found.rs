use leptos::prelude::*;

use crate::{api::ApiError, components::error_page::ErrorPage};

/// An address that leads nowhere.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! { <ErrorPage error=ApiError::NotFound/> }
}
