use leptos::{html::Input, prelude::*};
use leptos_meta::Title;
use mandate_domain::Role;

use crate::{
    api::{
        Refused,
        users::{AddUser, load_new_user},
    },
    components::{
        band::Band,
        form::{ErrorSummary, SelectField, SubmitButton, TextField, refusal},
        icon::{Glyph, Icon},
        loaded::{load, loaded},
    },
    pages::{outcome::outcome, params::path_param, users::shown_once::ShownOnce},
};

/// Adds a user. Their temporary password takes the place of the form.
#[component]
pub fn NewUserPage() -> impl IntoView {
    let company = path_param("company");
    let add = ServerAction::<AddUser>::new();
    loaded(load(move || company.get(), load_new_user), move |page| {
        let users = page.place.path("users");
        let new = page.place.path("users/new");
        let field = page.place.company_field();
        let refused = refusal(move || add.value().get(), page.posted.as_ref());
        let added = outcome(move || add.value().get(), page.posted.as_ref());
        let done = users.clone();
        let (domains, roles) = (page.domains, role_choices(&page.roles));
        let body = move || {
            match added.get() {
            Some(made) => view! {
                <ShownOnce title=format!("{} was added", made.display_name) made done=done.clone()/>
                <p>
                    // Loaded anew, so that nothing of this one is left in it.
                    <a class="btn" href=new.clone() rel="external">
                        <Icon glyph=Glyph::Plus/>
                        "Add another user"
                    </a>
                </p>
            }
            .into_any(),
            None => view! {
                <Form add refused company=field.clone() domains=domains.clone() roles=roles.clone() cancel=done.clone()/>
            }
            .into_any(),
        }
        };
        view! {
            <Title text="Add user"/>
            <Band place=page.place.clone()/>
            <main class="page" id="main">
                <a class="back" href=users>
                    <Icon glyph=Glyph::Back small=true/>
                    "All users"
                </a>
                <div class="page-head">
                    <div>
                        <h1>"Add user"</h1>
                        <p class="muted">{format!("They become a user of {}.", page.place.company_name)}</p>
                    </div>
                </div>
                {body}
            </main>
        }
    })
}

#[component]
fn Form(
    add: ServerAction<AddUser>,
    refused: Signal<Option<Refused>>,
    company: String,
    domains: Vec<(String, String)>,
    roles: Vec<(String, String)>,
    cancel: String,
) -> impl IntoView {
    view! {
        <ActionForm action=add attr:class="form">
            <ErrorSummary refused/>
            <input type="hidden" name="company" value=company/>
            <Names refused/>
            <div class="fields">
                <TextField
                    label="User name"
                    name="user_name"
                    refused
                    help="The part before the @"
                    literal=true
                />
                <SelectField label="Domain" name="domain" refused options=domains/>
            </div>
            <TextField
                label="Alternate email"
                name="alternate_email"
                refused
                help="Optional. Mail about this account goes there."
                inputmode="email"
                literal=true
            />
            <SelectField
                label="Role"
                name="role"
                refused
                options=roles
                help="Without one, they see and change only themselves."
            />
            <div class="actions">
                <SubmitButton label="Add user" working="Adding" pending=add.pending()/>
                <a class="btn quiet" href=cancel>"Cancel"</a>
            </div>
        </ActionForm>
    }
}

/// First, last and display name. The display name follows the other two until it is written by hand, and what was
/// typed before this could listen is taken as it stands.
#[component]
pub fn Names(
    refused: Signal<Option<Refused>>,
    #[prop(optional)] first_name: String,
    #[prop(optional)] last_name: String,
    #[prop(optional)] display_name: String,
) -> impl IntoView {
    let (first, last, display) = (NodeRef::<Input>::new(), NodeRef::<Input>::new(), NodeRef::<Input>::new());
    let value = |field: NodeRef<Input>| field.get_untracked().map(|field| field.value()).unwrap_or_default();
    let composed = move || {
        let names = [value(first), value(last)];
        let names = names.iter().map(|name| name.trim()).filter(|name| !name.is_empty());
        names.collect::<Vec<_>>().join(" ")
    };
    // What it was given last, to tell it from what a person wrote.
    let given = StoredValue::new(String::new());
    let follow = move || {
        let Some(display) = display.get_untracked() else { return };
        let composed = composed();
        let written = display.value();
        if written.is_empty() || written == given.get_value() {
            display.set_value(&composed);
        }
        given.set_value(composed);
    };
    Effect::new(move |_| {
        if first.get().is_some() && last.get().is_some() && display.get().is_some() {
            follow();
        }
    });
    view! {
        <div class="fields" on:input=move |_| follow()>
            <TextField
                label="First name"
                name="first_name"
                refused
                value=first_name
                help="Optional"
                autofocus=true
                node_ref=first
            />
            <TextField label="Last name" name="last_name" refused value=last_name help="Optional" node_ref=last/>
        </div>
        <TextField
            label="Display name"
            name="display_name"
            refused
            value=display_name
            help="Filled from both names until you write another"
            node_ref=display
        />
    }
}

/// What a select of roles offers.
pub fn role_choices(roles: &[Role]) -> Vec<(String, String)> {
    let roles = roles.iter().map(|role| (role.key().to_owned(), role.name().to_owned()));
    [(String::new(), "No role".to_owned())].into_iter().chain(roles).collect()
}
