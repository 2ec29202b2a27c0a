use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{hooks::use_query_map, params::ParamsMap};
use mandate_domain::{ContentKind, OfferStatus, Role};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    api::{
        Refused,
        overview::{CustomerView, OfferRowView, Overview, OverviewQuery, load_overview},
    },
    components::{
        form::{FieldError, described, posted_refusal, typed_or},
        icon::{Glyph, Icon},
        live::followed,
        loaded::{load, loaded},
        pager::Pager,
        search::Search,
        status::{Status, Tone},
    },
    format::{date, in_days, number},
};

/// A partner's customers and offers. Searching and turning pages are links and a form, so they need no scripts.
#[component]
pub fn OverviewPage() -> impl IntoView {
    let address = use_query_map();
    let query = Memo::new(move |_| address.with(query));
    loaded(load(move || query.get(), load_overview), move |page| {
        let may_manage = page.may_manage_offers;
        let search = page.query.search.clone();
        let refused = posted_refusal(page.find.as_ref());
        // Told once, and not again.
        let keep = |before: &Overview, now: &mut Overview| now.find.clone_from(&before.find);
        let page =
            followed(page, move || load_overview(query.get_untracked()), keep, "The partner overview has changed");
        view! {
            <Title text="Partner overview"/>
            <main class="page" id="main">
                <div class="page-head">
                    <h1>"Partner overview"</h1>
                    {may_manage
                        .then(|| {
                            view! {
                                <a class="btn primary" href="/partner/offers/new">
                                    <Icon glyph=Glyph::Plus/>
                                    "Send delegated administration offers"
                                </a>
                            }
                        })}
                </div>
                <Sales may_manage/>
                {move || page.with(|page| view! { <EndingSoon number=page.ending_soon may_manage/> })}
                {move || page.with(|page| (!page.may_act && page.customer_count > 0).then(|| view! { <MayNotAct/> }))}
                <Customers page search/>
                <Offers page refused/>
            </main>
        }
    })
}

/// The ways to what is sold.
#[component]
fn Sales(may_manage: bool) -> impl IntoView {
    let create = may_manage.then(|| {
        view! {
            <li>
                <a href="/partner/trials/new">"Create a trial invitation"</a>
            </li>
            <li>
                <a href="/partner/purchases/new">"Create a purchase offer"</a>
            </li>
        }
    });
    view! {
        <nav class="sales-links" aria-label="Trials and purchases">
            <ul>
                {create}
                <li>
                    <a href="/partner/subscriptions">"Subscriptions and orders"</a>
                </li>
            </ul>
        </nav>
    }
}

#[component]
fn EndingSoon(number: i64, may_manage: bool) -> impl IntoView {
    (number > 0).then(|| {
        let whose = if number == 1 { "one customer".to_owned() } else { format!("{} customers", counted(number)) };
        let link = view! { <a href="/partner/offers/new">"Send a new offer"</a> };
        view! {
            <div class="note warn">
                <Icon glyph=Glyph::Clock/>
                <p>
                    <strong>{format!("Access to {whose} ends within 30 days.")}</strong>
                    " It does not renew by itself. "
                    {may_manage.then_some(link)}
                </p>
            </div>
        }
    })
}

#[component]
fn MayNotAct() -> impl IntoView {
    view! {
        <div class="note">
            <Icon glyph=Glyph::Info/>
            <p>
                <strong>"You may not act in customers’ accounts."</strong>
                " A global administrator of your company can change that, under Users, in the Settings of your account."
            </p>
        </div>
    }
}

#[component]
fn Customers(page: Signal<Overview>, search: String) -> impl IntoView {
    let count = Memo::new(move |_| page.with(|page| page.customer_count));
    view! {
        <section class="section" aria-labelledby="customers-h">
            <div class="bar">
                <h2 id="customers-h">"Customers " <small>{move || counted(count.get())}</small></h2>
                <Search label="Search customers" placeholder="Name or domain" action="/partner" value=search/>
            </div>
            {move || customer_list(page.get())}
        </section>
    }
}

