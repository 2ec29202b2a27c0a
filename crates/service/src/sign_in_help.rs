//! Helping who cannot sign in: by a one-time link to the person, or by word to those who can reset the password.
//!
//! A stranger learns nothing of it. Asking leaves a name in the database, the same for every name; a job looks it up.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use mandate_domain::{Event, UserName};
use mandate_store::{
    Conn,
    activity::{self, NewEntry},
    companies::{self, Company},
    secret_mail::MailSecret,
    sign_in_help, transaction,
    users::{self, User},
};

use crate::{
    Error, Result, Service,
    form::Problems,
    notify::{Recipient, moment},
    place::named,
    sign_in::address_key,
};

/// One mail for a name within this time, however often it is asked for.
const ONE_MAIL_MINUTES: i64 = 10;
/// About how many names may be asked from one address within that time.
const NAMES_PER_ADDRESS: i64 = 20;
const KEEP_HOURS: i64 = 1;
const BATCH: i64 = 100;
const MOST_ADMINISTRATORS: i64 = 50;

impl Service {
    /// For who cannot sign in. It ends the same way whether there is such a user or not.
    pub async fn ask_sign_in_help(&self, user_name: &str, address: IpAddr) -> Result<()> {
        let user_name = UserName::parse(user_name).map_err(|error| Problems::one("user_name", error))?.to_string();
        let address = address_key(address);
        let now = self.now();
        let since = now - TimeDelta::minutes(ONE_MAIL_MINUTES);
        transaction!(self.db, Error, |conn| {
            if sign_in_help::asked_from(conn, &address, since).await? >= NAMES_PER_ADDRESS {
                let message = format!(
                    "Help was asked for many times from your network. Nothing was sent. Try again in {ONE_MAIL_MINUTES} \
                     minutes."
                );
                return Err(Error::Changed(message));
            }
            sign_in_help::ask(conn, &user_name, &address, now, since).await?;
            Ok(())
        })
    }

    /// Looks up the names that were left, and leaves what mail follows from them.
    pub(crate) async fn help_sign_in(&self) -> Result<()> {
        for (user_name, asked_at) in self.names_waiting().await? {
            transaction!(self.db, Error, |conn| {
                if !sign_in_help::take(conn, &user_name, asked_at).await? {
                    return Ok(());
                }
                let Some(user) = users::by_user_name(conn, &user_name).await? else { return Ok(()) };
                if user.is_blocked {
                    return Ok(());
                }
                let company = companies::by_id(conn, user.company_id).await?.ok_or(Error::NotFound)?;
                match &user.alternate_email {
                    Some(address) if user.alternate_email_confirmed => {
                        let to = Recipient { name: user.display_name.clone(), address: address.clone() };
                        self.notify_secret(conn, to, "Choose a new password", MailSecret::PasswordLink, user.id)
                            .await?;
                    }
                    _ => self.tell_administrators(conn, &user, &company, asked_at).await?,
                }
                let entry = NewEntry {
                    at: self.now(),
                    person: None,
                    grant: None,
                    on_behalf_of: None,
                    object_name: named(&user),
                    event: Event::SignInHelpAsked,
                };
                activity::append(conn, &[company.id], &entry).await?;
                Ok(())
            })?;
        }
        Ok(())
    }

    pub(crate) async fn names_waiting(&self) -> Result<Vec<(String, DateTime<Utc>)>> {
        let mut conn = self.db.read().await?;
        Ok(sign_in_help::waiting(&mut conn, BATCH).await?)
    }

    async fn tell_administrators(
        &self,
        conn: &mut Conn,
        user: &User,
        company: &Company,
        asked_at: DateTime<Utc>,
    ) -> Result<()> {
        let administrators = users::global_administrators(conn, company.id, MOST_ADMINISTRATORS).await?;
        let others: Vec<Recipient> =
            administrators.iter().filter(|administrator| administrator.id != user.id).map(Recipient::from).collect();
        let name = &user.display_name;
        let body = format!(
            "Somebody asked for help to sign in to {} as {name} ({}), on {}. {name} has no confirmed alternate email, \
             so no link was sent.\n\nAsk {name} by phone or in person whether it was them. If so, open their page, \
             press “Reset password”, and tell them the temporary password:\n{}\n\nIf it was not {name}, there is \
             nothing to do: their password stays as it is.\n",
            company.name,
            user.user_name,
            moment(asked_at),
            self.url(&format!("/users/{}", user.id)),
        );
        self.notify(conn, others, &format!("{name} cannot sign in"), &body).await
    }

    pub(crate) async fn forget_sign_in_help(conn: &mut Conn, now: DateTime<Utc>) -> Result<()> {
        Ok(sign_in_help::forget_before(conn, now - TimeDelta::hours(KEEP_HOURS)).await?)
    }
}
