//! `mandate seed`.

use std::io::{self, IsTerminal, Write};

use anyhow::{Context, Result};
use mandate_domain::check_password_length;
use mandate_service::{ambient::SystemEntropy, passwords::temporary_password, seed};

use crate::{backend::Backend, cli::Seed, config::Config};

/// Fills an empty database, and prints who can sign in to it.
pub async fn fill(config: &Config, seed: &Seed, password: Option<String>) -> Result<()> {
    if let Some(password) = &password {
        check_password_length(password)
            .context("MANDATE_DEMO_PASSWORD (--demo-password) cannot be used; its value is not shown here")?;
    }
    let password = password.unwrap_or_else(|| temporary_password(&SystemEntropy));
    let all = seed.companies.saturating_add(seed.users);
    let is_watched = io::stderr().is_terminal();
    let told = |made: u32| {
        if is_watched {
            eprint!("\r{made} of {all} companies and users");
            let _ = io::stderr().flush();
        }
    };
    let backend = Backend::open(config).await?;
    let how_much = seed::Seed { companies: seed.companies, users: seed.users, seed: seed.seed };
    let made = backend.service.seed(how_much, &password, told).await;
    backend.db.close().await;
    if is_watched {
        eprintln!();
    }
    let made = made?;
    println!(
        "{} customers and {} users are made. With the password {password} there sign in\n\n  {}  the partner\n  {}  a \
         customer\n",
        seed.companies, seed.users, made.partner_administrator, made.customer_administrator
    );
    Ok(())
}
