//! The server as a process of its own, in trouble: killed, with a full disk, beside another one on the same file.
//! `MANDATE_TEST_POSTGRES_URL` names the PostgreSQL server; without it that half is skipped, and says so.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod customers;
mod database;
mod kills;
mod postgres;
mod process;
mod two;
