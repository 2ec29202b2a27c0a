//! Questions to the domain name system. Nothing is kept between them: who presses *Verify* again wants a new answer,
//! and the system's resolvers may have changed since.
//!
//! The zone's own name servers are asked before the resolver. They know a new record at once, and where they do not
//! have it yet the resolver is left alone: it would remember the answer of nothing, for hours where the zone says so,
//! and the record that comes a minute later would not be seen until then.

use std::{net::SocketAddr, time::Duration};

use hickory_resolver::{
    TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts},
    net::{DnsError, NetError, NoRecords, runtime::TokioRuntimeProvider},
    proto::{
        op::ResponseCode,
        rr::{Name, RData, Record, RecordType, rdata::TXT},
    },
    system_conf::read_system_conf,
};
use tokio::time::timeout;

mod alias;
mod public;
mod zone;

pub use zone::{AtZone, Zone};

/// The whole of one look, retries and TCP included.
const LIMIT: Duration = Duration::from_secs(5);

/// A stranger's zone can hold any amount. All that one answer holds, 64 kB at most, is compared; of what is something
/// else, no more than this is kept.
const MOST_TEXTS: usize = 3;
const LONGEST_TEXT: usize = 255;

/// The record that a claim asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub domain: String,
    /// At which name.
    pub name: String,
    pub value: String,
}

/// What was seen when TXT records were asked for. `seconds` is how long the resolver still remembers its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TxtAnswer {
    /// The record that was wanted, whatever there is beside it.
    There,
    /// Other texts, the first of them, each with its character-strings joined (RFC 7208, section 3.3).
    Others {
        texts: Vec<String>,
        seconds: u32,
    },
    NoSuchName {
        seconds: Option<u32>,
    },
    /// The name is there, but has no TXT record.
    NoTxt {
        seconds: Option<u32>,
    },
    /// The name is an alias that leads in a circle, or through too many others.
    AliasLoop,
    /// The name is an alias of one that has no TXT record.
    AliasToNothing {
        target: String,
    },
    /// There are more records than any answer can hold.
    TooMuch,
    /// The server said that it failed or refused, answered what cannot be read, or could not be reached.
    ServerFailure,
    TimedOut,
}

/// What was seen of a claim's record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    pub zone: Option<Zone>,
    pub at_zone: AtZone,
    /// What the resolver says; not asked where the zone's own servers do not have the record.
    pub at_resolver: Option<TxtAnswer>,
}

#[derive(Clone, Copy, Debug)]
pub struct Dns {
    server: Option<SocketAddr>,
    limit: Duration,
}

impl Dns {
    /// Asks that server alone, in the place of the zones' own ones too; else the system's resolvers and the zones'.
    pub fn new(server: Option<SocketAddr>) -> Self {
        Self { server, limit: LIMIT }
    }

    /// Looks for a record, at the zone's own servers and at the resolver, within the limit in all.
    pub async fn look(&self, wanted: &Wanted) -> Look {
        let mut look = Look::default();
        if timeout(self.limit, self.look_into(wanted, &mut look)).await.is_err() {
            look.at_resolver = Some(TxtAnswer::TimedOut);
        }
        look
    }

    async fn look_into(&self, wanted: &Wanted, look: &mut Look) {
        let resolver = match self.resolver() {
            Ok(resolver) => resolver,
            Err(error) => {
                tracing::error!(%error, "the resolvers of the system cannot be asked");
                look.at_resolver = Some(TxtAnswer::ServerFailure);
                return;
            }
        };
        if let Some(server) = self.server {
            let (zone, at_zone) =
                tokio::join!(self.find_zone(&resolver, wanted), zone::ask(vec![server], wanted, self.step()));
            (look.zone, look.at_zone) = (zone, at_zone);
        } else {
            look.zone = self.find_zone(&resolver, wanted).await;
            if let Some(zone) = &look.zone {
                let found = zone::addresses(&resolver, &zone.servers, self.step()).await;
                let servers = found.into_iter().map(|address| SocketAddr::new(address, 53)).collect();
                look.at_zone = zone::ask(servers, wanted, self.step()).await;
            }
        }
        if !self.is_settled_by(&look.at_zone) {
            look.at_resolver = Some(self.ask_resolver(&resolver, wanted).await);
        }
    }

    /// A server that stands for all others may be a resolver itself, which says little of what it has to ask for.
    fn is_settled_by(&self, at_zone: &AtZone) -> bool {
        self.server.is_none() && matches!(at_zone, AtZone::Not(_))
    }

    /// The zone of a domain and its name servers, by which its provider is known.
    pub async fn zone(&self, domain: &str) -> Option<Zone> {
        let resolver = self.resolver().ok()?;
        timeout(self.step(), zone::find(&resolver, domain)).await.ok()?
    }

