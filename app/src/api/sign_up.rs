//! Starting as a new company, by an offer that sells something: three steps, kept by the server under a secret that is
//! in a cookie of that offer.

use leptos::prelude::*;
use mandate_domain::SignUpStep;
use serde::{Deserialize, Serialize};

use super::{ApiError, Posted, consent::OpenConsentView, sale_consent::ReviewTyped};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignUpPage {
    /// This browser has none, or it was more than a day ago.
    Gone {
        offer: String,
    },
    /// The company is there.
    Done {
        company: String,
        user_name: String,
    },
    Open(Box<SignUpView>),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignUpView {
    /// What is to be accepted at the end, as anybody reads it.
    pub open: OpenConsentView,
    /// Which step is shown, and how far one has come.
    pub step: SignUpStep,
    pub reached: SignUpStep,
    pub company: CompanyTyped,
    /// Why the prefix that was free cannot be taken any more.
    pub prefix_problem: Option<String>,
    pub administrator: AdministratorTyped,
    pub has_password: bool,
    /// Whether the address was shown to be theirs.
    pub is_confirmed: bool,
    /// The domain that the company gets, as far as it is known.
    pub domain: String,
    /// Under which it is.
    pub platform_domain: String,
    pub review: ReviewTyped,
    pub posted: Option<Posted<()>>,
    pub notice: Option<String>,
}

/// The first step, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CompanyTyped {
    pub company_name: String,
    pub country: String,
    pub domain_prefix: String,
}

/// The second step, as typed, but for the password.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AdministratorTyped {
    pub first_name: String,
    pub last_name: String,
    pub display_name: String,
    pub user_name: String,
    pub alternate_email: String,
}

/// Whether a prefix can be had, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrefixAnswer {
    pub is_free: bool,
    pub text: String,
}

/// Begins, or goes on with what was begun in this browser.
#[server(prefix = "/api", endpoint = "sign-up/begin")]
pub async fn begin_sign_up(offer: String) -> Result<Posted<()>, ApiError> {
    use mandate_service::Error;

    use super::{
        consent::token_of,
        request::{After, Request, local_path},
    };

    let request = Request::current()?;
    let address = request.address()?;
    let outcome = match token_of(&request, &offer) {
        Some((id, token)) => {
            let current = request.cookie(&cookie_name(id));
            let begun = request.service().begin_sign_up(&token, address, current.as_deref()).await;
            begun.map(|secret| {
                request.set_cookie(&cookie_name(id), Some(&secret), SECONDS);
                // The offer is to be at hand as long as this is.
                request.set_cookie(&format!("offer-{id}"), Some(&token), SECONDS);
            })
        }
        None => Err(Error::NotFound),
    };
    let back = local_path(&format!("/offers/{offer}"));
    request.finish("consent", &back, outcome, &[], |()| After::Go(path(&offer, SignUpStep::Company)))
}

#[server(prefix = "/api", endpoint = "sign-up/load")]
pub async fn load_sign_up(offer: String, step: String) -> Result<SignUpPage, ApiError> {
    use mandate_service::domain_names::to_unicode;

    use super::{
        consent::{ConsentView, offer_url, token_of, view},
        draft::{Draft, Writer},
        request::{Request, local_path, redirect, refuse},
    };

    let request = Request::current()?;
    let found = match secret_of(&request, &offer) {
        Some(secret) => request.service().sign_up(&secret).await.map_err(refuse)?,
        None => None,
    };
    let (Some(found), Some((id, token))) = (found, token_of(&request, &offer)) else {
        return Ok(SignUpPage::Gone { offer });
    };
    if let Some(made) = found.finished {
        return Ok(SignUpPage::Done { company: made.company_name, user_name: made.user_name });
    }
    // What came of the offer meanwhile, its own page says.
    let ConsentView::Open(open) = view(found.consent, None, offer_url(&request, &token)) else {
        redirect(&local_path(&format!("/offers/{offer}")));
        return Ok(SignUpPage::Gone { offer });
    };
    let posted = request.take_posted("sign-up").or_else(|| request.take_posted("review"));
    let notice = request.take_notice();
    let draft = Draft::of(&request, Writer::SignUp, id, &token);
    let company = CompanyTyped {
        company_name: found.company.name,
        country: found.company.country.map(|country| country.code().to_owned()).unwrap_or_default(),
        domain_prefix: found.company.domain_prefix,
    };
    let administrator = AdministratorTyped {
        first_name: found.administrator.first_name,
        last_name: found.administrator.last_name,
        display_name: found.administrator.display_name,
        user_name: found.administrator.user_name,
        alternate_email: found.administrator.alternate_email,
    };
    let platform_domain = to_unicode(&found.platform_domain);
    let domain = format!("{}.{platform_domain}", company.domain_prefix);
    let step = shown(&step, found.step, found.administrator.email_confirmed);
    Ok(SignUpPage::Open(Box::new(SignUpView {
        open: *open,
        step,
        reached: found.step,
        // What was typed and not sent stands in its own step alone.
        company: draft.company.filter(|_| step == SignUpStep::Company).unwrap_or(company),
        prefix_problem: found.company.prefix_problem,
        administrator: draft.administrator.filter(|_| step == SignUpStep::Administrator).unwrap_or(administrator),
        has_password: found.administrator.has_password,
        is_confirmed: found.administrator.email_confirmed,
        domain,
        platform_domain,
        review: ReviewTyped { quantities: draft.quantities, authorize: draft.authorize },
        posted,
        notice,
    })))
}

