//! Offers for many companies at once.

use std::sync::Arc;

use mandate_domain::{BatchId, Event, OfferStatus, Refusal};
use mandate_service::{
    Principal,
    offer_bulk::{BatchForm, NewBatch},
    offers::TermsForm,
};
use tokio::task::JoinSet;

use crate::{
    outcome::{not_found, refused},
    state::State,
};

on_both_engines!(
    each_row_is_an_offer_for_its_company,
    sending_a_form_twice_makes_its_offers_once,
    names_are_made_to_be_free,
    nothing_is_made_of_a_list_with_errors,
    each_is_mailed_on_request,
    who_may_make_many,
    five_hundred_at_once,
);

fn batch(id: BatchId, list: &str, mail: bool) -> NewBatch {
    let roles = ["directory_reader".to_owned()];
    let terms = TermsForm { roles: &roles, days: "30", link_days: "14", uses: "", message: "" };
    let id = id.to_string();
    NewBatch::parse(&BatchForm { batch: &id, name: "Managed IT", terms, list, mail }).unwrap()
}

const TWO: &str =
    "Contoso,contoso.example,mia@contoso.example\nNorthwind Traders,nora@northwind.example,nora@mail.example";

async fn names(state: &State, who: &Principal, id: BatchId) -> Vec<String> {
    let (_, offers) = state.service.offer_batch(who, id).await.unwrap();
    offers.into_iter().map(|made| made.offer.name).collect()
}

async fn each_row_is_an_offer_for_its_company(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let (mia, nora) = (state.who("mia@contoso.example").await, state.who("nora@northwind.example").await);
    let id = state.service.new_batch(&ana).unwrap();
    assert_eq!(state.service.create_offers(&ana, &batch(id, TWO, false)).await.unwrap(), id);
    let (made, offers) = state.service.offer_batch(&ana, id).await.unwrap();
    assert_eq!((made.name.as_str(), offers.len()), ("Managed IT", 2));
    assert_eq!(names(&state, &ana, id).await, ["Managed IT – Contoso", "Managed IT – Northwind Traders"]);
    let token = |url: &Option<String>| url.as_ref().unwrap().rsplit('/').next().unwrap().to_owned();
    assert!(state.service.authorize(&mia, &token(&offers[1].url)).await.is_err());
    state.service.authorize(&mia, &token(&offers[0].url)).await.unwrap();
    state.service.authorize(&nora, &token(&offers[1].url)).await.unwrap();
    assert_eq!(state.recorded(ana.company.id, |event| *event == Event::OfferCreated).await, 2);
    assert!(state.mail().await.iter().all(|mail| !mail.subject.contains("asks to be")));
    let (_, offers) = state.service.offer_batch(&ana, id).await.unwrap();
    assert!(offers.iter().all(|made| made.status == OfferStatus::UsedUp && made.url.is_none()));
}

async fn sending_a_form_twice_makes_its_offers_once(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let id = state.service.new_batch(&ana).unwrap();
    let mut tasks = JoinSet::new();
    for _ in 0..5 {
        let (state, ana) = (Arc::clone(&state), ana.clone());
        tasks.spawn(async move { state.service.create_offers(&ana, &batch(id, TWO, true)).await.unwrap() });
    }
    assert_eq!(tasks.join_all().await, [id; 5]);
    assert_eq!(state.count("SELECT count(*) FROM offers").await, 2);
    assert_eq!(state.mail().await.len(), 2);
    let pia = state.who("pia@tailspin.example").await;
    not_found(state.service.create_offers(&pia, &batch(id, TWO, false)).await);
    not_found(state.service.offer_batch(&pia, id).await);
    not_found(state.service.offer_batch_file(&pia, id).await);
}

async fn names_are_made_to_be_free(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let list = "Contoso,contoso.example\nCONTOSO,contoso.test\nContoso,contoso.invalid";
    let mut made = Vec::new();
    for _ in 0..2 {
        let id = state.service.new_batch(&ana).unwrap();
        state.service.create_offers(&ana, &batch(id, list, false)).await.unwrap();
        made.extend(names(&state, &ana, id).await);
    }
    let expected = ["", " (2)", " (3)", " (4)", " (5)", " (6)"].map(|number| format!("managed it – contoso{number}"));
    assert_eq!(made.iter().map(|name| name.to_lowercase()).collect::<Vec<_>>(), expected);
}

async fn nothing_is_made_of_a_list_with_errors(state: Arc<State>) {
    let form = BatchForm { batch: "no id", list: "Contoso,nowhere\n,b.example", ..BatchForm::default() };
    let problems = NewBatch::parse(&form).unwrap_err();
    let fields: Vec<_> = problems.fields.0.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(fields, ["batch", "name", "roles", "days", "link_days"]);
    let rows: Vec<_> = problems.rows.iter().map(|problem| (problem.row, problem.column)).collect();
    assert_eq!(rows, [(1, "Domain or user name"), (2, "Company")]);
    assert_eq!(state.count("SELECT count(*) FROM offers").await, 0);
}

async fn each_is_mailed_on_request(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let id = state.service.new_batch(&ana).unwrap();
    state.service.create_offers(&ana, &batch(id, TWO, true)).await.unwrap();
    let mut to: Vec<_> = state.mail().await.into_iter().map(|mail| (mail.to_name, mail.to_address)).collect();
    to.sort();
    let expected = [("Contoso", "mia@contoso.example"), ("Northwind Traders", "nora@mail.example")];
    assert_eq!(to, expected.map(|(name, address)| (name.to_owned(), address.to_owned())));
    let file = String::from_utf8(state.service.offer_batch_file(&ana, id).await.unwrap()).unwrap();
    let rows: Vec<_> = file.lines().collect();
    assert_eq!(rows.len(), 3);
    assert!(
        rows[1].starts_with("Contoso,contoso.example,mia@contoso.example,Managed IT – Contoso,https://mandate.test/o/")
    );
}

async fn who_may_make_many(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let id = state.service.new_batch(&ana).unwrap();
    for who in [state.who("leo@fabrikam.example").await, state.who("mia@contoso.example").await] {
        refused(state.service.new_batch(&who), Refusal::Forbidden);
        refused(state.service.create_offers(&who, &batch(id, TWO, false)).await, Refusal::Forbidden);
        refused(state.service.offer_batch(&who, id).await, Refusal::Forbidden);
        refused(state.service.offer_batch_file(&who, id).await, Refusal::Forbidden);
    }
}

async fn five_hundred_at_once(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let rows: Vec<_> = (0..500).map(|i| format!("Company {i},c{i}.example,c{i}@mail.example")).collect();
    let list = rows.join("\n");
    let id = state.service.new_batch(&ana).unwrap();
    state.service.create_offers(&ana, &batch(id, &list, true)).await.unwrap();
    let made = names(&state, &ana, id).await;
    assert_eq!((made.len(), made[499].as_str()), (500, "Managed IT – Company 499"));
    assert_eq!(state.mail().await.len(), 500);
}
