//! `mandate catalog import`.

use std::path::Path;

use clap::Parser;
use mandate::cli::Cli;
use mandate_store::{Db, DbOptions, plans};

const GOOD: &str = "[[product]]
name = \"Backup\"
description = \"Copies of everything\"
[[product.plan]]
key = \"backup\"
name = \"Small\"
description = \"100 GB\"
license = \"One device\"
quantity = { min = 1, max = 50 }
prices.monthly = { EUR = 300 }
";

async fn import(data: &Path, file: &Path) -> Result<(), String> {
    let arguments = ["mandate", "catalog", "import", file.to_str().unwrap(), "--data", data.to_str().unwrap()];
    mandate::run(Cli::parse_from(arguments)).await.map_err(|error| format!("{error:#}"))
}

/// The keys and the smallest prices of what is offered.
async fn offered(data: &Path) -> Vec<(String, i64)> {
    let url = format!("sqlite://{}", data.join("mandate.db").display());
    let db = Db::connect(&DbOptions { url, connections: 1, durable: false }).await.unwrap();
    let offered = plans::offered(&mut db.read().await.unwrap(), None).await.unwrap();
    db.close().await;
    offered.into_iter().map(|(plan, prices)| (plan.key.to_string(), prices[0].price.minor())).collect()
}

#[tokio::test]
async fn a_file_is_imported_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (folder.path().join("data"), folder.path().join("catalog.toml"));
    let error = import(&data, &file).await.unwrap_err();
    assert!(error.contains("catalog.toml cannot be read"), "{error}");

    std::fs::write(&file, GOOD).unwrap();
    for _ in 0..2 {
        import(&data, &file).await.unwrap();
        assert_eq!(offered(&data).await, [("backup".to_owned(), 300)]);
    }
    std::fs::write(&file, GOOD.replace("EUR = 300", "EUR = 400").replace("min = 1", "min = 0")).unwrap();
    let error = import(&data, &file).await.unwrap_err();
    let lines: Vec<_> = error.lines().collect();
    assert_eq!(lines[0], "the catalog was not imported:");
    let at = |line: usize| format!("{}:{line}: ", file.display());
    assert!(lines.len() == 2 && lines[1].starts_with(&at(9)), "{error}");
    assert_eq!(offered(&data).await, [("backup".to_owned(), 300)], "not in part either");

    std::fs::write(&file, GOOD.replace("EUR = 300", "EUR = 400")).unwrap();
    import(&data, &file).await.unwrap();
    assert_eq!(offered(&data).await, [("backup".to_owned(), 400)]);
}
