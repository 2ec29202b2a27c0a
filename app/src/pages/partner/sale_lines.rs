//! The fields of what is sold: plans, numbers of licenses, terms, and what they cost.

use std::collections::BTreeMap;

use leptos::{ev::MouseEvent, html, prelude::*};
use mandate_domain::{Currency, Money, MoneyError, Quantity, QuantityBounds, Term, line_total, total};

use crate::{
    api::{
        Refused,
        sales::{ADD_LINE, LinePosted, MOST_LINES, PlanChoice, REMOVE_LINE},
    },
    components::{
        form::{FieldError, described},
        icon::{Glyph, Icon},
    },
    format::{self, money},
};

/// The lines of a purchase by the numbers of their rows, as they stand in the form.
pub type Lines = BTreeMap<u32, LinePosted>;

/// What can be chosen from a list.
pub struct Choice {
    pub key: String,
    pub title: String,
    /// Why it cannot be at the moment, if so. What was chosen stays chosen, and says it.
    pub hindered: Signal<Option<String>>,
}

/// A choice of which some can be hindered by what else is chosen. Its options are never made anew, so that the browser
/// keeps which one it is.
#[component]
pub fn ChoiceField(
    /// The control's id, and the field of its problems.
    #[prop(into)]
    id: String,
    #[prop(into)] name: String,
    refused: Signal<Option<Refused>>,
    choices: Vec<Choice>,
    value: String,
    node_ref: NodeRef<html::Select>,
    /// What its label says.
    children: Children,
) -> impl IntoView {
    let (invalid, by) = described(refused, &id, false);
    let options = choices.into_iter().map(|Choice { key, title, hindered }| {
        let selected = key == value;
        let says = move || match hindered.get() {
            Some(why) => format!("{title} ({why})"),
            None => title.clone(),
        };
        view! {
            <option value=key selected=selected disabled=move || hindered.with(Option::is_some)>{says}</option>
        }
    });
    view! {
        <div class="field">
            <label for=id.clone()>{children()}</label>
            <div class="select-box">
                <select
                    class="select"
                    id=id.clone()
                    name=name
                    aria-invalid=invalid
                    aria-describedby=by
                    node_ref=node_ref
                >
                    {options.collect_view()}
                </select>
                <Icon glyph=Glyph::Down small=true/>
            </div>
            <FieldError refused name=id/>
        </div>
    }
}

/// A number of licenses, within the bounds of the plan that is chosen.
#[component]
pub fn LicensesField(
    #[prop(into)] id: String,
    #[prop(into)] name: String,
    refused: Signal<Option<Refused>>,
    bounds: Signal<Option<QuantityBounds>>,
    value: String,
    node_ref: NodeRef<html::Input>,
    children: Children,
) -> impl IntoView {
    let (invalid, by) = described(refused, &id, true);
    let help = move || {
        let bounds = bounds.get()?;
        Some(format!("From {} to {}", format::quantity(bounds.min()), format::quantity(bounds.max())))
    };
    view! {
        <div class="field">
            <label for=id.clone()>{children()}</label>
            <input
                class="input short"
                id=id.clone()
                name=name
                type="text"
                value=value
                autocomplete="off"
                inputmode="numeric"
                aria-invalid=invalid
                aria-describedby=by
                node_ref=node_ref
            />
            <p class="hint" id=format!("{id}-help")>{help}</p>
            <FieldError refused name=id/>
        </div>
    }
}

/// Any number of lines, and what they cost together. Without scripts each button posts the form for another look.
#[component]
pub fn SaleLines(
    plans: StoredValue<Vec<PlanChoice>>,
    currency: Signal<Option<Currency>>,
    refused: Signal<Option<Refused>>,
    start: Lines,
) -> impl IntoView {
    let lines = RwSignal::new(start);
    let rows = Memo::new(move |_| lines.with(|lines| lines.keys().copied().collect::<Vec<_>>()));
    // The focus goes to a row that is new, and not to one that was there.
    let added = StoredValue::new(None::<u32>);
    let add_button = NodeRef::<html::Button>::new();
    let add = move |event: MouseEvent| {
        event.prevent_default();
        let row = lines.with_untracked(|lines| lines.last_key_value().map_or(0, |(row, _)| row.saturating_add(1)));
        let line = currency.get_untracked().and_then(|currency| plans.with_value(|plans| first_line(plans, currency)));
        added.set_value(Some(row));
        lines.update(|lines| {
            lines.insert(row, line.unwrap_or_default());
        });
    };
    let remove = move |row: u32| {
        lines.update(|lines| {
            lines.remove(&row);
        });
        if let Some(button) = add_button.get_untracked() {
            let _ = button.focus();
        }
    };
    let is_full = move || rows.with(|rows| rows.len() >= MOST_LINES);
    view! {
        <section class="sale-lines" id="lines" tabindex="-1" aria-labelledby="lines-h">
            <h2 id="lines-h">"What you offer"</h2>
            <FieldError refused name="lines"/>
            <For each=move || rows.get() key=|row| *row let:row>
                <LineRow row rows lines plans currency refused added remove=Callback::new(remove)/>
            </For>
            <div class="actions">
                <button
                    class="btn"
                    type="submit"
                    name="step"
                    value=ADD_LINE
                    disabled=is_full
                    on:click=add
                    node_ref=add_button
                >
                    <Icon glyph=Glyph::Plus/>
                    "Add line"
                </button>
                <button class="btn without-script" type="submit" name="step" value="show">
                    "Show the total"
                </button>
                {move || is_full().then(|| view! { <span class="hint">{format!("{MOST_LINES} lines are the most.")}</span> })}
            </div>
            <Total plans lines currency/>
        </section>
    }
}

