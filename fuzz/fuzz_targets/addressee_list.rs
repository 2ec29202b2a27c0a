#![no_main]

use libfuzzer_sys::fuzz_target;
use mandate_service::offer_bulk::{MOST_ROWS, parse_list};

// A list is taken with as many rows as it may have, or something is said to be wrong with it.
fuzz_target!(|text: &str| {
    for needs_email in [false, true] {
        match parse_list(text, needs_email) {
            Ok(rows) => assert!((1..=MOST_ROWS).contains(&rows.len())),
            Err(problems) => assert!(!problems.is_empty()),
        }
    }
});
