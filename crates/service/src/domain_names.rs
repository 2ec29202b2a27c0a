//! Domain names as people write them. What needs the big tables of Unicode and of public suffixes is here, and so is
//! asked of the server; what a name is made of is `DomainName`'s to say.

use idna::{
    AsciiDenyList,
    uts46::{DnsLength, Hyphens, Uts46},
};
use mandate_domain::{DomainName, DomainNameError};

/// Why a domain name cannot be used, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DomainProblem {
    #[error(transparent)]
    Name(#[from] DomainNameError),
    #[error("This domain name has characters that cannot stand together in one. Check its spelling")]
    Unicode,
    #[error("Many owners have names under {0}. Enter the name that your company owns, such as contoso.{0}")]
    PublicSuffix(String),
}

/// Parses what a person typed or pasted, in Unicode (UTS 46, non-transitional) or ASCII.
pub fn parse_domain(text: &str) -> Result<DomainName, DomainProblem> {
    let pasted = DomainName::unwrap_pasted(text);
    let name = if pasted.is_ascii() { DomainName::parse(pasted)? } else { DomainName::parse(&to_ascii(pasted)?)? };
    // ASCII too can be wrong: what follows xn-- must be what UTS 46 itself would have written.
    if to_ascii(name.as_str())? != name.as_str() {
        return Err(DomainProblem::Unicode);
    }
    // A top-level domain that the list does not know is none of a registry's: what stands below it is not refused.
    match psl::suffix(name.as_str().as_bytes()) {
        Some(suffix) if suffix.is_known() && suffix == name.as_str().as_bytes() => {
            Err(DomainProblem::PublicSuffix(to_unicode(&name)))
        }
        _ => Ok(name),
    }
}

/// The name as people read it.
pub fn to_unicode(name: &DomainName) -> String {
    match Uts46::new().to_unicode(name.as_str().as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast) {
        (unicode, Ok(())) => unicode.into_owned(),
        (_, Err(_)) => name.to_string(),
    }
}

/// A kept name as people read it.
pub fn shown(name: &str) -> String {
    DomainName::parse(name).map_or_else(|_| name.to_owned(), |name| to_unicode(&name))
}

/// What a registry gave out, of a name that lies in it.
pub fn registrable(name: &str) -> &str {
    psl::domain_str(name).unwrap_or(name)
}

/// The names above one, nearest first, that one owner can hold together with it: not the public suffix that it lies
/// under, nor what is above that.
pub fn parents(name: &str) -> impl Iterator<Item = &str> {
    let suffix = psl::suffix_str(name).map_or(0, str::len);
    let above = |name: &'_ str| name.find('.').map(|dot| dot + 1);
    let mut rest = name;
    std::iter::from_fn(move || {
        rest = &rest[above(rest)?..];
        (rest.len() > suffix).then_some(rest)
    })
}

