//! What a server function knows of the request it answers.

use std::{
    net::IpAddr,
    sync::{Arc, OnceLock},
};

use axum::http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{ACCEPT, COOKIE, LOCATION, REFERER, RETRY_AFTER, SET_COOKIE, USER_AGENT},
    request::Parts,
};
use cookie::{Cookie, SameSite, time::Duration};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use mandate_domain::{CompanyId, Locale};
use mandate_service::{Error, Principal, Service, form::Problems};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Serialize, de::DeserializeOwned};
use server_fn::redirect::REDIRECT_HEADER;
use tokio::sync::OnceCell;

use super::{
    error::{ApiError, explain},
    posted::{FieldProblem, Posted, Refused},
    sealed::Sealer,
};

/// What every page and server function is given.
#[derive(Clone)]
pub struct AppState {
    pub service: Service,
    /// Whether the public URL is https, so that cookies can be kept to it.
    secure: bool,
    sealer: Sealer,
}

/// Who makes the request, asked once for all of a page's functions: so they agree on it, and all that the page shows was
/// read after the number that the record of the reader's company had reached then. Whatever comes later is news to it.
#[derive(Clone, Default)]
struct Reader(Arc<OnceCell<Option<Principal>>>);

/// From where the request came, proxies that are trusted taken off. The server puts it into the request's extensions.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

impl AppState {
    pub fn new(service: Service, secure: bool) -> Self {
        let sealer = Sealer::new(service.derive_key("sealed cookie"));
        Self { service, secure, sealer }
    }

    /// Who is signed in, by the cookies of a request.
    pub async fn principal(&self, headers: &HeaderMap) -> mandate_service::Result<Option<Principal>> {
        match self.cookie(headers, SESSION) {
            Some(token) => self.service.authenticate(&token).await,
            None => Ok(None),
        }
    }

    /// Gives it to pages and server functions alike. Forgetting one of the two is the classic fault.
    pub fn provide(&self) {
        provide_context(self.clone());
        provide_context(Reader::default());
    }

    /// `__Host-` keeps a cookie to this host and to https, which is why it needs https.
    fn cookie_name(&self, name: &str) -> String {
        if self.secure { format!("__Host-mandate-{name}") } else { format!("mandate-{name}") }
    }

    pub(crate) fn cookie(&self, headers: &HeaderMap, name: &str) -> Option<String> {
        let name = self.cookie_name(name);
        headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(Cookie::split_parse)
            .filter_map(Result::ok)
            .find(|cookie| cookie.name() == name)
            .map(|cookie| cookie.value().to_owned())
    }

    /// The token of the session that a request shows.
    pub(crate) fn session(&self, headers: &HeaderMap) -> Option<String> {
        self.cookie(headers, SESSION)
    }

    /// A `Set-Cookie` header. Without a value the cookie is taken back.
    pub(crate) fn set_cookie(&self, name: &str, value: Option<&str>, seconds: i64) -> HeaderValue {
        let seconds = if value.is_some() { seconds } else { 0 };
        let cookie = Cookie::build((self.cookie_name(name), value.unwrap_or_default().to_owned()))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.secure)
            .max_age(Duration::seconds(seconds))
            .build();
        // All values are base64url or an id, so this cannot fail; a cookie that is not set signs nobody in.
        HeaderValue::from_str(&cookie.to_string()).unwrap_or(HeaderValue::from_static(""))
    }
}

/// Where a form leads when it was accepted.
pub(crate) enum After {
    /// Back to its page, which shows what came of it.
    Stay,
    Go(String),
    /// To another page, which says this.
    GoSaying(String, String),
}

const SESSION: &str = "session";
/// In whose way the pages write dates: beside the session, so that a page knows before it asks anything.
pub(crate) const LOCALE: &str = "locale";
const FLASH: &str = "flash";
const FLASH_SECONDS: i64 = 60;
/// As long as a session can last at most; the server decides whether it still does.
const SESSION_SECONDS: i64 = 60 * 60 * 24 * 14;
const DRAFT_SECONDS: i64 = 60 * 60 * 24;
/// Browsers keep 4,096 bytes for a cookie with its name and attributes.
const LONGEST_FLASH: usize = 3_800;

