use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use hickory_resolver::proto::{op::Message, rr::rdata::NS};

use super::{
    dns_server::{Transport, alias, found, none, response, serve, truncated},
    *,
};

const NAME: &str = "_mandate-challenge.contoso.example";
const VALUE: &[u8] = b"mandate=abc";

fn wanted() -> Wanted {
    Wanted { domain: "contoso.example".to_owned(), name: NAME.to_owned(), value: "mandate=abc".to_owned() }
}

/// With a server that answers by the function; `None` is silence.
async fn server(answer: impl Fn(Transport, &Message) -> Option<Message> + Clone + Send + Sync + 'static) -> Dns {
    Dns { server: Some(serve(answer).await), limit: Duration::from_millis(800) }
}

/// What is seen at a server that answers resolvers by the function, and refuses to be asked as a zone's own.
async fn at_resolver(
    answer: impl Fn(Transport, &Message) -> Option<Message> + Clone + Send + Sync + 'static,
) -> TxtAnswer {
    let dns = server(move |transport, query| {
        if query.metadata.recursion_desired {
            answer(transport, query)
        } else {
            Some(response(query, ResponseCode::Refused))
        }
    })
    .await;
    dns.look(&wanted()).await.at_resolver.unwrap()
}

fn others(texts: &[&str]) -> TxtAnswer {
    TxtAnswer::Others { texts: texts.iter().map(|text| (*text).to_owned()).collect(), seconds: 3600 }
}

fn is_txt(query: &Message) -> bool {
    query.queries[0].query_type() == RecordType::TXT
}

#[tokio::test]
async fn texts_joined_and_in_order() {
    let seen = at_resolver(|_, query| {
        if is_txt(query) {
            assert_eq!(query.queries[0].name().to_ascii(), format!("{NAME}."));
        }
        Some(found(query, &[vec![b"other"], vec![b"mandate=", b"xyz"], vec![b"\xff!"], vec![b"fourth"]]))
    });
    assert_eq!(seen.await, others(&["other", "mandate=xyz", "\u{fffd}!"]));
}

#[tokio::test]
async fn the_record_is_found_as_people_paste_it() {
    for text in [vec![VALUE], vec![b"mandate=", b"abc"], vec![b" mandate=abc "], vec![b"\"mandate=abc\""]] {
        let text: Vec<Vec<u8>> = text.into_iter().map(<[u8]>::to_vec).collect();
        let seen = at_resolver(move |_, query| {
            let text = text.iter().map(Vec::as_slice).collect();
            Some(found(query, &[vec![b"v=spf1 -all"], text]))
        });
        assert_eq!(seen.await, TxtAnswer::There);
    }
    for near in [b"mandate=abcd".as_slice(), b"MANDATE=abc", b"mandate=ab", b"mandate=abc\n.", b"x mandate=abc"] {
        let seen = at_resolver(move |_, query| Some(found(query, &[vec![near]])));
        assert!(matches!(seen.await, TxtAnswer::Others { .. }), "{near:?}");
    }
}

#[tokio::test]
async fn what_servers_answer_instead() {
    for (code, seen) in [
        (ResponseCode::NXDomain, TxtAnswer::NoSuchName { seconds: Some(3600) }),
        (ResponseCode::NoError, TxtAnswer::NoTxt { seconds: Some(3600) }),
        (ResponseCode::ServFail, TxtAnswer::ServerFailure),
        (ResponseCode::Refused, TxtAnswer::ServerFailure),
        (ResponseCode::NotImp, TxtAnswer::ServerFailure),
    ] {
        assert_eq!(at_resolver(move |_, query| Some(none(query, code))).await, seen, "{code}");
    }
}

