//! The link in an offer's mail that stops further mail about it. Whoever holds the mail may, so nobody signs in.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{ApiError, Posted};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopMailView {
    pub partner: String,
    pub is_stopped: bool,
    pub posted: Option<Posted<()>>,
}

#[server(prefix = "/api", endpoint = "offer-mail/page")]
pub async fn load_stop_mail(token: String) -> Result<StopMailView, ApiError> {
    use super::request::{Request, refuse};

    let request = Request::current()?;
    let found = request.service().offer_mail_to_stop(&token).await.map_err(refuse)?;
    let posted = request.take_posted("stop-mail");
    Ok(StopMailView { partner: found.partner.name, is_stopped: found.is_stopped, posted })
}

#[server(prefix = "/api", endpoint = "offer-mail/stop")]
pub async fn stop_offer_mail(token: String) -> Result<Posted<()>, ApiError> {
    use super::request::{After, Request, local_path};

    let request = Request::current()?;
    let outcome = request.service().stop_offer_mail(&token).await;
    let page = local_path(&format!("/stop/{token}"));
    request.finish("stop-mail", &page.clone(), outcome, &[], |()| After::Go(page))
}
