use leptos::prelude::*;
use leptos_meta::Title;
use mandate_domain::CompanyId;

use crate::{
    api::relationships::{
        AccountView, EndedView, RelationshipView, RelationshipsPage, RemovedView, load_relationships,
    },
    components::{
        copy_button::CopyButton,
        dialog::{Dialog, DialogActions},
        form::{ErrorSummary, FieldError, posted_refusal},
        icon::{Glyph, Icon},
        live::followed,
        loaded::{load, loaded},
        notice::Notice,
        status::{Status, Tone},
    },
    format::{count, date, date_time, in_days, initials, list, machine_time},
};

/// As many people as are named; the server sends one more where there are more.
const MOST_PEOPLE: usize = 20;
/// From this many days before its end a relationship is said to end soon.
const SOON_DAYS: i64 = 30;

/// Who outside the company can act in it. It works without scripts, and posts plainly.
#[component]
pub fn RelationshipsPage() -> impl IntoView {
    loaded(load(|| (), |()| load_relationships()), |page| {
        let refused = posted_refusal(page.posted.as_ref());
        let removed = page.posted.as_ref().and_then(|posted| posted.done()).cloned();
        let company = page.company_name.clone();
        let keep = |before: &RelationshipsPage, now: &mut RelationshipsPage| {
            now.posted.clone_from(&before.posted);
            now.notice.clone_from(&before.notice);
        };
        let now = followed(page.clone(), load_relationships, keep, "Partner relationships have changed");
        let partners = Memo::new(move |_| {
            now.with(|now| now.live.iter().map(|relationship| relationship.partner_id).collect::<Vec<_>>())
        });
        let card = move |partner| {
            let company = company.clone();
            view! { <PartnerCard now partner company/> }
        };
        let ended = Memo::new(move |_| now.with(|now| now.ended.clone()));
        view! {
            <Title text="Partner relationships"/>
            <main class="page" id="main">
                <div class="page-head">
                    <div>
                        <h1>"Partner relationships"</h1>
                        <p class="muted">
                            {format!(
                                "Who outside {} can act in it. What you change here works at once.",
                                page.company_name,
                            )}
                        </p>
                    </div>
                </div>
                <ErrorSummary refused/>
                <FieldError refused name="known_passwords"/>
                <Notice text=page.notice/>
                {removed.map(|removed| view! { <Removed removed/> })}
                <For each=move || partners.get() key=|partner| *partner children=card/>
                {move || partners
                    .with(Vec::is_empty)
                    .then(|| {
                        view! {
                            <div class="empty">
                                <h2>"No partners"</h2>
                                <p>
                                    "Nobody outside your company can act in it. When a partner sends you an offer, open its link: you decide there."
                                </p>
                            </div>
                        }
                    })}
                {move || view! { <Ended ended=ended.get()/> }}
            </main>
        }
    })
}

/// A partner's card changes as things happen; the dialog that ends the relationship does not while it is open.
#[component]
fn PartnerCard(now: Signal<RelationshipsPage>, partner: CompanyId, company: String) -> impl IntoView {
    let relationship = Memo::new(move |_| {
        now.with(|now| now.live.iter().find(|relationship| relationship.partner_id == partner).cloned())
    });
    let dialog = format!("partner-{partner}-remove");
    let asked = Memo::new({
        let dialog = dialog.clone();
        move |before: Option<&Option<Asked>>| match before {
            Some(before) if is_open(&dialog) => before.clone(),
            _ => relationship.with(|relationship| relationship.as_ref().map(Asked::new)),
        }
    });
    let removal = move |asked: Asked| {
        let Asked { name, people, accounts } = asked;
        let (id, partner_id, company) = (dialog.clone(), partner.to_string(), company.clone());
        view! { <RemoveDialog id partner_id name company people accounts/> }
    };
    view! {
        {move || relationship.get().map(|relationship| view! { <Card relationship/> })}
        // Another one for other accounts: a box that was ticked is of its own account.
        <For each=move || asked.get() key=Asked::clone children=removal/>
    }
}

/// What the dialog says before it ends a relationship.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Asked {
    name: String,
    people: Vec<String>,
    accounts: Vec<AccountView>,
}

impl Asked {
    fn new(relationship: &RelationshipView) -> Self {
        Self {
            name: relationship.partner.name.clone(),
            people: relationship.people.iter().map(|person| person.display_name.clone()).collect(),
            accounts: relationship.known_passwords.clone(),
        }
    }
}

