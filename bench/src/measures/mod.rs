//! What is measured, a file per subject.

mod files;
mod interactive;
mod lists;
mod live;
mod pages;
mod process;
mod sales;
mod writes;

use std::{path::PathBuf, time::Duration};

use anyhow::Result;

use crate::{Run, report::Report};

/// What every measure is given.
pub struct Bench<'a> {
    pub run: &'a Run,
    pub report: Report,
}

impl Bench<'_> {
    pub fn time(&self) -> Duration {
        Duration::from_secs(self.run.seconds)
    }

    /// A folder for a database that is made anew.
    pub fn fresh(&self, name: &str) -> Result<PathBuf> {
        let folder = std::path::absolute(self.run.folder.join(name))?;
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    fn wants(&self, name: &str) -> bool {
        name.contains(&self.run.only)
    }
}

pub async fn all(run: &Run) -> Result<()> {
    let mut bench = Bench { run, report: Report::default() };
    if bench.wants("process") {
        process::measure(&mut bench).await?;
    }
    if bench.wants("consent page") {
        pages::measure(&mut bench).await?;
    }
    if bench.wants("files") {
        files::measure(&mut bench).await?;
    }
    if bench.wants("interactive") {
        interactive::measure(&mut bench).await?;
    }
    if bench.wants("live") {
        live::measure(&mut bench).await?;
    }
    if bench.wants("writes") {
        writes::measure(&mut bench).await?;
    }
    if bench.wants("sales") {
        sales::measure(&mut bench).await?;
    }
    if bench.wants("lists") {
        lists::measure(&mut bench).await?;
    }
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let about = format!(
        "`make bench`: the release build, `synchronous=FULL`, one machine with {cores} cores that server, load and \
         baselines share, one run of {} s for each figure. As it came: [results.txt](results.txt).",
        run.seconds
    );
    bench.report.write(&run.results, &about)
}
