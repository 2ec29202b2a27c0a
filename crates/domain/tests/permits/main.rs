//! The one decision about who may do what, for every actor, authority and subject that there can be.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where something is not as it must be")]

mod everybody;
mod no_ladder;
mod table;