fn is_open(dialog: &str) -> bool {
    let dialog = document().get_element_by_id(dialog);
    dialog.is_some_and(|dialog| dialog.matches(":popover-open").unwrap_or(false))
}

#[component]
fn Card(relationship: RelationshipView) -> impl IntoView {
    let RelationshipView { partner_id, partner, roles, people, latest, .. } = relationship;
    let name = partner.name.clone();
    let id = |part: &str| format!("partner-{partner_id}-{part}");
    let soon = relationship.days_left <= SOON_DAYS;
    let ends = date(relationship.ends_at);
    let people_count = people.len();
    let roles = roles.into_iter().map(|role| {
        view! {
            <li>
                <div>{role.name()} <span class="sub">{format!("Can {}", role.can())}</span></div>
            </li>
        }
    });
    let people = people.into_iter().take(MOST_PEOPLE).map(|person| {
        view! {
            <li>
                <span class="avatar" aria-hidden="true">{initials(&person.display_name, 1)}</span>
                <div>{person.display_name} <span class="sub">{person.reach}</span></div>
            </li>
        }
    });
    let did_nothing = latest.is_empty();
    let latest = latest.into_iter().map(|done| {
        view! {
            <li>
                <div>{done.what} <span class="sub">{done.who}</span></div>
                <div class="when">
                    <time datetime=machine_time(done.at)>{date_time(done.at)}</time>
                </div>
            </li>
        }
    });
    view! {
        <article class="rel panel" aria-labelledby=id("name")>
            <header class="rel-head">
                <div class="who">
                    <span class="monogram" aria-hidden="true">{initials(&name, 2)}</span>
                    <div>
                        <h2 class="title" id=id("name")>
                            {name.clone()} " " <Status tone=Tone::Good text="Active" pill=true/>
                        </h2>
                        {partner
                            .domain
                            .map(|domain| {
                                view! {
                                    <p class="verified small">
                                        <Icon glyph=Glyph::Verified/>
                                        {domain}
                                    </p>
                                }
                            })}
                    </div>
                </div>
                <dl class="rel-term">
                    <div>
                        <dt>"Ends"</dt>
                        <dd>
                            {if soon {
                                view! { <Status tone=Tone::Warn text=ends/> }.into_any()
                            } else {
                                ends.into_any()
                            }}
                        </dd>
                        <dd class="hint">{in_days(relationship.days_left)}</dd>
                    </div>
                    <div>
                        <dt>"Authorized"</dt>
                        <dd>{date(relationship.starts_at)}</dd>
                        <dd class="hint">{format!("by {}", relationship.authorized_by)}</dd>
                    </div>
                </dl>
            </header>
            <div class="rel-body">
                <section aria-labelledby=id("people")>
                    <h3 id=id("people")>
                        {match people_count {
                            0 => "Nobody there has access now".to_owned(),
                            number if number > MOST_PEOPLE => format!("More than {MOST_PEOPLE} people have access"),
                            number => format!("{} access", count(number, "person has", "people have")),
                        }}
                    </h3>
                    <ul class="lines">{people.collect_view()}</ul>
                    <h3 id=id("did")>"What they did last"</h3>
                    {if did_nothing {
                        view! { <p class="muted">"Nothing yet"</p> }.into_any()
                    } else {
                        view! { <ul class="lines" aria-labelledby=id("did")>{latest.collect_view()}</ul> }.into_any()
                    }}
                </section>
                <section aria-labelledby=id("roles")>
                    <h3 id=id("roles")>"What they may do"</h3>
                    <ul class="lines">{roles.collect_view()}</ul>
                </section>
            </div>
            <footer class="rel-foot">
                <a class="small" href="/activity">"See all of it in Activity"</a>
                <button class="btn danger" type="button" popovertarget=id("remove")>{format!("Remove {name}")}</button>
            </footer>
        </article>
    }
}

/// Asks before it ends the access.
#[component]
fn RemoveDialog(
    id: String,
    partner_id: String,
    name: String,
    company: String,
    people: Vec<String>,
    accounts: Vec<AccountView>,
) -> impl IntoView {
    let who = match people.len() {
        0 => format!("The people of {name}"),
        1..=3 => list(&people),
        _ => format!("{} and {} others", people[..2].join(", "), people.len() - 2),
    };
    let loses = if people.len() == 1 { "loses" } else { "lose" };
    let text = format!(
        "{who} {loses} access to {company} at once. What they did stays in Activity. To let them in again, you need a new \
         offer from them."
    );
    view! {
        <Dialog id=id.clone() title=format!("Remove {name}?") text>
            <form method="post" action="/api/relationships/remove">
                <input type="hidden" name="partner" value=partner_id/>
                {(!accounts.is_empty()).then(|| view! { <KnownPasswords id=id.clone() accounts/> })}
                <DialogActions dialog=id keep="Keep">
                    <button class="btn danger-final" type="submit">{format!("Remove {name}")}</button>
                </DialogActions>
            </form>
        </Dialog>
    }
}

