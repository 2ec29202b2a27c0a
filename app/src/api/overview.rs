//! A partner's customers and offers.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use mandate_domain::{CompanyId, ContentKind, OfferId, OfferStatus, Role};
use serde::{Deserialize, Serialize};

use super::{ApiError, Posted};

/// What is searched, and where the pages of the two lists begin; all empty at first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OverviewQuery {
    pub search: String,
    pub after: String,
    pub before: String,
    pub offers_after: String,
    pub offers_before: String,
    /// Which offers, by the key of their status; all where it is empty.
    pub offers_status: String,
    /// In which order: `name`, `link-end`, or the newest first.
    pub offers_sort: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    pub query: OverviewQuery,
    pub customers: Vec<CustomerView>,
    pub customer_cursors: Cursors,
    /// Of all customers, whatever is searched.
    pub customer_count: i64,
    pub ending_soon: i64,
    pub offers: Vec<OfferRowView>,
    pub offer_cursors: Cursors,
    pub offer_count: i64,
    pub may_manage_offers: bool,
    pub may_act: bool,
    /// How it ended to look for an offer by its reference.
    pub find: Option<Posted<OfferId>>,
}

/// Where the pages before and after begin, if there are any.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursors {
    pub previous: Option<String>,
    pub next: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CustomerView {
    pub company_id: CompanyId,
    pub name: String,
    pub domain: Option<String>,
    pub roles: Vec<Role>,
    pub last_used_at: Option<DateTime<Utc>>,
    pub ends_at: DateTime<Utc>,
    pub days_left: i64,
    pub ends_soon: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OfferRowView {
    pub id: OfferId,
    pub name: String,
    pub content: ContentKind,
    /// To find it by, where it sells something.
    pub reference: Option<String>,
    /// For whom it is, in words.
    pub whom: String,
    pub authorized: i64,
    pub declined: i64,
    pub created_at: DateTime<Utc>,
    pub link_ends_at: DateTime<Utc>,
    pub status: OfferStatus,
}

#[server(prefix = "/api", endpoint = "partner/overview")]
pub async fn load_overview(#[server(default)] query: OverviewQuery) -> Result<Overview, ApiError> {
    use cursor::{customer_cursor, customer_page, offer_cursor, offer_list};

    use super::request::{Request, refuse};

    let request = Request::current()?;
    let who = request.require().await?;
    let now = request.service().now();
    let (customers, offers) = (customer_page(&query), offer_list(&query));
    let find = request.take_posted("find-offer");
    let found = request.service().overview(&who, &query.search, &customers, &offers).await.map_err(refuse)?;
    Ok(Overview {
        query,
        customer_cursors: cursor::around(&found.customers, customer_cursor),
        customers: found.customers.rows.into_iter().map(|customer| customer_view(customer, now)).collect(),
        customer_count: found.customer_count,
        ending_soon: found.ending_soon,
        offer_cursors: cursor::around(&found.offers, |(answered, _)| offer_cursor(offers.sort, answered)),
        offers: found.offers.rows.into_iter().map(offer_view).collect(),
        offer_count: found.offer_count,
        may_manage_offers: found.may_manage_offers,
        may_act: found.may_act,
        find,
    })
}

/// An order as an address says it. A text that says none is of the newest first.
#[cfg(feature = "ssr")]
pub(crate) fn sort_of(text: &str) -> mandate_service::overview::OfferSort {
    use mandate_service::overview::OfferSort;

    match text {
        "name" => OfferSort::Name,
        "link-end" => OfferSort::LinkEnd,
        _ => OfferSort::Made,
    }
}

#[cfg(feature = "ssr")]
fn customer_view(customer: mandate_service::overview::Customer, now: DateTime<Utc>) -> CustomerView {
    use chrono::TimeDelta;
    use mandate_domain::days_from;
    use mandate_service::overview::SOON_DAYS;

    CustomerView {
        company_id: customer.grant.customer_id,
        name: customer.name,
        domain: customer.domain,
        roles: customer.grant.roles.iter().collect(),
        last_used_at: customer.grant.last_used_at,
        ends_at: customer.grant.ends_at,
        days_left: days_from(now, customer.grant.ends_at),
        ends_soon: customer.grant.ends_at <= now + TimeDelta::days(SOON_DAYS),
    }
}

#[cfg(feature = "ssr")]
fn offer_view((answered, status): (mandate_service::overview::AnsweredOffer, OfferStatus)) -> OfferRowView {
    OfferRowView {
        id: answered.offer.id,
        whom: mandate_service::overview::whom(&answered.offer),
        created_at: answered.offer.created_at,
        content: answered.offer.content,
        reference: answered.offer.sale_reference,
        name: answered.offer.name,
        authorized: answered.authorized,
        declined: answered.declined,
        link_ends_at: answered.offer.link_ends_at,
        status,
    }
}

/// A place in a list as the address says it. A text that says none is of the first page.
#[cfg(feature = "ssr")]
mod cursor {
    use chrono::{DateTime, SecondsFormat, Utc};
    use mandate_domain::OfferStatus;
    use mandate_service::{
        overview::{AnsweredOffer, Customer, OfferList, OfferSort, sort_key_of},
        page::{Cursor, Page, PageRequest},
    };
    use uuid::Uuid;

    use super::{Cursors, OverviewQuery, sort_of};

    const PAGE_SIZE: u16 = 25;

    pub fn customer_page(query: &OverviewQuery) -> PageRequest {
        let place = |text: &str| {
            let (ends_at, grant) = text.split_once('_')?;
            ends_at.parse::<DateTime<Utc>>().ok()?;
            Some((ends_at.to_owned(), Uuid::parse_str(grant).ok()?))
        };
        PageRequest { cursor: cursor(place(&query.after), place(&query.before)), size: PAGE_SIZE, descending: false }
    }

    pub fn customer_cursor(customer: &Customer) -> String {
        let ends_at = customer.grant.ends_at.to_rfc3339_opts(SecondsFormat::Micros, true);
        format!("{ends_at}_{}", customer.grant.id)
    }

    /// The newest first; names from A, and links from the soonest end.
    pub fn offer_list(query: &OverviewQuery) -> OfferList {
        let sort = sort_of(&query.offers_sort);
        let place = |text: &str| {
            // A name can hold anything, an id no underscore.
            let (key, id) = text.rsplit_once('_')?;
            if sort == OfferSort::LinkEnd {
                key.parse::<DateTime<Utc>>().ok()?;
            }
            Some((key.to_owned(), Uuid::parse_str(id).ok()?))
        };
        let cursor = cursor(place(&query.offers_after), place(&query.offers_before));
        let page = PageRequest { cursor, size: PAGE_SIZE, descending: sort == OfferSort::Made };
        OfferList { status: OfferStatus::from_key(&query.offers_status), sort, page }
    }

    pub fn offer_cursor(sort: OfferSort, answered: &AnsweredOffer) -> String {
        format!("{}_{}", sort_key_of(sort, &answered.offer), answered.offer.id)
    }

    fn cursor(after: Option<(String, Uuid)>, before: Option<(String, Uuid)>) -> Cursor {
        match (after, before) {
            (Some((key, id)), _) => Cursor::After(key, id),
            (None, Some((key, id))) => Cursor::Before(key, id),
            (None, None) => Cursor::First,
        }
    }

    pub fn around<T>(page: &Page<T>, cursor: impl Fn(&T) -> String) -> Cursors {
        Cursors {
            previous: page.rows.first().filter(|_| page.has_previous).map(&cursor),
            next: page.rows.last().filter(|_| page.has_next).map(&cursor),
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_cursor_that_says_nothing_is_of_the_first_page() {
            let id = "0190b6a8-0000-7000-8000-000000000001";
            let time = "2027-11-24T09:14:02.123456Z";
            let at = |after: &str, before: &str| {
                customer_page(&OverviewQuery { after: after.into(), before: before.into(), ..Default::default() })
                    .cursor
            };
            let place = |key: &str| (key.to_owned(), Uuid::parse_str(id).expect("an id"));
            let (key, uuid) = place(time);
            assert_eq!(at(&format!("{time}_{id}"), ""), Cursor::After(key.clone(), uuid));
            assert_eq!(at("", &format!("{time}_{id}")), Cursor::Before(key, uuid));
            for nothing in ["", "_", id, time, &format!("{time}_"), &format!("soon_{id}"), "٣_٣"] {
                assert_eq!(at(nothing, nothing), Cursor::First, "{nothing}");
            }
            let offers = |sort: &str, after: &str| {
                let (offers_sort, offers_after) = (sort.into(), after.into());
                offer_list(&OverviewQuery { offers_after, offers_sort, ..Default::default() }).page.cursor
            };
            assert_eq!(offers("", &format!("_{id}")), Cursor::After(String::new(), uuid));
            assert_eq!(offers("name", &format!("a_b_{id}")), Cursor::After("a_b".to_owned(), uuid));
            assert_eq!(offers("link-end", &format!("{time}_{id}")), Cursor::After(time.to_owned(), uuid));
            for (sort, nothing) in [("", "x"), ("", id), ("name", id), ("link-end", &format!("soon_{id}"))] {
                assert_eq!(offers(sort, nothing), Cursor::First, "{nothing}");
            }
        }
    }
}