/// A lame server: the zone names it, and it does not know the zone.
#[tokio::test]
async fn lame_servers_are_known_for_what_they_are() {
    let dns = server(|_, query| Some(response(query, ResponseCode::Refused))).await;
    let look = dns.look(&wanted()).await;
    assert_eq!((look.at_zone, look.at_resolver), (AtZone::Lame, Some(TxtAnswer::ServerFailure)));

    let dns = server(|_, query| {
        if query.metadata.recursion_desired {
            return Some(response(query, ResponseCode::ServFail));
        }
        let mut up = response(query, ResponseCode::NoError);
        let server = Name::from_ascii("a.root.example.").unwrap();
        up.add_authority(Record::from_rdata(Name::root(), 60, RData::NS(NS(server))));
        Some(up)
    })
    .await;
    let look = dns.look(&wanted()).await;
    assert_eq!((look.at_zone, look.at_resolver), (AtZone::Lame, Some(TxtAnswer::ServerFailure)));
}

#[tokio::test]
async fn silence_ends_at_the_limit() {
    let dns = server(|_, _| None).await;
    let start = Instant::now();
    let look = dns.look(&wanted()).await;
    assert_eq!((look.at_zone, look.at_resolver), (AtZone::Unknown, Some(TxtAnswer::TimedOut)));
    assert!(start.elapsed() < 2 * dns.limit);
    assert_eq!(dns.zone("contoso.example").await, None);
    assert!(start.elapsed() < 3 * dns.limit);
}

#[tokio::test]
async fn a_silent_zone_leaves_time_for_the_resolver() {
    let dns =
        server(|_, query| (query.metadata.recursion_desired && is_txt(query)).then(|| found(query, &[vec![VALUE]])))
            .await;
    let look = dns.look(&wanted()).await;
    assert_eq!((look.at_zone, look.at_resolver), (AtZone::Unknown, Some(TxtAnswer::There)));
}

#[tokio::test]
async fn a_truncated_answer_is_asked_again_over_tcp() {
    let whole = |transport, query: &Message| {
        Some(if transport == Transport::Tcp { found(query, &[vec![VALUE]]) } else { truncated(query) })
    };
    assert_eq!(at_resolver(whole).await, TxtAnswer::There);

    let silent = |transport, query: &Message| (transport == Transport::Udp).then(|| truncated(query));
    assert_eq!(at_resolver(silent).await, TxtAnswer::TimedOut);

    let never_whole = |_, query: &Message| Some(truncated(query));
    assert_eq!(at_resolver(never_whole).await, TxtAnswer::TooMuch);
}

#[tokio::test]
async fn ten_thousand_records_are_more_than_an_answer_holds() {
    let seen = at_resolver(|transport, query| {
        if transport == Transport::Udp {
            return Some(truncated(query));
        }
        let texts: Vec<String> = (0..10_000).map(|n| format!("record {n}")).collect();
        // Written as far as it fits, and marked as cut off.
        Some(found(query, &texts.iter().map(|text| vec![text.as_bytes()]).collect::<Vec<_>>()))
    });
    assert_eq!(seen.await, TxtAnswer::TooMuch);
}

#[tokio::test]
async fn the_last_of_many_records_is_found_and_few_are_kept() {
    let many = |last: &'static [u8]| {
        move |transport, query: &Message| {
            if transport == Transport::Udp {
                return Some(truncated(query));
            }
            let mut texts = vec![vec![[b'a'; 255].as_slice(); 20]];
            texts.resize(1_000, vec![b"b"]);
            texts.push(vec![last]);
            Some(found(query, &texts))
        }
    };
    assert_eq!(at_resolver(many(VALUE)).await, TxtAnswer::There);
    let TxtAnswer::Others { texts, .. } = at_resolver(many(b"c")).await else { panic!("nothing found") };
    assert_eq!((texts.len(), texts[0].len()), (MOST_TEXTS, LONGEST_TEXT));
}

/// Answers with aliases by the function, and with the record at `there.example`.
async fn aliases(target: impl Fn(&str) -> Option<String> + Clone + Send + Sync + 'static) -> TxtAnswer {
    at_resolver(move |_, query| {
        let name = query.queries[0].name();
        if is_txt(query) && name.to_ascii() == "there.example." {
            return Some(found(query, &[vec![VALUE]]));
        }
        let Some(target) = target(&name.to_ascii()) else { return Some(none(query, ResponseCode::NoError)) };
        Some(alias(query, &Name::from_ascii(target).unwrap()))
    })
    .await
}

