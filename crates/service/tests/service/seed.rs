//! A database that is filled for measuring.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use mandate_service::{
    overview::{OfferList, OfferSort},
    page::PageRequest,
    seed::Seed,
    users::Sort,
};
use mandate_store::{Db, page::Cursor};
use sqlx::AssertSqlSafe;

use crate::{
    outcome::changed,
    state::{PASSWORD, State},
};

on_both_engines!(
    one_partner_has_many_customers_and_one_of_them_many_users,
    the_same_seed_makes_the_same,
    a_database_with_companies_is_refused,
);

const FEW: Seed = Seed { companies: 60, users: 700, seed: 7 };

/// A server on an empty database, beside the one of a test.
async fn empty(state: &State) -> State {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let name = format!("empty{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let url = match &state.db {
        Db::Sqlite { .. } => format!("{}.{name}", state.url),
        Db::Postgres(pool) => {
            sqlx::query(AssertSqlSafe(format!("CREATE SCHEMA {name}"))).execute(pool).await.unwrap();
            format!("{}?options[search_path]={name}", state.url)
        }
    };
    State::beside(&url, 1).await
}

fn page() -> PageRequest {
    PageRequest { cursor: Cursor::First, size: 50, descending: false }
}

fn offers() -> OfferList {
    OfferList { status: None, sort: OfferSort::Made, page: page() }
}

async fn one_partner_has_many_customers_and_one_of_them_many_users(state: Arc<State>) {
    let state = empty(&state).await;
    let told = Mutex::new(Vec::new());
    let made = state.service.seed(FEW, PASSWORD, |number| told.lock().unwrap().push(number)).await.unwrap();
    assert_eq!(told.into_inner().unwrap(), [60, 760]);

    let partner = state.who(&made.partner_administrator).await;
    let overview = state.service.overview(&partner, "", &page(), &offers()).await.unwrap();
    assert_eq!((overview.customer_count, overview.offers.rows.len()), (60, 1));
    let customer = overview.customers.rows[0].clone();
    let found = state.service.overview(&partner, &customer.name, &page(), &offers()).await.unwrap();
    assert!(found.customers.rows.iter().any(|row| row.grant.id == customer.grant.id), "found by its name");
    let there = state.service.users(&partner, customer.grant.customer_id, Sort::Name, "", &page()).await.unwrap();
    assert!([1, 701].contains(&there.count), "each customer has an administrator");
    assert_eq!(state.record(partner.company.id).await.len(), 60);

    let administrator = state.who(&made.customer_administrator).await;
    let users = state.service.users(&administrator, administrator.company.id, Sort::Name, "", &page()).await.unwrap();
    assert_eq!(users.count, 701);
    let somebody = users.users.rows[0].clone();
    let found = state
        .service
        .users(&administrator, administrator.company.id, Sort::Name, &somebody.display_name, &page())
        .await;
    assert!(found.unwrap().users.rows.iter().any(|user| user.id == somebody.id));
}

async fn the_same_seed_makes_the_same(state: Arc<State>) {
    let mut all = Vec::new();
    for seed in [7, 7, 8] {
        let state = empty(&state).await;
        let made = state.service.seed(Seed { seed, ..FEW }, PASSWORD, |_| {}).await.unwrap();
        let administrator = state.who(&made.customer_administrator).await;
        let users =
            state.service.users(&administrator, administrator.company.id, Sort::Name, "", &page()).await.unwrap();
        let ids: Vec<_> = users.users.rows.into_iter().map(|user| (user.id, user.user_name)).collect();
        all.push((administrator.company.name, ids));
    }
    assert_eq!(all[0], all[1]);
    assert_ne!(all[0], all[2]);
}

async fn a_database_with_companies_is_refused(state: Arc<State>) {
    let refused = state.service.seed(FEW, PASSWORD, |_| {}).await;
    assert!(changed(refused).contains("holds companies already"));
}
