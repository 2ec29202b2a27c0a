//! The mail that a change leaves to be sent, in words.

use chrono::{DateTime, Utc};
use mandate_store::{
    Conn,
    companies::Company,
    mail::{self, Mail},
    users::User,
};
use uuid::Uuid;

use crate::{Result, Service};

/// To whom a message goes.
pub(crate) struct Recipient {
    pub name: String,
    pub address: String,
}

impl From<&User> for Recipient {
    /// A person's alternate e-mail, else their user name.
    fn from(user: &User) -> Self {
        let address = user.alternate_email.as_ref().unwrap_or(&user.user_name);
        Self { name: user.display_name.clone(), address: address.clone() }
    }
}

/// A company's contact, where it named one.
pub(crate) fn contact(company: &Company) -> Option<Recipient> {
    let address = company.support_email.clone()?;
    Some(Recipient { name: company.name.clone(), address })
}

/// Marked line by line as somebody else's words, so that they cannot pass for ours.
pub(crate) fn quotation(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(|line| format!("> {line}")).collect();
    lines.join("\n")
}

pub(crate) fn date(time: DateTime<Utc>) -> String {
    time.format("%b %-d, %Y").to_string()
}

/// `Nov 24, 2027, 9:14 UTC`.
pub(crate) fn moment(time: DateTime<Utc>) -> String {
    time.format("%b %-d, %Y, %-H:%M UTC").to_string()
}

impl Service {
    /// Leaves a message to each, once to an address however often it is named.
    pub(crate) async fn notify(
        &self,
        conn: &mut Conn,
        recipients: impl IntoIterator<Item = Recipient>,
        subject: &str,
        body: &str,
    ) -> Result<()> {
        let mut told: Vec<String> = Vec::new();
        for recipient in recipients {
            if told.contains(&recipient.address) {
                continue;
            }
            told.push(recipient.address.clone());
            self.leave_mail(conn, recipient, subject, body).await?;
        }
        Ok(())
    }

    /// Leaves one message to be sent.
    pub(crate) async fn leave_mail(&self, conn: &mut Conn, to: Recipient, subject: &str, body: &str) -> Result<Uuid> {
        let message = Mail {
            id: self.new_id(),
            to_name: to.name,
            to_address: to.address,
            subject: subject.to_owned(),
            body: body.to_owned(),
            created_at: self.now(),
            attempts: 0,
        };
        mail::enqueue(conn, &message).await?;
        Ok(message.id)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.settings.public_url)
    }
}
