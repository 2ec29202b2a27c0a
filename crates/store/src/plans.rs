//! The catalog: what can be sold. The same for every company.

use std::collections::{BTreeSet, HashMap};

use mandate_domain::{Country, Currency, Money, PlanId, PlanKey, QuantityBounds, Term, TrialDays, TrialTerms};
use uuid::Uuid;

use crate::{
    Conn, StoreError, StoreResult, columns,
    db::{exactly_one, execute, fetch_all, fetch_optional},
};

/// As many plans as a catalog has at most, so that it can be read as a whole.
pub const MOST: i64 = 1_000;

/// A plan of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub id: PlanId,
    pub product_name: String,
    pub product_description: String,
    /// By what it is known again in a later catalog.
    pub key: PlanKey,
    pub name: String,
    pub description: String,
    /// What one license of it is.
    pub license_means: String,
    /// Without these it cannot be tried.
    pub trial: Option<TrialTerms>,
    pub bounds: QuantityBounds,
    /// Where it can be used; none means everywhere.
    pub countries: Vec<Country>,
    /// Not once it is withdrawn: then it stays readable for those who have it.
    pub is_offered: bool,
    /// Its place in the catalog.
    pub position: i16,
}

impl Plan {
    /// As it is named wherever its product is not.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.product_name, self.name)
    }

    pub fn is_for(&self, country: Country) -> bool {
        self.countries.is_empty() || self.countries.contains(&country)
    }
}

/// What one license costs for one term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanPrice {
    pub term: Term,
    pub price: Money,
}

/// What keeping a plan changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upserted {
    Added,
    Changed,
    Unchanged,
}

#[derive(sqlx::FromRow)]
struct PlanRow {
    id: Uuid,
    product_name: String,
    product_description: String,
    key: String,
    name: String,
    description: String,
    license_means: String,
    trial_days: Option<i16>,
    trial_licenses: Option<i64>,
    min_quantity: i64,
    max_quantity: i64,
    countries: String,
    is_offered: bool,
    position: i16,
}

impl TryFrom<PlanRow> for Plan {
    type Error = StoreError;

    fn try_from(row: PlanRow) -> StoreResult<Self> {
        let quantity = |number: i64| columns::quantity(number, "plans.quantity");
        let trial = |(days, licenses): (i16, i64)| -> StoreResult<TrialTerms> {
            Ok(TrialTerms {
                days: TrialDays::new(days.into()).map_err(|_| StoreError::Corrupt("plans.trial_days"))?,
                licenses: quantity(licenses)?,
            })
        };
        let bounds = QuantityBounds::new(quantity(row.min_quantity)?, quantity(row.max_quantity)?);
        let countries: Result<_, _> = row.countries.split_ascii_whitespace().map(Country::parse).collect();
        Ok(Self {
            id: PlanId(row.id),
            product_name: row.product_name,
            product_description: row.product_description,
            key: PlanKey::parse(&row.key).map_err(|_| StoreError::Corrupt("plans.key"))?,
            name: row.name,
            description: row.description,
            license_means: row.license_means,
            trial: row.trial_days.zip(row.trial_licenses).map(trial).transpose()?,
            bounds: bounds.ok_or(StoreError::Corrupt("plans.max_quantity"))?,
            countries: countries.map_err(|_| StoreError::Corrupt("plans.countries"))?,
            is_offered: row.is_offered,
            position: row.position,
        })
    }
}

#[derive(sqlx::FromRow)]
struct PriceRow {
    plan_id: Uuid,
    term: String,
    currency: String,
    minor: i64,
}

impl TryFrom<PriceRow> for PlanPrice {
    type Error = StoreError;

    fn try_from(row: PriceRow) -> StoreResult<Self> {
        let currency = Currency::parse(&row.currency).map_err(|_| StoreError::Corrupt("plan_prices.currency"))?;
        Ok(Self {
            term: Term::from_key(&row.term).ok_or(StoreError::Corrupt("plan_prices.term"))?,
            price: Money::new(row.minor, currency).map_err(|_| StoreError::Corrupt("plan_prices.minor"))?,
        })
    }
}

fn codes(countries: &[Country]) -> String {
    countries.iter().map(|country| country.code()).collect::<Vec<_>>().join(" ")
}

async fn insert(conn: &mut Conn, plan: &Plan) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "INSERT INTO plans (id, product_name, product_description, key, name, description, license_means, trial_days,
                            trial_licenses, min_quantity, max_quantity, countries, is_offered, position)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         ON CONFLICT (key) DO NOTHING",
        plan.id.0,
        &plan.product_name,
        &plan.product_description,
        plan.key.as_str(),
        &plan.name,
        &plan.description,
        &plan.license_means,
        plan.trial.map(|trial| trial.days.get().cast_signed()),
        plan.trial.map(|trial| i64::from(trial.licenses.get())),
        i64::from(plan.bounds.min().get()),
        i64::from(plan.bounds.max().get()),
        codes(&plan.countries),
        plan.is_offered,
        plan.position,
    );
    Ok(rows == 1)
}