#[component]
fn LineRow(
    row: u32,
    rows: Memo<Vec<u32>>,
    lines: RwSignal<Lines>,
    plans: StoredValue<Vec<PlanChoice>>,
    currency: Signal<Option<Currency>>,
    refused: Signal<Option<Refused>>,
    added: StoredValue<Option<u32>>,
    remove: Callback<u32>,
) -> impl IntoView {
    let (plan, term) = (NodeRef::<html::Select>::new(), NodeRef::<html::Select>::new());
    let quantity = NodeRef::<html::Input>::new();
    let start = lines.with_untracked(|lines| lines.get(&row).cloned().unwrap_or_default());
    let line = Memo::new(move |_| lines.with(|lines| lines.get(&row).cloned().unwrap_or_default()));
    let place =
        Memo::new(move |_| rows.with(|rows| rows.iter().position(|of| *of == row).map_or(1, |place| place + 1)));
    let is_only = Memo::new(move |_| rows.with(|rows| rows.len() == 1));
    let read = move || {
        let fields = (plan.get_untracked(), term.get_untracked(), quantity.get_untracked());
        let (Some(plan), Some(term), Some(quantity)) = fields else { return };
        let typed = LinePosted { plan: plan.value(), term: term.value(), quantity: quantity.value() };
        if line.get_untracked() != typed {
            lines.update(|lines| {
                lines.entry(row).and_modify(|line| *line = typed);
            });
        }
    };
    // What was typed before WASM arrived counts.
    Effect::new(move |_| read());
    Effect::new(move |_| {
        if let Some(plan) = plan.get().filter(|_| added.get_value() == Some(row)) {
            added.set_value(None);
            let _ = plan.focus();
        }
    });
    let plan_choices = plans.with_value(|plans| plans.iter().map(|plan| priced(plan, currency)).collect::<Vec<_>>());
    let term_choices = Term::ALL.map(|term| {
        let hindered = Signal::derive(move || {
            let (line, currency) = (line.get(), currency.get()?);
            plans.with_value(|plans| {
                let plan = chosen(plans, &line)?;
                plan.price(term, currency).is_none().then(|| format!("no price in {currency}"))
            })
        });
        Choice { key: term.key().to_owned(), title: term.name().to_owned(), hindered }
    });
    let bounds =
        Signal::derive(move || line.with(|line| plans.with_value(|plans| chosen(plans, line).map(|plan| plan.bounds))));
    let costs = move || {
        let currency = currency.get()?;
        line.with(|line| plans.with_value(|plans| costs(plans, line, currency)))
    };
    let of_line = move || view! { <span class="vh">{move || format!(" of line {}", place.get())}</span> };
    let field = move |part: &str| (format!("lines.{row}.{part}"), format!("lines[{row}][{part}]"));
    let ((plan_id, plan_name), (term_id, term_name)) = (field("plan"), field("term"));
    let (quantity_id, quantity_name) = field("quantity");
    view! {
        <fieldset class="sale-line" on:input=move |_| read()>
            <legend>{move || format!("Line {}", place.get())}</legend>
            <div class="sale-fields">
                <ChoiceField
                    id=plan_id
                    name=plan_name
                    refused
                    choices=plan_choices
                    value=start.plan
                    node_ref=plan
                >
                    "Plan"
                    {of_line()}
                </ChoiceField>
                <LicensesField
                    id=quantity_id
                    name=quantity_name
                    refused
                    bounds
                    value=start.quantity
                    node_ref=quantity
                >
                    "Licenses"
                    {of_line()}
                </LicensesField>
                <ChoiceField
                    id=term_id
                    name=term_name
                    refused
                    choices=term_choices.into()
                    value=start.term
                    node_ref=term
                >
                    "Term"
                    {of_line()}
                </ChoiceField>
            </div>
            <div class="sale-costs">
                <p>{costs}</p>
                {move || {
                    (!is_only.get())
                        .then(|| {
                            let take_out = move |event: MouseEvent| {
                                event.prevent_default();
                                remove.run(row);
                            };
                            view! {
                                <button
                                    class="btn quiet small"
                                    type="submit"
                                    name="step"
                                    value=format!("{REMOVE_LINE}{row}")
                                    on:click=take_out
                                >
                                    {move || format!("Remove line {}", place.get())}
                                </button>
                            }
                        })
                }}
            </div>
        </fieldset>
    }
}

