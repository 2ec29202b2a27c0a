use leptos::{form::ActionForm, html, prelude::*};
use leptos_meta::Title;
use mandate_domain::{Country, Quantity};

use super::{
    sale_lines::{Choice, ChoiceField, LicensesField},
    terms::{Delegation, LinkDays, Sending, TemplateChoice},
};
use crate::{
    api::{
        Refused,
        sales::{CreateTrial, PlanChoice, load_new_trial},
    },
    components::{
        form::{ErrorSummary, SelectField, SubmitButton, TextField, refusal, typed_or},
        icon::{Glyph, Icon},
        loaded::{load, loaded},
    },
    format::count,
    pages::params::query_param,
};

/// Invites a customer to try a plan, and leads to the invitation's page.
#[component]
pub fn NewTrialPage() -> impl IntoView {
    let create = ServerAction::<CreateTrial>::new();
    let template = query_param("template");
    loaded(load(move || template.get(), load_new_trial), move |page| {
        let refused = refusal(move || create.value().get(), page.posted.as_ref());
        let start = page.start;
        let form = match page.country {
            None => view! { <NothingToSell/> }.into_any(),
            Some(country) => view! {
                <TemplateChoice page="/partner/trials/new" templates=page.templates chosen=page.chosen/>
                <ActionForm action=create attr:class="form">
                    <SubmitButton
                        label="Create invitation"
                        working="Creating"
                        pending=create.pending()
                        class="vh"
                        attr:tabindex="-1"
                        attr:aria-hidden="true"
                    />
                    <ErrorSummary refused/>
                    <TrialFields plans=StoredValue::new(page.plans) country refused/>
                    <Delegation refused roles=start.roles days=start.days/>
                    <LinkDays refused days=start.link_days/>
                    <Sending
                        refused
                        help="Leave it empty for a customer who has no account yet. Otherwise only the company that owns this domain, or that this person is of, can use the invitation. You are not told whether there is such a company"
                        message=start.message
                    />
                    <TextField
                        label="Offer name"
                        name="name"
                        refused
                        optional=true
                        help="You find it by this name. Without one, it is called by its plan and its reference. Up to 50 characters"
                    />
                    <div class="actions">
                        <SubmitButton label="Create invitation" working="Creating" pending=create.pending()/>
                        <a class="btn quiet" href="/partner">"Cancel"</a>
                    </div>
                </ActionForm>
            }
            .into_any(),
        };
        view! {
            <Title text="Create a trial invitation"/>
            <main class="page" id="main">
                <a class="back" href="/partner">
                    <Icon glyph=Glyph::Back small=true/>
                    "Partner overview"
                </a>
                <div class="page-head">
                    <div>
                        <h1>"Create a trial invitation"</h1>
                        <p class="muted">
                            "You get a URL to send. Whoever accepts it tries the plan for its days, and can start a new company for that. It costs nothing, and ends by itself."
                        </p>
                    </div>
                </div>
                {form}
            </main>
        }
    })
}

/// Where the catalog has no plan for what is wanted.
#[component]
pub fn NothingToSell() -> impl IntoView {
    view! {
        <div class="empty">
            <h2>"No plans to offer yet"</h2>
            <p>"Plans come from the catalog of whoever runs this service. As soon as it has one for this, you can start here."</p>
        </div>
    }
}

