//! One connection that stays open, as a browser's does.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use axum::{
    body::Bytes,
    http::{Method, Request, Response, StatusCode, header},
};
use http_body_util::{BodyExt, Full};
use hyper::{
    body::Incoming,
    client::conn::http1::{SendRequest, handshake},
};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A request to be sent, perhaps many times.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    pub path: String,
    pub cookies: String,
    /// Posted as a form, where there is one.
    pub form: Option<String>,
    pub accepts_brotli: bool,
}

impl Ask {
    pub fn get(path: impl Into<String>, cookies: impl Into<String>) -> Self {
        Self { path: path.into(), cookies: cookies.into(), ..Self::default() }
    }

    pub fn post(path: &str, cookies: impl Into<String>, form: String) -> Self {
        Self { path: path.to_owned(), cookies: cookies.into(), form: Some(form), ..Self::default() }
    }
}

pub struct Answer {
    pub status: StatusCode,
    pub body: Bytes,
}

pub struct Client {
    sender: SendRequest<Full<Bytes>>,
    host: String,
}

impl Client {
    pub async fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { sender, host: address.to_string() })
    }

    fn request(&self, ask: &Ask) -> Result<Request<Full<Bytes>>> {
        let mut request = Request::builder()
            .uri(&ask.path)
            .header(header::HOST, &self.host)
            .header(header::ACCEPT, "text/html")
            .header("sec-fetch-site", "same-origin");
        if !ask.cookies.is_empty() {
            request = request.header(header::COOKIE, &ask.cookies);
        }
        if ask.accepts_brotli {
            request = request.header(header::ACCEPT_ENCODING, "br");
        }
        Ok(match &ask.form {
            Some(form) => request
                .method(Method::POST)
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(Full::new(Bytes::copy_from_slice(form.as_bytes())))?,
            None => request.body(Full::default())?,
        })
    }

    async fn begin(&mut self, ask: &Ask) -> Result<Response<Incoming>> {
        let request = self.request(ask)?;
        self.sender.ready().await?;
        Ok(self.sender.send_request(request).await?)
    }

    /// An answer that goes on for as long as somebody listens. It is read until the first of it is there.
    pub async fn listen(&mut self, ask: &Ask) -> Result<Incoming> {
        let mut answer = self.begin(ask).await?;
        if answer.status() != StatusCode::OK {
            bail!("{} answered {}", ask.path, answer.status());
        }
        answer.frame().await.context("the stream ended")??;
        Ok(answer.into_body())
    }

    pub async fn send(&mut self, ask: &Ask) -> Result<Answer> {
        let (parts, body) = self.begin(ask).await?.into_parts();
        let body = body.collect().await.context("the answer broke off")?.to_bytes();
        Ok(Answer { status: parts.status, body })
    }

    /// The same, where anything but success or a redirect is a fault of the measurement.
    pub async fn expect(&mut self, ask: &Ask) -> Result<Answer> {
        let answer = self.send(ask).await?;
        if answer.status.is_client_error() || answer.status.is_server_error() {
            bail!("{} answered {}", ask.path, answer.status);
        }
        Ok(answer)
    }
}
