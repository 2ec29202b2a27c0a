//! Looking for a claim's record, asked by a person or by itself: what was seen, in words, and what follows from it.

use chrono::{DateTime, TimeDelta, Utc};
use mandate_domain::{CompanyId, Event, PENDING_DAYS, next_check};
use mandate_store::{
    Conn,
    activity::{self, NewEntry},
    companies,
    domains::{self, CheckOutcome, Domain},
    grants, transaction, users,
};
use tokio::task::JoinSet;

use crate::{
    Error, Result, Service,
    dns::{AtZone, Look, TxtAnswer, Wanted},
    domain_names::{parents, shown},
    domains::{ChallengeRecord, challenge_record},
    jobs::Holder,
    notify::Recipient,
};

/// So many claims are looked for in one run, and so many of them at once: each takes 5 seconds at most, and one that
/// takes them holds up none of the others.
const BATCH: i64 = 64;
const AT_ONCE: usize = 32;
/// A resolver's word for how long it remembers an answer is believed up to a day.
const LONGEST_MEMORY: u32 = 24 * 60 * 60;

/// What a look at a claim came to.
pub(crate) enum Settled {
    /// It is the company's from now on; the event says by what.
    Verified(Event),
    /// It was before.
    Already,
    AnotherCompanys,
    /// In words: what was seen, and what to do.
    NotYet(String),
}

/// What was seen.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    There,
    NotYet {
        sentence: String,
        /// In how many seconds it will be seen, where that is known.
        in_seconds: Option<u32>,
    },
}

impl Service {
    /// Looks for a claim's record. `None` where it needs none, because it lies under a domain of the same company.
    /// The database is not held meanwhile.
    pub(crate) async fn look_for(&self, domain: &Domain) -> Result<Option<Look>> {
        let mut conn = self.db.read().await?;
        let under = self.own_parent(&mut conn, domain.company_id, &domain.name).await?;
        drop(conn);
        if under.is_some() {
            return Ok(None);
        }
        let ChallengeRecord { name, value } = challenge_record(domain);
        Ok(Some(self.dns.look(&Wanted { domain: domain.name.clone(), name, value }).await))
    }

    /// The domain of the same company that a name lies under. Nearer ones are another's where another proved them:
    /// then what is below is not the company's either, until its own record says so.
    pub(crate) async fn own_parent(&self, conn: &mut Conn, company: CompanyId, name: &str) -> Result<Option<String>> {
        for parent in parents(name) {
            if let Some(owner) = domains::owner(conn, parent).await? {
                return Ok((owner == company).then(|| parent.to_owned()));
            }
        }
        Ok(None)
    }

    /// Writes down what a look came to.
    pub(crate) async fn settle(&self, conn: &mut Conn, domain: &Domain, look: Option<&Look>) -> Result<Settled> {
        let now = self.now();
        let company = domain.company_id;
        let under = self.own_parent(conn, company, &domain.name).await?;
        let seen = match look {
            _ if under.is_some() => Seen::There,
            Some(look) => what_was_seen(look, domain),
            None => not_yet("The domain that this one lies under is no longer the company’s. Try again."),
        };
        if let Seen::NotYet { sentence, in_seconds } = seen {
            keep(conn, domain, look, now, &sentence, in_seconds).await?;
            return Ok(Settled::NotYet(sentence));
        }
        if domains::verify(conn, company, domain.id, now, under.as_deref()).await? {
            self.find_by_domain(conn, company).await?;
            let event = under.map_or(Event::DomainVerified, |under| Event::SubdomainVerified { under });
            return Ok(Settled::Verified(event));
        }
        if domains::owner(conn, &domain.name).await? == Some(company) {
            return Ok(Settled::Already);
        }
        let sentence = "The record is there, but another company verified this domain first.";
        keep(conn, domain, look, now, sentence, None).await?;
        Ok(Settled::AnotherCompanys)
    }