/// The request that a server function answers.
pub(crate) struct Request {
    pub state: AppState,
    parts: Parts,
    response: ResponseOptions,
    /// The token of a session that this request begins.
    started: OnceLock<String>,
}

impl Request {
    pub fn current() -> Result<Self, ApiError> {
        let context = (use_context::<AppState>(), use_context::<Parts>(), use_context::<ResponseOptions>());
        let (Some(state), Some(parts), Some(response)) = context else {
            tracing::error!("a server function without its context");
            return Err(ApiError::Internal);
        };
        Ok(Self { state, parts, response, started: OnceLock::new() })
    }

    pub fn service(&self) -> &Service {
        &self.state.service
    }

    pub fn address(&self) -> Result<IpAddr, ApiError> {
        let address = self.parts.extensions.get::<ClientAddress>();
        address.map(|address| address.0).ok_or(ApiError::Internal)
    }

    /// What the browser calls itself, cut short: whoever asks writes it.
    pub fn user_agent(&self) -> String {
        let told = self.parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        told.chars().take(512).collect()
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        self.state.cookie(&self.parts.headers, name)
    }

    pub fn set_cookie(&self, name: &str, value: Option<&str>, seconds: i64) {
        self.response.append_header(SET_COOKIE, self.state.set_cookie(name, value, seconds));
    }

    /// What is told to the next page from here on is told to whose session it is.
    pub fn start_session(&self, token: &str) {
        self.set_cookie(SESSION, Some(token), SESSION_SECONDS);
        self.started.get_or_init(|| token.to_owned());
    }

    pub fn set_locale(&self, locale: Locale) {
        self.set_cookie(LOCALE, Some(locale.key()), SESSION_SECONDS);
    }

    /// The cookie follows the account, which may have been changed from another browser.
    pub fn follow_locale(&self, locale: Locale) {
        let known = self.cookie(LOCALE).and_then(|key| key.parse().ok()).unwrap_or_default();
        if locale != known {
            self.set_locale(locale);
        }
    }

    pub fn end_session(&self) {
        self.set_cookie(SESSION, None, 0);
        self.set_cookie(LOCALE, None, 0);
    }

    /// Who is signed in, whether their password is temporary or not.
    pub async fn principal(&self) -> Result<Option<Principal>, ApiError> {
        let Some(Reader(reader)) = use_context() else {
            tracing::error!("a server function without its context");
            return Err(ApiError::Internal);
        };
        let who = reader.get_or_try_init(|| self.state.principal(&self.parts.headers)).await;
        who.cloned().map_err(refuse)
    }

    /// Who is signed in. Others are led to sign in, or to change their temporary password, and back here after.
    pub async fn require(&self) -> Result<Principal, ApiError> {
        match self.principal().await? {
            None => {
                let next = utf8_percent_encode(&self.page(), NON_ALPHANUMERIC).to_string();
                redirect(&format!("/sign-in?next={next}"));
                Err(refuse(ApiError::SignedOut))
            }
            Some(who) if who.user.must_change_password => {
                redirect("/password");
                Err(refuse(ApiError::MustChangePassword))
            }
            Some(who) => Ok(who),
        }
    }

    /// The path and query of the page that asks: the request's own, or that which called.
    fn page(&self) -> String {
        let uri = &self.parts.uri;
        if !uri.path().starts_with("/api/") {
            return uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
        }
        let referer = self.parts.headers.get(REFERER).and_then(|value| value.to_str().ok());
        let path = referer.and_then(|referer| referer.parse::<axum::http::Uri>().ok());
        let path = path.and_then(|uri| uri.path_and_query().map(ToString::to_string));
        path.map_or_else(|| "/".to_owned(), |path| local_path(&path))
    }

