//! What one page tells the next: sealed, so that neither the address nor anybody on the way holds it.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{ChaCha20Poly1305, Key, KeyInit, Nonce, aead::Aead};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

const NONCE: usize = 12;

/// Seals with ChaCha20-Poly1305 (RFC 8439).
#[derive(Clone)]
pub struct Sealer(ChaCha20Poly1305);

#[derive(Serialize, Deserialize)]
struct Letter<T> {
    form: String,
    /// In seconds since 1970.
    until: i64,
    body: T,
}

impl Sealer {
    pub fn new(key: [u8; 32]) -> Self {
        Self(ChaCha20Poly1305::new(&Key::from(key)))
    }

    /// The nonce is random and never the same.
    pub fn seal(&self, form: &str, body: &impl Serialize, until: i64, nonce: [u8; NONCE]) -> Option<String> {
        let letter = serde_json::to_vec(&Letter { form: form.to_owned(), until, body }).ok()?;
        let sealed = self.0.encrypt(&Nonce::from(nonce), letter.as_slice()).ok()?;
        Some(URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// `None` where it is another form's, too old, or not of this server's making.
    pub fn open<T: DeserializeOwned>(&self, form: &str, sealed: &str, now: i64) -> Option<T> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE>()?;
        let letter = self.0.decrypt(&Nonce::from(*nonce), sealed).ok()?;
        let letter: Letter<serde_json::Value> = serde_json::from_slice(&letter).ok()?;
        if letter.form != form || now > letter.until {
            return None;
        }
        serde_json::from_value(letter.body).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_sealed_is_opened_as_it_was(form in "[a-z-]{0,20}", body in "\\PC{0,200}", until: i64, nonce: [u8; 12]) {
            let sealer = Sealer::new([1; 32]);
            let letter = sealer.seal(&form, &body, until, nonce).expect("made");
            prop_assert_eq!(sealer.open::<String>(&form, &letter, until), Some(body));
        }

        #[test]
        fn what_nobody_here_sealed_is_not_opened(text in "\\PC{0,200}", bytes: Vec<u8>, damaged in 0..60_usize, by in 1..=255_u8) {
            let sealer = Sealer::new([1; 32]);
            let opened = |text: &str| sealer.open::<serde_json::Value>("form", text, 0);
            prop_assert_eq!(opened(&text), None);
            prop_assert_eq!(opened(&URL_SAFE_NO_PAD.encode(bytes)), None);
            let letter = sealer.seal("form", &"body", i64::MAX, [2; 12]).expect("made");
            let mut bytes = URL_SAFE_NO_PAD.decode(letter).expect("base64url");
            let place = damaged % bytes.len();
            bytes[place] ^= by;
            prop_assert_eq!(opened(&URL_SAFE_NO_PAD.encode(bytes)), None);
        }
    }

    #[test]
    fn opens_for_its_form_in_its_time_alone() {
        let sealer = Sealer::new([1; 32]);
        let letter = sealer.seal("sign-in", &"typed", 60, [2; 12]).expect("made");
        assert_eq!(sealer.open::<String>("sign-in", &letter, 60).as_deref(), Some("typed"));
        assert_eq!(sealer.open::<String>("sign-in", &letter, 61), None);
        assert_eq!(sealer.open::<String>("decline", &letter, 0), None);
        assert_eq!(Sealer::new([3; 32]).open::<String>("sign-in", &letter, 0), None);
        let mut damaged = letter.clone();
        damaged.replace_range(20..21, if &letter[20..21] == "A" { "B" } else { "A" });
        assert_eq!(sealer.open::<String>("sign-in", &damaged, 0), None);
        assert_eq!(sealer.open::<String>("sign-in", "", 0), None);
    }
}
