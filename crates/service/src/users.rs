//! The people of a company, in one's own or on behalf of a customer.

use mandate_domain::{
    Action, CompanyId, DelegatedAdministration, DisplayName, DomainId, EmailAddress, Event, LocalPart, Locale,
    PersonName, Role, Subject, UserId, search_terms, sort_key,
};
use mandate_store::{
    Conn,
    domains::{self, Domain, DomainStatus},
    email_confirmations,
    page::{Page, PageRequest},
    search,
    sessions::{self, one_time_links},
    transaction,
    users::{self, NewPassword},
};

pub use mandate_store::users::{Sort, User};

use crate::{
    Error, Principal, Result, Service,
    form::Problems,
    passwords::temporary_password,
    place::{Place, named},
};

/// A user to be added.
#[derive(Clone, Debug)]
pub struct NewUser {
    pub first_name: Option<PersonName>,
    pub last_name: Option<PersonName>,
    pub display_name: DisplayName,
    pub local_part: LocalPart,
    pub domain: DomainId,
    pub alternate_email: Option<EmailAddress>,
    pub role: Option<Role>,
}

/// The fields of *Add user*, as typed.
#[derive(Clone, Copy, Debug)]
pub struct NewUserFields<'a> {
    pub first_name: &'a str,
    pub last_name: &'a str,
    pub display_name: &'a str,
    pub user_name: &'a str,
    pub domain: &'a str,
    pub alternate_email: &'a str,
    pub role: &'a str,
}

impl NewUser {
    pub fn parse(fields: NewUserFields<'_>) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let first_name = problems.check("first_name", PersonName::parse_optional(fields.first_name));
        let last_name = problems.check("last_name", PersonName::parse_optional(fields.last_name));
        let display_name = problems.check("display_name", DisplayName::parse(fields.display_name));
        let local_part = problems.check("user_name", LocalPart::parse(fields.user_name));
        let domain = fields.domain.parse::<DomainId>().map_err(|_| "Choose one of the domains");
        let domain = problems.check("domain", domain);
        let alternate_email = problems.check("alternate_email", EmailAddress::parse_optional(fields.alternate_email));
        let role = problems.check("role", parse_role(fields.role));
        match (first_name, last_name, display_name, local_part, domain, alternate_email, role) {
            (
                Some(first_name),
                Some(last_name),
                Some(display_name),
                Some(local_part),
                Some(domain),
                Some(alternate_email),
                Some(role),
            ) => Ok(Self { first_name, last_name, display_name, local_part, domain, alternate_email, role }),
            _ => Err(problems),
        }
    }
}

/// An empty key is no role.
fn parse_role(key: &str) -> Result<Option<Role>, &'static str> {
    if key.is_empty() { Ok(None) } else { key.parse().map(Some).map_err(|_| "Choose one of the roles") }
}

/// What is changed of a user by somebody else.
#[derive(Clone, Debug)]
pub struct UserChange {
    pub first_name: Option<PersonName>,
    pub last_name: Option<PersonName>,
    pub display_name: DisplayName,
    pub alternate_email: Option<EmailAddress>,
    /// The role that the form showed: where it is another by now, an older page must not write it back.
    pub role_before: Option<Role>,
    pub role: Option<Role>,
}

impl UserChange {
    pub fn parse(
        first_name: &str,
        last_name: &str,
        display_name: &str,
        alternate_email: &str,
        role_before: &str,
        role: &str,
    ) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let first_name = problems.check("first_name", PersonName::parse_optional(first_name));
        let last_name = problems.check("last_name", PersonName::parse_optional(last_name));
        let display_name = problems.check("display_name", DisplayName::parse(display_name));
        let alternate_email = problems.check("alternate_email", EmailAddress::parse_optional(alternate_email));
        let role_before = problems.check("role", parse_role(role_before));
        let role = problems.check("role", parse_role(role));
        match (first_name, last_name, display_name, alternate_email, role_before, role) {
            (
                Some(first_name),
                Some(last_name),
                Some(display_name),
                Some(alternate_email),
                Some(role_before),
                Some(role),
            ) => Ok(Self { first_name, last_name, display_name, alternate_email, role_before, role }),
            _ => Err(problems),
        }
    }
}

