//! Signing in and out.

use std::{net::IpAddr, time::Duration};

use chrono::TimeDelta;
use mandate_domain::{Locale, MAX_PASSWORD, UserName};
use mandate_store::{
    sessions::{self, Origin},
    sign_in_attempts, transaction, users,
};

use crate::{Error, Principal, Result, Service, browser::browser_name, principal::SESSION_DAYS, server_key::Secret};

/// After this long without a failure, earlier ones are forgotten.
const FORGET_MINUTES: i64 = 15;
/// Failures for a user name, and from an address, from which on each attempt is answered later, and by how much at
/// most. The right password always works, however many others tried: a stranger can slow a person, and never lock them
/// out.
const FREE_FAILURES_PER_NAME: i64 = 5;
const FREE_FAILURES_PER_ADDRESS: i64 = 50;
const LONGEST_DELAY: Duration = Duration::from_secs(8);

/// How an attempt ended.
#[derive(Debug)]
pub enum SignIn {
    /// The session's token, to be shown to the browser once.
    Done { token: Secret, must_change_password: bool, locale: Locale },
    /// An unknown user, a wrong password and a blocked user: one answer, after the same work.
    Refused,
}

/// From where somebody signs in.
#[derive(Clone, Debug)]
pub struct Whence {
    pub address: IpAddr,
    pub user_agent: String,
}

impl From<IpAddr> for Whence {
    fn from(address: IpAddr) -> Self {
        Self { address, user_agent: String::new() }
    }
}

fn name_key(user_name: &str) -> String {
    format!("name:{user_name}")
}

/// Under which all that is no user name is counted: whatever it is, it signs nobody in.
const NO_NAME: &str = "";

/// An address counts with its network: whoever has one IPv6 address has 2⁶⁴ of them.
pub(crate) fn address_key(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => format!("address:{address}"),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("address:{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

impl Service {
    pub async fn sign_in(&self, user_name: &str, password: String, from: impl Into<Whence>) -> Result<SignIn> {
        let Whence { address, user_agent } = from.into();
        let typed = UserName::parse(user_name).map(|name| name.to_string());
        let by_name = name_key(typed.as_deref().unwrap_or(NO_NAME));
        let by_address = address_key(address);
        let user = match &typed {
            Ok(user_name) => users::by_user_name(&mut self.db.read().await?, user_name).await?,
            Err(_) => None,
        };

        let (by_name_before, by_address_before) = {
            let now = self.now();
            let since = now - TimeDelta::minutes(FORGET_MINUTES);
            transaction!(self.db, Error, |conn| {
                let by_name = sign_in_attempts::count(conn, &by_name, now, since).await?;
                Ok((by_name, sign_in_attempts::count(conn, &by_address, now, since).await?))
            })?
        };
        let by_name_delay = delay(by_name_before, FREE_FAILURES_PER_NAME);
        tokio::time::sleep(by_name_delay.max(delay(by_address_before, FREE_FAILURES_PER_ADDRESS))).await;

        let hash = user.as_ref().and_then(|user| user.password_hash.clone());
        // Longer than any password that can have been set: not worth hashing, and not to be hashed.
        let password = if password.chars().count() > MAX_PASSWORD { String::new() } else { password };
        let verified = match self.passwords.verify(hash.clone(), password.clone()).await {
            Ok(verified) => verified,
            Err(busy) => {
                transaction!(self.db, Error, |conn| {
                    sign_in_attempts::take_back(conn, &by_name).await?;
                    sign_in_attempts::take_back(conn, &by_address).await?;
                    Ok(())
                })?;
                return Err(busy.into());
            }
        };

        let now = self.now();
        let Some(user) = user.filter(|user| verified.is_right() && !user.is_blocked) else {
            return Ok(SignIn::Refused);
        };

        let renewed = if verified.needs_rehash() { Some(self.passwords.hash(password).await?) } else { None };
        let token = Secret::new(&*self.entropy);
        let token_hash = token.hash();
        let origin = Origin { address: Some(address.to_canonical().to_string()), browser: browser_name(&user_agent) };
        let ended = transaction!(self.db, Error, |conn| {
            // The password or the person may have changed while the hash was computed.
            let Some(current) = users::lock(conn, user.company_id, user.id).await? else { return Ok(true) };
            if current.is_blocked || current.password_hash != hash {
                return Ok(true);
            }
            if let (Some(before), Some(after)) = (&hash, &renewed) {
                users::rehash(conn, user.id, before, after).await?;
            }
            sign_in_attempts::forget(conn, &by_name).await?;
            sign_in_attempts::take_back(conn, &by_address).await?;
            users::signed_in(conn, user.id, now).await?;
            let expires_at = now + TimeDelta::days(SESSION_DAYS);
            sessions::insert(conn, &token_hash, user.id, "pwd", &origin, now, expires_at).await?;
            Ok(false)
        })?;
        if ended {
            return Ok(SignIn::Refused);
        }
        Ok(SignIn::Done { token, must_change_password: user.must_change_password, locale: user.locale })
    }

    /// Counts an attempt at this user's password, as one to sign in is, and waits as long as it would have to.
    pub(crate) async fn count_attempt(&self, user_name: &str) -> Result<()> {
        let now = self.now();
        let since = now - TimeDelta::minutes(FORGET_MINUTES);
        let before = transaction!(self.db, Error, |conn| {
            Ok(sign_in_attempts::count(conn, &name_key(user_name), now, since).await?)
        })?;
        tokio::time::sleep(delay(before, FREE_FAILURES_PER_NAME)).await;
        Ok(())
    }

    pub(crate) async fn take_back_attempt(&self, user_name: &str) -> Result<()> {
        transaction!(self.db, Error, |conn| {
            sign_in_attempts::take_back(conn, &name_key(user_name)).await?;
            Ok(())
        })
    }

    pub async fn sign_out(&self, who: &Principal) -> Result<()> {
        transaction!(self.db, Error, |conn| {
            sessions::delete(conn, &who.session).await?;
            Ok(())
        })
    }
}

fn delay(failures: i64, free: i64) -> Duration {
    match failures - free {
        over if over < 0 => Duration::ZERO,
        over => Duration::from_millis(250 << over.min(5)).min(LONGEST_DELAY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slower_with_each_failure_and_never_for_good() {
        assert_eq!(delay(0, 5), Duration::ZERO);
        assert_eq!(delay(4, 5), Duration::ZERO);
        assert_eq!(delay(5, 5), Duration::from_millis(250));
        assert_eq!(delay(6, 5), Duration::from_millis(500));
        assert_eq!(delay(i64::MAX, 5), LONGEST_DELAY);
    }

    #[test]
    fn an_ipv6_address_counts_with_its_network() {
        let key = |text: &str| address_key(text.parse().expect("an address"));
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));
    }
}
