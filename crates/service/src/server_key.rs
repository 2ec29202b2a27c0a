use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use mandate_domain::{OfferId, SignUpId, UserId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::ambient::{Entropy, secret_bytes};

/// What offers' tokens and sealed cookies are made with: 256 bits. Another key ends every URL that is out.
#[derive(Clone)]
pub struct ServerKey([u8; 32]);

/// The text is not a server key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a server key is 32 bytes, written as 43 characters of base64url or 64 hexadecimal digits")]
pub struct ServerKeyError;

impl std::fmt::Debug for ServerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ServerKey")
    }
}

impl ServerKey {
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub fn parse(text: &str) -> Result<Self, ServerKeyError> {
        let text = text.trim();
        let bytes = if text.len() == 64 {
            let digits: Option<Vec<u8>> = (0..32)
                .map(|i| text.get(2 * i..2 * i + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()))
                .collect();
            digits.ok_or(ServerKeyError)?
        } else {
            URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).map_err(|_| ServerKeyError)?
        };
        bytes.try_into().map(Self).map_err(|_| ServerKeyError)
    }

    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    fn mac(&self, purpose: &str) -> Hmac<Sha256> {
        // HMAC fills a key up to its hash's block with zeros (RFC 2104, section 2).
        let mut block = [0; 64];
        block[..32].copy_from_slice(&self.0);
        let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac
    }

    /// A key for one purpose, from which the others do not follow.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        self.mac(purpose).finalize().into_bytes().into()
    }

    fn offer_mac(&self, offer: OfferId, generation: i64) -> Hmac<Sha256> {
        let mut mac = self.mac("offer");
        mac.update(offer.0.as_bytes());
        mac.update(&generation.to_be_bytes());
        mac
    }

    /// The token of an offer's URL: HMAC-SHA-256 (RFC 2104) over the offer's id and the generation of its URL.
    pub fn offer_token(&self, offer: OfferId, generation: i64) -> OfferToken {
        OfferToken { offer, mac: self.offer_mac(offer, generation).finalize().into_bytes().into() }
    }

    fn code_mac(&self, purpose: &str, whose: Uuid, address: &str, code: &str) -> Hmac<Sha256> {
        let mut mac = self.mac(purpose);
        mac.update(whose.as_bytes());
        mac.update(code.as_bytes());
        mac.update(address.as_bytes());
        mac
    }

    /// What is kept of a code of six digits, for a person and an address. With the key, or whoever reads the database
    /// had it by trying a million.
    pub fn email_code_hash(&self, user: UserId, address: &str, code: &str) -> [u8; 32] {
        self.code_mac("email code", user.0, address, code).finalize().into_bytes().into()
    }

    /// Compares in constant time.
    pub fn verifies_email_code(&self, user: UserId, address: &str, code: &str, kept: &[u8]) -> bool {
        self.code_mac("email code", user.0, address, code).verify_slice(kept).is_ok()
    }

    /// The same for who is no person here yet.
    pub fn sign_up_code_hash(&self, sign_up: SignUpId, address: &str, code: &str) -> [u8; 32] {
        self.code_mac("sign-up code", sign_up.0, address, code).finalize().into_bytes().into()
    }

    /// Compares in constant time.
    pub fn verifies_sign_up_code(&self, sign_up: SignUpId, address: &str, code: &str, kept: &[u8]) -> bool {
        self.code_mac("sign-up code", sign_up.0, address, code).verify_slice(kept).is_ok()
    }

    /// What both sides of an offer can read to one another on the telephone: of one generation of its URL alone.
    pub fn verification_code(&self, offer: OfferId, generation: i64) -> String {
        let mut mac = self.mac("offer verification code");
        mac.update(offer.0.as_bytes());
        mac.update(&generation.to_be_bytes());
        code(&mac.finalize().into_bytes().into())
    }

    fn stop_mac(&self, offer: OfferId) -> Hmac<Sha256> {
        let mut mac = self.mac("stop offer mail");
        mac.update(offer.0.as_bytes());
        mac
    }

    /// The token of the link that stops mail about an offer. A new URL leaves it as it is: mail that is out still has
    /// to be stopped by it.
    pub fn stop_token(&self, offer: OfferId) -> OfferToken {
        OfferToken { offer, mac: self.stop_mac(offer).finalize().into_bytes().into() }
    }

    /// Compares in constant time.
    pub fn verifies_stop(&self, token: &OfferToken) -> bool {
        self.stop_mac(token.offer).verify_slice(&token.mac).is_ok()
    }

    /// Compares in constant time.
    pub fn verifies(&self, token: &OfferToken, generation: i64) -> bool {
        self.offer_mac(token.offer, generation).verify_slice(&token.mac).is_ok()
    }
}

/// Without what looks like another when it is read or written by hand: 0 O, 1 I L, 2 Z, 5 S, 8 B, U V. Eight of these 24
/// are 36 bits, and nobody can try them: the code opens nothing.
const CODE_LETTERS: &[u8; 24] = b"34679ACDEFGHJKMNPQRTVWXY";

