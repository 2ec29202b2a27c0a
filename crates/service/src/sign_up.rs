//! How somebody without an account starts with an offer: step by step, what they typed is kept with a secret in their
//! browser, until it becomes a company, all at once. What is left lying is forgotten after a day.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use mandate_domain::{
    Country, DisplayName, DomainName, DomainPrefix, EmailAddress, Line, LocalPart, Locale, OrderId, PersonName,
    SignUpId, TextError,
};
use mandate_store::{
    Conn, companies, domains,
    offers::{self, Offer},
    orders, sign_in_attempts,
    sign_ups::{self, SignUp},
    transaction, users,
};

pub use mandate_domain::SignUpStep as Step;

use crate::{
    Company, Error, Result, Service,
    acceptance::Accepted,
    consent::{Consent, may_sign_up},
    form::Problems,
    notify::Recipient,
    passwords::Strength,
    server_key::{OfferToken, Secret},
    sign_in::address_key,
};

/// Which prefixes nobody can have, where the operator does not say others.
pub const RESERVED_PREFIXES: [&str; 10] =
    ["admin", "administrator", "api", "mail", "mandate", "postmaster", "root", "security", "support", "www"];

const KEEP_HOURS: i64 = 24;
/// About how many are begun within that time from one network, and for one offer.
const MOST_FROM_ADDRESS: i64 = 20;
const MOST_FOR_OFFER: i64 = 20;
/// How many wrong codes may be entered for one that was sent.
const MOST_TRIES: i64 = 5;
/// How many codes are sent for one sign-up, and to one address in a row, until none was asked for in an hour: it may be a
/// stranger's.
const MOST_CODES: i64 = 5;
const CODES_FORGOTTEN_HOURS: i64 = 1;
/// How many passwords are looked at in a row for one sign-up, until none was chosen in an hour: hashing one takes a core's
/// time, and a stranger may ask for it.
const MOST_PASSWORDS: i64 = 20;
/// And for all that were begun from one network, where more than one person may sign up.
const MOST_PASSWORDS_FROM_ADDRESS: i64 = 60;
const PASSWORDS_FORGOTTEN_HOURS: i64 = 1;

/// How far somebody has come.
#[derive(Clone, Debug)]
pub struct SignUpView {
    /// The offer, as who is signed out sees it: it can be over by now.
    pub consent: Consent,
    pub step: Step,
    pub company: CompanyStep,
    pub administrator: AdministratorStep,
    pub platform_domain: DomainName,
    pub finished: Option<Made>,
}

/// What was typed of the company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompanyStep {
    pub name: String,
    /// That of a trial, until another was chosen.
    pub country: Option<Country>,
    pub domain_prefix: String,
    /// Why the prefix cannot be had any more.
    pub prefix_problem: Option<String>,
}

/// And of its first administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdministratorStep {
    pub first_name: String,
    pub last_name: String,
    pub display_name: String,
    pub user_name: String,
    pub alternate_email: String,
    pub email_confirmed: bool,
    pub has_password: bool,
    /// Whether a code can be entered, or will be when its mail has gone out.
    pub code_sent: bool,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    pub company_name: String,
    /// By which the first administrator signs in.
    pub user_name: String,
    pub order: OrderId,
}

/// A sign-up that has ended well.
#[derive(Debug)]
pub struct Finished {
    /// The session's token, to be shown to the browser once; none where they have to sign in, since it was finished a
    /// while ago.
    pub token: Option<Secret>,
    pub locale: Locale,
    pub accepted: Accepted,
}

/// The fields of the company, as typed.
#[derive(Clone, Copy, Debug, Default)]
pub struct CompanyForm<'a> {
    pub name: &'a str,
    pub country: &'a str,
    pub domain_prefix: &'a str,
}

/// Those of the first administrator.
#[derive(Clone, Copy, Debug, Default)]
pub struct AdministratorForm<'a> {
    pub first_name: &'a str,
    pub last_name: &'a str,
    /// Made of both, where it is empty.
    pub display_name: &'a str,
    /// The part before the @.
    pub user_name: &'a str,
    pub alternate_email: &'a str,
    /// The one that was chosen before stays, where it is empty.
    pub password: &'a str,
}

struct Administrator {
    first_name: Option<PersonName>,
    last_name: Option<PersonName>,
    display_name: DisplayName,
    user_name: LocalPart,
    alternate_email: EmailAddress,
}

