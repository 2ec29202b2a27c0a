use std::{path::PathBuf, str::FromStr, time::Duration};

use sqlx::{
    Connection, PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool, Transaction,
    migrate::MigrateError,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{
    Retryable, StoreError, StoreResult, migrations,
    writer::{Writer, Writing},
};

/// Runs a statement and gives the number of rows that it changed.
macro_rules! execute {
    ($conn:expr, $sql:expr $(, $arg:expr)* $(,)?) => {
        match $conn.engine() {
            $crate::db::Engine::Sqlite(conn) => {
                sqlx::query($sql)$(.bind($arg))*.execute(conn).await.map_err($crate::StoreError::from)?.rows_affected()
            }
            $crate::db::Engine::Postgres(conn) => {
                sqlx::query($sql)$(.bind($arg))*.execute(conn).await.map_err($crate::StoreError::from)?.rows_affected()
            }
        }
    };
}

/// Runs a query and gives its first row, if there is one.
macro_rules! fetch_optional {
    ($conn:expr, $row:ty, $sql:expr $(, $arg:expr)* $(,)?) => {
        match $conn.engine() {
            $crate::db::Engine::Sqlite(conn) => sqlx::query_as::<_, $row>($sql)$(.bind($arg))*
                .fetch_optional(conn).await.map_err($crate::StoreError::from)?,
            $crate::db::Engine::Postgres(conn) => sqlx::query_as::<_, $row>($sql)$(.bind($arg))*
                .fetch_optional(conn).await.map_err($crate::StoreError::from)?,
        }
    };
}

/// Runs a query and gives its only row.
macro_rules! fetch_one {
    ($conn:expr, $row:ty, $sql:expr $(, $arg:expr)* $(,)?) => {
        match $conn.engine() {
            $crate::db::Engine::Sqlite(conn) => sqlx::query_as::<_, $row>($sql)$(.bind($arg))*
                .fetch_one(conn).await.map_err($crate::StoreError::from)?,
            $crate::db::Engine::Postgres(conn) => sqlx::query_as::<_, $row>($sql)$(.bind($arg))*
                .fetch_one(conn).await.map_err($crate::StoreError::from)?,
        }
    };
}

/// Runs a query and gives all its rows; the query bounds them.
macro_rules! fetch_all {
    ($conn:expr, $row:ty, $sql:expr $(, $arg:expr)* $(,)?) => {
        match $conn.engine() {
            $crate::db::Engine::Sqlite(conn) => sqlx::query_as::<_, $row>($sql)$(.bind($arg))*
                .fetch_all(conn).await.map_err($crate::StoreError::from)?,
            $crate::db::Engine::Postgres(conn) => sqlx::query_as::<_, $row>($sql)$(.bind($arg))*
                .fetch_all(conn).await.map_err($crate::StoreError::from)?,
        }
    };
}

pub(crate) use {execute, fetch_all, fetch_one, fetch_optional};

/// How to reach the database.
#[derive(Clone, Debug)]
pub struct DbOptions {
    /// `sqlite://path` or `postgres://…`.
    pub url: String,
    /// Connections at the same time; on SQLite of readers, beside one writer.
    pub connections: u32,
    /// Whether an acknowledged write survives a power cut. Only tests do without.
    pub durable: bool,
}

/// The pools of one of the two engines.
#[derive(Clone, Debug)]
pub enum Db {
    /// SQLite has one writer at a time: a single connection that queues writers here beats one that fails as busy.
    Sqlite {
        readers: SqlitePool,
        writer: Writer,
    },
    Postgres(PgPool),
}

/// A connection, inside a transaction or not.
#[derive(Debug)]
pub enum Conn {
    Sqlite(PoolConnection<Sqlite>),
    SqliteTransaction(Writing),
    Postgres(PoolConnection<Postgres>),
    PostgresTransaction(Transaction<'static, Postgres>),
}

/// What the macros below run a statement on.
#[derive(Debug)]
pub(crate) enum Engine<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

impl Db {
    pub async fn connect(options: &DbOptions) -> StoreResult<Self> {
        if options.url.starts_with("postgres://") || options.url.starts_with("postgresql://") {
            let connect = PgConnectOptions::from_str(&options.url)?.application_name("mandate");
            let pool =
                PgPoolOptions::new().max_connections(options.connections).acquire_timeout(Duration::from_secs(5));
            return match pool.clone().connect_with(connect.clone()).await {
                // It has tried for a while, as where the database is just starting, and says only that it waited. One
                // more attempt says why.
                Err(sqlx::Error::PoolTimedOut) => {
                    PgConnection::connect_with(&connect).await?.close().await?;
                    Ok(Self::Postgres(pool.connect_with(connect).await?))
                }
                pool => Ok(Self::Postgres(pool?)),
            };
        }
        let Some(path) = options.url.strip_prefix("sqlite://") else { return Err(StoreError::UnknownUrl) };
        let connect = SqliteConnectOptions::new()
            .filename(PathBuf::from(path))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(if options.durable { SqliteSynchronous::Full } else { SqliteSynchronous::Off })
            .busy_timeout(Duration::from_secs(5))
            .foreign_keys(true)
            .optimize_on_close(true, None);
        // The writer first: it makes the file that the readers open.
        let writer = SqlitePoolOptions::new().max_connections(1).acquire_timeout(Duration::from_secs(10));
        let mut attempts = Attempts::default();
        // Of several servers that make one file, those that meet its switch to WAL are told at once that it is locked:
        // the busy time-out does not hold there.
        let writer = loop {
            match writer.clone().connect_with(connect.clone()).await.map_err(StoreError::from) {
                Err(error) if error.is_retryable() && attempts.again().await => {}
                outcome => break outcome?,
            }
        };
        // The readers when they are first needed, which is after migrating: one that knows the schema from before gives
        // rows of another width than its statement was prepared for, and sqlx ends the connection over that.
        let readers = SqlitePoolOptions::new()
            .max_connections(options.connections)
            .acquire_timeout(Duration::from_secs(5))
            .connect_lazy_with(connect.read_only(true));
        Ok(Self::Sqlite { readers, writer: Writer::new(writer) })
    }

    pub async fn migrate(&self) -> StoreResult<()> {
        match self {
            // There is no lock for migrations on SQLite: of two processes that make a file at once, one meets what the
            // other just made, and then finds it done.
            Self::Sqlite { writer, .. } => {
                let mut attempts = Attempts::default();
                loop {
                    match migrations::sqlite().run(writer.pool()).await {
                        Err(MigrateError::Execute(_) | MigrateError::ExecuteMigration(..))
                            if attempts.again().await => {}
                        outcome => break outcome?,
                    }
                }
            }
            Self::Postgres(pool) => migrations::postgres().run(pool).await?,
        }
        Ok(())
    }

    /// A connection for reading, outside a transaction.
    pub async fn read(&self) -> StoreResult<Conn> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Conn::Sqlite(readers.acquire().await?),
            Self::Postgres(pool) => Conn::Postgres(pool.acquire().await?),
        })
    }

    /// Begins a transaction that writes. [`transaction!`] is the way to it, because it runs it again where two met.
    pub async fn begin(&self) -> StoreResult<Conn> {
        Ok(match self {
            Self::Sqlite { writer, .. } => Conn::SqliteTransaction(writer.begin().await?),
            Self::Postgres(pool) => Conn::PostgresTransaction(pool.begin().await?),
        })
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> StoreResult<()> {
        let mut conn = self.read().await?;
        execute!(conn, "SELECT 1");
        Ok(())
    }

    pub async fn close(&self) {
        match self {
            Self::Sqlite { readers, writer } => {
                readers.close().await;
                writer.pool().close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Conn {
    pub(crate) fn engine(&mut self) -> Engine<'_> {
        match self {
            Self::Sqlite(conn) => Engine::Sqlite(conn),
            Self::SqliteTransaction(transaction) => Engine::Sqlite(transaction),
            Self::Postgres(conn) => Engine::Postgres(conn),
            Self::PostgresTransaction(transaction) => Engine::Postgres(transaction),
        }
    }

    /// Makes a transaction's changes last. A connection outside a transaction has nothing to commit.
    pub async fn commit(self) -> StoreResult<()> {
        match self {
            Self::SqliteTransaction(transaction) => transaction.commit().await?,
            Self::PostgresTransaction(transaction) => transaction.commit().await?,
            Self::Sqlite(_) | Self::Postgres(_) => {}
        }
        Ok(())
    }
}

/// Counts how often a transaction ran, and waits a little longer each time.
#[derive(Debug, Default)]
pub struct Attempts(u32);

impl Attempts {
    const MOST: u32 = 10;

    /// Whether to try once more, after a pause.
    pub async fn again(&mut self) -> bool {
        self.0 += 1;
        if self.0 >= Self::MOST {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(u64::from(self.0 * self.0))).await;
        true
    }
}

/// Says the error type of an async block, which `?` inside it leaves open.
pub fn typed<T, E, F: Future<Output = Result<T, E>>>(future: F) -> F {
    future
}

/// Runs a block in a transaction: committed where it is `Ok`, rolled back where it is `Err`, and run again where it
/// met another transaction. So the block waits for nothing but the database.
///
/// `transaction!(db, ErrorType, |conn| { … })` gives the block's `Result`. The error type is [`Retryable`] and made
/// `From` a [`StoreError`].
#[macro_export]
macro_rules! transaction {
    ($db:expr, $error:ty, |$conn:ident| $body:block) => {{
        let mut attempts = $crate::Attempts::default();
        loop {
            let outcome = $crate::typed::<_, $error, _>(async {
                let mut transaction = $db.begin().await?;
                let value = {
                    let $conn: &mut $crate::Conn = &mut transaction;
                    $crate::typed::<_, $error, _>(async { $body }).await?
                };
                transaction.commit().await?;
                Ok(value)
            })
            .await;
            match outcome {
                Err(error) if $crate::Retryable::is_retryable(&error) && attempts.again().await => {}
                outcome => break outcome,
            }
        }
    }};
}

/// What a guarded write must have changed.
pub(crate) fn exactly_one(actual: u64) -> StoreResult<()> {
    if actual == 1 { Ok(()) } else { Err(StoreError::RowsAffected { expected: 1, actual }) }
}
