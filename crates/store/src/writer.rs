//! SQLite's one writer. Transactions run one after another, and those that arrive together share one commit: the disk
//! is waited for once, not once each. A transaction is a savepoint in one that is shared; whoever has ended theirs
//! queues again, behind all who wait by then, and the first to have their turn again commits for all.
//!
//! Nobody is told that a change is kept before it is on disk. Where the shared commit fails, all whom it was for are
//! told so.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
    time::Duration,
};

use sqlx::{Executor, Sqlite, SqliteConnection, SqlitePool, pool::PoolConnection};
use tokio::{
    runtime::Handle,
    sync::{Mutex, OwnedMutexGuard, watch},
    time::timeout,
};

use crate::{StoreError, StoreResult};

/// How long a transaction waits for its turn.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

#[derive(Clone, Debug)]
pub struct Writer {
    pool: SqlitePool,
    turn: Arc<Mutex<Turn>>,
}

/// Held by the transaction whose turn it is. Between two, the shared one may be open.
type Turn = Option<Shared>;

/// A transaction that several share.
#[derive(Debug)]
struct Shared {
    conn: PoolConnection<Sqlite>,
    /// Told once whether all of it was kept.
    kept: watch::Sender<Option<bool>>,
}

/// One's own part of a shared transaction. Dropped without a commit, it leaves nothing.
#[derive(Debug)]
pub struct Writing(Option<Held>);

#[derive(Debug)]
struct Held {
    turn: OwnedMutexGuard<Turn>,
    shared: Shared,
}

impl Writer {
    pub fn new(pool: SqlitePool) -> Self {
        Self { pool, turn: Arc::new(Mutex::new(None)) }
    }

    /// The pool of the one connection, for what is no transaction of this kind.
    pub fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    pub async fn begin(&self) -> StoreResult<Writing> {
        finished(self.clone().take_turn()).await
    }

    async fn take_turn(self) -> StoreResult<Writing> {
        let mut turn = timeout(LONGEST_WAIT, self.turn.lock_owned())
            .await
            .map_err(|_| StoreError::Unavailable(sqlx::Error::PoolTimedOut))?;
        let shared = if let Some(open) = turn.take() {
            open
        } else {
            let mut conn = self.pool.acquire().await?;
            // Taking the write lock at once: a reader that becomes a writer later can only fail.
            conn.execute("BEGIN IMMEDIATE").await?;
            Shared { conn, kept: watch::Sender::new(None) }
        };
        let mut held = Held { turn, shared };
        match held.shared.conn.execute("SAVEPOINT own").await {
            Ok(_) => Ok(Writing(Some(held))),
            Err(error) => {
                held.give_up().await;
                Err(error.into())
            }
        }
    }
}

impl Writing {
    /// Returns when it is on disk.
    pub async fn commit(mut self) -> StoreResult<()> {
        match self.0.take() {
            Some(held) => finished(held.commit()).await,
            None => Ok(()),
        }
    }
}

/// Work that is not left half done where whoever waits for it goes away: others may be in the same transaction.
async fn finished<T: Send + 'static>(work: impl Future<Output = StoreResult<T>> + Send + 'static) -> StoreResult<T> {
    tokio::spawn(work).await.unwrap_or_else(|error| match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(_) => Err(StoreError::Unavailable(sqlx::Error::WorkerCrashed)),
    })
}

impl Drop for Writing {
    fn drop(&mut self) {
        // Without a runtime the connection closes, and with it all that is not committed is gone.
        if let Some(held) = self.0.take()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(held.roll_back());
        }
    }
}

impl Held {
    async fn commit(mut self) -> StoreResult<()> {
        if let Err(error) = self.shared.conn.execute("RELEASE own").await {
            self.give_up().await;
            return Err(error.into());
        }
        self.settle().await
    }

    async fn roll_back(mut self) {
        let undone = async {
            self.shared.conn.execute("ROLLBACK TO own").await?;
            self.shared.conn.execute("RELEASE own").await
        };
        match undone.await {
            Ok(_) => {
                if let Err(error) = self.settle().await {
                    tracing::debug!(error = &error as &dyn std::error::Error, "the others were not kept");
                }
            }
            // SQLite rolls back all of it after some errors, such as a full disk.
            Err(_) => self.give_up().await,
        }
    }

    /// Lets others go on, then commits for all, unless one of them has.
    async fn settle(self) -> StoreResult<()> {
        let Self { mut turn, shared } = self;
        let mut kept = shared.kept.subscribe();
        let queue = Arc::clone(OwnedMutexGuard::mutex(&turn));
        *turn = Some(shared);
        drop(turn);
        let mut turn = tokio::select! {
            biased;
            told = kept.wait_for(Option::is_some) => return outcome(told.ok().and_then(|told| *told)),
            turn = queue.lock_owned() => turn,
        };
        // The one that is open now may be another.
        if let Some(told) = *kept.borrow_and_update() {
            return outcome(Some(told));
        }
        let Some(mut shared) = turn.take() else { return outcome(None) };
        match shared.conn.execute("COMMIT").await {
            Ok(_) => {
                shared.kept.send_replace(Some(true));
                Ok(())
            }
            Err(error) => {
                Self { turn, shared }.give_up().await;
                Err(StoreError::Unavailable(error))
            }
        }
    }

    /// Rolls back all of it, and tells all.
    async fn give_up(self) {
        let Self { turn, mut shared } = self;
        if shared.conn.execute("ROLLBACK").await.is_err() {
            shared.conn.close_on_drop();
        }
        shared.kept.send_replace(Some(false));
        drop(shared.conn);
        drop(turn);
    }
}

fn outcome(kept: Option<bool>) -> StoreResult<()> {
    if kept == Some(true) {
        return Ok(());
    }
    let why = "the commit that several transactions shared has failed";
    Err(StoreError::Unavailable(sqlx::Error::Protocol(why.to_owned())))
}

impl Deref for Writing {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        let Some(held) = &self.0 else { unreachable!("it is taken where it ends, and not used after") };
        &held.shared.conn
    }
}

impl DerefMut for Writing {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        let Some(held) = &mut self.0 else { unreachable!("it is taken where it ends, and not used after") };
        &mut held.shared.conn
    }
}
