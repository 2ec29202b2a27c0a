//! What was measured, as a table and as it came.

use std::{fmt::Write, path::Path, time::Duration};

use anyhow::Result;

#[derive(Default)]
pub struct Report {
    rows: Vec<Row>,
    raw: String,
}

struct Row {
    what: String,
    figure: String,
    baseline: String,
    ratio: Option<f64>,
    aim: String,
    /// Nothing where there is no aim.
    met: Option<bool>,
}

impl Report {
    /// A figure against a baseline, where more is better.
    pub fn ratio(&mut self, what: &str, unit: &str, figure: f64, baseline: (&str, f64), aim: f64) {
        let ratio = figure / baseline.1;
        self.push(Row {
            what: what.to_owned(),
            figure: format!("{figure:.0} {unit}"),
            baseline: format!("{:.0} {unit}, {}", baseline.1, baseline.0),
            ratio: Some(ratio),
            aim: if aim > 0.0 { format!("≥ {aim}") } else { String::new() },
            met: (aim > 0.0).then_some(ratio >= aim),
        });
    }

    /// A figure against a baseline, where less is better.
    pub fn at_most_times(&mut self, what: &str, figure: Duration, baseline: (&str, Duration), aim: f64) {
        let ratio = figure.as_secs_f64() / baseline.1.as_secs_f64();
        self.push(Row {
            what: what.to_owned(),
            figure: milliseconds(figure),
            baseline: format!("{}, {}", milliseconds(baseline.1), baseline.0),
            ratio: Some(ratio),
            aim: if aim > 0.0 { format!("≤ {aim} ×") } else { String::new() },
            met: (aim > 0.0).then_some(ratio <= aim),
        });
    }

    /// A figure with a bound of its own.
    pub fn bound(&mut self, what: &str, figure: f64, unit: &str, most: f64) {
        let decimals = usize::from(figure < 20.0);
        self.push(Row {
            what: what.to_owned(),
            figure: format!("{figure:.decimals$} {unit}"),
            baseline: String::new(),
            ratio: None,
            aim: if most > 0.0 { format!("< {most} {unit}") } else { String::new() },
            met: (most > 0.0).then_some(figure < most),
        });
    }

    fn push(&mut self, row: Row) {
        let ratio = row.ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
        self.say(&format!("{}: {} | {} | {ratio} | {}", row.what, row.figure, row.baseline, row.aim));
        self.rows.push(row);
    }

    /// A line of the raw output, also shown at once.
    pub fn say(&mut self, line: &str) {
        println!("{line}");
        self.raw.push_str(line);
        self.raw.push('\n');
    }

    pub fn write(&self, folder: &Path, about: &str) -> Result<()> {
        let mut text =
            format!("# Measured\n\n{about}\n\n| what | figure | baseline in the same run | ratio | aim | met |\n");
        text.push_str("| --- | --- | --- | --- | --- | --- |\n");
        for row in &self.rows {
            let ratio = row.ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
            let met = row.met.map(|met| if met { "yes" } else { "no" }).unwrap_or_default();
            writeln!(text, "| {} | {} | {} | {ratio} | {} | {met} |", row.what, row.figure, row.baseline, row.aim)?;
        }
        std::fs::write(folder.join("results.md"), text)?;
        std::fs::write(folder.join("results.txt"), &self.raw)?;
        Ok(())
    }
}

pub fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}
