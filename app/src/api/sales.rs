//! Trials and purchases: offers that hold plans of the catalog.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use mandate_domain::{
    Country, Currency, Money, OfferId, PlanId, Quantity, QuantityBounds, SubscriptionId, Term, TrialTerms,
};
use serde::{Deserialize, Serialize};

use super::{
    ApiError, Posted,
    templates::TemplateName,
    terms::{TermsPosted, TermsView},
};

/// A plan that can be offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanChoice {
    pub id: PlanId,
    /// Of the product and the plan.
    pub name: String,
    pub description: String,
    pub license_means: String,
    pub trial: Option<TrialTerms>,
    pub bounds: QuantityBounds,
    /// Empty where it is offered everywhere.
    pub countries: Vec<Country>,
    pub prices: Vec<(Term, Money)>,
}

impl PlanChoice {
    pub fn is_in(&self, country: Country) -> bool {
        self.countries.is_empty() || self.countries.contains(&country)
    }

    /// Of one license.
    pub fn price(&self, term: Term, currency: Currency) -> Option<Money> {
        let mut prices = self.prices.iter().filter(|(of, price)| *of == term && price.currency() == currency);
        prices.next().map(|(_, price)| *price)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewTrialView {
    /// Those that can be tried.
    pub plans: Vec<PlanChoice>,
    /// Chosen at first. There is none only where no plan can be tried.
    pub country: Option<Country>,
    pub start: TermsView,
    pub templates: Vec<TemplateName>,
    pub chosen: Option<TemplateName>,
    pub posted: Option<Posted<OfferId>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPurchaseView {
    /// Those that can be bought.
    pub plans: Vec<PlanChoice>,
    pub currencies: Vec<Currency>,
    /// Chosen at first. There is none only where no plan has a price.
    pub currency: Option<Currency>,
    pub converting: Option<Converting>,
    pub start: TermsView,
    pub templates: Vec<TemplateName>,
    pub chosen: Option<TemplateName>,
    pub posted: Option<Posted<OfferId>>,
}

/// The trial in whose place the purchase comes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Converting {
    pub id: SubscriptionId,
    pub customer: String,
    pub domain: Option<String>,
    pub plan: PlanId,
    pub plan_name: String,
    pub quantity: Quantity,
    pub ends_at: DateTime<Utc>,
    pub has_ended: bool,
}

/// The fields of both forms as typed, but for the roles and the lines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SalePosted {
    pub name: String,
    pub country: String,
    pub plan: String,
    pub quantity: String,
    pub currency: String,
    pub reference: String,
    pub delegation: String,
    pub addressed_to: String,
    pub addressee_email: String,
    pub mail: String,
    pub converts: String,
    /// What is asked for instead of an offer, by a button for those without scripts: [`ADD_LINE`], [`REMOVE_LINE`] and
    /// its row, or anything else to be shown what follows from what is chosen.
    pub step: String,
    #[serde(flatten)]
    pub terms: TermsPosted,
}

/// As many as the service takes.
pub const MOST_LINES: usize = 20;
pub const ADD_LINE: &str = "add-line";
pub const REMOVE_LINE: &str = "remove-line-";

/// A line of a purchase as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LinePosted {
    pub plan: String,
    pub term: String,
    pub quantity: String,
}

impl LinePosted {
    /// A line in one word, with the number of its row: what a form keeps without scripts has to fit a cookie.
    #[cfg(feature = "ssr")]
    fn pack(&self, row: u32) -> String {
        format!("{row} {} {} {}", self.plan, self.term, self.quantity)
    }

    pub fn unpack(packed: &str) -> Option<(u32, Self)> {
        let mut parts = packed.splitn(4, ' ').map(ToOwned::to_owned);
        let row = parts.next()?.parse().ok()?;
        Some((row, Self { plan: parts.next()?, term: parts.next()?, quantity: parts.next()? }))
    }
}

#[cfg(feature = "ssr")]
const TRIAL: &str = "/partner/trials/new";
#[cfg(feature = "ssr")]
const PURCHASE: &str = "/partner/purchases/new";

#[server(prefix = "/api", endpoint = "sales/new-trial")]
pub async fn load_new_trial(template: String) -> Result<NewTrialView, ApiError> {
    use super::{
        offers::{require_partner, start_of},
        request::{Request, refuse},
    };

    let request = Request::current()?;
    let who = require_partner(&request).await?;
    let plans = request.service().offered_plans(&who).await.map_err(refuse)?;
    let plans: Vec<_> = plans.into_iter().map(PlanChoice::from).filter(|plan| plan.trial.is_some()).collect();
    let (templates, chosen, start) = start_of(&request, &who, &template).await?;
    let country = home::country(&plans);
    Ok(NewTrialView { plans, country, start, templates, chosen, posted: request.take_posted("new-trial") })
}

