//! The catalog's file: what it can say is in docs/catalog.md.

use std::collections::BTreeMap;

use mandate_domain::{Country, Currency, Money, PlanKey, Quantity, QuantityBounds, Term, TrialDays, TrialTerms};
use mandate_store::plans::{self, PlanPrice};
use toml::{
    Spanned,
    de::{DeString, DeTable, DeValue},
};

use super::{
    Catalog, CatalogError, PlanEntry,
    reading::{LONGEST_NAME, LONGEST_TEXT, Reading, Table},
};

const PLAN_KEYS: [&str; 8] = ["key", "name", "description", "license", "trial", "quantity", "countries", "prices"];

/// Reads a catalog, or tells all that is wrong with it, in the order of the lines.
pub fn parse(text: &str) -> Result<Catalog, Vec<CatalogError>> {
    let (root, broken) = DeTable::parse_recoverable(text);
    let mut reader = Reader { reading: Reading::new(text, &broken), keys: BTreeMap::new(), count: 0 };
    let plans = reader.products(root.get_ref());
    reader.reading.end(Catalog { plans })
}

struct Reader {
    reading: Reading,
    /// In which line each key stands.
    keys: BTreeMap<String, usize>,
    /// The plans until here.
    count: i64,
}

/// What a product says of all its plans.
struct Product {
    name: Option<String>,
    description: Option<String>,
}

impl Reader {
    fn products(&mut self, root: &DeTable<'_>) -> Vec<PlanEntry> {
        self.reading.known(root, "A catalog", &["product"]);
        let Some(value) = root.get("product") else {
            // An empty file is an accident, and would withdraw all there is.
            self.reading.missing(&(0..0), "The catalog has no product. One begins with [[product]]");
            return Vec::new();
        };
        let mut names = BTreeMap::new();
        let mut plans = Vec::new();
        for table in self.reading.tables(value, "A product", "[[product]]") {
            self.reading.known(table.entries, table.what, &["name", "description", "plan"]);
            let name = self.name(table, &mut names);
            let product = Product { name, description: self.reading.text(table, "description", LONGEST_TEXT) };
            let Some(value) = self.reading.required(table, "plan") else { continue };
            let mut names = BTreeMap::new();
            for table in self.reading.tables(value, "A plan", "[[product.plan]]") {
                self.count += 1;
                if self.count > plans::MOST {
                    self.reading.wrong(&table.at.span(), format!("A catalog has at most {} plans", plans::MOST));
                    return plans;
                }
                plans.extend(self.plan(&product, table, &mut names));
            }
        }
        plans
    }

    /// Of products, and of a product's plans, no two have one name.
    fn name(&mut self, table: Table<'_, '_>, names: &mut BTreeMap<String, usize>) -> Option<String> {
        let name = self.reading.text(table, "name", LONGEST_NAME)?;
        let span = table.entries.get("name").map(Spanned::span).unwrap_or_default();
        let line = self.reading.line(span.start);
        if let Some(first) = names.get(&name) {
            self.reading.wrong(&span, format!("{name:?} is in line {first} already"));
            return None;
        }
        names.insert(name.clone(), line);
        Some(name)
    }

    fn plan(
        &mut self,
        product: &Product,
        table: Table<'_, '_>,
        names: &mut BTreeMap<String, usize>,
    ) -> Option<PlanEntry> {
        self.reading.known(table.entries, table.what, &PLAN_KEYS);
        // All of it is looked at before anything is given up.
        let key = self.key(table);
        let name = self.name(table, names);
        let description = self.reading.text(table, "description", LONGEST_TEXT);
        let license_means = self.reading.text(table, "license", LONGEST_TEXT);
        let bounds = self.bounds(table);
        let trial = match table.entries.get("trial") {
            Some(value) => self.trial(value, bounds).map(Some),
            None => Some(None),
        };
        let countries = self.countries(table);
        let prices = self.prices(table, bounds);
        Some(PlanEntry {
            key: key?,
            product_name: product.name.clone()?,
            product_description: product.description.clone()?,
            name: name?,
            description: description?,
            license_means: license_means?,
            trial: trial?,
            bounds: bounds?,
            countries: countries?,
            prices: prices?,
        })
    }

    /// By the key, a plan is known again in the next import.
    fn key(&mut self, table: Table<'_, '_>) -> Option<PlanKey> {
        let value = self.reading.required(table, "key")?;
        let span = value.span();
        let Some(key) = value.get_ref().as_str().and_then(|text| PlanKey::parse(text).ok()) else {
            self.reading
                .wrong(&span, "\"key\" is up to 50 of a-z, 0-9 and -, between quotes, such as \"office-basic\"");
            return None;
        };
        let line = self.reading.line(span.start);
        if let Some(first) = self.keys.get(key.as_str()) {
            self.reading.wrong(&span, format!("\"{key}\" is in line {first} already, and each plan has its own key"));
            return None;
        }
        self.keys.insert(key.to_string(), line);
        Some(key)
    }

