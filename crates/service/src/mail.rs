//! Mail on its way out: one message to one person, over SMTP or into a folder.

use std::{io, path::PathBuf, time::Duration};

use chrono::{DateTime, Utc};
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        SinglePart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp,
};
use mandate_domain::DomainName;
use uuid::Uuid;

pub use lettre::message::Mailbox;

/// The whole of one delivery. A lease on the outbox has to be longer.
const SMTP_LIMIT: Duration = Duration::from_secs(30);

/// What the server answers when it does not like our credentials (RFC 4954, section 6). That is for the operator to
/// mend, and no reason to drop a person's mail.
const NOT_SIGNED_IN: [u16; 4] = [530, 534, 535, 538];

pub struct OutgoingMail {
    pub id: Uuid,
    pub to_address: String,
    pub to_name: String,
    pub subject: String,
    pub body: String,
    /// What stands after the @ in the Message-ID. With the id, it is the same each time, so that a second delivery of
    /// the same mail can be told.
    pub message_id_domain: DomainName,
    pub date: DateTime<Utc>,
}

/// Why a mail was not delivered. The text can hold the server's words, and so an address: it is for the outbox, not
/// for the log.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    #[error("refused for good: {0}")]
    Permanent(String),
    #[error("not delivered this time: {0}")]
    Transient(String),
}

#[derive(Debug, thiserror::Error)]
#[error("this is not the URL of a mail server: {0}")]
pub struct SmtpUrlError(smtp::Error);

pub enum Mailer {
    Smtp { server: AsyncSmtpTransport<Tokio1Executor>, limit: Duration },
    Folder(PathBuf),
}

impl Mailer {
    /// From a URL, with a user name and password or without:
    ///
    /// | URL | port, if none | is |
    /// | --- | --- | --- |
    /// | `smtps://user:password@host` | 465 | TLS from the start |
    /// | `smtp://user:password@host?tls=required` | 587 | STARTTLS, or nothing is sent |
    /// | `smtp://user:password@host?tls=opportunistic` | 587 | STARTTLS where the server offers it |
    /// | `smtp://host:1025` | 25 | never encrypted: for a server on the same machine |
    ///
    /// A path is the name that is said in EHLO, in place of the machine's. Special characters in user name and password
    /// are percent-encoded.
    pub fn smtp(url: &str) -> Result<Self, SmtpUrlError> {
        let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(SmtpUrlError)?;
        Ok(Self::Smtp { server: server.timeout(Some(SMTP_LIMIT)).build(), limit: SMTP_LIMIT })
    }

    /// Delivers one mail, at least once: a server that goes silent after the last byte may have taken it.
    pub async fn deliver(&self, from: &Mailbox, mail: &OutgoingMail) -> Result<(), DeliveryError> {
        let message = message(from, mail)?;
        match self {
            Self::Smtp { server, limit } => match tokio::time::timeout(*limit, server.send(message)).await {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(error)) => Err(refusal(&error)),
                Err(_) => Err(DeliveryError::Transient("the mail server did not answer in time".to_owned())),
            },
            Self::Folder(folder) => write(folder.clone(), mail.id, message.formatted())
                .await
                .map_err(|error| DeliveryError::Transient(error.to_string())),
        }
    }
}

fn refusal(error: &smtp::Error) -> DeliveryError {
    let for_good = error.is_permanent() && !error.status().is_some_and(|code| NOT_SIGNED_IN.contains(&code.into()));
    if for_good { DeliveryError::Permanent(error.to_string()) } else { DeliveryError::Transient(error.to_string()) }
}

fn message(from: &Mailbox, mail: &OutgoingMail) -> Result<Message, DeliveryError> {
    let unsendable = |error: &dyn std::error::Error| DeliveryError::Permanent(error.to_string());
    let address: Address = mail.to_address.parse().map_err(|error| unsendable(&error))?;
    let name = one_line(&mail.to_name);
    let automatic = HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned());
    Message::builder()
        .from(from.clone())
        .to(Mailbox::new((!name.is_empty()).then_some(name), address))
        .subject(one_line(&mail.subject))
        .date(mail.date.into())
        .message_id(Some(format!("<{}@{}>", mail.id, mail.message_id_domain)))
        // So that no absence note answers (RFC 3834, section 5).
        .raw_header(automatic)
        .singlepart(SinglePart::plain(mail.body.clone()))
        .map_err(|error| unsendable(&error))
}