#[server(prefix = "/api", endpoint = "sales/create-trial")]
pub async fn create_trial(
    #[server(default)] roles: Vec<String>,
    #[server(flatten)] sale: SalePosted,
) -> Result<Posted<OfferId>, ApiError> {
    use mandate_service::{
        form::Problems,
        sales::{LineForm, NewTrial},
    };

    use super::{
        offers::require_partner,
        request::{After, Request},
    };

    let request = Request::current()?;
    let who = require_partner(&request).await?;
    let service = request.service();
    let lines = [LineForm { plan: &sale.plan, quantity: &sale.quantity, term: "" }];
    let make = async {
        let plans = service.offered_plans(&who).await?;
        let new = NewTrial::parse(&sale.form(&roles, &lines), &plans)?;
        service.create_trial(&who, &new).await
    };
    // Another look at the form: nothing is wrong with it, and it comes back as it was typed.
    let outcome = if sale.step.is_empty() { make.await } else { Err(Problems::default().into()) };
    let back = if sale.step.is_empty() { TRIAL.to_owned() } else { format!("{TRIAL}#plan") };
    request.finish("new-trial", &back, outcome, &sale.typed(&roles), |id| {
        let notice = if sale.mail == "true" {
            "The invitation is made, and is on its way to the addressee."
        } else {
            "The invitation is made. Its URL is ready to be copied, or sent by email."
        };
        After::GoSaying(format!("/partner/offers/{id}"), notice.to_owned())
    })
}

#[server(prefix = "/api", endpoint = "sales/new-purchase")]
pub async fn load_new_purchase(
    template: String,
    #[server(default)] converts: String,
) -> Result<NewPurchaseView, ApiError> {
    use super::{
        offers::{require_partner, start_of},
        request::{Request, refuse},
    };

    let request = Request::current()?;
    let who = require_partner(&request).await?;
    let plans = request.service().offered_plans(&who).await.map_err(refuse)?;
    let plans: Vec<_> = plans.into_iter().map(PlanChoice::from).filter(|plan| !plan.prices.is_empty()).collect();
    let converting = match converts.as_str() {
        "" => None,
        id => {
            let id = id.parse().map_err(|_| refuse(ApiError::NotFound))?;
            Some(request.service().convertible(&who, id).await.map_err(refuse)?.into())
        }
    };
    let (templates, chosen, start) = start_of(&request, &who, &template).await?;
    let (currencies, currency) = home::currencies(&plans);
    let posted = request.take_posted("new-purchase");
    Ok(NewPurchaseView { plans, currencies, currency, converting, start, templates, chosen, posted })
}

#[server(prefix = "/api", endpoint = "sales/create-purchase")]
pub async fn create_purchase(
    #[server(default)] roles: Vec<String>,
    #[server(default)] lines: BTreeMap<u32, LinePosted>,
    #[server(flatten)] sale: SalePosted,
) -> Result<Posted<OfferId>, ApiError> {
    use mandate_service::{
        form::Problems,
        sales::{LineForm, NewPurchase},
    };

    use super::{
        offers::require_partner,
        request::{After, Request},
    };

    let request = Request::current()?;
    let who = require_partner(&request).await?;
    let service = request.service();
    let fields: Vec<_> =
        lines.values().map(|line| LineForm { plan: &line.plan, quantity: &line.quantity, term: &line.term }).collect();
    let make = async {
        let plans = service.offered_plans(&who).await?;
        let new = NewPurchase::parse(&sale.form(&roles, &fields), &plans)?;
        service.create_purchase(&who, &new).await
    };
    let outcome = if sale.step.is_empty() { make.await } else { Err(Problems::default().into()) };
    let outcome = outcome.map_err(|error| rows::beside(error, &lines));
    let packed: Vec<_> = rows::after(&sale.step, &lines).map(|(row, line)| line.pack(row)).collect();
    let mut typed = sale.typed(&roles);
    typed.extend(packed.iter().map(|line| ("line", line.as_str())));
    let converted = sale.converts.parse::<SubscriptionId>().map(|id| format!("?converts={id}")).unwrap_or_default();
    let place = if sale.step.is_empty() { "" } else { "#lines" };
    request.finish("new-purchase", &format!("{PURCHASE}{converted}{place}"), outcome, &typed, |id| {
        let notice = if sale.mail == "true" {
            "The offer is made, and is on its way to the addressee."
        } else {
            "The offer is made. Its URL is ready to be copied, or sent by email."
        };
        After::GoSaying(format!("/partner/offers/{id}"), notice.to_owned())
    })
}

