use chrono::TimeDelta;
use mandate_domain::Actor;
use mandate_store::{
    companies::{self, Company},
    sessions, transaction,
    users::{self, User},
};

use crate::{Error, Result, Service, server_key::Secret};

/// How long a session lasts at most, and how long unused.
pub const SESSION_DAYS: i64 = 14;
pub const SESSION_IDLE_HOURS: i64 = 12;

/// The person who acts, as the store knew them at the start of the request.
#[derive(Clone, Debug)]
pub struct Principal {
    pub user: User,
    pub company: Company,
    /// Which session, so that changing a password can keep it.
    pub session: [u8; 32],
    /// The number that the company's record had reached then: what comes after it is news to the person.
    pub activity_seq: i64,
}

impl Principal {
    pub fn actor(&self) -> Actor {
        Actor {
            user: self.user.id,
            company: self.company.id,
            company_is_partner: self.company.is_partner,
            role: self.user.role,
            delegation: self.user.delegation,
            must_change_password: self.user.must_change_password,
        }
    }
}

impl Service {
    /// Who holds a session's token, while it lasts and the person is not blocked.
    pub async fn authenticate(&self, token: &str) -> Result<Option<Principal>> {
        let session_hash = Secret::hash_of(token);
        let now = self.now();
        let mut conn = self.db.read().await?;
        let Some(session) = sessions::by_token_hash(&mut conn, &session_hash).await? else { return Ok(None) };
        let idle_until = session.last_seen_at + TimeDelta::hours(SESSION_IDLE_HOURS);
        if now >= session.expires_at || now >= idle_until {
            return Ok(None);
        }
        let user = users::by_id(&mut conn, session.company_id, session.user_id).await?;
        let company = companies::by_id(&mut conn, session.company_id).await?;
        drop(conn);
        let (Some(user), Some(company)) = (user, company) else {
            return Err(Error::Internal("a session without its person"));
        };
        if user.is_blocked {
            return Ok(None);
        }
        // Not on each request: a read must not cost a write.
        if now - session.last_seen_at > TimeDelta::minutes(5) {
            transaction!(self.db, Error, |conn| {
                sessions::touch(conn, &session_hash, now).await?;
                Ok(())
            })?;
        }
        Ok(Some(Principal { user, company, session: session_hash, activity_seq: session.activity_seq }))
    }
}
