//! What an operator sets, parsed. A wrong value stops the start with a message that names it, and shows it only where
//! it cannot hold a secret.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use anyhow::{Context, Result, anyhow, bail};
use ipnet::IpNet;
use mandate_domain::{DomainName, DomainPrefix};
use mandate_service::{
    dns::Dns,
    mail::{Mailbox, Mailer},
    server_key::ServerKey,
    sign_up::RESERVED_PREFIXES,
};
use url::{Host, Url};

use crate::cli::Options;

pub struct Config {
    pub listen: SocketAddr,
    pub data: PathBuf,
    pub database_url: String,
    pub public_url: PublicUrl,
    /// Where it is not set, there is one in the data folder.
    pub secret_key: Option<ServerKey>,
    pub mailer: Mailer,
    pub mail_from: Mailbox,
    pub dns: Dns,
    pub platform_domain: DomainName,
    pub reserved_prefixes: Vec<String>,
    pub trusted_proxies: Vec<IpNet>,
}

impl Config {
    pub fn parse(options: Options) -> Result<Self> {
        let listen = options
            .listen
            .parse()
            .map_err(|_| wrong("MANDATE_LISTEN", &options.listen, "an address and a port, such as 127.0.0.1:3000"))?;
        if options.data.is_empty() {
            bail!(wrong("MANDATE_DATA", &options.data, "a folder"));
        }
        let data = PathBuf::from(options.data);
        let platform_domain = DomainName::parse(&options.platform_domain)
            .map_err(|_| wrong("MANDATE_PLATFORM_DOMAIN", &options.platform_domain, "a domain name in ASCII"))?;
        let mail_from = options.mail_from.unwrap_or_else(|| format!("Mandate <no-reply@{platform_domain}>"));
        let mail_from = mail_from
            .parse()
            .map_err(|_| wrong("MANDATE_MAIL_FROM", &mail_from, "a mailbox, such as Mandate <no-reply@example.com>"))?;
        let mailer = match &options.smtp_url {
            Some(url) => Mailer::smtp(url).map_err(|_| {
                wrong_secret("MANDATE_SMTP_URL", "a mail server, such as smtps://user:password@mail.example.com")
            })?,
            None => Mailer::Folder(data.join("mail")),
        };
        Ok(Self {
            listen,
            database_url: database_url(options.database_url, &data)?,
            public_url: PublicUrl::parse(options.public_url.as_deref().unwrap_or(&format!("http://{listen}")))?,
            secret_key: options.secret_key.as_deref().map(secret_key).transpose()?,
            mailer,
            mail_from,
            dns: Dns::new(options.dns.as_deref().map(dns_server).transpose()?),
            platform_domain,
            reserved_prefixes: reserved_prefixes(options.reserved_prefixes.as_deref())?,
            trusted_proxies: networks(options.trusted_proxies.as_deref().unwrap_or_default())?,
            data,
        })
    }

    pub fn is_on_postgres(&self) -> bool {
        !self.database_url.starts_with("sqlite://")
    }
}

fn wrong(variable: &str, value: &str, what: &str) -> anyhow::Error {
    anyhow!("{variable} ({}) is {value:?}, but has to be {what}", flag(variable))
}

/// For a value that can hold a password or a key.
fn wrong_secret(variable: &str, what: &str) -> anyhow::Error {
    anyhow!("{variable} ({}) has to be {what}; its value is not shown here", flag(variable))
}

fn flag(variable: &str) -> String {
    let name = variable.strip_prefix("MANDATE_").unwrap_or(variable);
    format!("--{}", name.to_ascii_lowercase().replace('_', "-"))
}

fn database_url(set: Option<String>, data: &std::path::Path) -> Result<String> {
    let Some(url) = set else {
        let data = data.to_str().context("MANDATE_DATA has to be UTF-8")?;
        return Ok(format!("sqlite://{data}/mandate.db"));
    };
    let known = ["sqlite://", "postgres://", "postgresql://"];
    if known.iter().any(|scheme| url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty())) {
        return Ok(url);
    }
    Err(wrong_secret("DATABASE_URL", "sqlite:// and a path, or postgres:// and a server"))
}