#[tokio::test]
async fn an_alias_is_followed() {
    let seen = aliases(|name| (name == format!("{NAME}.")).then(|| "there.example.".to_owned()));
    assert_eq!(seen.await, TxtAnswer::There);
    let seen = aliases(|name| (name == format!("{NAME}.")).then(|| "nothing.example.".to_owned()));
    assert_eq!(seen.await, TxtAnswer::AliasToNothing { target: "nothing.example".to_owned() });
}

#[tokio::test]
async fn aliases_that_lead_nowhere() {
    let start = Instant::now();
    let own = aliases(|name| Some(name.to_owned()));
    assert_eq!(own.await, TxtAnswer::AliasLoop);
    let circle =
        aliases(|name| Some(if name == "other.example." { format!("{NAME}.") } else { "other.example.".to_owned() }));
    assert_eq!(circle.await, TxtAnswer::AliasLoop);
    let endless = aliases(|name| Some(format!("x{}", &name[name.len().saturating_sub(100)..])));
    assert_eq!(endless.await, TxtAnswer::AliasLoop);
    assert!(start.elapsed() < 5 * Duration::from_millis(800));
}

/// As a resolver answers that followed the circle itself.
#[tokio::test]
async fn a_circle_of_aliases_behind_a_failure() {
    let seen = at_resolver(|_, query| {
        if is_txt(query) {
            return Some(response(query, ResponseCode::ServFail));
        }
        Some(alias(query, query.queries[0].name()))
    });
    assert_eq!(seen.await, TxtAnswer::AliasLoop);
}

#[tokio::test]
async fn each_look_asks_anew() {
    let asked = Arc::new(AtomicUsize::new(0));
    let dns = server(move |_, query| {
        if query.metadata.recursion_desired {
            return Some(none(query, ResponseCode::NXDomain));
        }
        Some(match asked.fetch_add(1, Ordering::SeqCst) {
            0 => none(query, ResponseCode::NXDomain),
            1 => found(query, &[vec![b"old"]]),
            _ => found(query, &[vec![VALUE]]),
        })
    })
    .await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(dns.look(&wanted()).await.at_zone);
    }
    let nothing = AtZone::Not(TxtAnswer::NoSuchName { seconds: Some(3600) });
    assert_eq!(seen, [nothing, AtZone::Not(others(&["old"])), AtZone::There]);
}

#[test]
fn the_resolver_is_not_made_to_remember_that_there_is_nothing() {
    let nothing = AtZone::Not(TxtAnswer::NoSuchName { seconds: None });
    let all = Dns::new(None);
    assert!(all.is_settled_by(&nothing));
    for open in [AtZone::Unknown, AtZone::There, AtZone::Partly, AtZone::Lame] {
        assert!(!all.is_settled_by(&open), "{open:?}");
    }
    assert!(!Dns::new(Some(([127, 0, 0, 1], 9).into())).is_settled_by(&nothing));
}

#[tokio::test]
async fn what_the_zone_has_and_the_resolver_does_not() {
    let dns = server(|_, query| {
        Some(if query.metadata.recursion_desired {
            none(query, ResponseCode::NXDomain)
        } else {
            found(query, &[vec![VALUE]])
        })
    })
    .await;
    let look = dns.look(&wanted()).await;
    assert_eq!(look.at_zone, AtZone::There);
    assert_eq!(look.at_resolver, Some(TxtAnswer::NoSuchName { seconds: Some(3600) }));
}

#[tokio::test]
async fn a_name_that_dns_cannot_hold_is_not_there() {
    let dns = Dns::new(Some(([127, 0, 0, 1], 9).into()));
    let name = format!("_mandate-challenge.{}example", "a.".repeat(120));
    let look = dns.look(&Wanted { name, ..wanted() }).await;
    assert_eq!(look.at_resolver, Some(TxtAnswer::NoSuchName { seconds: None }));
}
