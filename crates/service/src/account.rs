//! A person's own account: the address that is theirs, and where they are signed in.

use chrono::{DateTime, TimeDelta, Utc};
use mandate_domain::{Action, EmailAddress, Event};
use mandate_store::{
    Conn,
    email_confirmations::{self, Confirmation},
    secret_mail::MailSecret,
    sessions::{self, OwnSession},
    sign_in_attempts, transaction,
    users::{self, User},
};

use crate::{
    Error, Principal, Result, Service,
    form::Problems,
    notify::Recipient,
    place::{Place, named},
    principal::SESSION_IDLE_HOURS,
};

/// How many wrong codes may be entered for one that was sent.
const MOST_TRIES: i64 = 5;
/// How many codes are sent in a row, until none was asked for in an hour: they go to addresses that may be strangers'.
const MOST_CODES: i64 = 5;
const CODES_FORGOTTEN_HOURS: i64 = 1;
/// How long after signing in the password need not be shown again.
const FRESH_MINUTES: i64 = 15;
const MOST_SESSIONS: i64 = 100;

/// What a person sees of their own account.
#[derive(Clone, Debug)]
pub struct Account {
    pub user: User,
    pub unconfirmed: Option<Unconfirmed>,
    /// Whether the password is asked for, since the session is not fresh.
    pub asks_password: bool,
    /// The last seen first.
    pub sessions: Vec<OwnSession>,
}

/// An address that waits for its code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unconfirmed {
    pub address: String,
    /// Whether a code can be entered, or will be when its mail has gone out.
    pub is_open: bool,
}

/// What came of an alternate e-mail that was entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailChange {
    Removed,
    /// It stands there, and is confirmed.
    Kept,
    CodeSent,
}

impl Service {
    pub async fn account(&self, who: &Principal) -> Result<Account> {
        let now = self.now();
        let mut conn = self.db.read().await?;
        Place::own(who).permits(Action::ReadUser(who.user.id))?;
        let waiting = email_confirmations::of_user(&mut conn, who.user.id).await?;
        let idle_since = now - TimeDelta::hours(SESSION_IDLE_HOURS);
        let sessions = sessions::of_user(&mut conn, who.user.id, now, idle_since, MOST_SESSIONS).await?;
        let is_fresh = Self::is_fresh(&mut conn, who, now).await?;
        Ok(Account {
            user: who.user.clone(),
            unconfirmed: waiting
                .map(|waiting| Unconfirmed { is_open: is_open(&waiting, now), address: waiting.address }),
            asks_password: !is_fresh,
            sessions,
        })
    }

    async fn is_fresh(conn: &mut Conn, who: &Principal, now: DateTime<Utc>) -> Result<bool> {
        let session = sessions::by_token_hash(conn, &who.session).await?;
        Ok(session.is_some_and(|session| now - session.signed_in_at < TimeDelta::minutes(FRESH_MINUTES)))
    }

    /// Sets the address to which one's links go, or takes it away. A new one counts when its code was entered. Who
    /// holds it can choose the password, so a session left open is not enough to set it.
    pub async fn change_alternate_email(
        &self,
        who: &Principal,
        address: Option<&EmailAddress>,
        current_password: Option<String>,
    ) -> Result<EmailChange> {
        Place::own(who).permits(Action::UpdateOwnProfile(who.user.id))?;
        let now = self.now();
        let is_fresh = Self::is_fresh(&mut self.db.read().await?, who, now).await?;
        if !is_fresh && !self.is_own_password(who, current_password.unwrap_or_default()).await? {
            return Err(Problems::one("current_password", "This is not your current password").into());
        }
        transaction!(self.db, Error, |conn| {
            let place = self.enter_to_change(conn, who, who.company.id).await?;
            place.permits(Action::UpdateOwnProfile(who.user.id))?;
            let user = users::lock(conn, who.company.id, who.user.id).await?.ok_or(Error::NotFound)?;
            let Some(address) = address else {
                email_confirmations::forget(conn, user.id).await?;
                if user.alternate_email.is_some() {
                    self.keep_alternate_email(conn, who, &place, user, None).await?;
                }
                return Ok(EmailChange::Removed);
            };
            let address = address.as_str();
            if user.alternate_email_confirmed && user.alternate_email.as_deref() == Some(address) {
                email_confirmations::forget(conn, user.id).await?;
                return Ok(EmailChange::Kept);
            }
            let (key, since) = (format!("code:{}", user.id), now - TimeDelta::hours(CODES_FORGOTTEN_HOURS));
            if sign_in_attempts::count(conn, &key, now, since).await? >= MOST_CODES {
                let message = "Many codes were sent already. Try again in an hour";
                return Err(Problems::one("alternate_email", message).into());
            }
            email_confirmations::begin(conn, user.id, address).await?;
            let to = Recipient { name: user.display_name.clone(), address: address.to_owned() };
            self.notify_secret(conn, to, "Confirm your alternate email", MailSecret::EmailCode, user.id).await?;
            Ok(EmailChange::CodeSent)
        })
    }

