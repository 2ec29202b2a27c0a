//! What can be sold, as the operator's file says it.

use std::sync::Arc;

use mandate_domain::{PlanKey, Refusal};
use mandate_service::{
    Principal,
    catalog::{Catalog, CatalogReport, PlanView, parse},
};
use proptest::prelude::*;

use crate::{
    outcome::refused,
    state::{State, first_page},
    subscriptions::trial,
};

on_both_engines!(
    the_demo_has_a_catalog,
    the_same_file_again_changes_nothing,
    a_plan_is_known_by_its_key,
    a_plan_taken_out_is_withdrawn_and_comes_back,
    many_plans_take_the_place_of_many,
    of_two_imports_at_once_one_is_kept_whole,
    who_reads_what_is_offered,
);

const DEMO: &str = include_str!("../../src/demo_catalog.toml");

/// Two plans, each with a line of its own to change.
const SMALL: &str = "[[product]]
name = \"Backup\"
description = \"Copies of everything\"

[[product.plan]]
key = \"backup-small\"
name = \"Small\"
description = \"100 GB\"
license = \"One device\"
trial = { days = 14, licenses = 5 }
quantity = { min = 1, max = 50 }
prices.monthly = { EUR = 300, JPY = 500 }

[[product.plan]]
key = \"backup-large\"
name = \"Large\"
description = \"2 TB\"
license = \"One device\"
quantity = { min = 5, max = 500 }
countries = [\"DE\", \"FR\"]
prices.yearly = { EUR = 9_000 }
";

fn read(text: &str) -> Catalog {
    parse(text).unwrap_or_else(|errors| panic!("{errors:?}"))
}

/// What is wrong, in the lines where it is.
fn errors(text: &str) -> Vec<(usize, String)> {
    parse(text).expect_err("there are errors").into_iter().map(|error| (error.line, error.message)).collect()
}

/// The only error.
fn error(text: &str) -> (usize, String) {
    let [error] = errors(text).try_into().expect("one error");
    error
}

#[track_caller]
fn assert_error(before: &str, after: &str, line: usize, says: &str) {
    assert!(SMALL.contains(before), "{before}");
    let (at, message) = error(&SMALL.replacen(before, after, 1));
    assert!(at == line && message.contains(says), "{at}: {message}");
}

#[test]
fn each_error_has_its_line() {
    read(SMALL);
    for (before, after, line, says) in [
        ("[[product]]", "colour = 1\n[[product]]", 1, "A catalog has no \"colour\". It can have: product"),
        ("description = \"Copies of everything\"\n", "", 1, "A product needs \"description\""),
        ("\"Copies of everything\"", "7", 3, "\"description\" is a text between quotes"),
        ("\"Copies of everything\"", "\" \"", 3, "\"description\" says nothing"),
        ("\"Copies of everything\"", "\"\"\"a\nb\"\"\"", 3, "line breaks"),
        ("\"backup-small\"", "\"Backup small\"", 6, "\"key\" is up to 50 of a-z, 0-9 and -"),
        ("\"backup-large\"", "\"backup-small\"", 15, "\"backup-small\" is in line 6 already"),
        ("\"Large\"", "\"Small\"", 16, "\"Small\" is in line 7 already"),
        ("license = \"One device\"\n", "", 5, "A plan needs \"license\""),
        ("days = 14", "days = 366", 10, "\"days\" is a whole number from 1 to 365"),
        ("days = 14", "days = \"14\"", 10, "\"days\" is a whole number"),
        ("days = 14, ", "", 10, "\"trial\" needs \"days\""),
        ("licenses = 5", "licenses = 51", 10, "\"licenses\" is within \"quantity\", from 1 to 50"),
        ("{ days = 14, licenses = 5 }", "14", 10, "\"trial\" is a table"),
        ("{ min = 1, max = 50 }", "{ min = 51, max = 50 }", 11, "\"min\" is more than \"max\""),
        ("max = 500 }", "max = 1000001 }", 19, "\"max\" is a whole number from 1 to 1000000"),
        ("min = 5, ", "min = 0, ", 19, "\"min\" is a whole number from 1 to 1000000"),
        ("[\"DE\", \"FR\"]", "\"DE\"", 20, "\"countries\" is a list"),
        ("[\"DE\", \"FR\"]", "[]", 20, "\"countries\" is a list"),
        ("[\"DE\", \"FR\"]", "[\n\"DE\",\n\"EU\",\n]", 22, "its two letters of ISO 3166-1"),
        ("[\"DE\", \"FR\"]", "[\"DE\", \"DE\"]", 20, "Germany is in the list already"),
        ("prices.monthly", "prices.weekly", 12, "\"weekly\" is no term"),
        ("prices.yearly = { EUR = 9_000 }", "prices = {}", 21, "A plan needs a price"),
        ("prices.yearly = { EUR = 9_000 }", "prices.yearly = {}", 21, "A term needs a price"),
        ("prices.yearly = { EUR = 9_000 }\n", "", 14, "A plan needs \"prices\""),
        ("EUR = 300", "EURO = 300", 12, "\"EURO\" is no currency of ISO 4217"),
        ("EUR = 300", "EUR = 3.00", 12, "450 is EUR 4.50"),
        ("EUR = 300", "EUR = -1", 12, "smallest unit: 450 is EUR 4.50"),
        ("JPY = 500", "JPY = 99_999_999_999_999_999_999", 12, "450 is JPY 450"),
        ("JPY = 500", "JPY = 1_000_000_000_000_000", 12, "more than can be counted"),
    ] {
        assert_error(before, after, line, says);
    }
    let misspelled = SMALL.replace("name = \"Backup\"", "nam = \"Backup\"");
    let [missing, unknown] = errors(&misspelled).try_into().expect("two errors");
    assert_eq!(missing, (1, "A product needs \"name\"".to_owned()));
    assert_eq!(unknown, (2, "A product has no \"nam\". It can have: name, description, plan".to_owned()));
    assert_eq!(error(""), (1, "The catalog has no product. One begins with [[product]]".to_owned()));
    assert_eq!(error("[product]\nname = 1").0, 1);
    let (line, message) = error("[[product]]\nname = \"A\"\ndescription = \"B\"\n");
    assert_eq!((line, message.as_str()), (1, "A product needs \"plan\""));
}

#[test]
fn all_errors_are_told_at_once() {
    let wrong = SMALL
        .replace("\"backup-small\"", "\"Small!\"")
        .replace("days = 14", "days = 0")
        .replace("EUR = 300, JPY = 500", "EURO = 300, JPY = 0.5")
        .replace("\"2 TB\"", "2")
        .replace("\"FR\"", "\"XX\"")
        .replace("{ EUR = 9_000 }", "9_000");
    let lines: Vec<_> = errors(&wrong).into_iter().map(|(line, _)| line).collect();
    assert_eq!(lines, [6, 10, 12, 12, 17, 20, 21]);
}

#[test]
fn what_is_no_toml_is_told_with_the_rest() {
    let wrong = SMALL
        .replace("name = \"Backup\"", "name = \"Backup")
        .replace("days = 14", "days = 0")
        .replace("\"Large\"", "Large")
        .replace("\"FR\"", "\"XX\"");
    let errors = errors(&wrong);
    let broken: Vec<_> = errors.iter().filter(|(_, message)| message.starts_with("This is no TOML")).collect();
    assert!(broken.iter().all(|(line, _)| [2, 16].contains(line)), "{errors:?}");
    assert!([2, 16].iter().all(|line| broken.iter().any(|(at, _)| at == line)), "{errors:?}");
    let others: Vec<_> = errors.iter().filter(|error| !broken.contains(error)).map(|(line, _)| *line).collect();
    assert_eq!(others, [10, 20], "{errors:?}");

    let twice = SMALL.replace("license = \"One device\"\n", "license = \"One device\"\nlicense = \"Two\"\n");
    assert_eq!(errors_lines(&twice), [10, 20]);
}

fn errors_lines(text: &str) -> Vec<usize> {
    errors(text).into_iter().map(|(line, _)| line).collect()
}

proptest! {
    #[test]
    fn whatever_is_in_a_file_its_errors_have_their_lines(
        start in 0..DEMO.len(), length in 0..200_usize, put in "[\\PC\n\\[\\]{}=\"']{0,12}",
    ) {
        let end = (start + length).min(DEMO.len());
        let text = [&DEMO[..start], &put, &DEMO[end..]].concat();
        if let Err(errors) = parse(&text) {
            prop_assert!(!errors.is_empty());
            prop_assert!(errors.is_sorted_by_key(|error| error.line));
            let lines = text.matches('\n').count() + 1;
            prop_assert!(errors.iter().all(|error| (1..=lines).contains(&error.line) && !error.message.is_empty()));
        }
    }
}

async fn import(state: &State, text: &str) -> CatalogReport {
    state.service.import_catalog(&read(text)).await.unwrap()
}

async fn offered(state: &State, who: &Principal) -> Vec<PlanView> {
    state.service.offered_plans(who).await.unwrap()
}

fn keys(plans: &[PlanView]) -> Vec<&str> {
    plans.iter().map(|view| view.plan.key.as_str()).collect()
}

async fn the_demo_has_a_catalog(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let plans = offered(&state, &ana).await;
    let names: Vec<_> = plans.iter().map(|view| view.plan.full_name()).collect();
    assert_eq!(
        names,
        ["Device Management Basic", "Device Management Premium", "Office Suite Business", "Office Suite Enterprise"]
    );
    assert!(plans.iter().all(|view| view.plan.trial.is_some() && !view.prices.is_empty()));
    assert_eq!(
        import(&state, DEMO).await,
        CatalogReport { unchanged: 4, ..CatalogReport::default() },
        "another start changes nothing"
    );

    // A catalog that was imported stays when the demonstration starts again.
    import(&state, SMALL).await;
    state.service.prepare_demo(crate::state::PASSWORD).await.unwrap();
    assert_eq!(keys(&offered(&state, &ana).await), ["backup-small", "backup-large"]);
}

async fn the_same_file_again_changes_nothing(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    assert_eq!(import(&state, SMALL).await, CatalogReport { added: 2, withdrawn: 4, ..CatalogReport::default() });
    let before = offered(&state, &ana).await;
    for text in [SMALL.to_owned(), format!("# A remark\n{}", SMALL.replace("9_000", "9000"))] {
        assert_eq!(import(&state, &text).await, CatalogReport { unchanged: 2, ..CatalogReport::default() });
    }
    let after = offered(&state, &ana).await;
    for (before, after) in before.iter().zip(&after) {
        assert_eq!((&before.plan, &before.prices), (&after.plan, &after.prices));
    }
}

async fn a_plan_is_known_by_its_key(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    import(&state, SMALL).await;
    let before = offered(&state, &ana).await;
    for (from, to) in [
        ("name = \"Backup\"", "name = \"Safe\""),
        ("\"100 GB\"", "\"120 GB\""),
        ("days = 14, licenses = 5", "days = 30, licenses = 5"),
        ("JPY = 500", "JPY = 501"),
        ("JPY = 500", "USD = 500"),
        ("max = 500 }", "max = 501 }"),
        ("\"FR\"", "\"AT\""),
        ("prices.yearly", "prices.monthly"),
    ] {
        let report = import(&state, &SMALL.replace(from, to)).await;
        assert!(report.changed >= 1 && report.added + report.withdrawn == 0, "{to}: {report:?}");
        let after = offered(&state, &ana).await;
        assert!(before.iter().zip(&after).all(|(before, after)| before.plan.id == after.plan.id));
        let differ =
            |(before, after): (&PlanView, &PlanView)| before.plan != after.plan || before.prices != after.prices;
        assert_eq!(before.iter().zip(&after).filter(|pair| differ(*pair)).count(), report.changed, "{to}");
        import(&state, SMALL).await;
    }
}

async fn a_plan_taken_out_is_withdrawn_and_comes_back(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    import(&state, SMALL).await;
    let small = offered(&state, &ana).await.remove(0).plan;
    let subscription = trial(&state, &ana, &mia, "backup-small", 3).await;
    assert_eq!(
        import(&state, DEMO).await,
        CatalogReport { added: 0, changed: 4, withdrawn: 2, unchanged: 0 },
        "what was withdrawn is offered again"
    );
    assert!(!keys(&offered(&state, &ana).await).contains(&"backup-small"));
    assert_eq!(import(&state, DEMO).await.withdrawn, 0, "it was withdrawn before");

    // Who has it reads it as before.
    let detail = state.service.subscription(&mia, mia.company.id, subscription.id, &first_page(10)).await.unwrap();
    assert_eq!((detail.row.plan.id, detail.row.plan.full_name().as_str()), (small.id, "Backup Small"));
    assert!(!detail.row.plan.is_offered);
    let list = state.service.subscriptions(&mia, mia.company.id, &first_page(10)).await.unwrap();
    assert_eq!(list.rows.rows[0].plan.id, small.id);

    import(&state, SMALL).await;
    let back = offered(&state, &ana).await.remove(0).plan;
    assert_eq!(back, small);
    assert_eq!(back.key, PlanKey::parse("backup-small").unwrap());
}

async fn of_two_imports_at_once_one_is_kept_whole(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let (left, right) = (read(DEMO), read(SMALL));
    for _ in 0..5 {
        let imports = tokio::join!(state.service.import_catalog(&left), state.service.import_catalog(&right));
        imports.0.unwrap();
        imports.1.unwrap();
        let kept = offered(&state, &ana).await;
        let kept = keys(&kept);
        assert!([2, 4].contains(&kept.len()) && kept.iter().all(|key| key.starts_with("backup") == (kept.len() == 2)));
    }
}

async fn who_reads_what_is_offered(state: Arc<State>) {
    for user_name in ["leo@fabrikam.example", "kim@fabrikam.example", "mia@contoso.example", "tom@contoso.example"] {
        let who = state.who(user_name).await;
        refused(state.service.offered_plans(&who).await.map(drop), Refusal::Forbidden);
    }
    for user_name in ["ana@fabrikam.example", "pia@tailspin.example"] {
        assert_eq!(offered(&state, &state.who(user_name).await).await.len(), 4);
    }
}

async fn many_plans_take_the_place_of_many(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let catalog = |from: u32| {
        let plan = |number: u32| {
            format!(
                "[[product.plan]]\nkey = \"plan-{number}\"\nname = \"Plan {number}\"\ndescription = \"A plan\"\n\
                 license = \"One device\"\nquantity = {{ min = 1, max = 9 }}\nprices.monthly = {{ EUR = 300 }}\n",
            )
        };
        let plans: String = (from..from + 600).map(plan).collect();
        format!("[[product]]\nname = \"Backup\"\ndescription = \"Copies\"\n{plans}")
    };
    assert_eq!(import(&state, &catalog(0)).await.added, 600);
    let report = import(&state, &catalog(600)).await;
    assert_eq!((report.added, report.withdrawn), (600, 600));
    assert_eq!(offered(&state, &ana).await.len(), 600);
    assert_eq!(import(&state, &catalog(600)).await, CatalogReport { unchanged: 600, ..CatalogReport::default() });
}