impl Administrator {
    fn parse(form: &AdministratorForm, problems: &mut Problems) -> Option<Self> {
        let first_name = problems.check("first_name", PersonName::parse_optional(form.first_name));
        let last_name = problems.check("last_name", PersonName::parse_optional(form.last_name));
        let display_name = match DisplayName::parse(form.display_name) {
            Err(TextError::Empty(_)) => DisplayName::parse(&format!("{} {}", form.first_name, form.last_name)),
            parsed => parsed,
        };
        let display_name = problems.check("display_name", display_name);
        let user_name = problems.check("user_name", LocalPart::parse(form.user_name));
        let alternate_email = problems.check("alternate_email", EmailAddress::parse(form.alternate_email));
        Some(Self {
            first_name: first_name?,
            last_name: last_name?,
            display_name: display_name?,
            user_name: user_name?,
            alternate_email: alternate_email?,
        })
    }
}

/// What is still to be done.
fn step(sign_up: &SignUp) -> Step {
    if sign_up.finished_company.is_some() {
        Step::Done
    } else if sign_up.domain_prefix.is_none() {
        Step::Company
    } else if sign_up.password_hash.is_none() {
        Step::Administrator
    } else if !sign_up.email_confirmed {
        Step::Code
    } else {
        Step::Review
    }
}

/// What somebody tries first who knows what was typed.
fn names(sign_up: &SignUp, form: &AdministratorForm) -> Vec<String> {
    let kept = [&sign_up.company_name, &sign_up.domain_prefix, &sign_up.display_name, &sign_up.user_name];
    let typed = [form.first_name, form.last_name, form.display_name, form.user_name];
    kept.into_iter().flatten().cloned().chain(typed.map(ToOwned::to_owned)).collect()
}

impl Service {
    /// Begins, and gives the secret that the browser keeps. One that was begun with the same URL goes on. Counted in the
    /// database: from one network and for one offer it can be done so often within a day.
    pub async fn begin_sign_up(&self, token: &str, address: IpAddr, current: Option<&str>) -> Result<String> {
        let token = OfferToken::parse(token).ok_or(Error::NotFound)?;
        let secret = Secret::new(&*self.entropy);
        let address_key = address_key(address);
        let now = self.now();
        let since = now - TimeDelta::hours(KEEP_HOURS);
        transaction!(self.db, Error, |conn| {
            let offer = offers::lock(conn, token.offer).await?;
            let offer = offer.filter(|offer| self.key.verifies(&token, offer.generation)).ok_or(Error::NotFound)?;
            if let Some(current) = current
                && let Some(begun) = self.begun(conn, current).await?
                && (begun.offer_id, begun.generation) == (offer.id, offer.generation)
            {
                return Ok(current.to_owned());
            }
            let partner = self.check_start(conn, &offer, offer.generation).await?;
            if sign_ups::count_from(conn, &address_key, since).await? >= MOST_FROM_ADDRESS {
                return Err(begun_too_often("from your network", &partner));
            }
            if sign_ups::count_of_offer(conn, offer.id, since).await? >= MOST_FOR_OFFER {
                return Err(begun_too_often("with this offer", &partner));
            }
            let sign_up = SignUp {
                id: SignUpId(self.new_id()),
                offer_id: offer.id,
                generation: offer.generation,
                address_key: address_key.clone(),
                company_name: None,
                country: None,
                domain_prefix: None,
                first_name: None,
                last_name: None,
                display_name: None,
                user_name: None,
                alternate_email: None,
                password_hash: None,
                email_confirmed: false,
                code_tries: 0,
                code_expires_at: None,
                created_at: now,
                finished_at: None,
                finished_company: None,
                finished_order: None,
            };
            sign_ups::insert(conn, &sign_up, &secret.hash()).await?;
            Ok(secret.text().to_owned())
        })
    }

