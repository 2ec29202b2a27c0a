//! Who is signed in; signing in and out.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{ApiError, Posted};

/// The person who is signed in, for the header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    pub display_name: String,
    pub user_name: String,
    pub company_name: String,
    pub is_partner: bool,
    pub may_read_domains: bool,
    pub may_read_subscriptions: bool,
    pub may_manage_relationships: bool,
    pub may_read_activity: bool,
    pub must_change_password: bool,
    /// The number that the company's record had reached when the page was made.
    pub reached: Option<i64>,
}

/// What the sign-in page begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInPage {
    pub posted: Option<Posted<()>>,
    pub notice: Option<String>,
}

#[server(prefix = "/api", endpoint = "session/viewer")]
pub async fn load_viewer() -> Result<Option<Viewer>, ApiError> {
    use mandate_domain::Action;
    use mandate_service::place::Place;

    let request = super::request::Request::current()?;
    Ok(request.principal().await?.map(|who| {
        request.follow_locale(who.user.locale);
        let place = Place::own(&who);
        Viewer {
            reached: super::request::reached(),
            may_read_domains: place.allows(Action::ReadDomains),
            may_read_subscriptions: place.allows(Action::ReadSubscriptions),
            may_manage_relationships: place.allows(Action::ManageRelationships),
            may_read_activity: place.allows(Action::ReadActivity),
            display_name: who.user.display_name,
            user_name: who.user.user_name,
            company_name: who.company.name,
            is_partner: who.company.is_partner,
            must_change_password: who.user.must_change_password,
        }
    }))
}

/// Leads who is signed in to their first page, others to sign in.
#[server(prefix = "/api", endpoint = "session/home")]
pub async fn load_home() -> Result<(), ApiError> {
    let request = super::request::Request::current()?;
    let who = request.require().await?;
    super::request::redirect(if who.company.is_partner { "/partner" } else { "/users" });
    Ok(())
}

#[server(prefix = "/api", endpoint = "session/sign-in-page")]
pub async fn load_sign_in(next: String) -> Result<SignInPage, ApiError> {
    let request = super::request::Request::current()?;
    let posted = request.take_posted("sign-in");
    let notice = request.take_notice();
    if posted.is_none() && request.principal().await?.is_some() {
        super::request::redirect(&next);
    }
    Ok(SignInPage { posted, notice })
}

#[server(prefix = "/api", endpoint = "session/sign-in")]
pub async fn sign_in(user_name: String, password: String, next: String) -> Result<Posted<()>, ApiError> {
    use mandate_service::{
        Error,
        sign_in::{SignIn, Whence},
    };
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

    use super::request::{After, Request, local_path};

    let request = Request::current()?;
    let next = local_path(&next);
    let mut must_change = false;
    let whence = Whence { address: request.address()?, user_agent: request.user_agent() };
    let outcome = match request.service().sign_in(&user_name, password, whence).await {
        Ok(SignIn::Done { token, must_change_password, locale }) => {
            request.start_session(token.text());
            request.follow_locale(locale);
            must_change = must_change_password;
            Ok(())
        }
        Ok(SignIn::Refused) => {
            let message = "User name and password do not match. Check both and try again.";
            Err(Error::Changed(message.to_owned()))
        }
        Err(error) => Err(error),
    };
    let encoded = utf8_percent_encode(&next, NON_ALPHANUMERIC).to_string();
    let back = format!("/sign-in?next={encoded}");
    request.finish("sign-in", &back, outcome, &[("user_name", &user_name)], |()| {
        After::Go(if must_change { format!("/password?next={encoded}") } else { next })
    })
}

#[server(prefix = "/api", endpoint = "session/sign-out")]
pub async fn sign_out() -> Result<(), ApiError> {
    let request = super::request::Request::current()?;
    if let Some(who) = request.principal().await? {
        request.service().sign_out(&who).await.map_err(super::request::refuse)?;
    }
    request.end_session();
    super::request::redirect("/sign-in");
    Ok(())
}
