use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, SqlSafeStr, postgres::PgConnectOptions};

/// Runs a test on a PostgreSQL database of its own.
pub async fn on_postgres<F>(test: impl FnOnce(String) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let Ok(server) = std::env::var("MANDATE_TEST_POSTGRES_URL") else {
        eprintln!("Skipped on PostgreSQL: MANDATE_TEST_POSTGRES_URL names no server");
        return;
    };
    let server: PgConnectOptions = server.parse().unwrap();
    let mut admin = PgConnection::connect_with(&server).await.unwrap();
    let (name,): (String,) =
        sqlx::query_as("SELECT 'mandate_test_' || gen_random_uuid()").fetch_one(&mut admin).await.unwrap();
    let statement = |begin: &str, end: &str| AssertSqlSafe(format!("{begin} \"{name}\"{end}")).into_sql_str();
    admin.execute(statement("CREATE DATABASE", "")).await.unwrap();
    let outcome = tokio::spawn(test(server.database(&name).to_url_lossy().into())).await;
    admin.execute(statement("DROP DATABASE", " WITH (FORCE)")).await.unwrap();
    if let Err(failure) = outcome {
        std::panic::resume_unwind(failure.into_panic());
    }
}