    /// Looks for the claims whose time to be looked for has come, and gives the number of those that were verified.
    pub async fn check_domains(&self, holder: Holder) -> Result<usize> {
        if self.due_claims().await?.is_empty() || !self.take_lease("domains", holder).await? {
            return Ok(0);
        }
        // Read again: what was due before may have been looked for by the lease's last holder.
        let mut due = self.due_claims().await?.into_iter();
        let mut running = JoinSet::new();
        let (mut verified, mut failed) = (0, None);
        loop {
            while running.len() < AT_ONCE
                && let Some(domain) = due.next()
            {
                let service = self.clone();
                running.spawn(async move { service.check_claim(&domain).await });
            }
            // One that fails ends none of the others, and stays due.
            match running.join_next().await {
                None => return failed.map_or(Ok(verified), Err),
                Some(Ok(Ok(is_verified))) => verified += usize::from(is_verified),
                Some(Ok(Err(error))) => failed = Some(error),
                Some(Err(_)) => failed = Some(Error::Internal("a check of a domain broke off")),
            }
        }
    }

    async fn due_claims(&self) -> Result<Vec<Domain>> {
        let mut conn = self.db.read().await?;
        Ok(domains::to_check(&mut conn, self.now(), BATCH).await?)
    }

    async fn check_claim(&self, domain: &Domain) -> Result<bool> {
        let look = self.look_for(domain).await?;
        transaction!(self.db, Error, |conn| {
            let Settled::Verified(event) = self.settle(conn, domain, look.as_ref()).await? else { return Ok(false) };
            let entry = NewEntry {
                at: self.now(),
                person: None,
                grant: None,
                on_behalf_of: None,
                object_name: domain.name.clone(),
                event,
            };
            activity::append(conn, &[domain.company_id], &entry).await?;
            self.tell_adder(conn, domain).await?;
            Ok(true)
        })
    }

    /// Tells who added a domain that it is verified. A partner that may no longer act there is not told.
    async fn tell_adder(&self, conn: &mut Conn, domain: &Domain) -> Result<()> {
        let Some(adder) = domain.added_by else { return Ok(()) };
        let Some(user) = users::by_id(conn, adder.company, adder.user).await?.filter(|user| !user.is_blocked) else {
            return Ok(());
        };
        let own = adder.company == domain.company_id;
        if !own && grants::live(conn, adder.company, domain.company_id, self.now()).await?.is_none() {
            return Ok(());
        }
        let company = companies::by_id(conn, domain.company_id).await?.ok_or(Error::NotFound)?;
        let base = if own { String::new() } else { format!("/customers/{}", company.id) };
        let name = shown(&domain.name);
        let body = format!(
            "The record for {name} was seen. The domain is verified for {}, and can be used in user names.\n\n{}\n",
            company.name,
            self.url(&format!("{base}/domains/{}", domain.id)),
        );
        self.notify(conn, [Recipient::from(&user)], &format!("{name} is verified"), &body).await
    }
}

/// When the claim is looked for next: as planned, or when the old answer is forgotten, if that is sooner.
async fn keep(
    conn: &mut Conn,
    domain: &Domain,
    look: Option<&Look>,
    now: DateTime<Utc>,
    sentence: &str,
    in_seconds: Option<u32>,
) -> Result<()> {
    let claimed_at = domain.lapses_at.unwrap_or(now) - TimeDelta::days(PENDING_DAYS);
    let planned = next_check(claimed_at, now);
    // A minute apart at least, whatever a stranger's zone says of itself.
    let forgotten = in_seconds.map(|seconds| now + TimeDelta::seconds(i64::from(seconds).max(60)));
    let zone = look.and_then(|look| look.zone.as_ref());
    let outcome = CheckOutcome {
        at: now,
        result: sentence,
        next_check_at: planned.into_iter().chain(forgotten).min(),
        zone: zone.map(|zone| zone.name.as_str()),
        name_servers: zone.map(|zone| zone.servers.join(" ")),
    };
    Ok(domains::checked(conn, domain.company_id, domain.id, &outcome).await?)
}

fn not_yet(sentence: impl Into<String>) -> Seen {
    Seen::NotYet { sentence: sentence.into(), in_seconds: None }
}