    /// What is sealed for a form is for this session too: it tells nothing to whoever signs in next.
    fn seal(&self, form: &str, body: &impl Serialize) -> Option<String> {
        let until = self.service().now().timestamp() + FLASH_SECONDS;
        let sealed = self.state.sealer.seal(&self.bound(form), body, until, self.service().random())?;
        (sealed.len() <= LONGEST_FLASH).then_some(sealed)
    }

    fn bound(&self, form: &str) -> String {
        format!("{form} {}", self.session().unwrap_or_default())
    }

    /// The token of the session as it is after this answer.
    pub fn session(&self) -> Option<String> {
        self.started.get().cloned().or_else(|| self.cookie(SESSION))
    }

    /// Keeps what was typed and not yet sent, for a day and for who shows this secret. What is too long for a cookie is
    /// typed again.
    pub fn keep_draft(&self, name: &str, secret: &str, body: &impl Serialize) {
        let until = self.service().now().timestamp() + DRAFT_SECONDS;
        let form = format!("{name} {secret}");
        let sealed = self.state.sealer.seal(&form, body, until, self.service().random());
        let sealed = sealed.filter(|sealed| sealed.len() <= LONGEST_FLASH);
        // What was kept before is not what was typed last.
        self.set_cookie(name, sealed.as_deref(), DRAFT_SECONDS);
    }

    pub fn draft<T: DeserializeOwned>(&self, name: &str, secret: &str) -> Option<T> {
        let sealed = self.cookie(name)?;
        self.state.sealer.open(&format!("{name} {secret}"), &sealed, self.service().now().timestamp())
    }

    fn flash(&self, form: &str, body: &impl Serialize) {
        if let Some(sealed) = self.seal(form, body) {
            self.set_cookie(FLASH, Some(&sealed), FLASH_SECONDS);
        } else {
            tracing::error!(form, "what was to be told does not fit a cookie");
        }
    }

    /// Where what was typed does not fit, at least what is wrong with it is told, or the first of it.
    fn flash_posted<T: Serialize>(&self, form: &str, posted: &Posted<T>) {
        match posted {
            Posted::Refused(refused) if self.seal(form, posted).is_none() => {
                let problems = refused.problems.iter().take(10).cloned().collect();
                self.flash(form, &Posted::<T>::Refused(Refused { typed: Vec::new(), problems, ..refused.clone() }));
            }
            posted => self.flash(form, posted),
        }
    }

    fn take<T: DeserializeOwned>(&self, form: &str) -> Option<T> {
        let sealed = self.cookie(FLASH)?;
        let value = self.state.sealer.open(&self.bound(form), &sealed, self.service().now().timestamp())?;
        self.set_cookie(FLASH, None, 0);
        Some(value)
    }

    /// How this form ended when it was last posted plainly. It is told once.
    pub fn take_posted<T: DeserializeOwned>(&self, form: &str) -> Option<Posted<T>> {
        self.take(form)
    }

    /// What the page before had to say. It is told once.
    pub fn take_notice(&self) -> Option<String> {
        self.take("notice")
    }

    /// Ends a form's server function: leads on, or back to the form with what is wrong and what was typed.
    pub fn finish<T: Serialize>(
        &self,
        form: &str,
        back: &str,
        outcome: Result<T, Error>,
        typed: &[(&str, &str)],
        after: impl FnOnce(&T) -> After,
    ) -> Result<Posted<T>, ApiError> {
        let posted = match outcome {
            Ok(done) => match after(&done) {
                After::Stay => Posted::Done(done),
                After::Go(path) => {
                    redirect(&path);
                    return Ok(Posted::Done(done));
                }
                After::GoSaying(path, notice) => {
                    self.flash("notice", &notice);
                    redirect(&path);
                    return Ok(Posted::Done(done));
                }
            },
            Err(error @ (Error::Invalid(_) | Error::Changed(_))) => Posted::Refused(refused(error, typed)),
            // What is wrong with the server is told by its status code, so that proxies and browsers know it too.
            Err(error @ (Error::Busy { .. } | Error::Unavailable(_))) => return Err(refuse(error)),
            Err(error) if is_shown_by_browser(&self.parts) => Posted::Refused(refused(error, typed)),
            Err(error) => return Err(refuse(error)),
        };
        if is_shown_by_browser(&self.parts) {
            self.flash_posted(form, &posted);
            redirect(back);
        }
        Ok(posted)
    }
}

