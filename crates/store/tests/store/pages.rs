use chrono::{DateTime, Utc};
use mandate_domain::{CompanyId, GrantId, GrantState, OfferStatus, search_terms, sort_key};
use mandate_store::{
    Conn, StoreError, grants,
    offers::{self, Offer},
    page::{Cursor, Page, PageRequest},
    search::{self, Filter, Kind},
    transaction,
    users::{self, Sort, User},
};
use uuid::Uuid;

use crate::{
    engines::{Store, on_both_engines},
    world::{self, account, add, at, granted, user},
};

on_both_engines!(
    users_in_each_order_and_search,
    users_while_others_are_added,
    a_search_stays_in_its_company,
    customers_by_their_end,
    customers_while_grants_end,
    offers_in_each_order_and_of_each_status,
);

/// What a row is placed by.
type Key = (String, Uuid);

enum List {
    Users(Sort, Filter),
    Customers(Filter),
    Offers(Option<OfferStatus>, offers::Sort),
}

impl List {
    async fn page(&self, conn: &mut Conn, company: CompanyId, request: &PageRequest) -> Page<Key> {
        match self {
            Self::Users(sort, filter) => {
                users::list(conn, company, *sort, filter, request).await.unwrap().map(|user| key(*sort, &user))
            }
            Self::Customers(filter) => grants::customers(conn, company, filter, request, at(20))
                .await
                .unwrap()
                .map(|customer| ends(customer.grant.ends_at, customer.grant.id)),
            Self::Offers(status, sort) => offers::list(conn, company, *status, *sort, request, at(20))
                .await
                .unwrap()
                .map(|row| placed(*sort, &row.offer)),
        }
    }
}

fn key(sort: Sort, user: &User) -> Key {
    let key = match sort {
        Sort::Name => &user.sort_key,
        Sort::UserName => &user.user_name,
    };
    (key.clone(), user.id.0)
}

fn placed(sort: offers::Sort, offer: &Offer) -> Key {
    let key = match sort {
        offers::Sort::Made => String::new(),
        offers::Sort::Name => sort_key(&offer.name),
        offers::Sort::LinkEnd => offer.link_ends_at.to_rfc3339(),
    };
    (key, offer.id.0)
}

fn ends(at: DateTime<Utc>, grant: GrantId) -> Key {
    (at.to_rfc3339(), grant.0)
}

pub fn request(cursor: Cursor, descending: bool) -> PageRequest {
    PageRequest { cursor, size: 3, descending }
}

fn after((key, id): &Key) -> Cursor {
    Cursor::After(key.clone(), *id)
}

fn before((key, id): &Key) -> Cursor {
    Cursor::Before(key.clone(), *id)
}

/// Turns the pages of a list to its end and back, and finds exactly the rows expected, either way.
async fn turn(conn: &mut Conn, company: CompanyId, list: &List, mut expected: Vec<Key>) {
    expected.sort();
    for descending in [false, true] {
        let rows = expected.len();
        for size in [1, 3, 100] {
            let mut seen = 0;
            let mut request = PageRequest { size, ..request(Cursor::First, descending) };
            loop {
                let page = list.page(conn, company, &request).await;
                let next = rows.min(seen + usize::from(size));
                assert_eq!(page.rows, expected[seen..next], "descending: {descending}, pages of {size}");
                assert_eq!((page.has_previous, page.has_next), (seen > 0, next < rows));
                seen = next;
                match page.rows.last() {
                    Some(end) if page.has_next => request.cursor = after(end),
                    _ => break,
                }
            }
            let Some(end) = expected.last() else { continue };
            seen = rows - 1;
            request.cursor = before(end);
            while seen > 0 {
                let page = list.page(conn, company, &request).await;
                let begin = seen.saturating_sub(usize::from(size));
                assert_eq!(page.rows, expected[begin..seen], "descending: {descending}, back by {size}");
                assert_eq!((page.has_previous, page.has_next), (begin > 0, true));
                seen = begin;
                request.cursor = before(&page.rows[0]);
            }
        }
        expected.reverse();
    }
}

/// Whether each word begins a word of the name.
fn finds(words: &str, name: &str) -> bool {
    let terms = search_terms(name);
    search_terms(words).iter().all(|word| terms.iter().any(|term| term.starts_with(word)))
}

/// Names that tie, that a language would put elsewhere, and whose order by UTF-16 is not that of their bytes.
const NAMES: [&str; 24] = [
    "Ana María López",
    "ana maría lópez",
    "ANA MARÍA LÓPEZ",
    "Ana Maria Lopez",
    "Ana",
    "ana",
    "Ánna",
    "Anna-Lena Müller",
    "anna lena mueller",
    "Anna_Lena",
    "Zoë",
    "zoe",
    "Zo",
    "Øystein",
    "Łukasz",
    "İlker",
    "Straße",
    "STRASSE",
    "Ωμέγα",
    "Юлия",
    "李雷",
    "ﬀ",
    "𝒜lice",
    "😀 Ana",
];

