//! Questions to the domain name system. Nothing is kept between them: who presses *Verify* again wants a new answer,
//! and the system's resolvers may have changed since.

use std::{net::SocketAddr, time::Duration};

use hickory_resolver::{
    TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts},
    net::{DnsError, NetError, runtime::TokioRuntimeProvider},
    proto::{
        op::ResponseCode,
        rr::{Name, RData, rdata::TXT},
    },
    system_conf::read_system_conf,
};

/// The whole of one question, retries and TCP included.
const LIMIT: Duration = Duration::from_secs(5);

/// A stranger's zone can hold any amount: more than this is not looked at.
const MOST_RECORDS: usize = 100;
const LONGEST_TEXT: usize = 4096;

/// What was seen when TXT records were asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TxtAnswer {
    /// Each record's text, its character-strings joined (RFC 7208, section 3.3), in the order of the answer.
    Found(Vec<String>),
    NoSuchName,
    /// The name is there, but has no TXT record.
    NoTxt,
    /// The server said that it failed or refused, answered what cannot be read, or could not be reached.
    ServerFailure,
    TimedOut,
}

#[derive(Clone, Copy, Debug)]
pub struct Dns {
    server: Option<SocketAddr>,
    limit: Duration,
}

impl Dns {
    /// Asks that server alone, else the system's resolvers.
    pub fn new(server: Option<SocketAddr>) -> Self {
        Self { server, limit: LIMIT }
    }

    /// The TXT records of a name, which is taken as fully qualified.
    pub async fn txt(&self, name: &str) -> TxtAnswer {
        // A name that DNS cannot hold, such as one over 255 octets, has no records.
        let Ok(mut name) = Name::from_ascii(name) else { return TxtAnswer::NoSuchName };
        name.set_fqdn(true);
        let lookup = async { self.resolver()?.txt_lookup(name).await };
        let Ok(found) = tokio::time::timeout(self.limit, lookup).await else { return TxtAnswer::TimedOut };
        match found {
            Ok(lookup) => {
                let texts: Vec<String> = lookup
                    .answers()
                    .iter()
                    .filter_map(|record| if let RData::TXT(txt) = &record.data { Some(text(txt)) } else { None })
                    .take(MOST_RECORDS)
                    .collect();
                if texts.is_empty() { TxtAnswer::NoTxt } else { TxtAnswer::Found(texts) }
            }
            Err(NetError::Timeout) => TxtAnswer::TimedOut,
            Err(NetError::Dns(DnsError::NoRecordsFound(none))) => match none.response_code {
                ResponseCode::NXDomain => TxtAnswer::NoSuchName,
                ResponseCode::NoError => TxtAnswer::NoTxt,
                _ => TxtAnswer::ServerFailure,
            },
            Err(error) => {
                tracing::warn!(%error, "a question to the domain name system failed");
                TxtAnswer::ServerFailure
            }
        }
    }

    fn resolver(&self) -> Result<TokioResolver, NetError> {
        let servers = match self.server {
            Some(address) => {
                let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
                    connection.port = address.port();
                    connection
                });
                vec![NameServerConfig::new(address.ip(), true, connections.into())]
            }
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

fn text(txt: &TXT) -> String {
    let bytes: Vec<u8> = txt.txt_data.iter().flatten().copied().take(LONGEST_TEXT).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
#[path = "../tests/service/dns_server.rs"]
mod dns_server;

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        time::Instant,
    };

    use hickory_resolver::proto::{
        op::Message,
        rr::{Record, RecordType, rdata::CNAME},
    };

    use super::{
        dns_server::{Transport, found, none, response, serve, truncated},
        *,
    };

    const NAME: &str = "_mandate-challenge.contoso.example";

    /// With a server that answers by the function; `None` is silence.
    async fn server(answer: impl Fn(Transport, &Message) -> Option<Message> + Clone + Send + Sync + 'static) -> Dns {
        Dns { server: Some(serve(answer).await), limit: Duration::from_millis(600) }
    }

    #[tokio::test]
    async fn found_texts_joined_and_in_order() {
        let dns = server(|_, query| {
            assert_eq!(query.queries[0].name().to_ascii(), format!("{NAME}."));
            assert_eq!(query.queries[0].query_type(), RecordType::TXT);
            assert!(query.metadata.recursion_desired);
            Some(found(query, &[vec![b"other"], vec![b"mandate=", b"abc"], vec![b"\xff!"]]))
        })
        .await;
        let texts = ["other", "mandate=abc", "\u{fffd}!"].map(str::to_owned);
        assert_eq!(dns.txt(NAME).await, TxtAnswer::Found(texts.into()));
    }

