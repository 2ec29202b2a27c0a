//! A DNS server on loopback that answers as a test tells it.

use std::net::SocketAddr;

use hickory_resolver::proto::{
    op::{Message, MessageType, ResponseCode},
    rr::{
        Name, RData, Record,
        rdata::{CNAME, NS, SOA, TXT},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, UdpSocket},
};

#[derive(Clone, Copy, PartialEq)]
pub enum Transport {
    Udp,
    Tcp,
}

/// Answers by the function until the runtime ends; `None` is silence.
pub async fn serve(
    answer: impl Fn(Transport, &Message) -> Option<Message> + Clone + Send + Sync + 'static,
) -> SocketAddr {
    let (udp, tcp) = loop {
        let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()).await {
            break (udp, tcp);
        }
    };
    let address = udp.local_addr().unwrap();
    let over_udp = answer.clone();
    tokio::spawn(async move {
        let mut buffer = [0; 4096];
        loop {
            let (length, peer) = udp.recv_from(&mut buffer).await.unwrap();
            let query = Message::from_vec(&buffer[..length]).unwrap();
            if let Some(response) = over_udp(Transport::Udp, &query) {
                udp.send_to(&response.to_vec().unwrap(), peer).await.unwrap();
            }
        }
    });
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = tcp.accept().await.unwrap();
            let answer = answer.clone();
            tokio::spawn(async move {
                while let Ok(length) = stream.read_u16().await {
                    let mut buffer = vec![0; length.into()];
                    stream.read_exact(&mut buffer).await.unwrap();
                    if let Some(response) = answer(Transport::Tcp, &Message::from_vec(&buffer).unwrap()) {
                        let bytes = response.to_vec().unwrap();
                        stream.write_u16(bytes.len().try_into().unwrap()).await.unwrap();
                        stream.write_all(&bytes).await.unwrap();
                    }
                }
            });
        }
    });
    address
}

pub fn response(query: &Message, code: ResponseCode) -> Message {
    let mut response = Message::response(query.metadata.id, query.metadata.op_code);
    response.metadata.message_type = MessageType::Response;
    response.metadata.recursion_available = true;
    response.metadata.response_code = code;
    response.add_queries(query.queries.clone());
    response
}

/// TXT records, each of one or more character-strings.
pub fn found(query: &Message, texts: &[Vec<&[u8]>]) -> Message {
    let mut response = response(query, ResponseCode::NoError);
    let name = query.queries[0].name().clone();
    response.add_answers(
        texts.iter().map(|text| Record::from_rdata(name.clone(), 3600, RData::TXT(TXT::from_bytes(text.clone())))),
    );
    response
}

/// Another name in the place of records.
pub fn alias(query: &Message, target: &Name) -> Message {
    let mut response = response(query, ResponseCode::NoError);
    let name = query.queries[0].name().clone();
    response.add_answer(Record::from_rdata(name, 3600, RData::CNAME(CNAME(target.clone()))));
    response
}

/// The name servers of the zone that was asked about.
pub fn name_servers(query: &Message, servers: &[&str]) -> Message {
    let mut response = response(query, ResponseCode::NoError);
    let zone = query.queries[0].name();
    response.add_answers(servers.iter().map(|server| {
        let server = Name::from_ascii(format!("{server}.")).unwrap();
        Record::from_rdata(zone.clone(), 3600, RData::NS(NS(server)))
    }));
    response
}

/// With the record that lets a resolver keep a negative answer for an hour (RFC 2308).
pub fn none(query: &Message, code: ResponseCode) -> Message {
    let zone = Name::from_ascii("contoso.example.").unwrap();
    let soa = SOA::new(zone.clone(), zone.clone(), 1, 3600, 3600, 3600, 3600);
    let mut response = response(query, code);
    response.add_authority(Record::from_rdata(zone, 3600, RData::SOA(soa)));
    response
}

/// Too long for a datagram: to be asked for again over TCP.
pub fn truncated(query: &Message) -> Message {
    let mut response = response(query, ResponseCode::NoError);
    response.metadata.truncation = true;
    response
}
