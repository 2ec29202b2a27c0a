//! `mandate company`.

use anyhow::{Result, anyhow};
use mandate_domain::{DomainPrefix, EmailAddress, Line, LocalPart};
use mandate_service::{Error, companies};

use crate::{backend::Backend, cli::NewCompany, config::Config};

/// Makes a company, and prints its first administrator's link.
pub async fn create(config: &Config, new: &NewCompany) -> Result<()> {
    let wrong = |flag: &str, error: &dyn std::fmt::Display| anyhow!("--{flag}: {error}");
    let company = companies::NewCompany {
        name: Line::parse(&new.name).map_err(|error| wrong("name", &error))?,
        domain_prefix: DomainPrefix::parse(&new.domain_prefix).map_err(|error| wrong("domain-prefix", &error))?,
        is_partner: new.partner,
        contact_address: Line::parse_optional(new.address.as_deref().unwrap_or_default())
            .map_err(|error| wrong("address", &error))?,
        phone: Line::parse_optional(new.phone.as_deref().unwrap_or_default())
            .map_err(|error| wrong("phone", &error))?,
        support_email: EmailAddress::parse_optional(new.support_email.as_deref().unwrap_or_default())
            .map_err(|error| wrong("support-email", &error))?,
        administrator: LocalPart::parse(&new.admin).map_err(|error| wrong("admin", &error))?,
    };
    let backend = Backend::open(config).await?;
    let created = backend.service.create_company(&company).await;
    backend.db.close().await;
    let link = created.map_err(|error| match error {
        Error::Invalid(problems) => {
            anyhow!(problems.0.into_iter().map(|problem| problem.message).collect::<Vec<_>>().join("; "))
        }
        other => other.into(),
    })?;
    println!("{} is made. Its first administrator sets a password at\n\n  {link}\n", company.name);
    Ok(())
}
