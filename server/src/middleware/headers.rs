use axum::{
    extract::{Request, State},
    http::HeaderValue,
    middleware::Next,
    response::Response,
};

const ALWAYS: [(&str, &str); 5] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"),
];

/// Where a response says nothing else. The application's pages have a policy with a nonce, hashed files are kept.
const OTHERWISE: [(&str, &str); 2] = [
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'; \
         frame-ancestors 'none'",
    ),
    ("cache-control", "no-store"),
];

/// Two years (RFC 6797). Not for subdomains: they may be other people's.
const HTTPS_ONLY: HeaderValue = HeaderValue::from_static("max-age=63072000");

/// Says what a browser may do with a response.
pub async fn protect(State(is_https): State<bool>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    for (name, value) in OTHERWISE {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if is_https {
        headers.insert("strict-transport-security", HTTPS_ONLY);
    }
    response
}
