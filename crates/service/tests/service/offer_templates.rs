//! What a partner's new offers can start with.

use std::sync::Arc;

use mandate_domain::{Event, Refusal, TemplateId};
use mandate_service::{
    offer_templates::{MOST_TEMPLATES, NewTemplate},
    offers::TermsForm,
};

use crate::{
    outcome::{changed, not_found, problem, refused},
    state::State,
};

on_both_engines!(
    a_template_is_kept_changed_and_deleted,
    one_is_the_default,
    who_may_keep_templates,
    there_are_not_too_many,
);

fn template(name: &str) -> NewTemplate {
    let roles = ["directory_reader".to_owned()];
    let terms = TermsForm { roles: &roles, days: "30", link_days: "14", uses: "one", message: "As agreed" };
    NewTemplate::parse(name, &terms).unwrap()
}

async fn a_template_is_kept_changed_and_deleted(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let id = state.service.create_offer_template(&ana, &template("Small")).await.unwrap();
    let kept = state.service.offer_template(&ana, id).await.unwrap();
    assert_eq!((kept.name.as_str(), kept.days.get(), kept.link_days.get(), kept.single_use), ("Small", 30, 14, true));
    assert_eq!((kept.message.as_deref(), kept.is_default), (Some("As agreed"), false));
    assert_eq!(problem(state.service.create_offer_template(&ana, &template("SMALL")).await).0, "name");
    let other = state.service.create_offer_template(&ana, &template("Large")).await.unwrap();
    let update =
        async |version, name: &str| state.service.update_offer_template(&ana, id, version, &template(name)).await;
    assert_eq!(problem(update(1, "large").await).0, "name");
    update(1, "Smallest").await.unwrap();
    assert!(changed(update(1, "Older form").await).contains("changed this template meanwhile"));
    let names = async || {
        let templates = state.service.offer_templates(&ana).await.unwrap();
        templates.into_iter().map(|template| template.name).collect::<Vec<_>>()
    };
    assert_eq!(names().await, ["Large", "Smallest"]);
    state.service.delete_offer_template(&ana, other).await.unwrap();
    not_found(state.service.delete_offer_template(&ana, other).await);
    assert_eq!(names().await, ["Smallest"]);
    assert_eq!(state.recorded(ana.company.id, |event| *event == Event::OfferTemplateSaved).await, 3);
    assert_eq!(state.recorded(ana.company.id, |event| *event == Event::OfferTemplateDeleted).await, 1);
    let problems = NewTemplate::parse("", &TermsForm::default()).unwrap_err().0;
    let fields: Vec<_> = problems.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(fields, ["name", "roles", "days", "link_days"]);
}

async fn one_is_the_default(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let first = state.service.create_offer_template(&ana, &template("First")).await.unwrap();
    let second = state.service.create_offer_template(&ana, &template("Second")).await.unwrap();
    let default = async || {
        let templates = state.service.offer_templates(&ana).await.unwrap();
        templates.into_iter().filter(|template| template.is_default).map(|template| template.id).collect::<Vec<_>>()
    };
    assert!(default().await.is_empty());
    for id in [first, second, second] {
        state.service.choose_default_template(&ana, Some(id)).await.unwrap();
        assert_eq!(default().await, [id]);
    }
    state.service.choose_default_template(&ana, None).await.unwrap();
    assert!(default().await.is_empty());
    state.service.choose_default_template(&ana, Some(first)).await.unwrap();
    state.service.delete_offer_template(&ana, first).await.unwrap();
    assert!(default().await.is_empty());
}

async fn who_may_keep_templates(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let pia = state.who("pia@tailspin.example").await;
    let id = state.service.create_offer_template(&ana, &template("Small")).await.unwrap();
    for who in [state.who("leo@fabrikam.example").await, state.who("mia@contoso.example").await] {
        refused(state.service.offer_templates(&who).await, Refusal::Forbidden);
        refused(state.service.offer_template(&who, id).await, Refusal::Forbidden);
        refused(state.service.create_offer_template(&who, &template("Mine")).await, Refusal::Forbidden);
        refused(state.service.update_offer_template(&who, id, 1, &template("Mine")).await, Refusal::Forbidden);
        refused(state.service.choose_default_template(&who, Some(id)).await, Refusal::Forbidden);
        refused(state.service.delete_offer_template(&who, id).await, Refusal::Forbidden);
    }
    for id in [id, TemplateId(state.unknown_id())] {
        not_found(state.service.offer_template(&pia, id).await);
        not_found(state.service.update_offer_template(&pia, id, 1, &template("Mine")).await);
        not_found(state.service.choose_default_template(&pia, Some(id)).await);
        not_found(state.service.delete_offer_template(&pia, id).await);
    }
    assert!(state.service.offer_templates(&pia).await.unwrap().is_empty());
}

async fn there_are_not_too_many(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    for number in 0..MOST_TEMPLATES {
        state.service.create_offer_template(&ana, &template(&format!("Template {number}"))).await.unwrap();
    }
    let (field, message) = problem(state.service.create_offer_template(&ana, &template("One more")).await);
    assert_eq!(field, "name");
    assert!(message.contains("50 templates"), "{message}");
}
