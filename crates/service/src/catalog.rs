//! What can be sold: products and their plans, as the operator's file says them.

mod file;
mod reading;

use chrono::DateTime;
use mandate_domain::{Action, Country, PlanId, PlanKey, QuantityBounds, TrialTerms};
use mandate_store::{
    Conn, leases,
    plans::{self, Upserted},
    transaction,
};

pub use file::parse;
pub use mandate_store::plans::{Plan, PlanPrice};

use crate::{Error, Principal, Result, Service, place::Place};

/// All that is offered, in the order of the file. [`parse`] makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalog {
    plans: Vec<PlanEntry>,
}

/// A plan as the file says it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct PlanEntry {
    key: PlanKey,
    product_name: String,
    product_description: String,
    name: String,
    description: String,
    license_means: String,
    trial: Option<TrialTerms>,
    bounds: QuantityBounds,
    countries: Vec<Country>,
    prices: Vec<PlanPrice>,
}

/// What is wrong in a catalog's file, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct CatalogError {
    pub line: usize,
    pub message: String,
}

/// What came of an import, in plans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CatalogReport {
    pub added: usize,
    pub changed: usize,
    /// No longer in the file: not offered any more, and still there for those who have them.
    pub withdrawn: usize,
    pub unchanged: usize,
}

/// A plan and what it costs.
#[derive(Clone, Debug)]
pub struct PlanView {
    pub plan: Plan,
    pub prices: Vec<PlanPrice>,
}

impl PlanEntry {
    fn to_plan(&self, id: PlanId, position: i16) -> Plan {
        Plan {
            id,
            product_name: self.product_name.clone(),
            product_description: self.product_description.clone(),
            key: self.key.clone(),
            name: self.name.clone(),
            description: self.description.clone(),
            license_means: self.license_means.clone(),
            trial: self.trial,
            bounds: self.bounds,
            countries: self.countries.clone(),
            is_offered: true,
            position,
        }
    }
}

impl Service {
    /// Makes what is offered what the file says. The same file again changes nothing. A plan is known by its key; one
    /// that the file no longer has is withdrawn, and comes back with its key.
    pub async fn import_catalog(&self, catalog: &Catalog) -> Result<CatalogReport> {
        let (now, holder) = (self.now(), self.new_id());
        transaction!(self.db, Error, |conn| {
            // Of two imports at once, the second waits here for the end of the first, or they would mix. The lease has
            // ended when it is taken: what counts is its row, which the transaction holds.
            leases::take(conn, "catalog", holder, now, DateTime::UNIX_EPOCH).await?;
            self.keep_catalog(conn, catalog).await
        })
    }

    pub(crate) async fn keep_catalog(&self, conn: &mut Conn, catalog: &Catalog) -> Result<CatalogReport> {
        let mut report = CatalogReport::default();
        for (position, entry) in (0..).zip(&catalog.plans) {
            let plan = entry.to_plan(PlanId(self.new_id()), position);
            match plans::upsert(conn, &plan, &entry.prices).await? {
                Upserted::Added => report.added += 1,
                Upserted::Changed => report.changed += 1,
                Upserted::Unchanged => report.unchanged += 1,
            }
        }
        let keys: Vec<_> = catalog.plans.iter().map(|entry| entry.key.clone()).collect();
        report.withdrawn = plans::withdraw_missing(conn, &keys).await?;
        Ok(report)
    }

    /// What a partner can put into an invitation or an offer, in the order of the catalog.
    pub async fn offered_plans(&self, who: &Principal) -> Result<Vec<PlanView>> {
        Place::own(who).permits(Action::ManageOffers)?;
        let mut conn = self.db.read().await?;
        let offered = plans::offered(&mut conn, None).await?;
        Ok(offered.into_iter().map(|(plan, prices)| PlanView { plan, prices }).collect())
    }
}