    /// A quarter for each step before the resolver is asked, so that silence there leaves time for it.
    fn step(&self) -> Duration {
        self.limit / 4
    }

    async fn find_zone(&self, resolver: &TokioResolver, wanted: &Wanted) -> Option<Zone> {
        timeout(self.step(), zone::find(resolver, &wanted.domain)).await.ok()?
    }

    async fn ask_resolver(&self, resolver: &TokioResolver, wanted: &Wanted) -> TxtAnswer {
        // A name that DNS cannot hold, such as one over 255 octets, has no records.
        let Some(name) = fqdn(&wanted.name) else { return TxtAnswer::NoSuchName { seconds: None } };
        let answer = match resolver.lookup(name.clone(), RecordType::TXT).await {
            Ok(lookup) => texts(lookup.answers().iter(), wanted).unwrap_or(TxtAnswer::NoTxt { seconds: None }),
            Err(NetError::Dns(DnsError::NoRecordsFound(none))) => no_records(&none),
            Err(error) => failure(&error),
        };
        match answer {
            TxtAnswer::NoTxt { .. } | TxtAnswer::NoSuchName { .. } | TxtAnswer::ServerFailure => {
                let alias = timeout(self.step(), alias::follow(resolver, &name)).await;
                alias.ok().flatten().unwrap_or(answer)
            }
            answer => answer,
        }
    }

    fn resolver(&self) -> Result<TokioResolver, NetError> {
        let servers = match self.server {
            Some(address) => vec![name_server(address)],
            None => read_system_conf()?.0.name_servers,
        };
        let mut options = ResolverOpts::default();
        options.cache_size = 0;
        options.use_hosts_file = ResolveHosts::Never;
        // Half, so that a second server is still asked when the first is silent.
        options.timeout = self.limit / 2;
        options.attempts = 1;
        TokioResolver::builder_with_config(ResolverConfig::from_name_servers(servers), TokioRuntimeProvider::default())
            .with_options(options)
            .build()
    }
}

fn fqdn(name: &str) -> Option<Name> {
    let mut name = Name::from_ascii(name).ok()?;
    name.set_fqdn(true);
    Some(name)
}

/// A server over UDP, and over TCP where an answer is too long for that.
fn name_server(address: SocketAddr) -> NameServerConfig {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = address.port();
        connection
    });
    NameServerConfig::new(address.ip(), true, connections.into())
}

/// What TXT records say; `None` where there are none.
fn texts<'a>(records: impl Iterator<Item = &'a Record>, wanted: &Wanted) -> Option<TxtAnswer> {
    let mut others = Vec::new();
    let mut seconds = None;
    for record in records {
        let RData::TXT(txt) = &record.data else { continue };
        if is_wanted(txt, &wanted.value) {
            return Some(TxtAnswer::There);
        }
        if others.len() < MOST_TEXTS {
            others.push(text(txt));
        }
        seconds = Some(seconds.map_or(record.ttl, |seconds: u32| seconds.min(record.ttl)));
    }
    seconds.map(|seconds| TxtAnswer::Others { texts: others, seconds })
}

fn no_records(none: &NoRecords) -> TxtAnswer {
    match none.response_code {
        ResponseCode::NXDomain => TxtAnswer::NoSuchName { seconds: none.negative_ttl },
        ResponseCode::NoError => TxtAnswer::NoTxt { seconds: none.negative_ttl },
        _ => TxtAnswer::ServerFailure,
    }
}

fn failure(error: &NetError) -> TxtAnswer {
    match error {
        NetError::Timeout => TxtAnswer::TimedOut,
        NetError::Truncated => TxtAnswer::TooMuch,
        NetError::Dns(DnsError::NoRecordsFound(none)) => no_records(none),
        error => {
            tracing::debug!(%error, "a question to the domain name system failed");
            TxtAnswer::ServerFailure
        }
    }
}

/// Space around it, and the quotation marks of zone files, are often pasted along.
fn is_wanted(txt: &TXT, value: &str) -> bool {
    let bytes: Vec<u8> = txt.txt_data.iter().flatten().copied().collect();
    let around = |c: char| c.is_whitespace() || c == '"';
    std::str::from_utf8(&bytes).is_ok_and(|text| text.trim_matches(around) == value)
}

fn text(txt: &TXT) -> String {
    let bytes: Vec<u8> = txt.txt_data.iter().flatten().copied().take(LONGEST_TEXT).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
#[path = "../tests/service/dns_server.rs"]
mod dns_server;

#[cfg(test)]
mod tests;
