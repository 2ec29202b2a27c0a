//! Trial invitations and purchase offers. They are offers, so life, addressing, templates, reminders and withdrawal are
//! theirs too; here is what they offer beside delegated administration.

use mandate_domain::{
    Action, ContentKind, Country, Currency, Event, GrantDays, LinkDays, Money, MoneyError, OfferId, OfferMessage,
    OfferName, Quantity, QuantityBounds, Reference, RoleSet, SubscriptionId, SubscriptionKind, SubscriptionState, Term,
    TrialDays, line_total, sort_key, total,
};
use mandate_store::{
    Conn,
    offer_lines::{self, OfferLine},
    offers::{self, Offer},
    plans::{self, Plan},
    subscriptions::{self, Subscription},
    transaction,
};

use crate::{
    Error, Principal, Result, Service,
    catalog::PlanView,
    form::Problems,
    offers::{ForWhom, Terms, offered_roles},
    place::Place,
    server_key::legible,
};

/// A purchase offer is a page, not a price list.
pub const MOST_LINES: usize = 20;
/// For how long delegated administration would last where none is asked for: every offer keeps a number.
const UNASKED_DAYS: i64 = 365;
const REFERENCE_LETTERS: usize = 6;
/// How many references are tried, until one is free.
const MOST_TRIES: usize = 10;

/// The fields of a trial invitation or a purchase offer, as typed.
#[derive(Clone, Copy, Debug, Default)]
pub struct SaleForm<'a> {
    /// May be empty: then it is called by its plan and reference.
    pub name: &'a str,
    /// Of a trial.
    pub country: &'a str,
    /// Of a purchase.
    pub currency: &'a str,
    /// Of a trial one, without a term.
    pub lines: &'a [LineForm<'a>],
    pub partner_reference: &'a str,
    pub message: &'a str,
    /// Whether delegated administration is asked for. If not, its roles and days are not looked at.
    pub delegation: bool,
    pub roles: &'a [String],
    pub days: &'a str,
    pub link_days: &'a str,
    pub addressed_to: &'a str,
    pub email: &'a str,
    pub mail: bool,
    /// The trial that a purchase is in the place of, or nothing.
    pub converts: &'a str,
}

/// One line of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct LineForm<'a> {
    pub plan: &'a str,
    pub quantity: &'a str,
    pub term: &'a str,
}

/// What trials and purchases have in common with every offer.
#[derive(Clone, Debug)]
pub struct SaleTerms {
    pub name: Option<OfferName>,
    pub terms: Terms,
    pub partner_reference: Option<Reference>,
    pub for_whom: ForWhom,
}

/// A trial invitation to be made.
#[derive(Clone, Debug)]
pub struct NewTrial {
    pub sale: SaleTerms,
    pub country: Country,
    pub plan: Plan,
    pub quantity: Quantity,
}

/// A purchase offer to be made.
#[derive(Clone, Debug)]
pub struct NewPurchase {
    pub sale: SaleTerms,
    pub currency: Currency,
    pub lines: Vec<NewLine>,
    pub converts: Option<SubscriptionId>,
}

#[derive(Clone, Debug)]
pub struct NewLine {
    pub plan: Plan,
    pub term: Term,
    pub quantity: Quantity,
    /// Of one license for one term.
    pub unit: Money,
}

/// What an offer sells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sale {
    pub kind: ContentKind,
    /// By which it is found.
    pub reference: String,
    pub partner_reference: Option<String>,
    /// Where a trial's licenses are used.
    pub country: Option<Country>,
    pub currency: Option<Currency>,
    pub lines: Vec<SaleLine>,
    pub total: Option<Money>,
    /// How long a trial lasts from its start.
    pub trial_days: Option<TrialDays>,
    pub converts: Option<SubscriptionId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaleLine {
    pub plan: Plan,
    pub quantity: Quantity,
    pub term: Option<Term>,
    pub unit: Option<Money>,
    pub total: Option<Money>,
    pub bounds: QuantityBounds,
}

