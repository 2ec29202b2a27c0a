use leptos::{html::Input, prelude::*};
use mandate_domain::SignUpStep;

use super::company::Back;
use crate::{
    api::{Refused, sign_up::SignUpView},
    components::{form::TextField, strength::Strength},
    pages::users::new::Names,
};

/// Who signs in first, and may do everything.
#[component]
pub fn AdministratorStep(page: SignUpView, refused: Signal<Option<Refused>>) -> impl IntoView {
    let SignUpView { open, administrator, has_password, domain, company, .. } = page;
    let password = NodeRef::<Input>::new();
    let help = if has_password {
        "You have chosen one. Leave this empty to keep it."
    } else {
        "At least 12 characters. A few unrelated words are good."
    };
    view! {
        <p class="muted">
            {format!("You become the global administrator of {}: you may do everything there, and add others.", company.company_name)}
        </p>
        <form class="form" id="step" method="post" action="/api/sign-up/administrator">
            <input type="hidden" name="offer" value=open.offer_id.clone()/>
            <input type="hidden" name="from" value=SignUpStep::Administrator.key()/>
            <Names
                refused
                first_name=administrator.first_name
                last_name=administrator.last_name
                display_name=administrator.display_name
            />
            <TextField
                label="User name"
                name="user_name"
                refused
                value=administrator.user_name
                help=format!("The part before @{domain}")
                autocomplete="username"
                literal=true
            />
            <TextField
                label="Alternate email"
                name="alternate_email"
                refused
                value=administrator.alternate_email
                help="An address that you read now. A code goes there, and later a link where you cannot sign in."
                autocomplete="email"
                inputmode="email"
                literal=true
            />
            <Strength field=password sign_up=open.offer_id>
                <TextField
                    label="Password"
                    name="password"
                    kind="password"
                    refused
                    help=help
                    autocomplete="new-password"
                    node_ref=password
                />
            </Strength>
            <div class="actions">
                <button class="btn primary large" type="submit">"Continue"</button>
                <Back/>
            </div>
        </form>
    }
}
