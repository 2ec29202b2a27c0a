//! The zone that a domain lies in, and what its own name servers say: they know a new record first.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use hickory_resolver::{
    NameServerPool, PoolContext, TlsConfig, TokioResolver,
    config::ResolverOpts,
    net::{DnsError, DnsHandle, NetError, NoRecords, runtime::TokioRuntimeProvider, xfer::FirstAnswer},
    proto::{
        op::{DnsRequestOptions, Message, Query, ResponseCode},
        rr::{Name, RData, Record, RecordType},
    },
};
use mandate_domain::DomainName;
use tokio::task::JoinSet;

use super::{TxtAnswer, Wanted, fqdn, name_server, no_records, public::is_public, texts};

/// A zone can name any number of servers: no more than these are known by name.
const MOST_NAMES: usize = 8;
/// And no more are asked, so that nobody has this server ask half the world.
const MOST_ASKED: usize = 4;
const MOST_ADDRESSES: usize = 8;

/// A zone and its name servers, as the resolver tells them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    pub name: String,
    /// In the order of the alphabet, since a resolver turns theirs.
    pub servers: Vec<String>,
}

/// What the zone's own name servers say of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AtZone {
    /// Nothing that settles it: they are not known or silent, may not be asked, or lead elsewhere.
    #[default]
    Unknown,
    There,
    /// Some have it, others do not have it yet.
    Partly,
    Not(TxtAnswer),
    /// They answer that the zone is none of theirs.
    Lame,
}

/// The zone of a domain: its own, or that of a domain above it.
pub async fn find(resolver: &TokioResolver, domain: &str) -> Option<Zone> {
    let name = fqdn(domain)?;
    match resolver.lookup(name.clone(), RecordType::NS).await {
        Ok(lookup) => zone(&name, lookup.answers()),
        Err(NetError::Dns(DnsError::NoRecordsFound(none))) => {
            let above = none.soa?.name.clone();
            // Of an unregistered domain this is a registry's, which holds no records of its customers.
            if above == name || !above.zone_of(&name) || is_registrys(&above) {
                return None;
            }
            zone(&above, resolver.lookup(above.clone(), RecordType::NS).await.ok()?.answers())
        }
        Err(_) => None,
    }
}

fn is_registrys(zone: &Name) -> bool {
    let text = host(zone);
    zone.num_labels() < 2 || psl::suffix(text.as_bytes()).is_some_and(|suffix| suffix.as_bytes() == text.as_bytes())
}

fn zone(name: &Name, answers: &[Record]) -> Option<Zone> {
    let mut servers: Vec<String> = answers
        .iter()
        .filter(|record| record.name == *name)
        .filter_map(|record| if let RData::NS(server) = &record.data { Some(host(server)) } else { None })
        .filter(|server| DomainName::parse(server).is_ok())
        .collect();
    servers.sort_unstable();
    servers.dedup();
    servers.truncate(MOST_NAMES);
    (!servers.is_empty()).then(|| Zone { name: host(name), servers })
}

fn host(name: &Name) -> String {
    name.to_lowercase().to_ascii().trim_end_matches('.').to_owned()
}

/// Where some of a zone's name servers can be asked, one address of each, in the public internet alone.
pub async fn addresses(resolver: &TokioResolver, servers: &[String], limit: Duration) -> Vec<IpAddr> {
    let mut running = JoinSet::new();
    for server in servers.iter().take(MOST_ASKED) {
        let (resolver, name) = (resolver.clone(), format!("{server}."));
        running.spawn(async move {
            let lookup = resolver.lookup_ip(name);
            let found = tokio::time::timeout(limit, lookup).await.ok()?.ok()?;
            found.iter().take(MOST_ADDRESSES).find(|address| is_public(*address))
        });
    }
    running.join_all().await.into_iter().flatten().collect()
}

