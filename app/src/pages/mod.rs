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
pub mod sale_consent;
#[cfg(feature = "ssr")]
pub mod sale_offer;
#[cfg(feature = "ssr")]
pub mod sign_in;
pub mod sign_up;
#[cfg(feature = "ssr")]
pub mod stop_mail;
pub mod subscriptions;
pub mod users;

mod agreed;
mod asked;
mod outcome;
mod params;
mod sale_review;
