//! The record of what was done.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{ApiError, place::PlaceView};

#[cfg(feature = "ssr")]
const PAGE_SIZE: u16 = 50;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityPage {
    pub place: PlaceView,
    pub entries: Vec<EntryView>,
    /// Before which number the next page begins.
    pub next: Option<i64>,
    /// Whether it holds only what the reader's own company did.
    pub only_own: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryView {
    pub at: DateTime<Utc>,
    /// Nobody, where the service itself did it.
    pub person: Option<ActorView>,
    pub what: String,
    pub detail: Option<String>,
    pub object: String,
    /// By what right, where it was done in another company's account.
    pub right: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActorView {
    pub display_name: String,
    pub user_name: String,
    /// Their company, where it is another than the one whose record this is.
    pub from: Option<String>,
}

#[server(prefix = "/api", endpoint = "activity/page")]
pub async fn load_activity(company: String, before: String) -> Result<ActivityPage, ApiError> {
    use mandate_domain::Event;
    use mandate_service::domain_names::shown;

    use super::request::{Request, company_of, refuse};

    let request = Request::current()?;
    let who = request.require().await?;
    let company = company_of(&who, &company)?;
    // What is no number begins with the newest.
    let before = before.parse().ok();
    let found = request.service().activity(&who, company, before, PAGE_SIZE).await.map_err(refuse)?;
    let entries = found.entries.into_iter().map(|entry| {
        let own = entry.person.as_ref().is_some_and(|person| person.company_id == company);
        let account = entry.on_behalf_of.filter(|_| own);
        let right = entry.grant.filter(|_| entry.person.is_some());
        let right = right.map(|grant| right_of(&grant.to_string(), account.as_deref()));
        let person = entry.person.map(|person| ActorView {
            display_name: person.display_name,
            user_name: person.user_name,
            from: (!own).then_some(person.company_name),
        });
        // The record has names of domains as the DNS does.
        let object = if entry.event.is_of_domain() { shown(&entry.object_name) } else { entry.object_name };
        let event = match entry.event {
            Event::SubdomainVerified { under } => Event::SubdomainVerified { under: shown(&under) },
            event => event,
        };
        EntryView { at: entry.at, person, what: event.what().to_owned(), detail: event.detail(), object, right }
    });
    Ok(ActivityPage {
        place: PlaceView::new(&who, &found.place),
        entries: entries.collect(),
        next: found.next,
        only_own: found.only_own,
    })
}

/// The end of a grant's id tells it from others: its beginning is the time it was made.
#[cfg(feature = "ssr")]
fn right_of(grant: &str, account: Option<&str>) -> String {
    let short = grant.rsplit('-').next().unwrap_or(grant);
    match account {
        Some(account) => format!("In {account}, by authorization {short}"),
        None => format!("By authorization {short}"),
    }
}