/// Asks each server, and puts together what they say.
pub async fn ask(servers: Vec<SocketAddr>, wanted: &Wanted, limit: Duration) -> AtZone {
    let mut running = JoinSet::new();
    for server in servers {
        let wanted = wanted.clone();
        running.spawn(async move {
            let answer = tokio::time::timeout(limit, ask_one(server, &wanted, limit)).await;
            answer.unwrap_or(AtZone::Unknown)
        });
    }
    together(running.join_all().await)
}

fn together(said: Vec<AtZone>) -> AtZone {
    let have = said.contains(&AtZone::There);
    let lame = said.contains(&AtZone::Lame);
    let not = said.into_iter().find(|answer| matches!(answer, AtZone::Not(_)));
    match (have, not) {
        (true, None) => AtZone::There,
        (true, Some(_)) => AtZone::Partly,
        (false, Some(not)) => not,
        (false, None) if lame => AtZone::Lame,
        (false, None) => AtZone::Unknown,
    }
}

/// One server, which is not to ask others: aliases are not followed, since where they lead is not its to know.
async fn ask_one(server: SocketAddr, wanted: &Wanted, limit: Duration) -> AtZone {
    let Some(name) = fqdn(&wanted.name) else { return AtZone::Unknown };
    let mut options = ResolverOpts::default();
    options.timeout = limit;
    options.attempts = 1;
    let Ok(tls) = TlsConfig::new() else { return AtZone::Unknown };
    let context = Arc::new(PoolContext::new(options, tls));
    let pool = NameServerPool::from_config([name_server(server)], context, TokioRuntimeProvider::default());
    let mut asked = DnsRequestOptions::default();
    asked.recursion_desired = false;
    let answer = pool.lookup(Query::query(name.clone(), RecordType::TXT), asked).first_answer().await;
    let answer = answer.and_then(|response| Ok(DnsError::from_response(response)?));
    match answer {
        Ok(response) => found(&response, &name, wanted),
        Err(NetError::Dns(DnsError::NoRecordsFound(none))) => nothing(&none, wanted),
        Err(NetError::Dns(DnsError::ResponseCode(ResponseCode::Refused | ResponseCode::NotAuth))) => AtZone::Lame,
        Err(NetError::Truncated) => AtZone::Not(TxtAnswer::TooMuch),
        Err(_) => AtZone::Unknown,
    }
}

fn found(response: &Message, name: &Name, wanted: &Wanted) -> AtZone {
    let own = response.answers.iter().filter(|record| record.name == *name);
    match texts(own, wanted) {
        Some(TxtAnswer::There) => AtZone::There,
        Some(answer) => AtZone::Not(answer),
        None => AtZone::Unknown,
    }
}

/// An answer without records. The zone's own names its SOA record (RFC 2308); another is of a server that only knows
/// who else could be asked.
fn nothing(none: &NoRecords, wanted: &Wanted) -> AtZone {
    if none.soa.is_some() {
        return AtZone::Not(no_records(none));
    }
    let Some(referral) = none.ns.as_ref().and_then(|all| all.first()) else { return AtZone::Unknown };
    let below = fqdn(&wanted.domain).is_some_and(|domain| domain.zone_of(&referral.ns.name));
    if below { AtZone::Unknown } else { AtZone::Lame }
}

#[cfg(test)]
#[expect(clippy::unnecessary_wraps, reason = "they stand for servers, of which one is silent")]
mod tests {
    use std::time::Instant;

    use hickory_resolver::proto::rr::rdata::{A, NS};

    use super::*;
    use crate::dns::{
        Dns,
        dns_server::{self, Transport, found, name_servers, none, response, serve, truncated},
    };

    const LIMIT: Duration = Duration::from_millis(300);

    fn wanted() -> Wanted {
        Wanted {
            domain: "contoso.example".to_owned(),
            name: "_mandate-challenge.contoso.example".to_owned(),
            value: "mandate=abc".to_owned(),
        }
    }

    fn not(texts: &[&str]) -> AtZone {
        AtZone::Not(TxtAnswer::Others { texts: texts.iter().map(|text| (*text).to_owned()).collect(), seconds: 3600 })
    }

