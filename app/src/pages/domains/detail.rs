use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api::domains::{DomainPage, DomainState, DomainView, NextCheck, VerifyDomain, load_domain},
    components::{
        band::Band,
        dialog::{Dialog, DialogActions},
        form::{ErrorSummary, SubmitButton, posted_refusal, refusal},
        icon::{Glyph, Icon},
        loaded::{load, loaded},
        notice::Notice,
    },
    format::{date, date_time},
    pages::{
        domains::{record::Record, state::StateMark},
        outcome::{outcome, reload_after},
        params::path_param,
    },
};

/// A domain: what proves it, what was seen, and giving it up.
#[component]
pub fn DomainPage() -> impl IntoView {
    let (company, domain) = (path_param("company"), path_param("domain"));
    let verify = ServerAction::<VerifyDomain>::new();
    let data = load(move || (company.get(), domain.get()), |(company, domain)| load_domain(company, domain));
    reload_after(move || verify.value().get(), move || data.refetch());
    loaded(data, move |page| {
        let verify_refused = refusal(move || verify.value().get(), page.checked.as_ref());
        let checked = outcome(move || verify.value().get(), page.checked.as_ref());
        let default_refused = posted_refusal(page.made_default.as_ref());
        let remove_refused = posted_refusal(page.removed.as_ref());
        let (name, domain) = (page.domain.name.clone(), page.domain.clone());
        let verified = {
            let name = name.clone();
            move || {
                let verified = checked.get().is_some_and(|checked| checked.verified);
                verified.then(|| view! { <Notice text=Some(format!("{name} is verified."))/> })
            }
        };
        let body = match domain.state {
            DomainState::Pending => view! { <Pending page=page.clone() verify/> }.into_any(),
            DomainState::Verified => view! { <Verified domain in_use=page.in_use/> }.into_any(),
            DomainState::Lapsed => view! { <Lapsed page=page.clone()/> }.into_any(),
        };
        let default = (page.may_manage && page.domain.state == DomainState::Verified && !page.domain.is_default)
            .then(|| view! { <MakeDefault company=page.place.company_field() id=page.domain.id.to_string()/> });
        let remove = (page.may_manage && !page.in_use && !page.domain.is_platform).then(|| {
            let (name, company) = (name.clone(), page.place.company_field());
            view! { <Remove name company id=page.domain.id.to_string()/> }
        });
        view! {
            <Title text=name.clone()/>
            <Band place=page.place.clone()/>
            <main class="page" id="main">
                <a class="back" href=page.place.path("domains")>
                    <Icon glyph=Glyph::Back small=true/>
                    "All domains"
                </a>
                <div class="page-head">
                    <div>
                        <h1 class="title">{name} " " <StateMark state=page.domain.state pill=true/></h1>
                        {page.domain.ascii.map(|ascii| view! { <p class="muted">{format!("{ascii} in the DNS")}</p> })}
                    </div>
                </div>
                <ErrorSummary refused=verify_refused/>
                <ErrorSummary refused=default_refused/>
                <ErrorSummary refused=remove_refused/>
                {verified}
                {body}
                {default}
                {remove}
            </main>
        }
    })
}

/// The record to create, and asking the domain name system for it.
#[component]
fn Pending(page: DomainPage, verify: ServerAction<VerifyDomain>) -> impl IntoView {
    let DomainPage { place, domain, record, next_check, may_manage, .. } = page;
    let seen = domain.seen.map(|(at, seen)| format!("Checked {} UTC: {seen}", date_time(at)));
    let seen = seen.unwrap_or_else(|| "Not checked yet. New records can take an hour to be seen.".to_owned());
    let button = may_manage.then(|| {
        view! { <SubmitButton label="Verify" working="Verifying" pending=verify.pending()/> }
    });
    let title = match &record.host {
        Some(host) => format!("Create this TXT record at {}", host.name),
        None => format!("Create this TXT record where you manage {}", domain.name),
    };
    view! {
        <section class="record panel" aria-labelledby="record-h">
            <div class="record-head">
                <h2 id="record-h">{title}</h2>
            </div>
            <Record record/>
            <ActionForm action=verify attr:class="record-foot">
                <input type="hidden" name="company" value=place.company_field()/>
                <input type="hidden" name="domain" value=domain.id.to_string()/>
                {button}
                <p class="hint" role="status">{seen}</p>
            </ActionForm>
        </section>
        <p class="hint">{next_look(next_check)}</p>
        {domain
            .lapses_at
            .map(|at| {
                view! {
                    <p class="hint">
                        {format!("The claim lapses on {} if the record was not seen until then.", date(at))}
                    </p>
                }
            })}
    }
}

