//! One file per page; folders follow the address.

pub mod activity;
pub mod consent;
pub mod domains;
pub mod home;
pub mod not_found;
pub mod partner;
pub mod password;
pub mod relationships;
pub mod sign_in;
pub mod stop_mail;
pub mod users;

mod outcome;
mod params;
