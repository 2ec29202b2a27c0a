//! What a person does with their own account.

use mandate_domain::{Action, CompanyId, DisplayName, Event, Locale, UserId, sort_key};
use mandate_store::{
    Conn, companies, search,
    sessions::{self, one_time_links},
    transaction,
    users::{self, NewPassword, User},
};

use crate::{
    Error, Principal, Result, Service,
    form::Problems,
    passwords::{Strength, Verified},
    place::{Place, named},
    server_key::Secret,
    users::user_terms,
};

/// What somebody who knows a person tries first.
fn names_of(user: &User, company_name: &str) -> Vec<String> {
    vec![user.user_name.clone(), user.display_name.clone(), company_name.to_owned()]
}

/// What a person can change of their own entry.
#[derive(Clone, Debug)]
pub struct ProfileChange {
    pub display_name: DisplayName,
    pub locale: Locale,
}

impl ProfileChange {
    /// From the fields *Display name* and *Dates and numbers*.
    pub fn parse(display_name: &str, locale: &str) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let display_name = problems.check("display_name", DisplayName::parse(display_name));
        let locale = problems.check("locale", locale.parse());
        match (display_name, locale) {
            (Some(display_name), Some(locale)) => Ok(Self { display_name, locale }),
            _ => Err(problems),
        }
    }
}

impl Service {
    pub async fn change_own_profile(&self, who: &Principal, change: &ProfileChange) -> Result<()> {
        transaction!(self.db, Error, |conn| {
            let place = self.enter_to_change(conn, who, who.company.id).await?;
            place.permits(Action::UpdateOwnProfile(who.user.id))?;
            let mut user = users::lock(conn, who.company.id, who.user.id).await?.ok_or(Error::NotFound)?;
            let role = user.role;
            user.display_name = change.display_name.to_string();
            user.sort_key = sort_key(&user.display_name);
            user.locale = change.locale;
            users::update_profile(conn, &user).await?;
            search::index(conn, who.company.id, search::Kind::User, user.id.0, &user_terms(&user)).await?;
            let event = Event::UserChanged { role_before: role, role_after: role };
            self.record(conn, who, &place, &named(&user), event).await
        })
    }

    /// Changes the password of a person who is signed in. Who has to change a temporary password has just shown it;
    /// anybody else shows the one they have. Their other sessions end.
    pub async fn change_password(&self, who: &Principal, current: Option<String>, new: String) -> Result<()> {
        if !who.user.must_change_password {
            let current = current.unwrap_or_default();
            if !self.is_own_password(who, current).await? {
                return Err(Problems::one("current_password", "This is not your current password").into());
            }
        }
        if self.passwords.verify(who.user.password_hash.clone(), new.clone()).await?.is_right() {
            return Err(Problems::one("new_password", "Choose another password than the one you have").into());
        }
        self.check_new_password(&new, &who.user, &who.company.name).await?;
        let hash = self.passwords.hash(new).await?;
        transaction!(self.db, Error, |conn| {
            let user = users::lock(conn, who.company.id, who.user.id).await?.ok_or(Error::NotFound)?;
            if user.is_blocked || user.password_hash != who.user.password_hash {
                return Err(Error::Changed("Your password was changed meanwhile. Sign in again.".to_owned()));
            }
            self.keep_own_password(conn, who.company.id, user.id, &hash, Some(&who.session)).await?;
            self.record(conn, who, &Place::own(who), &named(&who.user), Event::PasswordChanged).await
        })
    }

    /// Whose password a one-time link sets, while it can be used. Reading it does not use it up.
    pub async fn one_time_link(&self, token: &str) -> Result<Option<(String, String)>> {
        let mut conn = self.db.read().await?;
        let found = one_time_links::usable(&mut conn, &Secret::hash_of(token), self.now()).await?;
        let Some((company, user)) = found else { return Ok(None) };
        let user = users::by_id(&mut conn, company, user).await?;
        let company = companies::by_id(&mut conn, company).await?;
        Ok(user.zip(company).map(|(user, company)| (user.user_name, company.name)))
    }

    /// Sets the password of the person to whom a one-time link was given, and uses the link up. `false` where it
    /// cannot be used (any more).
    pub async fn set_password_by_link(&self, token: &str, new: String) -> Result<bool> {
        let token_hash = Secret::hash_of(token);
        let now = self.now();
        let mut conn = self.db.read().await?;
        let Some((company_id, user_id)) = one_time_links::usable(&mut conn, &token_hash, now).await? else {
            return Ok(false);
        };
        let user = users::by_id(&mut conn, company_id, user_id).await?.ok_or(Error::NotFound)?;
        let company = companies::by_id(&mut conn, company_id).await?.ok_or(Error::NotFound)?;
        drop(conn);
        self.check_new_password(&new, &user, &company.name).await?;
        let hash = self.passwords.hash(new).await?;
        transaction!(self.db, Error, |conn| {
            if !one_time_links::redeem(conn, &token_hash, now).await? {
                return Ok(false);
            }
            self.keep_own_password(conn, company_id, user_id, &hash, None).await?;
            let (user, company) = (user.clone(), company.clone());
            let who = Principal { user, company, session: token_hash, activity_seq: 0 };
            self.record(conn, &who, &Place::own(&who), &named(&who.user), Event::PasswordChanged).await?;
            Ok(true)
        })
    }

    /// Slowed like an attempt to sign in: a session left open must not be a way to guess the password.
    pub(crate) async fn is_own_password(&self, who: &Principal, password: String) -> Result<bool> {
        self.count_attempt(&who.user.user_name).await?;
        let verified = self.passwords.verify(who.user.password_hash.clone(), password).await;
        if verified.is_err() || verified.is_ok_and(Verified::is_right) {
            self.take_back_attempt(&who.user.user_name).await?;
        }
        Ok(verified?.is_right())
    }

    /// How hard a password that is being typed is to guess; nothing where there is other work.
    pub async fn password_strength(&self, who: &Principal, password: String) -> Option<Strength> {
        self.passwords.strength(password, names_of(&who.user, &who.company.name)).await
    }

    /// The same for whose link it is. `None` where the link cannot be used (any more).
    pub async fn password_strength_by_link(&self, token: &str, password: String) -> Result<Option<Option<Strength>>> {
        let mut conn = self.db.read().await?;
        let found = one_time_links::usable(&mut conn, &Secret::hash_of(token), self.now()).await?;
        let Some((company, user)) = found else { return Ok(None) };
        let user = users::by_id(&mut conn, company, user).await?.ok_or(Error::NotFound)?;
        let company = companies::by_id(&mut conn, company).await?.ok_or(Error::NotFound)?;
        drop(conn);
        Ok(Some(self.passwords.strength(password, names_of(&user, &company.name)).await))
    }

    async fn check_new_password(&self, new: &str, user: &User, company_name: &str) -> Result<()> {
        let strong = self.passwords.check(new.to_owned(), names_of(user, company_name)).await?;
        strong.map_err(|weak| Problems::one("new_password", weak).into())
    }

    async fn keep_own_password(
        &self,
        conn: &mut Conn,
        company: CompanyId,
        user: UserId,
        hash: &str,
        kept_session: Option<&[u8]>,
    ) -> Result<()> {
        let password = NewPassword { hash, must_change: false, set_at: self.now(), set_by: None, set_by_partner: None };
        users::set_password(conn, company, user, &password).await?;
        one_time_links::delete_of_user(conn, user).await?;
        sessions::delete_of_user(conn, user, kept_session).await?;
        Ok(())
    }
}