fn customer_list(page: Overview) -> AnyView {
    let Overview { query, customers, customer_cursors, customer_count, may_act, .. } = page;
    let search = query.search.trim().to_owned();
    let to = |after: Option<String>, before: Option<String>| {
        let (after, before) = (after.unwrap_or_default(), before.unwrap_or_default());
        path(&OverviewQuery { after, before, ..query.clone() })
    };
    let first_page = to(None, None);
    let previous = customer_cursors.previous.map(|before| to(None, Some(before)));
    let next = customer_cursors.next.map(|after| to(Some(after), None));
    if !customers.is_empty() {
        view! {
            <CustomerTable customers may_act/>
            <Pager label="Pages of customers" order="Soonest end first" previous next/>
        }
        .into_any()
    } else if customer_count == 0 {
        view! { <NoCustomers has_offers={page.offer_count > 0} may_manage=page.may_manage_offers/> }.into_any()
    } else if search.is_empty() {
        view! { <NothingMore first_page/> }.into_any()
    } else {
        view! {
            <p class="no-hits" role="status">
                {format!("No customer matches “{search}”. ")} <a href="/partner">"Clear search"</a>
            </p>
        }
        .into_any()
    }
}

#[component]
fn CustomerTable(customers: Vec<CustomerView>, may_act: bool) -> impl IntoView {
    let row = move |customer: CustomerView| {
        let ends = if customer.ends_soon {
            let text = format!("{}, {}", date(customer.ends_at), in_days(customer.days_left));
            view! { <Status tone=Tone::Warn text/> }.into_any()
        } else {
            date(customer.ends_at).into_any()
        };
        let name = if may_act {
            let href = format!("/customers/{}/users", customer.company_id);
            view! {
                <a class="name" href=href>
                    {customer.name}
                </a>
            }
            .into_any()
        } else {
            customer.name.into_any()
        };
        let last_used = match customer.last_used_at {
            Some(time) => date(time).into_any(),
            None => view! { <span class="muted">"Never"</span> }.into_any(),
        };
        view! {
            <tr role="row">
                <td role="cell">{name} <span class="sub">{customer.domain}</span></td>
                <td role="cell">
                    <RoleNames roles=customer.roles/>
                </td>
                <td role="cell" data-label="Last used">
                    {last_used}
                </td>
                <td role="cell" class="date top-end">
                    {ends}
                </td>
            </tr>
        }
    };
    view! {
        <table role="table" class="table stack" aria-label="Customers">
            <thead role="rowgroup">
                <tr role="row">
                    <th role="columnheader" scope="col">
                        "Customer"
                    </th>
                    <th role="columnheader" scope="col">
                        "Roles"
                    </th>
                    <th role="columnheader" scope="col">
                        "Last used"
                    </th>
                    <th role="columnheader" scope="col" aria-sort="ascending">
                        "Ends"
                    </th>
                </tr>
            </thead>
            // Where rows come and go, the focus stays on its own.
            <tbody role="rowgroup">
                <For each=move || customers.clone() key=CustomerView::clone children=row/>
            </tbody>
        </table>
    }
}

/// The furthest-reaching role by name; there are at most four.
#[component]
fn RoleNames(roles: Vec<Role>) -> impl IntoView {
    let more = roles.len().saturating_sub(1);
    view! {
        {roles.last().map(|role| role.name())}
        {(more > 0)
            .then(|| view! { <span class="muted nowrap">{format!(" and {more} more")}</span> })}
    }
}

#[component]
fn NoCustomers(has_offers: bool, may_manage: bool) -> impl IntoView {
    let text = match (has_offers, may_manage) {
        (true, _) => "As soon as a customer authorizes an offer, they stand here and you can start.",
        (false, true) => "Send an offer. As soon as a customer authorizes it, they stand here and you can start.",
        (false, false) => {
            "First an offer has to be sent. A global administrator of your company can do that, or a person with full administration."
        }
    };
    view! {
        <div class="empty">
            <h3>"No customers yet"</h3>
            <p>{text}</p>
            {(!has_offers && may_manage)
                .then(|| {
                    view! {
                        <a class="btn" href="/partner/offers/new">
                            <Icon glyph=Glyph::Plus/>
                            "Send the first offer"
                        </a>
                    }
                })}
        </div>
    }
}

#[component]
fn Offers(page: Signal<Overview>, refused: Signal<Option<Refused>>) -> impl IntoView {
    let count = Memo::new(move |_| page.with(|page| page.offer_count));
    let any = Memo::new(move |_| count.get() > 0);
    let may_find = Memo::new(move |_| any.get() && page.with(|page| page.may_manage_offers));
    view! {
        <section class="section" aria-labelledby="offers-h">
            <div class="bar">
                <h2 id="offers-h">"Offers " <small>{move || counted(count.get())}</small></h2>
                {move || {
                    any.get()
                        .then(|| {
                            let href = page.with_untracked(|page| file(&page.query));
                            view! { <a class="btn small" href=href rel="external" download>"Download CSV"</a> }
                        })
                }}
            </div>
            {move || may_find.get().then(|| view! { <FindOffer refused/> })}
            {move || {
                any.get().then(|| view! { <OfferChoices query=page.with_untracked(|page| page.query.clone())/> })
            }}
            {move || offer_list(page.get())}
        </section>
    }
}