/// The resolver has to show the record; what the zone's own servers say explains why it does not yet. Either answer is
/// as easy to forge for who can forge packets, but the resolver is the operator's choice, finds the servers by itself,
/// and may check signatures (DNSSEC). The zone's are asked here without, at addresses that the zone itself names.
fn what_was_seen(look: &Look, domain: &Domain) -> Seen {
    let ChallengeRecord { name, .. } = challenge_record(domain);
    match (&look.at_zone, &look.at_resolver) {
        (_, Some(TxtAnswer::There)) => Seen::There,
        (AtZone::There, Some(answer)) => at_provider_only(answer, &name),
        (AtZone::Partly, _) => not_yet(
            "Some of your provider’s name servers have it, others do not have it yet. That takes some minutes, and \
             there is nothing more to do.",
        ),
        (AtZone::Lame, Some(TxtAnswer::ServerFailure | TxtAnswer::TimedOut) | None) => not_yet(lame(look, domain)),
        (AtZone::Not(answer), _) | (_, Some(answer)) => not_yet(words(answer, &name)),
        (_, None) => not_yet(words(&TxtAnswer::ServerFailure, &name)),
    }
}

/// The zone has the record, and the resolver says something else.
fn at_provider_only(answer: &TxtAnswer, name: &str) -> Seen {
    let seconds = match answer {
        TxtAnswer::Others { seconds, .. } => Some(*seconds),
        TxtAnswer::NoSuchName { seconds } | TxtAnswer::NoTxt { seconds } => *seconds,
        TxtAnswer::ServerFailure => {
            return not_yet(
                "Your provider has it, but the answer cannot be confirmed. Where DNSSEC is on for the domain, check \
                 that its keys at your provider and at the registrar are the same.",
            );
        }
        TxtAnswer::TimedOut => {
            return not_yet("Your provider has it, but others did not answer within 5 seconds. Try again in a minute.");
        }
        other => return not_yet(words(other, name)),
    };
    let seconds = seconds.map(|seconds| seconds.min(LONGEST_MEMORY));
    let time = seconds.map_or_else(|| "a while".to_owned(), time);
    Seen::NotYet {
        sentence: format!(
            "Your provider has it, others still remember the old answer for up to {time}. There is nothing more to do."
        ),
        in_seconds: seconds,
    }
}

/// Rounded up, so that it is not too early.
fn time(seconds: u32) -> String {
    match seconds.div_ceil(60) {
        0 | 1 => "1 minute".to_owned(),
        minutes @ ..=120 => format!("{minutes} minutes"),
        minutes => format!("{} hours", minutes.div_ceil(60)),
    }
}

fn lame(look: &Look, domain: &Domain) -> String {
    let servers = look.zone.as_ref().map(|zone| format!(" ({})", zone.servers.join(", "))).unwrap_or_default();
    format!(
        "The name servers of {}{servers} answer that they do not know it. Check where the domain is registered which \
         name servers it has, and that it is set up at these.",
        domain.name
    )
}

fn words(answer: &TxtAnswer, name: &str) -> String {
    match answer {
        TxtAnswer::There => format!("{name} has the record."),
        TxtAnswer::Others { texts, .. } => {
            let others: Vec<String> = texts.iter().map(|text| format!("“{}”", visible(text))).collect();
            format!(
                "{name} has a TXT record with another value: {}. Replace it with the value shown here.",
                others.join(", ")
            )
        }
        TxtAnswer::NoSuchName { .. } => {
            format!("There is no name {name} yet. Create the record; new ones can take an hour to be seen.")
        }
        TxtAnswer::NoTxt { .. } => {
            format!("The name {name} exists, but it has no TXT record yet. New records can take an hour to be seen.")
        }
        TxtAnswer::AliasLoop => format!(
            "{name} is an alias (CNAME) that leads in a circle or through too many others. Remove that record, and \
             create the TXT record in its place."
        ),
        TxtAnswer::AliasToNothing { target } => format!(
            "{name} is an alias (CNAME) of {}, which has no TXT record. Create the TXT record there, or in place of \
             the alias.",
            visible(target)
        ),
        TxtAnswer::TooMuch => format!(
            "{name} has more TXT records than one answer can hold. Remove those that are not used, so that the one \
             shown here can be read."
        ),
        TxtAnswer::ServerFailure => {
            "The domain’s name servers answered with a failure. Check there that the domain is set up, and try again."
                .to_owned()
        }
        TxtAnswer::TimedOut => {
            "The domain’s name servers did not answer within 5 seconds. Try again in some minutes.".to_owned()
        }
    }
}

