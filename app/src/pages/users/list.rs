use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use mandate_domain::{Permission, Role};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    api::users::{UserQuery, UserRow, UserSort, UsersPage, load_users},
    components::{
        band::Band,
        icon::{Glyph, Icon},
        loaded::{load, loaded},
        notice::Notice,
        pager::Pager,
        search::Search as SearchForm,
        status::{Status, Tone},
    },
    format::{count, date},
    pages::params::path_param,
};

/// From this many on, users are not counted.
const COUNTED: i64 = 1_001;

/// The people of a company. Searching, sorting and paging are links and a form, so all of it works without scripts.
#[component]
pub fn UsersPage() -> impl IntoView {
    let company = path_param("company");
    let params = use_query_map();
    let query = Memo::new(move |_| {
        params.with(|params| {
            let text = |name| params.get(name).unwrap_or_default();
            UserQuery {
                search: text("q"),
                sort: if text("sort") == "user_name" { UserSort::UserName } else { UserSort::Name },
                descending: params.get_str("desc").is_some(),
                after: text("after"),
                before: text("before"),
                subscription: text("subscription"),
            }
        })
    });
    let data = load(move || (company.get(), query.get()), |(company, query)| load_users(company, query));
    loaded(data, |page| {
        let base = page.place.path("users");
        let new = page.place.permissions.contains(Permission::UserCreate).then(|| page.place.path("users/new"));
        view! {
            <Title text="Users"/>
            <Band place=page.place.clone()/>
            <main class="page" id="main">
                <div class="page-head">
                    <h1 id="users-h">"Users"</h1>
                    {new
                        .map(|new| {
                            view! {
                                <a class="btn primary" href=new>
                                    <Icon glyph=Glyph::Plus/>
                                    "Add user"
                                </a>
                            }
                        })}
                </div>
                <Notice text=page.notice.clone()/>
                {page.chosen_for.clone().map(|plan| view! { <ChosenFor plan/> })}
                {if page.only_self {
                    view! { <OnlySelf/> }.into_any()
                } else {
                    view! { <Search action=base.clone() query=page.query.clone() count=page.count/> }.into_any()
                }}
                {if page.users.is_empty() {
                    let beginning =
                        address(&base, &UserQuery { subscription: page.query.subscription, ..UserQuery::default() });
                    view! { <Nobody base=beginning search=page.query.search/> }.into_any()
                } else {
                    view! { <UserTable page base/> }.into_any()
                }}
            </main>
        }
    })
}

#[component]
fn ChosenFor(plan: String) -> impl IntoView {
    view! {
        <div class="note">
            <Icon glyph=Glyph::Info/>
            <p>"Choose who is to have a license of " <strong>{plan}</strong> ", then press Assign licenses."</p>
        </div>
    }
}

#[component]
fn OnlySelf() -> impl IntoView {
    view! {
        <div class="note">
            <Icon glyph=Glyph::Info/>
            <p>
                "You see only yourself, because you have no role here. A global administrator of your company can give you one."
            </p>
        </div>
    }
}

#[component]
fn Search(action: String, query: UserQuery, count: i64) -> impl IntoView {
    let placeholder = if count < COUNTED {
        let number = usize::try_from(count).unwrap_or_default();
        format!("Search {}", self::count(number, "user", "users"))
    } else {
        "Search 1,000+ users".to_owned()
    };
    let sort = (query.sort == UserSort::UserName).then(|| ("sort", "user_name".to_owned()));
    let hidden = sort.into_iter().chain(query.descending.then(|| ("desc", "1".to_owned())));
    let hidden = hidden.chain(named(query.subscription)).collect();
    view! {
        <div class="bar">
            <SearchForm label="Search users" placeholder action value=query.search hidden/>
        </div>
    }
}

#[component]
fn Nobody(base: String, search: String) -> impl IntoView {
    if search.is_empty() {
        return view! {
            <div class="empty">
                <h2>"No more users"</h2>
                <p>"The list ends before this page."</p>
                <a class="btn" href=base>"Go to its beginning"</a>
            </div>
        }
        .into_any();
    }
    view! {
        <p class="no-hits" role="status">
            {format!("No user’s name begins with “{search}”. ")} <a href=base>"Clear search"</a>
        </p>
    }
    .into_any()
}

