//! Pages for what goes wrong before or around the application, which has pages of its own for everything else.

use std::sync::Arc;

use axum::{
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{Html, IntoResponse, Response},
};

#[derive(Clone)]
pub struct ErrorPages {
    stylesheet: Arc<str>,
}

impl ErrorPages {
    pub fn new(stylesheet: &str) -> Self {
        Self { stylesheet: stylesheet.into() }
    }

    pub fn broken(&self) -> Response {
        let text = "It is on our side, and whoever runs this service can read of it in the log. Try again; if it \
                    stays so, tell them the time it happened.";
        self.page(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong", text)
    }

    pub fn too_slow(&self) -> Response {
        let text = "There is more to do than fits at the moment. Look whether what you did was saved before you do it \
                    again.";
        let mut response = self.page(StatusCode::SERVICE_UNAVAILABLE, "This took too long", text);
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("10"));
        response
    }

    pub fn overloaded(&self, retry_after: Option<HeaderValue>) -> Response {
        let text = "There is more to do than fits at the moment, or the database cannot be reached. Nothing was \
                    changed. Go back and try again in a few seconds.";
        let mut response = self.page(StatusCode::SERVICE_UNAVAILABLE, "This does not work at the moment", text);
        response.headers_mut().insert(RETRY_AFTER, retry_after.unwrap_or(HeaderValue::from_static("10")));
        response
    }

    pub fn too_large(&self) -> Response {
        let text = "More was sent than any form here holds. Nothing was changed. Go back and shorten it.";
        self.page(StatusCode::PAYLOAD_TOO_LARGE, "This is too long", text)
    }

    pub fn incomplete(&self) -> Response {
        let text = "The connection broke off while your browser was sending. Nothing was changed. Try again.";
        self.page(StatusCode::BAD_REQUEST, "Not all of it arrived", text)
    }

    pub fn from_another_site(&self) -> Response {
        let text = "Another site tried to do something here in your name. Nothing was changed. If you were sending a \
                    form of this site, open its page anew and try again.";
        self.page(StatusCode::FORBIDDEN, "This came from another site", text)
    }

    fn page(&self, status: StatusCode, title: &str, text: &str) -> Response {
        let stylesheet = &self.stylesheet;
        let page = format!(
            "<!DOCTYPE html>\n\
             <html lang=\"en\">\n\
             <head>\n\
             <meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">\n\
             <link rel=\"stylesheet\" href=\"{stylesheet}\">\n\
             <title>{title} – Mandate</title>\n\
             </head>\n\
             <body>\n\
             <main class=\"sheet panel narrow\" id=\"main\">\n\
             <h1>{title}</h1>\n\
             <p class=\"muted\">{text}</p>\n\
             <div class=\"actions\"><a class=\"btn primary\" href=\"/\">Go to the start</a></div>\n\
             </main>\n\
             </body>\n\
             </html>\n"
        );
        (status, Html(page)).into_response()
    }
}
