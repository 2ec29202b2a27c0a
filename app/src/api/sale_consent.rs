//! What an offer sells: its review, and its acceptance by a company that has an account.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use mandate_domain::{ContentKind, Country, Money, Quantity, QuantityBounds, Role, Term, line_total, total};
use serde::{Deserialize, Serialize};

use super::{ApiError, Posted, consent::OpenConsentView};

/// What an offer sells, as its customer and its partner read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleView {
    pub kind: ContentKind,
    pub reference: String,
    pub partner_reference: Option<String>,
    pub country: Option<Country>,
    pub lines: Vec<SaleLineView>,
    /// Of what is paid for.
    pub total: Option<Money>,
    pub trial_days: Option<u16>,
    /// Whether it takes the place of a trial.
    pub converts: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleLineView {
    /// Product and plan.
    pub plan: String,
    pub description: String,
    pub license_means: String,
    pub quantity: Quantity,
    pub bounds: QuantityBounds,
    /// What is paid for has one, and a price per license and term.
    pub term: Option<Term>,
    pub unit: Option<Money>,
}

impl SaleView {
    /// The quantities as the partner offered them.
    pub fn offered(&self) -> Vec<String> {
        self.lines.iter().map(|line| line.quantity.to_string()).collect()
    }

    /// What other quantities cost in all; nothing where one of them cannot be.
    pub fn total_of(&self, typed: &[String]) -> Option<Money> {
        let currency = self.total?.currency();
        let lines = self.lines.iter().zip(typed).map(|(line, typed)| Some((line.unit?, line.parse(typed)?)));
        total(currency, lines.collect::<Option<Vec<_>>>()?).ok()
    }
}

impl SaleLineView {
    pub fn total_of(&self, typed: &str) -> Option<Money> {
        line_total(self.unit?, self.parse(typed)?).ok()
    }

    /// What was offered can be taken as it stands, wherever the bounds are now.
    fn parse(&self, typed: &str) -> Option<Quantity> {
        let offered = Quantity::parse(typed).ok().filter(|quantity| *quantity == self.quantity);
        offered.or_else(|| self.bounds.parse(typed).ok())
    }
}

/// What a company has agreed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderView {
    pub number: String,
    pub accepted_at: DateTime<Utc>,
    pub partner_reference: Option<String>,
    pub is_trial: bool,
    pub lines: Vec<OrderLineView>,
    pub total: Option<Money>,
    pub authorized: Option<AuthorizedView>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLineView {
    pub plan: String,
    pub description: String,
    pub license_means: String,
    pub quantity: Quantity,
    pub term: Option<Term>,
    pub unit: Option<Money>,
}

/// The access that was given with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizedView {
    pub roles: Vec<Role>,
    pub ends_at: DateTime<Utc>,
    /// In a word, where it has ended.
    pub ended: Option<String>,
}

/// What is looked at before it is accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SalePage {
    pub open: Box<OpenConsentView>,
    pub typed: ReviewTyped,
    pub posted: Option<Posted<()>>,
    pub notice: Option<String>,
}

/// What the reader has changed in a review.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReviewTyped {
    /// One for each line, or none where nothing was changed.
    pub quantities: Vec<String>,
    pub authorize: bool,
}

/// For who may decide for their company. Others are led to the offer's own page, which tells them what they can do.
#[server(prefix = "/api", endpoint = "sale/page")]
pub async fn load_sale(offer: String) -> Result<SalePage, ApiError> {
    use super::{
        consent::{ConsentView, offer_url, token_of, view},
        draft::{Draft, Writer},
        request::{Request, local_path, redirect, refuse},
    };

    let request = Request::current()?;
    let who = request.require().await?;
    let elsewhere = || {
        redirect(&local_path(&format!("/offers/{offer}")));
        refuse(ApiError::NotFound)
    };
    let Some((id, token)) = token_of(&request, &offer) else { return Err(elsewhere()) };
    let consent = request.service().consent(Some(&who), &token).await.map_err(refuse)?;
    match view(consent, Some(&who), offer_url(&request, &token)) {
        ConsentView::Open(open) if open.is_to_be_reviewed() => {
            let draft = Draft::of(&request, Writer::Session, id, &token);
            let posted = request.take_posted("review").or_else(|| request.take_posted("consent"));
            let notice = request.take_notice();
            let typed = ReviewTyped { quantities: draft.quantities, authorize: draft.authorize };
            Ok(SalePage { open, typed, posted, notice })
        }
        _ => Err(elsewhere()),
    }
}

