use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::HeaderMap,
    middleware::Next,
    response::Response,
};
use ipnet::IpNet;
use mandate_app::ClientAddress;

/// Tells the application from where a request comes.
pub async fn find(
    State(proxies): State<Arc<[IpNet]>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let address = client_address(peer.ip(), request.headers(), &proxies);
    request.extensions_mut().insert(ClientAddress(address));
    next.run(request).await
}

/// The peer, or where that is a trusted proxy, whom it was asked by: in `X-Forwarded-For` each proxy adds, on the
/// right, the address that it saw, so what stands left of the first untrusted one can be made up.
fn client_address(peer: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| proxies.iter().any(|network| network.contains(&address));
    let mut address = peer.to_canonical();
    let lines = headers.get_all("x-forwarded-for").iter().rev();
    for entry in lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b',')) {
        if !is_trusted(address) {
            break;
        }
        match std::str::from_utf8(entry).ok().and_then(|entry| parse(entry.trim())) {
            Some(before) => address = before.to_canonical(),
            None => break,
        }
    }
    address
}

/// An address, with a port or without.
fn parse(entry: &str) -> Option<IpAddr> {
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
    bare.parse().ok().or_else(|| entry.parse().ok().map(|address: SocketAddr| address.ip()))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn seen(peer: &str, forwarded: &[&'static str]) -> String {
        let proxies: Vec<IpNet> = ["127.0.0.0/8", "10.0.0.0/8", "fd00::/8"].map(|net| net.parse().unwrap()).into();
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_static(line));
        }
        client_address(peer.parse().unwrap(), &headers, &proxies).to_string()
    }

    #[test]
    fn without_a_proxy_it_is_the_peer() {
        assert_eq!(seen("192.0.2.7", &[]), "192.0.2.7");
        assert_eq!(seen("127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(seen("::ffff:192.0.2.7", &[]), "192.0.2.7");
    }

    #[test]
    fn a_stranger_is_not_believed() {
        assert_eq!(seen("192.0.2.7", &["198.51.100.1"]), "192.0.2.7");
        assert_eq!(seen("192.0.2.7", &["127.0.0.1"]), "192.0.2.7");
    }

    #[test]
    fn the_rightmost_untrusted_address_counts() {
        assert_eq!(seen("127.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(seen("127.0.0.1", &["203.0.113.9, 198.51.100.1"]), "198.51.100.1");
        assert_eq!(seen("127.0.0.1", &["203.0.113.9, 198.51.100.1,10.1.1.1"]), "198.51.100.1");
        assert_eq!(seen("127.0.0.1", &["203.0.113.9", "198.51.100.1", "10.1.1.1"]), "198.51.100.1");
        assert_eq!(seen("::ffff:127.0.0.1", &["::ffff:198.51.100.1"]), "198.51.100.1");
        assert_eq!(seen("fd00::1", &["2001:db8::1"]), "2001:db8::1");
    }

    #[test]
    fn where_all_are_trusted_it_is_the_first() {
        assert_eq!(seen("127.0.0.1", &["10.2.2.2, 10.1.1.1"]), "10.2.2.2");
    }

    #[test]
    fn ports_and_brackets() {
        assert_eq!(seen("127.0.0.1", &["198.51.100.1:4711"]), "198.51.100.1");
        assert_eq!(seen("127.0.0.1", &["[2001:db8::1]:4711"]), "2001:db8::1");
        assert_eq!(seen("127.0.0.1", &["[2001:db8::1]"]), "2001:db8::1");
    }

    #[test]
    fn what_cannot_be_read_ends_the_search() {
        for rubbish in ["unknown", "", "198.51.100.1, _hidden", "198.51.100.1 10.1.1.1"] {
            assert_eq!(seen("127.0.0.1", &[rubbish]), "127.0.0.1", "{rubbish}");
        }
        assert_eq!(seen("127.0.0.1", &["198.51.100.1, rubbish, 10.1.1.1"]), "10.1.1.1");
    }
}