    async fn asked(answers: impl IntoIterator<Item = fn(Transport, &Message) -> Option<Message>>) -> AtZone {
        let mut servers = Vec::new();
        for answer in answers {
            servers.push(serve(answer).await);
        }
        ask(servers, &wanted(), LIMIT).await
    }

    fn there(_: Transport, query: &Message) -> Option<Message> {
        assert!(!query.metadata.recursion_desired, "it is asked for what it knows itself");
        Some(found(query, &[vec![b"other"], vec![b"mandate=abc"]]))
    }

    fn over_tcp(transport: Transport, query: &Message) -> Option<Message> {
        if transport == Transport::Tcp { there(transport, query) } else { Some(truncated(query)) }
    }

    fn other(_: Transport, query: &Message) -> Option<Message> {
        Some(found(query, &[vec![b"other"]]))
    }

    fn no_name(_: Transport, query: &Message) -> Option<Message> {
        Some(none(query, ResponseCode::NXDomain))
    }

    fn no_txt(_: Transport, query: &Message) -> Option<Message> {
        Some(none(query, ResponseCode::NoError))
    }

    fn refuses(_: Transport, query: &Message) -> Option<Message> {
        Some(response(query, ResponseCode::Refused))
    }

    fn no_more(_: Transport, query: &Message) -> Option<Message> {
        Some(response(query, ResponseCode::NoError))
    }

    fn fails(_: Transport, query: &Message) -> Option<Message> {
        Some(response(query, ResponseCode::ServFail))
    }

    fn silent(_: Transport, _: &Message) -> Option<Message> {
        None
    }

    fn refers(query: &Message, zone: &str) -> Option<Message> {
        let mut response = response(query, ResponseCode::NoError);
        let server = Name::from_ascii("a.root.example.").unwrap();
        response.add_authority(Record::from_rdata(Name::from_ascii(zone).unwrap(), 60, RData::NS(NS(server))));
        Some(response)
    }

    fn refers_up(_: Transport, query: &Message) -> Option<Message> {
        refers(query, ".")
    }

    fn refers_down(_: Transport, query: &Message) -> Option<Message> {
        refers(query, "_mandate-challenge.contoso.example.")
    }

    fn alias(_: Transport, query: &Message) -> Option<Message> {
        let name = query.queries[0].name().to_ascii();
        assert_eq!(name, "_mandate-challenge.contoso.example.", "it is asked for nobody else's names");
        Some(dns_server::alias(query, &Name::from_ascii("elsewhere.example.").unwrap()))
    }

    #[tokio::test]
    async fn what_one_server_says() {
        let (name, txt) = (TxtAnswer::NoSuchName { seconds: Some(3600) }, TxtAnswer::NoTxt { seconds: Some(3600) });
        for (answer, said) in [
            (there as fn(Transport, &Message) -> Option<Message>, AtZone::There),
            (over_tcp, AtZone::There),
            (other, not(&["other"])),
            (no_name, AtZone::Not(name)),
            (no_txt, AtZone::Not(txt)),
            (refuses, AtZone::Lame),
            (refers_up, AtZone::Lame),
            (refers_down, AtZone::Unknown),
            (alias, AtZone::Unknown),
            (no_more, AtZone::Unknown),
            (fails, AtZone::Unknown),
            (silent, AtZone::Unknown),
        ] {
            assert_eq!(asked([answer]).await, said);
        }
    }

    #[tokio::test]
    async fn what_several_say_together() {
        let start = Instant::now();
        assert_eq!(asked([silent, there as fn(Transport, &Message) -> Option<Message>, refuses]).await, AtZone::There);
        assert!(start.elapsed() < 3 * LIMIT, "a silent one holds up no longer than the limit");
        assert_eq!(asked([there as fn(Transport, &Message) -> Option<Message>, other]).await, AtZone::Partly);
        assert_eq!(asked([fails as fn(Transport, &Message) -> Option<Message>, there]).await, AtZone::There);
        assert_eq!(asked([refuses as fn(Transport, &Message) -> Option<Message>, other]).await, not(&["other"]));
        assert_eq!(asked([fails as fn(Transport, &Message) -> Option<Message>, refuses]).await, AtZone::Lame);
        assert_eq!(asked([]).await, AtZone::Unknown);
    }

