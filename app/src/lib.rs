//! What the browser shows, and the server functions that it calls. Built for WASM and, with feature `ssr`, natively.

#![allow(clippy::needless_pass_by_value, reason = "a component owns what it is given")]
#![allow(clippy::fn_params_excessive_bools, reason = "a component's properties are named where it is used")]
#![allow(clippy::unused_async, reason = "a server function is async, whether it waits or not")]

pub mod api;
mod app;
mod components;
mod format;
mod mailto;
mod pages;

#[cfg(feature = "ssr")]
pub mod downloads;
#[cfg(feature = "ssr")]
pub mod links;
#[cfg(feature = "ssr")]
mod qr;
#[cfg(feature = "ssr")]
mod shell;

#[cfg(feature = "ssr")]
pub use api::request::{AppState, ClientAddress};
pub use app::App;
#[cfg(feature = "ssr")]
pub use shell::shell;