/// The beginning of a stranger's text, with what cannot be seen made visible: it is kept and shown.
fn visible(text: &str) -> String {
    text.chars()
        .take(80)
        .map(|c| if c.is_control() || c.is_whitespace() && c != ' ' { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use mandate_domain::DomainId;
    use uuid::Uuid;

    use super::*;
    use crate::dns::Zone;

    fn seen(at_zone: AtZone, at_resolver: Option<TxtAnswer>) -> Seen {
        let company = CompanyId(Uuid::nil());
        let name = "contoso.example".to_owned();
        let domain = Domain::owned(DomainId(Uuid::nil()), company, name.clone(), DateTime::UNIX_EPOCH);
        let servers = vec!["ns1.host.test".to_owned(), "ns2.host.test".to_owned()];
        what_was_seen(&Look { zone: Some(Zone { name, servers }), at_zone, at_resolver }, &domain)
    }

    fn sentence(at_zone: AtZone, at_resolver: Option<TxtAnswer>) -> (String, Option<u32>) {
        match seen(at_zone, at_resolver) {
            Seen::NotYet { sentence, in_seconds } => (sentence, in_seconds),
            Seen::There => panic!("it was seen"),
        }
    }

    #[test]
    fn the_resolver_decides() {
        let nothing = || TxtAnswer::NoSuchName { seconds: Some(60) };
        for at_zone in [AtZone::Unknown, AtZone::There, AtZone::Partly, AtZone::Lame, AtZone::Not(nothing())] {
            assert_eq!(seen(at_zone.clone(), Some(TxtAnswer::There)), Seen::There);
            for other in [nothing(), TxtAnswer::ServerFailure, TxtAnswer::TimedOut, TxtAnswer::TooMuch] {
                assert_ne!(seen(at_zone.clone(), Some(other)), Seen::There, "{at_zone:?}");
            }
            assert_ne!(seen(at_zone, None), Seen::There);
        }
    }

    #[test]
    fn an_old_answer_is_told_from_none() {
        let remembered = |seconds| sentence(AtZone::There, Some(TxtAnswer::NoSuchName { seconds }));
        for (seconds, time, again) in [
            (Some(0), "1 minute", Some(0)),
            (Some(60), "1 minute", Some(60)),
            (Some(61), "2 minutes", Some(61)),
            (Some(43 * 60), "43 minutes", Some(43 * 60)),
            (Some(7_200), "120 minutes", Some(7_200)),
            (Some(7_201), "3 hours", Some(7_201)),
            (Some(u32::MAX), "24 hours", Some(86_400)),
            (None, "a while", None),
        ] {
            let (sentence, in_seconds) = remembered(seconds);
            let start = "Your provider has it, others still remember the old answer for up to";
            assert!(sentence.starts_with(&format!("{start} {time}.")), "{sentence}");
            assert_eq!(in_seconds, again);
        }
        let old = TxtAnswer::Others { texts: vec!["mandate=old".to_owned()], seconds: 300 };
        assert!(sentence(AtZone::There, Some(old)).0.contains("for up to 5 minutes"));
        let (none, again) = sentence(AtZone::Not(TxtAnswer::NoSuchName { seconds: Some(3600) }), None);
        assert!(none.starts_with("There is no name _mandate-challenge.contoso.example yet."), "{none}");
        assert_eq!(again, None);
    }

    #[test]
    fn the_rest_in_words() {
        let said = |at_zone, at_resolver| sentence(at_zone, Some(at_resolver)).0;
        for (said, part) in [
            (said(AtZone::There, TxtAnswer::ServerFailure), "DNSSEC"),
            (said(AtZone::There, TxtAnswer::TimedOut), "Your provider has it"),
            (said(AtZone::Partly, TxtAnswer::NoTxt { seconds: None }), "others do not have it yet"),
            (said(AtZone::Lame, TxtAnswer::ServerFailure), "(ns1.host.test, ns2.host.test) answer that they do not"),
            (said(AtZone::Lame, TxtAnswer::NoTxt { seconds: None }), "exists, but it has no TXT record"),
            (said(AtZone::Unknown, TxtAnswer::AliasLoop), "leads in a circle"),
            (said(AtZone::Unknown, TxtAnswer::AliasToNothing { target: "a\u{7}b".to_owned() }), "of a\u{fffd}b, which"),
            (said(AtZone::Unknown, TxtAnswer::TooMuch), "more TXT records than one answer can hold"),
            (said(AtZone::Unknown, TxtAnswer::TimedOut), "within 5 seconds"),
        ] {
            assert!(said.contains(part), "{said}");
        }
    }
}
