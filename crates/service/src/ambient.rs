//! The clock and the randomness that use cases are given, so that tests turn the one and fix the other.

use chrono::{DateTime, SubsecRound, Utc};
use uuid::Uuid;

pub trait Clock: Send + Sync {
    /// The time in whole microseconds: what the database keeps, so that a time read back equals the one written.
    fn now(&self) -> DateTime<Utc>;
}

pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the time comes from")]
    fn now(&self) -> DateTime<Utc> {
        DateTime::from(std::time::SystemTime::now()).trunc_subsecs(6)
    }
}

pub trait Entropy: Send + Sync {
    /// Fills the bytes with what nobody can guess.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's generator.
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "the one place where randomness comes from")]
    fn fill(&self, bytes: &mut [u8]) {
        if let Err(error) = getrandom::fill(bytes) {
            // Going on would give out keys that can be guessed.
            tracing::error!(%error, "the system's random generator failed");
            std::process::abort();
        }
    }
}

/// A new id that sorts by the time of its making (RFC 9562, section 5.7).
pub fn uuid_v7(now: DateTime<Utc>, entropy: &dyn Entropy) -> Uuid {
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &secret_bytes(entropy)).into_uuid()
}

pub fn secret_bytes<const N: usize>(entropy: &dyn Entropy) -> [u8; N] {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, Timelike};

    use super::*;

    #[test]
    fn the_time_is_in_whole_microseconds() {
        assert_eq!(SystemClock.now().nanosecond() % 1000, 0);
    }

    #[test]
    fn ids_sort_by_time_and_differ_within_it() {
        let now = SystemClock.now();
        let first = uuid_v7(now, &SystemEntropy);
        assert_eq!(first.get_version_num(), 7);
        assert_eq!(first.get_variant(), uuid::Variant::RFC4122);
        assert_ne!(uuid_v7(now, &SystemEntropy), first);
        assert!(uuid_v7(now + TimeDelta::milliseconds(1), &SystemEntropy) > first);
    }

    #[test]
    fn secrets_differ() {
        assert_ne!(secret_bytes::<32>(&SystemEntropy), secret_bytes::<32>(&SystemEntropy));
    }
}
