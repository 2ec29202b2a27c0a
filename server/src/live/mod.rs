//! Pages that follow what happens. They are told *that* something happened in their company's record, by its number;
//! what it was, they ask for with the rights they have.

mod audience;
mod stream;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use mandate_service::{Principal, Result, Service};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use self::audience::{Audience, Seat};
pub use self::{
    audience::{Full, MOST_PER_SESSION},
    stream::router,
};

/// Of the two seconds in which a page shows what happened.
const POLL_EVERY: Duration = Duration::from_millis(500);
/// How long a page that is open can be told of news after its session has ended, at most.
const SESSIONS_EVERY: Duration = Duration::from_secs(20);

/// Asks the database for news of all companies that anybody here looks at, in one go. So it costs the same whatever the
/// number of open pages, and what happens through another server is seen too.
#[derive(Clone)]
pub struct Live {
    service: Service,
    audience: Arc<Audience>,
    polls: Arc<AtomicU64>,
    stop: CancellationToken,
}

impl Live {
    /// Begins to ask, until told to stop; then the streams end as well.
    pub fn start(service: Service, stop: CancellationToken) -> Self {
        let live = Self { service, audience: Arc::default(), polls: Arc::default(), stop };
        tokio::spawn(live.clone().ask());
        live
    }

    /// How often the database was asked for news.
    pub fn polls(&self) -> u64 {
        self.polls.load(Ordering::Relaxed)
    }

    /// How many look on.
    pub fn streams(&self) -> usize {
        self.audience.size()
    }

    fn join(&self, who: &Principal) -> Result<Seat, Full> {
        Audience::join(&self.audience, who.company.id, who.session, who.activity_seq)
    }

    async fn ask(self) {
        let (mut polls, mut sessions) = (interval(POLL_EVERY), interval(SESSIONS_EVERY));
        polls.set_missed_tick_behavior(MissedTickBehavior::Delay);
        sessions.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut fails = false;
        loop {
            let outcome = tokio::select! {
                biased;
                () = self.stop.cancelled() => return,
                _ = sessions.tick() => self.end_sessions().await,
                _ = polls.tick() => self.poll().await,
            };
            // A database that is away for an hour is one event, not 7,200.
            match outcome {
                Err(error) if !fails => {
                    fails = true;
                    tracing::error!(error = &error as &dyn std::error::Error, "open pages are not told of news");
                }
                Ok(()) if fails => {
                    fails = false;
                    tracing::info!("open pages are told of news again");
                }
                Ok(()) | Err(_) => {}
            }
        }
    }

    async fn poll(&self) -> Result<()> {
        let companies = self.audience.companies();
        if companies.is_empty() {
            return Ok(());
        }
        self.polls.fetch_add(1, Ordering::Relaxed);
        for (company, seq) in self.service.activity_seqs(&companies).await? {
            self.audience.tell(company, seq);
        }
        Ok(())
    }

    async fn end_sessions(&self) -> Result<()> {
        let sessions = self.audience.sessions();
        if sessions.is_empty() {
            return Ok(());
        }
        let live = self.service.live_sessions(&sessions).await?;
        for ended in sessions.iter().filter(|session| !live.contains(*session)) {
            self.audience.send_away(ended);
        }
        Ok(())
    }
}