impl SaleTerms {
    fn parse(form: &SaleForm, problems: &mut Problems) -> Option<Self> {
        let name = match form.name.trim() {
            "" => Some(None),
            name => problems.check("name", OfferName::parse(name)).map(Some),
        };
        let partner_reference = problems.check("reference", Reference::parse_optional(form.partner_reference));
        let message = problems.check("message", OfferMessage::parse_optional(form.message));
        let (roles, days) = if form.delegation {
            (problems.check("roles", offered_roles(form.roles)), problems.check("days", GrantDays::parse(form.days)))
        } else {
            (Some(RoleSet::default()), problems.check("days", GrantDays::new(UNASKED_DAYS)))
        };
        let link_days = problems.check("link_days", LinkDays::parse(form.link_days));
        let for_whom = ForWhom::parse(form.addressed_to, form.email, form.mail, problems);
        // One customer takes it, as it was made for one.
        let terms = Terms { roles: roles?, days: days?, link_days: link_days?, single_use: true, message: message? };
        Some(Self { name: name?, terms, partner_reference: partner_reference?, for_whom: for_whom? })
    }
}

impl NewTrial {
    pub fn parse(form: &SaleForm, plans: &[PlanView]) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let line = form.lines.first().copied().unwrap_or_default();
        let country = problems.check("country", Country::parse(form.country));
        let plan = problems.check("plan", plan_of(line.plan, plans));
        if let Some((view, country)) = plan.zip(country) {
            problems.check("plan", can_be_tried(&view.plan, country));
        }
        let quantity = plan.and_then(|view| problems.check("quantity", view.plan.bounds.parse(line.quantity)));
        let sale = SaleTerms::parse(form, &mut problems);
        match (sale, country, plan, quantity) {
            (Some(sale), Some(country), Some(view), Some(quantity)) if problems.is_empty() => {
                Ok(Self { sale, country, plan: view.plan.clone(), quantity })
            }
            _ => Err(problems),
        }
    }
}

impl NewPurchase {
    pub fn parse(form: &SaleForm, plans: &[PlanView]) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let currency = problems.check("currency", Currency::parse(form.currency));
        let lines: Vec<NewLine> = match form.lines.len() {
            0 => problems.check("lines", Err("Choose a plan")),
            1..=MOST_LINES => Some(NewLine::parse_all(form.lines, currency, plans, &mut problems)),
            _ => problems.check("lines", Err(format!("Offer at most {MOST_LINES} lines at once"))),
        }
        .unwrap_or_default();
        if let Some(currency) = currency {
            let sum = total(currency, lines.iter().map(|line| (line.unit, line.quantity)));
            problems.check("lines", sum.map_err(|_| TOO_LARGE));
        }
        let converts = match form.converts {
            "" => Some(None),
            id => problems.check("converts", id.parse::<SubscriptionId>().map_err(|_| NOT_CONVERTIBLE)).map(Some),
        };
        let sale = SaleTerms::parse(form, &mut problems);
        match (sale, currency, converts) {
            (Some(sale), Some(currency), Some(converts)) if problems.is_empty() => {
                Ok(Self { sale, currency, lines, converts })
            }
            _ => Err(problems),
        }
    }
}

impl NewLine {
    fn parse_all(
        forms: &[LineForm],
        currency: Option<Currency>,
        plans: &[PlanView],
        problems: &mut Problems,
    ) -> Vec<Self> {
        let mut lines: Vec<Self> = Vec::new();
        for (index, form) in forms.iter().enumerate() {
            let field = |name: &str| format!("lines.{index}.{name}");
            let plan = problems.check(&field("plan"), plan_of(form.plan, plans));
            let term = Term::from_key(form.term).ok_or("Choose monthly or yearly");
            let term = problems.check(&field("term"), term);
            let bounds = plan.map(|view| view.plan.bounds);
            let quantity = bounds.and_then(|bounds| problems.check(&field("quantity"), bounds.parse(form.quantity)));
            let (Some(view), Some(term), Some(currency)) = (plan, term, currency) else { continue };
            let unit = problems.check(&field("term"), price_of(view, term, currency));
            let (Some(quantity), Some(unit)) = (quantity, unit) else { continue };
            if lines.iter().any(|line| line.plan.id == view.plan.id && line.term == term) {
                let message = "This plan and term stand in a line above. Change its number of licenses";
                problems.add(&field("plan"), message);
            }
            lines.push(Self { plan: view.plan.clone(), term, quantity, unit });
        }
        lines
    }
}

/// Which of the plans that can be offered was chosen.
fn plan_of<'a>(id: &str, plans: &'a [PlanView]) -> Result<&'a PlanView, &'static str> {
    plans.iter().find(|view| view.plan.id.to_string() == id).ok_or("Choose a plan")
}

