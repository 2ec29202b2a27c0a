//! One's own account: the name, the alternate e-mail, how dates are written, and where one is signed in.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use mandate_domain::Locale;
use serde::{Deserialize, Serialize};

use super::{ApiError, Posted};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountPage {
    pub display_name: String,
    pub user_name: String,
    pub company_name: String,
    pub locale: Locale,
    pub email: EmailView,
    pub sessions: Vec<SessionView>,
    pub notice: Option<String>,
    pub profile: Option<Posted<()>>,
    pub changed: Option<Posted<()>>,
    pub confirmed: Option<Posted<()>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailView {
    /// Empty where there is none.
    pub address: String,
    pub is_confirmed: bool,
    /// Who set it, where it was somebody else.
    pub set_by: Option<String>,
    pub unconfirmed: Option<UnconfirmedView>,
    /// Whether the password is to be shown with a change.
    pub asks_password: bool,
}

/// An address that waits for its code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnconfirmedView {
    pub address: String,
    /// Whether its code still works.
    pub is_open: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    /// What names it to the server; it opens nothing.
    pub key: String,
    pub browser: String,
    pub address: String,
    pub signed_in_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    pub is_this: bool,
}

#[server(prefix = "/api", endpoint = "account/page")]
pub async fn load_account() -> Result<AccountPage, ApiError> {
    use super::request::{Request, refuse};

    let request = Request::current()?;
    let who = request.require().await?;
    let profile = request.take_posted("profile");
    let changed = request.take_posted("email");
    let confirmed = request.take_posted("email-code");
    let notice = request.take_notice();
    let found = request.service().account(&who).await.map_err(refuse)?;
    let email = EmailView {
        address: found.user.alternate_email.unwrap_or_default(),
        is_confirmed: found.user.alternate_email_confirmed,
        set_by: found.user.alternate_email_set_by,
        unconfirmed: found
            .unconfirmed
            .map(|waiting| UnconfirmedView { address: waiting.address, is_open: waiting.is_open }),
        asks_password: found.asks_password,
    };
    let sessions = found.sessions.into_iter().map(|session| SessionView {
        is_this: session.token_hash == who.session,
        key: session_key::write(&session.token_hash),
        browser: session.browser.unwrap_or_else(|| "Unknown browser".to_owned()),
        address: session.address.unwrap_or_else(|| "unknown address".to_owned()),
        signed_in_at: session.signed_in_at,
        last_seen_at: session.last_seen_at,
    });
    let mut sessions: Vec<_> = sessions.collect();
    sessions.sort_by_key(|session| !session.is_this);
    Ok(AccountPage {
        display_name: found.user.display_name,
        user_name: found.user.user_name,
        company_name: who.company.name,
        locale: found.user.locale,
        email,
        sessions,
        notice,
        profile,
        changed,
        confirmed,
    })
}

#[server(prefix = "/api", endpoint = "account/profile")]
pub async fn change_own_profile(display_name: String, locale: String) -> Result<Posted<()>, ApiError> {
    use mandate_service::profile::ProfileChange;

    use super::request::Request;

    let request = Request::current()?;
    let who = request.require().await?;
    let outcome = match ProfileChange::parse(&display_name, &locale) {
        Ok(change) => {
            let done = request.service().change_own_profile(&who, &change).await;
            if done.is_ok() {
                request.set_locale(change.locale);
            }
            done
        }
        Err(problems) => Err(problems.into()),
    };
    let typed = [("display_name", display_name.as_str()), ("locale", &locale)];
    request.finish("profile", PAGE, outcome, &typed, |()| saying("Saved."))
}

#[server(prefix = "/api", endpoint = "account/email")]
pub async fn change_alternate_email(
    alternate_email: String,
    #[server(default)] current_password: Option<String>,
    /// Which of the form's two buttons was pressed.
    #[server(default)]
    remove: bool,
) -> Result<Posted<()>, ApiError> {
    use mandate_domain::EmailAddress;
    use mandate_service::{account::EmailChange, form::Problems};

    use super::request::Request;

    let request = Request::current()?;
    let who = request.require().await?;
    let service = request.service();
    let mut said = "";
    let outcome = match EmailAddress::parse(&alternate_email) {
        _ if remove => service.change_alternate_email(&who, None, current_password).await,
        Ok(address) => service.change_alternate_email(&who, Some(&address), current_password).await,
        Err(error) => Err(Problems::one("alternate_email", error).into()),
    };
    let outcome = outcome.map(|change| {
        said = match change {
            EmailChange::Removed => "You have no alternate email any more.",
            EmailChange::Kept => "This is your alternate email already, and it is confirmed.",
            EmailChange::CodeSent => "A code is on its way. Enter it below.",
        };
    });
    request.finish("email", PAGE, outcome, &[("alternate_email", &alternate_email)], |()| saying(said))
}

#[server(prefix = "/api", endpoint = "account/confirm-email")]
pub async fn confirm_alternate_email(code: String) -> Result<Posted<()>, ApiError> {
    use super::request::Request;

    let request = Request::current()?;
    let who = request.require().await?;
    let outcome = request.service().confirm_alternate_email(&who, &code).await;
    request.finish("email-code", PAGE, outcome, &[], |()| saying("Your alternate email is confirmed."))
}

/// Forgets an address that waits for its code.
#[server(prefix = "/api", endpoint = "account/cancel-email")]
pub async fn cancel_alternate_email() -> Result<Posted<()>, ApiError> {
    use super::request::Request;

    let request = Request::current()?;
    let who = request.require().await?;
    let outcome = request.service().cancel_alternate_email(&who).await;
    request.finish("email", PAGE, outcome, &[], |()| saying("Nothing was changed."))
}

#[server(prefix = "/api", endpoint = "account/end-session")]
pub async fn end_session(session: String) -> Result<Posted<()>, ApiError> {
    use super::request::Request;

    let request = Request::current()?;
    let who = request.require().await?;
    // What cannot be read is no session.
    let outcome = match session_key::read(&session) {
        Some(key) => request.service().end_session(&who, &key).await,
        None => Ok(()),
    };
    request.finish("session", PAGE, outcome, &[], |()| saying("That browser is signed out."))
}

#[server(prefix = "/api", endpoint = "account/sign-out-everywhere")]
pub async fn sign_out_everywhere() -> Result<(), ApiError> {
    let request = super::request::Request::current()?;
    let who = request.require().await?;
    request.service().sign_out_everywhere(&who).await.map_err(super::request::refuse)?;
    request.end_session();
    super::request::redirect("/sign-in");
    Ok(())
}

#[cfg(feature = "ssr")]
const PAGE: &str = "/account";

#[cfg(feature = "ssr")]
fn saying(what: &str) -> super::request::After {
    super::request::After::GoSaying(PAGE.to_owned(), what.to_owned())
}

/// How a session is named in its holder's page: by what is kept of its token, from which the token does not follow.
#[cfg(feature = "ssr")]
mod session_key {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

    pub fn write(token_hash: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(token_hash)
    }

    pub fn read(key: &str) -> Option<[u8; 32]> {
        URL_SAFE_NO_PAD.decode(key).ok()?.try_into().ok()
    }
}