/// The number that the record of the reader's company had reached before anything was read for this page.
pub(crate) fn reached() -> Option<i64> {
    Some(use_context::<Reader>()?.0.get()?.as_ref()?.activity_seq)
}

/// An error as the answer to this request, with its status code.
pub(crate) fn refuse(error: impl Into<ApiError>) -> ApiError {
    let error = error.into();
    crate::components::error_page::set_status(error.status());
    if let (ApiError::Busy { retry_after_seconds }, Some(response)) = (&error, use_context::<ResponseOptions>()) {
        response.insert_header(RETRY_AFTER, HeaderValue::from(*retry_after_seconds));
    }
    error
}

fn refused(error: Error, typed: &[(&str, &str)]) -> Refused {
    let typed = typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let (message, problems) = match error {
        Error::Invalid(Problems(problems)) => {
            let problems = problems.into_iter();
            let problems =
                problems.map(|problem| FieldProblem { field: problem.field, message: problem.message }).collect();
            (None, problems)
        }
        Error::Refused(refusal) => (Some(explain(refusal).to_owned()), Vec::new()),
        Error::NotFound => (Some("This is not there any more. Nothing was changed.".to_owned()), Vec::new()),
        other => (Some(format!("{}.", ApiError::from(other).to_string().trim_end_matches('.'))), Vec::new()),
    };
    Refused { message, problems, typed, again: false }
}

/// Leads on to a path of this site: a browser by status code, WASM by the header that its router follows.
pub(crate) fn redirect(path: &str) {
    let (Some(response), Some(parts)) = (use_context::<ResponseOptions>(), use_context::<Parts>()) else { return };
    // All graphic ASCII, so that it is a header value too.
    let Ok(location) = HeaderValue::from_str(&local_path(path)) else { return };
    response.insert_header(LOCATION, location);
    if is_shown_by_browser(&parts) {
        response.set_status(StatusCode::SEE_OTHER);
    } else {
        response.insert_header(HeaderName::from_static(REDIRECT_HEADER), HeaderValue::from_static(""));
    }
}

/// Whether the browser itself shows what comes back: a page, or the answer to a form that was posted without WASM.
fn is_shown_by_browser(parts: &Parts) -> bool {
    let accept = parts.headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    !parts.uri.path().starts_with("/api/") || accept.is_some_and(|accept| accept.contains("text/html"))
}

/// The path where it is one of this site, else `/`: nobody is led away by a link that somebody made up.
pub(crate) fn local_path(path: &str) -> String {
    let own = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && path.bytes().all(|byte| byte.is_ascii_graphic());
    if own { path.to_owned() } else { "/".to_owned() }
}

/// In which company: one's own where none is named. A text that is no id is of no company.
pub(crate) fn company_of(who: &Principal, company: &str) -> Result<CompanyId, ApiError> {
    if company.is_empty() { Ok(who.company.id) } else { company.parse().map_err(|_| refuse(ApiError::NotFound)) }
}

/// Where the pages of a company begin.
pub(crate) fn base_path(who: &Principal, company: CompanyId) -> String {
    if company == who.company.id { String::new() } else { format!("/customers/{company}") }
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn nobody_is_led_away() {
        for path in ["/", "/users?after=a%20b", "/partner/offers/1#top"] {
            assert_eq!(local_path(path), path);
        }
        for elsewhere in [
            "",
            "users",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example/",
            "/\t/evil.example",
            "/a\r\nSet-Cookie: b",
            "javascript:alert(1)",
        ] {
            assert_eq!(local_path(elsewhere), "/", "{elsewhere:?}");
        }
    }
}
