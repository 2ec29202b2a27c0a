#![no_main]

use libfuzzer_sys::fuzz_target;
use mandate_app::api::sealed::Sealer;

// Nothing that somebody made up is opened, and what was sealed is what comes out.
fuzz_target!(|text: &str| {
    let sealer = Sealer::new([7; 32]);
    assert_eq!(sealer.open::<String>("form", text, 0), None);
    let sealed = sealer.seal("form", &text, 1, [3; 12]).expect("a text can be sealed");
    assert_eq!(sealer.open::<String>("form", &sealed, 1).as_deref(), Some(text));
    assert_eq!(sealer.open::<String>("another", &sealed, 1), None);
    assert_eq!(sealer.open::<String>("form", &sealed, 2), None);
});
