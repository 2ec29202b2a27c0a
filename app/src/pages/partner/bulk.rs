use leptos::{form::ActionForm, html, prelude::*, task::spawn_local};
use leptos_meta::Title;
use wasm_bindgen_futures::JsFuture;

use super::terms::{MailChoice, MessageField, TemplateChoice, TermsFields};
use crate::{
    api::{
        Refused,
        bulk::{BatchReview, CheckOffers, CreateOffers, NewBatchView, ReviewRow, load_new_batch},
    },
    components::{
        form::{ErrorSummary, SubmitButton, TextArea, TextField, refusal, text_area_html},
        icon::{Glyph, Icon},
        loaded::{load, loaded},
    },
    format::count,
    pages::{outcome::outcome, params::query_param},
};

/// Makes offers for many companies: a list, a look at what would come of it, then all in one go.
#[component]
pub fn BulkPage() -> impl IntoView {
    let template = query_param("template");
    loaded(load(move || template.get(), load_new_batch), |page| {
        view! {
            <Title text="Offers for many companies"/>
            <main class="page" id="main">
                <a class="back" href="/partner/offers/new">
                    <Icon glyph=Glyph::Back small=true/>
                    "New offer"
                </a>
                <div class="page-head">
                    <div>
                        <h1>"Offers for many companies"</h1>
                        <p class="muted">
                            "Each company on your list gets an offer of its own, which it alone can use, and once. Nothing is made before you have looked at all of it."
                        </p>
                    </div>
                </div>
                <Steps page/>
            </main>
        }
    })
}

#[component]
fn Steps(page: NewBatchView) -> impl IntoView {
    let check = ServerAction::<CheckOffers>::new();
    let create = ServerAction::<CreateOffers>::new();
    let refused = refusal(move || check.value().get(), page.posted.as_ref());
    let checked = outcome(move || check.value().get(), page.posted.as_ref());
    let back = RwSignal::new(false);
    Effect::new(move |_| {
        check.version().track();
        back.set(false);
    });
    let reviewing = Memo::new(move |_| checked.get().filter(|_| !back.get()));
    let in_review = move || reviewing.with(Option::is_some);
    let batch = page.batch.to_string();
    view! {
        // It stays below the review, so that going back finds all that was typed.
        <div hidden=in_review>
            <TemplateChoice page="/partner/offers/bulk" templates=page.templates chosen=page.chosen/>
            <ActionForm action=check attr:class="form">
                <ErrorSummary refused/>
                <input type="hidden" name="batch" value=batch/>
                <TextField
                    label="Name of all"
                    name="name"
                    refused
                    help="Each offer is called this and its company, such as Managed IT – Contoso"
                    autofocus=true
                />
                <List refused/>
                <TermsFields refused start=page.start.clone()/>
                <MessageField refused start=page.start.message/>
                <MailChoice
                    refused
                    label="Mail each offer to its address"
                    help="Each row then needs an email address. Who has not answered is reminded after 7 and 30 days."
                />
                <div class="actions">
                    <SubmitButton label="Look at the offers" working="Reading" pending=check.pending()/>
                    <a class="btn quiet" href="/partner">"Cancel"</a>
                </div>
            </ActionForm>
        </div>
        {move || reviewing.get().map(|review| view! { <Review review create back/> })}
    }
}

/// Pasted, or taken from a file where there are scripts.
#[component]
fn List(refused: Signal<Option<Refused>>) -> impl IntoView {
    let text = NodeRef::<html::Textarea>::new();
    let file = NodeRef::<html::Input>::new();
    let take = move |_| {
        let chosen = file.get_untracked().and_then(|field| field.files()).and_then(|files| files.get(0));
        let Some(chosen) = chosen else { return };
        spawn_local(async move {
            let read = JsFuture::from(chosen.text()).await.ok().and_then(|text| text.as_string());
            if let (Some(read), Some(field)) = (read, text.get_untracked()) {
                field.set_value(&read);
            }
        });
    };
    view! {
        <TextArea
            label="List of companies"
            name="list"
            refused
            help="A row for each, up to 500: company, domain or user name, email address. Paste it from a spreadsheet, or with commas between. The email address can be left out"
            node_ref=text
        />
        <div class="field needs-script">
            <label for="file">"Or take the list from a CSV file"</label>
            <input class="file" type="file" id="file" accept=".csv,.txt,text/csv,text/plain" node_ref=file on:change=take/>
        </div>
    }
}

#[component]
fn Review(review: BatchReview, create: ServerAction<CreateOffers>, back: RwSignal<bool>) -> impl IntoView {
    let refused = refusal(move || create.value().get(), None);
    let number = count(review.rows.len(), "offer", "offers");
    let mails =
        if review.mail { "Each is mailed to its address." } else { "None is mailed: you get a file of their URLs." };
    let BatchReview { rows, form, roles, mail } = review;
    let hidden = [
        ("batch", form.batch),
        ("name", form.name),
        ("list", form.list),
        ("mail", mail.to_string()),
        ("days", form.terms.days),
        ("link_days", form.terms.link_days),
        ("uses", form.terms.uses),
        ("message", form.terms.message),
    ];
    // A text area keeps line breaks, which an input of one line drops.
    let hidden =
        hidden.map(|(name, value)| view! { <textarea hidden name=name inner_html=text_area_html(&value)></textarea> });
    let roles = roles.into_iter().map(|role| view! { <input type="hidden" name="roles[]" value=role/> });
    let (label, doing) = (format!("Create {number}"), format!("Creating {number}. Keep this page open."));
    let pending = create.pending();
    let heading = NodeRef::<html::H2>::new();
    Effect::new(move |_| {
        if let Some(heading) = heading.get() {
            let _ = heading.focus();
        }
    });
    view! {
        <section aria-labelledby="review-h">
            <div class="bar">
                <h2 id="review-h" tabindex="-1" node_ref=heading>{format!("{number} would be made")}</h2>
            </div>
            <ErrorSummary refused/>
            <p class="muted">{mails} " Where a name is taken, a number is added to it."</p>
            <ReviewTable rows/>
            <ActionForm action=create>
                {hidden.into_iter().collect_view()} {roles.collect_view()}
                <div class="actions more">
                    <SubmitButton label working="Creating" pending/>
                    <button class="btn quiet needs-script" type="button" on:click=move |_| back.set(true)>"Back to the list"</button>
                </div>
            </ActionForm>
            <div role="status">
                {move || {
                    pending
                        .get()
                        .then(|| {
                            view! {
                                <p class="hint">{doing.clone()}</p>
                                <progress aria-label="Creating offers"></progress>
                            }
                        })
                }}
            </div>
        </section>
    }
}

#[component]
fn ReviewTable(rows: Vec<ReviewRow>) -> impl IntoView {
    let rows = rows.into_iter().map(|row| {
        view! {
            <tr role="row">
                <td role="cell">{row.company}</td>
                <td role="cell" data-label="For">{row.addressee}</td>
                <td role="cell" data-label="Email">{row.email}</td>
                <td role="cell" data-label="Offer">{row.name}</td>
            </tr>
        }
    });
    view! {
        <table role="table" class="table stack" aria-label="Offers to be made">
            <thead role="rowgroup">
                <tr role="row">
                    <th role="columnheader" scope="col">"Company"</th>
                    <th role="columnheader" scope="col">"Domain or user name"</th>
                    <th role="columnheader" scope="col">"Email"</th>
                    <th role="columnheader" scope="col">"Offer"</th>
                </tr>
            </thead>
            <tbody role="rowgroup">{rows.collect_view()}</tbody>
        </table>
    }
}