fn secret_key(text: &str) -> Result<ServerKey> {
    ServerKey::parse(text).map_err(|_| {
        wrong_secret("MANDATE_SECRET_KEY", "32 bytes, as 64 hexadecimal digits or 43 characters of base64url")
    })
}

fn dns_server(text: &str) -> Result<SocketAddr> {
    text.parse().map_err(|_| wrong("MANDATE_DNS", text, "an address and a port, such as 127.0.0.1:5353"))
}

/// Between commas; in lower case, as they are compared.
fn reserved_prefixes(text: Option<&str>) -> Result<Vec<String>> {
    let Some(text) = text else { return Ok(Vec::from(RESERVED_PREFIXES.map(ToOwned::to_owned))) };
    let parse = |prefix: &str| {
        DomainPrefix::parse(prefix)
            .map(|prefix| prefix.to_string())
            .map_err(|_| wrong("MANDATE_RESERVED_PREFIXES", text, "prefixes between commas, such as admin,support,www"))
    };
    text.split(',').map(str::trim).filter(|prefix| !prefix.is_empty()).map(parse).collect()
}

/// Networks, or single addresses, between commas.
fn networks(text: &str) -> Result<Vec<IpNet>> {
    let parse = |network: &str| {
        network.parse().or_else(|_| network.parse::<IpAddr>().map(IpNet::from)).map_err(|_| {
            wrong("MANDATE_TRUSTED_PROXIES", text, "networks between commas, such as 127.0.0.1/32,10.0.0.0/8")
        })
    };
    text.split(',').map(str::trim).filter(|network| !network.is_empty()).map(parse).collect()
}

/// The address that people see: an origin (RFC 6454) without a path, written as a browser writes it.
#[derive(Clone, Debug)]
pub struct PublicUrl(Url);

