//! What pages that follow what happens are told: that something did, and nothing of what.

use std::collections::HashSet;

use chrono::TimeDelta;
use mandate_domain::CompanyId;
use mandate_store::watch;

use crate::{Result, Service, principal::SESSION_IDLE_HOURS};

impl Service {
    /// The number that the record of each company has reached. Nobody is asked for here: whoever is told is signed in
    /// there.
    pub async fn activity_seqs(&self, companies: &[CompanyId]) -> Result<Vec<(CompanyId, i64)>> {
        let mut conn = self.db.read().await?;
        Ok(watch::activity_seqs(&mut conn, companies).await?)
    }

    /// Those of the sessions that still last. A page that stays open is no use of a session, and does not prolong it.
    pub async fn live_sessions(&self, sessions: &[[u8; 32]]) -> Result<HashSet<[u8; 32]>> {
        let now = self.now();
        let idle_since = now - TimeDelta::hours(SESSION_IDLE_HOURS);
        let mut conn = self.db.read().await?;
        Ok(watch::live_sessions(&mut conn, sessions, now, idle_since).await?.into_iter().collect())
    }
}
