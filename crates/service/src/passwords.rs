//! Passwords: hashed with argon2id, checked for how easily they are guessed, and made up for others.

use std::{hint::black_box, num::NonZero, sync::Arc};

use argon2::{
    ARGON2ID_IDENT, Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version, password_hash,
};
use mandate_domain::{PasswordLengthError, check_password_length, search_terms};
use tokio::sync::Semaphore;
use zxcvbn::{
    Score,
    matching::{Match, patterns::MatchPattern},
    zxcvbn,
};

use crate::ambient::{Entropy, secret_bytes};

/// OWASP's first choice for 19 MiB (Password Storage Cheat Sheet).
const OWASP: Params = match Params::new(19 * 1024, 2, 1, None) {
    Ok(params) => params,
    Err(_) => panic!("argon2 takes these parameters"),
};

/// How many may wait for a core; each is a request that stays open, and more of them would only wait longer.
const MOST_WAITING: usize = 64;

/// Too many passwords wait to be checked: try again in a few seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords wait to be checked")]
pub struct Busy;

/// What a password was found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verified {
    Wrong,
    /// Where it needs a new hash, this one was made with other parameters than are now in use.
    Right {
        needs_rehash: bool,
    },
}

impl Verified {
    pub fn is_right(self) -> bool {
        self != Self::Wrong
    }

    pub fn needs_rehash(self) -> bool {
        self == Self::Right { needs_rehash: true }
    }
}

/// Hashes on the blocking pool, at most as many at a time as there are cores.
#[derive(Clone)]
pub struct Passwords {
    argon2: Argon2<'static>,
    entropy: Arc<dyn Entropy>,
    admitted: Arc<Semaphore>,
    running: Arc<Semaphore>,
}

impl Passwords {
    pub fn new(entropy: Arc<dyn Entropy>) -> Self {
        Self::with_parameters(entropy, OWASP)
    }

    /// With other parameters, such as cheap ones for tests.
    pub fn with_parameters(entropy: Arc<dyn Entropy>, parameters: Params) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters),
            entropy,
            admitted: Arc::new(Semaphore::new(cores + MOST_WAITING)),
            running: Arc::new(Semaphore::new(cores)),
        }
    }

    /// Hashes into a PHC string.
    pub async fn hash(&self, password: String) -> Result<String, Busy> {
        let salt: [u8; 16] = secret_bytes(&*self.entropy);
        self.run(move |argon2| Ok(argon2.hash_password_with_salt(password.as_bytes(), &salt)?.to_string())).await
    }

    /// Checks a password. Where there is no hash, since there is no such user, the same work is done, so that the time
    /// it takes tells nothing.
    pub async fn verify(&self, hash: Option<String>, password: String) -> Result<Verified, Busy> {
        self.run(move |argon2| {
            let hash = hash.and_then(|hash| {
                PasswordHash::new(&hash)
                    .inspect_err(|error| tracing::error!(%error, "a stored password hash cannot be read"))
                    .ok()
            });
            let Some(hash) = hash else {
                black_box(argon2.hash_password_with_salt(password.as_bytes(), &[0; 16])?);
                return Ok(Verified::Wrong);
            };
            match argon2.verify_password(password.as_bytes(), &hash) {
                Ok(()) => Ok(Verified::Right { needs_rehash: !is_current(&hash, argon2.params()) }),
                Err(password_hash::Error::PasswordInvalid) => Ok(Verified::Wrong),
                Err(error) => Err(error),
            }
        })
        .await
    }

    /// Whether a password is hard enough to guess, on the same pool: it is work for a core.
    pub async fn check(&self, password: String, names: Vec<String>) -> Result<Result<(), WeakPassword>, Busy> {
        self.run(move |_| {
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            Ok(check_strength(&password, &names))
        })
        .await
    }

    /// How hard a password is to guess, for who is typing it. It waits for nobody: where each core has a password to
    /// check already, nothing is said.
    pub async fn strength(&self, password: String, names: Vec<String>) -> Option<Strength> {
        let running = Arc::clone(&self.running).try_acquire_owned().ok()?;
        let task = tokio::task::spawn_blocking(move || {
            let _held = running;
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            strength(&password, &names)
        });
        task.await.ok()
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'static>) -> Result<T, password_hash::Error> + Send + 'static,
    ) -> Result<T, Busy> {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| Busy)?;
        let running = Arc::clone(&self.running).acquire_owned().await.map_err(|_| Busy)?;
        let argon2 = self.argon2.clone();
        let task = tokio::task::spawn_blocking(move || {
            // Held by the work, not by who waits for it: who goes away does not free the core.
            let _held = (admitted, running);
            work(&argon2)
        });
        match task.await {
            Ok(Ok(done)) => Ok(done),
            // With parameters and lengths that are known to be good, this is want of memory.
            Ok(Err(error)) => {
                tracing::error!(%error, "a password could not be hashed");
                Err(Busy)
            }
            // A panic goes on here; else the runtime is shutting down.
            Err(error) => error.try_into_panic().map_or(Err(Busy), |panic| std::panic::resume_unwind(panic)),
        }
    }
}