/// Says whether a prefix is free, to who signs up and is typing it.
#[server(prefix = "/api", endpoint = "sign-up/prefix")]
pub async fn ask_prefix(offer: String, domain_prefix: String) -> Result<PrefixAnswer, ApiError> {
    use mandate_service::{Error, domain_names::to_unicode};

    use super::request::{Request, refuse};

    let request = Request::current()?;
    let secret = secret_of(&request, &offer).ok_or_else(|| refuse(ApiError::NotFound))?;
    match request.service().prefix_available(&secret, &domain_prefix).await {
        Ok(domain) => Ok(PrefixAnswer { is_free: true, text: format!("{} is free.", to_unicode(&domain)) }),
        Err(Error::Invalid(problems)) => {
            let text = problems.0.into_iter().next().map(|problem| format!("{}.", problem.message)).unwrap_or_default();
            Ok(PrefixAnswer { is_free: false, text })
        }
        Err(error) => Err(refuse(error)),
    }
}

#[server(prefix = "/api", endpoint = "sign-up/company")]
pub async fn save_company(offer: String, #[server(flatten)] company: CompanyTyped) -> Result<Posted<()>, ApiError> {
    use mandate_service::{Error, sign_up::CompanyForm};

    use super::request::{After, Request};

    let request = Request::current()?;
    let form =
        CompanyForm { name: &company.company_name, country: &company.country, domain_prefix: &company.domain_prefix };
    let outcome = match secret_of(&request, &offer) {
        Some(secret) => request.service().sign_up_company(&secret, form).await,
        None => Err(Error::NotFound),
    };
    if outcome.is_ok() {
        change_draft(&request, &offer, |draft| draft.company = None);
    }
    let typed = [
        ("company_name", company.company_name.as_str()),
        ("country", &company.country),
        ("domain_prefix", &company.domain_prefix),
    ];
    request.finish("sign-up", &path(&offer, SignUpStep::Company), outcome, &typed, |()| {
        After::Go(path(&offer, SignUpStep::Administrator))
    })
}

#[server(prefix = "/api", endpoint = "sign-up/administrator")]
pub async fn save_administrator(
    offer: String,
    #[server(flatten)] administrator: AdministratorTyped,
    #[server(default)] password: String,
) -> Result<Posted<()>, ApiError> {
    use mandate_service::{Error, sign_up::AdministratorForm};

    use super::request::{After, Request};

    let request = Request::current()?;
    let form = AdministratorForm {
        first_name: &administrator.first_name,
        last_name: &administrator.last_name,
        display_name: &administrator.display_name,
        user_name: &administrator.user_name,
        alternate_email: &administrator.alternate_email,
        password: &password,
    };
    let outcome = match secret_of(&request, &offer) {
        Some(secret) => request.service().sign_up_administrator(&secret, form).await,
        None => Err(Error::NotFound),
    };
    if outcome.is_ok() {
        change_draft(&request, &offer, |draft| draft.administrator = None);
    }
    let typed = [
        ("first_name", administrator.first_name.as_str()),
        ("last_name", &administrator.last_name),
        ("display_name", &administrator.display_name),
        ("user_name", &administrator.user_name),
        ("alternate_email", &administrator.alternate_email),
    ];
    // Where the address is confirmed already, the code is passed over.
    request.finish("sign-up", &path(&offer, SignUpStep::Administrator), outcome, &typed, |()| {
        After::Go(path(&offer, SignUpStep::Code))
    })
}

#[server(prefix = "/api", endpoint = "sign-up/send-code")]
pub async fn send_code(offer: String) -> Result<Posted<()>, ApiError> {
    use mandate_service::Error;

    use super::request::{After, Request};

    let request = Request::current()?;
    let outcome = match secret_of(&request, &offer) {
        Some(secret) => request.service().sign_up_send_code(&secret).await,
        None => Err(Error::NotFound),
    };
    let page = path(&offer, SignUpStep::Code);
    request.finish("sign-up", &page.clone(), outcome, &[], |()| {
        After::GoSaying(page, "A new code is on its way. The one before does not work any more.".to_owned())
    })
}

