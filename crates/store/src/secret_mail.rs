//! Mail that gets a secret when it is sent.

use mandate_domain::{CompanyId, UserId};
use uuid::Uuid;

use crate::{
    Conn, StoreError, StoreResult,
    db::{execute, fetch_optional},
};

/// What is made for a mail as it goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailSecret {
    /// A one-time link that sets the password.
    PasswordLink,
    /// A code that shows whose an alternate e-mail is.
    EmailCode,
}

impl MailSecret {
    const fn key(self) -> &'static str {
        match self {
            Self::PasswordLink => "password_link",
            Self::EmailCode => "email_code",
        }
    }
}

/// Marks a mail that waits in the outbox.
pub async fn insert(conn: &mut Conn, mail: Uuid, secret: MailSecret, user: UserId) -> StoreResult<()> {
    execute!(
        conn,
        "INSERT INTO secret_mail (mail_id, secret, user_id) VALUES ($1, $2, $3)",
        mail,
        secret.key(),
        user.0,
    );
    Ok(())
}

/// Which secret a mail is to get, and whose.
pub async fn of_mail(conn: &mut Conn, mail: Uuid) -> StoreResult<Option<(MailSecret, CompanyId, UserId)>> {
    let row: Option<(String, Uuid, Uuid)> = fetch_optional!(
        conn,
        (String, Uuid, Uuid),
        "SELECT s.secret, u.company_id, u.id FROM secret_mail s JOIN users u ON u.id = s.user_id WHERE s.mail_id = $1",
        mail,
    );
    let Some((key, company, user)) = row else { return Ok(None) };
    let secret = [MailSecret::PasswordLink, MailSecret::EmailCode].into_iter().find(|secret| secret.key() == key);
    Ok(Some((secret.ok_or(StoreError::Corrupt("secret_mail.secret"))?, CompanyId(company), UserId(user))))
}
