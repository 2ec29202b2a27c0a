use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api::domains::{DomainState, DomainView, VerifyDomain, load_domains},
    components::{
        band::Band,
        form::{ErrorSummary, SubmitButton, refusal},
        icon::{Glyph, Icon},
        loaded::{load, loaded},
        notice::Notice,
    },
    format::date,
    pages::{domains::state::StateMark, outcome::reload_after, params::path_param},
};

/// The domains of a company, and what each still needs.
#[component]
pub fn DomainsPage() -> impl IntoView {
    let company = path_param("company");
    let verify = ServerAction::<VerifyDomain>::new();
    let data = load(move || company.get(), load_domains);
    reload_after(move || verify.value().get(), move || data.refetch());
    loaded(data, move |page| {
        let refused = refusal(move || verify.value().get(), None);
        let add = page.may_manage.then(|| page.place.path("domains/new"));
        let company = page.place.company_field();
        let place = page.place.clone();
        let rows = page.domains.into_iter().map(|domain| {
            let href = place.path(&format!("domains/{}", domain.id));
            view! { <Row domain href company=company.clone() may_manage=page.may_manage verify/> }
        });
        view! {
            <Title text="Domains"/>
            <Band place=page.place/>
            <main class="page" id="main">
                <div class="page-head">
                    <div>
                        <h1 id="domains-h">"Domains"</h1>
                        <p class="muted">"User names end in one of the company’s domains."</p>
                    </div>
                    {add
                        .map(|add| {
                            view! {
                                <a class="btn primary" href=add>
                                    <Icon glyph=Glyph::Plus/>
                                    "Add domain"
                                </a>
                            }
                        })}
                </div>
                <ErrorSummary refused/>
                <Notice text=page.notice/>
                <table role="table" class="table stack" aria-labelledby="domains-h">
                    <thead role="rowgroup">
                        <tr role="row">
                            <th role="columnheader" scope="col">"Domain"</th>
                            <th role="columnheader" scope="col">"Status"</th>
                            <th role="columnheader" scope="col">"Last check"</th>
                            <th role="columnheader" scope="col">
                                <span class="vh">"Actions"</span>
                            </th>
                        </tr>
                    </thead>
                    <tbody role="rowgroup">{rows.collect_view()}</tbody>
                </table>
            </main>
        }
    })
}

#[component]
fn Row(
    domain: DomainView,
    href: String,
    company: String,
    may_manage: bool,
    verify: ServerAction<VerifyDomain>,
) -> impl IntoView {
    let name_id = format!("domain-{}", domain.id);
    let id = domain.id.to_string();
    let button = (may_manage && domain.state == DomainState::Pending).then(|| {
        let described_by = name_id.clone();
        let id = id.clone();
        let pending = Signal::derive(move || {
            verify.input().with(|input| input.as_ref().is_some_and(|input| input.domain == id))
                && verify.pending().get()
        });
        view! {
            <ActionForm action=verify>
                <input type="hidden" name="company" value=company/>
                <input type="hidden" name="domain" value=domain.id.to_string()/>
                <SubmitButton
                    label="Verify"
                    working="Verifying"
                    pending
                    class="btn small"
                    attr:aria-describedby=described_by
                />
            </ActionForm>
        }
    });
    let last = match (domain.state, domain.seen, domain.verified_at) {
        (DomainState::Verified, ..) if domain.verified_under.is_some() => {
            domain.verified_under.map(|parent| format!("It lies under {parent}."))
        }
        (DomainState::Verified, _, Some(at)) if !domain.is_platform => {
            Some(format!("The record was there on {}.", date(at)))
        }
        (DomainState::Pending, Some((_, seen)), _) => Some(seen),
        (DomainState::Pending, None, _) => Some("Not checked yet.".to_owned()),
        _ => None,
    };
    view! {
        <tr role="row">
            <td role="cell">
                <a class="name" href=href id=name_id>{domain.name}</a>
                {domain.is_default.then(|| view! { " " <span class="badge">"Default"</span> })}
                {domain.is_platform.then(|| view! { " " <span class="badge">"Comes with the company"</span> })}
                {domain.ascii.map(|ascii| view! { <span class="sub">{ascii}</span> })}
            </td>
            <td role="cell" class="top-end">
                <StateMark state=domain.state/>
            </td>
            <td role="cell">
                <span class="small muted" role="status">{last}</span>
            </td>
            <td role="cell" class="act">{button}</td>
        </tr>
    }
}