#[server(prefix = "/api", endpoint = "sign-up/code")]
pub async fn confirm_code(offer: String, code: String) -> Result<Posted<()>, ApiError> {
    use mandate_service::Error;

    use super::request::{After, Request};

    let request = Request::current()?;
    let outcome = match secret_of(&request, &offer) {
        Some(secret) => request.service().sign_up_code(&secret, &code).await,
        None => Err(Error::NotFound),
    };
    request.finish("sign-up", &path(&offer, SignUpStep::Code), outcome, &[], |()| {
        After::Go(path(&offer, SignUpStep::Review))
    })
}

/// Leaves a step for another, and keeps what was typed as it is, right or wrong.
#[server(prefix = "/api", endpoint = "sign-up/back")]
pub async fn go_back(
    offer: String,
    /// Which step is left.
    #[server(default)]
    from: String,
    /// For which one: for the one before it where none is said.
    #[server(default)]
    to: String,
    #[server(flatten)] company: CompanyTyped,
    #[server(flatten)] administrator: AdministratorTyped,
    #[server(default)] quantities: Vec<String>,
    #[server(default)] authorize: bool,
) -> Result<Posted<()>, ApiError> {
    use super::request::{After, Request, local_path};

    let request = Request::current()?;
    let from = SignUpStep::from_key(&from).unwrap_or(SignUpStep::Company);
    change_draft(&request, &offer, |draft| match from {
        SignUpStep::Company => draft.company = Some(company),
        SignUpStep::Administrator => draft.administrator = Some(administrator),
        SignUpStep::Review => (draft.quantities, draft.authorize) = (quantities, authorize),
        SignUpStep::Code | SignUpStep::Done => {}
    });
    let to = match (SignUpStep::from_key(&to), from) {
        (Some(to), _) => path(&offer, to),
        (None, SignUpStep::Company) => local_path(&format!("/offers/{offer}")),
        (None, SignUpStep::Administrator) => path(&offer, SignUpStep::Company),
        (None, SignUpStep::Code | SignUpStep::Review | SignUpStep::Done) => path(&offer, SignUpStep::Administrator),
    };
    request.finish("sign-up", &to.clone(), Ok(()), &[], |()| After::Go(to))
}

/// Takes what was begun out of this browser, for who comes next. The server forgets it with its day.
#[server(prefix = "/api", endpoint = "sign-up/forget")]
pub async fn forget_sign_up(offer: String) -> Result<Posted<()>, ApiError> {
    use super::{
        draft::Draft,
        request::{After, Request, local_path},
    };

    let request = Request::current()?;
    if let Ok(id) = offer.parse() {
        request.set_cookie(&cookie_name(id), None, 0);
        Draft::forget(&request, id);
    }
    let to = local_path(&format!("/offers/{offer}"));
    request.finish("sign-up", &to.clone(), Ok(()), &[], |()| After::Go(to))
}

/// Makes the company, accepts the offer for it, and signs its administrator in.
#[server(prefix = "/api", endpoint = "sign-up/finish")]
pub async fn finish_sign_up(
    offer: String,
    #[server(default)] quantities: Vec<String>,
    /// Those of which the total stood there.
    #[server(default)]
    shown: Vec<String>,
    #[server(default)] authorize: bool,
) -> Result<Posted<()>, ApiError> {
    use mandate_service::{Error, sign_in::Whence};

    use super::request::{After, Request, redirect};

    const SUBSCRIPTIONS: &str = "/subscriptions";

    let request = Request::current()?;
    let secret = secret_of(&request, &offer);
    // Sent twice, and the first was answered meanwhile.
    if secret.is_none() && request.principal().await?.is_some() {
        redirect(SUBSCRIPTIONS);
        return Ok(Posted::Done(()));
    }
    let whence = Whence { address: request.address()?, user_agent: request.user_agent() };
    let mut signed_in = false;
    let outcome = match secret {
        Some(secret) => finish(&request, &offer, &secret, (&quantities, &shown), authorize, whence).await,
        None => Err(Error::NotFound),
    };
    let outcome = outcome.map(|(finished, told)| {
        signed_in = finished.token.is_some();
        if let Some(token) = finished.token {
            request.start_session(token.text());
            request.follow_locale(finished.locale);
        }
        told
    });
    match (&outcome, offer.parse::<mandate_domain::OfferId>()) {
        (Ok(_), Ok(id)) => {
            request.set_cookie(&cookie_name(id), None, 0);
            super::draft::Draft::forget(&request, id);
        }
        _ => change_draft(&request, &offer, |draft| (draft.quantities, draft.authorize) = (quantities, authorize)),
    }
    let back = path(&offer, if is_about_prefix(&outcome) { SignUpStep::Company } else { SignUpStep::Review });
    let posted = request.finish("sign-up", &back, outcome, &[], |told| {
        let to = if signed_in { SUBSCRIPTIONS.to_owned() } else { format!("/sign-in?next={SUBSCRIPTIONS}") };
        After::GoSaying(to, told.clone())
    })?;
    Ok(match posted {
        Posted::Done(_) => Posted::Done(()),
        Posted::Refused(refused) => Posted::Refused(refused),
    })
}

