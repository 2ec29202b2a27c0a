//! Which people of a company have a license of what it bought.

use leptos::prelude::*;
use mandate_domain::{SubscriptionId, UserId};
use serde::{Deserialize, Serialize};

use super::{ApiError, Posted, beginning::Beginning, place::PlaceView, subscriptions::SubscriptionView};

/// A user's licenses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserLicenses {
    pub licenses: Beginning<UserLicenseView>,
    pub posted: Option<Posted<usize>>,
    pub notice: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserLicenseView {
    pub subscription: SubscriptionView,
    pub is_assigned: bool,
}

/// Who was chosen in the list of users, and what they can be given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenseChoiceView {
    pub place: PlaceView,
    pub users: Vec<ChosenUser>,
    /// For which they were chosen, if for one.
    pub named: Option<SubscriptionId>,
    pub subscriptions: Beginning<SubscriptionView>,
    pub posted: Option<Posted<usize>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChosenUser {
    pub id: UserId,
    pub display_name: String,
    pub user_name: String,
}

#[server(prefix = "/api", endpoint = "licenses/of-user")]
pub async fn load_user_licenses(company: String, user: String) -> Result<UserLicenses, ApiError> {
    use super::request::{Request, company_of, refuse};

    let request = Request::current()?;
    let who = request.require().await?;
    let company = company_of(&who, &company)?;
    let id = user.parse().map_err(|_| refuse(ApiError::NotFound))?;
    let posted = request.take_posted("licenses");
    let notice = request.take_notice();
    let found = request.service().licenses_of_user(&who, company, id).await.map_err(refuse)?;
    let now = request.service().now();
    let licenses = Beginning::of(found, |license| UserLicenseView {
        is_assigned: license.is_assigned,
        subscription: SubscriptionView::at(license.subscription, now),
    });
    Ok(UserLicenses { licenses, posted, notice })
}

#[server(prefix = "/api", endpoint = "licenses/choice")]
pub async fn load_license_choice(
    company: String,
    #[server(default)] subscription: String,
    #[server(default)] users: Vec<String>,
) -> Result<LicenseChoiceView, ApiError> {
    use super::request::{Request, company_of, refuse};

    let request = Request::current()?;
    let who = request.require().await?;
    let company = company_of(&who, &company)?;
    let posted = request.take_posted("licenses");
    // Who has an address with something else in it has nobody there, and nothing named.
    let users: Vec<_> = users.iter().filter_map(|user| user.parse().ok()).collect();
    let named = subscription.parse().ok();
    let found = request.service().license_choice(&who, company, named, &users).await.map_err(refuse)?;
    let now = request.service().now();
    let users = found.users.into_iter().map(|user| ChosenUser {
        id: user.id,
        display_name: user.display_name,
        user_name: user.user_name,
    });
    Ok(LicenseChoiceView {
        place: PlaceView::new(&who, &found.place),
        users: users.collect(),
        named,
        subscriptions: Beginning::of(found.subscriptions, |row| SubscriptionView::at(row, now)),
        posted,
    })
}

#[server(prefix = "/api", endpoint = "licenses/assign")]
pub async fn assign_licenses(
    company: String,
    #[server(default)] subscription: String,
    #[server(default)] users: Vec<String>,
    /// The page that is led to, refused or done.
    #[server(default)]
    back: String,
    #[server(default)] next: String,
) -> Result<Posted<usize>, ApiError> {
    use super::request::{After, Request, company_of, local_path};
    use crate::format::count;

    let request = Request::current()?;
    let who = request.require().await?;
    let company = company_of(&who, &company)?;
    let outcome = match parsed(&subscription, &users) {
        Ok((subscription, users)) => request.service().assign_licenses(&who, company, subscription, &users).await,
        Err(error) => Err(error),
    };
    let typed = [("subscription", subscription.as_str())];
    request.finish("licenses", &local_path(&back), outcome, &typed, |assigned| {
        let notice = match assigned {
            0 => "Everybody had a license already.".to_owned(),
            assigned => format!("{} assigned.", count(*assigned, "license is", "licenses are")),
        };
        After::GoSaying(local_path(&next), notice)
    })
}

#[server(prefix = "/api", endpoint = "licenses/remove")]
pub async fn remove_licenses(
    company: String,
    #[server(default)] subscription: String,
    #[server(default)] users: Vec<String>,
    /// The page that is led to, refused or done.
    #[server(default)]
    back: String,
    #[server(default)] next: String,
) -> Result<Posted<usize>, ApiError> {
    use super::request::{After, Request, company_of, local_path};
    use crate::format::count;

    let request = Request::current()?;
    let who = request.require().await?;
    let company = company_of(&who, &company)?;
    let outcome = match parsed(&subscription, &users) {
        Ok((subscription, users)) => request.service().remove_licenses(&who, company, subscription, &users).await,
        Err(error) => Err(error),
    };
    let typed = [("subscription", subscription.as_str())];
    request.finish("licenses", &local_path(&back), outcome, &typed, |removed| {
        let notice = match removed {
            0 => "Nobody had a license.".to_owned(),
            removed => format!("{} removed.", count(*removed, "license is", "licenses are")),
        };
        After::GoSaying(local_path(&next), notice)
    })
}

#[cfg(feature = "ssr")]
fn parsed(subscription: &str, users: &[String]) -> mandate_service::Result<(SubscriptionId, Vec<UserId>)> {
    use mandate_service::{Error, form::Problems};

    if subscription.is_empty() {
        return Err(Problems::one("subscription", "Choose one of these").into());
    }
    let subscription = subscription.parse().map_err(|_| Error::NotFound)?;
    let users = users.iter().map(|user| user.parse()).collect::<Result<_, _>>().map_err(|_| Error::NotFound)?;
    Ok((subscription, users))
}
