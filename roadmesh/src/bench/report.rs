//! The figures and how they are shown.

use crate::error::Failure;
use crate::table;
use serde::Serialize;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::thread;

/// What a figure should be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Bound {
    AtLeast(f64),
    AtMost(f64),
    None,
}

/// One figure.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Figure {
    /// The target it belongs to, if there is one.
    target: &'static str,
    what: String,
    /// As people read it.
    measured: String,
    /// What is compared with the bound.
    value: Option<f64>,
    unit: &'static str,
    bound: Bound,
}

/// All figures of a sitting.
#[derive(Debug)]
pub(super) struct Report {
    machine: String,
    notes: Vec<String>,
    figures: Vec<Figure>,
    /// Whether what is going on is told.
    talks: bool,
}

impl Figure {
    /// Something measured that has no target.
    pub(super) fn plain(target: &'static str, what: &str, measured: String) -> Self {
        Figure { target, what: what.to_owned(), measured, value: None, unit: "", bound: Bound::None }
    }

    /// A ratio to something else.
    pub(super) fn ratio(
        target: &'static str,
        what: &str,
        measured: String,
        value: f64,
        bound: Bound,
    ) -> Self {
        Figure { target, what: what.to_owned(), measured, value: Some(value), unit: "x", bound }
    }

    /// A number by itself.
    pub(super) fn count(
        target: &'static str,
        what: &str,
        value: f64,
        unit: &'static str,
        bound: Bound,
    ) -> Self {
        let measured = format!("{} {unit}", short(value)).trim_end().to_owned();
        Figure { target, what: what.to_owned(), measured, value: Some(value), unit, bound }
    }

    fn is_met(&self) -> Option<bool> {
        match (self.bound, self.value?) {
            (Bound::AtLeast(bound), value) => Some(value >= bound),
            (Bound::AtMost(bound), value) => Some(value <= bound),
            (Bound::None, _) => None,
        }
    }
}

impl Report {
    /// An empty one of this machine.
    pub(super) fn new(talks: bool) -> Self {
        Report { machine: machine(), notes: Vec::new(), figures: Vec::new(), talks }
    }

    /// Tells what is being done.
    pub(super) fn doing(&self, what: &str) {
        if self.talks && io::stderr().is_terminal() {
            // Where that can't be told, it is done all the same.
            let _ = writeln!(io::stderr(), "  … {what}");
        }
    }

    /// Something to know about the figures.
    pub(super) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// Adds a figure.
    pub(super) fn add(&mut self, figure: Figure) {
        self.figures.push(figure);
    }

    /// For people.
    pub(super) fn table(&self) -> String {
        let mut rows = table::left(&["", "WHAT", "MEASURED", "RATIO", "TARGET", ""]);
        for figure in &self.figures {
            let ratio = figure
                .value
                .filter(|_| figure.unit == "x")
                .map_or(String::new(), |value| format!("{value:.2}x"));
            let unit = if figure.unit == "x" { "x" } else { "" };
            let bound = match figure.bound {
                Bound::AtLeast(bound) => format!("≥ {}{unit}", short(bound)),
                Bound::AtMost(bound) => format!("≤ {}{unit}", short(bound)),
                Bound::None => String::new(),
            };
            let verdict = match figure.is_met() {
                Some(true) => "met",
                Some(false) => "missed",
                None => "",
            };
            rows.add_row([figure.target, &figure.what, &figure.measured, &ratio, &bound, verdict]);
        }
        let notes: String = self.notes.iter().map(|note| format!("Note: {note}\n")).collect();
        format!("{}\n{notes}\n{}", self.machine, table::text(&rows))
    }

    /// For programs.
    pub(super) fn json(&self) -> Result<String, Failure> {
        #[derive(Serialize)]
        struct Row<'a> {
            #[serde(flatten)]
            figure: &'a Figure,
            met: Option<bool>,
        }
        let figures: Vec<_> =
            self.figures.iter().map(|figure| Row { figure, met: figure.is_met() }).collect();
        let report = serde_json::json!({ "machine": self.machine, "notes": self.notes, "figures": figures });
        Ok(serde_json::to_string_pretty(&report)?)
    }
}

/// Processor, cores, memory and kernel.
fn machine() -> String {
    let of = |file: &str, key: &str| -> Option<String> {
        let text = fs::read_to_string(file).ok()?;
        let line = text.lines().find(|line| line.starts_with(key))?;
        Some(line.split(':').nth(1)?.trim().to_owned())
    };
    let processor = of("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".to_owned());
    let memory = of("/proc/meminfo", "MemTotal")
        .and_then(|kilobytes| kilobytes.split(' ').next()?.parse::<f64>().ok());
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let memory = memory.map_or(0.0, |kilobytes| kilobytes / 1024.0 / 1024.0);
    format!("{processor}, {cores} cores, {memory:.0} GiB, Linux {}", kernel.trim())
}

/// About three digits.
fn short(value: f64) -> String {
    match value.abs() {
        size if size == 0.0 || size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_judged_where_there_are_some() {
        let figure = |value, bound| Figure::ratio("T", "", String::new(), value, bound).is_met();
        assert_eq!(figure(2.5, Bound::AtLeast(2.5)), Some(true));
        assert_eq!(figure(2.4, Bound::AtLeast(2.5)), Some(false));
        assert_eq!(figure(0.0, Bound::AtMost(0.0)), Some(true));
        assert_eq!(figure(f64::NAN, Bound::AtMost(1.0)), Some(false));
        assert_eq!(figure(1.0, Bound::None), None);
        assert_eq!(Figure::plain("", "", String::new()).is_met(), None);
    }

    #[test]
    fn a_table_and_json_hold_the_same() {
        let mut report = Report::new(false);
        report.note("ping is not installed".to_owned());
        report.add(Figure::ratio("T3", "one hop / nooff", "12.00 Gb/s".to_owned(), 2.0, Bound::AtLeast(2.5)));
        let table = report.table();
        assert!(table.contains("2.00x") && table.contains("≥ 2.50x") && table.contains("missed"), "{table}");
        assert!(table.contains("Note: ping is not installed") && table.contains("cores"), "{table}");
        let json: serde_json::Value = serde_json::from_str(&report.json().unwrap()).unwrap();
        assert_eq!(
            (&json["figures"][0]["met"], &json["figures"][0]["bound"]["at_least"]),
            (&false.into(), &2.5.into())
        );
    }
}