/// Said anew whenever it changes.
#[component]
fn Total(
    plans: StoredValue<Vec<PlanChoice>>,
    lines: RwSignal<Lines>,
    currency: Signal<Option<Currency>>,
) -> impl IntoView {
    let sum = Memo::new(move |_| {
        let currency = currency.get()?;
        lines.with(|lines| plans.with_value(|plans| sum(plans, lines, currency)))
    });
    let says = move || match sum.get() {
        Some(Ok(sum)) => money(sum),
        Some(Err(_)) => "More than can be ordered at once".to_owned(),
        None => "Not known yet: a line is not complete".to_owned(),
    };
    let is_mixed = Memo::new(move |_| {
        lines.with(|lines| Term::ALL.into_iter().all(|term| lines.values().any(|line| line.term == term.key())))
    });
    view! {
        <div class="sale-total">
            <p role="status">"Total " <strong>{says}</strong></p>
            {move || {
                is_mixed
                    .get()
                    .then(|| view! { <p class="hint">"For one term of each line: a month, or a year."</p> })
            }}
        </div>
    }
}

/// A plan, hindered where it has no price in the currency.
fn priced(plan: &PlanChoice, currency: Signal<Option<Currency>>) -> Choice {
    let currencies: Vec<_> = plan.prices.iter().map(|(_, price)| price.currency()).collect();
    let hindered = Signal::derive(move || {
        let currency = currency.get()?;
        (!currencies.contains(&currency)).then(|| format!("no price in {currency}"))
    });
    Choice { key: plan.id.to_string(), title: plan.name.clone(), hindered }
}

/// One license of the first plan that has a price, or as many as it takes.
pub fn first_line(plans: &[PlanChoice], currency: Currency) -> Option<LinePosted> {
    let (plan, term) = plans.iter().find_map(|plan| Some((plan, first_term(plan, currency)?)))?;
    Some(line_of(plan, term, plan.bounds.min()))
}

/// A line of this plan where it has a price, with as near to so many licenses as it takes.
pub fn line_like(plan: &PlanChoice, quantity: Quantity, currency: Currency) -> Option<LinePosted> {
    Some(line_of(plan, first_term(plan, currency)?, quantity.clamp(plan.bounds.min(), plan.bounds.max())))
}

fn first_term(plan: &PlanChoice, currency: Currency) -> Option<Term> {
    Term::ALL.into_iter().find(|term| plan.price(*term, currency).is_some())
}

fn line_of(plan: &PlanChoice, term: Term, quantity: Quantity) -> LinePosted {
    LinePosted { plan: plan.id.to_string(), term: term.key().to_owned(), quantity: quantity.to_string() }
}

fn chosen<'a>(plans: &'a [PlanChoice], line: &LinePosted) -> Option<&'a PlanChoice> {
    plans.iter().find(|plan| plan.id.to_string() == line.plan)
}

fn unit(plans: &[PlanChoice], line: &LinePosted, currency: Currency) -> Option<(Term, Money)> {
    let term = Term::from_key(&line.term)?;
    Some((term, chosen(plans, line)?.price(term, currency)?))
}

fn quantity(plans: &[PlanChoice], line: &LinePosted) -> Option<Quantity> {
    chosen(plans, line)?.bounds.parse(&line.quantity).ok()
}

/// What a line costs, as far as it says.
fn costs(plans: &[PlanChoice], line: &LinePosted, currency: Currency) -> Option<String> {
    let Some((term, unit)) = unit(plans, line, currency) else {
        return chosen(plans, line).map(|_| format!("This plan has no such price in {currency}."));
    };
    let each = format!("{} per license and {}", money(unit), term.per());
    Some(match quantity(plans, line).map(|quantity| line_total(unit, quantity)) {
        Some(Ok(sum)) => format!("{each}, {} together", money(sum)),
        Some(Err(_)) | None => each,
    })
}

