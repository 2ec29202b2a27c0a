//! Lists at a small and at a large size.

use std::time::Duration;

use anyhow::{Context, Result};
use mandate_service::{
    overview::{OfferList, OfferSort},
    page::PageRequest,
    users::Sort,
};

use super::Bench;
use crate::{
    client::Ask,
    load,
    report::milliseconds,
    server::Server,
    world::{PARTNER, World},
};

const SMALL: u32 = 1_000;

/// The median of each page: over HTTP, and of its queries alone.
struct Times {
    pages: Vec<(&'static str, Duration, Duration)>,
}

fn first_page() -> PageRequest {
    PageRequest { cursor: mandate_service::page::Cursor::First, size: 50, descending: false }
}

fn offers() -> OfferList {
    OfferList { status: None, sort: OfferSort::Made, page: first_page() }
}

/// Words that find few: a user by the user name, a company by its domain, and by its name, whose words are each common.
async fn times(bench: &mut Bench<'_>, world: &World) -> Result<Times> {
    let (partner_cookie, partner) = world.sign_in(PARTNER).await?;
    let (customer_cookie, customer) = world.sign_in(&world.largest().await?).await?;
    let company = customer.company.id;
    let found = world.service.users(&customer, company, Sort::Name, "", &first_page()).await?;
    let somebody = found.users.rows.last().context("the first customer has users")?;
    let user_words = somebody.user_name.split('@').next().unwrap_or_default().to_owned();
    let found = world.service.overview(&partner, "", &first_page(), &offers()).await?;
    let last = found.customers.rows.last().context("the partner has customers")?;
    let domain = last.domain.as_deref().and_then(|domain| domain.split('.').next());
    let (domain, name) = (domain.context("a customer has a domain")?.to_owned(), last.name.clone());

    let server = Server::start(&bench.run.program, world).await?;
    let time = bench.time() / 2;
    let mut pages = Vec::new();
    let by_name = name.replace(' ', "+");
    for (what, path, words, cookie) in [
        ("Partner overview", "/partner".to_owned(), "", &partner_cookie),
        ("search for a customer by domain", format!("/partner?q={domain}"), domain.as_str(), &partner_cookie),
        ("search for a customer by name", format!("/partner?q={by_name}"), name.as_str(), &partner_cookie),
        ("Users", "/users".to_owned(), "", &customer_cookie),
        ("search for a user", format!("/users?q={user_words}"), user_words.as_str(), &customer_cookie),
    ] {
        let of_partner = path.starts_with("/partner");
        let http = load::repeat(server.address, 1, time, Ask::get(path, cookie.clone())).await?;
        let service = &world.service;
        let alone = load::in_process(time, async || {
            if of_partner {
                drop(service.overview(&partner, words, &first_page(), &offers()).await?);
            } else {
                drop(service.users(&customer, company, Sort::Name, words, &first_page()).await?);
            }
            Ok(())
        })
        .await?;
        pages.push((what, http.p50(), alone.p50()));
    }
    server.stop().await?;
    Ok(Times { pages })
}

pub async fn measure(bench: &mut Bench<'_>) -> Result<()> {
    let world = World::sqlite(&bench.fresh("small")?).await?.seeded(SMALL, SMALL).await?;
    let small = times(bench, &world).await?;
    let large_folder = std::path::absolute(bench.run.folder.join("large"))?;
    let began = std::time::Instant::now();
    let world = World::sqlite(&large_folder).await?.seeded(bench.run.companies, bench.run.users).await?;
    bench.report.say(&format!("  the large database was there after {} s", began.elapsed().as_secs()));
    let large = times(bench, &world).await?;
    for ((name, small, small_alone), (_, large, large_alone)) in small.pages.iter().zip(&large.pages) {
        let (of, size) = match *name {
            "Users" | "search for a user" => ("users", bench.run.users),
            _ => ("customers", bench.run.companies),
        };
        let what = format!("{name}, p50 with {size} {of}");
        let with = format!("with {SMALL}");
        bench.report.at_most_times(&what, *large, (&with, *small), 1.5);
        bench.report.at_most_times(
            &format!("{name}, p50 against its queries alone"),
            *large,
            ("queries alone", *large_alone),
            0.0,
        );
        bench.report.say(&format!("  queries alone {} with {SMALL}", milliseconds(*small_alone)));
    }
    Ok(())
}