    fn bounds(&mut self, table: Table<'_, '_>) -> Option<QuantityBounds> {
        let value = self.reading.required(table, "quantity")?;
        let table = self.reading.table(value, "\"quantity\"", "{ min = 1, max = 300 }")?;
        self.reading.known(table.entries, table.what, &["min", "max"]);
        let (min, max) = (self.quantity(table, "min"), self.quantity(table, "max"));
        let (min, max) = (min?, max?);
        let bounds = QuantityBounds::new(min, max);
        if bounds.is_none() {
            self.reading.wrong(&table.at.span(), "\"min\" is more than \"max\"");
        }
        bounds
    }

    fn quantity(&mut self, table: Table<'_, '_>, key: &str) -> Option<Quantity> {
        let value = self.reading.required(table, key)?;
        let what = format!("\"{key}\" is a whole number from 1 to {}", Quantity::MOST);
        let number = self.reading.integer(value, 1..=Quantity::MOST.into(), &what)?;
        Quantity::new(u32::try_from(number).ok()?).ok()
    }

    fn trial(&mut self, value: &Spanned<DeValue<'_>>, bounds: Option<QuantityBounds>) -> Option<TrialTerms> {
        let table = self.reading.table(value, "\"trial\"", "{ days = 30, licenses = 25 }")?;
        self.reading.known(table.entries, table.what, &["days", "licenses"]);
        let days = self.reading.required(table, "days").and_then(|value| {
            let what = format!("\"days\" is a whole number from 1 to {}", TrialDays::MOST);
            self.reading.integer(value, 1..=TrialDays::MOST.into(), &what)
        });
        let licenses = self.quantity(table, "licenses");
        if let (Some(licenses), Some(bounds)) = (licenses, bounds)
            && !bounds.contains(licenses)
            && let Some(value) = table.entries.get("licenses")
        {
            let (min, max) = (bounds.min(), bounds.max());
            self.reading.wrong(&value.span(), format!("\"licenses\" is within \"quantity\", from {min} to {max}"));
            return None;
        }
        Some(TrialTerms { days: TrialDays::new(days?).ok()?, licenses: licenses? })
    }

    /// None are all.
    fn countries(&mut self, table: Table<'_, '_>) -> Option<Vec<Country>> {
        let Some(value) = table.entries.get("countries") else { return Some(Vec::new()) };
        let example = "[\"DE\", \"FR\"]; leave it out where the plan is for all countries";
        let Some(values) = value.get_ref().as_array().filter(|values| !values.is_empty()) else {
            self.reading.wrong(&value.span(), format!("\"countries\" is a list of countries: {example}"));
            return None;
        };
        let mut countries = Vec::new();
        for value in values {
            match value.get_ref().as_str().and_then(|text| Country::parse(text).ok()) {
                None => self.reading.wrong(&value.span(), "A country is its two letters of ISO 3166-1, such as \"DE\""),
                Some(country) if countries.contains(&country) => {
                    self.reading.wrong(&value.span(), format!("{} is in the list already", country.name()));
                }
                Some(country) => countries.push(country),
            }
        }
        Some(countries)
    }

    fn prices(&mut self, table: Table<'_, '_>, bounds: Option<QuantityBounds>) -> Option<Vec<PlanPrice>> {
        let value = self.reading.required(table, "prices")?;
        let example = "prices.monthly = { EUR = 450, USD = 500 }";
        let table = self.reading.table(value, "\"prices\"", example)?;
        let mut prices = Vec::new();
        for (key, value) in table.entries {
            let Some(term) = Term::from_key(key.get_ref()) else {
                let message = format!("{:?} is no term. There are monthly and yearly", key.get_ref());
                self.reading.wrong(&key.span(), message);
                continue;
            };
            let Some(table) = self.reading.table(value, "A term’s prices", example) else { continue };
            if table.entries.is_empty() {
                self.reading.missing(&value.span(), format!("A term needs a price: {example}"));
            }
            for (key, value) in table.entries {
                prices.extend(self.price(key, value, bounds).map(|price| PlanPrice { term, price }));
            }
        }
        if table.entries.is_empty() {
            self.reading.missing(&table.at.span(), format!("A plan needs a price: {example}"));
        }
        Some(prices)
    }

    fn price(
        &mut self,
        code: &Spanned<DeString<'_>>,
        value: &Spanned<DeValue<'_>>,
        bounds: Option<QuantityBounds>,
    ) -> Option<Money> {
        let Ok(currency) = Currency::parse(code.get_ref()) else {
            let message = format!("{:?} is no currency of ISO 4217, such as EUR", code.get_ref());
            self.reading.wrong(&code.span(), message);
            return None;
        };
        let example = Money::new(450, currency).ok()?;
        let what = format!("A price is a whole number of the currency’s smallest unit: 450 is {example}");
        let minor = self.reading.integer(value, 0..=Money::MOST, &what)?;
        let price = Money::new(minor, currency).ok()?;
        // Else an order of what the plan allows could not be written.
        if bounds.is_some_and(|bounds| price.times(bounds.max()).is_err()) {
            let message = "The plan’s largest quantity at this price is more than can be counted";
            self.reading.wrong(&value.span(), message);
            return None;
        }
        Some(price)
    }
}
