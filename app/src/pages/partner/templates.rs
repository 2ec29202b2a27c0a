use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;

use super::terms::{MessageField, TermsFields, Uses};
use crate::{
    api::templates::{SaveTemplate, TemplateRow, load_template, load_templates},
    components::{
        dialog::{Dialog, DialogActions},
        form::{ErrorSummary, SubmitButton, TextField, posted_refusal, refusal},
        icon::{Glyph, Icon},
        loaded::{load, loaded},
        notice::Notice,
        status::{Status, Tone},
    },
    format::count,
    pages::params::{path_param, query_param},
};

/// What new offers can start with.
#[component]
pub fn TemplatesPage() -> impl IntoView {
    loaded(load(|| (), |()| load_templates()), |page| {
        let refused = posted_refusal(page.posted.as_ref());
        let has_default = page.templates.iter().any(|row| row.template.is_default);
        let list = if page.templates.is_empty() {
            view! {
                <div class="empty">
                    <h2>"No templates yet"</h2>
                    <p>"A template keeps roles, days and words, so that a new offer starts with them."</p>
                    <a class="btn" href="/partner/templates/new">
                        <Icon glyph=Glyph::Plus/>
                        "Make the first template"
                    </a>
                </div>
            }
            .into_any()
        } else {
            view! { <Table rows=page.templates/> }.into_any()
        };
        view! {
            <Title text="Offer templates"/>
            <main class="page" id="main">
                <a class="back" href="/partner/offers/new">
                    <Icon glyph=Glyph::Back small=true/>
                    "New offer"
                </a>
                <div class="page-head">
                    <div>
                        <h1>"Offer templates"</h1>
                        <p class="muted">"A new offer starts with the default one, or with another that you choose."</p>
                    </div>
                    <a class="btn primary" href="/partner/templates/new">
                        <Icon glyph=Glyph::Plus/>
                        "New template"
                    </a>
                </div>
                <ErrorSummary refused/>
                <Notice text=page.notice/>
                {list}
                {has_default
                    .then(|| {
                        view! {
                            <form class="more" method="post" action="/api/templates/choose-default">
                                <button class="btn" type="submit">"Start without a template"</button>
                            </form>
                        }
                    })}
            </main>
        }
    })
}

#[component]
fn Table(rows: Vec<TemplateRow>) -> impl IntoView {
    let rows = rows.into_iter().map(|TemplateRow { template, terms }| {
        let roles = terms.roles.len();
        let more = roles.saturating_sub(1);
        let default = if template.is_default {
            view! { <Status tone=Tone::Good text="Default"/> }.into_any()
        } else {
            view! {
                <form method="post" action="/api/templates/choose-default">
                    <input type="hidden" name="template" value=template.id.to_string()/>
                    <button class="btn quiet small" type="submit" aria-label=format!("Start with {}", template.name)>
                        "Make default"
                    </button>
                </form>
            }
            .into_any()
        };
        view! {
            <tr role="row">
                <td role="cell">
                    <a class="name" href=format!("/partner/templates/{}", template.id)>{template.name}</a>
                </td>
                <td role="cell" data-label="Roles">
                    {terms.roles.last().map(|role| role.name())}
                    {(more > 0).then(|| view! { <span class="muted nowrap">{format!(" and {more} more")}</span> })}
                </td>
                <td role="cell" data-label="For">{count(terms.days.into(), "day", "days")}</td>
                <td role="cell" data-label="Who">
                    {if terms.single_use { "One customer" } else { "Any customer" }}
                </td>
                <td role="cell" class="act">{default}</td>
            </tr>
        }
    });
    view! {
        <table role="table" class="table stack" aria-label="Templates">
            <thead role="rowgroup">
                <tr role="row">
                    <th role="columnheader" scope="col">"Template"</th>
                    <th role="columnheader" scope="col">"Roles"</th>
                    <th role="columnheader" scope="col">"For"</th>
                    <th role="columnheader" scope="col">"Who may use it"</th>
                    <th role="columnheader" scope="col">
                        <span class="vh">"Default"</span>
                    </th>
                </tr>
            </thead>
            <tbody role="rowgroup">{rows.collect_view()}</tbody>
        </table>
    }
}

/// Makes a template, from nothing or from an offer, or changes one.
#[component]
pub fn TemplatePage() -> impl IntoView {
    let save = ServerAction::<SaveTemplate>::new();
    let (template, offer) = (path_param("template"), query_param("offer"));
    let named = move || {
        let template = template.get();
        // The address of a new one has no part for it.
        (if template.is_empty() { "new".to_owned() } else { template }, offer.get())
    };
    let data = load(named, |(template, offer)| load_template(template, offer));
    loaded(data, move |form| {
        let refused = refusal(move || save.value().get(), form.posted.as_ref());
        let id = form.id.map(|id| id.to_string());
        let title = if id.is_some() { "Change template" } else { "New template" };
        let delete = id.clone().map(|id| view! { <Delete id name=form.name.clone()/> });
        view! {
            <Title text=title/>
            <main class="page" id="main">
                <a class="back" href="/partner/templates">
                    <Icon glyph=Glyph::Back small=true/>
                    "Offer templates"
                </a>
                <div class="page-head">
                    <div>
                        <h1>{title}</h1>
                        <p class="muted">"Offers that were made stay as they are."</p>
                    </div>
                </div>
                <ActionForm action=save attr:class="form">
                    <ErrorSummary refused/>
                    <input type="hidden" name="template" value=id.unwrap_or_default()/>
                    <input type="hidden" name="version" value=form.version.to_string()/>
                    <TextField
                        label="Template name"
                        name="name"
                        refused
                        value=form.name
                        help="Up to 50 characters"
                        autofocus=form.posted.is_none()
                    />
                    <TermsFields refused start=form.terms.clone()/>
                    <Uses refused single_use=form.terms.single_use/>
                    <MessageField refused start=form.terms.message/>
                    <div class="actions">
                        <SubmitButton label="Save template" working="Saving" pending=save.pending()/>
                        <a class="btn quiet" href="/partner/templates">"Cancel"</a>
                    </div>
                </ActionForm>
                {delete}
            </main>
        }
    })
}

#[component]
fn Delete(id: String, name: String) -> impl IntoView {
    view! {
        <section class="leave" aria-labelledby="delete-h">
            <h2 class="vh" id="delete-h">"Delete"</h2>
            <button class="btn danger" type="button" popovertarget="ask-delete">"Delete template"</button>
            <p class="hint">"Offers that were made from it stay as they are."</p>
        </section>
        <Dialog id="ask-delete" title=format!("Delete {name}?") text="It cannot be brought back. Offers that were made from it stay as they are.">
            <form method="post" action="/api/templates/delete">
                <input type="hidden" name="template" value=id/>
                <DialogActions dialog="ask-delete" keep="Keep the template">
                    <button class="btn danger-final" type="submit">{format!("Delete {name}")}</button>
                </DialogActions>
            </form>
        </Dialog>
    }
}
