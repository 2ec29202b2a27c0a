use chrono::{DateTime, TimeDelta, Utc};

/// How long a claim to a domain waits for its record.
pub const PENDING_DAYS: i64 = 30;

/// When a claim is first looked for, in minutes after it was made; after these, once a day.
const FIRST_MINUTES: [i64; 4] = [1, 5, 15, 60];

/// When a claim is looked for next, until it lapses. By the time since it was made and not by the number of checks:
/// what was missed while nothing ran is not made up for.
pub fn next_check(claimed_at: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let first = FIRST_MINUTES.into_iter().map(TimeDelta::minutes);
    let daily = (1..PENDING_DAYS).map(TimeDelta::days);
    first.chain(daily).map(|after| claimed_at + after).find(|at| *at > now)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn soon_at_first_then_daily_then_no_more() {
        let claimed_at = DateTime::UNIX_EPOCH;
        let mut now = claimed_at;
        let mut minutes = Vec::new();
        while let Some(next) = next_check(claimed_at, now) {
            minutes.push((next - claimed_at).num_minutes());
            now = next;
        }
        assert_eq!(minutes[..6], [1, 5, 15, 60, 24 * 60, 2 * 24 * 60]);
        assert_eq!(minutes.len(), 4 + 29);
        assert_eq!(minutes.last(), Some(&(29 * 24 * 60)));
    }

    proptest! {
        #[test]
        fn always_later_and_before_the_claim_lapses(seconds in 0..40_i64 * 86_400) {
            let claimed_at = DateTime::UNIX_EPOCH;
            let now = claimed_at + TimeDelta::seconds(seconds);
            let lapses_at = claimed_at + TimeDelta::days(PENDING_DAYS);
            match next_check(claimed_at, now) {
                Some(next) => prop_assert!(next > now && next < lapses_at && next - now <= TimeDelta::days(1)),
                None => prop_assert!(now >= lapses_at - TimeDelta::days(1)),
            }
        }
    }
}
