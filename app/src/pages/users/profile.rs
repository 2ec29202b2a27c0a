use leptos::prelude::*;
use mandate_domain::Role;

use crate::{
    api::{
        Posted,
        place::PlaceView,
        users::{ChangeUser, UserView},
    },
    components::{
        form::{ErrorSummary, SelectField, SubmitButton, TextField, refusal},
        notice::Notice,
    },
    pages::{outcome::outcome, users::new::role_choices},
};

/// All that somebody else can change of a user.
#[component]
pub fn ChangeForm(
    change: ServerAction<ChangeUser>,
    place: PlaceView,
    user: UserView,
    roles: Vec<Role>,
    posted: Option<Posted<()>>,
) -> impl IntoView {
    let refused = refusal(move || change.value().get(), posted.as_ref());
    let saved = outcome(move || change.value().get(), posted.as_ref());
    let pending = change.pending();
    let role = user.role.map(Role::key).unwrap_or_default();
    let email_help = if user.alternate_email.is_empty() || user.alternate_email_confirmed {
        "Optional. Mail about this account goes there."
    } else {
        "Optional. Mail about this account goes there. Its owner has not confirmed it, so links to choose a password do not."
    };
    view! {
        <ActionForm action=change attr:class="form">
            <ErrorSummary refused/>
            {move || (saved.get().is_some() && !pending.get()).then(|| view! { <Saved/> })}
            <input type="hidden" name="company" value=place.company_field()/>
            <input type="hidden" name="user" value=user.id.to_string()/>
            <input type="hidden" name="role_before" value=role/>
            <div class="fields">
                <TextField label="First name" name="first_name" refused value=user.first_name help="Optional"/>
                <TextField label="Last name" name="last_name" refused value=user.last_name help="Optional"/>
            </div>
            <TextField label="Display name" name="display_name" refused value=user.display_name/>
            <TextField
                label="Alternate email"
                name="alternate_email"
                refused
                value=user.alternate_email
                help=email_help
                inputmode="email"
                literal=true
            />
            <SelectField label="Role" name="role" refused options=role_choices(&roles) value=role/>
            <div class="actions">
                <SubmitButton label="Save" working="Saving" pending/>
            </div>
        </ActionForm>
    }
}

/// For a reader who can change nothing here.
#[component]
pub fn ReadOnly(user: UserView, is_self: bool) -> impl IntoView {
    let or_none = |text: String| match text.as_str() {
        "" => view! { <span class="muted">"None"</span> }.into_any(),
        _ => text.into_any(),
    };
    view! {
        <dl class="facts">
            <div>
                <dt>"First name"</dt>
                <dd>{or_none(user.first_name)}</dd>
            </div>
            <div>
                <dt>"Last name"</dt>
                <dd>{or_none(user.last_name)}</dd>
            </div>
            <div>
                <dt>"Alternate email"</dt>
                <dd>{or_none(user.alternate_email)}</dd>
            </div>
        </dl>
        {is_self
            .then(|| {
                view! {
                    <p class="hint">
                        "You change your display name and your alternate email under " <a href="/account">"Account"</a>
                        "."
                    </p>
                }
            })}
    }
}

#[component]
fn Saved() -> impl IntoView {
    view! { <Notice text=Some("Saved.".to_owned())/> }
}
