use leptos::prelude::*;
use leptos_meta::Title;
use mandate_domain::Locale;

use crate::{
    api::{
        Posted,
        account::{AccountPage as Account, EmailView, SessionView, UnconfirmedView, load_account},
    },
    components::{
        dialog::{Dialog, DialogActions},
        form::{ErrorSummary, SelectField, TextField, posted_refusal},
        loaded::{load, loaded},
        notice::Notice,
        status::{Status, Tone},
    },
    format::{date_time, machine_time},
};

/// One's own account. All of it is posted plainly: it works without scripts, and a change of how dates are written
/// shows at once.
#[component]
pub fn AccountPage() -> impl IntoView {
    loaded(load(|| (), |()| load_account()), |page| {
        let Account { display_name, user_name, company_name, locale, email, sessions, notice, .. } = page;
        view! {
            <Title text="Account"/>
            <main class="page account-page" id="main">
                <div class="page-head">
                    <div>
                        <h1>"Account"</h1>
                        <p class="muted">{format!("{user_name}, {company_name}")}</p>
                    </div>
                </div>
                <Notice text=notice/>
                <Profile display_name locale posted=page.profile/>
                <AlternateEmail email changed=page.changed confirmed=page.confirmed/>
                <section class="section" aria-labelledby="password-h">
                    <h2 id="password-h">"Password"</h2>
                    <p class="hint">"When you change it, every other browser that is signed in as you is signed out."</p>
                    <div class="actions">
                        <a class="btn" href="/password?next=%2Faccount">"Change your password"</a>
                    </div>
                </section>
                <Sessions sessions/>
            </main>
        }
    })
}

#[component]
fn Profile(display_name: String, locale: Locale, posted: Option<Posted<()>>) -> impl IntoView {
    let refused = posted_refusal(posted.as_ref());
    let locales = Locale::ALL.map(|locale| (locale.key().to_owned(), locale.name().to_owned()));
    view! {
        <section class="section" aria-labelledby="profile-h">
            <h2 id="profile-h">"Profile"</h2>
            <form class="form" method="post" action="/api/account/profile">
                <ErrorSummary refused/>
                <TextField label="Display name" name="display_name" refused value=display_name autocomplete="name"/>
                <SelectField
                    label="Language for dates and numbers"
                    name="locale"
                    refused
                    options=locales.into()
                    value=locale.key()
                    help="Everything else stays in English."
                />
                <div class="actions">
                    <button class="btn primary" type="submit">"Save"</button>
                </div>
            </form>
        </section>
    }
}

#[component]
fn AlternateEmail(email: EmailView, changed: Option<Posted<()>>, confirmed: Option<Posted<()>>) -> impl IntoView {
    let refused = posted_refusal(changed.as_ref());
    let EmailView { address, is_confirmed, set_by, unconfirmed, asks_password } = email;
    let has_one = !address.is_empty();
    let state = match (has_one, is_confirmed) {
        (false, _) => {
            view! {
                <p class="hint">
                    "You have none. With a confirmed one, you can choose a new password by yourself when you cannot sign in."
                </p>
            }
            .into_any()
        }
        (true, true) => view! { <EmailState address=address.clone() tone=Tone::Good word="Confirmed"/> }.into_any(),
        (true, false) => {
            let who = set_by.map(|who| format!("{who} set it. ")).unwrap_or_default();
            view! {
                <EmailState address=address.clone() tone=Tone::Warn word="Not confirmed"/>
                <p class="hint">
                    {format!("{who}Send yourself a code to confirm it: until then no link to choose a password goes there.")}
                </p>
            }
            .into_any()
        }
    };
    view! {
        // Without a name of its own, which would be the field's too.
        <section class="section">
            <h2>"Alternate email"</h2>
            {state}
            {unconfirmed.map(|waiting| view! { <Waiting waiting posted=confirmed/> })}
            <form class="form" method="post" action="/api/account/email">
                <ErrorSummary refused/>
                <TextField
                    label="Alternate email"
                    name="alternate_email"
                    refused
                    value=address
                    help="A code goes there. Until you enter it, nothing changes."
                    autocomplete="email"
                    inputmode="email"
                    literal=true
                />
                {asks_password
                    .then(|| {
                        view! {
                            <TextField
                                label="Current password"
                                name="current_password"
                                kind="password"
                                refused
                                help="You signed in a while ago, so show that it is you."
                                autocomplete="current-password"
                            />
                        }
                    })}
                <div class="actions">
                    <button class="btn" type="submit">"Send code"</button>
                    {has_one
                        .then(|| {
                            view! {
                                <button class="btn quiet" type="submit" name="remove" value="true">
                                    "Remove this address"
                                </button>
                            }
                        })}
                </div>
            </form>
        </section>
    }
}

