//! Server functions: each authenticates, parses, calls one use case and maps its error.

pub mod account;
pub mod activity;
pub mod beginning;
pub mod bulk;
pub mod consent;
pub mod domains;
pub mod error;
pub mod licenses;
pub mod offers;
pub mod overview;
pub mod password;
pub mod place;
pub mod posted;
pub mod relationships;
pub mod sale_consent;
pub mod sales;
pub mod sales_overview;
pub mod session;
pub mod sign_in_help;
pub mod sign_up;
pub mod stop_mail;
pub mod subscriptions;
pub mod templates;
pub mod terms;
pub mod users;

#[cfg(feature = "ssr")]
mod cursor;
#[cfg(feature = "ssr")]
mod draft;
#[cfg(feature = "ssr")]
pub(crate) mod request;
#[cfg(feature = "ssr")]
pub mod sealed;

pub use error::ApiError;
pub use posted::{FieldProblem, Posted, Refused};
