//! Where a domain's records are managed, known by its name servers, and what the form there calls its fields.

/// A provider of DNS, as its name servers and its form are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DnsHost {
    pub name: &'static str,
    servers: &'static [Servers],
    /// What its form calls the name of a record.
    pub host_word: &'static str,
    /// And what it holds.
    pub value_word: &'static str,
    /// What the form takes as the name.
    pub form: HostForm,
    /// What else one has to know there.
    pub hint: Option<&'static str>,
}

/// What a form takes as the name of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostForm {
    /// The part before the zone, which the form adds by itself: the whole name would then have it twice.
    BeforeZone,
    /// Either that or the whole name.
    Either,
}

/// How a name server of the provider is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Servers {
    /// By the domain that it lies under.
    Under(&'static str),
    /// By the beginning of one of its labels, where the provider spreads over many domains.
    Label(&'static str),
}

use HostForm::{BeforeZone, Either};
use Servers::{Label, Under};

const fn host(
    name: &'static str,
    servers: &'static [Servers],
    (host_word, value_word): (&'static str, &'static str),
    form: HostForm,
) -> DnsHost {
    DnsHost { name, servers, host_word, value_word, form, hint: None }
}

pub const HOSTS: [DnsHost; 18] = [
    host("GoDaddy", &[Under("domaincontrol.com")], ("Name", "Value"), BeforeZone),
    host("Cloudflare", &[Under("ns.cloudflare.com")], ("Name", "Content"), Either),
    DnsHost {
        hint: Some("Put the value between double quotation marks there."),
        ..host("Amazon Route 53", &[Label("awsdns-")], ("Record name", "Value"), BeforeZone)
    },
    // Its name servers came from Google Domains, and Google Cloud DNS has the same ones.
    host(
        "Squarespace or Google Cloud DNS",
        &[Under("googledomains.com"), Under("squarespacedns.com")],
        ("Host or DNS name", "Data"),
        BeforeZone,
    ),
    host("Namecheap", &[Under("registrar-servers.com")], ("Host", "Value"), BeforeZone),
    host(
        "IONOS",
        &[Under("ui-dns.com"), Under("ui-dns.org"), Under("ui-dns.de"), Under("ui-dns.biz")],
        ("Host name", "Value"),
        BeforeZone,
    ),
    host("OVHcloud", &[Under("ovh.net"), Under("ovh.ca"), Under("anycast.me")], ("Subdomain", "Value"), BeforeZone),
    host("Gandi", &[Under("gandi.net")], ("Name", "Text value"), BeforeZone),
    host(
        "Hetzner",
        &[Under("ns.hetzner.com"), Under("ns.hetzner.de"), Under("your-server.de"), Under("second-ns.com")],
        ("Name", "Value"),
        BeforeZone,
    ),
    host("DigitalOcean", &[Under("digitalocean.com")], ("Hostname", "Value"), BeforeZone),
    host(
        "Azure DNS",
        &[Under("azure-dns.com"), Under("azure-dns.net"), Under("azure-dns.org"), Under("azure-dns.info")],
        ("Name", "Value"),
        BeforeZone,
    ),
    host(
        "DNSimple",
        &[Under("dnsimple.com"), Under("dnsimple-edge.net"), Under("dnsimple-edge.org")],
        ("Name", "Content"),
        BeforeZone,
    ),
    host("Hover", &[Under("hover.com")], ("Hostname", "Content"), BeforeZone),
    host("Porkbun", &[Under("ns.porkbun.com")], ("Host", "Answer"), BeforeZone),
    host("Strato", &[Under("rzone.de"), Under("strato.de")], ("Prefix", "Value"), BeforeZone),
    host("Name.com", &[Under("name.com")], ("Host", "Answer"), BeforeZone),
    host("Linode", &[Under("linode.com")], ("Hostname", "Value"), BeforeZone),
    host("Vercel", &[Under("vercel-dns.com")], ("Name", "Value"), BeforeZone),
];

impl Servers {
    fn know(self, server: &str) -> bool {
        match self {
            Self::Under(domain) => server.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')),
            Self::Label(beginning) => server.split('.').any(|label| label.starts_with(beginning)),
        }
    }
}

/// The provider of a zone, where all its name servers are known to be that one's. They are in lower case.
pub fn recognize<'a>(servers: impl Iterator<Item = &'a str> + Clone) -> Option<&'static DnsHost> {
    let first = servers.clone().next()?;
    let host = HOSTS.iter().find(|host| host.servers.iter().any(|known| known.know(first)))?;
    servers.into_iter().all(|server| host.servers.iter().any(|known| known.know(server))).then_some(host)
}