/// By the short reference of a trial invitation or a purchase offer.
#[component]
fn FindOffer(refused: Signal<Option<Refused>>) -> impl IntoView {
    let (invalid, by) = described(refused, "find", false);
    view! {
        <form class="find" method="post" action="/api/offers/find">
            <label for="find">"Find by reference"</label>
            <div class="with-button">
                <input
                    class="input"
                    id="find"
                    name="find"
                    value=typed_or(refused, "find", "")
                    placeholder="T-7KQ2M9"
                    autocomplete="off"
                    autocapitalize="characters"
                    spellcheck="false"
                    autofocus=refused.with_untracked(Option::is_some)
                    aria-invalid=invalid
                    aria-describedby=by
                />
                <button class="btn" type="submit">"Find offer"</button>
            </div>
            <FieldError refused name="find"/>
        </form>
    }
}

fn offer_list(page: Overview) -> AnyView {
    let Overview { query, offers, offer_cursors, offer_count, may_manage_offers, .. } = page;
    let status = OfferStatus::from_key(&query.offers_status);
    let to = |after: Option<String>, before: Option<String>| {
        let (offers_after, offers_before) = (after.unwrap_or_default(), before.unwrap_or_default());
        // The list stands below the customers: the browser shows it at once.
        format!("{}#offers-h", path(&OverviewQuery { offers_after, offers_before, ..query.clone() }))
    };
    let first_page = to(None, None);
    let previous = offer_cursors.previous.map(|before| to(None, Some(before)));
    let next = offer_cursors.next.map(|after| to(Some(after), None));
    if !offers.is_empty() {
        view! {
            <OfferTable offers may_manage=may_manage_offers/>
            <Pager label="Pages of offers" order=order(&query.offers_sort) previous next/>
        }
        .into_any()
    } else if offer_count == 0 {
        view! {
            <div class="empty">
                <h3>"No offers yet"</h3>
                <p>"Each offer that is sent stands here, with how many customers authorized or declined it."</p>
            </div>
        }
        .into_any()
    } else if let Some(status) = status.filter(|_| query.offers_after.is_empty() && query.offers_before.is_empty()) {
        view! {
            <p class="no-hits" role="status">
                {format!("No offer is {}. ", status.name().to_lowercase())}
                <a href=offers_path(&query, "", &query.offers_sort)>"Show all"</a>
            </p>
        }
        .into_any()
    } else {
        view! { <NothingMore first_page/> }.into_any()
    }
}

/// Which offers, and in which order.
#[component]
fn OfferChoices(query: OverviewQuery) -> impl IntoView {
    let link = |href: String, name: &'static str, is_chosen: bool| {
        view! {
            <li>
                <a href=href aria-current=is_chosen.then_some("true")>{name}</a>
            </li>
        }
    };
    let chosen = OfferStatus::from_key(&query.offers_status);
    let statuses = OfferStatus::ALL.map(|status| {
        link(offers_path(&query, status.key(), &query.offers_sort), status.name(), chosen == Some(status))
    });
    let all = link(offers_path(&query, "", &query.offers_sort), "All", chosen.is_none());
    let sorts = [("", "Newest"), ("name", "Name"), ("link-end", "Link end")]
        .map(|(sort, name)| link(offers_path(&query, &query.offers_status, sort), name, query.offers_sort == sort));
    view! {
        <div class="choices-bar">
            <nav class="filters" aria-label="Offers by status">
                <ul>{all} {statuses.into_iter().collect_view()}</ul>
            </nav>
            <nav class="filters" aria-label="Order of offers">
                <span class="small muted">"Sort by"</span>
                <ul>{sorts.into_iter().collect_view()}</ul>
            </nav>
        </div>
    }
}

fn order(sort: &str) -> &'static str {
    match sort {
        "name" => "By name",
        "link-end" => "Soonest link end first",
        _ => "Newest first",
    }
}

/// The first page of other offers or another order. The list stands below the customers: the browser shows it at once.
fn offers_path(query: &OverviewQuery, status: &str, sort: &str) -> String {
    let query = OverviewQuery {
        offers_after: String::new(),
        offers_before: String::new(),
        offers_status: status.to_owned(),
        offers_sort: sort.to_owned(),
        ..query.clone()
    };
    format!("{}#offers-h", path(&query))
}

/// What is listed, as a file.
fn file(query: &OverviewQuery) -> String {
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    format!("/partner/offers.csv?status={}&sort={}", encoded(&query.offers_status), encoded(&query.offers_sort))
}

