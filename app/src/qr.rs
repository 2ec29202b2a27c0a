//! A QR code (ISO/IEC 18004) as one path of an SVG.

use std::fmt::Write;

use qrcodegen::{QrCode, QrCodeEcc};

use crate::api::offers::QrView;

/// Each run of dark modules is a rectangle in the path. `None` where the text is too long for a code.
pub fn qr(text: &str) -> Option<QrView> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let size = code.size();
    let mut path = String::new();
    for y in 0..size {
        let mut x = 0;
        while x < size {
            let run = i32::try_from((x..size).take_while(|x| code.get_module(*x, y)).count()).ok()?;
            if run > 0 {
                write!(path, "M{x} {y}h{run}v1h-{run}z").ok()?;
            }
            x += run.max(1);
        }
    }
    Some(QrView { size, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_covers_the_dark_modules_and_no_others() {
        let text = format!("https://delegated.mandate.example/o/{}", "aB3_".repeat(16));
        let view = qr(&text).expect("short enough");
        let code = QrCode::encode_text(&text, QrCodeEcc::Medium).expect("short enough");
        assert_eq!(view.size, code.size());
        let mut dark = std::collections::HashSet::new();
        for run in view.path.split_terminator('z') {
            let (place, run) = run.trim_start_matches('M').split_once('h').expect("a run");
            let (x, y) = place.split_once(' ').expect("a place");
            let (x, y): (i32, i32) = (x.parse().expect("x"), y.parse().expect("y"));
            let run: i32 = run.split_once('v').expect("its end").0.parse().expect("a length");
            for x in x..x + run {
                assert!(dark.insert((x, y)), "covered twice");
            }
        }
        for y in 0..view.size {
            for x in 0..view.size {
                assert_eq!(dark.contains(&(x, y)), code.get_module(x, y), "{x} {y}");
            }
        }
        assert_eq!(qr(&"a".repeat(9_000)), None);
    }
}
