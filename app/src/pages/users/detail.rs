use leptos::prelude::*;
use leptos_meta::Title;
use mandate_domain::{Permission, Role};

use crate::{
    api::{
        Posted,
        licenses::load_user_licenses,
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
            licenses::Licenses,
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
    let named = move || (company.get(), user.get(), tab.get() == "licenses");
    let data = load(named, |(company, user, with_licenses)| async move {
        let page = load_user(company.clone(), user.clone()).await?;
        let may_read = page.place.permissions.contains(Permission::SubscriptionRead);
        let licenses = if with_licenses && may_read { Some(load_user_licenses(company, user).await?) } else { None };
        Ok((page, licenses))
    });
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
    loaded(data, move |(page, licenses)| {
        let name = page.user.display_name.clone();
        let reset_refused = refusal(move || actions.reset.value().get(), page.reset.as_ref());
        let reset = outcome(move || actions.reset.value().get(), page.reset.as_ref());
        let users = page.place.path("users");
        let (done, shown) = (users.clone(), name.clone());
        let (has_settings, has_licenses) =
            (page.has_delegation, page.place.permissions.contains(Permission::SubscriptionRead));
        let has_tabs = has_settings || has_licenses;
        let tabs = has_tabs.then(|| view! { <Tabs of=name.clone() tab has_licenses has_settings/> });
        let open = page.clone();
        let panel = move || match tab.get().as_str() {
            "settings" if has_settings => {
                let (user, may_assign, posted) = (open.user.clone(), open.may_assign_delegation, open.assigned.clone());
                view! { <Settings assign=actions.assign user may_assign posted/> }.into_any()
            }
            "licenses" if has_licenses => {
                let (place, user) = (open.place.clone(), open.user.clone());
                let may_assign = place.permissions.contains(Permission::LicenseAssign);
                // They are there as soon as they are loaded.
                let licenses = licenses.clone();
                licenses.map(|licenses| view! { <Licenses place user licenses may_assign/> }).into_any()
            }
            _ => view! { <Details page=open.clone() actions/> }.into_any(),
        };
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
                {if has_tabs {
                    view! {
                        <div role="tabpanel" id="panel" aria-labelledby=move || format!("tab-{}", tab_of(&tab.get()))>
                            {panel}
                        </div>
                    }
                        .into_any()
                } else {
                    panel.into_any()
                }}
                {ask}
            </main>
        }
    })
}

/// Which tab an address names; the first where it names none.
fn tab_of(text: &str) -> &'static str {
    match text {
        "licenses" => "licenses",
        "settings" => "settings",
        _ => "details",
    }
}

/// Links, so that they work without scripts, each with an address of its own.
#[component]
fn Tabs(of: String, tab: Memo<String>, has_licenses: bool, has_settings: bool) -> impl IntoView {
    let tabs =
        [("details", "Details", true), ("licenses", "Licenses", has_licenses), ("settings", "Settings", has_settings)];
    let tabs = tabs.into_iter().filter(|(.., has)| *has).map(|(key, label, _)| {
        let is_chosen = move || tab.with(|tab| tab_of(tab) == key);
        view! {
            <a
                class="tab"
                role="tab"
                id=format!("tab-{key}")
                href=format!("?tab={key}")
                aria-selected=move || if is_chosen() { "true" } else { "false" }
                aria-controls=move || is_chosen().then_some("panel")
            >
                {label}
            </a>
        }
    });
    view! {
        <div class="tabs" role="tablist" aria-label=of>
            {tabs.collect_view()}
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