    /// How far it has come; nothing where it was never begun, or is forgotten. It reads, and changes nothing.
    pub async fn sign_up(&self, secret: &str) -> Result<Option<SignUpView>> {
        let now = self.now();
        let mut conn = self.db.read().await?;
        let Some(sign_up) = self.begun(&mut conn, secret).await? else { return Ok(None) };
        let offer = offers::by_token(&mut conn, sign_up.offer_id).await?.ok_or(Error::NotFound)?;
        let finished = Self::made(&mut conn, &sign_up).await?;
        let prefix_problem = match &sign_up.domain_prefix {
            Some(prefix) if finished.is_none() => self.domain_of(&mut conn, prefix).await?.err(),
            _ => None,
        };
        let country = sign_up.country.or(offer.country);
        let consent = if offer.generation == sign_up.generation {
            self.consent_to(&mut conn, None, offer).await?
        } else {
            Consent::Unknown
        };
        Ok(Some(SignUpView {
            consent,
            // A prefix that was taken meanwhile leads back to its step, with all else kept.
            step: if prefix_problem.is_some() { Step::Company } else { step(&sign_up) },
            administrator: AdministratorStep {
                code_sent: awaits_code(&sign_up, now),
                email_confirmed: sign_up.email_confirmed,
                has_password: sign_up.password_hash.is_some(),
                first_name: sign_up.first_name.unwrap_or_default(),
                last_name: sign_up.last_name.unwrap_or_default(),
                display_name: sign_up.display_name.unwrap_or_default(),
                user_name: sign_up.user_name.unwrap_or_default(),
                alternate_email: sign_up.alternate_email.unwrap_or_default(),
            },
            company: CompanyStep {
                name: sign_up.company_name.unwrap_or_default(),
                country,
                domain_prefix: sign_up.domain_prefix.unwrap_or_default(),
                prefix_problem,
            },
            platform_domain: self.settings.platform_domain.clone(),
            finished,
        }))
    }

    async fn made(conn: &mut Conn, sign_up: &SignUp) -> Result<Option<Made>> {
        let Some(company) = sign_up.finished_company else { return Ok(None) };
        let order = orders::by_offer_and_company(conn, sign_up.offer_id, company).await?.ok_or(Error::NotFound)?;
        let user = users::by_id(conn, company, order.accepted_by).await?.ok_or(Error::NotFound)?;
        let company = companies::by_id(conn, company).await?.ok_or(Error::NotFound)?;
        Ok(Some(Made { company_name: company.name, user_name: user.user_name, order: order.id }))
    }

    /// The domain that a prefix would give, while nobody has it.
    pub async fn prefix_available(&self, secret: &str, prefix: &str) -> Result<DomainName> {
        let mut conn = self.db.read().await?;
        self.begun(&mut conn, secret).await?.ok_or(Error::NotFound)?;
        let domain = self.domain_of(&mut conn, prefix).await?;
        domain.map_err(|message| Problems::one("domain_prefix", message).into())
    }

    /// Keeps what was typed of the company.
    pub async fn sign_up_company(&self, secret: &str, form: CompanyForm<'_>) -> Result<()> {
        transaction!(self.db, Error, |conn| {
            let (sign_up, offer) = self.go_on(conn, secret).await?;
            let mut problems = Problems::default();
            let name = problems.check("company_name", Line::parse(form.name));
            let country = problems.check("country", Country::parse(form.country));
            if let Some(country) = country {
                let sale = Self::sale_of(conn, &offer).await?.ok_or(Error::NotFound)?;
                problems.check("country", sale.check_country(country));
            }
            problems.check("domain_prefix", self.domain_of(conn, form.domain_prefix).await?);
            let prefix = DomainPrefix::parse(form.domain_prefix).ok();
            match (name, country, prefix) {
                (Some(name), Some(country), Some(prefix)) if problems.is_empty() => {
                    kept(sign_ups::save_company(conn, sign_up.id, &name, country, &prefix.to_string()).await?)
                }
                _ => Err(problems.into()),
            }
        })
    }

    /// Keeps what was typed of the first administrator; a code goes to an address that is new.
    pub async fn sign_up_administrator(&self, secret: &str, form: AdministratorForm<'_>) -> Result<()> {
        let begun = self.count_password(secret, !form.password.is_empty()).await?;
        let mut problems = Problems::default();
        let administrator = Administrator::parse(&form, &mut problems);
        if !form.password.is_empty() {
            let strong = self.passwords.check(form.password.to_owned(), names(&begun, &form)).await?;
            problems.check("password", strong);
        } else if begun.password_hash.is_none() {
            problems.add("password", "Choose a password");
        }
        let (Some(new), true) = (administrator, problems.is_empty()) else { return Err(problems.into()) };
        let hash = match form.password {
            "" => None,
            password => Some(self.passwords.hash(password.to_owned()).await?),
        };
        transaction!(self.db, Error, |conn| {
            let (mut sign_up, _) = self.go_on(conn, secret).await?;
            let address = new.alternate_email.as_str();
            let is_new = sign_up.alternate_email.as_deref() != Some(address);
            sign_up.first_name = new.first_name.as_ref().map(ToString::to_string);
            sign_up.last_name = new.last_name.as_ref().map(ToString::to_string);
            sign_up.display_name = Some(new.display_name.to_string());
            sign_up.user_name = Some(new.user_name.as_str().to_owned());
            sign_up.alternate_email = Some(address.to_owned());
            sign_up.password_hash = hash.clone().or(sign_up.password_hash);
            kept(sign_ups::save_administrator(conn, &sign_up).await?)?;
            if is_new { self.send_code(conn, &sign_up, "alternate_email").await } else { Ok(()) }
        })
    }