/// A line break in a header would begin another one.
fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ").trim().to_owned()
}

/// Writes beside the name and renames, so that who watches the folder never reads half a mail.
async fn write(folder: PathBuf, id: Uuid, message: Vec<u8>) -> io::Result<()> {
    // Mail names people and companies, which are nobody else's business on this machine.
    tokio::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder).await?;
    let unfinished = folder.join(format!("{id}.part"));
    tokio::fs::write(&unfinished, message).await?;
    tokio::fs::rename(&unfinished, folder.join(format!("{id}.eml"))).await
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::{
        io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
        net::TcpListener,
        sync::mpsc::{UnboundedReceiver, unbounded_channel},
    };

    use super::*;

    fn from() -> Mailbox {
        "Mandate <no-reply@mandate.example>".parse().unwrap()
    }

    fn mail() -> OutgoingMail {
        OutgoingMail {
            id: Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0001),
            to_address: "mia@contoso.example".into(),
            to_name: "Mia Jensen".into(),
            subject: "Fabrikam Partners can now administer Contoso".into(),
            body: "Hello Mia,\n\nyou authorized Fabrikam Partners.\n.\n".into(),
            message_id_domain: DomainName::parse("mandate.example").unwrap(),
            date: "2026-03-01T09:30:00Z".parse().unwrap(),
        }
    }

    fn written(mail: &OutgoingMail) -> String {
        String::from_utf8(message(&from(), mail).unwrap().formatted()).unwrap()
    }

    #[derive(Clone, Copy)]
    enum Server {
        Accepts,
        /// Answers the recipient with this.
        Refuses(&'static str),
        /// Takes the connection and says nothing.
        IsSilent,
        /// Hangs up when it has the message.
        HangsUp,
    }

    /// A mail server on loopback, and the messages that it was given, as they came.
    async fn serve(server: Server) -> (Mailer, UnboundedReceiver<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let (given, received) = unbounded_channel();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let given = given.clone();
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    if matches!(server, Server::IsSilent) {
                        return std::future::pending().await;
                    }
                    stream.write_all(b"220 loopback\r\n").await?;
                    let mut line = String::new();
                    while stream.read_line(&mut line).await? > 0 {
                        let answer = match (line.get(..4).unwrap_or_default(), server) {
                            ("RCPT", Server::Refuses(answer)) => answer,
                            ("DATA", _) => {
                                stream.write_all(b"354 go on\r\n").await?;
                                let mut message = String::new();
                                while !message.ends_with("\r\n.\r\n") {
                                    stream.read_line(&mut message).await?;
                                }
                                given.send(message).unwrap();
                                if matches!(server, Server::HangsUp) {
                                    return Ok(());
                                }
                                "250 taken"
                            }
                            ("QUIT", _) => "221 bye",
                            _ => "250 fine",
                        };
                        stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
                        line.clear();
                    }
                    io::Result::Ok(())
                });
            }
        });
        let Mailer::Smtp { server, .. } = Mailer::smtp(&url).unwrap() else { panic!("not SMTP") };
        (Mailer::Smtp { server, limit: Duration::from_millis(500) }, received)
    }

    #[tokio::test]
    async fn a_server_that_accepts_gets_the_message() {
        let (mailer, mut received) = serve(Server::Accepts).await;
        mailer.deliver(&from(), &mail()).await.unwrap();
        assert_eq!(
            received.recv().await.unwrap(),
            "From: Mandate <no-reply@mandate.example>\r\n\
             To: \"Mia Jensen\" <mia@contoso.example>\r\n\
             Subject: Fabrikam Partners can now administer Contoso\r\n\
             Date: Sun, 01 Mar 2026 09:30:00 +0000\r\n\
             Message-ID: <01980000-0000-7000-8000-000000000001@mandate.example>\r\n\
             Auto-Submitted: auto-generated\r\n\
             MIME-Version: 1.0\r\n\
             Content-Type: text/plain; charset=utf-8\r\n\
             Content-Transfer-Encoding: 7bit\r\n\
             \r\n\
             Hello Mia,\r\n\
             \r\n\
             you authorized Fabrikam Partners.\r\n\
             ..\r\n\
             \r\n\
             \r\n\
             .\r\n"
        );
    }

    #[tokio::test]
    async fn what_is_refused_for_good_and_what_is_tried_again() {
        for (server, permanent) in [
            (Server::Refuses("550 no such user"), true),
            (Server::Refuses("451 try later"), false),
            (Server::Refuses("535 who are you"), false),
            (Server::IsSilent, false),
            (Server::HangsUp, false),
        ] {
            let (mailer, _received) = serve(server).await;
            let error = mailer.deliver(&from(), &mail()).await.unwrap_err();
            assert_eq!(matches!(error, DeliveryError::Permanent(_)), permanent, "{error}");
        }
        let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let unreachable = Mailer::smtp(&format!("smtp://{nobody}")).unwrap();
        assert!(matches!(unreachable.deliver(&from(), &mail()).await, Err(DeliveryError::Transient(_))));
    }

    #[test]
    fn urls_of_mail_servers() {
        for url in ["smtp://127.0.0.1:1025", "smtps://u:p%40@mail.example", "smtp://mail.example/name?tls=required"] {
            assert!(Mailer::smtp(url).is_ok(), "{url}");
        }
        for url in ["", "mail.example:25", "http://mail.example", "smtp://mail.example?tls=maybe"] {
            assert!(Mailer::smtp(url).is_err(), "{url}");
        }
    }

    #[tokio::test]
    async fn a_folder_is_made_and_holds_one_file_per_mail() {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().join("data/mail");
        let mailer = Mailer::Folder(folder.clone());
        mailer.deliver(&from(), &mail()).await.unwrap();
        mailer.deliver(&from(), &mail()).await.unwrap();
        let names: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["01980000-0000-7000-8000-000000000001.eml"]);
        assert_eq!(std::fs::read_to_string(folder.join(&names[0])).unwrap(), written(&mail()));

        let taken = data.path().join("taken");
        std::fs::write(&taken, "").unwrap();
        let error = Mailer::Folder(taken).deliver(&from(), &mail()).await.unwrap_err();
        assert!(matches!(error, DeliveryError::Transient(_)), "{error}");
    }

    #[test]
    fn an_address_that_is_none_is_refused_for_good() {
        for to_address in ["", "mia", "mia@contoso.example\r\nBcc: eve@mail.example", "\"a\r\nb\"@contoso.example"] {
            let error = message(&from(), &OutgoingMail { to_address: to_address.into(), ..mail() }).unwrap_err();
            assert!(matches!(error, DeliveryError::Permanent(_)), "{to_address}");
        }
    }

    #[test]
    fn unicode_and_long_names_keep_headers_whole() {
        let domain = format!("{}example", "long-label.".repeat(20));
        let message = written(&OutgoingMail {
            to_name: "Zoë “Z” O’Neil".into(),
            subject: "Gül hat Ihr Kennwort zurückgesetzt".into(),
            body: "Grüße".into(),
            message_id_domain: DomainName::parse(&domain).unwrap(),
            ..mail()
        });
        assert!(message.is_ascii());
        assert!(message.contains(&format!("<{}@{domain}>\r\n", mail().id)), "{message}");
    }

    proptest! {
        #[test]
        fn no_text_begins_a_header(name in "(\\PC|[\r\n\t\0]){0,120}", subject in "(\\PC|[\r\n\t\0: ]){0,200}") {
            let message = written(&OutgoingMail { to_name: name, subject, ..mail() });
            let (headers, body) = message.split_once("\r\n\r\n").unwrap();
            let names: Vec<&str> = headers
                .split("\r\n")
                .filter(|line| !line.starts_with(' '))
                .map(|line| line.split_once(':').unwrap().0)
                .collect();
            prop_assert_eq!(names, [
                "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
                "Content-Transfer-Encoding",
            ]);
            prop_assert!(!headers.replace("\r\n", "").contains(char::is_control));
            prop_assert!(body.starts_with("Hello Mia,"));
        }
    }
}