/// A user and the password to tell them, shown once and kept nowhere.
#[derive(Clone, Debug)]
pub struct TemporaryPassword {
    pub user: UserId,
    pub display_name: String,
    pub user_name: String,
    pub password: String,
}

/// A list of users.
#[derive(Clone, Debug)]
pub struct UserList {
    pub place: Place,
    pub users: Page<User>,
    /// Counted up to [`crate::overview::COUNTED`].
    pub count: i64,
    /// Whether it is the reader alone, who may not see the others.
    pub only_self: bool,
}

/// What *Add user* offers to choose from.
#[derive(Clone, Debug)]
pub struct NewUserChoices {
    pub place: Place,
    /// The first is chosen.
    pub domains: Vec<Domain>,
    pub roles: Vec<Role>,
}

/// A user as their page shows them, and what the reader may do to them.
#[derive(Clone, Debug)]
pub struct UserView {
    pub place: Place,
    pub user: User,
    pub is_self: bool,
    pub may_update: bool,
    pub may_reset_password: bool,
    pub may_block: bool,
    /// Of a partner's own user.
    pub has_delegation: bool,
    pub may_assign_delegation: bool,
    /// Which roles the reader may give.
    pub roles: Vec<Role>,
}

const MOST_DOMAINS: i64 = 200;

/// What is asked about a user before something is done to them.
pub fn subject(user: &User) -> Subject {
    Subject { user: user.id, role: user.role, delegation: user.delegation }
}

/// A password that somebody else made, and that was not changed since, is known to them: who uses the account must not
/// gain what its maker would then have too.
pub(crate) fn refuse_known_password(who: &Principal, user: &User) -> Result<(), String> {
    match user.password_set_by {
        Some(maker) if maker != who.user.id => {
            let name = &user.display_name;
            Err(format!("{name} still has a temporary password that somebody else made. Reset it first"))
        }
        _ => Ok(()),
    }
}

/// By whose beginnings a user is found: the words of the name, and of the user name before the @, since all of a
/// company share what follows it.
pub(crate) fn user_terms(user: &User) -> Vec<String> {
    let local = user.user_name.split('@').next().unwrap_or_default();
    search_terms(&format!("{} {local}", user.display_name))
}

/// How whoever set a person's alternate e-mail is named to them.
fn setter(who: &Principal) -> String {
    format!("{} of {}", who.user.display_name, who.company.name)
}

fn roles_to_give(place: &Place) -> Vec<Role> {
    Role::ALL.into_iter().filter(|role| place.allows(Action::CreateUser { role: Some(*role) })).collect()
}

impl Service {
    pub async fn users(
        &self,
        who: &Principal,
        company: CompanyId,
        sort: Sort,
        query: &str,
        request: &PageRequest,
    ) -> Result<UserList> {
        let mut conn = self.db.read().await?;
        let place = self.enter(&mut conn, who, company).await?;
        if company == who.company.id && !place.allows(Action::ReadUsers) {
            place.permits(Action::ReadUser(who.user.id))?;
            let users = Page { rows: vec![who.user.clone()], has_previous: false, has_next: false };
            return Ok(UserList { place, users, count: 1, only_self: true });
        }
        place.permits(Action::ReadUsers)?;
        // What follows an @ is the same for all.
        let query = query.split('@').next().unwrap_or_default();
        let filter = search::Filter::planned(&mut conn, company, search::Kind::User, query).await?;
        let users = users::list(&mut conn, company, sort, &filter, request).await?;
        let count = users::count(&mut conn, company, crate::overview::COUNTED).await?;
        Ok(UserList { place, users, count, only_self: false })
    }

    pub async fn new_user_choices(&self, who: &Principal, company: CompanyId) -> Result<NewUserChoices> {
        let mut conn = self.db.read().await?;
        let place = self.enter(&mut conn, who, company).await?;
        place.permits(Action::CreateUser { role: None })?;
        let domains = domains::verified(&mut conn, company, MOST_DOMAINS).await?;
        let roles = roles_to_give(&place);
        Ok(NewUserChoices { place, domains, roles })
    }