#[cfg(feature = "ssr")]
impl SalePosted {
    fn form<'a>(
        &'a self,
        roles: &'a [String],
        lines: &'a [mandate_service::sales::LineForm<'a>],
    ) -> mandate_service::sales::SaleForm<'a> {
        mandate_service::sales::SaleForm {
            name: &self.name,
            country: &self.country,
            currency: &self.currency,
            lines,
            partner_reference: &self.reference,
            message: &self.terms.message,
            delegation: self.delegation == "true",
            roles,
            days: &self.terms.days,
            link_days: &self.terms.link_days,
            addressed_to: &self.addressed_to,
            email: &self.addressee_email,
            mail: self.mail == "true",
            converts: &self.converts,
        }
    }

    fn typed<'a>(&'a self, roles: &'a [String]) -> Vec<(&'static str, &'a str)> {
        let mut typed = self.terms.typed(roles);
        let fields = [
            ("name", &self.name),
            ("country", &self.country),
            ("plan", &self.plan),
            ("quantity", &self.quantity),
            ("currency", &self.currency),
            ("reference", &self.reference),
            ("delegation", &self.delegation),
            ("addressed_to", &self.addressed_to),
            ("addressee_email", &self.addressee_email),
            ("mail", &self.mail),
        ];
        typed.extend(fields.map(|(name, value)| (name, value.as_str())));
        typed
    }
}

#[cfg(feature = "ssr")]
impl From<mandate_service::catalog::PlanView> for PlanChoice {
    fn from(mandate_service::catalog::PlanView { plan, prices }: mandate_service::catalog::PlanView) -> Self {
        Self {
            id: plan.id,
            name: plan.full_name(),
            description: plan.description,
            license_means: plan.license_means,
            trial: plan.trial,
            bounds: plan.bounds,
            countries: plan.countries,
            prices: prices.into_iter().map(|price| (price.term, price.price)).collect(),
        }
    }
}

#[cfg(feature = "ssr")]
impl From<mandate_service::sales_overview::Convertible> for Converting {
    fn from(convertible: mandate_service::sales_overview::Convertible) -> Self {
        let mandate_service::sales_overview::Convertible { row, customer_domain } = convertible;
        let subscription = row.subscription;
        Self {
            id: subscription.id,
            customer: row.customer,
            domain: customer_domain,
            plan: subscription.plan_id,
            plan_name: row.plan.full_name(),
            quantity: subscription.quantity,
            ends_at: subscription.ends_at,
            has_ended: !row.status.is_live(),
        }
    }
}

/// The rows of a form of lines. They keep their numbers when others are taken out.
#[cfg(feature = "ssr")]
mod rows {
    use std::collections::BTreeMap;

    use mandate_service::{Error, form::Problems};

    use super::{ADD_LINE, LinePosted, MOST_LINES, REMOVE_LINE};

    /// The rows after what was asked for. One that is added says nothing yet.
    pub fn after(step: &str, lines: &BTreeMap<u32, LinePosted>) -> impl Iterator<Item = (u32, LinePosted)> + use<> {
        let mut lines = lines.clone();
        if step == ADD_LINE && lines.len() < MOST_LINES {
            let next = lines.last_key_value().map_or(0, |(row, _)| row.saturating_add(1));
            lines.entry(next).or_default();
        }
        if let Some(row) = step.strip_prefix(REMOVE_LINE).and_then(|row| row.parse().ok()) {
            lines.remove(&row);
        }
        lines.into_iter()
    }

    /// The service counts lines by their place; a problem is told beside the row.
    pub fn beside(error: Error, lines: &BTreeMap<u32, LinePosted>) -> Error {
        let Error::Invalid(Problems(mut problems)) = error else { return error };
        for problem in &mut problems {
            if let Some(field) = row_field(&problem.field, lines) {
                problem.field = field;
            }
        }
        Error::Invalid(Problems(problems))
    }

    fn row_field(field: &str, lines: &BTreeMap<u32, LinePosted>) -> Option<String> {
        let (place, part) = field.strip_prefix("lines.")?.split_once('.')?;
        let row = lines.keys().nth(place.parse().ok()?)?;
        Some(format!("lines.{row}.{part}"))
    }

    #[cfg(test)]
    mod tests {
        use proptest::prelude::*;

