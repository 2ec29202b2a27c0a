//! What a partner sees of its customers and offers.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use mandate_domain::{Action, OfferStatus, search_terms, sort_key};
use mandate_store::{
    companies::Company,
    grants,
    offers::{self, Offer},
    page::{Cursor, Page, PageRequest},
    search::{Filter, Kind},
};

pub use mandate_store::{
    grants::Customer,
    offers::{AnsweredOffer, Sort as OfferSort},
};

use crate::{Error, Principal, Result, Service, csv_file::CsvFile, place::Place};

/// The partner's overview.
#[derive(Clone, Debug)]
pub struct Overview {
    pub customers: Page<Customer>,
    /// Counted up to [`COUNTED`].
    pub customer_count: i64,
    pub ending_soon: i64,
    pub offers: Page<(AnsweredOffer, OfferStatus)>,
    pub offer_count: i64,
    pub may_manage_offers: bool,
    /// Whether the reader may act in customers' companies at all.
    pub may_act: bool,
}

/// Which of the offers, in which order, and where the page begins.
#[derive(Clone, Debug)]
pub struct OfferList {
    pub status: Option<OfferStatus>,
    pub sort: OfferSort,
    pub page: PageRequest,
}

/// Further than this nothing is counted: it says *1,000+*.
pub const COUNTED: i64 = 1_001;
/// What is told apart as ending soon, in days.
pub const SOON_DAYS: i64 = 30;
/// A file of offers has at most so many rows.
pub const MOST_IN_FILE: usize = 10_000;
const FILE_PAGE: u16 = 500;

impl Service {
    /// For a partner's own people; for anybody else there is no such page.
    pub async fn overview(
        &self,
        who: &Principal,
        search: &str,
        customers: &PageRequest,
        list: &OfferList,
    ) -> Result<Overview> {
        let place = overview_place(who)?;
        let partner = who.company.id;
        let now = self.now();
        let soon = now + TimeDelta::days(SOON_DAYS);
        let mut conn = self.db.read().await?;
        let filter = Filter::planned(&mut conn, partner, Kind::Customer, search).await?;
        let customers = grants::customers(&mut conn, partner, &filter, customers, now).await?;
        let (customer_count, ending_soon) = grants::count_customers(&mut conn, partner, now, soon, COUNTED).await?;
        let offers = offers::list(&mut conn, partner, list.status, list.sort, &list.page, now).await?;
        let offers = offers.map(|answered| {
            let status = answered.offer.status(now);
            (answered, status)
        });
        let offer_count = mandate_store::offers::count(&mut conn, partner, COUNTED).await?;
        Ok(Overview {
            customers,
            customer_count,
            ending_soon,
            offers,
            offer_count,
            may_manage_offers: place.allows(Action::ManageOffers),
            may_act: !who.user.delegation.ceiling().is_empty(),
        })
    }

    /// The offers of the overview as a file: all of a status, in the order chosen, up to [`MOST_IN_FILE`].
    pub async fn offers_file(&self, who: &Principal, status: Option<OfferStatus>, sort: OfferSort) -> Result<Vec<u8>> {
        overview_place(who)?;
        let now = self.now();
        let mut file = CsvFile::new(&[
            "Offer",
            "For",
            "Email",
            "Authorized or accepted",
            "Declined",
            "Link works until (UTC)",
            "Made (UTC)",
            "Status",
        ])?;
        let mut conn = self.db.read().await?;
        let mut cursor = Cursor::First;
        for _ in 0..MOST_IN_FILE / usize::from(FILE_PAGE) {
            let request = PageRequest { cursor, size: FILE_PAGE, descending: sort == OfferSort::Made };
            let page = offers::list(&mut conn, who.company.id, status, sort, &request, now).await?;
            for AnsweredOffer { offer, authorized, declined } in &page.rows {
                let time = |time: DateTime<Utc>| time.format("%Y-%m-%d %H:%M").to_string();
                file.row(&[
                    &offer.name,
                    &whom(offer),
                    offer.addressee_email.as_deref().unwrap_or_default(),
                    &authorized.to_string(),
                    &declined.to_string(),
                    &time(offer.link_ends_at),
                    &time(offer.created_at),
                    offer.status(now).name(),
                ])?;
            }
            match page.rows.last() {
                Some(last) if page.has_next => cursor = place_of(sort, &last.offer),
                _ => break,
            }
        }
        file.finish()
    }
}

/// For all of the partner, but those who have to change a temporary password first; for anybody else there is no such
/// page.
pub(crate) fn overview_place(who: &Principal) -> Result<Place> {
    if !who.company.is_partner {
        return Err(Error::NotFound);
    }
    let place = Place::own(who);
    place.permits(Action::ReadUser(who.user.id))?;
    Ok(place)
}

/// For whom an offer is, in words.
pub fn whom(offer: &Offer) -> String {
    match &offer.addressed_to {
        Some(addressee) => addressee.to_string(),
        None if offer.single_use => "One customer".to_owned(),
        None => "Any customer".to_owned(),
    }
}

/// What follows an offer in a list.
fn place_of(sort: OfferSort, offer: &Offer) -> Cursor {
    Cursor::After(sort_key_of(sort, offer), offer.id.0)
}

/// By what an offer is placed in a list, beside its id.
pub fn sort_key_of(sort: OfferSort, offer: &Offer) -> String {
    match sort {
        OfferSort::Made => String::new(),
        OfferSort::Name => sort_key(&offer.name),
        OfferSort::LinkEnd => offer.link_ends_at.to_rfc3339_opts(SecondsFormat::Micros, true),
    }
}

/// By whose beginnings a partner finds a customer: the words of its name and of its domain.
pub(crate) fn customer_terms(company: &Company) -> Vec<String> {
    search_terms(&format!("{} {}", company.name, company.domain.as_deref().unwrap_or_default()))
}
