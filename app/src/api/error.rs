use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use server_fn::{codec::JsonEncoding, error::ServerFnErrorErr};

/// Why a call gave no answer. A closed list up to the page, which knows a way out of each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum ApiError {
    #[error("You are not signed in")]
    SignedOut,
    #[error("Your temporary password has to be changed first")]
    MustChangePassword,
    #[error("There is no such page")]
    NotFound,
    #[error("{0}")]
    Forbidden(String),
    #[error("{0}")]
    Changed(String),
    #[error("There is more to do than fits at the moment. Nothing was changed. Try again in a few seconds")]
    Busy { retry_after_seconds: u32 },
    #[error("The database cannot be reached. Nothing was changed. Try again in a minute")]
    Unavailable,
    #[error("Something went wrong on our side. Nothing was changed")]
    Internal,
    /// The server was not reached, or answered what is no answer.
    #[error("The server did not answer. What you typed is still here. Try again")]
    Network,
}

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(_: ServerFnErrorErr) -> Self {
        Self::Network
    }
}

impl ApiError {
    /// Whether the same once more can succeed.
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Busy { .. } | Self::Unavailable | Self::Internal | Self::Network)
    }

    pub const fn status(&self) -> u16 {
        match self {
            Self::SignedOut => 401,
            Self::MustChangePassword | Self::Forbidden(_) => 403,
            Self::NotFound => 404,
            Self::Changed(_) => 409,
            Self::Busy { .. } | Self::Unavailable => 503,
            Self::Internal | Self::Network => 500,
        }
    }
}

#[cfg(feature = "ssr")]
impl From<mandate_service::Error> for ApiError {
    fn from(error: mandate_service::Error) -> Self {
        use mandate_domain::Refusal;
        use mandate_service::Error;
        match error {
            Error::NotFound | Error::Refused(Refusal::Unknown) => Self::NotFound,
            Error::Refused(Refusal::MustChangePassword) => Self::MustChangePassword,
            Error::Refused(refusal) => Self::Forbidden(explain(refusal).to_owned()),
            Error::Changed(message) => Self::Changed(message),
            Error::Busy { retry_after_seconds } => Self::Busy { retry_after_seconds },
            Error::Unavailable(cause) => {
                tracing::error!(error = &cause as &dyn std::error::Error, "the database cannot be reached");
                Self::Unavailable
            }
            // Only a form's own function knows its fields.
            Error::Invalid(_) | Error::Store(_) | Error::Internal(_) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a use case failed");
                Self::Internal
            }
        }
    }
}

/// What happened and what to do, for each refusal.
#[cfg(feature = "ssr")]
pub(crate) fn explain(refusal: mandate_domain::Refusal) -> &'static str {
    use mandate_domain::Refusal;
    match refusal {
        Refusal::Unknown => "There is nothing here.",
        Refusal::Forbidden => {
            "You do not have the right to do this. A global administrator of your company can do it, or give you a role."
        }
        Refusal::NotDelegated => {
            "You may not act in customers’ companies. A global administrator of your company can change that in your \
             Settings."
        }
        Refusal::Ladder => "This person may do more than you, so only a global administrator can do this.",
        Refusal::CompanyOnly => "Only the company’s own people can do this, whatever they authorized you to do.",
        Refusal::MustChangePassword => "Change your temporary password first.",
    }
}
