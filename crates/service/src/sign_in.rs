//! Signing in and out.

use std::{net::IpAddr, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use mandate_domain::{MAX_PASSWORD, UserName};
use mandate_store::{sessions, sign_in_attempts, transaction, users};

use crate::{Error, Principal, Result, Service, principal::SESSION_DAYS, server_key::Secret};

/// After this long without a failure, earlier ones are forgotten.
const FORGET_MINUTES: i64 = 15;
/// Failures for a user name from which on each attempt is answered later, and by how much at most. The right password
/// always works, however many others tried: a stranger can slow a person, and never lock them out.
const FREE_FAILURES_PER_NAME: i64 = 5;
const LONGEST_DELAY: Duration = Duration::from_secs(8);
/// Failures from one address before it has to wait.
const FREE_FAILURES_PER_ADDRESS: i64 = 50;
const LONGEST_WAIT_SECONDS: i64 = 300;

/// How an attempt ended.
#[derive(Debug)]
pub enum SignIn {
    /// The session's token, to be shown to the browser once.
    Done { token: Secret, must_change_password: bool },
    /// An unknown user, a wrong password and a blocked user: one answer, after the same work.
    Refused,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

fn name_key(user_name: &str) -> String {
    format!("name:{}", user_name.chars().take(320).collect::<String>())
}

/// An address counts with its network: whoever has one IPv6 address has 2⁶⁴ of them.
fn address_key(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => format!("address:{address}"),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("address:{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

impl Service {
    pub async fn sign_in(&self, user_name: &str, password: String, address: IpAddr) -> Result<SignIn> {
        let typed = UserName::parse(user_name).map(|name| name.to_string());
        let by_name = name_key(typed.as_deref().unwrap_or(user_name.trim()));
        let by_address = address_key(address);
        let started = self.now();
        let since = started - TimeDelta::minutes(FORGET_MINUTES);

        let mut conn = self.db.read().await?;
        let address_failures = sign_in_attempts::failures(&mut conn, &by_address, since).await?;
        let name_failures = sign_in_attempts::failures(&mut conn, &by_name, since).await?;
        let user = match &typed {
            Ok(user_name) => users::by_user_name(&mut conn, user_name).await?,
            Err(_) => None,
        };
        drop(conn);

        if let Some(seconds) = address_failures.and_then(|(count, last)| wait_seconds(count, last, started)) {
            return Err(Error::TooManyAttempts { retry_after_seconds: seconds });
        }
        tokio::time::sleep(name_failures.map_or(Duration::ZERO, |(count, _)| delay(count))).await;

        let hash = user.as_ref().and_then(|user| user.password_hash.clone());
        // Longer than any password that can have been set: not worth hashing, and not to be hashed.
        let password = if password.chars().count() > MAX_PASSWORD { String::new() } else { password };
        let verified = self.passwords.verify(hash.clone(), password.clone()).await?;

        let now = self.now();
        let Some(user) = user.filter(|user| verified.is_right() && !user.is_blocked) else {
            transaction!(self.db, Error, |conn| {
                sign_in_attempts::failed(conn, &by_name, now, since).await?;
                sign_in_attempts::failed(conn, &by_address, now, since).await?;
                Ok(())
            })?;
            return Ok(SignIn::Refused);
        };

        let renewed = if verified.needs_rehash() { Some(self.passwords.hash(password).await?) } else { None };
        let token = Secret::new(&*self.entropy);
        let token_hash = token.hash();
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
            users::signed_in(conn, user.id, now).await?;
            let expires_at = now + TimeDelta::days(SESSION_DAYS);
            sessions::insert(conn, &token_hash, user.id, "pwd", now, expires_at).await?;
            Ok(false)
        })?;
        if ended {
            return Ok(SignIn::Refused);
        }
        Ok(SignIn::Done { token, must_change_password: user.must_change_password })
    }

    /// Waits as long as another attempt for this user name has to.
    pub(crate) async fn pause_after_failures(&self, user_name: &str) -> Result<()> {
        let since = self.now() - TimeDelta::minutes(FORGET_MINUTES);
        let mut conn = self.db.read().await?;
        let failures = sign_in_attempts::failures(&mut conn, &name_key(user_name), since).await?;
        drop(conn);
        tokio::time::sleep(failures.map_or(Duration::ZERO, |(count, _)| delay(count))).await;
        Ok(())
    }

    pub(crate) async fn count_failure(&self, user_name: &str) -> Result<()> {
        let now = self.now();
        let since = now - TimeDelta::minutes(FORGET_MINUTES);
        transaction!(self.db, Error, |conn| {
            sign_in_attempts::failed(conn, &name_key(user_name), now, since).await?;
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

fn delay(failures: i64) -> Duration {
    match failures - FREE_FAILURES_PER_NAME {
        over if over < 0 => Duration::ZERO,
        over => Duration::from_millis(250 << over.min(5)).min(LONGEST_DELAY),
    }
}

fn wait_seconds(failures: i64, last: DateTime<Utc>, now: DateTime<Utc>) -> Option<u32> {
    let over = failures - FREE_FAILURES_PER_ADDRESS;
    if over < 0 {
        return None;
    }
    let wait = (2 << over.min(8)).min(LONGEST_WAIT_SECONDS);
    let left = (last + TimeDelta::seconds(wait) - now).num_seconds();
    u32::try_from(left).ok().filter(|left| *left > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slower_with_each_failure_and_never_for_good() {
        assert_eq!(delay(0), Duration::ZERO);
        assert_eq!(delay(4), Duration::ZERO);
        assert_eq!(delay(5), Duration::from_millis(250));
        assert_eq!(delay(6), Duration::from_millis(500));
        assert_eq!(delay(i64::MAX), LONGEST_DELAY);

        let last = DateTime::UNIX_EPOCH;
        assert_eq!(wait_seconds(49, last, last), None);
        assert_eq!(wait_seconds(50, last, last), Some(2));
        assert_eq!(wait_seconds(i64::MAX, last, last), Some(300));
        assert_eq!(wait_seconds(i64::MAX, last, last + TimeDelta::seconds(300)), None);
    }

    #[test]
    fn an_ipv6_address_counts_with_its_network() {
        let key = |text: &str| address_key(text.parse().expect("an address"));
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));
    }
}