    async fn resolver(answer: fn(Transport, &Message) -> Option<Message>) -> TokioResolver {
        Dns::new(Some(serve(answer).await)).resolver().unwrap()
    }

    #[tokio::test]
    async fn the_zone_of_a_domain() {
        let resolver = resolver(|_, query| {
            let servers: Vec<String> = match query.queries[0].name().to_ascii().as_str() {
                "contoso.example." => ["NS2.host.test", "ns1.host.test", "ns1.host.test"].map(str::to_owned).into(),
                "many.example." => (0..50).map(|n| format!("ns{n:02}.host.test")).collect(),
                "odd.example." => ["under_score.host.test", "localhost"].map(str::to_owned).into(),
                // Names the zone of contoso.example.
                "shop.contoso.example." => return Some(none(query, ResponseCode::NoError)),
                _ => return Some(response(query, ResponseCode::ServFail)),
            };
            Some(name_servers(query, &servers.iter().map(String::as_str).collect::<Vec<_>>()))
        })
        .await;
        let zone = Some(Zone {
            name: "contoso.example".to_owned(),
            servers: ["ns1.host.test", "ns2.host.test"].map(str::to_owned).into(),
        });
        assert_eq!(find(&resolver, "contoso.example").await, zone);
        assert_eq!(find(&resolver, "shop.contoso.example").await, zone);
        assert_eq!(find(&resolver, "many.example").await.unwrap().servers.len(), MOST_NAMES);
        assert_eq!(find(&resolver, "odd.example").await, None);
        assert_eq!(find(&resolver, "fails.example").await, None);
    }

    #[tokio::test]
    async fn a_registry_is_not_asked() {
        let resolver = resolver(|_, query| {
            let zone = Name::from_ascii("co.uk.").unwrap();
            let soa = hickory_resolver::proto::rr::rdata::SOA::new(zone.clone(), zone.clone(), 1, 60, 60, 60, 60);
            let mut answer = response(query, ResponseCode::NXDomain);
            answer.add_authority(Record::from_rdata(zone, 60, RData::SOA(soa)));
            Some(answer)
        })
        .await;
        assert_eq!(find(&resolver, "not-registered.co.uk").await, None);
    }

    #[tokio::test]
    async fn only_public_addresses_are_asked() {
        let resolver = resolver(|_, query| {
            let name = query.queries[0].name().clone();
            if query.queries[0].query_type() != RecordType::A {
                return Some(none(query, ResponseCode::NoError));
            }
            let addresses: &[[u8; 4]] = match name.to_ascii().as_str() {
                "inside.test." => &[[127, 0, 0, 1], [10, 0, 0, 1], [169, 254, 169, 254], [192, 168, 0, 1]],
                "mixed.test." => &[[10, 0, 0, 1], [9, 9, 9, 9], [9, 9, 9, 10]],
                _ => &[[9, 9, 9, 11]],
            };
            let mut answer = response(query, ResponseCode::NoError);
            answer.add_answers(
                addresses.iter().map(|octets| Record::from_rdata(name.clone(), 60, RData::A(A((*octets).into())))),
            );
            Some(answer)
        })
        .await;
        let servers = ["inside.test", "localhost", "mixed.test", "outside.test", "more.test", "last.test"];
        let mut found = addresses(&resolver, &servers.map(str::to_owned), LIMIT).await;
        found.sort_unstable();
        assert_eq!(found, ["9.9.9.9", "9.9.9.11"].map(|address| address.parse::<IpAddr>().unwrap()));
    }
}
