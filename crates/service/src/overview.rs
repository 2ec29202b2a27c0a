//! What a partner sees of its customers and offers.

use chrono::TimeDelta;
use mandate_domain::{Action, OfferStatus, search_terms};
use mandate_store::{
    companies::Company,
    grants, offers,
    page::{Page, PageRequest},
    search::{Filter, Kind},
};

pub use mandate_store::{grants::Customer, offers::AnsweredOffer};

use crate::{Error, Principal, Result, Service, place::Place};

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

/// Further than this nothing is counted: it says *1,000+*.
pub const COUNTED: i64 = 1_001;
/// What is told apart as ending soon, in days.
pub const SOON_DAYS: i64 = 30;

impl Service {
    /// For a partner's own people; for anybody else there is no such page.
    pub async fn overview(
        &self,
        who: &Principal,
        search: &str,
        customers: &PageRequest,
        offers: &PageRequest,
    ) -> Result<Overview> {
        if !who.company.is_partner {
            return Err(Error::NotFound);
        }
        let place = Place::own(who);
        // For all of the partner, but those who have to change a temporary password first.
        place.permits(Action::ReadUser(who.user.id))?;
        let partner = who.company.id;
        let now = self.now();
        let soon = now + TimeDelta::days(SOON_DAYS);
        let mut conn = self.db.read().await?;
        let filter = Filter::new(Kind::Customer, search);
        let customers = grants::customers(&mut conn, partner, &filter, customers, now).await?;
        let (customer_count, ending_soon) = grants::count_customers(&mut conn, partner, now, soon, COUNTED).await?;
        let offers = offers::list(&mut conn, partner, offers).await?;
        let offers = offers.map(|answered| {
            let status = answered.offer.state.at(now, answered.offer.link_ends_at);
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
}

/// By whose beginnings a partner finds a customer: the words of its name and of its domain.
pub(crate) fn customer_terms(company: &Company) -> Vec<String> {
    search_terms(&format!("{} {}", company.name, company.domain.as_deref().unwrap_or_default()))
}