    /// What goes on, with one more password counted where one was chosen.
    async fn count_password(&self, secret: &str, is_chosen: bool) -> Result<SignUp> {
        let now = self.now();
        let since = now - TimeDelta::hours(PASSWORDS_FORGOTTEN_HOURS);
        let (begun, is_too_often) = transaction!(self.db, Error, |conn| {
            let (begun, _) = self.go_on(conn, secret).await?;
            if !is_chosen {
                return Ok((begun, false));
            }
            // What is refused for one sign-up takes nothing from the others of its network.
            for (whose, most) in
                [(begun.id.to_string(), MOST_PASSWORDS), (begun.address_key.clone(), MOST_PASSWORDS_FROM_ADDRESS)]
            {
                let key = format!("sign-up password:{whose}");
                if sign_in_attempts::count(conn, &key, now, since).await? >= most {
                    return Ok((begun, true));
                }
            }
            Ok((begun, false))
        })?;
        if is_too_often {
            return Err(Problems::one("password", "Many passwords were tried already. Try again in an hour").into());
        }
        Ok(begun)
    }

    /// Sends another code; the ones before end.
    pub async fn sign_up_send_code(&self, secret: &str) -> Result<()> {
        transaction!(self.db, Error, |conn| {
            let (sign_up, _) = self.go_on(conn, secret).await?;
            if sign_up.email_confirmed { Ok(()) } else { self.send_code(conn, &sign_up, "code").await }
        })
    }

    /// Leaves a mail that gets its code when it is sent. It is to nobody by name: what a stranger typed does not go out.
    async fn send_code(&self, conn: &mut Conn, sign_up: &SignUp, field: &str) -> Result<()> {
        let Some(address) = sign_up.alternate_email.clone() else { return Err(Error::NotFound) };
        let now = self.now();
        let since = now - TimeDelta::hours(CODES_FORGOTTEN_HOURS);
        let sent =
            sign_in_attempts::count(conn, &format!("sign-up code:{}", address.to_lowercase()), now, since).await?;
        if sent >= MOST_CODES {
            return Err(Problems::one(field, "Many codes were sent there already. Try again in an hour").into());
        }
        if !sign_ups::begin_code(conn, sign_up.id, MOST_CODES).await? {
            return Err(Problems::one(field, "Many codes were sent already. Try again tomorrow").into());
        }
        let to = Recipient { name: String::new(), address };
        let mail = self.leave_mail(conn, to, "Confirm your email address", "").await?;
        Ok(sign_ups::insert_mail(conn, mail, sign_up.id).await?)
    }

