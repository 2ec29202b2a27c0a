//! Every use case on both engines: what it does, each refusal, and that another company's things answer as what does
//! not exist. `MANDATE_TEST_POSTGRES_URL` names the PostgreSQL server; without it that half is skipped, and says so.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where something is not as it must be")]

#[macro_use]
mod state;

mod dns_server;
mod outcome;
mod selling;

mod activity;
mod catalog;
mod consent;
mod domain_checks;
mod domains;
mod jobs;
mod ladder;
mod licenses;
mod links;
mod live;
mod must_change;
mod offer_bulk;
mod offer_mail;
mod offer_templates;
mod offers;
mod offers_for_one;
mod on_behalf;
mod outbox;
mod processes;
mod relationships;
mod revocation;
mod sale_consent;
mod sale_conversion;
mod sale_races;
mod sales;
mod sales_overview;
mod seed;
mod sign_in;
mod sign_in_help;
mod sign_up;
mod sign_up_limits;
mod strength;
mod subscription_jobs;
mod subscriptions;
mod users;
