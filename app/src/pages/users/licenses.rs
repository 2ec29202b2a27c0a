use leptos::prelude::*;

use crate::{
    api::{
        beginning::Beginning,
        licenses::{UserLicenseView, UserLicenses},
        place::PlaceView,
        users::UserView,
    },
    components::{
        form::{ErrorSummary, posted_refusal},
        notice::Notice,
        pager::first_of,
        status::{Status, Tone},
    },
    pages::subscriptions::state::free_in_words,
};

/// What a user has of what the company bought, and could have.
#[component]
pub fn Licenses(place: PlaceView, user: UserView, licenses: UserLicenses, may_assign: bool) -> impl IntoView {
    let UserLicenses { licenses, posted, notice } = licenses;
    let refused = posted_refusal(posted.as_ref());
    let Beginning { rows, has_more } = licenses;
    let shown = rows.len();
    let body = if rows.is_empty() {
        view! {
            <div class="empty">
                <h2>"There is nothing to assign"</h2>
                <p>"The company has no subscription at the moment."</p>
            </div>
        }
        .into_any()
    } else {
        let rows = rows.into_iter().map(|license| {
            view! { <Row license place=place.clone() user=user.clone() may_assign/> }
        });
        view! {
            <ul class="lines licenses">{rows.collect_view()}</ul>
            {has_more.then(|| first_of(shown))}
        }
        .into_any()
    };
    view! {
        <ErrorSummary refused/>
        <Notice text=notice/>
        {body}
    }
}

#[component]
fn Row(license: UserLicenseView, place: PlaceView, user: UserView, may_assign: bool) -> impl IntoView {
    let UserLicenseView { subscription, is_assigned } = license;
    let href = place.path(&format!("subscriptions/{}", subscription.id));
    let page = format!("{}?tab=licenses", place.path(&format!("users/{}", user.id)));
    let (action, label) = if is_assigned {
        ("/api/licenses/remove", format!("Remove {}", subscription.plan))
    } else {
        ("/api/licenses/assign", format!("Assign {}", subscription.plan))
    };
    let can = may_assign && (is_assigned || (subscription.free() > 0 && !user.is_blocked));
    let button = can.then(|| {
        view! {
            <form method="post" action=action>
                <input type="hidden" name="company" value=place.company_field()/>
                <input type="hidden" name="subscription" value=subscription.id.to_string()/>
                <input type="hidden" name="users[]" value=user.id.to_string()/>
                <input type="hidden" name="back" value=page.clone()/>
                <input type="hidden" name="next" value=page/>
                <button class="btn small" type="submit">{label}</button>
            </form>
        }
    });
    let hint = free_in_words(&subscription);
    view! {
        <li>
            <div>
                <a class="name" href=href>{subscription.plan}</a>
                {is_assigned.then(|| view! { " " <Status tone=Tone::Good text="Assigned"/> })}
                <span class="sub">{hint}</span>
            </div>
            {button}
        </li>
    }
}