async fn users_in_each_order_and_search(store: Store) {
    let (company, mut people) = transaction!(store.db, StoreError, |conn| {
        let account = account(conn, "Contoso").await?;
        let mut people = Vec::new();
        for name in NAMES {
            let person = user(account.id, &account.domain, name);
            add(conn, &person).await?;
            people.push(person);
        }
        Ok((account.id, people))
    })
    .unwrap();
    let mut conn = store.db.read().await.unwrap();
    people.extend(users::global_administrators(&mut conn, company, 10).await.unwrap());
    assert_eq!(people.len(), NAMES.len() + 1);
    for words in
        ["", "an", "ana", "ana maría", "lópez ana maría", "an le mü", "ZO", "zoë", "stra", "юл", "李", "nobody"]
    {
        for sort in [Sort::Name, Sort::UserName] {
            let found = people.iter().filter(|person| finds(words, &person.display_name));
            let expected: Vec<_> = found.map(|person| key(sort, person)).collect();
            for few in [false, true] {
                let filter = Filter::new(Kind::User, words).of_few(few);
                turn(&mut conn, company, &List::Users(sort, filter), expected.clone()).await;
            }
        }
    }
    assert_eq!(users::count(&mut conn, company, 10).await.unwrap(), 10);
    assert_eq!(users::count(&mut conn, company, 100).await.unwrap(), 25);
}

/// Between two pages come rows before, at and behind the place where the first page ended.
async fn users_while_others_are_added(store: Store) {
    let (account, people) = transaction!(store.db, StoreError, |conn| {
        let account = account(conn, "Contoso").await?;
        let mut people = Vec::new();
        for index in 0..20 {
            let person = user(account.id, &account.domain, &format!("Name {:02}", index / 2));
            add(conn, &person).await?;
            people.push(key(Sort::Name, &person));
        }
        Ok((account, people))
    })
    .unwrap();
    let list = List::Users(Sort::Name, Filter::new(Kind::User, "name"));
    let mut conn = store.db.read().await.unwrap();
    for backward in [false, true] {
        let step = if backward { before } else { after };
        let start = if backward { ("z".to_owned(), Uuid::max()) } else { (String::new(), Uuid::nil()) };
        let mut request = request(step(&start), false);
        let mut seen = Vec::new();
        loop {
            let mut page = list.page(&mut conn, account.id, &request).await;
            if backward {
                page.rows.reverse();
            }
            let Some(end) = page.rows.last() else { break };
            request.cursor = step(end);
            // Not without end, or a list that grows where it is read never ends.
            if seen.len() < 30 {
                transaction!(store.db, StoreError, |conn| {
                    for name in ["Name", &end.0, "Name 99"] {
                        add(conn, &user(account.id, &account.domain, name)).await?;
                    }
                    Ok(())
                })
                .unwrap();
            }
            seen.append(&mut page.rows);
        }
        let mut once = seen.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), seen.len(), "a row came twice");
        let ordered = if backward { seen.iter().rev().is_sorted() } else { seen.is_sorted() };
        assert!(ordered);
        assert!(people.iter().all(|person| once.binary_search(person).is_ok()), "a row was lost");
    }
}

async fn a_search_stays_in_its_company(store: Store) {
    let (here, there, mia) = transaction!(store.db, StoreError, |conn| {
        let here = account(conn, "Contoso").await?;
        let there = account(conn, "Northwind").await?;
        let mia = user(here.id, &here.domain, "Mia");
        add(conn, &mia).await?;
        Ok((here.id, there.id, mia))
    })
    .unwrap();
    let mut conn = store.db.read().await.unwrap();
    let by = |words: &str| List::Users(Sort::Name, Filter::new(Kind::User, words).of_few(true));
    turn(&mut conn, here, &by("mi"), vec![key(Sort::Name, &mia)]).await;
    turn(&mut conn, there, &by("mi"), vec![]).await;
    // Under another kind, the same word finds nothing.
    turn(&mut conn, here, &List::Users(Sort::Name, Filter::new(Kind::Customer, "mi")), vec![]).await;

    // Another name is found by its own words alone.
    transaction!(store.db, StoreError, |conn| {
        search::index(conn, here, Kind::User, mia.id.0, &search_terms("Maria Maria")).await
    })
    .unwrap();
    turn(&mut conn, here, &by("mi"), vec![]).await;
    turn(&mut conn, here, &by("mar"), vec![key(Sort::Name, &mia)]).await;
    transaction!(store.db, StoreError, |conn| { search::remove(conn, here, Kind::User, mia.id.0).await }).unwrap();
    turn(&mut conn, here, &by("mar"), vec![]).await;
}

