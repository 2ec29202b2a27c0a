//! The log: one line per event on standard error, as JSON unless a person reads it in a terminal.

use std::io::IsTerminal;

use tracing::{Subscriber, level_filters::LevelFilter, subscriber::set_global_default};
use tracing_subscriber::fmt::{MakeWriter, format::FmtSpan};

/// The level is fixed: below it, libraries write down addresses and headers, which no log may hold.
const LEVEL: LevelFilter = LevelFilter::INFO;

pub fn start() {
    let stderr = std::io::stderr;
    let set = if stderr().is_terminal() {
        let lines = tracing_subscriber::fmt().with_max_level(LEVEL).with_target(false).with_writer(stderr);
        set_global_default(lines.finish())
    } else {
        set_global_default(json(stderr))
    };
    if let Err(error) = set {
        eprintln!("mandate: there is a log already: {error}");
    }
    std::panic::set_hook(Box::new(|panic| tracing::error!(%panic, "a panic")));
}

pub fn json<W>(writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .with_span_events(FmtSpan::NONE)
        .with_max_level(LEVEL)
        .with_writer(writer)
        .finish()
}
