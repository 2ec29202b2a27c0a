#![no_main]

use libfuzzer_sys::fuzz_target;
use mandate_domain::DomainName;
use mandate_service::domain_names::{parse_domain, to_unicode};

// A name that is taken is within RFC 1035's bounds, is taken again as it is kept, and as it is shown.
fuzz_target!(|text: &str| {
    if let Ok(name) = parse_domain(text) {
        assert!(name.as_str().len() <= 253 && name.as_str().split('.').all(|label| (1..=63).contains(&label.len())));
        assert_eq!(DomainName::parse(name.as_str()).as_ref(), Ok(&name));
        assert_eq!(parse_domain(&to_unicode(&name)).as_ref(), Ok(&name));
    }
});
