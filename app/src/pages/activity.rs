use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api::activity::{ActorView, EntryView, load_activity},
    components::{
        band::Band,
        icon::{Glyph, Icon},
        live::followed,
        loaded::{load, loaded},
        pager::Pager,
    },
    format::{date_time, machine_time},
    pages::params::{path_param, query_param},
};

/// The record of what was done, newest first.
#[component]
pub fn ActivityPage() -> impl IntoView {
    let (company, before) = (path_param("company"), query_param("before"));
    let data = load(move || (company.get(), before.get()), |(company, before)| load_activity(company, before));
    loaded(data, move |page| {
        let again = move || load_activity(company.get_untracked(), before.get_untracked());
        let now = followed(page.clone(), again, |_, _| (), "There is new activity");
        let place = page.place.clone();
        let next = move || now.with(|now| now.next.map(|seq| format!("{}?before={seq}", place.path("activity"))));
        let only_own = page.only_own.then(|| {
            let partner = page.place.on_behalf.as_ref().map(|behalf| behalf.partner_name.clone()).unwrap_or_default();
            view! {
                <div class="note">
                    <Icon glyph=Glyph::Info/>
                    <p>{format!("You see what people of {partner} did here, and not what others did.")}</p>
                </div>
            }
        });
        view! {
            <Title text="Activity"/>
            <Band place=page.place/>
            <main class="page" id="main">
                <div class="page-head">
                    <h1 id="activity-h">"Activity"</h1>
                </div>
                {only_own}
                {move || if now.with(|now| now.entries.is_empty()) {
                    view! {
                        <div class="empty">
                            <h2>"Nothing yet"</h2>
                            <p>"Each change stands here, with who made it and when. No one can change or remove it."</p>
                        </div>
                    }
                        .into_any()
                } else {
                    view! { <Entries entries=now.get().entries/> }.into_any()
                }}
                {move || view! { <Pager label="Pages of activity" order="Newest first" previous=None next=next()/> }}
            </main>
        }
    })
}

#[component]
fn Entries(entries: Vec<EntryView>) -> impl IntoView {
    let rows = entries.into_iter().map(|entry| {
        let what = [entry.detail, entry.right].into_iter().flatten();
        let what = what.map(|line| view! { <span class="sub">{line}</span> });
        view! {
            <tr role="row">
                <td role="cell" class="date top-end">
                    <time datetime=machine_time(entry.at)>{date_time(entry.at)}</time>
                </td>
                <td role="cell" class="low-start">
                    <Actor person=entry.person/>
                </td>
                <td role="cell">{entry.what} {what.collect_view()}</td>
                <td role="cell">{entry.object}</td>
            </tr>
        }
    });
    view! {
        <table role="table" class="table stack" aria-labelledby="activity-h">
            <thead role="rowgroup">
                <tr role="row">
                    <th role="columnheader" scope="col">"When (UTC)"</th>
                    <th role="columnheader" scope="col">"Who"</th>
                    <th role="columnheader" scope="col">"What"</th>
                    <th role="columnheader" scope="col">"On"</th>
                </tr>
            </thead>
            <tbody role="rowgroup">{rows.collect_view()}</tbody>
        </table>
    }
}

#[component]
fn Actor(person: Option<ActorView>) -> impl IntoView {
    match person {
        None => "Mandate".into_any(),
        Some(ActorView { display_name, user_name, from }) => {
            let sub = match from {
                Some(company) => format!("{user_name}, for {company}"),
                None => user_name,
            };
            view! {
                {display_name}
                <span class="sub">{sub}</span>
            }
            .into_any()
        }
    }
}