/// The part of a record's name before its zone; `None` where it does not lie under it.
pub fn before_zone<'a>(name: &'a str, zone: &str) -> Option<&'a str> {
    name.strip_suffix(zone)?.strip_suffix('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(servers: &str) -> Option<&'static str> {
        recognize(servers.split(' ')).map(|host| host.name)
    }

    #[test]
    fn providers_by_their_name_servers() {
        for (servers, name) in [
            ("ns43.domaincontrol.com ns44.domaincontrol.com", "GoDaddy"),
            ("ana.ns.cloudflare.com leo.ns.cloudflare.com", "Cloudflare"),
            (
                "ns-1.awsdns-00.com ns-1024.awsdns-00.org ns-2048.awsdns-00.co.uk ns-512.awsdns-00.net",
                "Amazon Route 53",
            ),
            ("ns-cloud-a1.googledomains.com ns-cloud-a2.googledomains.com", "Squarespace or Google Cloud DNS"),
            ("dns1.registrar-servers.com dns2.registrar-servers.com", "Namecheap"),
            ("ns1045.ui-dns.org ns1046.ui-dns.de", "IONOS"),
            ("dns10.ovh.net ns10.ovh.net", "OVHcloud"),
            ("ns-12-a.gandi.net ns-34-b.gandi.net", "Gandi"),
            ("helium.ns.hetzner.de hydrogen.ns.hetzner.com oxygen.ns.hetzner.com", "Hetzner"),
            ("ns1.digitalocean.com ns2.digitalocean.com", "DigitalOcean"),
            ("ns1-01.azure-dns.com ns2-01.azure-dns.net ns3-01.azure-dns.org ns4-01.azure-dns.info", "Azure DNS"),
            ("ns1.dnsimple.com ns2.dnsimple-edge.net", "DNSimple"),
            ("ns1.hover.com ns2.hover.com", "Hover"),
            ("curitiba.ns.porkbun.com fortaleza.ns.porkbun.com", "Porkbun"),
            ("docks01.rzone.de shades01.rzone.de", "Strato"),
        ] {
            assert_eq!(known(servers), Some(name), "{servers}");
        }
    }

    #[test]
    fn who_is_not_known() {
        for servers in [
            "",
            "ns1.contoso.example",
            // Two providers at once: the form could be either's.
            "ns43.domaincontrol.com ana.ns.cloudflare.com",
            "ns1.contoso.example ns43.domaincontrol.com",
            // Not under the domain, though it ends in the same letters.
            "ns1.evildomaincontrol.com",
            "domaincontrol.com",
            "ns1.domaincontrol.com.evil.example",
            "ns.awsdns.example",
        ] {
            assert_eq!(known(servers), None, "{servers}");
        }
    }

    #[test]
    fn each_can_be_told_from_the_others() {
        for host in &HOSTS {
            for servers in host.servers {
                let server = match servers {
                    Under(domain) => format!("ns1.{domain}"),
                    Label(beginning) => format!("ns1.{beginning}00.com"),
                };
                assert_eq!(recognize([server.as_str()].into_iter()).map(|host| host.name), Some(host.name));
            }
            assert!(!host.host_word.is_empty() && !host.value_word.is_empty());
        }
    }

    #[test]
    fn the_name_as_a_form_takes_it() {
        let name = "_mandate-challenge.shop.contoso.example";
        assert_eq!(before_zone(name, "contoso.example"), Some("_mandate-challenge.shop"));
        assert_eq!(before_zone(name, "shop.contoso.example"), Some("_mandate-challenge"));
        assert_eq!(before_zone(name, "toso.example"), None);
        assert_eq!(before_zone(name, "other.example"), None);
        assert_eq!(before_zone("contoso.example", "contoso.example"), None);
    }
}
