//! `mandate company`.

use anyhow::{Result, anyhow};
use mandate_domain::{DomainPrefix, Line, LocalPart};
use mandate_service::{Error, companies};

use crate::{backend::Backend, cli::NewCompany, config::Config};

/// Makes a company, and prints its first administrator's link.
pub async fn create(config: &Config, new: &NewCompany) -> Result<()> {
    let wrong = |flag: &str, error: &dyn std::fmt::Display| anyhow!("--{flag}: {error}");
    let company = companies::NewCompany {
        name: Line::parse(&new.name).map_err(|error| wrong("name", &error))?,
        domain_prefix: DomainPrefix::parse(&new.domain_prefix).map_err(|error| wrong("domain-prefix", &error))?,
        is_partner: new.partner,
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
