//! The people of a company: seeing, adding and changing them, in one's own or on behalf of a customer.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use mandate_domain::{DelegatedAdministration, Role, UserId};
use serde::{Deserialize, Serialize};

use super::{ApiError, Posted, place::PlaceView};

#[cfg(feature = "ssr")]
const PAGE_SIZE: u16 = 50;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum UserSort {
    #[default]
    Name,
    UserName,
}

/// Which users are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UserQuery {
    pub search: String,
    pub sort: UserSort,
    pub descending: bool,
    /// Cursors, as the page before or after gave them.
    pub after: String,
    pub before: String,
    /// Of which the chosen users are to be given licenses, where it was said before they are chosen.
    pub subscription: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsersPage {
    pub place: PlaceView,
    /// What these users answer.
    pub query: UserQuery,
    pub users: Vec<UserRow>,
    /// Of the whole company, counted up to a bound.
    pub count: i64,
    pub only_self: bool,
    /// The plan that users are chosen for, where they are for one.
    pub chosen_for: Option<String>,
    /// Cursors.
    pub previous: Option<String>,
    pub next: Option<String>,
    pub notice: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRow {
    pub id: UserId,
    pub display_name: String,
    pub user_name: String,
    pub role: Option<Role>,
    pub is_blocked: bool,
    pub last_sign_in_at: Option<DateTime<Utc>>,
    pub may_reset_password: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewUserPage {
    pub place: PlaceView,
    /// Id and name. The first is chosen.
    pub domains: Vec<(String, String)>,
    pub roles: Vec<Role>,
    pub posted: Option<Posted<PasswordView>>,
}

/// The fields of *Add user*, as typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewUserForm {
    pub first_name: String,
    pub last_name: String,
    pub display_name: String,
    pub user_name: String,
    pub domain: String,
    pub alternate_email: String,
    pub role: String,
}

/// The fields of a user's *Details*, as typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeUserForm {
    pub first_name: String,
    pub last_name: String,
    pub display_name: String,
    pub alternate_email: String,
    /// The role that was shown.
    pub role_before: String,
    pub role: String,
}

