//! The fields that offers and templates have in common.

use leptos::prelude::*;
use mandate_domain::{OfferMessage, Role};

use crate::{
    api::{Refused, templates::TemplateName, terms::TermsView},
    components::form::{FieldError, TextArea, TextField, described, typed_or},
};

/// What is asked for, and for how long.
#[component]
pub fn TermsFields(refused: Signal<Option<Refused>>, start: TermsView) -> impl IntoView {
    view! {
        <GrantFields refused roles=start.roles days=start.days/>
        <LinkDays refused days=start.link_days/>
    }
}

/// What a customer is asked to authorize.
#[component]
fn GrantFields(refused: Signal<Option<Refused>>, roles: Vec<Role>, days: u16) -> impl IntoView {
    view! {
        <Roles refused start=roles/>
        <TextField
            label="Number of days"
            name="days"
            refused
            value=days.to_string()
            help="From 1 to 730, counted from the day they authorize"
            inputmode="numeric"
            short=true
        />
    }
}

#[component]
pub fn LinkDays(
    refused: Signal<Option<Refused>>,
    days: u16,
    #[prop(default = "Link works for")] label: &'static str,
) -> impl IntoView {
    view! {
        <TextField
            label=label
            name="link_days"
            refused
            value=days.to_string()
            help="In days, from 1 to 90, counted from the day the offer is made"
            inputmode="numeric"
            short=true
        />
    }
}

/// Delegated administration beside what is sold. What it asks for is there while it is ticked.
#[component]
pub fn Delegation(refused: Signal<Option<Refused>>, roles: Vec<Role>, days: u16) -> impl IntoView {
    view! {
        <div class="delegation">
            <div class="choice">
                <input
                    class="check"
                    type="checkbox"
                    name="delegation"
                    value="true"
                    id="delegation"
                    checked=typed_or(refused, "delegation", "true") == "true"
                    aria-describedby="delegation-help"
                />
                <label for="delegation">"Include a delegated administration offer"</label>
                <p class="hint" id="delegation-help">
                    "The customer decides about it by itself. What you sell goes through with it and without it."
                </p>
            </div>
            <div class="delegation-terms">
                <GrantFields refused roles days/>
            </div>
        </div>
    }
}

/// For whom it is, and how it gets there.
#[component]
pub fn Sending(
    refused: Signal<Option<Refused>>,
    /// What an addressee means for what is offered.
    help: &'static str,
    #[prop(optional, into)] addressed_to: String,
    message: String,
) -> impl IntoView {
    view! {
        <TextField
            label="Domain or user name"
            name="addressed_to"
            refused
            value=addressed_to
            optional=true
            literal=true
            help
        />
        <MessageField refused start=message/>
        <TextField
            label="Email of the addressee"
            name="addressee_email"
            refused
            optional=true
            kind="email"
            literal=true
        />
        <MailChoice
            refused
            label="Mail the offer to this address"
            help="While nobody has answered, they are reminded after 7 and 30 days. A link in each mail stops that."
        />
    }
}

/// The sender's own words.
#[component]
pub fn MessageField(refused: Signal<Option<Refused>>, start: String) -> impl IntoView {
    view! {
        <TextArea
            label="Your own words"
            name="message"
            refused
            value=start
            optional=true
            maxlength=OfferMessage::LONGEST
            help="They stand in the message with the link, above what you ask for. Up to 1,000 characters"
        />
    }
}

/// All are chosen as the form starts; after a refusal, those that were.
#[component]
fn Roles(refused: Signal<Option<Refused>>, start: Vec<Role>) -> impl IntoView {
    let before = refused.get_untracked();
    let chosen = move |role: Role| match &before {
        None => start.contains(&role),
        Some(refused) => refused.all_typed("roles").any(|key| key == role.key()),
    };
    let (_, by) = described(refused, "roles", true);
    let choices = Role::OFFERED.map(|role| {
        let (control, help) = (format!("role-{}", role.key()), format!("role-{}-help", role.key()));
        view! {
            <div class="choice">
                <input
                    class="check"
                    type="checkbox"
                    name="roles[]"
                    value=role.key()
                    id=control.clone()
                    checked=chosen(role)
                    aria-describedby=help.clone()
                />
                <label for=control>{role.name()}</label>
                <p class="hint" id=help>{format!("Can {}. Cannot {}.", role.can(), role.cannot())}</p>
            </div>
        }
    });
    view! {
        <fieldset class="choices" id="roles" tabindex="-1" aria-describedby=by>
            <legend>"Roles to ask for"</legend>
            <p class="hint" id="roles-help">
                "The customer reads the same words, and authorizes all of these roles or none."
            </p>
            <FieldError refused name="roles"/>
            {choices.into_iter().collect_view()}
        </fieldset>
    }
}

/// Any number of customers, or one.
#[component]
pub fn Uses(refused: Signal<Option<Refused>>, single_use: bool) -> impl IntoView {
    let chosen = typed_or(refused, "uses", if single_use { "one" } else { "any" });
    let (_, by) = described(refused, "uses", false);
    let choices = [
        ("any", "Any number of customers", "Each company that has the link can authorize it."),
        ("one", "One customer only", "The first company that authorizes it uses it up. Declining does not."),
    ];
    let choices = choices.map(|(key, label, help)| {
        let (control, described_by) = (format!("uses-{key}"), format!("uses-{key}-help"));
        view! {
            <div class="choice">
                <input
                    class="radio"
                    type="radio"
                    name="uses"
                    value=key
                    id=control.clone()
                    checked=key == chosen
                    aria-describedby=described_by.clone()
                />
                <label for=control>{label}</label>
                <p class="hint" id=described_by>{help}</p>
            </div>
        }
    });
    view! {
        <fieldset class="choices" id="uses" tabindex="-1" aria-describedby=by>
            <legend>"Who may use this offer"</legend>
            <FieldError refused name="uses"/>
            {choices.into_iter().collect_view()}
        </fieldset>
    }
}

/// A box to tick that posts `true`.
#[component]
pub fn MailChoice(refused: Signal<Option<Refused>>, label: &'static str, help: &'static str) -> impl IntoView {
    view! {
        <div class="choice">
            <input
                class="check"
                type="checkbox"
                name="mail"
                value="true"
                id="mail"
                checked=typed_or(refused, "mail", "") == "true"
                aria-describedby="mail-help"
            />
            <label for="mail">{label}</label>
            <p class="hint" id="mail-help">{help}</p>
        </div>
    }
}

/// Links that fill a form from a template. They load the page anew, so that nothing of another start is left in it.
#[component]
pub fn TemplateChoice(
    page: &'static str,
    templates: Vec<TemplateName>,
    chosen: Option<TemplateName>,
    /// What else stays in the query, with the sign before it.
    #[prop(optional, into)]
    keep: String,
) -> impl IntoView {
    let chosen = chosen.map(|template| template.id);
    let link = |href: String, name: String, is_chosen: bool| {
        view! {
            <li>
                <a href=href rel="external" aria-current=is_chosen.then_some("true")>{name}</a>
            </li>
        }
    };
    let none = link(format!("{page}?template=none{keep}"), "Without a template".to_owned(), chosen.is_none());
    let any = !templates.is_empty();
    let links = templates.into_iter().map(|template| {
        link(format!("{page}?template={}{keep}", template.id), template.name, chosen == Some(template.id))
    });
    let links = links.collect_view();
    any.then(|| {
        view! {
            <nav class="filters" aria-label="Templates">
                <span class="small muted">"Start with"</span>
                <ul>{links} {none}</ul>
            </nav>
        }
    })
}
