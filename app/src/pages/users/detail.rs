use leptos::prelude::*;
use leptos_meta::Title;
use mandate_domain::Role;

use crate::{
    api::{
        Posted,
        place::PlaceView,
        users::{AssignDelegation, ChangeUser, ResetPassword, SetBlocked, UserPage, UserView, load_user},
    },
    components::{
        band::Band,
        dialog::{Dialog, DialogActions},
        form::{ErrorSummary, SubmitButton, refusal},
        icon::{Glyph, Icon},
        loaded::{load, loaded},
        notice::Notice,
        status::{Status, Tone},
    },
    format::date,
    pages::{
        outcome::{outcome, reload_after},
        params::{path_param, query_param},
        users::{
            profile::{ChangeForm, ReadOnly},
            settings::Settings,
            shown_once::ShownOnce,
        },
    },
};

/// What can be done on the page. It outlives a reload, and so do its answers.
#[derive(Clone, Copy)]
struct Actions {
    change: ServerAction<ChangeUser>,
    reset: ServerAction<ResetPassword>,
    block: ServerAction<SetBlocked>,
    assign: ServerAction<AssignDelegation>,
}

/// A user: who it is, and what the reader may do to them.
#[component]
pub fn UserPage() -> impl IntoView {
    let (company, user) = (path_param("company"), path_param("user"));
    let tab = query_param("tab");
    let actions = Actions {
        change: ServerAction::new(),
        reset: ServerAction::new(),
        block: ServerAction::new(),
        assign: ServerAction::new(),
    };
    let data = load(move || (company.get(), user.get()), |(company, user)| load_user(company, user));
    let reload = move || data.refetch();
    reload_after(move || actions.change.value().get(), reload);
    // The role may have been changed meanwhile; what was typed stays.
    Effect::new(move |_| {
        if let Some(Ok(Posted::Refused(refused))) = actions.change.value().get()
            && refused.problem("role").is_some()
        {
            reload();
        }
    });
    reload_after(move || actions.block.value().get(), reload);
    reload_after(move || actions.assign.value().get(), reload);
    loaded(data, move |page| {
        let name = page.user.display_name.clone();
        let reset_refused = refusal(move || actions.reset.value().get(), page.reset.as_ref());
        let reset = outcome(move || actions.reset.value().get(), page.reset.as_ref());
        let users = page.place.path("users");
        let (done, shown) = (users.clone(), name.clone());
        let tabs = page.has_delegation.then(|| view! { <Tabs of=name.clone() tab/> });
        let settings = page.has_delegation.then(|| {
            let (user, may_assign, posted) = (page.user.clone(), page.may_assign_delegation, page.assigned.clone());
            move || {
                view! { <Settings assign=actions.assign user=user.clone() may_assign posted=posted.clone()/> }
            }
        });
        let ask = page.may_reset_password.then(|| {
            view! { <AskToReset reset=actions.reset place=page.place.clone() user=page.user.clone()/> }
        });
        view! {
            <Title text=name.clone()/>
            <Band place=page.place.clone()/>
            <main class="page" id="main">
                <a class="back" href=users>
                    <Icon glyph=Glyph::Back small=true/>
                    "All users"
                </a>
                <div class="page-head">
                    <h1 class="title">
                        {name}
                        {page.user.is_blocked.then(|| view! { " " <Status tone=Tone::Bad text="Blocked" pill=true/> })}
                    </h1>
                    {page
                        .may_reset_password
                        .then(|| {
                            view! {
                                <button class="btn" type="button" id="reset" popovertarget="ask-reset">
                                    "Reset password"
                                </button>
                            }
                        })}
                </div>
                <ErrorSummary refused=reset_refused/>
                {move || {
                    reset
                        .get()
                        .map(|made| {
                            let title = format!("{shown} has a new password");
                            view! { <ShownOnce title made done=done.clone()/> }
                        })
                }}
                {tabs}
                {move || match (&settings, tab.get() == "settings") {
                    (Some(settings), true) => {
                        view! {
                            <div role="tabpanel" id="panel" aria-labelledby="tab-settings">
                                {settings()}
                            </div>
                        }
                            .into_any()
                    }
                    (Some(_), false) => {
                        view! {
                            <div role="tabpanel" id="panel" aria-labelledby="tab-details">
                                <Details page=page.clone() actions/>
                            </div>
                        }
                            .into_any()
                    }
                    (None, _) => view! { <Details page=page.clone() actions/> }.into_any(),
                }}
                {ask}
            </main>
        }
    })
}

