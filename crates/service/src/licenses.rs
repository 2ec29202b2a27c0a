//! Which of a company's people have a license of what was bought.

use mandate_domain::{Action, CompanyId, Event, SubscriptionId, UserId};
use mandate_store::{
    Conn,
    licenses::{self, Assigned},
    page::{Cursor, PageRequest},
    subscriptions, transaction,
    users::{self, User},
};

use crate::{
    Error, Principal, Result, Service,
    form::Problems,
    listed::{LISTED, one_more_than_listed},
    place::{Place, named},
    subscriptions::{Sold, Subscription, SubscriptionRow},
};

/// A subscription of the company, and whether the user has a license of it.
#[derive(Clone, Debug)]
pub struct UserLicense {
    pub subscription: SubscriptionRow,
    pub is_assigned: bool,
}

/// Who was chosen in a list, and what they can be given.
#[derive(Clone, Debug)]
pub struct LicenseChoice {
    pub place: Place,
    pub users: Vec<User>,
    /// The latest first; one more than [`LISTED`] where there are more.
    pub subscriptions: Vec<SubscriptionRow>,
}

/// As many users as a page of a list holds.
pub const MOST_CHOSEN: usize = 50;
/// How many holders are named, and in how many bytes: where scripts do not run, a cookie carries what is told.
const NAMED: u16 = 50;
const NAMES_LENGTH: usize = 1_500;

impl Service {
    /// Gives each of the users a license, or none where there are too few: who has one already needs none. Gives how
    /// many were assigned.
    pub async fn assign_licenses(
        &self,
        who: &Principal,
        company: CompanyId,
        subscription: SubscriptionId,
        users: &[UserId],
    ) -> Result<usize> {
        let chosen = distinct(users);
        transaction!(self.db, Error, |conn| {
            let place = self.enter_to_change(conn, who, company).await?;
            place.permits(Action::AssignLicense)?;
            let Sold { subscription, plan } = self.lock_subscription(conn, company, subscription).await?;
            let now = self.now();
            let name = plan.full_name();
            if !subscription.status(now).is_live() {
                return Err(Error::Changed(format!("{name} has ended, so nobody was given a license.")));
            }
            let chosen = license_users(conn, company, &chosen).await?;
            let mut assigned = 0;
            for (index, user) in chosen.iter().enumerate() {
                match licenses::assign(conn, company, subscription.id, user.id, who.user.id, now).await? {
                    Assigned::HasOne => continue,
                    Assigned::NoneFree => {
                        let needed = assigned + without(conn, &subscription, &chosen[index..]).await?;
                        return Err(too_few(&subscription, needed).into());
                    }
                    Assigned::Done => assigned += 1,
                }
                if user.is_blocked {
                    let message = format!("{} is blocked, so nobody was given a license", named(user));
                    return Err(Problems::one("users", message).into());
                }
                self.record(conn, who, &place, &name, Event::LicenseAssigned { user: named(user) }).await?;
            }
            Ok(assigned)
        })
    }

    /// Takes a license from each of the users who has one. Of what has ended, too. Gives how many were taken.
    pub async fn remove_licenses(
        &self,
        who: &Principal,
        company: CompanyId,
        subscription: SubscriptionId,
        users: &[UserId],
    ) -> Result<usize> {
        let chosen = distinct(users);
        transaction!(self.db, Error, |conn| {
            let place = self.enter_to_change(conn, who, company).await?;
            place.permits(Action::AssignLicense)?;
            let Sold { subscription, plan } = self.lock_subscription(conn, company, subscription).await?;
            let mut removed = 0;
            for user in license_users(conn, company, &chosen).await? {
                if licenses::remove(conn, company, subscription.id, user.id).await? {
                    let event = Event::LicenseRemoved { user: named(&user) };
                    self.record(conn, who, &place, &plan.full_name(), event).await?;
                    removed += 1;
                }
            }
            Ok(removed)
        })
    }

    /// What a user has, and could have, the latest first. Where there are more than [`LISTED`], what the user has comes
    /// before the others, and there is one more than that.
    pub async fn licenses_of_user(
        &self,
        who: &Principal,
        company: CompanyId,
        user: UserId,
    ) -> Result<Vec<UserLicense>> {
        let mut conn = self.db.read().await?;
        let place = self.enter(&mut conn, who, company).await?;
        place.permits(Action::ReadUser(user))?;
        place.permits(Action::ReadSubscriptions)?;
        users::by_id(&mut conn, company, user).await?.ok_or(Error::NotFound)?;
        let assigned = licenses::of_user(&mut conn, company, user).await?;
        let mut live = self.live_subscriptions(&mut conn, company).await?;
        if live.len() > LISTED {
            for id in &assigned {
                if !live.iter().any(|row| row.subscription.id == *id) {
                    live.extend(self.live_subscription(&mut conn, company, *id).await?);
                }
            }
            live.sort_by_key(|row| !assigned.contains(&row.subscription.id));
            live.truncate(LISTED + 1);
        }
        let license = |subscription: SubscriptionRow| UserLicense {
            is_assigned: assigned.contains(&subscription.subscription.id),
            subscription,
        };
        Ok(live.into_iter().map(license).collect())
    }

