use leptos::{
    prelude::*,
    server::codee::{Decoder, Encoder},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    api::ApiError,
    components::{error_page::ErrorPage, navigation::Loading},
};

/// What a page loads: on the server when the page is made, and then sent with it.
pub type Load<T> = Resource<Result<T, ApiError>, Json>;

pub fn load<S, T, F>(
    from: impl Fn() -> S + Send + Sync + 'static,
    by: impl Fn(S) -> F + Send + Sync + 'static,
) -> Load<T>
where
    S: Clone + PartialEq + Send + Sync + 'static,
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    F: Future<Output = Result<T, ApiError>> + Send + 'static,
{
    Resource::new_with_options(from, by, true)
}

/// JSON, read as the answers of server functions are read: the default codec would put a second reader for each type into
/// what the browser has to fetch.
pub struct Json;

impl<T: Serialize> Encoder<T> for Json {
    type Error = serde_json::Error;
    type Encoded = String;

    fn encode(value: &T) -> serde_json::Result<String> {
        serde_json::to_string(value)
    }
}

impl<T: DeserializeOwned> Decoder<T> for Json {
    type Error = serde_json::Error;
    type Encoded = str;

    fn decode(text: &str) -> serde_json::Result<T> {
        serde_json::from_slice(text.as_bytes())
    }
}

/// A page made of what it loads: complete in the server's first response, and what was there stays while the next
/// loads.
pub fn loaded<T, V>(data: Load<T>, page: impl Fn(T) -> V + Clone + Send + Sync + 'static) -> impl IntoView
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
