//! Which of a partner's people may act in customers' companies.

use mandate_domain::{Action, DelegatedAdministration, Event, UserId};
use mandate_store::{transaction, users};

use crate::{Error, Principal, Result, Service, place::named, users::refuse_known_password};

impl Service {
    /// Sets how far a user of the principal's own company may act in customers' companies, from the next request on.
    pub async fn assign_delegation(&self, who: &Principal, id: UserId, after: DelegatedAdministration) -> Result<()> {
        transaction!(self.db, Error, |conn| {
            let place = self.enter_to_change(conn, who, who.company.id).await?;
            place.permits(Action::AssignDelegation)?;
            let user = users::lock(conn, who.company.id, id).await?.ok_or(Error::NotFound)?;
            if user.delegation != after {
                if after != DelegatedAdministration::No {
                    refuse_known_password(who, &user).map_err(Error::Changed)?;
                }
                users::set_delegation(conn, who.company.id, id, after).await?;
                let event = Event::DelegationAssigned { before: user.delegation, after };
                self.record(conn, who, &place, &named(&user), event).await?;
            }
            Ok(())
        })
    }
}
