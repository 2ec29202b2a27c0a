//! `mandate demo`: companies to try it with, whose people all have one password.

use std::fmt::Write;

use anyhow::{Context, Result, bail};
use mandate_domain::check_password_length;
use mandate_service::{Service, ambient::SystemEntropy, demo::PEOPLE, passwords::temporary_password};

use crate::config::Config;

/// The password is printed, so nobody but this machine's people may get here.
pub fn refuse_strangers(config: &Config) -> Result<()> {
    if !config.public_url.is_loopback() {
        bail!(
            "MANDATE_PUBLIC_URL (--public-url) is {}, but demo data is for loopback addresses alone, since everybody \
             in it has one password. For others there is `mandate serve`",
            config.public_url
        );
    }
    Ok(())
}

/// Makes the demo data where it is missing, and says who can sign in.
pub async fn prepare(config: &Config, service: &Service, password: Option<String>) -> Result<String> {
    if let Some(password) = &password {
        check_password_length(password)
            .context("MANDATE_DEMO_PASSWORD (--demo-password) cannot be used; its value is not shown here")?;
    }
    let password = password.unwrap_or_else(|| temporary_password(&SystemEntropy));
    service.prepare_demo(&password).await?;
    Ok(greeting(config, &password))
}

fn greeting(config: &Config, password: &str) -> String {
    let mut text =
        format!("Mandate is at {}\n\nSign in as one of these, with the password {password}\n\n", config.public_url);
    let width = PEOPLE.iter().map(|person| person.user_name.len()).max().unwrap_or_default();
    for person in &PEOPLE {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {:width$}  {}", person.user_name, person.description);
    }
    let _ = write!(text, "\nWhat is done stays in {}. Ctrl+C ends the server.", config.data.display());
    text
}