async fn customers_by_their_end(store: Store) {
    let (partner, other, grants) = transaction!(store.db, StoreError, |conn| {
        let partner = account(conn, "Fabrikam").await?;
        let other = account(conn, "Adventure").await?;
        let mut kept = Vec::new();
        for (index, name) in NAMES.into_iter().enumerate() {
            let customer = account(conn, name).await?;
            let mut grant = world::authorized(conn, &partner, &customer).await?;
            // Some end at the same moment, and some at fractions of a second that are written shorter.
            let tenths = i64::try_from(index / 3).unwrap() * 100_000;
            grant.ends_at = at(100) + chrono::TimeDelta::microseconds(tenths - 123_456);
            grants::insert(conn, &grant).await?;
            search::index(conn, partner.id, Kind::Customer, customer.id.0, &search_terms(name)).await?;
            kept.push((name, grant));
        }
        // What another partner holds, what has ended and what is past its end are in no page.
        let customer = account(conn, "Ana").await?;
        granted(conn, &other, &customer).await?;
        search::index(conn, partner.id, Kind::Customer, customer.id.0, &search_terms("Ana")).await?;
        let mut past = world::authorized(conn, &partner, &customer).await?;
        past.ends_at = at(20);
        grants::insert(conn, &past).await?;
        let customer = account(conn, "Ana").await?;
        let ended = granted(conn, &partner, &customer).await?;
        grants::end(conn, ended.id, GrantState::Removed, at(15), None).await?;
        Ok((partner.id, other.id, kept))
    })
    .unwrap();
    let mut conn = store.db.read().await.unwrap();
    for words in ["", "ana", "ana maría", "ana maría lópez", "nobody"] {
        let found = grants.iter().filter(|(name, _)| finds(words, name));
        // Text of moments that were written with as many digits as they need still sorts by time.
        let expected: Vec<_> = found.map(|(_, grant)| ends(grant.ends_at, grant.id)).collect();
        for few in [false, true] {
            let filter = Filter::new(Kind::Customer, words).of_few(few);
            turn(&mut conn, partner, &List::Customers(filter), expected.clone()).await;
        }
    }
    assert_eq!(grants::count_customers(&mut conn, partner, at(20), at(100), 100).await.unwrap(), (24, 6));
    assert_eq!(grants::count_customers(&mut conn, other, at(20), at(100), 100).await.unwrap(), (1, 0));
}

async fn customers_while_grants_end(store: Store) {
    let (partner, mut expected) = transaction!(store.db, StoreError, |conn| {
        let partner = account(conn, "Fabrikam").await?;
        let mut expected = Vec::new();
        for _ in 0..8 {
            let customer = account(conn, "Contoso").await?;
            let grant = granted(conn, &partner, &customer).await?;
            expected.push((grant.id, ends(grant.ends_at, grant.id)));
        }
        Ok((partner.id, expected))
    })
    .unwrap();
    let list = List::Customers(Filter::new(Kind::Customer, ""));
    let mut conn = store.db.read().await.unwrap();
    let first = list.page(&mut conn, partner, &request(Cursor::First, false)).await;
    // The row at which the page ended goes: the next page begins where it stood.
    transaction!(store.db, StoreError, |conn| {
        grants::end(conn, expected[2].0, GrantState::Removed, at(20), None).await
    })
    .unwrap();
    let second = list.page(&mut conn, partner, &request(after(&first.rows[2]), false)).await;
    let keys: Vec<Key> = expected.drain(..).map(|(_, key)| key).collect();
    assert_eq!(second.rows, keys[3..6]);
    let back = list.page(&mut conn, partner, &request(before(&second.rows[0]), false)).await;
    assert_eq!(back.rows, keys[..2]);
}

async fn offers_in_each_order_and_of_each_status(store: Store) {
    let (partner, kept) = transaction!(store.db, StoreError, |conn| {
        let partner = account(conn, "Fabrikam").await?;
        let other = account(conn, "Adventure").await?;
        let mut kept = Vec::new();
        for (index, name) in NAMES.into_iter().enumerate() {
            let seconds = i64::try_from(index).unwrap();
            // Links end in pairs, some of them before now, and names sort otherwise than they were made.
            let end = at(seconds / 2 * 4);
            let name = format!("{name} {index}");
            let offer = Offer { single_use: index % 3 > 0, link_ends_at: end, ..world::new_offer(&partner, &name) };
            assert!(offers::insert(conn, &offer, &sort_key(&name)).await?);
            match index % 4 {
                1 => drop(offers::use_up(conn, offer.id).await?),
                2 => offers::declined(conn, offer.id).await?,
                3 => drop(offers::withdraw(conn, partner.id, offer.id, at(1)).await?),
                _ => {}
            }
            kept.push(offers::by_token(conn, offer.id).await?.unwrap());
            world::offer(conn, &other, &name).await?;
        }
        Ok((partner.id, kept))
    })
    .unwrap();
    let mut conn = store.db.read().await.unwrap();
    for status in OfferStatus::ALL.map(Some).into_iter().chain([None]) {
        let found = || kept.iter().filter(|offer| status.is_none_or(|status| offer.status(at(20)) == status));
        assert!(found().count() > 0, "{status:?}");
        for sort in offers::Sort::ALL {
            let expected = found().map(|offer| placed(sort, offer)).collect();
            turn(&mut conn, partner, &List::Offers(status, sort), expected).await;
        }
    }
    assert_eq!(offers::count(&mut conn, partner, 100).await.unwrap(), 24);
}