async fn update(conn: &mut Conn, plan: &Plan) -> StoreResult<()> {
    exactly_one(execute!(
        conn,
        "UPDATE plans SET product_name = $2, product_description = $3, name = $4, description = $5, license_means = $6,
                trial_days = $7, trial_licenses = $8, min_quantity = $9, max_quantity = $10, countries = $11,
                is_offered = $12, position = $13
         WHERE id = $1",
        plan.id.0,
        &plan.product_name,
        &plan.product_description,
        &plan.name,
        &plan.description,
        &plan.license_means,
        plan.trial.map(|trial| trial.days.get().cast_signed()),
        plan.trial.map(|trial| i64::from(trial.licenses.get())),
        i64::from(plan.bounds.min().get()),
        i64::from(plan.bounds.max().get()),
        codes(&plan.countries),
        plan.is_offered,
        plan.position,
    ))
}

/// What a plan costs, by term and currency.
pub async fn prices(conn: &mut Conn, plan: PlanId) -> StoreResult<Vec<PlanPrice>> {
    let rows =
        fetch_all!(conn, PriceRow, "SELECT * FROM plan_prices WHERE plan_id = $1 ORDER BY term, currency", plan.0);
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Keeps a plan and what it costs. One of the same key is the same plan: it keeps its id.
pub async fn upsert(conn: &mut Conn, plan: &Plan, costs: &[PlanPrice]) -> StoreResult<Upserted> {
    if insert(conn, plan).await? {
        insert_prices(conn, plan.id, costs).await?;
        return Ok(Upserted::Added);
    }
    // Held until the transaction ends, so that of two catalogs at once one is kept whole.
    let before: Plan = fetch_optional!(
        conn,
        PlanRow,
        "UPDATE plans SET position = position WHERE key = $1 RETURNING *",
        plan.key.as_str(),
    )
    .ok_or(StoreError::Corrupt("plans.key"))?
    .try_into()?;
    let plan = Plan { id: before.id, ..plan.clone() };
    let costs_before = prices(conn, plan.id).await?;
    let mut costs = costs.to_vec();
    costs.sort_by_key(|cost| (cost.term.key(), cost.price.currency()));
    if before == plan && costs_before == costs {
        return Ok(Upserted::Unchanged);
    }
    update(conn, &plan).await?;
    execute!(conn, "DELETE FROM plan_prices WHERE plan_id = $1", plan.id.0);
    insert_prices(conn, plan.id, &costs).await?;
    Ok(Upserted::Changed)
}

async fn insert_prices(conn: &mut Conn, plan: PlanId, costs: &[PlanPrice]) -> StoreResult<()> {
    for cost in costs {
        execute!(
            conn,
            "INSERT INTO plan_prices (plan_id, term, currency, minor) VALUES ($1, $2, $3, $4)",
            plan.0,
            cost.term.key(),
            cost.price.currency().code(),
            cost.price.minor(),
        );
    }
    Ok(())
}

/// Withdraws all plans that a catalog does not name any more, and says how many these are.
pub async fn withdraw_missing(conn: &mut Conn, named: &[PlanKey]) -> StoreResult<usize> {
    let named: String = named.iter().flat_map(|key| [" ", key.as_str(), " "]).collect();
    // A key has no spaces, and no letters that a pattern reads otherwise.
    let withdrawn = execute!(
        conn,
        "UPDATE plans SET is_offered = FALSE WHERE is_offered AND $1 NOT LIKE '% ' || key || ' %'",
        &named,
    );
    Ok(usize::try_from(withdrawn).unwrap_or(usize::MAX))
}

/// What is offered, in the catalog's order, each with what it costs; for a country, where one is said.
pub async fn offered(conn: &mut Conn, country: Option<Country>) -> StoreResult<Vec<(Plan, Vec<PlanPrice>)>> {
    let rows = fetch_all!(conn, PlanRow, "SELECT * FROM plans WHERE is_offered ORDER BY position, id LIMIT $1", MOST);
    let costs = fetch_all!(
        conn,
        PriceRow,
        "SELECT c.* FROM plan_prices c JOIN plans p ON p.id = c.plan_id
         WHERE p.is_offered ORDER BY c.plan_id, c.term, c.currency",
    );
    let mut costs_of = HashMap::<PlanId, Vec<PlanPrice>>::new();
    for cost in costs {
        costs_of.entry(PlanId(cost.plan_id)).or_default().push(cost.try_into()?);
    }
    let mut offered = Vec::with_capacity(rows.len());
    for row in rows {
        let plan: Plan = row.try_into()?;
        if country.is_none_or(|country| plan.is_for(country)) {
            let costs = costs_of.remove(&plan.id).unwrap_or_default();
            offered.push((plan, costs));
        }
    }
    Ok(offered)
}

/// A plan, offered or withdrawn.
pub async fn by_id(conn: &mut Conn, id: PlanId) -> StoreResult<Option<Plan>> {
    fetch_optional!(conn, PlanRow, "SELECT * FROM plans WHERE id = $1", id.0).map(TryInto::try_into).transpose()
}

/// The plans of a page's rows, each read once.
pub(crate) async fn of_rows(conn: &mut Conn, ids: BTreeSet<PlanId>) -> StoreResult<HashMap<PlanId, Plan>> {
    let mut found = HashMap::with_capacity(ids.len());
    for id in ids {
        found.insert(id, by_id(conn, id).await?.ok_or(StoreError::Corrupt("subscriptions.plan_id"))?);
    }
    Ok(found)
}
