use leptos::prelude::*;
use mandate_domain::DelegatedAdministration;

use crate::{
    api::{
        Posted,
        users::{AssignDelegation, UserView},
    },
    components::{
        form::{ErrorSummary, FieldError, SubmitButton, described, refusal, typed_or},
        icon::{Glyph, Icon},
        notice::Notice,
    },
    pages::outcome::outcome,
};

const QUESTION: &str = "Assign administrative access to companies you support";

/// How far a partner's user may act in customers' companies.
#[component]
pub fn Settings(
    assign: ServerAction<AssignDelegation>,
    user: UserView,
    may_assign: bool,
    posted: Option<Posted<()>>,
) -> impl IntoView {
    if !may_assign {
        return view! { <ReadOnly setting=user.delegation/> }.into_any();
    }
    let refused = refusal(move || assign.value().get(), posted.as_ref());
    let saved = outcome(move || assign.value().get(), posted.as_ref());
    let pending = assign.pending();
    let (_, by) = described(refused, "delegation", false);
    let chosen = typed_or(refused, "delegation", user.delegation.key());
    let choices = DelegatedAdministration::ALL.into_iter().map(move |setting| {
        let (control, help) = (format!("delegation-{}", setting.key()), format!("delegation-{}-help", setting.key()));
        view! {
            <div class="choice">
                <input
                    class="radio"
                    type="radio"
                    name="delegation"
                    value=setting.key()
                    id=control.clone()
                    checked=setting.key() == chosen
                    aria-describedby=help.clone()
                />
                <label for=control>{setting.name()}</label>
                <p class="hint" id=help>{setting.explanation()}</p>
            </div>
        }
    });
    view! {
        <ActionForm action=assign attr:class="form">
            <ErrorSummary refused/>
            {move || {
                (saved.get().is_some() && !pending.get())
                    .then(|| view! { <Notice text=Some("Saved. It holds from their next click on.".to_owned())/> })
            }}
            <input type="hidden" name="user" value=user.id.to_string()/>
            <fieldset class="choices" id="delegation" aria-describedby=by>
                <legend>{QUESTION}</legend>
                <FieldError refused name="delegation"/>
                {choices.collect_view()}
            </fieldset>
            <div class="actions">
                <SubmitButton label="Save" working="Saving" pending/>
            </div>
        </ActionForm>
    }
    .into_any()
}

#[component]
fn ReadOnly(setting: DelegatedAdministration) -> impl IntoView {
    view! {
        <dl class="facts">
            <div>
                <dt>"Administrative access to customers’ companies"</dt>
                <dd>{setting.name()}</dd>
                <dd class="hint">{setting.explanation()}</dd>
            </div>
        </dl>
        <div class="note">
            <Icon glyph=Glyph::Info/>
            <p>"Only a global administrator of your company can change this."</p>
        </div>
    }
}
