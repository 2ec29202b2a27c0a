//! What was typed on the way to accepting an offer and not sent yet, so that going back and forth finds it. A sealed
//! cookie of that offer keeps it for a day. No password is in it.

use mandate_domain::OfferId;
use serde::{Deserialize, Serialize};

use super::{
    request::Request,
    sign_up::{AdministratorTyped, CompanyTyped, cookie_name},
};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Draft {
    /// Those of the review: none where nothing was changed.
    pub quantities: Vec<String>,
    pub authorize: bool,
    /// Steps that were left without being sent.
    pub company: Option<CompanyTyped>,
    pub administrator: Option<AdministratorTyped>,
}

/// By what the browser shows whose draft it is: what one person typed is not there for the next one in the same browser.
#[derive(Clone, Copy)]
pub(crate) enum Writer {
    /// Who is signed in.
    Session,
    /// Who starts as a new company.
    SignUp,
}

impl Draft {
    /// For who holds the offer's token, and is still the same.
    pub fn of(request: &Request, writer: Writer, offer: OfferId, token: &str) -> Self {
        request.draft(&name(offer), &secret(request, writer, offer, token)).unwrap_or_default()
    }

    pub fn keep(&self, request: &Request, writer: Writer, offer: OfferId, token: &str) {
        request.keep_draft(&name(offer), &secret(request, writer, offer, token), self);
    }

    pub fn forget(request: &Request, offer: OfferId) {
        request.set_cookie(&name(offer), None, 0);
    }
}

fn name(offer: OfferId) -> String {
    format!("draft-{offer}")
}

fn secret(request: &Request, writer: Writer, offer: OfferId, token: &str) -> String {
    let shown = match writer {
        Writer::Session => request.session(),
        Writer::SignUp => request.cookie(&cookie_name(offer)),
    };
    format!("{token} {}", shown.unwrap_or_default())
}
