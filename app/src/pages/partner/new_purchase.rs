use leptos::{form::ActionForm, html, prelude::*};
use leptos_meta::Title;
use mandate_domain::Currency;

use super::{
    new_trial::NothingToSell,
    sale_lines::{Lines, SaleLines, first_line, line_like},
    terms::{Delegation, LinkDays, Sending, TemplateChoice},
};
use crate::{
    api::{
        Refused,
        sales::{Converting, CreatePurchase, LinePosted, PlanChoice, load_new_purchase},
    },
    components::{
        form::{ErrorSummary, FieldError, SelectField, SubmitButton, TextField, refusal, typed_or},
        icon::{Glyph, Icon},
        loaded::{load, loaded},
    },
    format::date,
    pages::params::query_param,
};

/// Offers plans at their prices, and leads to the offer's page.
#[component]
pub fn NewPurchasePage() -> impl IntoView {
    let create = ServerAction::<CreatePurchase>::new();
    let (template, converts) = (query_param("template"), query_param("converts"));
    let named = move || (template.get(), converts.get());
    let data = load(named, |(template, converts)| load_new_purchase(template, converts));
    loaded(data, move |page| {
        let refused = refusal(move || create.value().get(), page.posted.as_ref());
        let start = page.start;
        let (converting, plans) = (page.converting, page.plans);
        let keep = converting.as_ref().map(|trial| format!("&converts={}", trial.id)).unwrap_or_default();
        let note = converting.clone().map(|trial| view! { <ConvertingNote trial refused/> });
        let form = match page.currency {
            None => view! { <NothingToSell/> }.into_any(),
            Some(currency) => {
                let domain = converting.as_ref().and_then(|trial| trial.domain.clone()).unwrap_or_default();
                let converts = converting.as_ref().map(|trial| trial.id.to_string()).unwrap_or_default();
                let help = if converting.is_some() {
                    "Whatever stands here, only the company whose trial it is can use the offer"
                } else {
                    "Leave it empty for a customer who has no account yet. Otherwise only the company that owns this domain, or that this person is of, can use the offer. You are not told whether there is such a company"
                };
                view! {
                    <TemplateChoice
                        page="/partner/purchases/new"
                        templates=page.templates
                        chosen=page.chosen
                        keep
                    />
                    <ActionForm action=create attr:class="form wide">
                        <SubmitButton
                            label="Create offer"
                            working="Creating"
                            pending=create.pending()
                            class="vh"
                            attr:tabindex="-1"
                            attr:aria-hidden="true"
                        />
                        <ErrorSummary refused/>
                        <input type="hidden" name="converts" value=converts/>
                        <PurchaseFields plans converting currencies=page.currencies currency refused/>
                        <TextField
                            label="Your reference"
                            name="reference"
                            refused
                            optional=true
                            help="It stands on the order, such as the number of your quote. Up to 50 characters"
                        />
                        <Delegation refused roles=start.roles days=start.days/>
                        <LinkDays refused days=start.link_days label="Valid for"/>
                        <Sending refused help addressed_to=domain message=start.message/>
                        <TextField
                            label="Offer name"
                            name="name"
                            refused
                            optional=true
                            help="You find it by this name. Without one, it is called by its plans and its reference. Up to 50 characters"
                        />
                        <div class="actions">
                            <SubmitButton label="Create offer" working="Creating" pending=create.pending()/>
                            <a class="btn quiet" href="/partner">"Cancel"</a>
                        </div>
                    </ActionForm>
                }
                .into_any()
            }
        };
        view! {
            <Title text="Create a purchase offer"/>
            <main class="page" id="main">
                <a class="back" href="/partner">
                    <Icon glyph=Glyph::Back small=true/>
                    "Partner overview"
                </a>
                <div class="page-head">
                    <div>
                        <h1>"Create a purchase offer"</h1>
                        <p class="muted">
                            "You get a URL to send. The customer can change the numbers of licenses within their bounds, and sees the total. They pay by your invoice."
                        </p>
                    </div>
                </div>
                {note}
                {form}
            </main>
        }
    })
}

#[component]
fn ConvertingNote(trial: Converting, refused: Signal<Option<Refused>>) -> impl IntoView {
    let Converting { customer, plan_name, ends_at, has_ended, .. } = trial;
    let ends = if has_ended { "The trial ended on" } else { "The trial ends on" };
    view! {
        <div class="note" id="converts" tabindex="-1">
            <Icon glyph=Glyph::Info/>
            <div>
                <p>
                    <strong>{format!("This turns the trial of {plan_name} at {customer} into a purchase.")}</strong>
                    {format!(" Who has a license keeps it. {ends} {}.", date(ends_at))}
                </p>
                <FieldError refused name="converts"/>
            </div>
        </div>
    }
}

/// In which currency, and the lines.
#[component]
fn PurchaseFields(
    plans: Vec<PlanChoice>,
    converting: Option<Converting>,
    currencies: Vec<Currency>,
    currency: Currency,
    refused: Signal<Option<Refused>>,
) -> impl IntoView {
    let currency = Currency::parse(&typed_or(refused, "currency", currency.code())).unwrap_or(currency);
    let start = lines_at_first(&plans, converting.as_ref(), currency, refused);
    let chosen = RwSignal::new(Some(currency));
    let field = NodeRef::<html::Select>::new();
    let read = move || {
        if let Some(field) = field.get_untracked() {
            chosen.set(Currency::parse(&field.value()).ok());
        }
    };
    // What was chosen before WASM arrived counts.
    Effect::new(move |_| read());
    let options = currencies.into_iter().map(|currency| (currency.code().to_owned(), currency.code().to_owned()));
    view! {
        <div on:input=move |_| read()>
            <SelectField
                label="Currency"
                name="currency"
                refused
                options=options.collect()
                value=currency.code()
                help="All prices of the offer are in it"
                node_ref=field
            />
        </div>
        <SaleLines plans=StoredValue::new(plans) currency=chosen.into() refused start/>
    }
}

/// Those that were typed, else one: of the trial that is converted, or of the first plan.
fn lines_at_first(
    plans: &[PlanChoice],
    converting: Option<&Converting>,
    currency: Currency,
    refused: Signal<Option<Refused>>,
) -> Lines {
    let new = || {
        let tried = converting.and_then(|trial| {
            let plan = plans.iter().find(|plan| plan.id == trial.plan)?;
            line_like(plan, trial.quantity, currency)
        });
        tried.or_else(|| first_line(plans, currency)).unwrap_or_default()
    };
    let typed = refused.with_untracked(|refused| {
        let typed = refused.as_ref().map(|refused| refused.all_typed("line").filter_map(LinePosted::unpack).collect());
        typed.unwrap_or_else(Lines::new)
    });
    if typed.is_empty() {
        return Lines::from([(0, new())]);
    }
    // A row that was added says nothing yet.
    let filled = typed.into_iter().map(|(row, line)| (row, if line == LinePosted::default() { new() } else { line }));
    filled.collect()
}