/// Links, so that they work without scripts, each with an address of its own.
#[component]
fn Tabs(of: String, tab: Memo<String>) -> impl IntoView {
    let settings = move || tab.get() == "settings";
    let selected = |is: bool| if is { "true" } else { "false" };
    view! {
        <div class="tabs" role="tablist" aria-label=of>
            <a
                class="tab"
                role="tab"
                id="tab-details"
                href="?tab=details"
                aria-selected=move || selected(!settings())
                aria-controls=move || (!settings()).then_some("panel")
            >
                "Details"
            </a>
            <a
                class="tab"
                role="tab"
                id="tab-settings"
                href="?tab=settings"
                aria-selected=move || selected(settings())
                aria-controls=move || settings().then_some("panel")
            >
                "Settings"
            </a>
        </div>
    }
}

#[component]
fn Details(page: UserPage, actions: Actions) -> impl IntoView {
    let UserPage { place, user, is_self, may_update, may_block, roles, changed, blocked, .. } = page;
    let form = if may_update {
        view! { <ChangeForm change=actions.change place=place.clone() user=user.clone() roles posted=changed/> }
            .into_any()
    } else {
        view! { <ReadOnly user=user.clone() is_self/> }.into_any()
    };
    let block = may_block.then(|| {
        let user = user.clone();
        view! { <Block block=actions.block place user posted=blocked/> }
    });
    view! {
        <div class="two">
            <div>{form} {block}</div>
            <aside class="aside" aria-label=format!("About {}", user.display_name)>
                <dl class="facts">
                    <div>
                        <dt>"User name"</dt>
                        <dd>{user.user_name}</dd>
                    </div>
                    <div>
                        <dt>"Role"</dt>
                        <dd>{user.role.map_or("None", Role::name)}</dd>
                    </div>
                    <div>
                        <dt>"Last sign-in"</dt>
                        <dd>{user.last_sign_in_at.map_or("Never".to_owned(), date)}</dd>
                    </div>
                    <div>
                        <dt>"Added"</dt>
                        <dd>{date(user.created_at)}</dd>
                    </div>
                </dl>
            </aside>
        </div>
    }
}

#[component]
fn AskToReset(reset: ServerAction<ResetPassword>, place: PlaceView, user: UserView) -> impl IntoView {
    let name = user.display_name;
    let text = format!(
        "{name} is signed out everywhere, and the password they have stops working. You see a temporary one, once, to \
         tell them."
    );
    view! {
        <Dialog id="ask-reset" title=format!("Reset the password of {name}?") text answers=reset.version()>
            <ActionForm action=reset>
                <input type="hidden" name="company" value=place.company_field()/>
                <input type="hidden" name="user" value=user.id.to_string()/>
                <DialogActions dialog="ask-reset" keep="Keep their password">
                    <SubmitButton label="Reset password" working="Resetting" pending=reset.pending()/>
                </DialogActions>
            </ActionForm>
        </Dialog>
    }
}

/// Keeps the user from signing in, which asks first, or lets them in again, which does not.
#[component]
fn Block(
    block: ServerAction<SetBlocked>,
    place: PlaceView,
    user: UserView,
    posted: Option<Posted<bool>>,
) -> impl IntoView {
    let refused = refusal(move || block.value().get(), posted.as_ref());
    let answer = outcome(move || block.value().get(), posted.as_ref());
    let pending = block.pending();
    let name = user.display_name;
    let said = {
        let name = name.clone();
        move || {
            let blocked = answer.get().filter(|_| !pending.get())?;
            let what = if blocked { "cannot sign in any more" } else { "can sign in again" };
            Some(view! { <Notice text=Some(format!("{name} {what}."))/> })
        }
    };
    let ids = move || {
        view! {
            <input type="hidden" name="company" value=place.company_field()/>
            <input type="hidden" name="user" value=user.id.to_string()/>
            <input type="hidden" name="blocked" value=(!user.is_blocked).to_string()/>
        }
    };
    let controls = if user.is_blocked {
        view! {
            <ActionForm action=block>
                {ids()} <SubmitButton label="Let sign in again" working="Letting in" pending class="btn"/>
            </ActionForm>
            <p class="hint">{format!("{name} is blocked and cannot sign in.")}</p>
        }
        .into_any()
    } else {
        view! {
            <button class="btn danger" type="button" popovertarget="ask-block">
                "Block from signing in"
            </button>
            <p class="hint">"They are signed out everywhere, and nothing of theirs is lost. You can let them in again."</p>
            <Dialog
                id="ask-block"
                title=format!("Block {name}?")
                text=format!("{name} is signed out everywhere at once, and cannot sign in until you let them.")
                answers=block.version()
            >
                <ActionForm action=block>
                    {ids()}
                    <DialogActions dialog="ask-block" keep="Let them be">
                        <SubmitButton label=format!("Block {name}") working="Blocking" pending class="btn danger-final"/>
                    </DialogActions>
                </ActionForm>
            </Dialog>
        }
        .into_any()
    };
    view! {
        <section class="section" id="blocked" aria-labelledby="blocked-h">
            <ErrorSummary refused/>
            {said}
            <div class="leave">
                <h2 class="vh" id="blocked-h">"Signing in"</h2>
                {controls}
            </div>
        </section>
    }
}
