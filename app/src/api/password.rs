//! Choosing a password: of one's own, in the place of a temporary one, or by a one-time link.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{ApiError, Posted};

/// Why a password is to be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PasswordReason {
    /// The one that was used to sign in is temporary.
    Temporary,
    /// The person wants another.
    Own,
    /// A one-time link was opened.
    Link,
    /// A one-time link was opened that cannot be used (any more).
    DeadLink,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordPage {
    pub reason: PasswordReason,
    pub user_name: String,
    pub company_name: String,
    pub posted: Option<Posted<()>>,
}

#[server(prefix = "/api", endpoint = "password/page")]
pub async fn load_password_page(by_link: bool) -> Result<PasswordPage, ApiError> {
    use super::request::{Request, redirect, refuse};

    let request = Request::current()?;
    let posted = request.take_posted("password");
    let page = |reason, user_name, company_name| PasswordPage { reason, user_name, company_name, posted };
    if by_link {
        let found = match request.cookie("link") {
            Some(token) => request.service().one_time_link(&token).await.map_err(refuse)?,
            None => None,
        };
        return Ok(match found {
            Some((user_name, company_name)) => page(PasswordReason::Link, user_name, company_name),
            None => page(PasswordReason::DeadLink, String::new(), String::new()),
        });
    }
    let Some(who) = request.principal().await? else {
        redirect("/sign-in?next=%2Fpassword");
        return Err(refuse(ApiError::SignedOut));
    };
    let reason = if who.user.must_change_password { PasswordReason::Temporary } else { PasswordReason::Own };
    Ok(page(reason, who.user.user_name, who.company.name))
}

/// How hard a password is to guess.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordStrength {
    /// From 0 to 4; it is taken from 3 on.
    pub score: u8,
    /// What that means, and what would make it better.
    pub text: String,
}

/// Says how hard a password is to guess while it is typed, to who is about to set one. It is kept nowhere. Nothing where
/// the server has other things to do.
#[server(prefix = "/api", endpoint = "password/strength")]
pub async fn ask_password_strength(
    password: String,
    #[server(default)] by_link: bool,
    /// The offer by which who types it signs up, if they do.
    #[server(default)]
    sign_up: String,
) -> Result<Option<PasswordStrength>, ApiError> {
    use super::request::{Request, refuse};

    let request = Request::current()?;
    let service = request.service();
    let found = if by_link {
        let token = request.cookie("link").unwrap_or_default();
        service.password_strength_by_link(&token, password).await.map_err(refuse)?
    } else if sign_up.is_empty() {
        match request.principal().await? {
            Some(who) => Some(service.password_strength(&who, password).await),
            None => None,
        }
    } else {
        let secret = super::sign_up::secret_of(&request, &sign_up).unwrap_or_default();
        service.password_strength_in_sign_up(&secret, password).await.map_err(refuse)?
    };
    // Neither signed in nor with a link: the page, if there is one, says so when it is sent.
    let found = found.ok_or_else(|| refuse(ApiError::SignedOut))?;
    Ok(found.map(|strength| PasswordStrength { score: strength.score, text: strength.text }))
}

/// Forgets a one-time link that was opened.
#[server(prefix = "/api", endpoint = "password/forget-link")]
pub async fn forget_link() -> Result<(), ApiError> {
    let request = super::request::Request::current()?;
    request.set_cookie("link", None, 0);
    super::request::redirect("/sign-in");
    Ok(())
}

#[server(prefix = "/api", endpoint = "password/choose")]
pub async fn choose_password(
    #[server(default)] current_password: Option<String>,
    new_password: String,
    repeat_password: String,
    /// By the one-time link that was opened, not as who is signed in.
    #[server(default)]
    by_link: bool,
    #[server(default)] next: String,
) -> Result<Posted<()>, ApiError> {
    use mandate_service::{Error, form::Problems};
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

    use super::request::{After, Request, local_path, redirect, refuse};

    let request = Request::current()?;
    let next = local_path(&next);
    let repeated = || {
        let message = "This is not the same as above";
        if new_password == repeat_password { Ok(()) } else { Err(Problems::one("repeat_password", message)) }
    };
    if by_link {
        let token = request.cookie("link").unwrap_or_default();
        let outcome = match repeated() {
            Ok(()) => request.service().set_password_by_link(&token, new_password.clone()).await,
            Err(problems) => Err(problems.into()),
        };
        let outcome = outcome.and_then(|used| {
            let message = "This link was used or is too old. Ask whoever sent it for a new one.";
            if used { Ok(()) } else { Err(Error::Changed(message.to_owned())) }
        });
        if outcome.is_ok() {
            request.set_cookie("link", None, 0);
        }
        return request.finish("password", "/password?by=link", outcome, &[], |()| {
            After::GoSaying("/sign-in".to_owned(), "Your password is set. Sign in with it.".to_owned())
        });
    }
    let Some(who) = request.principal().await? else {
        redirect("/sign-in?next=%2Fpassword");
        return Err(refuse(ApiError::SignedOut));
    };
    let outcome = match repeated() {
        Ok(()) => request.service().change_password(&who, current_password, new_password.clone()).await,
        Err(problems) => Err(problems.into()),
    };
    let back = format!("/password?next={}", utf8_percent_encode(&next, NON_ALPHANUMERIC));
    let was_temporary = who.user.must_change_password;
    request.finish("password", &back, outcome, &[], |()| if was_temporary { After::Go(next) } else { After::Stay })
}