fn is_current(hash: &PasswordHash, current: &Params) -> bool {
    let same = |params: Params| {
        (params.m_cost(), params.t_cost(), params.p_cost()) == (current.m_cost(), current.t_cost(), current.p_cost())
    };
    hash.algorithm == ARGON2ID_IDENT
        && hash.version == Some(Version::V0x13.into())
        && Params::try_from(hash).is_ok_and(same)
}

/// Why a password is not taken, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    #[error(transparent)]
    Length(#[from] PasswordLengthError),
    #[error("This password is too easy to guess. {0}")]
    Guessable(String),
}

/// How hard a password is to guess, in a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strength {
    /// From 0 to 4; it is taken from 3 on.
    pub score: u8,
    pub text: String,
}

/// What is said of a password while it is typed.
pub fn strength(password: &str, names: &[&str]) -> Strength {
    let (score, advice) = guess(password, names);
    let score = u8::from(score);
    let text = match check_password_length(password) {
        Err(wrong) => return Strength { score: score.min(1), text: format!("{wrong}.") },
        Ok(()) if score >= u8::from(Score::Four) => "Very hard to guess.".to_owned(),
        Ok(()) if score >= u8::from(Score::Three) => "Hard to guess.".to_owned(),
        Ok(()) => WeakPassword::Guessable(advice).to_string(),
    };
    Strength { score, text: text.trim_end().to_owned() }
}

/// Checks how easily a password is guessed by somebody who knows these names: the person's, their user name, their
/// company's.
pub fn check_strength(password: &str, names: &[&str]) -> Result<(), WeakPassword> {
    check_password_length(password)?;
    match guess(password, names) {
        (score, _) if score >= Score::Three => Ok(()),
        (_, advice) => Err(WeakPassword::Guessable(advice)),
    }
}

/// How many guesses it takes who knows these names, and what would make it more. Words of the names count for nothing,
/// and only the first 100 characters count, since the time it takes grows faster than the length.
fn guess(password: &str, names: &[&str]) -> (Score, String) {
    let known: Vec<String> = names
        .iter()
        .chain([&"mandate"])
        .flat_map(|name| search_terms(name))
        .filter(|word| word.chars().count() > 2)
        .collect();
    let beginning: String = password.chars().take(100).collect();
    // Where names stand apart, zxcvbn takes the many short parts for one long random one, so they are taken out before.
    let bare = without_words(&beginning, &known);
    let parts = zxcvbn(bare.as_deref().unwrap_or(&beginning), &known.iter().map(String::as_str).collect::<Vec<_>>());
    let (told, untold): (Vec<&Match>, Vec<&Match>) = parts.sequence().iter().partition(
        |part| matches!(&part.pattern, MatchPattern::Dictionary(word) if known.contains(&word.matched_word)),
    );
    let guess = if told.is_empty() {
        parts.clone()
    } else {
        zxcvbn(&untold.iter().map(|part| part.token.as_str()).collect::<String>(), &[])
    };
    let mut advice = Vec::new();
    if bare.is_some() || !told.is_empty() {
        advice.push("Leave out your name and your company's name.".to_owned());
    }
    if let Some(feedback) = guess.feedback() {
        advice.extend(feedback.warning().map(|warning| warning.to_string()));
        advice.extend(feedback.suggestions().iter().map(ToString::to_string));
    }
    (guess.score(), advice.join(" "))
}

/// What is left of a text without these words, where it has any of them.
fn without_words(text: &str, words: &[String]) -> Option<String> {
    let (taken, left): (Vec<&str>, Vec<&str>) =
        text.split(|c: char| !c.is_alphanumeric()).partition(|word| words.contains(&word.to_lowercase()));
    (!taken.is_empty()).then(|| left.join(" "))
}

/// Letters and digits without those that look like others (0 and o, 1 and l): 32 of them, so that five bits of a
/// random byte choose one without bias.
const LEGIBLE: [char; 32] = [
    'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'm', 'n', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y',
    'z', '2', '3', '4', '5', '6', '7', '8', '9',
];

