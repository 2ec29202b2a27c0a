//! The outbox before mail servers that fail: nothing is lost, and what may have come twice says that it is the same.

use std::{net::SocketAddr, sync::Arc};

use chrono::TimeDelta;
use mandate_domain::Role;
use mandate_service::mail::{Mailbox, Mailer};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

use crate::state::State;

on_both_engines!(
    mail_waits_for_a_server_that_is_not_there,
    mail_waits_for_a_server_that_dies_before_it_answers,
    one_message_that_is_refused_stops_no_other,
);

/// What a mail server does with the message of one connection.
#[derive(Clone, Copy, PartialEq)]
enum Does {
    Takes,
    /// With the message in hand, it hangs up.
    Dies,
    /// It takes none for the first recipient it is told of.
    RefusesFirst,
}

async fn converse(stream: TcpStream, does: Does, taken: &UnboundedSender<String>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 loopback\r\n").await?;
    let mut line = String::new();
    while stream.read_line(&mut line).await? > 0 {
        let answer = match line.get(..4).unwrap_or_default() {
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                let mut message = String::new();
                while !message.ends_with("\r\n.\r\n") {
                    stream.read_line(&mut message).await?;
                }
                taken.send(message).unwrap();
                if does == Does::Dies {
                    return Ok(());
                }
                "250 taken"
            }
            "RCPT" if does == Does::RefusesFirst => "550 nobody of that name",
            "QUIT" => "221 bye",
            _ => "250 fine",
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
        line.clear();
    }
    Ok(())
}

/// A mail server that does one thing after another, and from then on takes all.
fn serve(listener: TcpListener, does: &'static [Does]) -> UnboundedReceiver<String> {
    let (taken, messages) = unbounded_channel();
    tokio::spawn(async move {
        let mut does = does.iter();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let _ = converse(stream, does.next().copied().unwrap_or(Does::Takes), &taken).await;
        }
    });
    messages
}

fn mailer(address: SocketAddr) -> Mailer {
    Mailer::smtp(&format!("smtp://{address}")).unwrap()
}

fn from() -> Mailbox {
    "Mandate <no-reply@mandate.example>".parse().unwrap()
}

fn message_id(message: &str) -> &str {
    message.lines().find(|line| line.starts_with("Message-ID:")).expect("a Message-ID")
}

/// An offer is authorized, which leaves mail; how many messages that is.
async fn consent(state: &State) -> usize {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    state.grant(&ana, &mia, &[Role::DirectoryReader]).await;
    state.mail().await.len()
}

async fn mail_waits_for_a_server_that_is_not_there(state: Arc<State>) {
    let number = consent(&state).await;
    assert!(number > 0);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let (holder, mailer) = (state.service.new_holder(), mailer(address));
    assert_eq!(state.service.send_mail(holder, &mailer, &from()).await.unwrap(), 0);
    assert_eq!(state.mail().await.len(), number);
    let mut messages = serve(TcpListener::bind(address).await.unwrap(), &[]);
    state.clock.turn(TimeDelta::minutes(1));
    assert_eq!(state.service.send_mail(holder, &mailer, &from()).await.unwrap(), number);
    for _ in 0..number {
        messages.recv().await.unwrap();
    }
    assert!(state.mail().await.is_empty());
}

async fn mail_waits_for_a_server_that_dies_before_it_answers(state: Arc<State>) {
    let number = consent(&state).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (holder, mailer) = (state.service.new_holder(), mailer(listener.local_addr().unwrap()));
    let mut messages = serve(listener, &[Does::Dies]);
    let sent = state.service.send_mail(holder, &mailer, &from()).await.unwrap();
    assert_eq!(sent, number - 1, "the others are delivered");
    assert_eq!(state.mail().await.len(), 1, "nobody knows whether it arrived");
    state.clock.turn(TimeDelta::minutes(1));
    assert_eq!(state.service.send_mail(holder, &mailer, &from()).await.unwrap(), 1);
    assert!(state.mail().await.is_empty());
    let mut ids = Vec::new();
    for _ in 0..=number {
        ids.push(message_id(&messages.recv().await.unwrap()).to_owned());
    }
    assert_eq!(ids.iter().filter(|id| **id == ids[0]).count(), 2, "a mail program sees that it is one: {ids:?}");
}

async fn one_message_that_is_refused_stops_no_other(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let number = consent(&state).await;
    let nora = state.who("nora@northwind.example").await;
    state.grant(&ana, &nora, &[Role::DirectoryReader]).await;
    let all = state.mail().await.len();
    assert!(all > number);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (holder, mailer) = (state.service.new_holder(), mailer(listener.local_addr().unwrap()));
    let _messages = serve(listener, &[Does::RefusesFirst]);
    state.service.send_mail(holder, &mailer, &from()).await.unwrap();
    assert!(state.mail().await.is_empty());
    let failed = state.count("SELECT count(*) FROM outgoing_mail WHERE status = 'failed' AND last_error <> ''").await;
    assert!(failed >= 1, "what was refused says why");
    assert!(state.count("SELECT count(*) FROM outgoing_mail WHERE status = 'sent'").await >= 1);
}