/// Of all lines; nothing while one of them does not say enough.
fn sum(plans: &[PlanChoice], lines: &Lines, currency: Currency) -> Option<Result<Money, MoneyError>> {
    let priced = lines.values().map(|line| Some((unit(plans, line, currency)?.1, quantity(plans, line)?)));
    let priced: Option<Vec<_>> = priced.collect();
    Some(total(currency, priced?))
}

#[cfg(test)]
mod tests {
    use mandate_domain::PlanId;
    use uuid::Uuid;

    use super::*;

    fn euro() -> Currency {
        Currency::parse("EUR").expect("a currency")
    }

    fn of(number: u32) -> Quantity {
        Quantity::new(number).expect("a quantity")
    }

    fn yen() -> Currency {
        Currency::parse("JPY").expect("a currency")
    }

    fn plan(id: u128, prices: &[(Term, i64, Currency)]) -> PlanChoice {
        PlanChoice {
            id: PlanId(Uuid::from_u128(id)),
            name: format!("Plan {id}"),
            description: String::new(),
            license_means: String::new(),
            trial: None,
            bounds: QuantityBounds::new(of(5), of(1_000_000)).expect("bounds"),
            countries: Vec::new(),
            prices: prices
                .iter()
                .map(|(term, minor, currency)| (*term, Money::new(*minor, *currency).expect("an amount")))
                .collect(),
        }
    }

    fn plans() -> [PlanChoice; 2] {
        [
            plan(1, &[(Term::Yearly, 4_000, euro())]),
            plan(2, &[(Term::Monthly, 400, euro()), (Term::Monthly, 60, yen())]),
        ]
    }

    fn with(line: LinePosted, quantity: &str) -> LinePosted {
        LinePosted { quantity: quantity.to_owned(), ..line }
    }

    #[test]
    fn a_form_starts_with_what_can_be_sent() {
        let plans = plans();
        let line = first_line(&plans, euro()).expect("a line");
        assert_eq!((line.term.as_str(), line.quantity.as_str()), ("yearly", "5"));
        assert_eq!(first_line(&plans, yen()).map(|line| line.plan), Some(plans[1].id.to_string()));
        assert_eq!(first_line(&plans, Currency::parse("USD").expect("a currency")), None);
        assert_eq!(line_like(&plans[1], of(25), yen()).map(|line| line.quantity).as_deref(), Some("25"));
        assert_eq!(line_like(&plans[1], of(1), yen()).map(|line| line.quantity).as_deref(), Some("5"));
        assert_eq!(line_like(&plans[0], of(25), yen()), None);
    }

    #[test]
    fn a_line_says_what_it_costs_as_far_as_it_is_known() {
        let plans = plans();
        let line = first_line(&plans, euro()).expect("a line");
        let said = |line: &LinePosted, currency| costs(&plans, line, currency).map(|said| said.replace('\u{a0}', " "));
        assert_eq!(said(&line, euro()).as_deref(), Some("EUR 40.00 per license and year, EUR 200.00 together"));
        assert_eq!(said(&with(line.clone(), "4"), euro()).as_deref(), Some("EUR 40.00 per license and year"));
        assert_eq!(said(&line, yen()).as_deref(), Some("This plan has no such price in JPY."));
        assert_eq!(said(&LinePosted::default(), euro()), None);
    }

    #[test]
    fn a_total_is_of_lines_that_are_complete() {
        let plans = plans();
        let (first, second) = (first_line(&plans, euro()), line_like(&plans[1], of(10), euro()));
        let (first, second) = (first.expect("a line"), second.expect("a line"));
        let sum_of = |lines: Vec<LinePosted>, currency| sum(&plans, &(0..).zip(lines).collect(), currency);
        let both = sum_of(vec![first.clone(), second.clone()], euro()).and_then(Result::ok);
        assert_eq!(both.map(Money::minor), Some(5 * 4_000 + 10 * 400));
        assert_eq!(sum_of(vec![first.clone(), second.clone()], yen()), None);
        assert_eq!(sum_of(vec![with(first, "x"), second], euro()), None);
        let dear = [plan(1, &[(Term::Yearly, Money::MOST, euro())])];
        let line = first_line(&dear, euro()).expect("a line");
        assert_eq!(sum(&dear, &Lines::from([(0, line)]), euro()), Some(Err(MoneyError::Overflow)));
    }
}