#[component]
fn EmailState(address: String, tone: Tone, word: &'static str) -> impl IntoView {
    view! {
        <p class="email-state">
            <strong>{address}</strong>
            " "
            <Status tone text=word pill=true/>
        </p>
    }
}

/// An address whose code is to be entered.
#[component]
fn Waiting(waiting: UnconfirmedView, posted: Option<Posted<()>>) -> impl IntoView {
    let refused = posted_refusal(posted.as_ref());
    let UnconfirmedView { address, is_open } = waiting;
    let entry = if is_open {
        view! {
            <p>
                "A code was sent to " <strong>{address}</strong>
                ". It works for 15 minutes; look into the folder for unwanted mail too."
            </p>
            <form class="form" method="post" action="/api/account/confirm-email">
                <ErrorSummary refused/>
                <TextField
                    label="Code"
                    name="code"
                    refused
                    help="Six digits"
                    autocomplete="one-time-code"
                    inputmode="numeric"
                    short=true
                />
                <div class="actions">
                    <button class="btn" type="submit">"Confirm this address"</button>
                </div>
            </form>
        }
        .into_any()
    } else {
        view! {
            <ErrorSummary refused/>
            <p>
                "The code for " <strong>{address}</strong>
                " does not work any more. Send another one from the form below."
            </p>
        }
        .into_any()
    };
    view! {
        <div class="plate">
            {entry} <form method="post" action="/api/account/cancel-email">
                <button class="btn quiet small" type="submit">"Leave it as it was"</button>
            </form>
        </div>
    }
}

#[component]
fn Sessions(sessions: Vec<SessionView>) -> impl IntoView {
    let rows = sessions.into_iter().map(|session| {
        let SessionView { key, browser, address, signed_in_at, last_seen_at, is_this } = session;
        let label = format!("End {browser}, {address}, signed in {}", date_time(signed_in_at));
        let end = if is_this {
            view! { <Status tone=Tone::Good text="This browser"/> }.into_any()
        } else {
            view! {
                <form method="post" action="/api/account/end-session">
                    <input type="hidden" name="session" value=key/>
                    <button class="btn small" type="submit" aria-label=label>
                        "End"
                    </button>
                </form>
            }
            .into_any()
        };
        view! {
            <li>
                <div>
                    <strong>{browser}</strong>
                    <span class="sub">{address}</span>
                    <span class="sub">
                        "Signed in "
                        <time datetime=machine_time(signed_in_at)>{date_time(signed_in_at)}</time>
                        ", last seen "
                        <time datetime=machine_time(last_seen_at)>{date_time(last_seen_at)}</time>
                    </span>
                </div>
                {end}
            </li>
        }
    });
    view! {
        <section class="section" aria-labelledby="sessions-h">
            <h2 id="sessions-h">"Where you are signed in"</h2>
            <ul class="lines">{rows.collect_view()}</ul>
            <div class="leave">
                <button class="btn danger" type="button" popovertarget="ask-everywhere">
                    "Sign out everywhere"
                </button>
                <p class="hint">"Something here is not yours? Change your password first, then sign out everywhere."</p>
            </div>
            <Dialog
                id="ask-everywhere"
                title="Sign out everywhere?"
                text="Every browser that is signed in as you is signed out at once, this one too. You sign in again with your password."
            >
                <form method="post" action="/api/account/sign-out-everywhere">
                    <DialogActions dialog="ask-everywhere" keep="Stay signed in">
                        <button class="btn danger-final" type="submit">
                            "Sign out everywhere"
                        </button>
                    </DialogActions>
                </form>
            </Dialog>
        </section>
    }
}
