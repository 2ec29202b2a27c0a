//! What the server does by itself, beside answering: mail is sent, claims to domains are looked for, subscriptions are
//! renewed and ended, and what is past its time is tidied.

use std::time::Duration;

use mandate_service::{
    Error, Service,
    jobs::Holder,
    mail::{Mailbox, Mailer},
};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

const MAIL_EVERY: Duration = Duration::from_secs(1);
const DOMAINS_EVERY: Duration = Duration::from_secs(5);
const TIDY_EVERY: Duration = Duration::from_mins(1);
const SUBSCRIPTIONS_EVERY: Duration = Duration::from_mins(1);

/// Runs all jobs until they are to stop. Of several servers, one at a time holds the lease for each.
pub async fn run(service: Service, mailer: Mailer, from: Mailbox, stop: CancellationToken) {
    let holder = service.new_holder();
    let mail = repeat("mail", MAIL_EVERY, &stop, async || service.send_mail(holder, &mailer, &from).await.map(drop));
    let tidy = repeat("tidy", TIDY_EVERY, &stop, async || service.tidy(holder).await);
    let domains = repeat("domains", DOMAINS_EVERY, &stop, async || service.check_domains(holder).await.map(drop));
    let subscriptions =
        repeat("subscriptions", SUBSCRIPTIONS_EVERY, &stop, async || service.mind_subscriptions(holder).await);
    tokio::join!(mail, tidy, domains, subscriptions);
    give_back(&service, holder).await;
}

async fn give_back(service: &Service, holder: Holder) {
    if let Err(error) = service.give_back_leases(holder).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "the jobs' leases were not given back");
    }
}

/// A run that began is ended: what it does is not left half done.
async fn repeat(
    name: &'static str,
    every: Duration,
    stop: &CancellationToken,
    job: impl AsyncFn() -> Result<(), Error>,
) {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut fails = false;
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        // A database that is away for an hour is one event, not 3,600.
        match job().await {
            Err(error) if !fails => {
                fails = true;
                tracing::error!(
                    job = name,
                    error = &error as &dyn std::error::Error,
                    "a job fails, and is tried again"
                );
            }
            Ok(()) if fails => {
                fails = false;
                tracing::info!(job = name, "the job works again");
            }
            Ok(()) | Err(_) => {}
        }
    }
}