        use super::*;

        fn line(plan: &str, term: &str, quantity: &str) -> LinePosted {
            LinePosted { plan: plan.to_owned(), term: term.to_owned(), quantity: quantity.to_owned() }
        }

        fn rows(rows: &[u32]) -> BTreeMap<u32, LinePosted> {
            rows.iter().map(|row| (*row, line("p", "yearly", &row.to_string()))).collect()
        }

        #[test]
        fn rows_come_and_go_and_keep_their_numbers() {
            let kept = |step: &str, before: &[u32]| after(step, &rows(before)).map(|(row, _)| row).collect::<Vec<_>>();
            assert_eq!(kept(ADD_LINE, &[]), [0]);
            assert_eq!(kept(ADD_LINE, &[0, 4]), [0, 4, 5]);
            assert_eq!(kept(ADD_LINE, &[u32::MAX]), [u32::MAX]);
            assert_eq!(kept("remove-line-4", &[0, 4, 5]), [0, 5]);
            for nothing in ["remove-line-9", "remove-line-", "show", ""] {
                assert_eq!(kept(nothing, &[0, 4]), [0, 4], "{nothing}");
            }
            assert_eq!(MOST_LINES, mandate_service::sales::MOST_LINES);
            let most: Vec<_> = (0..).take(MOST_LINES).collect();
            assert_eq!(kept(ADD_LINE, &most), most);
            let added = after(ADD_LINE, &rows(&[0])).last();
            assert_eq!(added, Some((1, LinePosted::default())));
        }

        #[test]
        fn a_problem_stands_beside_its_row() {
            let lines = rows(&[0, 3, 7]);
            let mut problems = Problems::one("lines.1.quantity", "Enter a number");
            problems.add("lines", "Too much");
            problems.add("lines.9.plan", "Gone");
            problems.add("lines.x.plan", "None");
            problems.add("days", "Enter days");
            let Error::Invalid(Problems(told)) = beside(problems.into(), &lines) else { panic!("of the form") };
            let fields: Vec<_> = told.iter().map(|problem| problem.field.as_str()).collect();
            assert_eq!(fields, ["lines.3.quantity", "lines", "lines.9.plan", "lines.x.plan", "days"]);
            assert!(matches!(beside(Error::NotFound, &lines), Error::NotFound));
        }

        proptest! {
            #[test]
            fn what_is_packed_is_unpacked(row: u32, plan in "[0-9a-f-]{0,36}", term in "[a-z]{0,7}", quantity in ".{0,9}") {
                let line = line(&plan, &term, &quantity);
                prop_assert_eq!(LinePosted::unpack(&line.pack(row)), Some((row, line)));
            }

            #[test]
            fn what_is_no_line_is_none(text in "[^0-9+].{0,20}") {
                prop_assert_eq!(LinePosted::unpack(&text), None);
            }
        }
    }
}

/// What a form starts with, by where the reader probably is.
#[cfg(feature = "ssr")]
mod home {
    use std::collections::BTreeSet;

    use mandate_domain::{Country, Currency, Locale};

    use super::PlanChoice;
    use crate::format::viewer_locale;

    /// The country of a locale's readers where there is a plan for it, else one that has a plan.
    pub fn country(plans: &[PlanChoice]) -> Option<Country> {
        let home = Country::parse(of(viewer_locale()).0).ok();
        let has_plan = |country: &Country| plans.iter().any(|plan| plan.is_in(*country));
        home.filter(has_plan).or_else(|| plans.iter().find_map(|plan| plan.countries.first().copied()))
    }

    /// All that there are prices in, and of these the one of a locale's readers, else the first.
    pub fn currencies(plans: &[PlanChoice]) -> (Vec<Currency>, Option<Currency>) {
        let all: BTreeSet<_> = plans.iter().flat_map(|plan| &plan.prices).map(|(_, price)| price.currency()).collect();
        let home = Currency::parse(of(viewer_locale()).1).ok().filter(|home| all.contains(home));
        let chosen = home.or_else(|| all.first().copied());
        (all.into_iter().collect(), chosen)
    }

    const fn of(locale: Locale) -> (&'static str, &'static str) {
        match locale {
            Locale::EnUs => ("US", "USD"),
            Locale::EnGb => ("GB", "GBP"),
            Locale::De => ("DE", "EUR"),
            Locale::Fr => ("FR", "EUR"),
            Locale::Nl => ("NL", "EUR"),
            Locale::Es => ("ES", "EUR"),
            Locale::Ja => ("JP", "JPY"),
        }
    }
}