fn can_be_tried(plan: &Plan, country: Country) -> Result<TrialDays, String> {
    let Some(trial) = plan.trial else { return Err(format!("{} has no trial. Choose another plan", plan.full_name())) };
    if !plan.is_for(country) {
        let name = plan.full_name();
        return Err(format!("{name} cannot be chosen in {}. Choose another plan or country", country.name()));
    }
    Ok(trial.days)
}

fn price_of(view: &PlanView, term: Term, currency: Currency) -> Result<Money, String> {
    let of = |price: &&plans::PlanPrice| price.term == term && price.price.currency() == currency;
    view.prices.iter().find(of).map(|price| price.price).ok_or_else(|| {
        let (plan, term) = (view.plan.full_name(), term.name().to_lowercase());
        format!("{plan} has no {term} price in {currency}. Choose another term or currency")
    })
}

pub(crate) const TOO_LARGE: &str = "This comes to too large a sum. Choose fewer licenses";
const NOT_CONVERTIBLE: &str = "This trial cannot be converted any more. Look at it again under Subscriptions";

/// Of a trial whose plan was withdrawn.
pub(crate) fn not_convertible(plan: &Plan) -> String {
    format!("{} is no longer offered, so its trial cannot be converted", plan.full_name())
}

/// Whether a purchase can take its place. One that has ended can still: its offer may have been on the way.
pub(crate) fn is_convertible(trial: &Subscription) -> bool {
    trial.kind == SubscriptionKind::Trial && matches!(trial.state, SubscriptionState::Live | SubscriptionState::Expired)
}

/// What a sale is called that was given no name: by its plan, cut where it does not fit, and its reference.
fn called(plan: &str, kind: ContentKind, reference: &str) -> String {
    let what = if kind == ContentKind::Trial { "trial" } else { "purchase" };
    let end = format!(" {what}, {reference}");
    let plan: String = plan.chars().take(OfferName::LONGEST - end.chars().count()).collect();
    format!("{}{end}", plan.trim_end())
}

impl Sale {
    /// With the numbers of licenses that the customer chose, in the order of the lines; with none, as it was offered.
    /// What was offered can be taken as it stands, also where the plan's bounds have changed since.
    pub(crate) fn with_quantities(mut self, quantities: &[String]) -> Result<Self, Problems> {
        // How many a trial has is the partner's to say.
        if quantities.is_empty() || self.kind == ContentKind::Trial {
            return Ok(self);
        }
        if quantities.len() != self.lines.len() {
            let message = "The offer has another number of lines. Load the page again, and look at it";
            return Err(Problems::one("quantity.0", message));
        }
        let mut problems = Problems::default();
        for (index, (line, text)) in self.lines.iter_mut().zip(quantities).enumerate() {
            let field = format!("quantity.{index}");
            let quantity = match Quantity::parse(text) {
                Ok(offered) if offered == line.quantity => Ok(offered),
                _ => line.bounds.parse(text),
            };
            let Some(quantity) = problems.check(&field, quantity) else { continue };
            line.quantity = quantity;
            problems.check(&field, line.sum().map_err(|_| TOO_LARGE));
        }
        if problems.is_empty() {
            let last = format!("quantity.{}", self.lines.len() - 1);
            problems.check(&last, self.sum().map_err(|_| TOO_LARGE));
        }
        if problems.is_empty() { Ok(self) } else { Err(problems) }
    }

    /// Whether all of it is offered in a country, or why not.
    pub(crate) fn check_country(&self, country: Country) -> Result<(), String> {
        match self.lines.iter().find(|line| !line.plan.is_for(country)) {
            Some(line) => Err(format!("{} is not offered in {}", line.plan.full_name(), country.name())),
            None => Ok(()),
        }
    }

    /// Works out what all lines cost.
    fn sum(&mut self) -> Result<(), MoneyError> {
        for line in &mut self.lines {
            line.sum()?;
        }
        let lines = self.lines.iter().filter_map(|line| Some((line.unit?, line.quantity)));
        self.total = self.currency.map(|currency| total(currency, lines)).transpose()?;
        Ok(())
    }

