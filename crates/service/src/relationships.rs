//! What a customer sees of its partners, and how it ends what it gave them.

use mandate_domain::{Action, CompanyId, Event, GrantState, PermissionSet, UserId};
use mandate_store::{
    Conn,
    activity::{self, Entry},
    companies::{self, Company},
    email_confirmations,
    grants::{self, Grant, Origin},
    search, sessions, transaction,
    users::{self, NewPassword, User},
};

use crate::{
    Error, Principal, Result, Service,
    form::Problems,
    notify::{Recipient, contact},
    passwords::temporary_password,
    place::{Place, named},
};

/// A partner and what it may do in the company.
#[derive(Clone, Debug)]
pub struct Relationship {
    pub partner: Company,
    pub grant: Grant,
    pub origin: Origin,
    /// The partner's people who can act by the grant; one more than [`MOST_PEOPLE`] where there are more.
    pub people: Vec<User>,
    /// What they did last.
    pub latest: Vec<Entry>,
    /// Accounts whose password the partner's people made, and that have not changed it since.
    pub known_passwords: Vec<User>,
}

/// A relationship that is over.
#[derive(Clone, Debug)]
pub struct EndedRelationship {
    pub partner: String,
    pub grant: Grant,
}

/// The partner relationships of a company.
#[derive(Clone, Debug)]
pub struct Relationships {
    pub live: Vec<Relationship>,
    pub ended: Vec<EndedRelationship>,
}

/// What becomes of an account whose password the removed partner's people may know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownPassword {
    Block,
    Reset,
    Leave,
}

/// What came of a removal.
#[derive(Clone, Debug, Default)]
pub struct Removed {
    pub partner: String,
    pub blocked: usize,
    pub reset: Vec<ResetAccount>,
}

/// A password that was reset when a partner was removed, to be shown once.
#[derive(Clone, Debug)]
pub struct ResetAccount {
    pub display_name: String,
    pub user_name: String,
    pub password: String,
}

const MOST_PARTNERS: i64 = 100;
const MOST_PEOPLE: i64 = 20;
const LATEST: i64 = 4;
/// As many passwords as are shown on one page, once.
const MOST_RESETS: usize = 10;
/// More than one company's partner makes: what a removal looks through.
const ALL_ACCOUNTS: i64 = 100_000;
/// The most accounts that are listed to decide on.
const MOST_ACCOUNTS: i64 = 500;

impl Service {
    pub async fn relationships(&self, who: &Principal) -> Result<Relationships> {
        Place::own(who).permits(Action::ManageRelationships)?;
        let now = self.now();
        let customer = who.company.id;
        let mut conn = self.db.read().await?;
        let mut live = Vec::new();
        for grant in grants::live_of_customer(&mut conn, customer, now, MOST_PARTNERS).await? {
            let partner = companies::by_id(&mut conn, grant.partner_id).await?.ok_or(Error::NotFound)?;
            let origin = grants::origin(&mut conn, grant.id).await?.ok_or(Error::NotFound)?;
            let people = users::delegated_administrators(&mut conn, partner.id, MOST_PEOPLE + 1).await?;
            let people = people
                .into_iter()
                .filter(|user| {
                    let held = grant.roles.permissions().intersection(user.delegation.ceiling());
                    held != PermissionSet::NONE
                })
                .collect();
            let latest = activity::list(&mut conn, customer, None, Some(partner.id), LATEST).await?;
            let known_passwords =
                users::with_password_of_partner(&mut conn, customer, partner.id, MOST_ACCOUNTS).await?;
            live.push(Relationship { partner, grant, origin, people, latest, known_passwords });
        }
        let mut ended = Vec::new();
        for grant in grants::ended_of_customer(&mut conn, customer, now, MOST_PARTNERS).await? {
            let partner = companies::by_id(&mut conn, grant.partner_id).await?.ok_or(Error::NotFound)?.name;
            ended.push(EndedRelationship { partner, grant });
        }
        Ok(Relationships { live, ended })
    }