/// Eight characters in two groups, such as `K7MX-Q3WP`.
fn code(bytes: &[u8; 32]) -> String {
    let (first, _) = bytes.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
    let letters = letters(u128::from_be_bytes(*first), 8);
    format!("{}-{}", &letters[..4], &letters[4..])
}

/// The last letters of a number that is written in them.
fn letters(mut number: u128, count: usize) -> String {
    let mut text = String::with_capacity(count);
    for _ in 0..count {
        // Less than the number of letters, so it fits.
        let letter = usize::try_from(number % 24).unwrap_or_default();
        text.push(char::from(CODE_LETTERS[letter]));
        number /= 24;
    }
    text
}

/// A short random name that can be read aloud and typed again.
pub(crate) fn legible(entropy: &dyn Entropy, count: usize) -> String {
    letters(u128::from_be_bytes(secret_bytes(entropy)), count)
}

/// What stands in an offer's URL: 64 characters of base64url for the id and the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfferToken {
    pub offer: OfferId,
    mac: [u8; 32],
}

impl OfferToken {
    /// `None` for what this program did not write. Whether it is genuine is another question.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (id, mac) = bytes.split_first_chunk::<16>()?;
        Some(Self { offer: OfferId(Uuid::from_bytes(*id)), mac: mac.try_into().ok()? })
    }
}

impl std::fmt::Display for OfferToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut bytes = [0; 48];
        bytes[..16].copy_from_slice(self.offer.0.as_bytes());
        bytes[16..].copy_from_slice(&self.mac);
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

/// A secret of 256 random bits that its holder shows, and that is kept only as its SHA-256.
pub struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    pub fn new(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 32];
        entropy.fill(&mut bytes);
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    pub fn text(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub fn hash(&self) -> [u8; 32] {
        Self::hash_of(&self.0)
    }

    pub fn hash_of(text: &str) -> [u8; 32] {
        Sha256::digest(text.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_token_is_read_back_and_holds_for_one_generation_alone(id: u128, key: [u8; 32], generation in 0..1000_i64, flip in 0..384_usize) {
            let key = ServerKey::new(key);
            let token = key.offer_token(OfferId(Uuid::from_u128(id)), generation);
            let text = token.to_string();
            prop_assert_eq!(text.len(), 64);
            prop_assert_eq!(OfferToken::parse(&text), Some(token));
            prop_assert!(key.verifies(&token, generation));
            prop_assert!(!key.verifies(&token, generation + 1));

            let mut bytes = URL_SAFE_NO_PAD.decode(&text).expect("just encoded");
            bytes[flip / 8] ^= 1 << (flip % 8);
            let damaged = OfferToken::parse(&URL_SAFE_NO_PAD.encode(bytes)).expect("the right length");
            prop_assert!(!key.verifies(&damaged, generation));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,100}") {
            if let Some(token) = OfferToken::parse(&text) {
                prop_assert_eq!(token.to_string(), text);
            }
        }
    }

    proptest! {
        #[test]
        fn a_code_can_be_read_aloud_and_is_of_one_generation(id: u128, key: [u8; 32], generation in 0..1000_i64) {
            let key = ServerKey::new(key);
            let offer = OfferId(Uuid::from_u128(id));
            let code = key.verification_code(offer, generation);
            prop_assert_eq!(code.len(), 9);
            let (left, right) = code.split_once('-').expect("two groups");
            prop_assert!(left.len() == 4 && right.len() == 4);
            prop_assert!(left.bytes().chain(right.bytes()).all(|letter| CODE_LETTERS.contains(&letter)));
            prop_assert_eq!(&key.verification_code(offer, generation), &code);
            prop_assert_ne!(key.verification_code(offer, generation + 1), code);
        }

        #[test]
        fn the_token_that_stops_mail_opens_no_offer(id: u128, generation in 0..1000_i64) {
            let key = ServerKey::new([7; 32]);
            let offer = OfferId(Uuid::from_u128(id));
            let (opens, stops) = (key.offer_token(offer, generation), key.stop_token(offer));
            prop_assert!(key.verifies_stop(&stops) && !key.verifies_stop(&opens));
            prop_assert!(!key.verifies(&stops, generation));
        }
    }

    #[test]
    fn keys() {
        let key = ServerKey::new([7; 32]);
        assert_eq!(ServerKey::parse(&key.to_text()).expect("its own text").0, key.0);
        assert_eq!(ServerKey::parse(&"07".repeat(32)).expect("hexadecimal").0, key.0);
        for wrong in ["", "short", &"zz".repeat(32)] {
            assert!(ServerKey::parse(wrong).is_err(), "{wrong}");
        }
        assert_ne!(key.derive("a"), key.derive("b"));
        let (user, address) = (UserId(Uuid::nil()), "mia@mail.example");
        let kept = key.email_code_hash(user, address, "000000");
        assert!(key.verifies_email_code(user, address, "000000", &kept));
        assert!(!key.verifies_email_code(user, address, "000001", &kept));
        assert!(!key.verifies_email_code(user, "mia@home.example", "000000", &kept));
        assert!(!key.verifies_email_code(UserId(Uuid::max()), address, "000000", &kept));
    }
}
