use std::{fs, path::Path};

use mandate_domain::{CompanyId, OfferStatus, SubscriptionId};
use mandate_store::{
    Conn, activity, grants, licenses, offers, orders, page::Cursor, search, subscriptions, users, watch,
};
use sqlx::{AssertSqlSafe, Executor, SqlSafeStr};
use uuid::Uuid;

use crate::{
    engines::{Store, on_both_engines},
    pages::request,
    world::at,
};

on_both_engines!(every_statement_prepares, every_list_runs);

/// The text of a literal that begins before `source`, and what follows it.
fn literal(source: &str) -> (String, &str) {
    let mut text = String::new();
    let mut chars = source.char_indices();
    while let Some((index, c)) = chars.next() {
        match c {
            '"' => return (text, &source[index + 1..]),
            '\\' => text.extend(chars.next().map(|(_, escaped)| escaped)),
            c => text.push(c),
        }
    }
    (text, "")
}

fn statements(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = source;
    while let Some((_, after)) = rest.split_once('"') {
        let (text, after) = literal(after);
        rest = after;
        let begins = ["SELECT ", "INSERT ", "UPDATE ", "DELETE "].iter().any(|verb| text.starts_with(verb));
        // What is put together from pieces is run by the test below, and what is followed by many rows where it is used.
        if begins && !text.contains('{') && !text.ends_with(' ') {
            found.push(text);
        }
    }
    found
}

/// Statements in the sources of the store, and at least how many there must be: one for each call that runs one,
/// but for those whose text a function makes.
fn statements_of_store() -> (Vec<String>, usize) {
    let mut found = Vec::new();
    let mut calls = 0;
    for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap() {
        let source = fs::read_to_string(file.unwrap().path()).unwrap();
        let runs = |call: &str| source.matches(call).count();
        let made = runs("AssertSqlSafe(sql.clone())");
        calls += ["execute!(", "fetch_optional!(", "fetch_one!(", "fetch_all!("].map(runs).iter().sum::<usize>() - made;
        // A comment can hold a lone quotation mark.
        let code: Vec<&str> = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        found.extend(statements(&code.join("\n")));
    }
    (found, calls)
}

async fn every_statement_prepares(store: Store) {
    let (statements, calls) = statements_of_store();
    assert!(calls > 50, "only {calls} calls found: the scan no longer reads the sources");
    assert!(statements.len() >= calls, "{} statements found for {calls} calls", statements.len());
    let mut conn = store.db.begin().await.unwrap();
    for statement in statements {
        let sql = AssertSqlSafe(statement.clone()).into_sql_str();
        let prepared = match &mut conn {
            Conn::SqliteTransaction(conn) => conn.prepare(sql).await.map(drop),
            Conn::PostgresTransaction(conn) => conn.prepare(sql).await.map(drop),
            Conn::Sqlite(_) | Conn::Postgres(_) => unreachable!("a transaction was begun"),
        };
        assert!(prepared.is_ok(), "{}\n{statement}", prepared.unwrap_err());
    }
}

async fn every_list_runs(store: Store) {
    let mut conn = store.db.read().await.unwrap();
    let company = CompanyId(Uuid::nil());
    let key = || (at(0).to_rfc3339(), Uuid::nil());
    let cursors = [Cursor::First, Cursor::After(key().0, key().1), Cursor::Before(key().0, key().1)];
    for cursor in cursors {
        for descending in [false, true] {
            let request = request(cursor.clone(), descending);
            for status in OfferStatus::ALL.map(Some).into_iter().chain([None]) {
                for sort in offers::Sort::ALL {
                    offers::list(&mut conn, company, status, sort, &request, at(0)).await.unwrap();
                }
            }
            let subscription = SubscriptionId(Uuid::nil());
            licenses::holders(&mut conn, company, subscription, &request).await.unwrap();
            orders::list_for_partner(&mut conn, company, &request).await.unwrap();
            subscriptions::list(&mut conn, company, &request).await.unwrap();
            subscriptions::list_for_partner(&mut conn, company, &request).await.unwrap();
            for words in ["", "ana", "ana maria", "ana maria lópez"] {
                search::Filter::planned(&mut conn, company, search::Kind::User, words).await.unwrap();
                for few in [false, true] {
                    let customers = search::Filter::new(search::Kind::Customer, words).of_few(few);
                    grants::customers(&mut conn, company, &customers, &request, at(0)).await.unwrap();
                    let people = search::Filter::new(search::Kind::User, words).of_few(few);
                    for sort in [users::Sort::Name, users::Sort::UserName] {
                        users::list(&mut conn, company, sort, &people, &request).await.unwrap();
                    }
                }
            }
        }
    }
    for number in [1, 3, 64, 2_500] {
        watch::activity_seqs(&mut conn, &vec![company; number]).await.unwrap();
        watch::live_sessions(&mut conn, &vec![[1; 32]; number], at(0), at(0)).await.unwrap();
    }
    for before in [None, Some(5)] {
        for partner in [None, Some(company)] {
            activity::list(&mut conn, company, before, partner, 10).await.unwrap();
        }
    }
}