/// Lengths are left to `DomainName`, which says which of them is wrong.
fn to_ascii(text: &str) -> Result<String, DomainProblem> {
    Uts46::new()
        .to_ascii(text.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Ignore)
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| DomainProblem::Unicode)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(text: &str) -> String {
        parse_domain(text).unwrap().to_string()
    }

    #[test]
    fn takes_what_people_paste() {
        for (pasted, name) in [
            ("contoso.example", "contoso.example"),
            (" https://WWW.Contoso.Example./about?x#y ", "www.contoso.example"),
            ("mia@contoso.test", "contoso.test"),
            ("Bücher.example", "xn--bcher-kva.example"),
            ("bu\u{308}cher.example", "xn--bcher-kva.example"),
            ("https://bücher.example:8443/", "xn--bcher-kva.example"),
            ("xn--BCHER-kva.example", "xn--bcher-kva.example"),
            ("straße.example", "xn--strae-oqa.example"),
            ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
            ("ｃｏｎｔｏｓｏ．example", "contoso.example"),
            ("contoso.co.uk", "contoso.co.uk"),
            ("contoso.github.io", "contoso.github.io"),
            ("www.ck", "www.ck"),
        ] {
            assert_eq!(parsed(pasted), name, "{pasted}");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        use DomainNameError::{Character, Empty, IpAddress, LabelLength, NoDot, TooLong};
        for (text, error) in [
            ("", Empty),
            (" https:// ", Empty),
            ("com", NoDot),
            ("bücher", NoDot),
            ("192.0.2.1", IpAddress),
            ("http://192.0.2.1:80/", IpAddress),
            ("１９２.０.２.１", IpAddress),
            ("2001:db8::1", IpAddress),
            ("[2001:db8::1]", IpAddress),
            ("a..example", LabelLength),
            ("ü..example", LabelLength),
            ("under_score.example", Character),
            (&format!("{}.example", "ü".repeat(63)), LabelLength),
            (&["ü-bücher"; 30].join("."), TooLong),
        ] {
            assert_eq!(parse_domain(text), Err(DomainProblem::Name(error)), "{text}");
        }
        for text in ["xn--zzzzzzzzzz99999.example", "xn--a.example", "a\u{202e}b.example", "ü_ü.example", "-ü.example"]
        {
            assert_eq!(parse_domain(text), Err(DomainProblem::Unicode), "{text}");
        }
    }

    #[test]
    fn refuses_what_many_own() {
        for (text, shown) in [
            ("co.uk", "co.uk"),
            ("https://CO.UK/", "co.uk"),
            ("github.io", "github.io"),
            ("公司.cn", "公司.cn"),
            ("xn--55qx5d.cn", "公司.cn"),
            ("anything.ck", "anything.ck"),
        ] {
            assert_eq!(parse_domain(text), Err(DomainProblem::PublicSuffix(shown.to_owned())), "{text}");
        }
        assert_eq!(
            parse_domain("co.uk").unwrap_err().to_string(),
            "Many owners have names under co.uk. Enter the name that your company owns, such as contoso.co.uk"
        );
    }

    #[test]
    fn shows_unicode() {
        assert_eq!(to_unicode(&parse_domain("xn--bcher-kva.example").unwrap()), "bücher.example");
        assert_eq!(to_unicode(&DomainName::parse("xn--a.example").unwrap()), "xn--a.example");
        assert_eq!(to_unicode(&DomainName::parse("contoso.example").unwrap()), "contoso.example");
    }

    #[test]
    fn parents_that_one_owner_can_hold() {
        for (name, above) in [
            ("a.b.contoso.example", &["b.contoso.example", "contoso.example"][..]),
            ("contoso.example", &[]),
            ("shop.contoso.co.uk", &["contoso.co.uk"]),
            // Its owner is a customer of who owns amazonaws.com.
            ("a.bucket.s3.amazonaws.com", &["bucket.s3.amazonaws.com"]),
            ("bucket.s3.amazonaws.com", &[]),
            ("contoso.github.io", &[]),
        ] {
            assert_eq!(parents(name).collect::<Vec<_>>(), above, "{name}");
        }
        assert_eq!(registrable("a.b.contoso.co.uk"), "contoso.co.uk");
        assert_eq!(registrable("a.contoso.example"), "contoso.example");
    }

    proptest! {
        #[test]
        fn never_panics_and_takes_its_own_output(text in "\\PC{0,80}(\\.\\PC{1,20})?") {
            if let Ok(name) = parse_domain(&text) {
                prop_assert_eq!(parse_domain(name.as_str()), Ok(name));
            }
        }

        #[test]
        fn what_is_shown_means_the_same(label in "[a-zà-öø-ÿα-ωа-я]{1,12}") {
            if let Ok(name) = parse_domain(&format!("{label}.example")) {
                prop_assert_eq!(parse_domain(&to_unicode(&name)), Ok(name));
            }
        }
    }
}