/// Where it is used, what is tried, and by how many. The country decides which plans there are.
#[component]
fn TrialFields(
    plans: StoredValue<Vec<PlanChoice>>,
    country: Country,
    refused: Signal<Option<Refused>>,
) -> impl IntoView {
    let country = Country::parse(&typed_or(refused, "country", country.code())).unwrap_or(country);
    let first = plans.with_value(|plans| plans.iter().find(|plan| plan.is_in(country)).map(|plan| plan.id.to_string()));
    let first = typed_or(refused, "plan", &first.unwrap_or_default());
    let quantity = typed_or(refused, "quantity", &plans.with_value(|plans| usual(plans, &first)));
    let (country, plan) = (RwSignal::new(country), RwSignal::new(first.clone()));
    let (country_field, plan_field) = (NodeRef::<html::Select>::new(), NodeRef::<html::Select>::new());
    let quantity_field = NodeRef::<html::Input>::new();
    let read = move || {
        let fields = (country_field.get_untracked(), plan_field.get_untracked(), quantity_field.get_untracked());
        let (Some(country_field), Some(plan_field), Some(quantity_field)) = fields else { return };
        if let Ok(chosen) = Country::parse(&country_field.value()) {
            country.set(chosen);
        }
        let (before, now) = (plan.get_untracked(), plan_field.value());
        if before != now {
            // A number that nobody has chosen follows the plan.
            if quantity_field.value() == plans.with_value(|plans| usual(plans, &before)) {
                quantity_field.set_value(&plans.with_value(|plans| usual(plans, &now)));
            }
            plan.set(now);
        }
    };
    // What was chosen before WASM arrived counts.
    Effect::new(move |_| read());
    let choices = plans.with_value(|plans| plans.iter().map(|plan| tried(plan, country)).collect::<Vec<_>>());
    let bounds = Signal::derive(move || plans.with_value(|plans| found(plans, &plan.get()).map(|plan| plan.bounds)));
    let about = move || {
        plans.with_value(|plans| {
            found(plans, &plan.get()).map(|plan| format!("{}. One license: {}", plan.description, plan.license_means))
        })
    };
    let countries = Country::ALL.iter().map(|country| (country.code().to_owned(), country.name().to_owned()));
    view! {
        <div class="sale-trial" on:input=move |_| read()>
            <SelectField
                label="Country"
                name="country"
                refused
                options=countries.collect()
                value=country.get_untracked().code()
                help="Where the licenses are used. It decides which plans can be chosen"
                node_ref=country_field
            />
            <button class="btn without-script" type="submit" name="step" value="show">"Show its plans"</button>
            <div>
                <ChoiceField id="plan" name="plan" refused choices value=first node_ref=plan_field>
                    "Plan"
                </ChoiceField>
                <p class="hint needs-script">{about}</p>
            </div>
            <LicensesField
                id="quantity"
                name="quantity"
                refused
                bounds
                value=quantity
                node_ref=quantity_field
            >
                "Number of licenses"
            </LicensesField>
        </div>
    }
}

/// A plan with the days that it can be tried, hindered where it is not offered.
fn tried(plan: &PlanChoice, country: RwSignal<Country>) -> Choice {
    let offered = plan.clone();
    let hindered = Signal::derive(move || {
        let country = country.get();
        (!offered.is_in(country)).then(|| format!("not offered in {}", country.name()))
    });
    let days = plan.trial.map(|trial| count(trial.days.get().into(), "day", "days")).unwrap_or_default();
    Choice { key: plan.id.to_string(), title: format!("{}, {days}", plan.name), hindered }
}

fn found<'a>(plans: &'a [PlanChoice], id: &str) -> Option<&'a PlanChoice> {
    plans.iter().find(|plan| plan.id.to_string() == id)
}

/// How many licenses a trial of the plan has where nobody says otherwise.
fn usual(plans: &[PlanChoice], id: &str) -> String {
    let plan = found(plans, id);
    let licenses = plan.and_then(|plan| Some(plan.trial?.licenses.clamp(plan.bounds.min(), plan.bounds.max())));
    licenses.as_ref().map(Quantity::to_string).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use mandate_domain::{PlanId, QuantityBounds, TrialDays, TrialTerms};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_trial_has_as_many_licenses_as_its_plan_says_within_its_bounds() {
        let of = |number| Quantity::new(number).expect("a quantity");
        let plan = |id, licenses| PlanChoice {
            id: PlanId(Uuid::from_u128(id)),
            name: String::new(),
            description: String::new(),
            license_means: String::new(),
            trial: Some(TrialTerms { days: TrialDays::new(30).expect("days"), licenses: of(licenses) }),
            bounds: QuantityBounds::new(of(5), of(10)).expect("bounds"),
            countries: Vec::new(),
            prices: Vec::new(),
        };
        let plans = [plan(1, 7), plan(2, 25), plan(3, 1)];
        let numbers: Vec<_> = plans.iter().map(|plan| usual(&plans, &plan.id.to_string())).collect();
        assert_eq!(numbers, ["7", "10", "5"]);
        assert_eq!(usual(&plans, "unknown"), "");
    }
}