/// A temporary password and whose it is, shown once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordView {
    pub display_name: String,
    pub user_name: String,
    pub password: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserPage {
    pub place: PlaceView,
    pub user: UserView,
    pub is_self: bool,
    pub may_update: bool,
    pub may_reset_password: bool,
    pub may_block: bool,
    pub has_delegation: bool,
    pub may_assign_delegation: bool,
    /// Those that the reader may give.
    pub roles: Vec<Role>,
    pub changed: Option<Posted<()>>,
    pub reset: Option<Posted<PasswordView>>,
    /// Whether the user is blocked now.
    pub blocked: Option<Posted<bool>>,
    pub assigned: Option<Posted<()>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserView {
    pub id: UserId,
    pub user_name: String,
    pub first_name: String,
    pub last_name: String,
    pub display_name: String,
    pub alternate_email: String,
    pub alternate_email_confirmed: bool,
    pub role: Option<Role>,
    pub delegation: DelegatedAdministration,
    pub is_blocked: bool,
    pub last_sign_in_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

#[server(prefix = "/api", endpoint = "users/list")]
pub async fn load_users(company: String, query: UserQuery) -> Result<UsersPage, ApiError> {
    use mandate_domain::Action;
    use mandate_service::{
        page::PageRequest,
        users::{Sort, User, subject},
    };

    use super::{
        cursor,
        request::{Request, company_of, refuse},
    };

    let request = Request::current()?;
    let who = request.require().await?;
    let company = company_of(&who, &company)?;
    let sort = match query.sort {
        UserSort::Name => Sort::Name,
        UserSort::UserName => Sort::UserName,
    };
    let cursor = cursor::read(&query.after, &query.before);
    let page = PageRequest { cursor, size: PAGE_SIZE, descending: query.descending };
    let notice = request.take_notice();
    let found = request.service().users(&who, company, sort, &query.search, &page).await.map_err(refuse)?;
    let chosen_for = match query.subscription.parse() {
        Ok(id) if found.place.allows(Action::AssignLicense) => {
            request.service().assignable_plan(&who, company, id).await.map_err(refuse)?
        }
        _ => None,
    };
    let (previous, next) = cursor::around(&found.users, |user| {
        let key = match sort {
            Sort::Name => &user.sort_key,
            Sort::UserName => &user.user_name,
        };
        cursor::write(key, user.id.0)
    });
    let row = |user: User| UserRow {
        may_reset_password: user.id != who.user.id && found.place.allows(Action::ResetPassword(subject(&user))),
        id: user.id,
        display_name: user.display_name,
        user_name: user.user_name,
        role: user.role,
        is_blocked: user.is_blocked,
        last_sign_in_at: user.last_sign_in_at,
    };
    Ok(UsersPage {
        place: PlaceView::new(&who, &found.place),
        query,
        users: found.users.rows.into_iter().map(row).collect(),
        count: found.count,
        only_self: found.only_self,
        chosen_for,
        previous,
        next,
        notice,
    })
}

#[server(prefix = "/api", endpoint = "users/new")]
pub async fn load_new_user(company: String) -> Result<NewUserPage, ApiError> {
    use mandate_domain::DomainName;
    use mandate_service::domain_names::to_unicode;

    use super::request::{Request, company_of, refuse};

    let request = Request::current()?;
    let who = request.require().await?;
    let company = company_of(&who, &company)?;
    let posted = request.take_posted("new-user");
    let choices = request.service().new_user_choices(&who, company).await.map_err(refuse)?;
    let domains = choices.domains.into_iter().map(|domain| {
        let shown = DomainName::parse(&domain.name).map_or(domain.name, |name| to_unicode(&name));
        (domain.id.to_string(), shown)
    });
    Ok(NewUserPage {
        place: PlaceView::new(&who, &choices.place),
        domains: domains.collect(),
        roles: choices.roles,
        posted,
    })
}

#[server(prefix = "/api", endpoint = "users/add")]
pub async fn add_user(company: String, #[server(flatten)] user: NewUserForm) -> Result<Posted<PasswordView>, ApiError> {
    use mandate_service::users::{NewUser, NewUserFields};

    use super::request::{After, Request, base_path, company_of};

    let request = Request::current()?;
    let who = request.require().await?;
    let company = company_of(&who, &company)?;
    let fields = NewUserFields {
        first_name: &user.first_name,
        last_name: &user.last_name,
        display_name: &user.display_name,
        user_name: &user.user_name,
        domain: &user.domain,
        alternate_email: &user.alternate_email,
        role: &user.role,
    };
    let outcome = match NewUser::parse(fields) {
        Ok(new) => request.service().add_user(&who, company, &new).await.map(PasswordView::from),
        Err(problems) => Err(problems.into()),
    };
    let typed = [
        ("first_name", user.first_name.as_str()),
        ("last_name", &user.last_name),
        ("display_name", &user.display_name),
        ("user_name", &user.user_name),
        ("domain", &user.domain),
        ("alternate_email", &user.alternate_email),
        ("role", &user.role),
    ];
    let back = format!("{}/users/new", base_path(&who, company));
    request.finish("new-user", &back, outcome, &typed, |_| After::Stay)
}

#[server(prefix = "/api", endpoint = "users/page")]
pub async fn load_user(company: String, user: String) -> Result<UserPage, ApiError> {
    use super::request::{Request, company_of, refuse};

    let request = Request::current()?;
    let who = request.require().await?;
    let company = company_of(&who, &company)?;
    let id = user.parse::<UserId>().map_err(|_| refuse(ApiError::NotFound))?;
    let changed = request.take_posted("user");
    let reset = request.take_posted("reset-password");
    let blocked = request.take_posted("block");
    let assigned = request.take_posted("delegation");
    let found = request.service().user(&who, company, id).await.map_err(refuse)?;
    Ok(UserPage {
        place: PlaceView::new(&who, &found.place),
        user: found.user.into(),
        is_self: found.is_self,
        may_update: found.may_update,
        may_reset_password: found.may_reset_password,
        may_block: found.may_block,
        has_delegation: found.has_delegation,
        may_assign_delegation: found.may_assign_delegation,
        roles: found.roles,
        changed,
        reset,
        blocked,
        assigned,
    })
}

#[server(prefix = "/api", endpoint = "users/change")]
pub async fn change_user(
    company: String,
    user: String,
    #[server(flatten)] change: ChangeUserForm,
) -> Result<Posted<()>, ApiError> {
    use mandate_service::users::UserChange;

    use super::request::{After, Request, base_path, company_of, refuse};

    let request = Request::current()?;
    let who = request.require().await?;
    let company = company_of(&who, &company)?;
    let id = user.parse::<UserId>().map_err(|_| refuse(ApiError::NotFound))?;
    let ChangeUserForm { first_name, last_name, display_name, alternate_email, role_before, role } = change;
    let parsed = UserChange::parse(&first_name, &last_name, &display_name, &alternate_email, &role_before, &role);
    let outcome = match parsed {
        Ok(change) => request.service().change_user(&who, company, id, &change).await,
        Err(problems) => Err(problems.into()),
    };
    let typed = [
        ("first_name", first_name.as_str()),
        ("last_name", &last_name),
        ("display_name", &display_name),
        ("alternate_email", &alternate_email),
        ("role", &role),
    ];
    let back = format!("{}/users/{id}", base_path(&who, company));
    request.finish("user", &back, outcome, &typed, |()| After::Stay)
}

#[server(prefix = "/api", endpoint = "users/reset-password")]
pub async fn reset_password(company: String, user: String) -> Result<Posted<PasswordView>, ApiError> {
    use super::request::{After, Request, base_path, company_of, refuse};

    let request = Request::current()?;
    let who = request.require().await?;
    let company = company_of(&who, &company)?;
    let id = user.parse::<UserId>().map_err(|_| refuse(ApiError::NotFound))?;
    let outcome = request.service().reset_password(&who, company, id).await.map(PasswordView::from);
    let back = format!("{}/users/{id}", base_path(&who, company));
    request.finish("reset-password", &back, outcome, &[], |_| After::Stay)
}

#[server(prefix = "/api", endpoint = "users/set-blocked")]
pub async fn set_blocked(company: String, user: String, blocked: bool) -> Result<Posted<bool>, ApiError> {
    use super::request::{After, Request, base_path, company_of, refuse};

    let request = Request::current()?;
    let who = request.require().await?;
    let company = company_of(&who, &company)?;
    let id = user.parse::<UserId>().map_err(|_| refuse(ApiError::NotFound))?;
    let outcome = request.service().set_blocked(&who, company, id, blocked).await.map(|()| blocked);
    let back = format!("{}/users/{id}", base_path(&who, company));
    request.finish("block", &back, outcome, &[], |_| After::Stay)
}

#[server(prefix = "/api", endpoint = "users/assign-delegation")]
pub async fn assign_delegation(user: String, #[server(default)] delegation: String) -> Result<Posted<()>, ApiError> {
    use mandate_service::form::Problems;

    use super::request::{After, Request, refuse};

    let request = Request::current()?;
    let who = request.require().await?;
    let id = user.parse::<UserId>().map_err(|_| refuse(ApiError::NotFound))?;
    let outcome = match delegation.parse::<DelegatedAdministration>() {
        Ok(setting) => request.service().assign_delegation(&who, id, setting).await,
        Err(_) => Err(Problems::one("delegation", "Choose one of these").into()),
    };
    let back = format!("/users/{id}?tab=settings");
    request.finish("delegation", &back, outcome, &[("delegation", &delegation)], |()| After::Stay)
}

#[cfg(feature = "ssr")]
impl From<mandate_service::users::TemporaryPassword> for PasswordView {
    fn from(made: mandate_service::users::TemporaryPassword) -> Self {
        Self { display_name: made.display_name, user_name: made.user_name, password: made.password }
    }
}

#[cfg(feature = "ssr")]
impl From<mandate_service::users::User> for UserView {
    fn from(user: mandate_service::users::User) -> Self {
        Self {
            id: user.id,
            user_name: user.user_name,
            first_name: user.first_name.unwrap_or_default(),
            last_name: user.last_name.unwrap_or_default(),
            display_name: user.display_name,
            alternate_email: user.alternate_email.unwrap_or_default(),
            alternate_email_confirmed: user.alternate_email_confirmed,
            role: user.role,
            delegation: user.delegation,
            is_blocked: user.is_blocked,
            last_sign_in_at: user.last_sign_in_at,
            created_at: user.created_at,
        }
    }
}
