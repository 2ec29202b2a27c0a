//! In which company something is done, and by what right.

use mandate_domain::{
    Action, Actor, Authority, CompanyId, Event, PermissionSet, Refusal, effective_permissions, permits,
};
use mandate_store::{
    Conn,
    activity::{self, NewEntry, Person},
    companies::{self, Company},
    grants::{self, Grant},
    users::{self, User},
};

use crate::{Error, Principal, Result, Service};

/// A company that the principal may act in: their own, or a customer by a live grant.
#[derive(Clone, Debug)]
pub struct Place {
    pub company: Company,
    pub grant: Option<Grant>,
    actor: Actor,
}

impl Place {
    /// The principal's own company.
    pub fn own(who: &Principal) -> Self {
        Self { company: who.company.clone(), grant: None, actor: who.actor() }
    }

    pub fn authority(&self) -> Authority {
        self.grant.as_ref().map_or(Authority::Own, |grant| Authority::Grant(grant.roles))
    }

    pub fn permits(&self, action: Action) -> Result<()> {
        Ok(permits(&self.actor, self.authority(), action)?)
    }

    pub fn allows(&self, action: Action) -> bool {
        permits(&self.actor, self.authority(), action).is_ok()
    }

    pub fn permissions(&self) -> PermissionSet {
        effective_permissions(&self.actor, self.authority())
    }

    /// Whose partner acts here, where it is not the company's own people.
    pub fn partner(&self) -> Option<CompanyId> {
        self.grant.as_ref().map(|grant| grant.partner_id)
    }
}

impl Service {
    /// For reading in a company. A stranger's answers as what does not exist.
    pub async fn place(&self, who: &Principal, company: CompanyId) -> Result<Place> {
        let mut conn = self.db.read().await?;
        self.enter(&mut conn, who, company).await
    }

    pub(crate) async fn enter(&self, conn: &mut Conn, who: &Principal, company: CompanyId) -> Result<Place> {
        if company == who.company.id {
            return Ok(Place::own(who));
        }
        let grant = grants::live(conn, who.company.id, company, self.now()).await?;
        Self::on_behalf(conn, who, company, grant).await
    }

    /// For changing something in a company: begins the transaction by holding the grant, and reads the person again,
    /// whose rights may have changed since the request began.
    pub(crate) async fn enter_to_change(&self, conn: &mut Conn, who: &Principal, company: CompanyId) -> Result<Place> {
        let user = users::by_id(conn, who.company.id, who.user.id).await?;
        let user = user.filter(|user| !user.is_blocked).ok_or(Refusal::Forbidden)?;
        let who = &Principal { user, ..who.clone() };
        if company == who.company.id {
            return Ok(Place::own(who));
        }
        let grant = grants::use_live(conn, who.company.id, company, self.now()).await?;
        Self::on_behalf(conn, who, company, grant).await
    }

    async fn on_behalf(conn: &mut Conn, who: &Principal, company: CompanyId, grant: Option<Grant>) -> Result<Place> {
        let Some(grant) = grant else { return Err(Refusal::Unknown.into()) };
        let company = companies::by_id(conn, company).await?.ok_or(Error::NotFound)?;
        let place = Place { company, grant: Some(grant), actor: who.actor() };
        // Whoever may do nothing here may not look around either.
        if who.user.must_change_password {
            return Err(Refusal::MustChangePassword.into());
        }
        if place.permissions().is_empty() {
            return Err(Refusal::NotDelegated.into());
        }
        Ok(place)
    }

    /// Writes a change into the record of the company it was made in and, on behalf, of the partner too.
    pub(crate) async fn record(
        &self,
        conn: &mut Conn,
        who: &Principal,
        place: &Place,
        object_name: &str,
        event: Event,
    ) -> Result<()> {
        let mut companies_in = vec![place.company.id];
        companies_in.extend(place.partner());
        let entry = NewEntry {
            at: self.now(),
            person: Some(person(who)),
            grant: place.grant.as_ref().map(|grant| grant.id),
            on_behalf_of: place.grant.as_ref().map(|_| place.company.name.clone()),
            object_name: object_name.to_owned(),
            event,
        };
        Ok(activity::append(conn, &companies_in, &entry).await?)
    }
}

/// How the record names a user: two can have one display name.
pub(crate) fn named(user: &User) -> String {
    format!("{} ({})", user.display_name, user.user_name)
}

pub(crate) fn person(who: &Principal) -> Person {
    Person {
        id: who.user.id,
        display_name: who.user.display_name.clone(),
        user_name: who.user.user_name.clone(),
        company_id: who.company.id,
        company_name: who.company.name.clone(),
    }
}
