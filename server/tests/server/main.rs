//! The server as clients meet it: the real router on a free port, with the demo data in SQLite.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod functions;
mod headers;
mod house;
mod logging;
mod offers_for_one;
mod refusals;
mod stopping;
