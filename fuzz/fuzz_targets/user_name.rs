#![no_main]

use libfuzzer_sys::fuzz_target;
use mandate_domain::{LocalPart, UserName};

// A name that is taken is taken again as it is kept.
fuzz_target!(|text: &str| {
    if let Ok(name) = UserName::parse(text) {
        assert_eq!(UserName::parse(&name.to_string()).as_ref(), Ok(&name));
    }
    if let Ok(part) = LocalPart::parse(text) {
        assert_eq!(LocalPart::parse(part.as_str()).as_ref(), Ok(&part));
    }
});