/// Works out the total of other quantities. It leads back to the page that asks: a new company's or an existing one's.
#[server(prefix = "/api", endpoint = "sale/total")]
pub async fn sale_total(
    offer: String,
    #[server(default)] quantities: Vec<String>,
    #[server(default)] authorize: bool,
    #[server(default)] new_company: bool,
) -> Result<Posted<SaleView>, ApiError> {
    use mandate_service::Error;

    use super::{
        consent::token_of,
        draft::{Draft, Writer},
        request::{After, Request},
    };

    let request = Request::current()?;
    let back = review_path(&offer, new_company);
    let outcome = match token_of(&request, &offer) {
        Some((id, token)) => {
            let total = request.service().sale_total(&token, &quantities).await.map(SaleView::from);
            let writer = if new_company { Writer::SignUp } else { Writer::Session };
            let draft = Draft { quantities, authorize, ..Draft::of(&request, writer, id, &token) };
            draft.keep(&request, writer, id, &token);
            total
        }
        None => Err(Error::NotFound),
    };
    request.finish("review", &back.clone(), outcome, &[], |_| After::Go(back))
}

/// However often it is sent, there is one order. It answers with what has happened.
#[server(prefix = "/api", endpoint = "sale/accept")]
pub async fn accept_sale(
    offer: String,
    company: String,
    #[server(default)] quantities: Vec<String>,
    /// Those of which the total stood there.
    #[server(default)]
    shown: Vec<String>,
    #[server(default)] authorize: bool,
) -> Result<Posted<String>, ApiError> {
    use super::{
        consent::answerable,
        draft::{Draft, Writer},
        request::{After, Request},
    };

    let request = Request::current()?;
    let who = request.require().await?;
    let outcome = match answerable(&request, &who, &offer, &company) {
        Ok((id, token)) => {
            let accepted = accept(&request, &who, &token, (&quantities, &shown), authorize).await;
            if accepted.is_ok() {
                Draft::forget(&request, id);
            } else {
                let draft = Draft { quantities, authorize, ..Draft::of(&request, Writer::Session, id, &token) };
                draft.keep(&request, Writer::Session, id, &token);
            }
            accepted
        }
        Err(error) => Err(error),
    };
    request.finish("review", &review_path(&offer, false), outcome, &[], |told| {
        After::GoSaying("/subscriptions".to_owned(), told.clone())
    })
}

/// Accepts it, and says what that means.
#[cfg(feature = "ssr")]
async fn accept(
    request: &super::request::Request,
    who: &mandate_service::Principal,
    token: &str,
    (quantities, shown): (&[String], &[String]),
    authorize: bool,
) -> mandate_service::Result<String> {
    use mandate_service::consent::Consent;

    let service = request.service();
    check_seen(service, token, quantities, shown).await?;
    let before = service.consent(Some(who), token).await?;
    let accepted = service.accept_sale(who, token, quantities, authorize).await?;
    Ok(match before {
        Consent::Open(open) => what_happened(&open, accepted.grant.is_some()),
        _ => String::new(),
    })
}

/// Nobody agrees to a total that they have not seen.
#[cfg(feature = "ssr")]
pub(crate) async fn check_seen(
    service: &mandate_service::Service,
    token: &str,
    quantities: &[String],
    shown: &[String],
) -> mandate_service::Result<()> {
    use mandate_service::Error;

    if quantities.iter().map(|typed| typed.trim()).eq(shown.iter().map(|shown| shown.trim())) {
        return Ok(());
    }
    service.sale_total(token, quantities).await?;
    let message = "You changed a quantity, and so the total. Nothing was ordered: look at the new total, then go on.";
    Err(Error::Changed(message.to_owned()))
}

/// What has begun, and who may act in the company now.
#[cfg(feature = "ssr")]
pub(crate) fn what_happened(open: &mandate_service::consent::OpenConsent, authorized: bool) -> String {
    let partner = &open.partner.name;
    let Some(sale) = &open.sale else { return String::new() };
    let begun = match sale.kind {
        ContentKind::Purchase => format!("Your order is placed. {partner} sends the invoice."),
        ContentKind::Trial | ContentKind::Delegation => {
            let plans: Vec<_> = sale.lines.iter().map(|line| line.plan.full_name()).collect();
            format!("Your trial of {} has started.", crate::format::list(&plans))
        }
    };
    let access = match (authorized, open.offer.roles.is_empty()) {
        (true, _) => format!(" {partner} is your delegated administrator."),
        (false, false) => format!(" You gave {partner} no access to your company."),
        (false, true) => String::new(),
    };
    format!("{begun}{access}")
}

