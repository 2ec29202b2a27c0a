use leptos::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    api::ApiError,
    components::{error_page::ErrorPage, navigation::Loading},
};

/// A page made of what it loads: complete in the server's first response, and what was there stays while the next
/// loads.
pub fn loaded<T, V>(
    data: Resource<Result<T, ApiError>>,
    page: impl Fn(T) -> V + Clone + Send + Sync + 'static,
) -> impl IntoView
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let again = Callback::new(move |()| data.refetch());
    view! {
        <Transition set_pending=Loading::part()>
            {move || {
                let page = page.clone();
                Suspend::new(async move {
                    match data.await {
                        Ok(loaded) => page(loaded).into_any(),
                        Err(error) => view! { <ErrorPage error again/> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}
