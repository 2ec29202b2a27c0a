//! Starting as a new company: three short steps, each with an address of its own. All of it is posted plainly; scripts
//! only say while one types whether a prefix is free, and how hard a password is to guess.

mod administrator;
mod code;
mod company;
mod review;

use leptos::{either::EitherOf4, prelude::*};
use leptos_meta::Title;
use mandate_domain::SignUpStep;

use self::{administrator::AdministratorStep, code::CodeStep, company::CompanyStep, review::ReviewStep};
use crate::{
    api::sign_up::{SignUpPage as Page, SignUpView, load_sign_up},
    components::{
        form::{ErrorSummary, posted_refusal},
        loaded::{load, loaded},
        notice::Notice,
    },
    pages::{
        params::{path_param, query_param},
        sale_review::title_of,
    },
};

#[component]
pub fn SignUpPage() -> impl IntoView {
    let (offer, step) = (path_param("offer"), query_param("step"));
    let data = load(move || (offer.get(), step.get()), |(offer, step)| load_sign_up(offer, step));
    loaded(data, |page| match page {
        Page::Gone { offer } => view! { <Gone offer/> }.into_any(),
        Page::Done { company, user_name } => view! { <Done company user_name/> }.into_any(),
        Page::Open(open) => view! { <Steps page=*open/> }.into_any(),
    })
}

#[component]
fn Gone(offer: String) -> impl IntoView {
    view! {
        <Title text="Start again from the offer"/>
        <main class="sheet panel narrow" id="main">
            <h1>"Start again from the offer"</h1>
            <p class="muted">
                "This browser has nothing that was begun here: it is kept for a day. Nothing was made or ordered."
            </p>
            <div class="actions">
                <a class="btn primary" href=format!("/offers/{offer}") rel="external">"Go to the offer"</a>
            </div>
        </main>
    }
}

#[component]
fn Done(company: String, user_name: String) -> impl IntoView {
    view! {
        <Title text="Your company is there"/>
        <main class="sheet panel narrow" id="main">
            <h1>{format!("{company} is there")}</h1>
            <p class="muted">{format!("You sign in to it as {user_name}.")}</p>
            <div class="actions">
                <a class="btn primary" href="/subscriptions" rel="external">"Go to Subscriptions"</a>
            </div>
        </main>
    }
}

#[component]
fn Steps(page: SignUpView) -> impl IntoView {
    let refused = posted_refusal(page.posted.as_ref());
    let notice = page.notice.clone();
    let what = page.open.sale.as_ref().map(|sale| title_of(sale, &page.open.partner.name));
    let (step, reached) = (page.step, page.reached);
    let offer = page.open.offer_id.clone();
    let (title, body) = match step {
        SignUpStep::Company => ("Your company", EitherOf4::A(view! { <CompanyStep page refused/> })),
        SignUpStep::Administrator => {
            ("Its first administrator", EitherOf4::B(view! { <AdministratorStep page refused/> }))
        }
        SignUpStep::Code => ("Confirm your email address", EitherOf4::C(view! { <CodeStep page refused/> })),
        SignUpStep::Review | SignUpStep::Done => ("Review", EitherOf4::D(view! { <ReviewStep page refused/> })),
    };
    view! {
        <Title text=title/>
        <main class="sheet panel sign-up" id="main">
            <p class="muted">{what}</p>
            <EnterKey step/>
            <Progress step reached/>
            <h1>{title}</h1>
            <Notice text=notice/>
            <ErrorSummary refused/>
            {body}
            <form class="again" method="post" action="/api/sign-up/forget">
                <input type="hidden" name="offer" value=offer/>
                <p class="hint">"Begun by somebody else? This takes what was typed out of this browser."</p>
                <button class="btn quiet small" type="submit">"Start again"</button>
            </form>
        </main>
    }
}

/// The key presses a form's first button, which would be one that leaves the step. In the review it works out the total:
/// nobody orders by it.
#[component]
fn EnterKey(step: SignUpStep) -> impl IntoView {
    let in_review = step == SignUpStep::Review;
    view! {
        <button
            type="submit"
            form="step"
            formaction=in_review.then_some("/api/sale/total")
            name=in_review.then_some("new_company")
            value=in_review.then_some("true")
            hidden
        ></button>
    }
}

/// Where one is, and the way back to what is done.
#[component]
fn Progress(step: SignUpStep, reached: SignUpStep) -> impl IntoView {
    let steps = [
        (SignUpStep::Company, "Company"),
        (SignUpStep::Administrator, "First administrator"),
        (SignUpStep::Review, "Review"),
    ];
    // The code belongs to the step before it.
    let current = if step == SignUpStep::Code { SignUpStep::Administrator } else { step };
    let steps = steps.map(|(of, name)| {
        let done = of < reached && of != current;
        let name = if of != current && of <= reached {
            view! { <Leave to=of label=name/> }.into_any()
        } else {
            name.into_any()
        };
        view! { <li class=done.then_some("done") aria-current=(of == current).then_some("step")>{name}</li> }
    });
    view! {
        <nav aria-label="Steps">
            <ol class="steps">{steps.into_iter().collect_view()}</ol>
        </nav>
    }
}

/// Leaves a step for another, and takes along what was typed: it sends the step's form, wherever it stands.
#[component]
fn Leave(to: SignUpStep, label: &'static str) -> impl IntoView {
    view! {
        <button class="link" type="submit" form="step" formaction="/api/sign-up/back" name="to" value=to.key()>
            {label}
        </button>
    }
}