impl PublicUrl {
    fn parse(text: &str) -> Result<Self> {
        let not_a_site =
            || wrong("MANDATE_PUBLIC_URL", text, "a site without a path, such as https://mandate.example.com");
        let url = Url::parse(text).map_err(|_| not_a_site())?;
        let is_bare = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        let url = Self(url);
        match url.0.scheme() {
            "https" if is_bare => Ok(url),
            "http" if is_bare && url.is_loopback() => Ok(url),
            "http" if is_bare => Err(wrong(
                "MANDATE_PUBLIC_URL",
                text,
                "https: over plain http anybody on the way reads passwords, so it is for loopback addresses alone. \
                 Put a TLS proxy in front",
            )),
            _ => Err(not_a_site()),
        }
    }

    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether only this machine reaches it.
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.origin().ascii_serialization())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::Cli;

    fn parse(flags: &[&str]) -> Result<Config> {
        let line = ["mandate"].iter().chain(flags).chain(&["serve"]);
        Config::parse(Cli::try_parse_from(line)?.options)
    }

    #[test]
    fn defaults() {
        let config = parse(&[]).unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:3000");
        assert_eq!(config.database_url, "sqlite://data/mandate.db");
        assert_eq!(config.public_url.to_string(), "http://127.0.0.1:3000");
        assert_eq!(config.mail_from.to_string(), "Mandate <no-reply@mandate.example>");
        assert_eq!(config.platform_domain.as_str(), "mandate.example");
        assert!(config.secret_key.is_none() && config.trusted_proxies.is_empty());
        assert_eq!(config.reserved_prefixes, RESERVED_PREFIXES);
        assert!(matches!(config.mailer, Mailer::Folder(folder) if folder == *"data/mail"));
    }

    #[test]
    fn what_follows_from_another_value() {
        let config = parse(&["--listen", "[::1]:8080", "--data", "/tmp/a", "--platform-domain", "M.example"]).unwrap();
        assert_eq!(config.public_url.to_string(), "http://[::1]:8080");
        assert_eq!(config.database_url, "sqlite:///tmp/a/mandate.db");
        assert_eq!(config.mail_from.to_string(), "Mandate <no-reply@m.example>");
    }

    #[test]
    fn a_wrong_value_is_named() {
        for (flag, variable, values) in [
            ("--listen", "MANDATE_LISTEN", &["", "localhost", "127.0.0.1", "127.0.0.1:70000"][..]),
            ("--data", "MANDATE_DATA", &[""]),
            ("--database-url", "DATABASE_URL", &["", "sqlite://", "mysql://ana:geheim@db"]),
            ("--secret-key", "MANDATE_SECRET_KEY", &["", "geheim"]),
            ("--smtp-url", "MANDATE_SMTP_URL", &["", "geheim", "ftp://ana:geheim@mail"]),
            ("--mail-from", "MANDATE_MAIL_FROM", &["", "Mandate"]),
            ("--dns", "MANDATE_DNS", &["", "127.0.0.1", "resolver.example:53"]),
            ("--platform-domain", "MANDATE_PLATFORM_DOMAIN", &["", "example", "127.0.0.1", "münchen.example"]),
            ("--reserved-prefixes", "MANDATE_RESERVED_PREFIXES", &["a", "admin.example", "admin;www"]),
            ("--trusted-proxies", "MANDATE_TRUSTED_PROXIES", &["10.0.0.0/33", "10.0.0.0/8 10.1.0.0/8", "proxy"]),
        ] {
            for value in values {
                let error = parse(&[flag, value]).err().unwrap().to_string();
                assert!(error.starts_with(&format!("{variable} ({flag}) ")), "{error}");
                assert!(!error.contains("geheim"), "{error}");
            }
        }
    }

    #[test]
    fn public_urls() {
        for (url, origin) in [
            ("https://Mandate.example.com/", "https://mandate.example.com"),
            ("https://mandate.example.com:443", "https://mandate.example.com"),
            ("https://mandate.example.com:8443", "https://mandate.example.com:8443"),
            ("https://münchen.example", "https://xn--mnchen-3ya.example"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://127.1.2.3:80", "http://127.1.2.3"),
        ] {
            assert_eq!(parse(&["--public-url", url]).unwrap().public_url.to_string(), origin);
        }
        for url in [
            "",
            "mandate.example.com",
            "ftp://mandate.example.com",
            "https://mandate.example.com/a",
            "https://mandate.example.com/?a",
            "https://ana@mandate.example.com",
        ] {
            let error = parse(&["--public-url", url]).err().unwrap().to_string();
            assert!(error.starts_with("MANDATE_PUBLIC_URL (--public-url) is "), "{error}");
        }
    }

    #[test]
    fn plain_http_is_for_loopback_alone() {
        for flags in [
            &["--public-url", "http://mandate.example.com"][..],
            &["--public-url", "http://10.0.0.1"],
            &["--public-url", "http://localhost.example.com"],
            &["--listen", "0.0.0.0:3000"],
        ] {
            let error = parse(flags).err().unwrap().to_string();
            assert!(error.contains("MANDATE_PUBLIC_URL") && error.contains("plain http"), "{error}");
        }
        assert!(parse(&["--listen", "0.0.0.0:3000", "--public-url", "https://mandate.example.com"]).is_ok());
    }

    #[test]
    fn reserved_prefixes_are_compared_in_lower_case() {
        assert_eq!(parse(&["--reserved-prefixes", " Admin, www,"]).unwrap().reserved_prefixes, ["admin", "www"]);
        assert!(parse(&["--reserved-prefixes", ""]).unwrap().reserved_prefixes.is_empty());
    }

    #[test]
    fn proxies() {
        let proxies = parse(&["--trusted-proxies", "127.0.0.1, 10.0.0.0/8,fd00::/8,"]).unwrap().trusted_proxies;
        assert_eq!(
            proxies.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["127.0.0.1/32", "10.0.0.0/8", "fd00::/8"]
        );
    }
}
