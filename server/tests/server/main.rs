//! The server as clients meet it: the real router on a free port, with the demo data in SQLite.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod browser;
mod catalog;
mod connections;
mod functions;
mod headers;
mod house;
mod live;
mod logging;
mod offers_for_one;
mod outages;
mod refusals;
mod rendering;
mod sales_customer;
mod sales_partner;
mod stopping;

#[path = "../trouble/postgres.rs"]
mod postgres;
#[path = "../../../crates/store/tests/store/proxy.rs"]
mod proxy;