    #[tokio::test]
    async fn what_servers_answer_instead() {
        for (code, seen) in [
            (ResponseCode::NXDomain, TxtAnswer::NoSuchName),
            (ResponseCode::NoError, TxtAnswer::NoTxt),
            (ResponseCode::ServFail, TxtAnswer::ServerFailure),
            (ResponseCode::Refused, TxtAnswer::ServerFailure),
            (ResponseCode::NotImp, TxtAnswer::ServerFailure),
        ] {
            let dns = server(move |_, query| Some(none(query, code))).await;
            assert_eq!(dns.txt(NAME).await, seen, "{code}");
        }
    }

    #[tokio::test]
    async fn silence_ends_at_the_limit() {
        let dns = server(|_, _| None).await;
        let start = Instant::now();
        assert_eq!(dns.txt(NAME).await, TxtAnswer::TimedOut);
        assert!(start.elapsed() < 2 * dns.limit);
    }

    #[tokio::test]
    async fn a_truncated_answer_is_asked_again_over_tcp() {
        let whole = move |transport, query: &Message| {
            Some(if transport == Transport::Tcp { found(query, &[vec![b"whole"]]) } else { truncated(query) })
        };
        assert_eq!(server(whole).await.txt(NAME).await, TxtAnswer::Found(vec!["whole".to_owned()]));

        let silent = move |transport, query: &Message| (transport == Transport::Udp).then(|| truncated(query));
        assert_eq!(server(silent).await.txt(NAME).await, TxtAnswer::TimedOut);

        let never_whole = move |_, query: &Message| Some(truncated(query));
        assert_eq!(server(never_whole).await.txt(NAME).await, TxtAnswer::ServerFailure);
    }

    #[tokio::test]
    async fn an_alias_is_followed() {
        let dns = server(|_, query| {
            let name = query.queries[0].name();
            let target = Name::from_ascii("elsewhere.example.").unwrap();
            if *name == target {
                return Some(found(query, &[vec![b"there"]]));
            }
            let mut response = response(query, ResponseCode::NoError);
            response.add_answer(Record::from_rdata(name.clone(), 3600, RData::CNAME(CNAME(target))));
            Some(response)
        })
        .await;
        assert_eq!(dns.txt(NAME).await, TxtAnswer::Found(vec!["there".to_owned()]));
    }

    #[tokio::test]
    async fn each_question_is_asked_anew() {
        let asked = Arc::new(AtomicUsize::new(0));
        let dns = server(move |_, query| {
            Some(match asked.fetch_add(1, Ordering::SeqCst) {
                0 => none(query, ResponseCode::NXDomain),
                1 => found(query, &[vec![b"old"]]),
                _ => found(query, &[vec![b"new"]]),
            })
        })
        .await;
        assert_eq!(dns.txt(NAME).await, TxtAnswer::NoSuchName);
        assert_eq!(dns.txt(NAME).await, TxtAnswer::Found(vec!["old".to_owned()]));
        assert_eq!(dns.txt(NAME).await, TxtAnswer::Found(vec!["new".to_owned()]));
    }

    #[tokio::test]
    async fn more_than_the_limits_is_not_looked_at() {
        let part = [b'a'; 255];
        let dns = server(move |transport, query| {
            if transport == Transport::Udp {
                return Some(truncated(query));
            }
            let mut texts = vec![vec![part.as_slice(); 20]];
            texts.resize(150, vec![b"b"]);
            Some(found(query, &texts))
        })
        .await;
        let TxtAnswer::Found(texts) = dns.txt(NAME).await else { panic!("nothing found") };
        assert_eq!(texts.len(), MOST_RECORDS);
        assert_eq!(texts[0].len(), LONGEST_TEXT);
    }

    #[tokio::test]
    async fn a_name_that_dns_cannot_hold_is_not_there() {
        let dns = Dns::new(Some(([127, 0, 0, 1], 9).into()));
        assert_eq!(dns.txt(&format!("_mandate-challenge.{}example", "a.".repeat(120))).await, TxtAnswer::NoSuchName);
    }
}