    /// Confirms the address to which a code was sent.
    pub async fn sign_up_code(&self, secret: &str, code: &str) -> Result<()> {
        let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Problems::one("code", "The code has six digits").into());
        }
        let now = self.now();
        // A wrong try is counted, so this transaction ends well; what is to be said of it comes after.
        let is_right = transaction!(self.db, Error, |conn| {
            let (sign_up, _) = self.go_on(conn, secret).await?;
            if sign_up.email_confirmed {
                return Ok(Some(true));
            }
            let Some((address, hash)) = sign_ups::try_code(conn, sign_up.id, now, MOST_TRIES).await? else {
                return Ok(None);
            };
            if !self.key.verifies_sign_up_code(sign_up.id, &address, &code, &hash) {
                return Ok(Some(false));
            }
            kept(sign_ups::confirm(conn, sign_up.id, &address).await?)?;
            Ok(Some(true))
        })?;
        match is_right {
            Some(true) => Ok(()),
            Some(false) => Err(Problems::one("code", "This is not the code that was sent last").into()),
            None => Err(Problems::one("code", "No code works any more. Send a new one").into()),
        }
    }

    /// How hard a password that is being typed is to guess; nothing where there is other work. `None` where nothing was
    /// begun.
    pub async fn password_strength_in_sign_up(
        &self,
        secret: &str,
        password: String,
    ) -> Result<Option<Option<Strength>>> {
        let Some(begun) = self.begun(&mut self.db.read().await?, secret).await? else { return Ok(None) };
        Ok(Some(self.passwords.strength(password, names(&begun, &AdministratorForm::default())).await))
    }

    /// What was begun with a secret, within the day.
    pub(crate) async fn begun(&self, conn: &mut Conn, secret: &str) -> Result<Option<SignUp>> {
        let found = sign_ups::by_token_hash(conn, &Secret::hash_of(secret)).await?;
        Ok(found.filter(|sign_up| self.now() < sign_up.created_at + TimeDelta::hours(KEEP_HOURS)))
    }

    /// The same to be gone on with, held until the transaction ends, and its offer.
    async fn go_on(&self, conn: &mut Conn, secret: &str) -> Result<(SignUp, Offer)> {
        let begun = self.begun(conn, secret).await?.ok_or(Error::NotFound)?;
        let sign_up = sign_ups::lock(conn, begun.id).await?.ok_or(Error::NotFound)?;
        if sign_up.finished_company.is_some() {
            let message = "Your company is there already, so nothing was changed. Sign in.";
            return Err(Error::Changed(message.to_owned()));
        }
        let offer = offers::by_token(conn, sign_up.offer_id).await?.ok_or(Error::NotFound)?;
        self.check_start(conn, &offer, sign_up.generation).await?;
        Ok((sign_up, offer))
    }

    /// Whether a company can start with the URL of a generation, while the offer is open.
    pub(crate) async fn check_start(&self, conn: &mut Conn, offer: &Offer, generation: i64) -> Result<Company> {
        let partner = companies::by_id(conn, offer.partner_id).await?.ok_or(Error::NotFound)?;
        if offer.generation != generation {
            let name = &partner.name;
            let message = format!("This offer has a new URL, so nothing was changed. Ask {name} for it.");
            return Err(Error::Changed(message));
        }
        if !may_sign_up(offer) {
            let message = "This offer is meant for a company that has an account. Sign in with that.";
            return Err(Error::Changed(message.to_owned()));
        }
        self.check_answerable(offer, &partner)?;
        Ok(partner)
    }

    /// The domain that a prefix gives, or why it cannot be had.
    pub(crate) async fn domain_of(&self, conn: &mut Conn, prefix: &str) -> Result<Result<DomainName, String>> {
        let prefix = match DomainPrefix::parse(prefix) {
            Ok(prefix) => prefix,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let text = prefix.to_string();
        // Labels with hyphens in these places are other names in disguise (RFC 5890, section 2.3.1).
        if self.settings.reserved_prefixes.contains(&text) || text.get(2..4) == Some("--") {
            return Ok(Err(format!("{prefix} is reserved. Choose another")));
        }
        let domain = match prefix.under(&self.settings.platform_domain) {
            Ok(domain) => domain,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let is_taken = domains::owner(conn, domain.as_str()).await?.is_some();
        Ok(if is_taken { Err(format!("{domain} is taken. Choose another")) } else { Ok(domain) })
    }

    /// Forgets what was begun more than a day ago, with the addresses in the outbox.
    pub(crate) async fn forget_sign_ups(conn: &mut Conn, now: DateTime<Utc>) -> Result<()> {
        Ok(sign_ups::delete_before(conn, now - TimeDelta::hours(KEEP_HOURS)).await?)
    }
}

/// A guarded write to what is held.
fn kept(was_kept: bool) -> Result<()> {
    if was_kept { Ok(()) } else { Err(Error::Internal("a sign-up that was held has changed")) }
}

fn awaits_code(sign_up: &SignUp, now: DateTime<Utc>) -> bool {
    sign_up.alternate_email.is_some()
        && !sign_up.email_confirmed
        && sign_up.code_tries < MOST_TRIES
        && sign_up.code_expires_at.is_none_or(|at| at > now)
}

fn begun_too_often(from: &str, partner: &Company) -> Error {
    let name = &partner.name;
    let message =
        format!("Many companies were begun {from} today, so nothing was begun. Try again tomorrow, or ask {name}.");
    Error::Changed(message)
}