    /// Adds a user with a temporary password, which has to be changed at the first sign-in.
    pub async fn add_user(&self, who: &Principal, company: CompanyId, new: &NewUser) -> Result<TemporaryPassword> {
        // Refused before the costly part, and decided again inside the transaction.
        self.place(who, company).await?.permits(Action::CreateUser { role: new.role })?;
        let password = temporary_password(&*self.entropy);
        let hash = self.passwords.hash(password.clone()).await?;
        let id = UserId(self.new_id());
        let now = self.now();
        transaction!(self.db, Error, |conn| {
            let place = self.enter_to_change(conn, who, company).await?;
            place.permits(Action::CreateUser { role: new.role })?;
            let domain = domains::by_id(conn, company, new.domain).await?;
            let Some(domain) = domain.filter(|domain| domain.status == DomainStatus::Verified) else {
                return Err(Problems::one("domain", "Choose one of the domains").into());
            };
            let user = User {
                id,
                company_id: company,
                domain_id: domain.id,
                user_name: format!("{}@{}", new.local_part.as_str(), domain.name),
                first_name: new.first_name.as_ref().map(ToString::to_string),
                last_name: new.last_name.as_ref().map(ToString::to_string),
                display_name: new.display_name.to_string(),
                sort_key: sort_key(&new.display_name),
                alternate_email: new.alternate_email.as_ref().map(ToString::to_string),
                alternate_email_confirmed: false,
                alternate_email_set_by: new.alternate_email.as_ref().map(|_| setter(who)),
                locale: Locale::default(),
                role: new.role,
                delegation: DelegatedAdministration::No,
                is_blocked: false,
                password_hash: Some(hash.clone()),
                must_change_password: true,
                password_set_at: Some(now),
                password_set_by: Some(who.user.id),
                password_set_by_partner: place.partner(),
                last_sign_in_at: None,
                created_at: now,
            };
            if !users::insert(conn, &user).await? {
                let message = format!("{} is taken. Choose another user name", user.user_name);
                return Err(Problems::one("user_name", message).into());
            }
            search::index(conn, company, search::Kind::User, id.0, &user_terms(&user)).await?;
            self.record(conn, who, &place, &named(&user), Event::UserAdded { role: user.role }).await?;
            Ok(TemporaryPassword {
                user: id,
                display_name: user.display_name,
                user_name: user.user_name,
                password: password.clone(),
            })
        })
    }

    pub async fn user(&self, who: &Principal, company: CompanyId, id: UserId) -> Result<UserView> {
        let mut conn = self.db.read().await?;
        let place = self.enter(&mut conn, who, company).await?;
        place.permits(Action::ReadUser(id))?;
        let user = users::by_id(&mut conn, company, id).await?.ok_or(Error::NotFound)?;
        let subject = subject(&user);
        let own = company == who.company.id;
        let is_self = id == who.user.id;
        Ok(UserView {
            is_self,
            may_update: place.allows(Action::UpdateUser { subject, role_after: user.role }),
            may_reset_password: !is_self && place.allows(Action::ResetPassword(subject)),
            may_block: !is_self && place.allows(Action::BlockUser(subject)),
            has_delegation: own && who.company.is_partner,
            may_assign_delegation: own && who.company.is_partner && place.allows(Action::AssignDelegation),
            roles: roles_to_give(&place),
            place,
            user,
        })
    }

    pub async fn change_user(
        &self,
        who: &Principal,
        company: CompanyId,
        id: UserId,
        change: &UserChange,
    ) -> Result<()> {
        transaction!(self.db, Error, |conn| {
            let place = self.enter_to_change(conn, who, company).await?;
            let mut user = self.lock_user(conn, &place, id).await?;
            place.permits(Action::UpdateUser { subject: subject(&user), role_after: change.role })?;
            let role_before = user.role;
            if change.role_before != role_before {
                let role = role_before.map_or("no role", Role::name);
                let message = format!("Somebody changed it meanwhile, to: {role}. Save again to set what stands here");
                return Err(Problems::one("role", message).into());
            }
            if change.role.is_some() && change.role != role_before {
                refuse_known_password(who, &user).map_err(|message| Problems::one("role", message))?;
            }
            if role_before == Some(Role::GlobalAdministrator) && change.role != role_before {
                Self::keep_a_global_administrator(conn, company, id, "role").await?;
            }
            user.first_name = change.first_name.as_ref().map(ToString::to_string);
            user.last_name = change.last_name.as_ref().map(ToString::to_string);
            user.display_name = change.display_name.to_string();
            user.sort_key = sort_key(&user.display_name);
            let alternate_email = change.alternate_email.as_ref().map(ToString::to_string);
            if alternate_email != user.alternate_email {
                // Whoever set it is not known to hold it: only the person can show that.
                user.alternate_email_confirmed = false;
                user.alternate_email_set_by = (id != who.user.id).then(|| setter(who));
                user.alternate_email = alternate_email;
            }
            user.role = change.role;
            users::update_profile(conn, &user).await?;
            search::index(conn, company, search::Kind::User, id.0, &user_terms(&user)).await?;
            let event = Event::UserChanged { role_before, role_after: user.role };
            self.record(conn, who, &place, &named(&user), event).await
        })
    }

