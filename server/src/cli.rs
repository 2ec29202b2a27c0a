//! The command line. Values are text here; [`crate::config`] says what is wrong with them, naming flag and variable.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Delegated administration that the customer sees, bounds and ends.
#[derive(Debug, Parser)]
#[command(name = "mandate", version, max_term_width = 120)]
pub struct Cli {
    #[command(flatten)]
    pub options: Options,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Migrates the database, then serves; the same without a command
    Serve,
    /// The same with demo data; refuses a database with other companies, and a public URL that is not loopback
    Demo,
    /// Migrates the database, and ends
    Migrate,
    /// Fills an empty database for measuring: one partner with many customers, one of whom has many users
    Seed(Seed),
    /// What can be sold
    Catalog {
        #[command(subcommand)]
        command: CatalogCommand,
    },
    /// Companies
    Company {
        #[command(subcommand)]
        command: CompanyCommand,
    },
}

#[derive(Args, Debug)]
pub struct Seed {
    /// Customers of the partner, each with an administrator and a grant
    #[arg(long, default_value_t = 1_000, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub companies: u32,
    /// Users of the first customer
    #[arg(long, default_value_t = 1_000, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(..=10_000_000))]
    pub users: u32,
    /// The same seed makes the same companies and users
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    pub seed: u64,
}

#[derive(Debug, Subcommand)]
pub enum CatalogCommand {
    /// Makes what is offered what a file says, after all of it was checked; plans that it does not have are withdrawn
    Import(CatalogFile),
}

#[derive(Args, Debug)]
pub struct CatalogFile {
    /// Products, plans and prices in TOML
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

#[derive(Debug, Subcommand)]
pub enum CompanyCommand {
    /// Makes a company, and prints a one-time link for its first administrator
    Create(NewCompany),
}

#[derive(Args, Debug)]
pub struct NewCompany {
    /// The company's name
    #[arg(long)]
    pub name: String,
    /// Gives the company the domain <prefix>.<platform domain>
    #[arg(long, value_name = "PREFIX")]
    pub domain_prefix: String,
    /// Makes it a partner, which can offer delegated administration to others
    #[arg(long)]
    pub partner: bool,
    /// The part before the @ of the first administrator's user name
    #[arg(long, value_name = "USER NAME")]
    pub admin: String,
    /// Where the company is, for those who want to know whom they authorize
    #[arg(long)]
    pub address: Option<String>,
    /// Its telephone number
    #[arg(long)]
    pub phone: Option<String>,
    /// Where mail for the company goes
    #[arg(long, value_name = "EMAIL")]
    pub support_email: Option<String>,
}

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Configuration")]
pub struct Options {
    /// The address and port to listen on
    #[arg(long, global = true, env = "MANDATE_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:3000")]
    pub listen: String,
    /// The folder for the embedded database, the server key and mail that is written as files
    #[arg(long, global = true, env = "MANDATE_DATA", value_name = "FOLDER", default_value = "data")]
    pub data: String,
    /// `sqlite://path` or `postgres://…` [default: sqlite:// + the data folder + /mandate.db]
    #[arg(long, global = true, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// The address that people see; links in mail start with it. https, but for loopback [default: http:// + the
    /// listen address]
    #[arg(long, global = true, env = "MANDATE_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// 32 random bytes as 64 hexadecimal digits or 43 characters of base64url; with several servers it must be set
    /// [default: a key in the data folder, made at the first start]
    #[arg(long, global = true, env = "MANDATE_SECRET_KEY", value_name = "KEY", hide_env_values = true)]
    pub secret_key: Option<String>,
    /// The mail server, such as `smtps://user:password@mail.example.com` [default: mail is written as .eml files under
    /// mail/ in the data folder]
    #[arg(long, global = true, env = "MANDATE_SMTP_URL", value_name = "URL", hide_env_values = true)]
    pub smtp_url: Option<String>,
    /// Who mail is from [default: Mandate <no-reply@ + the platform domain + >]
    #[arg(long, global = true, env = "MANDATE_MAIL_FROM", value_name = "MAILBOX")]
    pub mail_from: Option<String>,
    /// The DNS server that alone is asked when a domain is verified, such as 127.0.0.1:5353 [default: the system's
    /// resolvers]
    #[arg(long, global = true, env = "MANDATE_DNS", value_name = "ADDRESS")]
    pub dns: Option<String>,
    /// A new company gets a domain under it, verified from the start
    #[arg(
        long,
        global = true,
        env = "MANDATE_PLATFORM_DOMAIN",
        value_name = "DOMAIN",
        default_value = "mandate.example"
    )]
    pub platform_domain: String,
    /// Prefixes of the platform domain that no company can take by signing up, between commas; an empty value reserves
    /// none [default: names that could pass for the platform's own, such as admin and support]
    #[arg(long, global = true, env = "MANDATE_RESERVED_PREFIXES", value_name = "PREFIXES")]
    pub reserved_prefixes: Option<String>,
    /// Networks whose X-Forwarded-For is believed, such as 127.0.0.1/32,10.0.0.0/8 [default: none]
    #[arg(long, global = true, env = "MANDATE_TRUSTED_PROXIES", value_name = "NETWORKS")]
    pub trusted_proxies: Option<String>,
    /// The password of everybody in the demo data; `mandate demo` and `mandate seed` read it [default: a random one,
    /// printed]
    #[arg(long, global = true, env = "MANDATE_DEMO_PASSWORD", value_name = "PASSWORD", hide_env_values = true)]
    pub demo_password: Option<String>,
}
