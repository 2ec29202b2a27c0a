//! The store on both engines: SQLite in a folder of its own, and PostgreSQL in a database of its own, for each test.
//! The server is named by `MANDATE_TEST_POSTGRES_URL`; its role may create databases.
#![allow(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

mod constraints;
mod engines;
mod guards;
mod licenses;
mod migrations;
mod offers_for_one;
mod outages;
mod pages;
mod proxy;
mod sales;
mod sign_ups;
mod statements;
mod subscriptions;
mod transactions;
mod values;
mod world;