    /// The plans by name, the first foremost: *Office Suite Business and 2 more*.
    pub(crate) fn plans(&self) -> String {
        match &self.lines[..] {
            [] => String::new(),
            [line] => line.plan.full_name(),
            [line, others @ ..] => format!("{} and {} more", line.plan.full_name(), others.len()),
        }
    }
}

impl SaleLine {
    fn sum(&mut self) -> Result<(), MoneyError> {
        self.total = self.unit.map(|unit| line_total(unit, self.quantity)).transpose()?;
        Ok(())
    }
}

impl Service {
    /// Makes a trial invitation.
    pub async fn create_trial(&self, who: &Principal, new: &NewTrial) -> Result<OfferId> {
        Place::own(who).permits(Action::ManageOffers)?;
        let drafted = Offer { country: Some(new.country), ..self.draft_sale(who, ContentKind::Trial, &new.sale) };
        transaction!(self.db, Error, |conn| {
            // The catalog may have changed since it was read.
            let plan = plans::by_id(conn, new.plan.id).await?.filter(|plan| plan.is_offered);
            let plan = plan.ok_or_else(|| no_longer_offered("plan", &new.plan))?;
            let days = can_be_tried(&plan, new.country).map_err(|message| Problems::one("plan", message))?;
            plan.bounds.check(new.quantity).map_err(|error| Problems::one("quantity", error))?;
            let line = OfferLine {
                line: 0,
                plan_id: plan.id,
                term: None,
                quantity: new.quantity,
                unit: None,
                trial_days: Some(days.get()),
            };
            self.keep_sale(conn, who, &new.sale, &drafted, &plan.full_name(), &[line]).await
        })
    }

    /// Makes a purchase offer. Its prices stay as they are now, whatever becomes of the catalog.
    pub async fn create_purchase(&self, who: &Principal, new: &NewPurchase) -> Result<OfferId> {
        Place::own(who).permits(Action::ManageOffers)?;
        let drafted = Offer {
            currency: Some(new.currency),
            converts: new.converts,
            ..self.draft_sale(who, ContentKind::Purchase, &new.sale)
        };
        transaction!(self.db, Error, |conn| {
            let mut lines = Vec::new();
            for (number, (index, line)) in (0..).zip(new.lines.iter().enumerate()) {
                Self::check_line(conn, index, line).await?;
                lines.push(OfferLine {
                    line: number,
                    plan_id: line.plan.id,
                    term: Some(line.term),
                    quantity: line.quantity,
                    unit: Some(line.unit),
                    trial_days: None,
                });
            }
            if let Some(trial) = new.converts {
                Self::check_conversion(conn, who, new, trial).await?;
            }
            let plan = new.lines.first().map(|line| line.plan.full_name()).unwrap_or_default();
            self.keep_sale(conn, who, &new.sale, &drafted, &plan, &lines).await
        })
    }

    /// The catalog may have changed since it was read.
    async fn check_line(conn: &mut Conn, index: usize, line: &NewLine) -> Result<()> {
        let field = |name: &str| format!("lines.{index}.{name}");
        let plan = plans::by_id(conn, line.plan.id).await?.filter(|plan| plan.is_offered);
        let plan = plan.ok_or_else(|| no_longer_offered(&field("plan"), &line.plan))?;
        plan.bounds.check(line.quantity).map_err(|error| Problems::one(&field("quantity"), error))?;
        let prices = plans::prices(conn, plan.id).await?;
        if !prices.iter().any(|price| price.term == line.term && price.price == line.unit) {
            let message = "This price was changed meanwhile. Look at the new one, then create the offer";
            return Err(Problems::one(&field("term"), message).into());
        }
        Ok(())
    }

    async fn check_conversion(
        conn: &mut Conn,
        who: &Principal,
        new: &NewPurchase,
        trial: SubscriptionId,
    ) -> Result<()> {
        let found = subscriptions::by_partner(conn, who.company.id, trial).await?;
        let Some(found) = found.filter(|found| is_convertible(&found.subscription)) else {
            return Err(Problems::one("converts", NOT_CONVERTIBLE).into());
        };
        if !found.plan.is_offered {
            let message = not_convertible(&found.plan);
            return Err(Problems::one("converts", message).into());
        }
        if !new.lines.iter().any(|line| line.plan.id == found.subscription.plan_id) {
            let message = format!("Offer {} in one of the lines: its trial is converted", found.plan.full_name());
            return Err(Problems::one("lines.0.plan", message).into());
        }
        Ok(())
    }