/// What an offer is beside delegated administration, and what it is found by.
fn sells(content: ContentKind, reference: Option<String>) -> Option<String> {
    let reference = reference.map(|reference| format!(", {reference}")).unwrap_or_default();
    content.is_sale().then(|| format!("{}{reference}", content.name()))
}

/// What came of an offer so far.
fn answers(offer: &OfferRowView) -> String {
    // What is sold is accepted with delegated administration or without.
    let did = if offer.content.is_sale() { "accepted" } else { "authorized" };
    match (offer.authorized, offer.declined) {
        (0, 0) if offer.status == OfferStatus::Open => format!("Waiting since {}", date(offer.created_at)),
        (0, 0) => "None".to_owned(),
        (agreed, 0) => format!("{agreed} {did}"),
        (0, declined) => format!("{declined} declined"),
        (agreed, declined) => format!("{agreed} {did}, {declined} declined"),
    }
}

#[component]
fn OfferTable(offers: Vec<OfferRowView>, may_manage: bool) -> impl IntoView {
    let row = move |offer: OfferRowView| {
        let answers = answers(&offer);
        let name = if may_manage {
            view! {
                <a class="name" href=format!("/partner/offers/{}", offer.id)>
                    {offer.name}
                </a>
            }
            .into_any()
        } else {
            offer.name.into_any()
        };
        let link = match offer.status {
            OfferStatus::Open | OfferStatus::Declined | OfferStatus::Expired => date(offer.link_ends_at).into_any(),
            OfferStatus::UsedUp | OfferStatus::Withdrawn => view! { <span class="muted">"Ended"</span> }.into_any(),
        };
        view! {
            <tr role="row">
                <td role="cell">
                    {name}
                    {sells(offer.content, offer.reference).map(|what| view! { <span class="sub">{what}</span> })}
                </td>
                <td role="cell" data-label="For">
                    {offer.whom}
                </td>
                <td role="cell" data-label="Answers">
                    {answers}
                </td>
                <td role="cell" class="date" data-label="Link works until">
                    {link}
                </td>
                <td role="cell" class="top-end">
                    <Status tone=tone(offer.status) text=offer.status.name()/>
                </td>
            </tr>
        }
    };
    view! {
        <table role="table" class="table stack" aria-label="Offers">
            <thead role="rowgroup">
                <tr role="row">
                    <th role="columnheader" scope="col">
                        "Offer"
                    </th>
                    <th role="columnheader" scope="col">
                        "For"
                    </th>
                    <th role="columnheader" scope="col">
                        "Answers"
                    </th>
                    <th role="columnheader" scope="col">
                        "Link works until"
                    </th>
                    <th role="columnheader" scope="col">
                        "Status"
                    </th>
                </tr>
            </thead>
            <tbody role="rowgroup">
                <For each=move || offers.clone() key=OfferRowView::clone children=row/>
            </tbody>
        </table>
    }
}

/// A page whose rows ended since its link was made.
#[component]
pub fn NothingMore(#[prop(into)] first_page: String) -> impl IntoView {
    view! {
        <p class="no-hits" role="status">
            "Nothing stands here any more. "
            <a href=first_page>"Go to the first page"</a>
        </p>
    }
}

pub const fn tone(status: OfferStatus) -> Tone {
    match status {
        OfferStatus::Open => Tone::Wait,
        OfferStatus::Declined => Tone::Bad,
        OfferStatus::UsedUp | OfferStatus::Expired | OfferStatus::Withdrawn => Tone::Past,
    }
}

/// The service counts no further.
fn counted(number: i64) -> String {
    match usize::try_from(number).unwrap_or_default() {
        1_001.. => format!("{}+", self::number(1_000)),
        counted => self::number(counted),
    }
}

fn query(address: &ParamsMap) -> OverviewQuery {
    let value = |name| address.get(name).unwrap_or_default();
    OverviewQuery {
        search: value("q"),
        after: value("after"),
        before: value("before"),
        offers_after: value("offers_after"),
        offers_before: value("offers_before"),
        offers_status: value("status"),
        offers_sort: value("sort"),
    }
}

fn path(query: &OverviewQuery) -> String {
    let pairs = [
        ("q", &query.search),
        ("after", &query.after),
        ("before", &query.before),
        ("offers_after", &query.offers_after),
        ("offers_before", &query.offers_before),
        ("status", &query.offers_status),
        ("sort", &query.offers_sort),
    ];
    let said = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    let said = said.map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
    let said: Vec<_> = said.collect();
    if said.is_empty() { "/partner".to_owned() } else { format!("/partner?{}", said.join("&")) }
}
