//! Baselines: handlers that do the same reads, or none, and return the same bytes.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::Result;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{
        HeaderMap, StatusCode,
        header::{CONTENT_TYPE, COOKIE},
    },
    response::{IntoResponse, Response},
    routing::get,
    serve::ListenerExt,
};
use cookie::Cookie;
use tokio::net::TcpListener;

use crate::world::World;

#[derive(clap::Args)]
pub struct Bare {
    #[arg(long)]
    listen: SocketAddr,
    /// What is returned
    #[arg(long)]
    body: PathBuf,
    /// With it, a consent page's reads are done first
    #[arg(long)]
    database: Option<String>,
}

#[derive(Clone)]
struct Served {
    body: Bytes,
    world: Option<std::sync::Arc<World>>,
}

pub async fn serve(bare: Bare) -> Result<()> {
    let world = match bare.database {
        Some(url) => Some(std::sync::Arc::new(World::open(&std::env::temp_dir(), url).await?)),
        None => None,
    };
    let served = Served { body: std::fs::read(&bare.body)?.into(), world };
    let router = Router::new().route("/readyz", get(async || "ready\n")).fallback(answer).with_state(served);
    let listener = TcpListener::bind(bare.listen).await?.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, router).await?;
    Ok(())
}

async fn answer(State(served): State<Served>, headers: HeaderMap) -> Response {
    if let Some(world) = &served.world
        && read(world, &headers).await.is_none()
    {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    ([(CONTENT_TYPE, "text/html; charset=utf-8")], served.body).into_response()
}

/// Who is signed in, and the offer as they see it.
async fn read(world: &World, headers: &HeaderMap) -> Option<()> {
    let cookies = headers.get(COOKIE)?.to_str().ok()?;
    let (mut session, mut offer) = (None, None);
    for cookie in Cookie::split_parse(cookies).filter_map(Result::ok) {
        if cookie.name() == "mandate-session" {
            session = Some(cookie.value().to_owned());
        } else if cookie.name().starts_with("mandate-offer-") {
            offer = Some(cookie.value().to_owned());
        }
    }
    let who = world.service.authenticate(&session?).await.ok()??;
    world.service.consent(Some(&who), &offer?).await.ok().map(drop)
}