fn next_look(next: NextCheck) -> String {
    let next = match next {
        NextCheck::Soon => "within a minute".to_owned(),
        NextCheck::At(at) => format!("on {} UTC", date_time(at)),
        NextCheck::Never => return "Mandate does not look by itself any more. Press Verify.".to_owned(),
    };
    format!("Mandate looks by itself next {next}. Whoever added the domain gets a mail when it is verified.")
}

#[component]
fn Verified(domain: DomainView, in_use: bool) -> impl IntoView {
    let what = match (in_use, domain.is_platform) {
        (true, true) => "It comes with the company and is used in user names, so it stays.",
        (true, false) => "It is used in user names, so it cannot be removed.",
        (false, true) => "You can use it in user names. It comes with the company and stays.",
        (false, false) => "You can use it in user names.",
    };
    let how = domain.verified_at.filter(|_| !domain.is_platform).map(|at| match &domain.verified_under {
        Some(parent) => format!("It lies under {parent} and was verified by that on {}.", date(at)),
        None => format!("Its record was seen on {}.", date(at)),
    });
    let default = domain.is_default.then_some(" It is chosen at first when a user is added.");
    view! {
        <p>{what} {default}</p>
        {how.map(|how| view! { <p class="hint">{how}</p> })}
    }
}

#[component]
fn MakeDefault(company: String, id: String) -> impl IntoView {
    view! {
        <form method="post" action="/api/domains/make-default">
            <input type="hidden" name="company" value=company/>
            <input type="hidden" name="domain" value=id/>
            <div class="actions">
                <button class="btn" type="submit">"Make default"</button>
                <p class="hint">"It is then chosen at first when a user is added."</p>
            </div>
        </form>
    }
}

#[component]
fn Lapsed(page: DomainPage) -> impl IntoView {
    let DomainPage { place, domain, may_manage, .. } = page;
    let again = may_manage.then(|| {
        view! {
            <form method="post" action="/api/domains/add">
                <input type="hidden" name="company" value=place.company_field()/>
                <input type="hidden" name="domain_name" value=domain.ascii.unwrap_or(domain.name)/>
                <div class="actions">
                    <button class="btn primary" type="submit">"Add domain again"</button>
                </div>
            </form>
        }
    });
    view! {
        <div class="note warn">
            <Icon glyph=Glyph::Clock/>
            <p>"The claim lapsed: its record was not seen in time. Added again, it gets a new record."</p>
        </div>
        {again}
    }
}

/// Asks before the domain is given up.
#[component]
fn Remove(name: String, company: String, id: String) -> impl IntoView {
    view! {
        <div class="leave">
            <button class="btn danger" type="button" popovertarget="remove">
                "Remove domain"
            </button>
            <p class="hint">"Nobody’s user name ends in it. To have it again, it has to be proved again."</p>
        </div>
        <Dialog
            id="remove"
            title=format!("Remove {name}?")
            text="Another company can then prove that the domain is theirs."
        >
            <form method="post" action="/api/domains/remove">
                <input type="hidden" name="company" value=company/>
                <input type="hidden" name="domain" value=id/>
                <DialogActions dialog="remove" keep="Keep">
                    <button class="btn danger-final" type="submit">{format!("Remove {name}")}</button>
                </DialogActions>
            </form>
        </Dialog>
    }
}