    /// Confirms the address to which a code was sent.
    pub async fn confirm_alternate_email(&self, who: &Principal, code: &str) -> Result<()> {
        Place::own(who).permits(Action::UpdateOwnProfile(who.user.id))?;
        let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Problems::one("code", "The code has six digits").into());
        }
        let now = self.now();
        // A wrong try is counted, so this transaction ends well; what is to be said of it comes after.
        let is_right = transaction!(self.db, Error, |conn| {
            let place = self.enter_to_change(conn, who, who.company.id).await?;
            place.permits(Action::UpdateOwnProfile(who.user.id))?;
            let user = users::lock(conn, who.company.id, who.user.id).await?.ok_or(Error::NotFound)?;
            let Some((address, kept)) = email_confirmations::count_try(conn, user.id, now, MOST_TRIES).await? else {
                return Ok(None);
            };
            if !self.key.verifies_email_code(user.id, &address, &code, &kept) {
                return Ok(Some(false));
            }
            email_confirmations::forget(conn, user.id).await?;
            sign_in_attempts::forget(conn, &format!("code:{}", user.id)).await?;
            self.keep_alternate_email(conn, who, &place, user, Some(address)).await?;
            Ok(Some(true))
        })?;
        match is_right {
            Some(true) => Ok(()),
            Some(false) => Err(Problems::one("code", "This is not the code that was sent last").into()),
            None => Err(Problems::one("code", "No code works any more. Send a new one").into()),
        }
    }

    /// Forgets an address that waits for its code.
    pub async fn cancel_alternate_email(&self, who: &Principal) -> Result<()> {
        Place::own(who).permits(Action::UpdateOwnProfile(who.user.id))?;
        transaction!(self.db, Error, |conn| {
            email_confirmations::forget(conn, who.user.id).await?;
            Ok(())
        })
    }

    /// Keeps an address that the person has shown to be theirs, or none, and tells the one before it.
    async fn keep_alternate_email(
        &self,
        conn: &mut Conn,
        who: &Principal,
        place: &Place,
        user: User,
        address: Option<String>,
    ) -> Result<()> {
        let before = Recipient::from(&user);
        let body = match &address {
            Some(address) => format!("{address} is the alternate email of {} now.", user.user_name),
            None => format!("{} has no alternate email any more.", user.user_name),
        };
        let body = format!(
            "{body}\n\nIf it was not you, change your password and look at where you are signed in:\n{}\n",
            self.url("/account")
        );
        let changed = User {
            alternate_email_confirmed: address.is_some(),
            alternate_email_set_by: None,
            alternate_email: address,
            ..user
        };
        users::update_profile(conn, &changed).await?;
        self.record(conn, who, place, &named(&changed), Event::AlternateEmailChanged).await?;
        if changed.alternate_email.as_ref() != Some(&before.address) {
            self.notify(conn, [before], "Your alternate email was changed", &body).await?;
        }
        Ok(())
    }

    /// Ends one of the person's own sessions; another's is as none.
    pub async fn end_session(&self, who: &Principal, token_hash: &[u8]) -> Result<()> {
        Place::own(who).permits(Action::UpdateOwnProfile(who.user.id))?;
        transaction!(self.db, Error, |conn| {
            sessions::delete_own(conn, who.user.id, token_hash).await?;
            Ok(())
        })
    }

    /// Ends all of the person's sessions, this one too.
    pub async fn sign_out_everywhere(&self, who: &Principal) -> Result<()> {
        transaction!(self.db, Error, |conn| {
            sessions::delete_of_user(conn, who.user.id, None).await?;
            Ok(())
        })
    }
}

fn is_open(waiting: &Confirmation, now: DateTime<Utc>) -> bool {
    waiting.tries < MOST_TRIES && waiting.expires_at.is_none_or(|at| at > now)
}