    /// For those who were chosen in a list, at most [`MOST_CHOSEN`]: who they are, and what they can be given. The
    /// subscription that they were chosen for comes first, however many there are after it.
    pub async fn license_choice(
        &self,
        who: &Principal,
        company: CompanyId,
        named: Option<SubscriptionId>,
        users: &[UserId],
    ) -> Result<LicenseChoice> {
        let mut conn = self.db.read().await?;
        let place = self.enter(&mut conn, who, company).await?;
        place.permits(Action::AssignLicense)?;
        let mut chosen = Vec::new();
        for user in distinct(users).into_iter().take(MOST_CHOSEN) {
            chosen.extend(users::by_id(&mut conn, company, user).await?);
        }
        let mut subscriptions = self.live_subscriptions(&mut conn, company).await?;
        if let Some(named) = named
            && let Some(row) = self.live_subscription(&mut conn, company, named).await?
        {
            subscriptions.retain(|other| other.subscription.id != named);
            subscriptions.insert(0, row);
        }
        Ok(LicenseChoice { place, users: chosen, subscriptions })
    }

    /// The plan of a subscription that who asks can assign licenses of, by its full name.
    pub async fn assignable_plan(
        &self,
        who: &Principal,
        company: CompanyId,
        id: SubscriptionId,
    ) -> Result<Option<String>> {
        let mut conn = self.db.read().await?;
        let place = self.enter(&mut conn, who, company).await?;
        place.permits(Action::AssignLicense)?;
        let row = self.live_subscription(&mut conn, company, id).await?;
        Ok(row.map(|row| row.plan.full_name()))
    }

    async fn live_subscriptions(&self, conn: &mut Conn, company: CompanyId) -> Result<Vec<SubscriptionRow>> {
        let now = self.now();
        let live = subscriptions::live(conn, company, now, one_more_than_listed()).await?;
        Ok(live.into_iter().map(|listed| SubscriptionRow::at(listed, now)).collect())
    }

    async fn live_subscription(
        &self,
        conn: &mut Conn,
        company: CompanyId,
        id: SubscriptionId,
    ) -> Result<Option<SubscriptionRow>> {
        let listed = subscriptions::listed(conn, company, id).await?;
        let row = listed.map(|listed| SubscriptionRow::at(listed, self.now()));
        Ok(row.filter(|row| row.status.is_live()))
    }
}

/// Each once.
fn distinct(users: &[UserId]) -> Vec<UserId> {
    let mut users = users.to_vec();
    users.sort_unstable();
    users.dedup();
    users
}

/// All of them are the company's; one who is not does not exist here.
async fn license_users(conn: &mut Conn, company: CompanyId, ids: &[UserId]) -> Result<Vec<User>> {
    if ids.is_empty() {
        return Err(Problems::one("users", "Choose at least one user").into());
    }
    let mut found = Vec::new();
    for id in ids {
        found.push(users::by_id(conn, company, *id).await?.ok_or(Error::NotFound)?);
    }
    Ok(found)
}

/// How many of the users have no license.
async fn without(conn: &mut Conn, subscription: &Subscription, users: &[User]) -> Result<usize> {
    let mut count = 0;
    for user in users {
        let has = licenses::of_user(conn, user.company_id, user.id).await?;
        count += usize::from(!has.contains(&subscription.id));
    }
    Ok(count)
}

fn too_few(subscription: &Subscription, needed: usize) -> Problems {
    let free = subscription.quantity.get().saturating_sub(subscription.assigned);
    let free = if free == 1 { "1 license is free".to_owned() } else { format!("{free} licenses are free") };
    Problems::one(
        "users",
        format!("{free}, and {needed} are needed for those you chose. Choose fewer, or remove others first"),
    )
}

/// Why a subscription cannot have fewer licenses than are assigned, with the names of those who have one.
pub(crate) async fn below_assigned(conn: &mut Conn, subscription: &Subscription) -> Result<String> {
    let assigned = subscription.assigned;
    let are =
        if assigned == 1 { "1 license is assigned, to" } else { &format!("{assigned} licenses are assigned, to") };
    let names = who_has_one(conn, subscription).await?;
    Ok(format!("{are} {names}. Enter at least {assigned}, or remove licenses first"))
}

/// The names of those who have a license; of some of them, where there are many.
pub(crate) async fn who_has_one(conn: &mut Conn, subscription: &Subscription) -> Result<String> {
    let request = PageRequest { cursor: Cursor::First, size: NAMED, descending: false };
    let holders = licenses::holders(conn, subscription.company_id, subscription.id, &request).await?;
    let names: Vec<_> = holders.rows.iter().map(|holder| holder.display_name.as_str()).collect();
    Ok(some_of(&names, subscription.assigned))
}

fn some_of(names: &[&str], all: u32) -> String {
    let mut room = NAMES_LENGTH;
    let first: Vec<_> = names
        .iter()
        .copied()
        .take_while(|name| {
            let fits = name.len() <= room;
            room = room.saturating_sub(name.len() + 2);
            fits
        })
        .collect();
    let more = usize::try_from(all).unwrap_or(usize::MAX).saturating_sub(first.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", first.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_are_named_as_there_is_room_for() {
        assert_eq!(some_of(&["Mia Lindqvist", "Tom Okafor"], 2), "Mia Lindqvist, Tom Okafor");
        assert_eq!(some_of(&["Mia Lindqvist", "Tom Okafor"], 57), "Mia Lindqvist, Tom Okafor and 55 more");
        let long = "Ф".repeat(100);
        let names = some_of(&[long.as_str(); 50], 50);
        assert!(names.len() <= NAMES_LENGTH + 20, "{}", names.len());
        assert!(names.ends_with("Ф and 43 more"), "{names}");
    }
}