#[component]
fn UserTable(page: UsersPage, base: String) -> impl IntoView {
    let UsersPage { place, query, users, only_self, previous, next, .. } = page;
    let resets = users.iter().any(|user| user.may_reset_password);
    let chooses = place.permissions.contains(Permission::LicenseAssign);
    let rows = users.into_iter().map(|user| {
        let href = place.path(&format!("users/{}", user.id));
        view! { <Row user href resets chooses/> }
    });
    let order = match (query.sort, query.descending) {
        (UserSort::Name, false) => "By name",
        (UserSort::Name, true) => "By name, from the end",
        (UserSort::UserName, false) => "By user name",
        (UserSort::UserName, true) => "By user name, from the end",
    };
    let previous = previous.map(|before| address(&base, &UserQuery { before, ..unpaged(&query) }));
    let next = next.map(|after| address(&base, &UserQuery { after, ..unpaged(&query) }));
    let head = |label, sort| view! { <Head label sort query=query.clone() base=base.clone() sorts=!only_self/> };
    let table = view! {
        <table role="table" class="table stack" aria-labelledby="users-h">
            <thead role="rowgroup">
                <tr role="row">
                    {head("Name", UserSort::Name)} {head("User name", UserSort::UserName)}
                    <th role="columnheader" scope="col">"Role"</th>
                    <th role="columnheader" scope="col">"Last sign-in"</th>
                    {resets
                        .then(|| {
                            view! {
                                <th role="columnheader" scope="col">
                                    <span class="vh">"Actions"</span>
                                </th>
                            }
                        })}
                </tr>
            </thead>
            <tbody role="rowgroup">{rows.collect_view()}</tbody>
        </table>
    };
    view! {
        // The chosen ones are in the address of the page that it leads to, so that nothing else is needed for that.
        {if chooses {
            view! {
                <form method="get" action=place.path("users/licenses")>
                    {named(query.subscription)
                        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })}
                    {table}
                    <div class="actions chosen">
                        <button class="btn small" type="submit">"Assign licenses"</button>
                        <span class="hint">"to those who are chosen in the list, or remove theirs"</span>
                    </div>
                </form>
            }
                .into_any()
        } else {
            table.into_any()
        }}
        <Pager label="Pages of users" order previous next/>
    }
}

/// A column's head, which sorts by it; once more, the other way round.
#[component]
fn Head(label: &'static str, sort: UserSort, query: UserQuery, base: String, sorts: bool) -> impl IntoView {
    if !sorts {
        return view! { <th role="columnheader" scope="col">{label}</th> }.into_any();
    }
    let chosen = query.sort == sort;
    let (order, glyph) = if query.descending { ("descending", Glyph::SortDown) } else { ("ascending", Glyph::SortUp) };
    let descending = chosen && !query.descending;
    let href = address(&base, &UserQuery { sort, descending, ..unpaged(&query) });
    view! {
        <th role="columnheader" scope="col" aria-sort=chosen.then_some(order)>
            <a class="sort" href=href>
                {label} {chosen.then(|| view! { <Icon glyph small=true/> })}
            </a>
        </th>
    }
    .into_any()
}

#[component]
fn Row(
    user: UserRow,
    href: String,
    /// Whether the table has a column for it.
    resets: bool,
    /// Whether the user can be chosen, to be given licenses.
    chooses: bool,
) -> impl IntoView {
    let choose = chooses.then(|| {
        view! {
            <input
                class="check"
                type="checkbox"
                name="users"
                value=user.id.to_string()
                aria-label=format!("Choose {}", user.display_name)
            />
        }
    });
    let reset = user.may_reset_password.then(|| {
        view! {
            <a class="btn quiet small" href=format!("{href}#reset")>
                "Reset password"
                <span class="vh">{format!(" of {}", user.display_name)}</span>
            </a>
        }
    });
    view! {
        <tr role="row">
            <td role="cell" class=chooses.then_some("pick")>
                {choose}
                <a class="name" href=href>{user.display_name.clone()}</a>
                {user.is_blocked.then(|| view! { " " <Status tone=Tone::Bad text="Blocked"/> })}
            </td>
            <td role="cell" class="low-start">{user.user_name}</td>
            <td role="cell" class=if user.role.is_some() { "top-end" } else { "skip-small" }>
                {role_name(user.role)}
            </td>
            <td role="cell" class="date skip-small">
                {match user.last_sign_in_at {
                    Some(at) => date(at).into_any(),
                    None => view! { <span class="muted">"Never"</span> }.into_any(),
                }}
            </td>
            {resets.then(|| view! { <td role="cell" class="act">{reset}</td> })}
        </tr>
    }
}

fn role_name(role: Option<Role>) -> AnyView {
    match role {
        Some(role) => role.name().into_any(),
        None => view! { <span class="muted">"None"</span> }.into_any(),
    }
}

/// The subscription that users are chosen for, as a field.
fn named(subscription: String) -> Option<(&'static str, String)> {
    (!subscription.is_empty()).then_some(("subscription", subscription))
}

/// The same list from its beginning.
fn unpaged(query: &UserQuery) -> UserQuery {
    UserQuery { after: String::new(), before: String::new(), ..query.clone() }
}

/// Where a list stands.
fn address(base: &str, query: &UserQuery) -> String {
    let sort = if query.sort == UserSort::UserName { "user_name" } else { "" };
    let descending = if query.descending { "1" } else { "" };
    let pairs = [
        ("q", query.search.as_str()),
        ("sort", sort),
        ("desc", descending),
        ("after", &query.after),
        ("before", &query.before),
        ("subscription", &query.subscription),
    ];
    let pairs = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    let pairs: Vec<_> =
        pairs.map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC))).collect();
    if pairs.is_empty() { base.to_owned() } else { format!("{base}?{}", pairs.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_only_what_is_not_usual() {
        assert_eq!(address("/users", &UserQuery::default()), "/users");
        let query = UserQuery {
            search: "zoë &".to_owned(),
            sort: UserSort::UserName,
            descending: true,
            ..UserQuery::default()
        };
        assert_eq!(address("/users", &query), "/users?q=zo%C3%AB%20%26&sort=user%5Fname&desc=1");
    }
}
