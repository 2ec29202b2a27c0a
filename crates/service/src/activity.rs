//! The record of what was done.

use mandate_domain::{Action, CompanyId};
use mandate_store::activity::{self, Entry};

use crate::{Principal, Result, Service, place::Place};

/// A page of a company's record.
#[derive(Clone, Debug)]
pub struct ActivityPage {
    pub place: Place,
    pub entries: Vec<Entry>,
    /// Where the next page begins, if there is one.
    pub next: Option<i64>,
    /// Whether it holds only what the reader's own partner did.
    pub only_own: bool,
}

impl Service {
    /// Newest first. On behalf, without the right to read all of it, it is what the own partner's people did.
    pub async fn activity(
        &self,
        who: &Principal,
        company: CompanyId,
        before: Option<i64>,
        size: u16,
    ) -> Result<ActivityPage> {
        let mut conn = self.db.read().await?;
        let place = self.enter(&mut conn, who, company).await?;
        let only_own = !place.allows(Action::ReadActivity);
        if only_own {
            place.permits(Action::ReadOwnActivity)?;
        }
        let partner = only_own.then_some(who.company.id);
        let mut entries = activity::list(&mut conn, company, before, partner, i64::from(size) + 1).await?;
        let more = entries.len() > usize::from(size);
        entries.truncate(size.into());
        let next = entries.last().filter(|_| more).map(|entry| entry.seq);
        Ok(ActivityPage { place, entries, next, only_own })
    }
}