    /// Ends what the company gave a partner, at once. Of the accounts whose password the partner's people may know, those
    /// chosen are blocked or reset, and those left out stay. One that the reader cannot have seen, since it was made
    /// meanwhile, is blocked. Removing twice changes nothing more.
    pub async fn remove_partner(
        &self,
        who: &Principal,
        partner_id: CompanyId,
        known_passwords: KnownPassword,
        chosen: &[UserId],
        left_out: &[UserId],
    ) -> Result<Removed> {
        Place::own(who).permits(Action::ManageRelationships)?;
        if known_passwords == KnownPassword::Reset && chosen.len() > MOST_RESETS {
            let message =
                format!("Reset at most {MOST_RESETS} accounts, whose passwords you then see. Block the others");
            return Err(Problems::one("known_passwords", message).into());
        }
        let now = self.now();
        let customer = who.company.id;
        // Hashed before the transaction, which waits for nothing but the database.
        let mut passwords = Vec::new();
        if known_passwords == KnownPassword::Reset {
            for account in chosen {
                let password = temporary_password(&*self.entropy);
                let hash = self.passwords.hash(password.clone()).await?;
                passwords.push((*account, password, hash));
            }
        }
        transaction!(self.db, Error, |conn| {
            self.enter_to_change(conn, who, customer).await?.permits(Action::ManageRelationships)?;
            let standing = grants::standing(conn, partner_id, customer).await?.filter(|grant| grant.ends_at > now);
            let Some(grant) = standing else {
                let before = grants::any(conn, partner_id, customer).await?;
                return if before { Ok(Removed::default()) } else { Err(Error::NotFound) };
            };
            if !grants::end(conn, grant.id, GrantState::Removed, now, Some(who.user.id)).await? {
                return Ok(Removed::default());
            }
            let partner = companies::by_id(conn, partner_id).await?.ok_or(Error::NotFound)?;
            search::remove(conn, partner_id, search::Kind::Customer, customer.0).await?;
            self.record_for_both(conn, who, partner_id, &partner.name, Event::GrantRemoved).await?;

            let mut removed = Removed { partner: partner.name.clone(), ..Removed::default() };
            for user in users::with_password_of_partner(conn, customer, partner_id, ALL_ACCOUNTS).await? {
                let is_chosen = chosen.contains(&user.id);
                let new_password = passwords.iter().find(|(id, ..)| *id == user.id);
                match (known_passwords, new_password) {
                    (KnownPassword::Leave, _) if is_chosen => {}
                    _ if !is_chosen && left_out.contains(&user.id) => {}
                    (KnownPassword::Leave | KnownPassword::Block, _) | (KnownPassword::Reset, None) => {
                        self.lock_out(conn, who, &user).await?;
                        removed.blocked += 1;
                    }
                    (KnownPassword::Reset, Some((_, password, hash))) => {
                        self.reset_for_company(conn, who, &user, hash).await?;
                        removed.reset.push(ResetAccount {
                            display_name: user.display_name.clone(),
                            user_name: user.user_name.clone(),
                            password: password.clone(),
                        });
                    }
                }
            }
            self.tell_removed(conn, who, &partner).await?;
            Ok(removed)
        })
    }

    /// Blocks an account and takes its password away, so that letting it in again later lets in nobody who knew that.
    async fn lock_out(&self, conn: &mut Conn, who: &Principal, user: &User) -> Result<()> {
        users::forget_password(conn, user.company_id, user.id).await?;
        sessions::one_time_links::delete_of_user(conn, user.id).await?;
        email_confirmations::forget(conn, user.id).await?;
        sessions::delete_of_user(conn, user.id, None).await?;
        if users::set_blocked(conn, user.company_id, user.id, true).await? {
            self.record(conn, who, &Place::own(who), &named(user), Event::UserBlocked).await?;
        }
        Ok(())
    }

    async fn reset_for_company(&self, conn: &mut Conn, who: &Principal, user: &User, hash: &str) -> Result<()> {
        let password = NewPassword {
            hash,
            must_change: true,
            set_at: self.now(),
            set_by: Some(who.user.id),
            set_by_partner: None,
        };
        users::set_password(conn, user.company_id, user.id, &password).await?;
        sessions::one_time_links::delete_of_user(conn, user.id).await?;
        email_confirmations::forget(conn, user.id).await?;
        sessions::delete_of_user(conn, user.id, None).await?;
        self.record(conn, who, &Place::own(who), &named(user), Event::PasswordReset).await
    }

    /// Mails both sides: the partner's contact and delegated administrators, and the customer's administrators.
    async fn tell_removed(&self, conn: &mut Conn, who: &Principal, partner: &Company) -> Result<()> {
        let customer = &who.company;
        let (subject, body) = (
            format!("{} removed {}", customer.name, partner.name),
            format!(
                "{} of {} ended the delegated administration by {}. Nobody at {} can act in {} any more.\n\nWhat was \
                 done before stays in the activity of both companies.\n",
                who.user.display_name, customer.name, partner.name, partner.name, customer.name,
            ),
        );
        let theirs = users::global_administrators(conn, partner.id, MOST_PEOPLE).await?;
        let ours = users::global_administrators(conn, customer.id, MOST_PEOPLE).await?;
        let recipients: Vec<Recipient> =
            contact(partner).into_iter().chain(theirs.iter().chain(&ours).map(Recipient::from)).collect();
        self.notify(conn, recipients, &subject, &body).await
    }
}
