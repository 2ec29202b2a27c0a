use leptos::prelude::*;

use crate::{api::ApiError, components::error_page::ErrorPage};

/// A page made of what it loads: complete in the server's first response, and what was there stays while the next
/// loads.
pub fn loaded<T, V>(
    data: Resource<Result<T, ApiError>>,
    page: impl Fn(T) -> V + Clone + Send + Sync + 'static,
) -> impl IntoView
where
    T: Clone + Send + Sync + 'static,
    V: IntoView + 'static,
{
    view! {
        <Transition>
            {move || {
                let page = page.clone();
                Suspend::new(async move {
                    match data.await {
                        Ok(loaded) => page(loaded).into_any(),
                        Err(error) => view! { <ErrorPage error/> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}