/// A password that the partner's people made may still be known to them: these accounts are listed, and blocked unless
/// the reader decides otherwise.
#[component]
fn KnownPasswords(id: String, accounts: Vec<AccountView>) -> impl IntoView {
    let choice = |key: &'static str, label: &'static str, help: &'static str, checked: bool| {
        let (control, hint) = (format!("{id}-{key}"), format!("{id}-{key}-help"));
        view! {
            <div class="choice">
                <input
                    class="radio"
                    type="radio"
                    name="known_passwords"
                    value=key
                    id=control.clone()
                    checked=checked
                    aria-describedby=hint.clone()
                />
                <label for=control>{label}</label>
                <p class="hint" id=hint>{help}</p>
            </div>
        }
    };
    let rows = accounts.iter().map(|account| {
        let control = format!("{id}-{}", account.id);
        view! {
            <div class="choice">
                <input type="hidden" name="shown[]" value=account.id.to_string()/>
                <input
                    class="check"
                    type="checkbox"
                    name="accounts[]"
                    value=account.id.to_string()
                    id=control.clone()
                    checked
                    aria-describedby=format!("{control}-help")
                />
                <label for=control.clone()>{account.display_name.clone()}</label>
                <p class="hint" id=format!("{control}-help")>{account.user_name.clone()}</p>
            </div>
        }
    });
    view! {
        <fieldset class="choices">
            <legend>"They made the password of these accounts, and it was not changed since"</legend>
            {rows.collect_view()}
        </fieldset>
        <fieldset class="choices">
            <legend>"What to do with the chosen accounts"</legend>
            {choice("block", "Block them", "Nobody can sign in with them until you let them and give them a new password", true)}
            {choice("reset", "Reset their passwords", "At most 10. You see new temporary passwords on the next page", false)}
            {choice("leave", "Leave them", "Whoever knows a password can still use it", false)}
        </fieldset>
    }
}

/// What came of a removal, with passwords that are shown once.
#[component]
fn Removed(removed: RemovedView) -> impl IntoView {
    let mut text = if removed.partner.is_empty() {
        "They had no access any more.".to_owned()
    } else {
        format!("{} was removed and has no access any more.", removed.partner)
    };
    if removed.blocked > 0 {
        text = format!("{text} {} blocked.", count(removed.blocked, "account was", "accounts were"));
    }
    let passwords = removed.reset.into_iter().map(|account| {
        let label = format!("Copy password of {}", account.display_name);
        view! {
            <div class="copyable secret">
                <dt>{format!("Temporary password of {} ({})", account.display_name, account.user_name)}</dt>
                <dd class="value code">{account.password.clone()}</dd>
                <dd>
                    <CopyButton label text=Signal::stored(account.password)/>
                </dd>
            </div>
        }
    });
    let passwords = passwords.collect::<Vec<_>>();
    view! {
        <Notice text=Some(text)/>
        {(!passwords.is_empty())
            .then(|| {
                view! {
                    <section class="once panel" aria-labelledby="once-h">
                        <div>
                            <h2 id="once-h">"New temporary passwords"</h2>
                            <p class="muted">
                                "Shown once. Tell each person theirs by phone or in person. It has to be changed at the next sign-in."
                            </p>
                        </div>
                        <dl>{passwords}</dl>
                        <div class="actions">
                            <a class="btn" href="/partners">"Done, hide them"</a>
                        </div>
                    </section>
                }
            })}
    }
}

#[component]
fn Ended(ended: Vec<EndedView>) -> impl IntoView {
    (!ended.is_empty()).then(|| {
        let summary = count(ended.len(), "ended relationship", "ended relationships");
        let rows = ended.into_iter().map(|ended| {
            view! {
                <li>
                    <div>
                        {ended.partner}
                        <span class="sub">{format!("{} to {}", date(ended.starts_at), date(ended.ended_at))}</span>
                    </div>
                    <div class="when">
                        <Status tone=Tone::Past text=ended.status/>
                    </div>
                </li>
            }
        });
        view! {
            <details class="section">
                <summary>{summary}</summary>
                <ul class="lines">{rows.collect_view()}</ul>
            </details>
        }
    })
}
