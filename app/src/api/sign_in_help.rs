//! For who cannot sign in.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{ApiError, Posted};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInHelpPage {
    pub posted: Option<Posted<()>>,
}

#[server(prefix = "/api", endpoint = "session/help-page")]
pub async fn load_sign_in_help() -> Result<SignInHelpPage, ApiError> {
    let request = super::request::Request::current()?;
    Ok(SignInHelpPage { posted: request.take_posted("sign-in-help") })
}

/// The answer is the same for every name, after the same work.
#[server(prefix = "/api", endpoint = "session/ask-help")]
pub async fn ask_sign_in_help(user_name: String) -> Result<Posted<()>, ApiError> {
    use super::request::{After, Request};

    let request = Request::current()?;
    let outcome = request.service().ask_sign_in_help(&user_name, request.address()?).await;
    request.finish("sign-in-help", "/cant-sign-in", outcome, &[("user_name", &user_name)], |()| After::Stay)
}
