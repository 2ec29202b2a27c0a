use std::{env, io::Write, panic::resume_unwind, str::FromStr, sync::Once};

use mandate_store::{Conn, Db, DbOptions, StoreError};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Error, Executor, PgConnection, SqlSafeStr,
    error::{DatabaseError, ErrorKind},
    postgres::PgConnectOptions,
};
use tokio::task::JoinError;
use uuid::Uuid;

/// Runs each of the functions named as a test on either engine.
macro_rules! on_both_engines {
    ($($test:ident),+ $(,)?) => {$(
        mod $test {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                $crate::engines::on_sqlite(super::$test).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                $crate::engines::on_postgres(super::$test).await;
            }
        }
    )+};
}

pub(crate) use on_both_engines;

/// A database of its own, with today's schema and nothing in it.
#[derive(Clone, Debug)]
pub struct Store {
    pub db: Db,
    pub url: String,
}

/// What a second server does to reach the same database.
pub async fn connect(url: &str) -> Result<Db, StoreError> {
    Db::connect(&DbOptions { url: url.to_owned(), connections: 8, durable: false }).await
}

/// What a database has when a test begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    None,
    Todays,
}

/// In a task, so that the database can be taken away after a test that failed, too.
async fn run<F>(url: String, schema: Schema, test: impl FnOnce(Store) -> F + Send + 'static) -> Result<(), JoinError>
where
    F: Future<Output = ()> + Send + 'static,
{
    tokio::spawn(async move {
        let db = connect(&url).await.unwrap();
        if schema == Schema::Todays {
            db.migrate().await.unwrap();
        }
        test(Store { db: db.clone(), url }).await;
        db.close().await;
    })
    .await
}

pub async fn on_sqlite<F>(test: impl FnOnce(Store) -> F + Send + 'static)
where
    F: Future<Output = ()> + Send + 'static,
{
    on_sqlite_with(Schema::Todays, test).await;
}

pub async fn on_postgres<F>(test: impl FnOnce(Store) -> F + Send + 'static)
where
    F: Future<Output = ()> + Send + 'static,
{
    on_postgres_with(Schema::Todays, test).await;
}

pub async fn on_sqlite_with<F>(schema: Schema, test: impl FnOnce(Store) -> F + Send + 'static)
where
    F: Future<Output = ()> + Send + 'static,
{
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("mandate.db").display());
    report(run(url, schema, test).await);
}

pub async fn on_postgres_with<F>(schema: Schema, test: impl FnOnce(Store) -> F + Send + 'static)
where
    F: Future<Output = ()> + Send + 'static,
{
    let Ok(server) = env::var("MANDATE_TEST_POSTGRES_URL") else {
        static SAID: Once = Once::new();
        // Past the test harness, which shows only what failed tests print.
        SAID.call_once(|| {
            let said = b"Skipped on PostgreSQL: MANDATE_TEST_POSTGRES_URL names no server\n";
            std::io::stderr().write_all(said).unwrap();
        });
        return;
    };
    let server = PgConnectOptions::from_str(&server).unwrap();
    let mut admin = PgConnection::connect_with(&server).await.unwrap();
    let (name,): (String,) =
        sqlx::query_as("SELECT 'mandate_test_' || gen_random_uuid()").fetch_one(&mut admin).await.unwrap();
    let statement = |text: &str| AssertSqlSafe(format!("{text} \"{name}\"")).into_sql_str();
    admin.execute(statement("CREATE DATABASE")).await.unwrap();
    let outcome = run(server.database(&name).to_url_lossy().into(), schema, test).await;
    admin.execute(statement("DROP DATABASE")).await.unwrap();
    report(outcome);
}

/// Fails as the test did, without a second account of it.
fn report(outcome: Result<(), JoinError>) {
    if let Err(failure) = outcome {
        resume_unwind(failure.into_panic());
    }
}

/// Runs a statement that the store has no function for.
pub async fn execute(conn: &mut Conn, sql: &'static str, ids: &[Uuid]) -> Result<u64, Error> {
    macro_rules! run {
        ($conn:expr) => {
            ids.iter().fold(sqlx::query(sql), |query, id| query.bind(*id)).execute(&mut **$conn).await?.rows_affected()
        };
    }
    Ok(match conn {
        Conn::Sqlite(conn) => run!(conn),
        Conn::SqliteTransaction(conn) => run!(conn),
        Conn::Postgres(conn) => run!(conn),
        Conn::PostgresTransaction(conn) => run!(conn),
    })
}

/// Which constraint the database refused by.
pub fn kind(error: &StoreError) -> Option<ErrorKind> {
    match error {
        StoreError::Conflict(cause) | StoreError::Database(cause) => cause.as_database_error().map(DatabaseError::kind),
        _ => None,
    }
}