#[cfg(feature = "ssr")]
fn review_path(offer: &str, new_company: bool) -> String {
    let path = if new_company { format!("/sign-up/{offer}?step=review") } else { format!("/accept/{offer}") };
    super::request::local_path(&path)
}

#[cfg(feature = "ssr")]
impl From<mandate_service::sales::Sale> for SaleView {
    fn from(sale: mandate_service::sales::Sale) -> Self {
        Self {
            kind: sale.kind,
            reference: sale.reference,
            partner_reference: sale.partner_reference,
            country: sale.country,
            total: sale.total,
            trial_days: sale.trial_days.map(mandate_domain::TrialDays::get),
            converts: sale.converts.is_some(),
            lines: sale.lines.into_iter().map(SaleLineView::from).collect(),
        }
    }
}

#[cfg(feature = "ssr")]
impl From<mandate_service::sales::SaleLine> for SaleLineView {
    fn from(line: mandate_service::sales::SaleLine) -> Self {
        Self {
            plan: line.plan.full_name(),
            quantity: line.quantity,
            bounds: line.bounds,
            term: line.term,
            unit: line.unit,
            description: line.plan.description,
            license_means: line.plan.license_means,
        }
    }
}

#[cfg(feature = "ssr")]
impl OrderView {
    pub(crate) fn new(made: mandate_service::acceptance::OrderView, authorized: Option<AuthorizedView>) -> Self {
        use mandate_domain::SubscriptionKind;

        let lines = made.lines.into_iter().map(|line| OrderLineView {
            plan: line.plan_name,
            description: line.plan_description,
            license_means: line.license_means,
            quantity: line.quantity,
            term: line.term,
            unit: line.unit,
        });
        Self {
            number: made.order.number,
            accepted_at: made.order.accepted_at,
            partner_reference: made.order.partner_reference,
            is_trial: made.order.kind == SubscriptionKind::Trial,
            lines: lines.collect(),
            total: made.order.total,
            authorized,
        }
    }
}

#[cfg(test)]
mod tests {
    use mandate_domain::Currency;

    use super::*;

    fn quantity(number: u32) -> Quantity {
        Quantity::new(number).expect("a quantity")
    }

    fn euro(minor: i64) -> Money {
        Money::new(minor, Currency::parse("EUR").expect("a currency")).expect("an amount")
    }

    fn line(unit: i64, offered: u32) -> SaleLineView {
        SaleLineView {
            plan: "Office Suite Business".to_owned(),
            description: String::new(),
            license_means: String::new(),
            quantity: quantity(offered),
            bounds: QuantityBounds::new(quantity(10), quantity(300)).expect("bounds"),
            term: Some(Term::Monthly),
            unit: Some(euro(unit)),
        }
    }

    #[test]
    fn the_total_follows_what_is_typed() {
        let sale = SaleView {
            kind: ContentKind::Purchase,
            reference: "P-4K7M9X".to_owned(),
            partner_reference: None,
            country: None,
            lines: vec![line(1_250, 20), line(400, 5)],
            total: Some(euro(27_000)),
            trial_days: None,
            converts: false,
        };
        let total = |typed: [&str; 2]| sale.total_of(&typed.map(ToOwned::to_owned)).map(Money::minor);
        assert_eq!(sale.offered(), ["20", "5"]);
        // Fewer than the plan now has at least were offered, and can be taken.
        assert_eq!(total(["20", "5"]), Some(27_000));
        assert_eq!(total([" 300 ", "10"]), Some(379_000));
        for wrong in [["", "5"], ["20", "6"], ["301", "5"], ["-20", "5"], ["20.5", "5"]] {
            assert_eq!(total(wrong), None, "{wrong:?}");
        }
        assert_eq!(sale.lines[0].total_of("10"), Some(euro(12_500)));
        let dear = SaleView { lines: vec![line(Money::MOST, 20)], ..sale };
        assert_eq!(dear.total_of(&["20".to_owned()]), None);
    }
}
