//! What a partner asks a company for, as that company reads it before it decides: the same words wherever it is asked.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use mandate_domain::{DeclineReason, Permission, Role};

use crate::{
    api::{
        Refused,
        consent::{DeclinedView, DifferenceView, PartnerView},
    },
    components::{
        dialog::{Dialog, DialogActions},
        form::TextArea,
        icon::{Glyph, Icon},
    },
    format::{date, initials, list},
};

/// Who asks, and how to be sure of it.
#[component]
pub fn Letterhead(partner: PartnerView, sender: String, code: String) -> impl IntoView {
    let contact = match &partner.support_email {
        Some(address) => format!("{sender}, {address}"),
        None => sender,
    };
    let (address, phone) = (partner.contact_address, partner.phone);
    let apart = if address.is_some() && phone.is_some() { ", " } else { "" };
    let more = (address.is_some() || phone.is_some()).then(|| {
        view! {
            <br/>
            {address}
            {apart}
            {phone.map(|phone| view! { <span class="nowrap">{phone}</span> })}
        }
    });
    view! {
        <div class="letterhead who">
            <span class="monogram" aria-hidden="true">{initials(&partner.name, 2)}</span>
            <div>
                <p class="from">{partner.name.clone()}</p>
                {partner
                    .domain
                    .map(|domain| {
                        view! {
                            <p class="verified">
                                <Icon glyph=Glyph::Verified/>
                                <span>{domain} " " <span class="muted">"is verified"</span></span>
                            </p>
                        }
                    })}
                <p class="small muted">{contact} {more}</p>
            </div>
            <dl class="compare">
                <dt>"Verification code"</dt>
                <dd class="code">{code}</dd>
                <dd class="hint">"To be sure who asks, call a number you already know. They must read you this code."</dd>
            </dl>
        </div>
    }
}

/// What the roles are about, in the order in which one reads it.
pub fn subjects(roles: &[Role]) -> String {
    let mut subjects = Vec::new();
    let mut about = |permission: Permission, subject: &str| {
        if roles.iter().any(|role| role.permissions().contains(permission)) {
            subjects.push(subject.to_owned());
        }
    };
    about(Permission::UserUpdate, "users");
    about(Permission::UserResetPassword, "passwords");
    about(Permission::DomainManage, "domains");
    about(Permission::LicenseAssign, "licenses");
    if subjects.is_empty() { "what you see here".to_owned() } else { list(&subjects) }
}

/// What they could do, and from when to when.
#[component]
pub fn Access(
    /// Where: the company's name.
    own: String,
    roles: Vec<Role>,
    days: u16,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    /// By which act it would begin.
    starts_when: &'static str,
) -> impl IntoView {
    view! {
        <section class="section" aria-labelledby="roles-h">
            <h2 id="roles-h">{format!("What they may do in {own}")}</h2>
            <RoleRows roles/>
        </section>
        <section class="section term" aria-labelledby="term-h">
            <h2 id="term-h">{if days == 1 { "For 1 day".to_owned() } else { format!("For {days} days") }}</h2>
            <dl class="span">
                <div>
                    <dt>"Starts"</dt>
                    <dd>{date(starts_at)}</dd>
                    <dd class="hint">{starts_when}</dd>
                </div>
                <div>
                    <dt>"Ends"</dt>
                    <dd>{date(ends_at)}</dd>
                    <dd class="hint">"does not renew by itself"</dd>
                </div>
            </dl>
        </section>
    }
}

#[component]
fn RoleRows(roles: Vec<Role>) -> impl IntoView {
    let rows = roles.into_iter().map(|role| {
        view! {
            <li class="role">
                <h3>{role.name()}</h3>
                <dl class="says">
                    <dt>"Can"</dt>
                    <dd>{role.can()}</dd>
                    <dt>"Cannot"</dt>
                    <dd>{role.cannot()}</dd>
                </dl>
            </li>
        }
    });
    view! { <ul class="roles">{rows.collect_view()}</ul> }
}

/// What would change of the access that they have.
#[component]
pub fn Differences(difference: DifferenceView) -> impl IntoView {
    let row = |class: &'static str, what: String, how: String| {
        view! {
            <li class=class>
                <span>{what}</span>
                <span>{how}</span>
            </li>
        }
    };
    let roles = |class: &'static str, roles: Vec<Role>, how: &'static str| {
        roles.into_iter().map(|role| row(class, role.name().to_owned(), how.to_owned())).collect_view()
    };
    let ends = if date(difference.ends_before) == date(difference.ends_after) {
        row("kept", format!("Ends {}", date(difference.ends_after)), "as before".to_owned())
    } else {
        let before = format!("was {}", date(difference.ends_before));
        row("added", format!("Ends {}", date(difference.ends_after)), before)
    };
    view! {
        <section class="section" aria-labelledby="diff-h">
            <h2 id="diff-h">"What changes from the access they have now"</h2>
            <ul class="roles diff">
                {roles("kept", difference.kept, "stays")} {roles("added", difference.added, "new")}
                {roles("removed", difference.removed, "goes")} {ends}
            </ul>
        </section>
    }
}

/// What the company answered before.
#[component]
pub fn Declined(company: String, declined: DeclinedView, until: String) -> impl IntoView {
    let because = declined.reason.map(|reason| format!("Your reason: {reason}"));
    view! {
        <div class="note">
            <Icon glyph=Glyph::Info/>
            <div>
                <p>
                    <strong>{format!("{company} declined this on {}.", date(declined.at))}</strong>
                    {format!(" You can change your answer until {until}.")}
                </p>
                {because.map(|because| view! { <p>{because}</p> })}
            </div>
        </div>
    }
}

/// Opened by a button whose `popovertarget` is `decline`.
#[component]
pub fn DeclineDialog(
    offer_id: String,
    company_id: String,
    /// Whose offer it is.
    name: String,
    text: &'static str,
    refused: Signal<Option<Refused>>,
) -> impl IntoView {
    view! {
        <Dialog id="decline" title=format!("Decline the offer of {name}?") text>
            <form method="post" action="/api/consent/decline">
                <input type="hidden" name="offer" value=offer_id/>
                <input type="hidden" name="company" value=company_id/>
                <TextArea
                    label="Reason"
                    name="reason"
                    refused
                    optional=true
                    autofocus=true
                    maxlength=DeclineReason::LONGEST
                    help=format!("{name} can read it. Up to 500 characters.")
                />
                <DialogActions dialog="decline" keep="Back" autofocus=false>
                    <button class="btn primary" type="submit">"Decline offer"</button>
                </DialogActions>
            </form>
        </Dialog>
    }
}