/// A password for somebody else to change: 80 random bits that can be read out on the telephone.
pub fn temporary_password(entropy: &dyn Entropy) -> String {
    let symbols = secret_bytes::<16>(entropy).map(|byte| LEGIBLE[usize::from(byte) % LEGIBLE.len()]);
    symbols.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicU8, Ordering},
        time::{Duration, Instant},
    };

    use tokio::task::JoinSet;

    use super::*;
    use crate::ambient::SystemEntropy;

    fn cheap(passes: u32) -> Passwords {
        Passwords::with_parameters(Arc::new(SystemEntropy), Params::new(8, passes, 1, None).unwrap())
    }

    #[tokio::test]
    async fn right_and_wrong() {
        let passwords = cheap(1);
        let hash = passwords.hash("correct horse".into()).await.unwrap();
        assert_eq!(
            passwords.verify(Some(hash.clone()), "correct horse".into()).await,
            Ok(Verified::Right { needs_rehash: false })
        );
        assert_eq!(passwords.verify(Some(hash.clone()), "Correct horse".into()).await, Ok(Verified::Wrong));
        assert_eq!(passwords.verify(Some("not a hash".into()), "correct horse".into()).await, Ok(Verified::Wrong));
        assert_eq!(passwords.verify(None, "correct horse".into()).await, Ok(Verified::Wrong));
        assert_ne!(passwords.hash("correct horse".into()).await.unwrap(), hash);
    }

    #[tokio::test]
    async fn other_parameters_ask_for_a_new_hash() {
        let hash = cheap(1).hash("correct horse".into()).await.unwrap();
        let verified = cheap(2).verify(Some(hash), "correct horse".into()).await;
        assert_eq!(verified, Ok(Verified::Right { needs_rehash: true }));
    }

    #[tokio::test]
    async fn an_unknown_user_takes_as_long() {
        let passwords = Passwords::new(Arc::new(SystemEntropy));
        let hash = passwords.hash("correct horse".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let mut shortest = [Duration::MAX; 2];
        for _ in 0..5 {
            for (shortest, hash) in shortest.iter_mut().zip([Some(hash.clone()), None]) {
                let start = Instant::now();
                passwords.verify(hash, "wrong".into()).await.unwrap();
                *shortest = start.elapsed().min(*shortest);
            }
        }
        assert!(shortest[1] * 2 > shortest[0] && shortest[0] * 2 > shortest[1], "{shortest:?}");
    }

    #[tokio::test]
    async fn beyond_the_queue_is_busy() {
        let passwords = Arc::new(cheap(1));
        let cores = passwords.running.available_permits();
        let all_cores = Arc::clone(&passwords.running).acquire_many_owned(cores.try_into().unwrap()).await.unwrap();
        let mut waiting = JoinSet::new();
        for _ in 0..cores + MOST_WAITING {
            let passwords = Arc::clone(&passwords);
            waiting.spawn(async move { passwords.verify(None, "anything".into()).await });
        }
        while passwords.admitted.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(passwords.verify(None, "anything".into()).await, Err(Busy));
        drop(all_cores);
        assert!(waiting.join_all().await.into_iter().all(|done| done == Ok(Verified::Wrong)));
        assert_eq!(passwords.verify(None, "anything".into()).await, Ok(Verified::Wrong));
    }

    #[test]
    fn says_what_to_do_better() {
        let names = ["Mia Jensen", "mia.jensen@contoso.example", "Contoso Pharmaceuticals"];
        for (password, advice) in [
            ("short", "Use at least 12 characters"),
            (
                "aaaaaaaaaaaaaaaa",
                "This password is too easy to guess. Repeats like \"aaa\" are easy to guess. Add another word or two. \
                 Uncommon words are better. Avoid repeated words and characters.",
            ),
            (
                "ContosoPharmaceuticals",
                "This password is too easy to guess. Leave out your name and your company's name. \
                 Use a few words, avoid common phrases. No need for symbols, digits, or uppercase letters.",
            ),
        ] {
            assert_eq!(check_strength(password, &names).unwrap_err().to_string(), advice, "{password}");
        }
        for weak in [
            "password1234",
            "qwertyuiop123",
            "ContosoJensen1",
            "C0nt0s0-2026!",
            "m1aJensen2025",
            "mandatemandate",
            "mia jensen 2026",
            "Mia Jensen Contoso 24/11",
        ] {
            assert!(matches!(check_strength(weak, &names), Err(WeakPassword::Guessable(_))), "{weak}");
        }
        for strong in [
            "correct horse battery staple",
            "Contoso heron swims by night",
            "glør-vind 47 skræp",
            "小さな猫が青い屋根で眠っています",
        ] {
            assert_eq!(check_strength(strong, &names), Ok(()), "{strong}");
        }
    }

    #[test]
    fn the_longest_password_is_checked_in_time() {
        let start = Instant::now();
        for pattern in ["p4$$w0rd", "aA1@", "4b8({<3", "1234", "\u{10ffff}ü"] {
            let password: String = pattern.chars().cycle().take(256).collect();
            let _ = check_strength(&password, &[]);
        }
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    }

    /// Gives each byte in turn.
    struct Counting(AtomicU8);

    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill_with(|| self.0.fetch_add(1, Ordering::Relaxed));
        }
    }

    #[test]
    fn temporary_passwords_are_legible_strong_and_even() {
        let password = temporary_password(&SystemEntropy);
        assert_eq!(password.split('-').map(str::len).collect::<Vec<_>>(), [4; 4]);
        assert_eq!(check_strength(&password, &[]), Ok(()));
        assert_ne!(temporary_password(&SystemEntropy), password);

        let every_byte = Counting(AtomicU8::new(0));
        let written: String = (0..16).map(|_| temporary_password(&every_byte)).collect();
        for symbol in LEGIBLE {
            assert_eq!(written.matches(symbol).count(), 256 / LEGIBLE.len(), "{symbol}");
        }
    }
}