    /// Gives a user a temporary password, and ends their sessions.
    pub async fn reset_password(&self, who: &Principal, company: CompanyId, id: UserId) -> Result<TemporaryPassword> {
        // Refused before the costly part, and decided again inside the transaction.
        if !self.user(who, company, id).await?.may_reset_password {
            let place = self.place(who, company).await?;
            let mut conn = self.db.read().await?;
            let user = users::by_id(&mut conn, company, id).await?.ok_or(Error::NotFound)?;
            place.permits(Action::ResetPassword(subject(&user)))?;
            return Err(Error::Changed("Change your own password in Account.".to_owned()));
        }
        let password = temporary_password(&*self.entropy);
        let hash = self.passwords.hash(password.clone()).await?;
        transaction!(self.db, Error, |conn| {
            let place = self.enter_to_change(conn, who, company).await?;
            let user = self.lock_user(conn, &place, id).await?;
            place.permits(Action::ResetPassword(subject(&user)))?;
            let new = NewPassword {
                hash: &hash,
                must_change: true,
                set_at: self.now(),
                set_by: Some(who.user.id),
                set_by_partner: place.partner(),
            };
            users::set_password(conn, company, id, &new).await?;
            one_time_links::delete_of_user(conn, id).await?;
            email_confirmations::forget(conn, id).await?;
            sessions::delete_of_user(conn, id, None).await?;
            self.record(conn, who, &place, &named(&user), Event::PasswordReset).await?;
            Ok(TemporaryPassword {
                user: id,
                display_name: user.display_name,
                user_name: user.user_name,
                password: password.clone(),
            })
        })
    }

    /// Keeps a user from signing in, and ends their sessions; or lets them in again.
    pub async fn set_blocked(&self, who: &Principal, company: CompanyId, id: UserId, blocked: bool) -> Result<()> {
        transaction!(self.db, Error, |conn| {
            let place = self.enter_to_change(conn, who, company).await?;
            let user = self.lock_user(conn, &place, id).await?;
            place.permits(Action::BlockUser(subject(&user)))?;
            if id == who.user.id {
                return Err(Error::Changed("You cannot block yourself.".to_owned()));
            }
            if blocked && user.role == Some(Role::GlobalAdministrator) {
                Self::keep_a_global_administrator(conn, company, id, "blocked").await?;
            }
            if users::set_blocked(conn, company, id, blocked).await? {
                if blocked {
                    sessions::delete_of_user(conn, id, None).await?;
                }
                let event = if blocked { Event::UserBlocked } else { Event::UserUnblocked };
                self.record(conn, who, &place, &named(&user), event).await?;
            }
            Ok(())
        })
    }

    /// The user, held until the transaction ends; found only by who may read them.
    async fn lock_user(&self, conn: &mut Conn, place: &Place, id: UserId) -> Result<User> {
        place.permits(Action::ReadUser(id))?;
        users::lock(conn, place.company.id, id).await?.ok_or(Error::NotFound)
    }

    /// A company without one could not be administered any more, nor end what it gave a partner.
    async fn keep_a_global_administrator(conn: &mut Conn, company: CompanyId, than: UserId, field: &str) -> Result<()> {
        mandate_store::companies::lock(conn, &[company]).await?;
        if users::has_other_global_administrator(conn, company, than).await? {
            return Ok(());
        }
        let message = "This is the company’s last global administrator. Make somebody else one first";
        Err(Problems::one(field, message).into())
    }
}
