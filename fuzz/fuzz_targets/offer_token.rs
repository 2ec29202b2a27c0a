#![no_main]

use libfuzzer_sys::fuzz_target;
use mandate_service::server_key::{OfferToken, ServerKey};

// What is taken is written the same way again, and no token that somebody made up is genuine.
fuzz_target!(|text: &str| {
    if let Some(token) = OfferToken::parse(text) {
        assert_eq!(token.to_string(), text);
        assert!(!ServerKey::new([7; 32]).verifies(&token, 1));
    }
});