    fn draft_sale(&self, who: &Principal, content: ContentKind, sale: &SaleTerms) -> Offer {
        let ForWhom { addressed_to, email, .. } = &sale.for_whom;
        Offer {
            content,
            partner_reference: sale.partner_reference.as_ref().map(ToString::to_string),
            ..self.draft_on_terms(who, "", &sale.terms, addressed_to.as_ref(), email.as_ref())
        }
    }

    async fn keep_sale(
        &self,
        conn: &mut Conn,
        who: &Principal,
        sale: &SaleTerms,
        drafted: &Offer,
        plan: &str,
        lines: &[OfferLine],
    ) -> Result<OfferId> {
        let place = Place::own(who);
        let reference = self.free_reference(conn, who, drafted.content).await?;
        let name = match &sale.name {
            Some(name) => name.to_string(),
            None => called(plan, drafted.content, &reference),
        };
        let offer = Offer { name, sale_reference: Some(reference), ..drafted.clone() };
        if !offers::insert(conn, &offer, &sort_key(&offer.name)).await? {
            let message = "You have an offer of this name. Choose another name";
            return Err(Problems::one("name", message).into());
        }
        offer_lines::insert(conn, offer.id, lines).await?;
        self.record(conn, who, &place, &offer.name, Event::OfferCreated).await?;
        if sale.for_whom.mail {
            self.mail_offer(conn, who, &place, &offer).await?;
        }
        Ok(offer.id)
    }

    /// `T-` or `P-` and six letters, which no other offer of this partner has.
    async fn free_reference(&self, conn: &mut Conn, who: &Principal, content: ContentKind) -> Result<String> {
        let kind = if content == ContentKind::Trial { 'T' } else { 'P' };
        for _ in 0..MOST_TRIES {
            let reference = format!("{kind}-{}", legible(&*self.entropy, REFERENCE_LETTERS));
            if offers::by_reference(conn, who.company.id, &reference).await?.is_none() {
                return Ok(reference);
            }
        }
        Err(Error::Internal("no reference is free"))
    }

    /// What an offer sells; nothing where it asks for delegated administration alone.
    pub(crate) async fn sale_of(conn: &mut Conn, offer: &Offer) -> Result<Option<Sale>> {
        if !offer.content.is_sale() {
            return Ok(None);
        }
        let mut lines = Vec::new();
        let mut trial_days = None;
        for line in offer_lines::of_offer(conn, offer.id).await? {
            let plan = plans::by_id(conn, line.plan_id).await?;
            let plan = plan.ok_or(Error::Internal("a line of an offer without its plan"))?;
            if let Some(days) = line.trial_days {
                let days = TrialDays::new(days.into());
                trial_days = Some(days.map_err(|_| Error::Internal("a trial of a time that was not refused"))?);
            }
            lines.push(SaleLine {
                bounds: plan.bounds,
                plan,
                quantity: line.quantity,
                term: line.term,
                unit: line.unit,
                total: None,
            });
        }
        let mut sale = Sale {
            kind: offer.content,
            reference: offer.sale_reference.clone().unwrap_or_default(),
            partner_reference: offer.partner_reference.clone(),
            country: offer.country,
            currency: offer.currency,
            lines,
            total: None,
            trial_days,
            converts: offer.converts,
        };
        sale.sum().map_err(|_| Error::Internal("an offer with a sum that was not refused"))?;
        Ok(Some(sale))
    }
}

fn no_longer_offered(field: &str, plan: &Plan) -> Error {
    let message = format!("{} is no longer offered. Choose another plan", plan.full_name());
    Problems::one(field, message).into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names() {
        assert_eq!(
            called("Office Suite Business", ContentKind::Trial, "T-K7MXQ3"),
            "Office Suite Business trial, T-K7MXQ3"
        );
        assert_eq!(called("A", ContentKind::Purchase, "P-K7MXQ3"), "A purchase, P-K7MXQ3");
    }

    proptest! {
        #[test]
        fn every_name_fits(plan in "\\PC{1,120}") {
            let name = called(&plan, ContentKind::Purchase, "P-K7MXQ3");
            prop_assert!(name.chars().count() <= OfferName::LONGEST);
            prop_assert!(name.ends_with("purchase, P-K7MXQ3"));
        }
    }
}
