//! One file per page; folders follow the address.

pub mod account;
pub mod activity;
#[cfg(feature = "ssr")]
pub mod cant_sign_in;
#[cfg(feature = "ssr")]
pub mod consent;
pub mod domains;
#[cfg(not(feature = "ssr"))]
pub mod from_server;
pub mod home;
pub mod not_found;
pub mod partner;
pub mod password;
pub mod relationships;
#[cfg(feature = "ssr")]
pub mod sign_in;
#[cfg(feature = "ssr")]
pub mod stop_mail;
pub mod users;

mod outcome;
mod params;
