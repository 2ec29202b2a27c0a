//! Listening, until the process is told to stop.

use std::{future::pending, io, net::SocketAddr, time::Duration};

use anyhow::{Context, Result};
use axum::Router;
use axum_server::{Handle, Server, accept::NoDelayAcceptor};
use mandate_app::AppState;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    time::sleep,
};
use tokio_util::sync::CancellationToken;

use crate::{backend::Backend, config::Config, jobs, live::Live, router::router, site::Site};

/// How long requests and jobs under way may take to end.
const STOP_LIMIT: Duration = Duration::from_secs(10);

/// How long a new connection may take to say what it wants: whoever sends their headers byte by byte would hold it for
/// ever.
const FIRST_HEADERS_LIMIT: Duration = Duration::from_secs(10);
/// How long a connection that was answered is kept for the next request, with its headers. Longer than proxies keep
/// theirs, so that it is not closed while one comes.
const IDLE_LIMIT: Duration = Duration::from_secs(150);

/// Serves until a signal says stop; then requests under way and jobs end, and after them the database's connections.
pub async fn serve(config: Config, backend: Backend, greeting: &str) -> Result<()> {
    let Backend { db, service } = backend;
    let stop = stop_on_signal()?;
    let state = AppState::new(service.clone(), config.public_url.is_https());
    let live = Live::start(service.clone(), stop.clone());
    let router = router(state, live, &Site::beside_program()?, &config)?;
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("MANDATE_LISTEN (--listen): {} cannot be listened on", config.listen))?;
    tracing::info!(address = %config.listen, "listening");
    println!("\n{greeting}\n");

    let jobs = Box::pin(jobs::run(service, config.mailer, config.mail_from, stop.clone()));
    let (answered, done) = tokio::join!(answer(listener, router, stop.clone()), before_limit(&stop, jobs));
    if done.is_none() {
        tracing::warn!("jobs did not end in time and are cut off");
    }
    db.close().await;
    tracing::info!("stopped");
    Ok(answered?)
}

/// What comes of it, unless it has not ended this long after the stop.
async fn before_limit<T>(stop: &CancellationToken, work: impl Future<Output = T>) -> Option<T> {
    let limit = async {
        stop.cancelled().await;
        sleep(STOP_LIMIT).await;
    };
    tokio::select! {
        ended = work => Some(ended),
        () = limit => None,
    }
}

fn stop_on_signal() -> io::Result<CancellationToken> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("told to stop: requests under way end first");
        told.cancel();
    });
    Ok(stop)
}

/// Answers requests until told to stop and those under way have ended, or have had their time.
pub async fn answer(listener: TcpListener, router: Router, stop: CancellationToken) -> io::Result<()> {
    let handle = Handle::<SocketAddr>::new();
    // Without TCP_NODELAY, the second part of a streamed response waits 40 ms for the first one's receipt.
    let mut server = Server::<SocketAddr>::from_listener(listener)
        .acceptor(NoDelayAcceptor::new())
        .handle(handle.clone())
        .first_request_timeout(FIRST_HEADERS_LIMIT);
    server.http_builder().http1().header_read_timeout(IDLE_LIMIT);
    let ended = server.serve(router.into_make_service_with_connect_info::<SocketAddr>());
    let told = async {
        stop.cancelled().await;
        handle.graceful_shutdown(None);
        pending().await
    };
    let ended = tokio::select! {
        ended = before_limit(&stop, ended) => ended,
        never = told => never,
    };
    ended.unwrap_or_else(|| {
        tracing::warn!("requests did not end in time and are cut off");
        handle.shutdown();
        Ok(())
    })
}
