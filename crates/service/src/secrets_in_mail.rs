//! Mail that carries a secret gets it when it is sent: the outbox keeps none, nor does a backup of it.

use chrono::TimeDelta;
use mandate_domain::{SignUpId, UserId};
use mandate_store::{
    Conn, companies, email_confirmations,
    mail::Mail,
    secret_mail::{self, MailSecret},
    sessions::one_time_links,
    sign_ups, transaction,
    users::{self, User},
};

use crate::{
    Error, Result, Service,
    ambient::secret_bytes,
    notify::{Recipient, moment},
    server_key::Secret,
};

/// How long a link that was asked for works, and a code.
const LINK_HOURS: i64 = 1;
const CODE_MINUTES: i64 = 15;

/// What is to be sent of a mail.
pub(crate) enum MailText {
    /// As it stands in the outbox.
    AsKept,
    Made(String),
    /// What it was for does not hold any more.
    NotWanted,
}

impl Service {
    /// Leaves a message that gets its words, and the secret in them, when it is sent.
    pub(crate) async fn notify_secret(
        &self,
        conn: &mut Conn,
        to: Recipient,
        subject: &str,
        secret: MailSecret,
        user: UserId,
    ) -> Result<()> {
        let id = self.leave_mail(conn, to, subject, "").await?;
        Ok(secret_mail::insert(conn, id, secret, user).await?)
    }

    /// The words of a mail that goes out now. Where it goes out again, it has another secret.
    pub(crate) async fn mail_text(&self, message: &Mail) -> Result<MailText> {
        let Some((secret, company, user)) = secret_mail::of_mail(&mut self.db.read().await?, message.id).await? else {
            return self.sign_up_mail_text(message).await;
        };
        transaction!(self.db, Error, |conn| {
            let Some(user) = users::by_id(conn, company, user).await?.filter(|user| !user.is_blocked) else {
                return Ok(MailText::NotWanted);
            };
            let text = match secret {
                MailSecret::PasswordLink => self.password_link_text(conn, message, &user).await?,
                MailSecret::EmailCode => self.email_code_text(conn, message, &user).await?,
            };
            Ok(text.map_or(MailText::NotWanted, MailText::Made))
        })
    }

    /// The same of a mail to somebody who is no user yet.
    async fn sign_up_mail_text(&self, message: &Mail) -> Result<MailText> {
        let Some(sign_up) = sign_ups::of_mail(&mut self.db.read().await?, message.id).await? else {
            // Without words of its own, it was for one that was forgotten a moment ago.
            return Ok(if message.body.is_empty() { MailText::NotWanted } else { MailText::AsKept });
        };
        let text = transaction!(self.db, Error, |conn| { self.sign_up_code_text(conn, message, sign_up).await })?;
        Ok(text.map_or(MailText::NotWanted, MailText::Made))
    }

    /// Nothing that the stranger typed who gave the address stands in it.
    async fn sign_up_code_text(&self, conn: &mut Conn, message: &Mail, id: SignUpId) -> Result<Option<String>> {
        let code = self.six_digits();
        let hash = self.key.sign_up_code_hash(id, &message.to_address, &code);
        let expires_at = self.now() + TimeDelta::minutes(CODE_MINUTES);
        if !sign_ups::set_code(conn, id, &message.to_address, &hash, expires_at).await? {
            return Ok(None);
        }
        let Some(sign_up) = sign_ups::lock(conn, id).await? else { return Ok(None) };
        Ok(Some(format!(
            "{code} is your code. Enter it where you sign up, to confirm that this address is yours:\n\n{}\n\nIt works \
             until {}.\n\nIf you do not know what this is about, somebody mistyped an address. There is nothing to do.\n",
            self.url(&format!("/sign-up/{}", sign_up.offer_id)),
            moment(expires_at),
        )))
    }

    fn six_digits(&self) -> String {
        format!("{:06}", u64::from_le_bytes(secret_bytes(&*self.entropy)) % 1_000_000)
    }

    async fn password_link_text(&self, conn: &mut Conn, message: &Mail, user: &User) -> Result<Option<String>> {
        if !user.alternate_email_confirmed || user.alternate_email.as_ref() != Some(&message.to_address) {
            return Ok(None);
        }
        let company = companies::by_id(conn, user.company_id).await?.ok_or(Error::NotFound)?;
        let token = Secret::new(&*self.entropy);
        let now = self.now();
        let expires_at = now + TimeDelta::hours(LINK_HOURS);
        one_time_links::insert(conn, &token.hash(), user.id, now, expires_at).await?;
        Ok(Some(format!(
            "Somebody asked for help to sign in to {} as {}. Choose a new password here:\n\n{}\n\nThe link works once, \
             until {}. Give it to nobody.\n\nIf it was not you, there is nothing to do: your password stays as it \
             is.\n",
            company.name,
            user.user_name,
            self.url(&format!("/l/{}", token.text())),
            moment(expires_at),
        )))
    }

    async fn email_code_text(&self, conn: &mut Conn, message: &Mail, user: &User) -> Result<Option<String>> {
        let code = self.six_digits();
        let hash = self.key.email_code_hash(user.id, &message.to_address, &code);
        let expires_at = self.now() + TimeDelta::minutes(CODE_MINUTES);
        if !email_confirmations::set_code(conn, user.id, &message.to_address, &hash, expires_at).await? {
            return Ok(None);
        }
        Ok(Some(format!(
            "{code} is your code. Enter it on your Account page, to confirm this address as the alternate email of \
             {}:\n\n{}\n\nIt works until {}.\n\nIf you do not know what this is about, somebody mistyped an address. \
             There is nothing to do.\n",
            user.user_name,
            self.url("/account"),
            moment(expires_at),
        )))
    }
}
