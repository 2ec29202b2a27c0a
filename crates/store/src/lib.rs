//! Where things are kept: SQLite or PostgreSQL, the same SQL on either.
//!
//! A function here takes a [`Conn`], inside a [`transaction!`] or not, and the company whom its query is for. It
//! decides nothing about who may.

pub mod activity;
pub mod bulk;
pub mod companies;
pub mod decisions;
pub mod domains;
pub mod email_confirmations;
pub mod grants;
pub mod leases;
pub mod licenses;
pub mod mail;
pub mod offer_batches;
pub mod offer_lines;
pub mod offer_mail;
pub mod offer_templates;
pub mod offers;
pub mod orders;
pub mod plans;
pub mod search;
pub mod secret_mail;
pub mod sessions;
pub mod sign_in_attempts;
pub mod sign_in_help;
pub mod sign_ups;
pub mod subscriptions;
pub mod users;
pub mod watch;

mod columns;
mod db;
mod error;
mod migrations;
pub mod page;
mod writer;

pub use db::{Attempts, Conn, Db, DbOptions, typed};
pub use error::{Retryable, StoreError, StoreResult};
