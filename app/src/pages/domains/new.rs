use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api::domains::{AddDomain, load_new_domain},
    components::{
        band::Band,
        form::{ErrorSummary, SubmitButton, TextField, refusal},
        icon::{Glyph, Icon},
        loaded::{load, loaded},
    },
    pages::params::path_param,
};

/// Claims a domain. What proves it stands on the domain's page, to which it leads.
#[component]
pub fn NewDomainPage() -> impl IntoView {
    let company = path_param("company");
    let add = ServerAction::<AddDomain>::new();
    loaded(load(move || company.get(), load_new_domain), move |(place, posted)| {
        let refused = refusal(move || add.value().get(), posted.as_ref());
        let domains = place.path("domains");
        view! {
            <Title text="Add domain"/>
            <Band place=place.clone()/>
            <main class="page" id="main">
                <a class="back" href=domains.clone()>
                    <Icon glyph=Glyph::Back small=true/>
                    "All domains"
                </a>
                <div class="page-head">
                    <div>
                        <h1>"Add domain"</h1>
                        <p class="muted">
                            {format!(
                                "You then create a record in the DNS, which shows that the domain belongs to {}.",
                                place.company_name,
                            )}
                        </p>
                    </div>
                </div>
                <ActionForm action=add attr:class="form">
                    <ErrorSummary refused/>
                    <input type="hidden" name="company" value=place.company_field()/>
                    <TextField
                        label="Domain name"
                        name="domain_name"
                        refused
                        help="Such as contoso.example. Paste it as it is: an address of a web page or an email address will do."
                        inputmode="url"
                        literal=true
                        autofocus=true
                    />
                    <div class="actions">
                        <SubmitButton label="Add domain" working="Adding" pending=add.pending()/>
                        <a class="btn quiet" href=domains>"Cancel"</a>
                    </div>
                </ActionForm>
            </main>
        }
    })
}
