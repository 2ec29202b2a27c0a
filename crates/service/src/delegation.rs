//! Which of a partner's people may act in customers' companies.

use mandate_domain::{Action, DelegatedAdministration, Event, UserId};
use mandate_store::{transaction, users};

use crate::{Error, Principal, Result, Service, place::Place};

impl Service {
    /// Sets how far a user of the principal's own company may act in customers' companies, from the next request on.
    pub async fn assign_delegation(&self, who: &Principal, id: UserId, after: DelegatedAdministration) -> Result<()> {
        let place = Place::own(who);
        place.permits(Action::AssignDelegation)?;
        transaction!(self.db, Error, |conn| {
            let user = users::lock(conn, who.company.id, id).await?.ok_or(Error::NotFound)?;
            if user.delegation != after {
                users::set_delegation(conn, who.company.id, id, after).await?;
                let event = Event::DelegationAssigned { before: user.delegation, after };
                self.record(conn, who, &place, &user.display_name, event).await?;
            }
            Ok(())
        })
    }
}