/// What has come of it, also in words.
#[cfg(feature = "ssr")]
async fn finish(
    request: &super::request::Request,
    offer: &str,
    secret: &str,
    (quantities, shown): (&[String], &[String]),
    authorize: bool,
    from: mandate_service::sign_in::Whence,
) -> mandate_service::Result<(mandate_service::sign_up::Finished, String)> {
    use mandate_service::{Error, consent::Consent};

    use super::{
        consent::token_of,
        sale_consent::{check_seen, what_happened},
    };

    let service = request.service();
    let (_, token) = token_of(request, offer).ok_or(Error::NotFound)?;
    let before = service.sign_up(secret).await?.ok_or(Error::NotFound)?;
    if before.finished.is_none() {
        check_seen(service, &token, quantities, shown).await?;
    }
    let finished = service.sign_up_finish(secret, quantities, authorize, from).await?;
    let company = before.finished.map_or(before.company.name, |made| made.company_name);
    let told = match before.consent {
        Consent::Open(open) => what_happened(&open, finished.accepted.grant.is_some()),
        _ => String::new(),
    };
    let told = format!("{company} is there, and you are its global administrator. {told}");
    Ok((finished, told.trim().to_owned()))
}

/// Taken by somebody else while the rest was filled in.
#[cfg(feature = "ssr")]
fn is_about_prefix(outcome: &mandate_service::Result<String>) -> bool {
    use mandate_service::{Error, form::Problems};

    match outcome {
        Err(Error::Invalid(Problems(problems))) => problems.iter().any(|problem| problem.field == "domain_prefix"),
        _ => false,
    }
}

/// As long as the server keeps it.
#[cfg(feature = "ssr")]
const SECONDS: i64 = 60 * 60 * 24;

#[cfg(feature = "ssr")]
pub(crate) fn cookie_name(offer: mandate_domain::OfferId) -> String {
    format!("sign-up-{offer}")
}

/// The secret of what was begun by an offer in this browser.
#[cfg(feature = "ssr")]
pub(crate) fn secret_of(request: &super::request::Request, offer: &str) -> Option<String> {
    request.cookie(&cookie_name(offer.parse().ok()?))
}

#[cfg(feature = "ssr")]
fn change_draft(request: &super::request::Request, offer: &str, change: impl FnOnce(&mut super::draft::Draft)) {
    use super::draft::{Draft, Writer};

    if let Some((id, token)) = super::consent::token_of(request, offer) {
        let mut draft = Draft::of(request, Writer::SignUp, id, &token);
        change(&mut draft);
        draft.keep(request, Writer::SignUp, id, &token);
    }
}

#[cfg(feature = "ssr")]
fn path(offer: &str, step: SignUpStep) -> String {
    super::request::local_path(&format!("/sign-up/{offer}?step={}", step.key()))
}

/// Which step to show: the one that is asked for, where it has been reached. A code is not asked for again.
#[cfg(feature = "ssr")]
fn shown(asked: &str, reached: SignUpStep, is_confirmed: bool) -> SignUpStep {
    match SignUpStep::from_key(asked) {
        Some(SignUpStep::Code) if is_confirmed => reached.min(SignUpStep::Review),
        Some(asked) => asked.min(reached),
        None => reached,
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_shown_where_it_was_reached() {
        use SignUpStep::{Administrator, Code, Company, Review};
        for (asked, reached, is_confirmed, expected) in [
            ("", Company, false, Company),
            ("", Review, true, Review),
            ("review", Company, false, Company),
            ("review", Code, false, Code),
            ("company", Review, true, Company),
            ("administrator", Review, true, Administrator),
            ("code", Code, false, Code),
            ("code", Review, true, Review),
            ("code", Administrator, true, Administrator),
            ("elsewhere", Administrator, false, Administrator),
        ] {
            assert_eq!(shown(asked, reached, is_confirmed), expected, "{asked} of {reached:?}");
        }
    }
}
