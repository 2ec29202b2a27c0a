//! What the browser shows, and the server functions that it calls. Built for WASM and, with feature `ssr`, natively.

pub mod api;
mod app;
mod components;
mod format;
mod mailto;
mod pages;

#[cfg(feature = "ssr")]
pub mod links;
#[cfg(feature = "ssr")]
mod shell;

#[cfg(feature = "ssr")]
pub use api::request::{AppState, ClientAddress};
pub use app::App;
#[cfg(feature = "ssr")]
pub use shell::shell;
